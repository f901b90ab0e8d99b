// Facts for tables and properties, and what a cluster would make of a plan. Never expects anything.

import type { EndpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import { endpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../../../src/core/endpoints/facts.ts'
import { nodeZone } from '../../../src/core/endpoints/node-zone.ts'
import {
  endpointPod,
  heldAddresses,
  podKey,
  type EndpointPod,
} from '../../../src/core/endpoints/pod-facts.ts'
import { serviceRecord, type ServiceRecord } from '../../../src/core/endpoints/service-record.ts'
import type { SliceChanges } from '../../../src/core/endpoints/slices.ts'
import { pool } from '../../../src/core/endpoints/pool.ts'
import type { ObjectKey } from '../../../src/core/object-key.ts'
import { NETWORK, nodeObjects, podObject, serviceObject, type World } from './worlds.ts'

/** The value, or an error: a test whose own objects cannot be read is broken. */
export function sure<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test made something that cannot be read')
  return value
}

export const podOf = (raw: unknown): EndpointPod => sure(endpointPod(raw, pool()))
export const serviceOf = (raw: unknown): ServiceRecord => sure(serviceRecord(raw))
export const sliceOf = (raw: unknown): EndpointSlice => sure(endpointSlice(raw))

export function firstAddresses(pods: readonly EndpointPod[]): ReadonlyMap<string, readonly ObjectKey[]> {
  const claims = pods.flatMap((pod) => heldAddresses(pod).map((address) => ({ address, key: podKey(pod) })))
  const byAddress = Map.groupBy(claims, ({ address }) => address)
  return new Map([...byAddress].map(([address, claims]) => [address, claims.map(({ key }) => key)]))
}

/** What our controller would know of the world. */
export function factsOf(world: World): ServiceFacts {
  const pods = world.pods.map((sketch, index) => podOf(podObject(sketch, index)))
  return {
    service: serviceOf(serviceObject(world.service)),
    wish: { kind: 'publish', attachment: { network: NETWORK }, hostnames: 'None' },
    builtIns: 'kept out',
    selector: { app: 'db' },
    pods,
    zonesByNode: new Map(
      nodeObjects(world)
        .map(nodeZone)
        .map(sure)
        .map(({ name, zone }) => [name, zone]),
    ),
    slices: world.slices.map(sliceOf),
    maxPerSlice: world.maxPerSlice,
    serviceRanges: ['10.96.0.0/16', 'fd00:96::/112'],
    podsByFirstAddress: firstAddresses(pods),
  }
}

let made = 0
/** The slices after the API server has done what the plan says; new ones get names that sort anywhere. */
export function applied(slices: readonly EndpointSlice[], changes: SliceChanges): readonly EndpointSlice[] {
  const updates = new Map(changes.update.map((slice) => [slice.metadata?.name, slice]))
  const removed = new Set(changes.remove.map(({ metadata }) => metadata?.uid))
  const kept = slices.filter(({ metadata }) => !removed.has(metadata?.uid))
  const stored = kept.map((slice) => updates.get(slice.metadata?.name) ?? slice)
  const created = changes.create.map((slice) => {
    made += 1
    const name = `${slice.metadata?.generateName}${((made * 7919) % 46_656).toString(36)}`
    return {
      ...slice,
      metadata: { ...slice.metadata, name, uid: `made-${made}`, resourceVersion: `${made}` },
    }
  })
  return [...stored, ...created].map((slice) => sliceOf(JSON.parse(JSON.stringify(asListed(slice)))))
}

/** How the API server lists a slice: empty lists are null, and what every item is stands on the list. */
function asListed({ apiVersion: _, kind: __, ...slice }: EndpointSlice): object {
  const { endpoints, ports } = slice
  return {
    ...slice,
    endpoints: endpoints.length > 0 ? endpoints : null,
    ports: ports.length > 0 ? ports : null,
  }
}

export function deepFrozen<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value)
    for (const inner of Object.values(value)) deepFrozen(inner)
  }
  return value
}
