// What holds of every plan, whatever the Service, its Pods and the slices that somebody left behind.

import { describe, expect, it, jest } from '@jest/globals'
import fc from 'fast-check'
import type { EndpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import type { BuiltIns, ServiceFacts, Wish } from '../../../src/core/endpoints/facts.ts'
import { endpointPod, samePod } from '../../../src/core/endpoints/pod-facts.ts'
import { planSlices, type ServicePlan } from '../../../src/core/endpoints/plan.ts'
import { portsKey } from '../../../src/core/endpoints/ports.ts'
import { pool } from '../../../src/core/endpoints/pool.ts'
import { NO_CHANGES, type SliceChanges } from '../../../src/core/endpoints/slices.ts'
import { MANAGED_BY } from '../../../src/core/names.ts'
import { applied, deepFrozen, factsOf, podOf, sure } from './makers.ts'
import { otherSlice, rawPod } from './pods.ts'
import { NETWORK, podObject, world } from './worlds.ts'

jest.setTimeout(120_000)

const RUNS = 400

const wish: fc.Arbitrary<Wish> = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.constantFrom<Wish>(
      { kind: 'publish', attachment: { network: NETWORK }, hostnames: 'None' },
      { kind: 'publish', attachment: { network: NETWORK, interface: 'net1' }, hostnames: 'PodName' },
    ),
  },
  { weight: 1, arbitrary: fc.boolean().map((overdue): Wish => ({ kind: 'release', overdue })) },
  { weight: 1, arbitrary: fc.constant<Wish>({ kind: 'withdraw' }) },
)

/** Worlds with everything that can be asked in them, and with others' slices. */
const anyFacts: fc.Arbitrary<ServiceFacts> = fc
  .record({
    world,
    wish,
    builtIns: fc.constantFrom<BuiltIns>('kept out', 'kept out', 'no selector', 'select'),
    others: fc.subarray([
      otherSlice(MANAGED_BY.builtIn),
      otherSlice('a.example', { endpoints: null }, 'db-y'),
    ]),
  })
  .map(({ world, wish, builtIns, others }) => {
    const facts = factsOf(world)
    return { ...facts, wish, builtIns, slices: [...facts.slices, ...others] }
  })

const verdicts = ({ perPod }: ServicePlan, without: string) => perPod.filter(({ pod }) => pod !== without)
const endpointsBut = (slices: readonly EndpointSlice[], without: string) =>
  slices
    .flatMap(({ addressType, ports, endpoints }) =>
      endpoints.map((endpoint) =>
        JSON.stringify([addressType, portsKey(ports), Object.entries(endpoint).sort()]),
      ),
    )
    .filter((text) => without === '' || !text.includes(`"${without}"`))
    .sort()

/** As many writes as were done before somebody pulled the plug. */
function firstWrites({ create, update, remove }: SliceChanges, writes: number): SliceChanges {
  const left = (done: number): number => Math.max(0, writes - done)
  return {
    create: create.slice(0, writes),
    update: update.slice(0, left(create.length)),
    remove: remove.slice(0, left(create.length + update.length)),
  }
}

/** What means nothing is left as it was found: a hint on an endpoint that is not ready, a version in a targetRef. */
function withoutLeftovers(slice: EndpointSlice): EndpointSlice {
  const endpoints = slice.endpoints.map(({ hints, targetRef, ...endpoint }) => ({
    ...endpoint,
    targetRef: { ...targetRef, resourceVersion: '' },
    ...(hints && endpoint.conditions?.ready && { hints }),
  }))
  return { ...slice, endpoints }
}

describe('a plan', () => {
  it('that was carried out leaves nothing to do', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        fc.pre(!facts.service.terminating)
        const slices = applied(facts.slices, planSlices(facts).changes)
        const again = planSlices({ ...facts, slices })
        expect(again.changes).toEqual(NO_CHANGES)
      }),
      { numRuns: RUNS },
    )
  })

  it('leads to the same endpoints whatever was there before, and wherever an earlier try broke off', () => {
    const told = (slices: readonly EndpointSlice[]) => endpointsBut(slices.map(withoutLeftovers), '')
    fc.assert(
      fc.property(world, fc.nat(), (world, writes) => {
        const facts = factsOf(world)
        fc.pre(!facts.service.terminating)
        const fresh = applied([], planSlices({ ...facts, slices: [] }).changes)
        const broken = applied(facts.slices, firstWrites(planSlices(facts).changes, writes % 5))
        const mended = applied(broken, planSlices({ ...facts, slices: broken }).changes)
        expect(told(mended)).toEqual(told(fresh))
      }),
      { numRuns: RUNS },
    )
  })

  it('is the same to the byte in whatever order the facts come', () => {
    const shuffled = <T>(values: readonly T[]) =>
      fc.shuffledSubarray([...values], { minLength: values.length })
    fc.assert(
      fc.property(
        anyFacts.chain((facts) => fc.tuple(fc.constant(facts), shuffled(facts.pods), shuffled(facts.slices))),
        ([facts, pods, slices]) => {
          const serviceRanges = facts.serviceRanges.toReversed()
          const other = planSlices({ ...facts, pods, slices, serviceRanges })
          expect(JSON.stringify(other)).toBe(JSON.stringify(planSlices(facts)))
        },
      ),
      { numRuns: RUNS },
    )
  })

  it('changes nothing that it is given', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        expect(() => planSlices(deepFrozen(facts))).not.toThrow()
      }),
      { numRuns: RUNS },
    )
  })

  it('never holds more endpoints in a slice that it fills than allowed', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const before = new Map(facts.slices.map((slice) => [slice.metadata?.name, slice.endpoints.length]))
        const { create, update } = planSlices(facts).changes
        for (const { metadata, endpoints } of [...create, ...update])
          expect(endpoints.length).toBeLessThanOrEqual(
            Math.max(facts.maxPerSlice, before.get(metadata?.name) ?? 0),
          )
      }),
      { numRuns: RUNS },
    )
  })

  it("never touches another controller's slice", () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        const { update, remove } = planSlices(facts).changes
        const names = [...update, ...remove].map(({ metadata }) => metadata?.name)
        expect(names.filter((name) => name === 'db-x' || name === 'db-y')).toEqual([])
      }),
      { numRuns: RUNS },
    )
  })

  it('accounts for every selected Pod once', () => {
    fc.assert(
      fc.property(anyFacts, (facts) => {
        fc.pre(facts.wish.kind === 'publish')
        const { perPod, counts, skipped } = planSlices(facts)
        expect(perPod.map(({ pod }) => pod)).toEqual(facts.pods.map(({ name }) => `blue/${name}`).sort())
        expect(counts.total + counts.skipped).toBe(facts.pods.length)
        expect(skipped.reduce((sum, { count }) => sum + count, 0)).toBe(counts.skipped)
      }),
      { numRuns: RUNS },
    )
  })
})

describe('nonsense', () => {
  /** Any JSON, and JSON that looks right until one looks closely. */
  const junk = fc.oneof(
    fc.jsonValue(),
    fc.jsonValue().map((value) => JSON.stringify(value)),
    fc
      .array(
        fc.record(
          {
            name: fc.oneof(fc.constant(NETWORK), fc.string(), fc.jsonValue()),
            ips: fc.oneof(fc.array(fc.string()), fc.jsonValue()),
            default: fc.jsonValue(),
          },
          { requiredKeys: [] },
        ),
      )
      .map((value) => JSON.stringify(value)),
    fc.constantFrom(
      '[null]',
      '[{}]',
      '[[[[]]]]',
      '{"__proto__":[]}',
      `${'['.repeat(10_000)}`,
      '\ud800',
      '[{"name":"blue/br0","ips":["10.1.0.3\\u0000"]}]',
    ),
  )

  it('in a Pod costs no other Pod anything', () => {
    fc.assert(
      fc.property(world, junk, fc.nat(), (world, junk, index) => {
        fc.pre(world.pods.length > 1)
        const victim = sure(world.pods[index % world.pods.length])
        const facts = factsOf(world)
        const name = `blue/${victim.name}`
        const raw = podObject(victim, index % world.pods.length) as { metadata: object }
        const annotations = { 'k8s.v1.cni.cncf.io/network-status': junk }
        const spoiled = podOf({ ...raw, metadata: { ...raw.metadata, annotations } })
        const pods = facts.pods.map((pod) => (pod.name === victim.name ? spoiled : pod))
        const [sound, broken] = [planSlices(facts), planSlices({ ...facts, pods })]
        expect(verdicts(broken, name)).toEqual(verdicts(sound, name))
        fc.pre(!facts.service.terminating)
        const [a, b] = [sound, broken].map(({ changes }) => applied(facts.slices, changes))
        const told = (slices: readonly EndpointSlice[]) =>
          endpointsBut(slices.map(withoutLeftovers), victim.name)
        expect(told(sure(b))).toEqual(told(sure(a)))
      }),
      { numRuns: RUNS },
    )
  })

  it('for a Pod gives a record or none, and never an error', () => {
    const share = pool()
    fc.assert(
      fc.property(fc.oneof(fc.anything(), fc.jsonValue()), junk, (any, junk) => {
        endpointPod(any, share)
        const fields = ['metadata', 'spec', 'status'].map((key) => ({ [key]: any }))
        for (const field of fields) endpointPod({ ...rawPod(), ...field }, share)
        const pod = sure(
          endpointPod(
            rawPod({
              metadata: { labels: any, annotations: junk },
              spec: { containers: any, initContainers: [any] },
              status: { podIPs: any, conditions: [any] },
            }),
            share,
          ),
        )
        expect(samePod(pod, pod)).toBe(true)
      }),
      { numRuns: RUNS },
    )
  })
})
