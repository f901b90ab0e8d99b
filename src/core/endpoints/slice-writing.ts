// What a slice looks like when it is written: its name, labels, owner and endpoints. Never decides which are written.
// Source of the rules, where not said otherwise: k8s.io/endpointslice, utils.go.

import type { ObjectMeta } from '../kubernetes.ts'
import { MANAGED_BY, SLICE_ANNOTATIONS, SLICE_LABELS } from '../names.ts'
import type { IPFamily } from '../networks/address.ts'
import { withHint } from './hints.ts'
import type { Endpoint, EndpointPort, EndpointSlice } from './endpoint-slice.ts'
import type { Refill } from './packing.ts'
import type { ServiceRecord } from './service-record.ts'

/** A slice that is not there yet; the API server completes its name. */
export function newSlice(
  service: ServiceRecord,
  addressType: IPFamily,
  ports: readonly EndpointPort[],
  endpoints: readonly Endpoint[],
): EndpointSlice {
  return {
    ...KIND,
    metadata: {
      generateName: namePrefix(service.name),
      namespace: service.namespace,
      labels: sliceLabels(service),
      ownerReferences: [ownerReference(service)],
    },
    addressType,
    endpoints: endpoints.map((endpoint) => withHint(endpoint, service.hints)),
    ports,
  }
}

/** An existing slice with other endpoints; what else stands in its metadata stays, except a time that is over. */
export function rewritten(service: ServiceRecord, { slice, endpoints }: Refill): EndpointSlice {
  return {
    ...slice,
    ...KIND,
    metadata: { ...slice.metadata, labels: sliceLabels(service), ...annotationsWithoutTime(slice) },
    endpoints: endpoints.map((endpoint) => withHint(endpoint, service.hints)),
  }
}

/** A new slice in the place of one that would be removed: one write instead of two. */
export function inPlaceOf(old: EndpointSlice, slice: EndpointSlice): EndpointSlice {
  const { name, uid, resourceVersion } = old.metadata ?? {}
  const place = { ...(name && { name }), ...(uid && { uid }), ...(resourceVersion && { resourceVersion }) }
  return { ...slice, metadata: { ...slice.metadata, ...place } }
}

/**
 * The Service's labels, and the three that are ours to set. Unlike upstream a difference in those three alone counts
 * too: else a slice stays marked as headless after its Service was an ExternalName, and kube-proxy hides it.
 */
export function labelsAreRight({ metadata }: EndpointSlice, service: ServiceRecord): boolean {
  const wanted = Object.entries(sliceLabels(service))
  const labels = metadata?.labels ?? {}
  return wanted.length === Object.keys(labels).length && wanted.every(([key, value]) => labels[key] === value)
}

const KIND = { apiVersion: 'discovery.k8s.io/v1', kind: 'EndpointSlice' }

function sliceLabels({ name, labels, headless }: ServiceRecord): Readonly<Record<string, string>> {
  const { [SLICE_LABELS.headless]: _, ...own } = labels
  return {
    ...own,
    [SLICE_LABELS.service]: name,
    [SLICE_LABELS.managedBy]: MANAGED_BY.sidenet,
    ...(headless && { [SLICE_LABELS.headless]: '' }),
  }
}

/** `blockOwnerDeletion: false`, since true needs rights on the Service's finalizers where that is enforced. */
export function ownerReference({ name, uid }: ServiceRecord) {
  return { apiVersion: 'v1', kind: 'Service', name, uid, controller: true, blockOwnerDeletion: false }
}

/** With a dash, unless that makes the name longer than the name of an object may be. */
function namePrefix(service: string): string {
  return service.length < LONGEST_NAME ? `${service}-` : service
}
const LONGEST_NAME = 253

/** The time of a change comes from a Pod's Ready condition; network-status carries none, so none is told. */
function annotationsWithoutTime({ metadata }: EndpointSlice): Pick<ObjectMeta, 'annotations'> {
  const { [SLICE_ANNOTATIONS.lastChangeTriggerTime]: _, ...annotations } = metadata?.annotations ?? {}
  return metadata?.annotations ? { annotations } : {}
}
