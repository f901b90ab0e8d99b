// What `sidenet why` may know, made of raw objects as the API sends them. Never expects anything.

import type { EndpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import type { EndpointPod } from '../../../src/core/endpoints/pod-facts.ts'
import { ANNOTATIONS, NET_SERVICE, NO_POD_KEY } from '../../../src/core/names.ts'
import { textAt } from '../../../src/core/networks/untrusted.ts'
import type { ObjectKey } from '../../../src/core/object-key.ts'
import { askedBy, askedByNetService, hasNoPodKeyOrOriginal } from '../../../src/core/services/dialects.ts'
import { readServiceForm } from '../../../src/core/services/service-form.ts'
import type { WhyFacts, WhyNetService, WhyServiceObject } from '../../../src/core/why/facts.ts'
import { whyService, type WhyService } from '../../../src/core/why/why-service.ts'
import { firstAddresses, podOf, serviceOf, sure } from '../endpoints/makers.ts'
import { facts, rawPod, rawService } from '../endpoints/pods.ts'

export const KEY: ObjectKey = 'blue/db'

export interface Around {
  readonly service?: object
  readonly netService?: object
  readonly outranked?: object
  readonly pods?: readonly EndpointPod[]
  readonly slices?: readonly EndpointSlice[]
  /** Default `blue/br0`. */
  readonly networks?: readonly ObjectKey[]
}

export function knowing(around: Around): WhyFacts {
  const { service, netService, outranked, slices = [], networks = ['blue/br0'] } = around
  const pods = around.pods ?? [podOf(rawPod())]
  const seen = (raw: object | undefined) => raw && netServiceSeen(raw)
  return {
    scene: {
      service: service && serviceSeen(service),
      netService: seen(netService),
      outranked: seen(outranked),
      slices,
    },
    facts: (record, standing) =>
      facts({ service: record, ...standing, pods, slices, podsByFirstAddress: firstAddresses(pods) }),
    networkExists: (nad) => networks.includes(nad),
    networks,
  }
}

function serviceSeen(raw: object): WhyServiceObject {
  const form = readServiceForm(raw)
  const asked = askedBy(form)
  const concernsUs = asked !== undefined || hasNoPodKeyOrOriginal(form)
  return { record: serviceOf(raw), form, asked, concernsUs, whose: raw }
}

function netServiceSeen(raw: object): WhyNetService {
  return {
    name: textAt(raw, 'metadata', 'name') ?? '',
    uid: textAt(raw, 'metadata', 'uid') ?? '',
    terminating: textAt(raw, 'metadata', 'deletionTimestamp') !== undefined,
    asked: askedByNetService(raw, NET_SERVICE.group),
  }
}

export const why = (around: Around): WhyService => sure(whyService(KEY, knowing(around)))

/** Service `blue/db`, annotated with `br0` and with the no-pod key, unless said otherwise. */
export function annotated(annotations: object = {}, spec: object = {}, metadata: object = {}): object {
  return rawService(
    { selector: { app: 'db', [NO_POD_KEY]: 'true' }, ...spec },
    { annotations: { [ANNOTATIONS.networks]: 'br0', ...annotations }, ...metadata },
  )
}

/** NetService `blue/db` on `br0`, with the Pods of `app=db`. */
export function netService(spec: object = {}, metadata: object = {}): object {
  return {
    metadata: { namespace: 'blue', name: 'db', uid: 'net-service-1', ...metadata },
    spec: { netAttachDef: 'br0', selector: { app: 'db' }, ...spec },
  }
}
