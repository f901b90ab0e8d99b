// One sync of ours and one of the published library, on the same random states: the same creates, updates and deletes.
// The library leaves to chance which of the endpoints without a place goes where, so that is not compared. It also picks
// at random among slices that are equally full, so it is asked again until it picks as we do, or has had every chance.

import { isDeepStrictEqual } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { identity } from '../../../src/core/endpoints/endpoint-identity.ts'
import { isOwnedBy, type EndpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import { planSlices } from '../../../src/core/endpoints/plan.ts'
import { portsKey } from '../../../src/core/endpoints/ports.ts'
import { MANAGED_BY, SLICE_ANNOTATIONS } from '../../../src/core/names.ts'
import {
  startReference,
  type Reference,
  type ReferenceChanges,
} from '../../endpointslice-reference/reference.ts'
import { applied, factsOf, sliceOf } from './makers.ts'
import { nodeObjects, referencePodObject, serviceObject, world, type World } from './worlds.ts'

const RUNS = 3_000
const CHANCES = 300
let reference: Reference

beforeAll(async () => {
  reference = await startReference()
}, 600_000)
afterAll(() => reference.close())

describe('one sync', () => {
  it('creates, updates and removes what the published library does', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const ours = planSlices(factsOf(world)).changes
        const remove = ours.remove.map(({ metadata }) => metadata?.name ?? '')
        const shape = shapeOf({ ...ours, remove }, world)
        let theirs = shapeOf(await libraryChanges(world), world)
        for (let tries = 1; tries < CHANCES && !isDeepStrictEqual(shape, theirs); tries += 1)
          theirs = shapeOf(await libraryChanges(world), world)
        expect(shape).toEqual(theirs)
      }),
      { numRuns: RUNS },
    )
  }, 600_000)

  it('leaves nothing for the published library to do', async () => {
    await fc.assert(
      fc.asyncProperty(world, async (world) => {
        const facts = factsOf(world)
        fc.pre(!facts.service.terminating)
        const stored = applied(facts.slices, planSlices(facts).changes)
        const theirs = await reference.changes(stateOf(world, stored))
        expect(theirs).toMatchObject({ create: [], update: [], remove: [] })
      }),
      { numRuns: RUNS / 4 },
    )
  }, 600_000)
})

function stateOf(world: World, slices: readonly object[]) {
  return {
    service: serviceObject(world.service),
    pods: world.pods.map(referencePodObject),
    nodes: nodeObjects(world),
    slices,
    maxPerSlice: world.maxPerSlice,
    managedBy: MANAGED_BY.sidenet,
  }
}

/** Its empty lists are null where it has read them so. */
async function libraryChanges(world: World): Promise<ReferenceChanges> {
  const { create, update, remove } = await reference.changes(stateOf(world, world.slices))
  const listed = (slice: EndpointSlice): EndpointSlice => ({
    ...slice,
    endpoints: slice.endpoints ?? [],
    ports: slice.ports ?? [],
  })
  return { create: create.map(listed), update: update.map(listed), remove }
}

/** All of a sync that is not left to chance. */
function shapeOf(changes: ReferenceChanges, { slices, service }: World) {
  const priors = new Map(slices.map(sliceOf).map((slice) => [slice.metadata?.name ?? '', slice]))
  const updates = changes.update.map((update) => ({ update, prior: priors.get(update.metadata?.name ?? '') }))
  // A slice that is created in the place of a removed one comes without what the API server gave the old one.
  const rewritten = updates.filter(({ update }) => update.metadata?.creationTimestamp !== undefined)
  const reused = updates.filter(({ update }) => update.metadata?.creationTimestamp === undefined)
  const gone = [...changes.remove, ...reused.map(({ update }) => update.metadata?.name ?? '')]
  return {
    counts: {
      create: changes.create.length,
      update: rewritten.length,
      reused: reused.length,
      remove: changes.remove.length,
    },
    // Where nothing may be created, it is chance what takes a removed slice's place and what finds none.
    ...(!service.terminating && {
      created: [...changes.create, ...reused.map(({ update }) => update)].map(sizeAndHead).sort(),
      result: resultOf(changes, priors),
    }),
    rewritten: rewritten.map(({ update, prior }) => rewriting(update, prior)).sort(),
    gone: gone.sort(),
    foreignGone: gone.filter((name) => !isOwnedBy(priors.get(name) as EndpointSlice, 'service-1')),
    onlyOwnReused: reused.every(({ prior }) => prior && isOwnedBy(prior, 'service-1')),
  }
}

function sizeAndHead({ metadata, addressType, ports, endpoints }: EndpointSlice): string {
  const { generateName, namespace, labels, ownerReferences } = metadata ?? {}
  const owners = (ownerReferences ?? []).map((owner) => ({ ...owner, blockOwnerDeletion: false }))
  return JSON.stringify([
    generateName,
    namespace,
    sortedEntries(labels),
    owners,
    addressType,
    portsKey(ports),
    endpoints.length,
  ])
}

/** By name, what an existing slice keeps and how full it becomes. */
function rewriting(
  { metadata, addressType, ports, endpoints }: EndpointSlice,
  prior: EndpointSlice | undefined,
) {
  const before = new Set((prior?.endpoints ?? []).map(identity))
  const kept = endpoints.map(identity).filter((endpoint) => before.has(endpoint))
  const { [SLICE_ANNOTATIONS.lastChangeTriggerTime]: _, ...annotations } = prior?.metadata?.annotations ?? {}
  const { labels, annotations: written, ...rest } = metadata ?? {}
  const { labels: __, annotations: ___, ...restBefore } = prior?.metadata ?? {}
  const metadataStays = isDeepStrictEqual([written ?? {}, rest], [annotations, restBefore])
  return JSON.stringify([
    metadata?.name,
    sortedEntries(labels),
    metadataStays,
    addressType,
    portsKey(ports),
    kept.sort(),
    endpoints.length,
  ])
}

/** Every endpoint as it is stored afterwards, with the family and ports of its slice. */
function resultOf(changes: ReferenceChanges, priors: ReadonlyMap<string, EndpointSlice>): readonly string[] {
  const touched = new Set([...changes.remove, ...changes.update.map(({ metadata }) => metadata?.name)])
  const untouched = [...priors].filter(([name]) => !touched.has(name)).map(([, slice]) => slice)
  const after = [...untouched, ...changes.create, ...changes.update]
  return after
    .flatMap(({ addressType, ports, endpoints }) =>
      endpoints.map((endpoint) => JSON.stringify([addressType, portsKey(ports), deepSorted(endpoint)])),
    )
    .sort()
}

function sortedEntries(map: Readonly<Record<string, string>> | undefined) {
  return Object.entries(map ?? {}).sort()
}

function deepSorted(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(deepSorted)
  if (typeof value !== 'object' || value === null) return value
  const entries = Object.entries(value).map(([key, inner]) => [key, deepSorted(inner)] as const)
  return entries.sort(([a], [b]) => (a < b ? -1 : 1))
}
