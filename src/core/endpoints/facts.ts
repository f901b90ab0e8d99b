// Everything the calculation may know of one Service. Whoever gathers it knows the dialects; nothing in here does.

import type { ObjectKey } from '../object-key.ts'
import type { EndpointSlice } from './endpoint-slice.ts'
import type { EndpointPod } from './pod-facts.ts'
import type { ServiceRecord } from './service-record.ts'
import type { TextMap } from './text-map.ts'

/** The network whose addresses are wanted; with an interface, only what a Pod has under that name. */
export interface WantedAttachment {
  readonly network: ObjectKey
  readonly interface?: string | undefined
}

/** `PodName` gives every endpoint its Pod's name as hostname; `None` leaves it to the Pod's hostname and subdomain. */
export type Hostnames = 'None' | 'PodName'

/** What is to become of the Service's addresses on the network. */
export type Wish =
  | { readonly kind: 'publish'; readonly attachment: WantedAttachment; readonly hostnames: Hostnames }
  /** Nobody asks any more. Ours go once the built-in slices hold the same Pods, or at once when it is `overdue`. */
  | { readonly kind: 'release'; readonly overdue: boolean }
  /** Nothing can be asked: no network can be read, or the Service may not have addresses of its own. */
  | { readonly kind: 'withdraw' }

/**
 * What the built-in controllers do with the Service's selector as it stands: select Pods by it, be kept out by the
 * no-pod key or a takeover that can be given back, or find none.
 */
export type BuiltIns = 'select' | 'kept out' | 'no selector'

export interface ServiceFacts {
  readonly service: ServiceRecord
  readonly wish: Wish
  readonly builtIns: BuiltIns
  /** Which Pods are meant, whatever stands in `spec.selector`; one without keys selects none. */
  readonly selector: TextMap
  /** All that may be meant; those of other namespaces and those not selected are left aside. */
  readonly pods: readonly EndpointPod[]
  /** By name of the Node: its zone, undefined where it has none. A Node that is not here does not exist (yet). */
  readonly zonesByNode: ReadonlyMap<string, string | undefined>
  /** Every slice with the Service's name, whoever manages it. */
  readonly slices: readonly EndpointSlice[]
  /** 1 to 1000; upstream's default is 100. */
  readonly maxPerSlice: number
  /** The ranges of cluster IPs, as CIDRs. */
  readonly serviceRanges: readonly string[]
  /** Canonical first address to the Pods, of any namespace and not finished, that have it. */
  readonly podsByFirstAddress: ReadonlyMap<string, readonly ObjectKey[]>
}
