// What is read of raw objects, and what of them is shared or dropped.

import { describe, expect, it } from '@jest/globals'
import { endpointSlice } from '../../../src/core/endpoints/endpoint-slice.ts'
import { nodeZone } from '../../../src/core/endpoints/node-zone.ts'
import { endpointPod } from '../../../src/core/endpoints/pod-facts.ts'
import { pool } from '../../../src/core/endpoints/pool.ts'
import { serviceRecord } from '../../../src/core/endpoints/service-record.ts'
import { podOf, serviceOf, sliceOf, sure } from './makers.ts'
import { rawPod, rawService, rawSlice } from './pods.ts'

describe('the record of a Pod', () => {
  it('holds what slices need, sorted, and nothing else', () => {
    const raw = rawPod({
      labels: { b: '2', a: '1' },
      spec: {
        hostname: 'h',
        subdomain: 's',
        containers: [
          {
            ports: [
              { name: 'z', containerPort: 2 },
              { name: 'a', containerPort: 1, protocol: 'UDP' },
              { containerPort: 3 },
            ],
          },
        ],
      },
      status: { podIP: '10.244.0.1', podIPs: [{ ip: '10.244.0.1' }, { ip: 'FD00::1' }] },
      networks: [
        { name: 'br0', interface: 'net2', ips: ['10.1.0.9', '10.1.0.1/24', 'junk'], mac: 'aa' },
        { name: 'blue/a', ips: [] },
      ],
    })
    expect(podOf(raw)).toEqual({
      namespace: 'blue',
      name: 'db-0',
      uid: 'pod-0',
      labels: { a: '1', b: '2' },
      nodeName: 'node-1',
      finished: false,
      ready: true,
      terminating: false,
      hostNetwork: false,
      hostname: 'h',
      subdomain: 's',
      firstAddresses: ['10.244.0.1', 'fd00::1'],
      ports: [
        { name: 'a', protocol: 'UDP', port: 1 },
        { name: 'z', protocol: 'TCP', port: 2 },
      ],
      networks: {
        attachments: [
          { network: 'blue/a', interface: '', addresses: [], unusable: [] },
          {
            network: 'blue/br0',
            interface: 'net2',
            addresses: ['10.1.0.1', '10.1.0.9'],
            unusable: ['"junk" is not an IP address'],
          },
        ],
      },
    })
  })

  it('shares with others what they have in common', () => {
    const share = pool()
    const [a, b] = ['a', 'b'].map((name) => sure(endpointPod(rawPod({ metadata: { name } }), share)))
    expect(a?.labels).toBe(b?.labels)
    expect(a?.ports).toBe(b?.ports)
  })

  it.each([
    undefined,
    null,
    1,
    'x',
    [],
    {},
    { metadata: {} },
    { metadata: { name: 'a' } },
    { metadata: { name: '', namespace: 'b' } },
  ])('is none for %j', (raw) => {
    expect(endpointPod(raw, pool())).toBeUndefined()
  })
})

describe('the pool', () => {
  it('gives the value it knows, and forgets all when it is full', () => {
    const { value } = pool(2)
    const first = value({ a: 1 })
    expect(value({ a: 1 })).toBe(first)
    value({ a: 2 })
    value({ a: 3 })
    expect(value({ a: 1 })).not.toBe(first)
    expect(value({ a: 1 })).toEqual(first)
  })

  it('keeps nothing of what it was given', () => {
    const labels = { a: 'b' }
    expect(pool().value(labels)).not.toBe(labels)
  })
})

describe('the record of a Service', () => {
  it.each([
    ['as listed, IPv4 first', { ipFamilies: ['IPv6', 'IPv4'] }, ['IPv4', 'IPv6']],
    ['as listed, without what is none', { ipFamilies: ['IPv6', 'IPv9'] }, ['IPv6']],
    ['both for a headless Service without a list', { ipFamilies: undefined }, ['IPv4', 'IPv6']],
    ['that of the cluster IP without a list', { ipFamilies: undefined, clusterIP: '10.96.0.1' }, ['IPv4']],
    ['that of the IPv6 cluster IP without a list', { ipFamilies: [], clusterIP: 'fd00::1' }, ['IPv6']],
  ])('has the families %s', (_, spec, families) => {
    expect(serviceOf(rawService(spec)).families).toEqual(families)
  })

  it.each([
    [{ clusterIP: 'None' }, true],
    [{ clusterIP: '' }, true],
    [{ clusterIP: undefined }, true],
    [{ clusterIP: '10.96.0.1' }, false],
  ])('with %j is headless: %s', (spec, headless) => {
    expect(serviceOf(rawService(spec)).headless).toBe(headless)
  })

  it('has no selector where there is an empty one', () => {
    expect(serviceOf(rawService({ selector: {} })).selector).toBeUndefined()
    expect(serviceOf(rawService({ selector: { a: 'b' } })).selector).toEqual({ a: 'b' })
  })

  it('reads ports as leniently as they come', () => {
    const ports = [
      { port: 80 },
      { port: 'x' },
      null,
      { port: 81, targetPort: 0, name: '' },
      { port: 82, targetPort: 'web' },
    ]
    expect(serviceOf(rawService({ ports })).ports.map(({ targetPort }) => targetPort)).toEqual([
      80,
      81,
      'web',
    ])
  })

  it.each([undefined, null, {}, { metadata: { namespace: 'blue' } }])('is none for %j', (raw) => {
    expect(serviceRecord(raw)).toBeUndefined()
  })
})

describe('the record of a Node', () => {
  it.each([
    [{ metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': 'z' } } }, { name: 'a', zone: 'z' }],
    [
      { metadata: { name: 'a', labels: { 'topology.kubernetes.io/zone': '' } } },
      { name: 'a', zone: undefined },
    ],
    [{ metadata: { name: 'a', labels: null } }, { name: 'a', zone: undefined }],
    [{ metadata: {} }, undefined],
    [null, undefined],
  ])('of %j is %j', (raw, record) => {
    expect(nodeZone(raw)).toEqual(record)
  })
})

describe('a slice', () => {
  it('is kept as it was sent, but for managed fields and empty lists', () => {
    const raw = rawSlice(
      { endpoints: null, later: { a: 1 } },
      { managedFields: [{}], finalizers: ['a.example/b'] },
    )
    expect(sliceOf(raw)).toEqual(
      rawSlice({ endpoints: [], ports: [], later: { a: 1 } }, { finalizers: ['a.example/b'] }),
    )
  })

  it('loses endpoints that are none', () => {
    const endpoints = [null, {}, { addresses: 'x' }, { addresses: [1] }, { addresses: ['10.1.0.1'] }]
    expect(sliceOf(rawSlice({ endpoints, ports: [null, 1] }))).toMatchObject({
      endpoints: [{ addresses: ['10.1.0.1'] }],
      ports: [],
    })
  })

  it.each([
    undefined,
    null,
    {},
    rawSlice({ addressType: 'IPX' }),
    rawSlice({}, { name: undefined }),
    rawSlice({ metadata: 1 }),
  ])('is none for %j', (raw) => {
    expect(endpointSlice(raw)).toBeUndefined()
  })
})
