// When is anything published at all, when does it go, and what is told of it?

import { describe, expect, it } from '@jest/globals'
import type { ServiceFacts, Wish } from '../../../src/core/endpoints/facts.ts'
import { planSlices, type ServicePlan } from '../../../src/core/endpoints/plan.ts'
import { NO_CHANGES } from '../../../src/core/endpoints/slices.ts'
import { MANAGED_BY } from '../../../src/core/names.ts'
import { podOf, serviceOf, sliceOf } from './makers.ts'
import {
  facts,
  manyPods,
  otherSlice,
  ownedBy,
  PUBLISH,
  rawPod,
  rawService,
  rawSlice,
  statusText,
  storedEndpoint,
} from './pods.ts'

const counts = ({ changes }: ServicePlan) => [
  changes.create.length,
  changes.update.length,
  changes.remove.length,
]
const reasons = (plan: ServicePlan) => plan.notes.map(({ reason }) => reason)
const ours = sliceOf(rawSlice())
const placeholder = sliceOf(rawSlice({ endpoints: null }))
const builtIn = otherSlice(MANAGED_BY.builtIn)

describe('nothing is published', () => {
  it.each<[string, Partial<ServiceFacts>, string, RegExp]>([
    [
      "while a built-in controller's slice holds an address",
      { slices: [builtIn] },
      'HeldBackByOtherSlice',
      /^EndpointSlice blue\/db-x, managed by endpointslice-controller.k8s.io, holds addresses of Service blue\/db, so nothing is published beside them; it empties itself .* kubectl delete endpointslice -n blue db-x$/,
    ],
    [
      'while a mirrored slice holds one',
      { slices: [otherSlice(MANAGED_BY.mirroring)] },
      'HeldBackByOtherSlice',
      /kubectl delete endpoints -n blue db$/,
    ],
    [
      'while a slice of nobody holds one',
      { slices: [otherSlice(undefined)] },
      'HeldBackByOtherSlice',
      /nobody by its label/,
    ],
    [
      "while a stranger's slice holds one, of whatever family",
      { slices: [otherSlice('a.example', { addressType: 'IPv6', endpoints: [{ addresses: ['fd00::1'] }] })] },
      'HeldBackByOtherSlice',
      /stop its controller/,
    ],
    [
      'while a slice that holds one is being deleted',
      {
        slices: [
          sliceOf({
            ...builtIn,
            metadata: { ...builtIn.metadata, deletionTimestamp: '2026-11-21T10:00:00Z' },
          }),
        ],
      },
      'HeldBackByOtherSlice',
      /blue\/db-x/,
    ],
    [
      'beside two slices, which are both told of',
      { slices: [otherSlice('b.example', {}, 'db-y'), otherSlice('a.example', {}, 'db-x')] },
      'HeldBackByOtherSlice',
      /^EndpointSlice blue\/db-x, managed by a.example, .* \(and 1 more EndpointSlices do\)/,
    ],
    [
      'while the built-in controllers select Pods',
      { builtIns: 'select' },
      'NoPodKeyMissing',
      /^the built-in controllers select Pods for Service blue\/db, so nothing is published; .*sidenet.io\/no-pod: "true"/,
    ],
  ])('%s', (_, more, reason, message) => {
    const plan = planSlices(facts(more))
    expect(plan.state).toBe('held back')
    expect(plan.changes).toEqual(NO_CHANGES)
    expect(plan.notes).toEqual([
      { reason, message: expect.stringMatching(message), count: more.slices?.length ?? 1 },
    ])
    expect(plan.perPod).toEqual([{ pod: 'blue/db-0', reason, message: plan.notes[0]?.message }])
    expect(plan.counts).toEqual({ ready: 0, total: 0, skipped: 1 })
  })

  it('and what is ours is left as it is, except what an earlier Service left', () => {
    const old = sliceOf(
      rawSlice({}, { name: 'db-old', uid: 'slice-old', ownerReferences: [ownedBy('service-0')] }),
    )
    const plan = planSlices(facts({ slices: [placeholder, old, builtIn] }))
    expect(plan.state).toBe('held back')
    expect(plan.changes).toEqual({ ...NO_CHANGES, remove: [old] })
  })

  it('and a Pod that would not be anyway keeps its own reason', () => {
    const pods = [podOf(rawPod({ annotations: {} }))]
    expect(planSlices(facts({ pods, slices: [builtIn] })).perPod).toMatchObject([
      { reason: 'NetworkStatusMissing' },
    ])
  })
})

describe('publishing begins', () => {
  it.each<[string, Partial<ServiceFacts>]>([
    ['with nobody else there', {}],
    [
      "beside a built-in controller's empty slice",
      { slices: [otherSlice(MANAGED_BY.builtIn, { endpoints: null })] },
    ],
    ['where there is no selector to select by', { builtIns: 'no selector' }],
    [
      'beside a slice with nothing but what is wanted, such as ours with another manager',
      {
        slices: [otherSlice('a.example', { endpoints: [{ ...storedEndpoint, zone: 'old' }] })],
      },
    ],
  ])('%s', (_, more) => {
    const plan = planSlices(facts(more))
    expect(plan.state).toBe('publishing')
    expect(counts(plan)).toEqual([1, 0, 0])
    expect(reasons(plan)).toEqual([])
  })
})

describe('publishing goes on', () => {
  it.each<[string, Partial<ServiceFacts>, readonly string[]]>([
    ["when another controller's address turns up", { slices: [ours, builtIn] }, ['OtherSliceBeside']],
    ['when the no-pod key is gone', { slices: [ours], builtIns: 'select' }, ['NoPodKeyMissing']],
    [
      'when both happen',
      { slices: [ours, builtIn], builtIns: 'select' },
      ['NoPodKeyMissing', 'OtherSliceBeside'],
    ],
  ])('%s, which is told', (_, more, told) => {
    const plan = planSlices(facts(more))
    expect(plan.state).toBe('publishing')
    expect(plan.changes).toEqual(NO_CHANGES)
    expect(reasons(plan)).toEqual(told)
    const changed = planSlices(facts({ ...more, pods: [] }))
    expect(counts(changed)).toEqual([0, 1, 0])
  })

  it('only while ours hold an address: then it begins anew', () => {
    expect(planSlices(facts({ slices: [placeholder, builtIn] })).state).toBe('held back')
    const old = sliceOf(rawSlice({}, { ownerReferences: [ownedBy('service-0')] }))
    expect(planSlices(facts({ slices: [old, builtIn] })).state).toBe('held back')
  })

  it('on another network with one write', () => {
    const networks = statusText('10.244.0.1', [{ name: 'blue/br1', interface: 'net1', ips: ['10.2.0.1'] }])
    const wish: Wish = { kind: 'publish', attachment: { network: 'blue/br1' }, hostnames: 'None' }
    const plan = planSlices(facts({ slices: [ours], pods: [podOf(rawPod({ networks }))], wish }))
    expect(counts(plan)).toEqual([0, 1, 0])
    expect(plan.changes.update[0]?.endpoints.map(({ addresses }) => addresses)).toEqual([['10.2.0.1']])
  })
})

describe('everything of ours goes at once', () => {
  it.each<[string, Partial<ServiceFacts>]>([
    ['when nothing can be asked', { wish: { kind: 'withdraw' } }],
    ['when the Service is an ExternalName', { service: serviceOf(rawService({ type: 'ExternalName' })) }],
    ['when it is too late to wait', { wish: { kind: 'release', overdue: true }, builtIns: 'select' }],
    [
      'when nobody will select its Pods',
      { wish: { kind: 'release', overdue: false }, builtIns: 'no selector' },
    ],
    [
      'when an ExternalName is given back',
      { service: serviceOf(rawService({ type: 'ExternalName' })), wish: { kind: 'release', overdue: false } },
    ],
  ])('%s', (_, more) => {
    const slices = [sliceOf(rawSlice({}, { name: 'db-b', uid: 'slice-b' })), ours, builtIn]
    const plan = planSlices(facts({ slices, ...more }))
    expect(plan.state).toBe('gone')
    expect(plan.changes).toEqual({ ...NO_CHANGES, remove: [ours, slices[0]] })
    expect(planSlices(facts({ ...more, slices: [builtIn] })).changes).toEqual(NO_CHANGES)
  })
})

describe('a Service that is given back', () => {
  const release: Wish = { kind: 'release', overdue: false }
  const given = (more: Partial<ServiceFacts>) =>
    planSlices(facts({ wish: release, builtIns: 'select', slices: [ours], ...more }))
  const holding = (uid: string, more: object = {}) =>
    otherSlice(MANAGED_BY.builtIn, {
      endpoints: [{ addresses: ['10.244.0.1'], targetRef: { kind: 'Pod', uid } }],
      ...more,
    })

  it.each<[string, Partial<ServiceFacts>, RegExp]>([
    ['the built-in slices lack a published Pod', {}, /do not hold blue\/db-0 yet$/],
    ['they hold another Pod of that name', { slices: [ours, holding('pod-earlier')] }, /blue\/db-0 yet$/],
    ['only a stranger holds it', { slices: [ours, otherSlice('a.example')] }, /blue\/db-0 yet$/],
    [
      'they hold it in the other family only',
      { slices: [ours, holding('pod-0', { addressType: 'IPv6' })] },
      /blue\/db-0 yet$/,
    ],
    [
      'its selector is not back yet',
      { builtIns: 'kept out', slices: [ours, holding('pod-0')] },
      /selector has not been put back/,
    ],
  ])('keeps its endpoints while %s', (_, more, message) => {
    const plan = given(more)
    expect(plan.state).toBe('releasing')
    expect(plan.changes).toEqual(NO_CHANGES)
    expect(plan.notes).toEqual([
      { reason: 'ReleasePending', message: expect.stringMatching(message), count: 1 },
    ])
  })

  it.each<[string, Partial<ServiceFacts>]>([
    ['the built-in slices hold its Pods', { slices: [ours, holding('pod-0')] }],
    ['its Pods are gone', { pods: [] }],
    ['its Pods have finished', { pods: [podOf(rawPod({ status: { phase: 'Failed' } }))] }],
    [
      'its Pods have no first address of a family that it lists',
      { pods: [podOf(rawPod({ status: { podIPs: [{ ip: 'fd00::1' }] } }))] },
    ],
    ['its Pods are not selected any more', { selector: { app: 'web' } }],
    ['the Node of its Pods is unknown', { zonesByNode: new Map() }],
    ['it never published', { slices: [placeholder] }],
  ])('loses them when %s', (_, more) => {
    const plan = given(more)
    expect(plan.state).toBe('gone')
    expect(plan.changes.remove).toHaveLength(1)
    expect(plan.notes).toEqual([])
  })

  it('waits for every family in which a Pod has a first address', () => {
    const service = serviceOf(rawService({ ipFamilies: ['IPv4', 'IPv6'] }))
    const pods = [podOf(rawPod({ status: { podIPs: [{ ip: '10.244.0.1' }, { ip: 'fd00::1' }] } }))]
    expect(given({ service, pods, slices: [ours, holding('pod-0')] }).state).toBe('releasing')
    const both = [holding('pod-0'), otherSlice(MANAGED_BY.builtIn, { addressType: 'IPv6' }, 'db-y')]
    expect(given({ service, pods, slices: [ours, ...both] }).state).toBe('gone')
  })

  it('names the first Pod and counts the others', () => {
    const pods = manyPods(3)
    const slices = planSlices(facts({ pods })).changes.create.map((slice) =>
      sliceOf({ ...slice, metadata: { ...slice.metadata, name: 'db-a' } }),
    )
    expect(given({ pods, slices }).notes[0]?.message).toMatch(/do not hold blue\/db-0 and 2 more Pods yet$/)
  })
})

describe('what is told', () => {
  it('counts Pods, however many endpoints they have', () => {
    const service = serviceOf(rawService({ ipFamilies: ['IPv4', 'IPv6'] }))
    const networks = statusText('10.244.0.1', [
      { name: 'blue/br0', ips: ['10.1.0.1', '10.1.0.2', 'fd00::1'] },
    ])
    const pods = [
      podOf(rawPod({ networks })),
      podOf(
        rawPod({
          metadata: { name: 'db-1' },
          status: { conditions: [] },
          networks: statusText('10.244.0.1', [{ name: 'blue/br0', ips: ['10.1.0.3'] }]),
        }),
      ),
      podOf(rawPod({ metadata: { name: 'db-2' }, annotations: {} })),
      podOf(rawPod({ metadata: { name: 'db-3' }, annotations: {} })),
      podOf(rawPod({ metadata: { name: 'db-4' }, spec: { hostNetwork: true } })),
    ]
    const plan = planSlices(facts({ service, pods: pods.toReversed() }))
    expect(plan.counts).toEqual({ ready: 1, total: 2, skipped: 3 })
    expect(plan.skipped).toEqual([
      { reason: 'NetworkStatusMissing', count: 2, example: 'blue/db-2' },
      { reason: 'PodOnHostNetwork', count: 1, example: 'blue/db-4' },
    ])
    expect(plan.perPod.map(({ pod, reason }) => [pod, reason])).toEqual([
      ['blue/db-0', 'EndpointsPublished'],
      ['blue/db-1', 'EndpointsPublished'],
      ['blue/db-2', 'NetworkStatusMissing'],
      ['blue/db-3', 'NetworkStatusMissing'],
      ['blue/db-4', 'PodOnHostNetwork'],
    ])
    expect(plan.notes).toEqual([])
    expect(plan.addresses).toEqual(['10.1.0.1', '10.1.0.2', '10.1.0.3', 'fd00::1'])
    expect(plan.familiesSeen).toEqual(['IPv4', 'IPv6'])
  })

  it.each([
    [2, '10.1.0.1 is the address of blue/db-0 and blue/db-1'],
    [4, '10.1.0.1 is the address of blue/db-0 and blue/db-1 (and 2 more)'],
  ])('warns of an address that %i Pods have, and publishes them all', (pods, message) => {
    const twins = Array.from({ length: pods }, (_, at) =>
      podOf(rawPod({ metadata: { name: `db-${at}`, uid: `pod-${at}` } })),
    )
    const plan = planSlices(facts({ pods: twins, podsByFirstAddress: new Map() }))
    expect(plan.changes.create[0]?.endpoints.map(({ targetRef }) => targetRef?.name)).toEqual(
      twins.map(({ name }) => name),
    )
    expect(plan.notes).toEqual([{ reason: 'AddressDuplicate', message, count: 1 }])
  })

  it('warns of a status that cannot be read or believed, once for all Pods', () => {
    const broken = ['[', '{}'].map((networks, at) =>
      podOf(rawPod({ metadata: { name: `db-${at}` }, networks })),
    )
    const forged = podOf(rawPod({ metadata: { name: 'db-9' }, networks: statusText('10.244.9.9', []) }))
    const { notes } = planSlices(facts({ pods: [...broken, forged], wish: PUBLISH }))
    expect(notes).toEqual([
      { reason: 'NetworkStatusNotBelieved', message: expect.stringMatching(/^Pod blue\/db-9: /), count: 1 },
      {
        reason: 'NetworkStatusUnreadable',
        message: expect.stringMatching(/^Pod blue\/db-0: .* \(and 1 more\)$/),
        count: 2,
      },
    ])
  })

  it('remembers an address that is another Pod’s for now, so that its going is noticed', () => {
    const plan = planSlices(facts({ podsByFirstAddress: new Map([['10.1.0.1', ['red/web-0']]]) }))
    expect(plan.addresses).toEqual(['10.1.0.1'])
    expect(plan.familiesSeen).toEqual([])
  })
})
