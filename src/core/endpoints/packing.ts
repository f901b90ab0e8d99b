// How do the wanted endpoints of one family and one set of ports spread over slices? Counts and fills only:
// labels, hints and the writing of whole slices are others' work.
//
// The steps are upstream's (k8s.io/endpointslice, reconciler.go, reconcileByPortMapping). They write few slices,
// not full ones: what is in place stays in place, and nothing is ever moved to make slices fuller.
//
//   1. keep     Walk the existing slices. Wanted endpoints stay where they are; the others go. A slice in which an
//               endpoint went or says something new is rewritten, one that holds none any more is removed, one
//               whose labels are wrong is rewritten too, and the rest is unchanged.
//   2. top up   Into slices that are rewritten anyway go endpoints that have no place yet, the fullest slice first.
//   3. leftover While endpoints are left: a rest smaller than a full slice goes, as a whole, into the one unchanged
//               slice that ends up closest to full; where none has the room, a new slice takes as many as it can.
//
// Example: 4 per slice. Slices A = a b c d, B = e f g, C = h. Wanted: a b c, e f g, h, and new i j.
//   1. A loses d and is rewritten (a b c). B and C are unchanged.   Left: i j
//   2. A takes i and is full (a b c i).                             Left: j
//   3. B would end with 4 of 4, C with 2 of 4: B takes j.           Left: none
//   Written: A and B. C stays as it is, although it holds but one.

import { identity, saysTheSame } from './endpoint-identity.ts'
import type { Endpoint, EndpointSlice } from './endpoint-slice.ts'

/** An existing slice, and the endpoints it will hold. */
export interface Refill {
  readonly slice: EndpointSlice
  readonly endpoints: readonly Endpoint[]
}

export interface Packing {
  /** One list of endpoints for each new slice. */
  readonly create: readonly (readonly Endpoint[])[]
  readonly update: readonly Refill[]
  readonly remove: readonly EndpointSlice[]
  readonly unchanged: readonly EndpointSlice[]
}

/** `existing` has the same family and set of ports as `wanted`; `maxPerSlice` is at least 1. */
export function pack(
  wanted: readonly Endpoint[],
  existing: readonly EndpointSlice[],
  maxPerSlice: number,
  labelsAreRight: (slice: EndpointSlice) => boolean,
): Packing {
  const unplaced = new Map(wanted.map((endpoint) => [identity(endpoint), endpoint]))
  const kept = existing.map((slice) => keepWanted(slice, unplaced, labelsAreRight))
  const { remove = [], write: written = [], leave: unchanged = [] } = Object.groupBy(kept, ({ fate }) => fate)

  const rest = [...unplaced.values()]
  for (const refill of fullestFirst(written)) topUp(refill.endpoints, rest, maxPerSlice)

  const last = rest.length % maxPerSlice
  const chosen = last > 0 ? closestToFull(unchanged, last, maxPerSlice) : undefined
  if (chosen) chosen.endpoints.push(...rest.splice(rest.length - last))

  return {
    create: chunks(rest, maxPerSlice),
    update: chosen ? [...written, chosen] : written,
    remove: remove.map(({ slice }) => slice),
    unchanged: unchanged.filter((refill) => refill !== chosen).map(({ slice }) => slice),
  }
}

/** Filled while the steps go on; `slice` itself is never touched. */
interface Kept extends Refill {
  readonly endpoints: Endpoint[]
  readonly fate: 'remove' | 'write' | 'leave'
}

/** Takes what it keeps out of `unplaced`, so that an endpoint found twice stays only once. */
function keepWanted(
  slice: EndpointSlice,
  unplaced: Map<string, Endpoint>,
  labelsAreRight: (slice: EndpointSlice) => boolean,
): Kept {
  const endpoints: Endpoint[] = []
  let changed = false
  for (const endpoint of slice.endpoints) {
    const key = identity(endpoint)
    const wanted = unplaced.get(key)
    unplaced.delete(key)
    changed ||= wanted === undefined || !saysTheSame(wanted, endpoint)
    if (wanted) endpoints.push(wanted)
  }
  if (!changed)
    return { slice, endpoints: [...slice.endpoints], fate: labelsAreRight(slice) ? 'leave' : 'write' }
  return { slice, endpoints, fate: endpoints.length > 0 ? 'write' : 'remove' }
}

function fullestFirst(refills: readonly Kept[]): readonly Kept[] {
  return [...refills].sort((a, b) => b.endpoints.length - a.endpoints.length)
}

function topUp(endpoints: Endpoint[], rest: Endpoint[], maxPerSlice: number): void {
  endpoints.push(...rest.splice(0, Math.max(0, maxPerSlice - endpoints.length)))
}

/** The slice with the least room among those that have room for all `count`; the first of several such. */
function closestToFull(refills: readonly Kept[], count: number, maxPerSlice: number): Kept | undefined {
  const roomy = refills.filter(({ endpoints }) => endpoints.length + count <= maxPerSlice)
  return roomy.reduce<Kept | undefined>(
    (best, refill) => (best && best.endpoints.length >= refill.endpoints.length ? best : refill),
    undefined,
  )
}

function chunks<T>(list: readonly T[], size: number): readonly (readonly T[])[] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, at) =>
    list.slice(at * size, (at + 1) * size),
  )
}
