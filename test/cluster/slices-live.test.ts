// What is published of which Pod, and how its slices look: a sentence each, on a real API server with the built-in
// controllers running and the whole of Sidenet with its webhook.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS } from '../../src/core/names.ts'
import { podPath } from '../support/objects.ts'
import { installNadCrd } from '../support/crds.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { firstEntry, onCore, podStatus, sliceScene, type Entry } from '../support/slice-scene.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  const labels = { 'topology.kubernetes.io/zone': 'east' }
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1', labels } })
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.kill(), HOOK_TIMEOUT)

const HEALTHY = '192.0.2.200'
const scene = (namespace: string) => sliceScene(cluster(), namespace)
const deletePod = (namespace: string, name: string, options: object = {}) =>
  cluster().request('DELETE', podPath(namespace, name), options)
const AT_ONCE = { gracePeriodSeconds: 0 }
const FIRST = '10.244.8.8'

/** What a status says, what is published of it, and of what the Service is warned. `s` is its namespace. */
const STATUSES: readonly (readonly [
  sentence: string,
  entries: (s: string) => readonly Entry[] | string,
  published: readonly string[],
  warned?: readonly string[],
])[] = [
  ['the first network before the other', (s) => [firstEntry(FIRST), onCore(s, '192.0.2.1')], ['192.0.2.1']],
  ['the first network after the other', (s) => [onCore(s, '192.0.2.1'), firstEntry(FIRST)], ['192.0.2.1']],
  [
    'the first network between two others',
    (s) => [{ name: `${s}/other`, ips: ['192.0.3.1'] }, firstEntry(FIRST), onCore(s, '192.0.2.1')],
    ['192.0.2.1'],
  ],
  ['a bare name, which is one of its namespace', () => [{ name: 'core', ips: ['192.0.2.1'] }], ['192.0.2.1']],
  ['the same name in another namespace', () => [{ name: 'elsewhere/core', ips: ['192.0.2.1'] }], []],
  [
    'addresses with a prefix, in upper case and written at length',
    (s) => [onCore(s, '192.0.2.1/24', '2001:DB8:0:0::1/64')],
    ['192.0.2.1', '2001:db8::1'],
  ],
  ['an IPv4 address mapped into IPv6', (s) => [onCore(s, '::ffff:192.0.2.1')], ['192.0.2.1']],
  ...['127.0.0.1', '169.254.1.1', 'fe80::1', '0.0.0.0', '224.0.0.1', 'ff02::1', '192.0.02.1', 'nonsense'].map(
    (ip) =>
      [
        `${ip}, which is dropped with a Warning, and an address beside it`,
        (s: string) => [onCore(s, ip, '192.0.2.1')],
        ['192.0.2.1'],
        ['AddressUnusable'],
      ] as const,
  ),
  ['half a list', () => '[{"name":', [], ['NetworkStatusUnreadable']],
  ['null in a list', () => '[null]', []],
  ['no addresses', (s) => [{ name: `${s}/core`, interface: 'net1' }], []],
  ['null for addresses', (s) => [{ name: `${s}/core`, interface: 'net1', ips: null }], []],
  ['an empty list of addresses', (s) => [onCore(s)], []],
  [
    'two interfaces on the network',
    (s) => [onCore(s, '192.0.2.1'), { ...onCore(s, '192.0.2.2'), interface: 'net2' }],
    ['192.0.2.1', '192.0.2.2'],
  ],
  [
    'two addresses of a family on one interface',
    (s) => [onCore(s, '192.0.2.1', '192.0.2.2')],
    ['192.0.2.1', '192.0.2.2'],
  ],
]

const DUAL = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }

describe('of a Pod whose network-status holds', () => {
  it.each(STATUSES.map((row, index) => [row[0], index] as const))('%s', async (_, index) => {
    const [, entries, published, warned = []] = STATUSES[index] ?? ['', () => '', []]
    const { namespace, ...at } = await scene(`status-${index}`)
    await at.service('db', { spec: DUAL })
    const said = entries(namespace)
    const text = typeof said === 'string' ? said : JSON.stringify(said)
    await at.pod('db', 'odd', { entries: text, firstAddress: FIRST })
    // Whoever comes later in the same stream is published, so the first was looked at.
    await at.pod('db', 'sound', { entries: [onCore(namespace, HEALTHY)] })
    const endpoints = await at.shows('db', [...published, HEALTHY])
    expect(endpoints.map(({ addresses }) => addresses.length)).toEqual(endpoints.map(() => 1))
    const odd = endpoints.filter(({ addresses }) => !addresses.includes(HEALTHY))
    expect(odd.map(({ targetRef }) => targetRef?.name)).toEqual(published.map(() => 'odd'))
    for (const reason of warned) await at.told('db', reason)
    const warnings = (await at.events('db')).filter((reason) => reason !== 'EndpointsPublished')
    expect(warnings).toEqual(warned)
    await deletePod(namespace, 'odd', AT_ONCE)
    await deletePod(namespace, 'sound', AT_ONCE)
  })
})

describe('a network-status', () => {
  it('counts under its old key, and the newer key wins where both are there', async () => {
    const { namespace, ...at } = await scene('keys')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')], key: ANNOTATIONS.networkStatusOld })
    await at.shows('db', ['192.0.2.1'])
    const newer = JSON.stringify([onCore(namespace, '192.0.2.2')])
    await at.writeStatus('a', { metadata: { annotations: { [ANNOTATIONS.networkStatus]: newer } } })
    const [newest] = await at.shows('db', ['192.0.2.2'])
    expect(newest?.targetRef?.name).toBe('a')
  })

  it('that says the same in another order and layout costs no write', async () => {
    const { namespace, ...at } = await scene('layout')
    await at.service('db', { spec: DUAL })
    const entries = [onCore(namespace, '192.0.2.1', '2001:db8::1'), { name: 'other', ips: ['192.0.3.1'] }]
    await at.pod('db', 'a', { entries })
    await at.shows('db', ['192.0.2.1', '2001:db8::1'])
    await at.told('db', 'EndpointsPublished')
    const since = new Date()
    const reordered = [
      entries[1],
      { ips: ['2001:db8::1', '192.0.2.1'], interface: 'net1', name: `${namespace}/core` },
    ]
    const text = JSON.stringify(reordered, null, 7)
    await at.writeStatus('a', { metadata: { annotations: { [ANNOTATIONS.networkStatus]: text } } })
    // A change that does count, and came later.
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2')] })
    await at.shows('db', ['192.0.2.1', '192.0.2.2', '2001:db8::1'])
    expect(await at.writesSince(since)).toEqual(['update endpointslices'])
  })

  it('that gains and loses an interface while its Pod runs is followed, and so is the one that the Service names', async () => {
    const { namespace, ...at } = await scene('plugged')
    const net2 = { ...onCore(namespace, '192.0.2.2'), interface: 'net2' }
    await at.service('db')
    await at.service('second', {
      spec: { selector: { app: 'db' } },
      annotations: { [ANNOTATIONS.networks]: 'core@net2' },
    })
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    await at.shows('db', ['192.0.2.1'])
    const plug = (...entries: Entry[]) =>
      at.writeStatus('a', {
        metadata: { annotations: { [ANNOTATIONS.networkStatus]: JSON.stringify(entries) } },
      })
    await plug(onCore(namespace, '192.0.2.1'), net2)
    await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    await at.shows('second', ['192.0.2.2'])
    await plug(onCore(namespace, '192.0.2.1'))
    await at.shows('db', ['192.0.2.1'])
    expect(await at.shows('second', [])).toEqual([])
  })
})

describe('IP families', () => {
  it('have a slice each; one that the Service does not list has none, and a Warning says what is dropped', async () => {
    const { namespace, ...at } = await scene('families')
    const entries = [onCore(namespace, '192.0.2.1', '2001:db8::1')]
    await at.service('db', { spec: DUAL })
    await at.pod('db', 'a', { entries })
    await at.shows('db', ['192.0.2.1', '2001:db8::1'])
    expect((await at.slices('db')).map(({ addressType }) => addressType).sort()).toEqual(['IPv4', 'IPv6'])
    await at.patchService('db', { spec: { ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] } })
    await at.shows('db', ['192.0.2.1'])
    expect((await at.slices('db')).map(({ addressType }) => addressType)).toEqual(['IPv4'])
    await at.told('db', 'AddressFamilyNotServed')
  })
})

describe('the conditions of an endpoint', () => {
  it('are those of its Pod, and wanting Pods that are not ready changes "ready" alone', async () => {
    const { namespace, ...at } = await scene('conditions')
    const any = { publishNotReadyAddresses: true, selector: { app: 'db' } }
    await at.service('db')
    await at.service('any', { spec: any })
    const states = [
      ['ready', true, false, [true, true, false], [true, true, false]],
      ['unready', false, false, [false, false, false], [true, false, false]],
      ['ready-going', true, true, [false, true, true], [true, true, true]],
      ['unready-going', false, true, [false, false, true], [true, false, true]],
    ] as const
    for (const [at_, [name, ready]] of states.entries())
      await at.pod('db', name, { ready, entries: [onCore(namespace, `192.0.2.${at_ + 1}`)] })
    for (const [name, , going] of states) if (going) await deletePod(namespace, name)
    const conditionsOf = async (service: string) =>
      (await at.endpoints(service)).map(({ conditions }) => [
        conditions?.ready,
        conditions?.serving,
        conditions?.terminating,
      ])
    const settled = (service: string, wanted: unknown) =>
      eventually(async () => expect(await conditionsOf(service)).toEqual(wanted) ?? true, {
        what: `the conditions in ${service} are right`,
      })
    await settled(
      'db',
      states.map((state) => state[3]),
    )
    await settled(
      'any',
      states.map((state) => state[4]),
    )

    await at.writeStatus('ready', { status: { ...podStatus(FIRST, false), phase: 'Succeeded' } })
    await deletePod(namespace, 'ready-going', AT_ONCE)
    await at.shows('db', ['192.0.2.2', '192.0.2.4'])
    await at.shows('any', ['192.0.2.2', '192.0.2.4'])
  })

  it('of a Pod that was replaced under its name and address are the new ones, in the same slice', async () => {
    const { namespace, ...at } = await scene('replaced')
    const entries = [onCore(namespace, '192.0.2.1')]
    await at.service('db')
    await at.pod('db', 'db-0', { entries, firstAddress: '10.244.9.1' })
    const [before] = await at.shows('db', ['192.0.2.1'])
    await deletePod(namespace, 'db-0', AT_ONCE)
    await at.pod('db', 'db-0', { entries, firstAddress: '10.244.9.1' })
    const isNew = async () => {
      const [after] = await at.endpoints('db')
      return after !== undefined && after.targetRef?.uid !== before?.targetRef?.uid ? after : undefined
    }
    const after = await eventually(isNew, { what: 'the endpoint is that of the new Pod' })
    expect(after.addresses).toEqual(['192.0.2.1'])
    expect(after.slice.metadata?.uid).toBe(before?.slice.metadata?.uid)
  })
})

describe('Pods that do not count', () => {
  it('are those of other namespaces, of the host network, and without the attachment: silently', async () => {
    const { namespace, ...at } = await scene('ignored')
    const other = await scene('ignored-neighbour')
    await at.service('db')
    await other.pod('db', 'stranger', { entries: [onCore(namespace, '192.0.2.1')] })
    await at.pod('db', 'host', { entries: [onCore(namespace, '192.0.2.2')], spec: { hostNetwork: true } })
    await at.pod('db', 'elsewhere', { entries: [{ name: 'other', ips: ['192.0.3.1'] }] })
    await at.pod('db', 'bare', { entries: '' })
    await at.pod('db', 'sound', { entries: [onCore(namespace, HEALTHY)] })
    await at.shows('db', [HEALTHY])
    await eventually(async () => expect(await at.events('db')).toEqual(['EndpointsPublished']) ?? true, {
      what: 'it is told that addresses are published, and nothing else',
    })
  })

  it('wait for their Node, hold nobody back, and come with its zone', async () => {
    const { namespace, ...at } = await scene('node')
    await at.service('db')
    await at.pod('db', 'early', { entries: [onCore(namespace, '192.0.2.1')], nodeName: 'node-late' })
    await at.pod('db', 'sound', { entries: [onCore(namespace, HEALTHY)] })
    await at.shows('db', [HEALTHY])
    const labels = { 'topology.kubernetes.io/zone': 'west' }
    await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-late', labels } })
    const [late] = await at.shows('db', ['192.0.2.1', HEALTHY])
    expect([late?.nodeName, late?.zone]).toEqual(['node-late', 'west'])
  })

  it('do not include two with the same address: both are there, and a Warning says so, once', async () => {
    const { namespace, ...at } = await scene('twice')
    await at.service('db')
    for (const name of ['a', 'b']) await at.pod('db', name, { entries: [onCore(namespace, '192.0.2.1')] })
    const both = await at.shows('db', ['192.0.2.1', '192.0.2.1'])
    expect(both.map(({ targetRef }) => targetRef?.name).toSorted()).toEqual(['a', 'b'])
    await at.pod('db', 'c', { entries: [onCore(namespace, '192.0.2.2')] })
    await at.shows('db', ['192.0.2.1', '192.0.2.1', '192.0.2.2'])
    const told = ['AddressDuplicate', 'EndpointsPublished']
    await eventually(async () => expect((await at.events('db')).toSorted()).toEqual(told) ?? true, {
      what: 'it is told once',
    })
  })
})
