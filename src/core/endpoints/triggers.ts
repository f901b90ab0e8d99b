// Something changed: which Services must be looked at again? Compares the old and the new record, both where there are
// two, and never says what to do: a key is only a reason to look.

import type { ObjectKey } from '../object-key.ts'
import { serviceOf, type EndpointSlice } from './endpoint-slice.ts'
import type { NodeZone } from './node-zone.ts'
import { heldAddresses, samePod, type EndpointPod } from './pod-facts.ts'
import { selects } from './selector.ts'
import type { TextMap } from './text-map.ts'

/** An object that appeared has no `before`, one that is gone has no `after`. */
export interface Change<T> {
  readonly before: T | undefined
  readonly after: T | undefined
}

/** A Service on a secondary network and the Pods it means. */
export interface WatchedService {
  readonly key: ObjectKey
  readonly selector: TextMap
}

export interface KnowsServices {
  servicesIn(namespace: string): readonly WatchedService[]
  /** Those of whose plan this is one of the `addresses`. */
  servicesByAddress(address: string): readonly ObjectKey[]
}

/**
 * Services that select the Pod by its old labels or its new ones. And, since a Pod's first address is never published
 * for another Pod: Services that have it among their addresses, when it comes or goes.
 */
export function keysForPod(
  { before, after }: Change<EndpointPod>,
  known: KnowsServices,
): readonly ObjectKey[] {
  if (before && after && samePod(before, after)) return []
  const pods = [before, after].filter((pod) => pod !== undefined)
  const selecting = pods.flatMap(({ namespace, labels }) =>
    known.servicesIn(namespace).filter(({ selector }) => selects(selector, labels)),
  )
  const [old, now] = [heldAddresses(before), heldAddresses(after)]
  const moved = [...old, ...now].filter((address) => old.includes(address) !== now.includes(address))
  return sorted([
    ...selecting.map(({ key }) => key),
    ...moved.flatMap((address) => known.servicesByAddress(address)),
  ])
}

/** Services that select one of the Node's Pods, when the Node comes, goes or changes its zone. */
export function keysForNode(
  { before, after }: Change<NodeZone>,
  podsOn: (node: string) => readonly EndpointPod[],
  known: KnowsServices,
): readonly ObjectKey[] {
  const node = after ?? before
  if (node === undefined || (before && after && before.zone === after.zone)) return []
  const keys = podsOn(node.name).flatMap(({ namespace, labels }) =>
    known.servicesIn(namespace).filter(({ selector }) => selects(selector, labels)),
  )
  return sorted(keys.map(({ key }) => key))
}

/** The Service whose slice it is or was, whoever manages it: others' slices can hold us back and let us go again. */
export function keysForSlice({ before, after }: Change<EndpointSlice>): readonly ObjectKey[] {
  return sorted([before, after].flatMap((slice) => (slice && serviceOf(slice)) ?? []))
}

function sorted(keys: readonly ObjectKey[]): readonly ObjectKey[] {
  return [...new Set(keys)].sort()
}
