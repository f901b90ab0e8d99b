// What an EndpointSlice looks like as JSON, and which slices are ours. Never decides what a slice should hold.

import type { KubernetesObject } from '../kubernetes.ts'
import { MANAGED_BY, SLICE_LABELS } from '../names.ts'
import { objectKey, type ObjectKey } from '../object-key.ts'
import type { IPFamily } from '../networks/address.ts'
import { fieldAt, listAt, textAt } from '../networks/untrusted.ts'

export interface EndpointConditions {
  readonly ready?: boolean
  readonly serving?: boolean
  readonly terminating?: boolean
}

export interface TargetRef {
  readonly apiVersion?: string
  readonly kind?: string
  readonly namespace?: string
  readonly name?: string
  readonly uid?: string
  readonly fieldPath?: string
}

export interface EndpointHints {
  readonly forZones?: readonly { readonly name: string }[]
  readonly forNodes?: readonly { readonly name: string }[]
}

export interface Endpoint {
  /** All of one family; ours hold exactly one, since consumers look at no more than the first. */
  readonly addresses: readonly string[]
  readonly conditions?: EndpointConditions
  readonly hostname?: string
  readonly targetRef?: TargetRef
  readonly nodeName?: string
  readonly zone?: string
  readonly hints?: EndpointHints
}

export interface EndpointPort {
  readonly name?: string
  readonly protocol?: string
  readonly port?: number
  readonly appProtocol?: string
}

export interface EndpointSlice extends KubernetesObject {
  /** One family per slice; cannot be changed once a slice exists. */
  readonly addressType: IPFamily | 'FQDN'
  readonly endpoints: readonly Endpoint[]
  readonly ports: readonly EndpointPort[]
}

/**
 * Reads a slice as the API sends it. `endpoints: null` and `ports: null` are empty lists (an empty list is stored
 * as null, kubernetes/kubernetes#133474). Fields we know nothing of are kept, since a slice is written back whole;
 * managedFields are dropped, the API server has them. Undefined where it is no slice with a name.
 */
export function endpointSlice(raw: unknown): EndpointSlice | undefined {
  const addressType = ADDRESS_TYPES.find((known) => known === fieldAt(raw, 'addressType'))
  const metadata = fieldAt(raw, 'metadata')
  if (addressType === undefined || !textAt(metadata, 'name') || !textAt(metadata, 'namespace'))
    return undefined
  const { managedFields: _, ...kept } = metadata as Record<string, unknown>
  return {
    ...(raw as object),
    metadata: kept,
    addressType,
    endpoints: listAt(raw, 'endpoints').filter(isEndpoint),
    ports: listAt(raw, 'ports').filter(isObject),
  }
}

const ADDRESS_TYPES = ['IPv4', 'IPv6', 'FQDN'] as const

function isEndpoint(value: unknown): value is Endpoint {
  const addresses = fieldAt(value, 'addresses')
  return Array.isArray(addresses) && addresses.every((address) => typeof address === 'string')
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null
}

/** The Service whose slice this is, by label; undefined for a slice of no Service. */
export function serviceOf({ metadata }: EndpointSlice): ObjectKey | undefined {
  const service = metadata?.labels?.[SLICE_LABELS.service]
  return service ? objectKey(metadata?.namespace ?? '', service) : undefined
}

export function managedBy({ metadata }: EndpointSlice): string | undefined {
  return metadata?.labels?.[SLICE_LABELS.managedBy]
}

/** Ours by label alone: also one that still belongs to an earlier Service of the same name. */
export function isOurs(slice: EndpointSlice): boolean {
  return managedBy(slice) === MANAGED_BY.sidenet
}

export function isOwnedBy({ metadata }: EndpointSlice, serviceUid: string): boolean {
  const owners = metadata?.ownerReferences ?? []
  return owners.some(
    ({ apiVersion, kind, uid }) => uid === serviceUid && kind === 'Service' && apiVersion === 'v1',
  )
}

export function sliceKey({ metadata }: EndpointSlice): ObjectKey {
  return objectKey(metadata?.namespace ?? '', metadata?.name ?? '')
}
