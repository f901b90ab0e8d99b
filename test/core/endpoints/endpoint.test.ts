// One Pod of a Service, through the front: what becomes of it in the plan.

import { describe, expect, it } from '@jest/globals'
import type { Endpoint } from '../../../src/core/endpoints/endpoint-slice.ts'
import type { ServiceFacts, Wish } from '../../../src/core/endpoints/facts.ts'
import { planSlices } from '../../../src/core/endpoints/plan.ts'
import { ANNOTATIONS } from '../../../src/core/names.ts'
import { podOf, serviceOf } from './makers.ts'
import { facts, PUBLISH, rawPod, rawService, statusText, storedEndpoint, type PodFields } from './pods.ts'

/** The endpoints of all new slices. */
function endpoints(facts: ServiceFacts): readonly Endpoint[] {
  return planSlices(facts).changes.create.flatMap((slice) => slice.endpoints)
}

const withPod = (fields: PodFields, more: Partial<ServiceFacts> = {}): ServiceFacts =>
  facts({ pods: [podOf(rawPod(fields))], ...more })
const addresses = (facts: ServiceFacts): readonly string[] =>
  endpoints(facts).flatMap(({ addresses }) => addresses)
const dualStack = serviceOf(rawService({ ipFamilies: ['IPv4', 'IPv6'] }))
const attached = (...ips: readonly string[]) => [{ name: 'blue/br0', interface: 'net1', ips }]
const wanting = (network: `${string}/${string}`, device?: string): Wish => ({
  ...PUBLISH,
  kind: 'publish',
  attachment: { network, interface: device },
  hostnames: 'None',
})

describe('an endpoint', () => {
  it('names its Pod, Node and zone, and has one address', () => {
    expect(endpoints(facts())).toEqual([storedEndpoint])
  })

  it.each([
    ['10.1.0.7/24', '10.1.0.7'],
    ['FD00:1::A', 'fd00:1::a'],
    ['fd00:0001:0000:0000:0000:0000:0000:000b/64', 'fd00:1::b'],
    ['::ffff:10.1.0.9', '10.1.0.9'],
  ])('has the address that the status spells %s in canonical form', (written, canonical) => {
    expect(addresses(withPod({ networks: attached(written) }, { service: dualStack }))).toEqual([canonical])
  })

  it('is one of several where an interface has several addresses, each with the same Pod', () => {
    const found = endpoints(withPod({ networks: attached('10.1.0.2', '10.1.0.1', '10.1.0.2/24') }))
    expect(found.map(({ addresses }) => addresses)).toEqual([['10.1.0.1'], ['10.1.0.2']])
    expect(found.map(({ targetRef }) => targetRef)).toEqual([
      storedEndpoint.targetRef,
      storedEndpoint.targetRef,
    ])
  })

  it('is one of two where the Pod is attached twice', () => {
    const networks = [...attached('10.1.0.1'), { name: 'blue/br0', interface: 'net2', ips: ['10.1.0.2'] }]
    expect(addresses(withPod({ networks }))).toEqual(['10.1.0.1', '10.1.0.2'])
    expect(addresses(withPod({ networks }, { wish: wanting('blue/br0', 'net2') }))).toEqual(['10.1.0.2'])
  })

  it.each([
    ['ready', true, false, false, [true, true, false]],
    ['not ready', false, false, false, [false, false, false]],
    ['not ready, but published anyway', false, false, true, [true, false, false]],
    ['ready and terminating', true, true, false, [false, true, true]],
    ['not ready and terminating', false, true, false, [false, false, true]],
    ['ready and terminating, but published anyway', true, true, true, [true, true, true]],
  ])('has the conditions of a Pod that is %s', (_, isReady, terminating, anyway, [ready, serving, ends]) => {
    const fields = {
      metadata: terminating ? { deletionTimestamp: '2026-11-21T10:00:00Z' } : {},
      status: { conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }] },
    }
    const service = serviceOf(rawService({ publishNotReadyAddresses: anyway }))
    expect(endpoints(withPod(fields, { service }))[0]?.conditions).toEqual({
      ready,
      serving,
      terminating: ends,
    })
  })

  it.each(['Pending', 'Running', 'Unknown'])('is there in phase %s', (phase) => {
    expect(addresses(withPod({ status: { phase } }))).toEqual(['10.1.0.1'])
  })

  it.each([
    ['hostname and subdomain name the Service', { hostname: 'a', subdomain: 'db' }, 'None', 'a'],
    ['the subdomain is another Service', { hostname: 'a', subdomain: 'web' }, 'None', undefined],
    ['there is no subdomain', { hostname: 'a' }, 'None', undefined],
    ['there is no hostname', { subdomain: 'db' }, 'None', undefined],
    ['the hostname is none that a slice may hold', { hostname: 'A.b', subdomain: 'db' }, 'None', undefined],
    ['Pods are wanted by name', {}, 'PodName', 'db-0'],
    ['Pods are wanted by name and have another', { hostname: 'a', subdomain: 'db' }, 'PodName', 'db-0'],
  ] as const)('has the right hostname where %s', (_, spec, hostnames, hostname) => {
    const wish = { kind: 'publish', attachment: { network: 'blue/br0' }, hostnames } as const
    expect(endpoints(withPod({ spec }, { wish }))[0]?.hostname).toBe(hostname)
  })

  it.each(['a.b', 'x'.repeat(64)])('has no hostname from a Pod called %s', (name) => {
    const wish = { kind: 'publish', attachment: { network: 'blue/br0' }, hostnames: 'PodName' } as const
    expect(endpoints(withPod({ metadata: { name } }, { wish }))[0]?.hostname).toBeUndefined()
  })

  it('has no zone on a Node without one, and neither Node nor zone before it is bound', () => {
    expect(endpoints(facts({ zonesByNode: new Map([['node-1', undefined]]) }))[0]).not.toHaveProperty('zone')
    const service = serviceOf(rawService({ publishNotReadyAddresses: true }))
    const unbound = endpoints(withPod({ spec: { nodeName: undefined } }, { service }))[0]
    expect(unbound?.addresses).toEqual(['10.1.0.1'])
    expect(unbound).not.toHaveProperty('nodeName')
  })
})

describe('the network of a Service', () => {
  const both = (name: string) => [
    { name, interface: 'net1', ips: ['10.1.0.1'] },
    { name: 'green/br0', interface: 'net2', ips: ['10.2.0.1'] },
  ]

  it.each([
    ['blue/br0', 'blue/br0', ['10.1.0.1']],
    ['blue/br0', 'green/br0', ['10.2.0.1']],
    ['br0', 'blue/br0', ['10.1.0.1']],
    ['br0', 'red/br0', []],
    ['blue/br0', 'blue/br', []],
  ] as const)('in a status that names %s is found as %s with %j', (written, wanted, found) => {
    expect(addresses(withPod({ networks: both(written) }, { wish: wanting(wanted) }))).toEqual(found)
  })

  it.each([0, 1, 2])('is never the first network, at position %i of the status', (position) => {
    const others = [...attached('10.1.0.1'), { name: 'blue/br1', interface: 'net2', ips: ['10.2.0.1'] }]
    const first = { name: 'blue/first', interface: 'eth0', ips: ['10.244.0.1'], default: true }
    const networks = JSON.stringify(others.toSpliced(position, 0, first))
    expect(addresses(withPod({ networks }))).toEqual(['10.1.0.1'])
    expect(addresses(withPod({ networks }, { wish: wanting('blue/first') }))).toEqual(['10.244.0.1'])
  })

  it('is read under the old key, and the new key wins', () => {
    const [old, now] = [attached('10.1.0.1'), attached('10.1.0.2')].map((entries) =>
      statusText('10.244.0.1', entries),
    )
    const { networkStatus, networkStatusOld } = ANNOTATIONS
    expect(addresses(withPod({ annotations: { [networkStatusOld]: old } }))).toEqual(['10.1.0.1'])
    expect(addresses(withPod({ annotations: { [networkStatusOld]: old, [networkStatus]: now } }))).toEqual([
      '10.1.0.2',
    ])
  })
})

describe('a Pod is left out', () => {
  it.each<[string, PodFields, string, RegExp]>([
    ['when it has succeeded', { status: { phase: 'Succeeded' } }, 'PodFinished', /succeeded or failed/],
    ['when it has failed', { status: { phase: 'Failed' } }, 'PodFinished', /succeeded or failed/],
    [
      'on the network of its node',
      { spec: { hostNetwork: true } },
      'PodOnHostNetwork',
      /network of its node/,
    ],
    ['without status', { annotations: {} }, 'NetworkStatusMissing', /no network-status/],
    ['with a broken status', { networks: '[{' }, 'NetworkStatusUnreadable', /network-status: /],
    ['with a status of the wrong type', { networks: '{}' }, 'NetworkStatusUnreadable', /must be a list/],
    ['with an empty status', { networks: '[]' }, 'NetworkNotAttached', /does not hold blue\/br0$/],
    [
      'attached elsewhere',
      { networks: [{ name: 'b\u0007/c' }] },
      'NetworkNotAttached',
      /blue\/br0, only "b\\u0007\/c"/,
    ],
    [
      'attached without ips',
      { networks: [{ name: 'blue/br0' }] },
      'AttachmentWithoutAddress',
      /no address there/,
    ],
    [
      'attached with ips null',
      { networks: [{ name: 'blue/br0', ips: null }] },
      'AttachmentWithoutAddress',
      /no/,
    ],
    ['attached with no ips', { networks: attached() }, 'AttachmentWithoutAddress', /no address there/],
    ['with a loopback address', { networks: attached('127.0.0.1') }, 'AddressUnusable', /loopback/],
    ['with a link-local address', { networks: attached('fe80::1') }, 'AddressUnusable', /link-local/],
    ['with the unspecified address', { networks: attached('0.0.0.0') }, 'AddressUnusable', /unspecified/],
    ['with a multicast address', { networks: attached('ff0e::1') }, 'AddressUnusable', /multicast/],
    ['with leading zeros', { networks: attached('010.1.0.1') }, 'AddressUnusable', /not an IP address/],
    ['with garbage', { networks: attached('an IP') }, 'AddressUnusable', /"an IP" is not an IP address/],
    [
      'with a cluster IP',
      { networks: attached('10.96.0.1') },
      'AddressOfServiceRange',
      /range of cluster IPs, 10.96/,
    ],
    [
      'with a family not served',
      { networks: attached('fd00::1') },
      'AddressFamilyNotServed',
      /IPv6 address, and/,
    ],
    [
      'on a Node that is not known',
      { spec: { nodeName: 'node-9' } },
      'NodeUnknown',
      /Node node-9 is not known/,
    ],
    ['before it is bound', { spec: { nodeName: undefined } }, 'NodeUnknown', /not bound to a Node/],
    [
      'whose status claims a first address that is not its own',
      { networks: statusText('10.244.0.9', attached('10.1.0.1')) },
      'NetworkStatusNotBelieved',
      /calls 10.244.0.9 its first address, but that is 10.244.0.1$/,
    ],
    [
      'whose status claims one first address too many',
      {
        networks: JSON.stringify([
          { name: 'a', default: true, ips: ['10.244.0.1', '10.244.0.9'] },
          ...attached('10.1.0.1'),
        ]),
      },
      'NetworkStatusNotBelieved',
      /calls 10.244.0.9/,
    ],
    [
      'that has no first address yet',
      { status: { podIPs: [] } },
      'PodAddressUnknown',
      /10.244.0.1, is not in its status/,
    ],
  ])('%s', (_, fields, reason, message) => {
    const plan = planSlices(withPod(fields))
    expect(plan.perPod).toEqual([{ pod: 'blue/db-0', reason, message: expect.stringMatching(message) }])
    expect(plan.skipped).toEqual([{ reason, count: 1, example: 'blue/db-0' }])
    expect(plan.counts).toEqual({ ready: 0, total: 0, skipped: 1 })
    expect(plan.changes.create.flatMap((slice) => slice.endpoints)).toEqual([])
    expect(plan.again).toBe(reason === 'NodeUnknown')
  })

  it('with an interface that it does not have', () => {
    const plan = planSlices(facts({ wish: wanting('blue/br0', 'net7') }))
    expect(plan.perPod).toMatchObject([
      { reason: 'NetworkNotAttached', message: expect.stringMatching(/as net7, only "net1"$/) },
    ])
  })

  it("with another Pod's first address, but not with its own", () => {
    const theirs = facts({ podsByFirstAddress: new Map([['10.1.0.1', ['red/web-0']]]) })
    expect(planSlices(theirs).perPod).toMatchObject([{ reason: 'AddressOfAnotherPod' }])
    const own = facts({ podsByFirstAddress: new Map([['10.1.0.1', ['blue/db-0']]]) })
    expect(planSlices(own).perPod).toMatchObject([{ reason: 'EndpointsPublished' }])
  })

  it('but not for a Node that is not known, where addresses are published whatever the state', () => {
    const service = serviceOf(rawService({ publishNotReadyAddresses: true }))
    expect(addresses(facts({ service, zonesByNode: new Map() }))).toEqual(['10.1.0.1'])
  })

  it('without a word when it is in another namespace or not selected', () => {
    const pods = [
      podOf(rawPod({ metadata: { namespace: 'green' } })),
      podOf(rawPod({ labels: { app: 'web' } })),
    ]
    expect(planSlices(facts({ pods })).perPod).toEqual([])
  })

  it('and is told of once, with the first reason that stands against it', () => {
    const plan = planSlices(withPod({ spec: { hostNetwork: true, nodeName: 'node-9' }, networks: '[' }))
    expect(plan.perPod).toMatchObject([{ reason: 'PodOnHostNetwork' }])
  })
})

describe('an address is left out', () => {
  it('and the rest of its Pod is published', () => {
    const networks = attached('fe80::1', '10.96.0.9', 'junk', 'fd00::7', '10.1.0.1')
    const plan = planSlices(withPod({ networks }))
    expect(plan.perPod).toMatchObject([{ reason: 'EndpointsPublished', addresses: ['10.1.0.1'] }])
    expect(plan.notes.map(({ reason, count }) => [reason, count])).toEqual([
      ['AddressFamilyNotServed', 1],
      ['AddressOfServiceRange', 1],
      ['AddressUnusable', 2],
    ])
    expect(plan.notes[1]?.message).toBe(
      'Pod blue/db-0: 10.96.0.9 lies in the range of cluster IPs, 10.96.0.0/16',
    )
  })

  it('for its family, and the family is told of', () => {
    const plan = planSlices(withPod({ networks: attached('10.1.0.1', 'fd00::7') }))
    expect(plan.familiesSeen).toEqual(['IPv4', 'IPv6'])
    expect(plan.changes.create.map(({ addressType }) => addressType)).toEqual(['IPv4'])
  })
})
