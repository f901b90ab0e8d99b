// From the endpoints a Service should have to the slices to create, update and remove. Never looks at Pods.
// Writes as upstream does (k8s.io/endpointslice, reconciler.go); what is right already is not written.

import type { IPFamily } from '../networks/address.ts'
import { hintIsRight } from './hints.ts'
import { isOwnedBy, type Endpoint, type EndpointPort, type EndpointSlice } from './endpoint-slice.ts'
import { pack, type Refill } from './packing.ts'
import { portsKey } from './ports.ts'
import type { ServiceRecord } from './service-record.ts'
import { inPlaceOf, labelsAreRight, newSlice, rewritten } from './slice-writing.ts'

/** Sorted, and in the order in which they are to be written: create, update, remove. */
export interface SliceChanges {
  /** Without a name. */
  readonly create: readonly EndpointSlice[]
  /** Whole slices with the resourceVersion they were read at, so that a write over a newer one fails. */
  readonly update: readonly EndpointSlice[]
  /** As they were read; delete only the one with this uid. */
  readonly remove: readonly EndpointSlice[]
}

export const NO_CHANGES: SliceChanges = { create: [], update: [], remove: [] }

/** Endpoints whose Pods offer the same ports. A group without endpoints still speaks for slices with its ports. */
export interface EndpointGroup {
  readonly ports: readonly EndpointPort[]
  readonly endpoints: Readonly<Record<IPFamily, readonly Endpoint[]>>
}

export interface WantedSlices {
  readonly service: ServiceRecord
  /** Each set of ports once. */
  readonly groups: readonly EndpointGroup[]
  /** Managed by us, of this Service by label; perhaps owned by an earlier one of the same name. */
  readonly existing: readonly EndpointSlice[]
  /** 1 to 1000. */
  readonly maxPerSlice: number
}

/** Each family for itself; slices of a family that the Service no longer lists go. */
export function planSliceChanges(wanted: WantedSlices): SliceChanges {
  const { service } = wanted
  const existing = wanted.existing
    .filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
    .sort(byName)
  const unserved = existing.filter(
    ({ addressType }) => !service.families.some((family) => family === addressType),
  )
  const changes = service.families.map((family) =>
    planFamily({ ...wanted, existing: existing.filter(({ addressType }) => addressType === family) }, family),
  )
  return {
    // The garbage collector is about to remove what a Service under deletion owns; a new slice would only race it.
    create: service.terminating ? [] : changes.flatMap(({ create }) => create),
    update: changes.flatMap(({ update }) => update).sort(byName),
    remove: [...changes.flatMap(({ remove }) => remove), ...unserved].sort(byName),
  }
}

function planFamily(wanted: WantedSlices, family: IPFamily): SliceChanges {
  const { service, existing } = wanted
  const owned = existing.filter((slice) => isOwnedBy(slice, service.uid))
  const notOwned = existing.filter((slice) => !owned.includes(slice))
  const packed = packGroups({ ...wanted, existing: owned }, family)
  const remove = [...notOwned, ...packed.remove]
  if (remove.length < existing.length || packed.create.length > 0)
    return reusing({ ...packed, remove }, service)
  if (remove.length === 1 && owned.some((slice) => isPlaceholder(slice, service))) return NO_CHANGES
  return reusing({ create: [newSlice(service, family, [], [])], update: [], remove }, service)
}

/** A Service without endpoints has one empty slice per family, which tells it from a Service nobody looks after. */
function isPlaceholder(slice: EndpointSlice, service: ServiceRecord): boolean {
  return slice.endpoints.length === 0 && slice.ports.length === 0 && labelsAreRight(slice, service)
}

function packGroups(
  { service, groups, existing, maxPerSlice }: WantedSlices,
  family: IPFamily,
): SliceChanges {
  const byPorts = Map.groupBy(existing, ({ ports }) => portsKey(ports))
  const packings = groups.map(({ ports, endpoints }) => {
    const slices = byPorts.get(portsKey(ports)) ?? []
    return {
      ports,
      ...pack(endpoints[family], slices, maxPerSlice, (slice) => labelsAreRight(slice, service)),
    }
  })
  const wanted = new Set(groups.map(({ ports }) => portsKey(ports)))
  const obsolete = existing.filter(({ ports }) => !wanted.has(portsKey(ports)))
  const stale = packings
    .flatMap(({ unchanged }) => unchanged)
    .filter((slice) => !hintsAreRight(slice, service))
  return {
    create: packings.flatMap(({ ports, create }) =>
      create.map((endpoints) => newSlice(service, family, ports, endpoints)),
    ),
    update: [...packings.flatMap(({ update }) => update), ...stale.map(asItIs)].map((refill) =>
      rewritten(service, refill),
    ),
    remove: [...packings.flatMap(({ remove }) => remove), ...obsolete],
  }
}

function hintsAreRight({ endpoints }: EndpointSlice, { hints }: ServiceRecord): boolean {
  return endpoints.every((endpoint) => hintIsRight(endpoint, hints))
}

function asItIs(slice: EndpointSlice): Refill {
  return { slice, endpoints: slice.endpoints }
}

/** A slice to be removed and one to be created are one update, unless the old one belongs to another Service. */
function reusing({ create, update, remove }: SliceChanges, { uid }: ServiceRecord): SliceChanges {
  const reusable = remove.filter((slice) => isOwnedBy(slice, uid)).slice(0, create.length)
  const placed = create
    .toReversed()
    .flatMap((slice, at) => (reusable[at] ? [inPlaceOf(reusable[at], slice)] : []))
  return {
    create: create.slice(0, create.length - reusable.length),
    update: [...update, ...placed],
    remove: remove.filter((slice) => !reusable.includes(slice)),
  }
}

export function byName({ metadata: a }: EndpointSlice, { metadata: b }: EndpointSlice): number {
  const [left, right] = [a?.name ?? '', b?.name ?? '']
  return left < right ? -1 : Number(left > right)
}
