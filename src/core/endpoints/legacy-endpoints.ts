// What should stand in the deprecated Endpoints of a Service, and what has to be done about those that are there?
// Never asks whether somebody wants them: whoever calls says so.
// Source of the rules, where not said otherwise: kubernetes/kubernetes, pkg/controller/endpoint.

import type { KubernetesObject } from '../kubernetes.ts'
import { ENDPOINTS_ANNOTATIONS, ENDPOINTS_LABELS, MANAGED_BY, SLICE_LABELS } from '../names.ts'
import type { IPFamily } from '../networks/address.ts'
import { listAt, textAt } from '../networks/untrusted.ts'
import type { Endpoint, EndpointPort, TargetRef } from './endpoint-slice.ts'
import { portsKey } from './ports.ts'
import type { ServiceRecord } from './service-record.ts'
import { ownerReference } from './slice-writing.ts'
import type { EndpointGroup } from './slices.ts'
import { textMapAt } from './text-map.ts'

export interface LegacyAddress {
  readonly ip: string
  readonly hostname?: string
  readonly nodeName?: string
  readonly targetRef?: TargetRef
}

export interface LegacySubset {
  readonly addresses?: readonly LegacyAddress[]
  readonly notReadyAddresses?: readonly LegacyAddress[]
  readonly ports?: readonly EndpointPort[]
}

export interface LegacyEndpoints extends KubernetesObject {
  readonly subsets: readonly LegacySubset[]
}

/** What is wanted; an Endpoints has one family, which is the first of its Service. */
export interface EndpointsWanted {
  readonly family: IPFamily
  readonly groups: readonly EndpointGroup[]
}

/** `taken`: somebody else keeps them, so they are left alone. */
export type EndpointsStep =
  | { readonly kind: 'nothing' }
  | { readonly kind: 'taken' }
  | { readonly kind: 'create' | 'update' | 'remove'; readonly endpoints: KubernetesObject }

const NOTHING: EndpointsStep = { kind: 'nothing' }

/** More than these are left out, the ready ones last, and an annotation says so. */
export const MOST_ADDRESSES = 1000

/**
 * `current` is what the API server has, undefined where there are none; `wanted` is undefined where ours have to go.
 * Ours are known by a label. What holds no address, or what the built-in controller left behind when the Service lost
 * its selector, is looked after by nobody and is taken.
 */
export function planEndpoints(
  service: ServiceRecord,
  wanted: EndpointsWanted | undefined,
  current: unknown,
): EndpointsStep {
  const manager = textMapAt(current, 'metadata', 'labels')[ENDPOINTS_LABELS.managedBy]
  const isOurs = manager === MANAGED_BY.sidenet
  if (wanted === undefined)
    return isOurs ? { kind: 'remove', endpoints: current as KubernetesObject } : NOTHING
  const endpoints = legacyEndpoints(service, wanted)
  if (current === undefined) return { kind: 'create', endpoints }
  if (!isOurs && manager !== BUILT_IN && holdsAddresses(current)) return { kind: 'taken' }
  return saysTheSame(endpoints, current)
    ? NOTHING
    : { kind: 'update', endpoints: inPlaceOf(current, endpoints) }
}

/** Source: the same, endpoints_controller.go. */
const BUILT_IN = 'endpoint-controller'

/** With the mark that keeps the mirroring controller away: it would make slices of them beside ours. */
export function legacyEndpoints(service: ServiceRecord, wanted: EndpointsWanted): LegacyEndpoints {
  const { [SLICE_LABELS.headless]: _, ...labels } = service.labels
  const all = wanted.groups.flatMap((group) => subset(group, wanted.family, service))
  const subsets = cut(all)
  return {
    apiVersion: 'v1',
    kind: 'Endpoints',
    metadata: {
      namespace: service.namespace,
      name: service.name,
      labels: {
        ...labels,
        ...(service.headless && { [SLICE_LABELS.headless]: '' }),
        [ENDPOINTS_LABELS.skipMirror]: 'true',
        [ENDPOINTS_LABELS.managedBy]: MANAGED_BY.sidenet,
      },
      annotations: countOf(all) > MOST_ADDRESSES ? { [ENDPOINTS_ANNOTATIONS.overCapacity]: 'truncated' } : {},
      ownerReferences: [ownerReference(service)],
    },
    subsets,
  }
}

interface FullSubset {
  readonly addresses: readonly LegacyAddress[]
  readonly notReadyAddresses: readonly LegacyAddress[]
  readonly ports: readonly EndpointPort[]
}

/** Pods that resolve none of the Service's ports are no endpoints here, and neither are terminating ones. */
function subset({ ports, endpoints }: EndpointGroup, family: IPFamily, service: ServiceRecord): FullSubset[] {
  if (ports.length === 0 && service.ports.length > 0) return []
  const [ready, others] = [true, false].map((wanted) =>
    endpoints[family].filter(({ conditions }) => (conditions?.ready === true) === wanted),
  )
  const waiting = (others ?? []).filter(({ conditions }) => conditions?.terminating !== true)
  return [{ addresses: (ready ?? []).map(address), notReadyAddresses: waiting.map(address), ports }]
}

function address({ addresses: [ip = ''], hostname, nodeName, targetRef }: Endpoint): LegacyAddress {
  return {
    ip,
    ...(hostname && { hostname }),
    ...(nodeName && { nodeName }),
    ...(targetRef && { targetRef }),
  }
}

/** Ready addresses have the first places. */
function cut(subsets: readonly FullSubset[]): readonly LegacySubset[] {
  let room = MOST_ADDRESSES
  const take = (addresses: readonly LegacyAddress[]): readonly LegacyAddress[] => {
    const taken = addresses.slice(0, room)
    room -= taken.length
    return taken
  }
  const ready = subsets.map(({ addresses }) => take(addresses))
  return subsets.flatMap(({ ports, notReadyAddresses }, at) => {
    const [addresses, notReady] = [ready[at] ?? [], take(notReadyAddresses)]
    if (addresses.length + notReady.length === 0) return []
    return {
      ...(addresses.length > 0 && { addresses }),
      ...(notReady.length > 0 && { notReadyAddresses: notReady }),
      ...(ports.length > 0 && { ports }),
    }
  })
}

function countOf(subsets: readonly FullSubset[]): number {
  return subsets.reduce((sum, each) => sum + each.addresses.length + each.notReadyAddresses.length, 0)
}

function holdsAddresses(current: unknown): boolean {
  return listAt(current, 'subsets').some(
    (each) => listAt(each, 'addresses').length + listAt(each, 'notReadyAddresses').length > 0,
  )
}

function inPlaceOf(current: unknown, endpoints: LegacyEndpoints): LegacyEndpoints {
  const resourceVersion = textAt(current, 'metadata', 'resourceVersion')
  return { ...endpoints, metadata: { ...endpoints.metadata, ...(resourceVersion && { resourceVersion }) } }
}

function saysTheSame(wanted: LegacyEndpoints, current: unknown): boolean {
  return comparable(wanted) === comparable(current)
}

/** The API server stores subsets, addresses and ports in an order of its own. */
function comparable(endpoints: unknown): string {
  const owners = listAt(endpoints, 'metadata', 'ownerReferences').map((owner) => textAt(owner, 'uid'))
  const sorted = (path: string): unknown => Object.entries(textMapAt(endpoints, 'metadata', path)).sort()
  const subsets = listAt(endpoints, 'subsets').map((each) => [
    portsKey(listAt(each, 'ports') as readonly EndpointPort[]),
    addressKeys(each, 'addresses'),
    addressKeys(each, 'notReadyAddresses'),
  ])
  const texts = subsets.map((each) => JSON.stringify(each)).sort()
  return JSON.stringify([owners, sorted('labels'), sorted('annotations'), texts])
}

function addressKeys(subset: unknown, field: string): readonly string[] {
  const keys = listAt(subset, field).map((each) =>
    JSON.stringify([
      ...['ip', 'hostname', 'nodeName'].map((key) => textAt(each, key) ?? ''),
      ...['kind', 'namespace', 'name', 'uid'].map((key) => textAt(each, 'targetRef', key) ?? ''),
    ]),
  )
  return keys.sort()
}
