// From wanted endpoints and existing slices to what is written: one table for each rule. That the packing is upstream's
// in every detail is shown in reference.test.ts.

import { describe, expect, it, jest } from '@jest/globals'
import { planSlices, type ServicePlan } from '../../../src/core/endpoints/plan.ts'
import type { Endpoint, EndpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import { pack } from '../../../src/core/endpoints/packing.ts'
import type { ServiceFacts } from '../../../src/core/endpoints/facts.ts'
import { NO_CHANGES } from '../../../src/core/endpoints/slices.ts'
import { SLICE_ANNOTATIONS, SLICE_LABELS } from '../../../src/core/names.ts'
import { applied, podOf, serviceOf, sliceOf } from './makers.ts'
import { facts, manyPods, ownedBy, rawPod, rawService, rawSlice, statusText, storedEndpoint } from './pods.ts'

jest.setTimeout(120_000)

const stored = (more: object = {}, metadata: object = {}): EndpointSlice => sliceOf(rawSlice(more, metadata))
const sizes = (slices: readonly EndpointSlice[]): readonly number[] =>
  slices.map(({ endpoints }) => endpoints.length)
const counts = ({ changes }: ServicePlan) => [
  changes.create.length,
  changes.update.length,
  changes.remove.length,
]

/** The world after the plan was carried out. */
function after(before: ServiceFacts): ServiceFacts {
  return { ...before, slices: applied(before.slices, planSlices(before).changes) }
}

describe('a new slice', () => {
  it('has everything that the contract asks for, and nothing else', () => {
    expect(planSlices(facts()).changes).toEqual({
      ...NO_CHANGES,
      create: [
        {
          apiVersion: 'discovery.k8s.io/v1',
          kind: 'EndpointSlice',
          metadata: {
            generateName: 'db-',
            namespace: 'blue',
            labels: {
              team: 'a',
              [SLICE_LABELS.service]: 'db',
              [SLICE_LABELS.managedBy]: 'endpointslice-controller.sidenet.io',
              [SLICE_LABELS.headless]: '',
            },
            ownerReferences: [ownedBy('service-1')],
          },
          addressType: 'IPv4',
          endpoints: [storedEndpoint],
          ports: [],
        },
      ],
    })
  })

  it.each([
    [250, 100, [100, 100, 50]],
    [200, 100, [100, 100]],
    [3, 1, [1, 1, 1]],
    [1000, 1000, [1000]],
  ])('is one of several where %i Pods go %i to a slice', (pods, maxPerSlice, expected) => {
    expect(sizes(planSlices(facts({ pods: manyPods(pods), maxPerSlice })).changes.create)).toEqual(expected)
  })

  it.each([
    ['x'.repeat(252), `${'x'.repeat(252)}-`],
    ['x'.repeat(253), 'x'.repeat(253)],
  ])('is named after its Service, with a dash where that is not too long', (name, prefix) => {
    const service = serviceOf(rawService({}, { name }))
    expect(planSlices(facts({ service })).changes.create[0]?.metadata?.generateName).toBe(prefix)
  })

  it('carries the headless label only where there is no cluster IP', () => {
    const service = serviceOf(rawService({ clusterIP: '10.96.0.5' }))
    expect(planSlices(facts({ service })).changes.create[0]?.metadata?.labels).not.toHaveProperty([
      SLICE_LABELS.headless,
    ])
  })

  it('takes no reserved label from its Service', () => {
    const labels = {
      [SLICE_LABELS.headless]: 'x',
      [SLICE_LABELS.managedBy]: 'me',
      [SLICE_LABELS.service]: 'web',
      b: 'c',
    }
    const service = serviceOf(rawService({ clusterIP: '10.96.0.5' }, { labels }))
    expect(planSlices(facts({ service })).changes.create[0]?.metadata?.labels).toEqual({
      b: 'c',
      [SLICE_LABELS.service]: 'db',
      [SLICE_LABELS.managedBy]: 'endpointslice-controller.sidenet.io',
    })
  })

  it('is not made for a Service that is being deleted; what is there is still kept right', () => {
    const service = serviceOf(rawService({}, { deletionTimestamp: '2026-11-21T10:00:00Z' }))
    expect(counts(planSlices(facts({ service })))).toEqual([0, 0, 0])
    const slices = [stored({ endpoints: [{ ...storedEndpoint, zone: 'old' }] })]
    expect(counts(planSlices(facts({ service, slices })))).toEqual([0, 1, 0])
  })
})

describe('a slice that is right', () => {
  it.each<[string, EndpointSlice]>([
    ['as it is', stored()],
    ['with ports as an empty list', stored({ ports: [] })],
    [
      'with a resourceVersion in its targetRef',
      stored({
        endpoints: [{ ...storedEndpoint, targetRef: { ...storedEndpoint.targetRef, resourceVersion: '9' } }],
      }),
    ],
    ['with an annotation', stored({}, { annotations: { a: 'b' } })],
    [
      'with a time of its last change',
      stored({}, { annotations: { [SLICE_ANNOTATIONS.lastChangeTriggerTime]: 'x' } }),
    ],
    ['with managed fields', stored({}, { managedFields: [{ manager: 'sidenet' }] })],
  ])('is not written: %s', (_, slice) => {
    expect(planSlices(facts({ slices: [slice] })).changes).toEqual(NO_CHANGES)
  })

  it('stays when the status of its Pod is reformatted or reordered', () => {
    const entries = [
      { name: 'blue/br0', interface: 'net1', ips: ['10.1.0.2', '10.1.0.1'] },
      { name: 'blue/br0', interface: 'net2', ips: ['10.1.0.3'] },
    ]
    const first = { name: 'cbr0', ips: ['10.244.0.1'], default: true }
    const before = after(facts({ pods: [podOf(rawPod({ networks: statusText('10.244.0.1', entries) }))] }))
    const shuffled = JSON.stringify(
      [entries[1], first, { ...entries[0], ips: ['10.1.0.1/24', '10.1.0.2'] }],
      null,
      4,
    )
    const now = { ...before, pods: [podOf(rawPod({ networks: shuffled }))] }
    expect(planSlices(now).changes).toEqual(NO_CHANGES)
  })
})

describe('a slice is rewritten in place', () => {
  const change = (endpoint: object) => stored({ endpoints: [{ ...storedEndpoint, ...endpoint }] })

  it.each<[string, EndpointSlice]>([
    [
      'the Pod was replaced under its name and address',
      change({ targetRef: { ...storedEndpoint.targetRef, uid: 'earlier' } }),
    ],
    ['a condition differs', change({ conditions: { ready: false, serving: true, terminating: false } })],
    ['a condition is missing', change({ conditions: { ready: true } })],
    ['the Node differs', change({ nodeName: 'node-2' })],
    ['the zone differs', change({ zone: undefined })],
    ['the targetRef is gone but for its name', change({ targetRef: { namespace: 'blue', name: 'db-0' } })],
    [
      'a label of the Service is missing',
      stored({}, { labels: { ...stored().metadata?.labels, team: 'b' } }),
    ],
    [
      'a label is there that the Service lacks',
      stored({}, { labels: { ...stored().metadata?.labels, x: 'y' } }),
    ],
    [
      'only the headless label is wrong',
      stored({}, { labels: { ...stored().metadata?.labels, [SLICE_LABELS.headless]: 'x' } }),
    ],
    ['a hint is stale', change({ hints: { forZones: [{ name: 'zone-b' }] } })],
    ['an endpoint stands there twice', stored({ endpoints: [storedEndpoint, storedEndpoint] })],
  ])('where %s', (_, slice) => {
    const plan = planSlices(facts({ slices: [slice] }))
    expect(counts(plan)).toEqual([0, 1, 0])
    expect(plan.changes.update[0]).toMatchObject(JSON.parse(JSON.stringify(stored())) as object)
    expect(plan.changes.update[0]?.endpoints).toEqual([storedEndpoint])
  })

  it('with what else stands in it, at the resourceVersion it was read at, without a time that is over', () => {
    const annotations = { [SLICE_ANNOTATIONS.lastChangeTriggerTime]: '2026-11-21T10:00:00Z', a: 'b' }
    const slice = stored({ endpoints: [], later: 'field' }, { annotations, finalizers: ['a.example/b'] })
    expect(planSlices(facts({ slices: [slice] })).changes.update).toEqual([
      {
        ...slice,
        apiVersion: 'discovery.k8s.io/v1',
        kind: 'EndpointSlice',
        metadata: { ...slice.metadata, annotations: { a: 'b' } },
        endpoints: [storedEndpoint],
      },
    ])
  })

  it('by one write where its ports changed', () => {
    const slice = stored({ ports: [{ name: 'old', protocol: 'TCP', port: 1 }] }, { annotations: { a: 'b' } })
    const plan = planSlices(facts({ slices: [slice] }))
    expect(counts(plan)).toEqual([0, 1, 0])
    expect(plan.changes.update[0]).toMatchObject({
      metadata: { name: 'db-a', uid: 'slice-a', resourceVersion: '7' },
      ports: [],
    })
  })

  it('one only, where one of 10,000 Pods changes', () => {
    const full = after(facts({ pods: manyPods(10_000) }))
    expect(sizes(full.slices)).toEqual(Array.from({ length: 100 }, () => 100))
    expect(planSlices(full).changes).toEqual(NO_CHANGES)
    const [first, ...others] = full.pods
    const changed = { ...full, pods: [...others, { ...first, ready: false } as (typeof full.pods)[0]] }
    expect(counts(planSlices(changed))).toEqual([0, 1, 0])
    expect(counts(planSlices({ ...full, pods: others }))).toEqual([0, 1, 0])
  })
})

describe('the packing', () => {
  const endpoint = (letter: string): Endpoint => ({ addresses: [letter], targetRef: { name: letter } })
  const slice = (name: string, letters: string): EndpointSlice =>
    sliceOf(rawSlice({ endpoints: letters.split(' ').map(endpoint) }, { name }))
  const letters = (endpoints: readonly Endpoint[]) => endpoints.map(({ addresses }) => addresses[0]).join(' ')

  it('does what its drawing says', () => {
    const existing = [slice('A', 'a b c d'), slice('B', 'e f g'), slice('C', 'h')]
    const wanted = 'a b c e f g h i j'.split(' ').map(endpoint)
    const { create, update, remove, unchanged } = pack(wanted, existing, 4, () => true)
    expect(update.map(({ slice, endpoints }) => [slice.metadata?.name, letters(endpoints)])).toEqual([
      ['A', 'a b c i'],
      ['B', 'e f g j'],
    ])
    expect([create, remove, unchanged.map(({ metadata }) => metadata?.name)]).toEqual([[], [], ['C']])
  })

  it('opens new slices for what no slice can take as a whole', () => {
    const { create, update } = pack(
      'a b c d e f'.split(' ').map(endpoint),
      [slice('A', 'a b c')],
      3,
      () => true,
    )
    expect([create.map(letters), update]).toEqual([['d e f'], []])
    const two = pack('a b c d e'.split(' ').map(endpoint), [slice('A', 'a b')], 3, () => true)
    expect([two.create.map(letters), two.update]).toEqual([['c d e'], []])
  })
})

describe('a slice is removed', () => {
  it('with the last Pod, down to one empty slice per family', () => {
    const service = serviceOf(rawService({ ipFamilies: ['IPv4', 'IPv6'] }))
    const empty = after(facts({ service, pods: [], slices: [stored()] }))
    expect(empty.slices.map(({ addressType, endpoints, ports }) => [addressType, endpoints, ports])).toEqual([
      ['IPv4', [], []],
      ['IPv6', [], []],
    ])
    expect(planSlices(empty).changes).toEqual(NO_CHANGES)
    const back = planSlices({ ...empty, pods: facts().pods })
    expect(counts(back)).toEqual([0, 1, 0])
  })

  it('when the Service lists its family no more', () => {
    const slices = [
      stored(),
      stored({ addressType: 'IPv6', endpoints: null }, { name: 'db-b', uid: 'slice-b' }),
    ]
    const plan = planSlices(facts({ slices }))
    expect(plan.changes.remove.map(({ metadata }) => metadata?.name)).toEqual(['db-b'])
    expect(counts(plan)).toEqual([0, 0, 1])
  })

  it.each([
    ['with endpoints', [storedEndpoint]],
    ['as a placeholder', null],
  ])('and never adopted %s where an earlier Service of the same name owned it', (_, endpoints) => {
    const old = stored({ endpoints }, { ownerReferences: [ownedBy('service-0')] })
    expect(counts(planSlices(facts({ slices: [old] })))).toEqual([1, 0, 1])
    expect(counts(planSlices(facts({ slices: [old], pods: [] })))).toEqual([1, 0, 1])
  })

  it('only once: one that is being deleted already is left alone, and replaced', () => {
    const slices = [stored({}, { deletionTimestamp: '2026-11-21T10:00:00Z' })]
    expect(counts(planSlices(facts({ slices })))).toEqual([1, 0, 0])
  })
})

describe('hints', () => {
  const hinted = (spec: object, metadata: object = {}, pods = facts().pods) =>
    planSlices(facts({ service: serviceOf(rawService(spec, metadata)), pods })).changes.create[0]
      ?.endpoints[0]?.hints
  const zone = { forZones: [{ name: 'zone-a' }] }

  it.each<[string, object, object, object | undefined]>([
    ['PreferClose', { trafficDistribution: 'PreferClose' }, {}, zone],
    ['PreferSameZone', { trafficDistribution: 'PreferSameZone' }, {}, zone],
    [
      'PreferSameNode',
      { trafficDistribution: 'PreferSameNode' },
      {},
      { ...zone, forNodes: [{ name: 'node-1' }] },
    ],
    ['an unknown value', { trafficDistribution: 'PreferFar' }, {}, undefined],
    ['nothing', {}, {}, undefined],
    [
      'PreferClose beside topology-mode Auto',
      { trafficDistribution: 'PreferClose' },
      { 'service.kubernetes.io/topology-mode': 'Auto' },
      undefined,
    ],
    [
      'PreferClose beside topology-mode Disabled',
      { trafficDistribution: 'PreferClose' },
      { 'service.kubernetes.io/topology-mode': 'Disabled' },
      zone,
    ],
  ])('follow %s', (_, spec, annotations, hints) => {
    expect(hinted(spec, { annotations })).toEqual(hints)
  })

  it('are for ready endpoints with a zone only', () => {
    const service = serviceOf(rawService({ trafficDistribution: 'PreferClose' }))
    const unready = [podOf(rawPod({ status: { conditions: [] } }))]
    expect(hinted({ trafficDistribution: 'PreferClose' }, {}, unready)).toBeUndefined()
    const nowhere = planSlices(facts({ service, zonesByNode: new Map([['node-1', undefined]]) }))
    expect(nowhere.changes.create[0]?.endpoints[0]).not.toHaveProperty('hints')
  })

  it('that are stale are left alone on an endpoint that is not ready', () => {
    const endpoint = {
      ...storedEndpoint,
      conditions: { ready: false, serving: false, terminating: false },
      hints: { forZones: [{ name: 'zone-b' }] },
    }
    const unready = facts({
      service: serviceOf(rawService({ trafficDistribution: 'PreferClose' })),
      pods: [podOf(rawPod({ status: { conditions: [] } }))],
      slices: [stored({ endpoints: [endpoint] })],
    })
    expect(planSlices(unready).changes).toEqual(NO_CHANGES)
    expect(counts(planSlices({ ...unready, service: facts().service }))).toEqual([0, 1, 0])
  })

  it('come and go with one write', () => {
    const close = facts({ service: serviceOf(rawService({ trafficDistribution: 'PreferClose' })) })
    expect(counts(planSlices({ ...close, slices: [stored()] }))).toEqual([0, 1, 0])
    const there = after(close)
    expect(planSlices(there).changes).toEqual(NO_CHANGES)
    expect(counts(planSlices({ ...there, service: facts().service }))).toEqual([0, 1, 0])
  })
})
