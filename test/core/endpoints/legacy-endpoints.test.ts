// What stands in the deprecated Endpoints of a Service, and what is done about those that are there.

import { describe, expect, it } from '@jest/globals'
import type { Endpoint } from '../../../src/core/endpoints/endpoint-slice.ts'
import {
  legacyEndpoints,
  MOST_ADDRESSES,
  planEndpoints,
  type EndpointsWanted,
} from '../../../src/core/endpoints/legacy-endpoints.ts'
import { serviceRecord, type ServiceRecord } from '../../../src/core/endpoints/service-record.ts'

const record = (labels: object = {}, spec: object = {}): ServiceRecord => {
  const metadata = { namespace: 'blue', name: 'db', uid: 'u', labels }
  const read = serviceRecord({ metadata, spec: { clusterIP: 'None', ports: [{ port: 80 }], ...spec } })
  if (read === undefined) throw new Error('no record')
  return read
}
const service = record()

const READY = { ready: true, serving: true, terminating: false }
const WAITING = { ready: false, serving: false, terminating: false }
const LEAVING = { ready: false, serving: true, terminating: true }
const HTTP = [{ name: '', protocol: 'TCP', port: 80 }]

const endpoint = (ip: string, conditions: Endpoint['conditions'] = READY): Endpoint => ({
  addresses: [ip],
  ...(conditions && { conditions }),
  targetRef: { kind: 'Pod', namespace: 'blue', name: `pod-${ip}`, uid: `uid-${ip}` },
  nodeName: 'node-1',
})
const target = (ip: string) => ({ ip, nodeName: 'node-1', targetRef: endpoint(ip).targetRef })
const wanted = (...endpoints: readonly Endpoint[]): EndpointsWanted => ({
  family: 'IPv4',
  groups: [{ ports: HTTP, endpoints: { IPv4: endpoints, IPv6: [endpoint('2001:db8::1')] } }],
})
const many = (count: number, conditions = READY) =>
  Array.from({ length: count }, (_, at) => endpoint(`192.0.${2 + (at >> 8)}.${at & 255}`, conditions))

describe('the Endpoints of a Service', () => {
  it('carry the mark that keeps the mirroring controller away, our name and their owner', () => {
    expect(legacyEndpoints(record({ team: 'a' }), wanted(endpoint('192.0.2.1')))).toEqual({
      apiVersion: 'v1',
      kind: 'Endpoints',
      metadata: {
        namespace: 'blue',
        name: 'db',
        labels: {
          team: 'a',
          'service.kubernetes.io/headless': '',
          'endpointslice.kubernetes.io/skip-mirror': 'true',
          'endpoints.kubernetes.io/managed-by': 'endpointslice-controller.sidenet.io',
        },
        annotations: {},
        ownerReferences: [
          {
            apiVersion: 'v1',
            kind: 'Service',
            name: 'db',
            uid: 'u',
            controller: true,
            blockOwnerDeletion: false,
          },
        ],
      },
      subsets: [{ addresses: [target('192.0.2.1')], ports: HTTP }],
    })
  })

  it('cannot be called something else, or mirrored, by labels of the Service', () => {
    const labels = {
      'endpointslice.kubernetes.io/skip-mirror': 'false',
      'endpoints.kubernetes.io/managed-by': 'me',
    }
    expect(legacyEndpoints(record(labels), wanted()).metadata?.labels).toMatchObject({
      'endpointslice.kubernetes.io/skip-mirror': 'true',
      'endpoints.kubernetes.io/managed-by': 'endpointslice-controller.sidenet.io',
    })
  })

  it.each<[string, ServiceRecord, EndpointsWanted, readonly object[]]>([
    ['nobody', service, wanted(), []],
    [
      'one that is not ready',
      service,
      wanted(endpoint('192.0.2.1', WAITING)),
      [{ notReadyAddresses: [target('192.0.2.1')], ports: HTTP }],
    ],
    ['one that is terminating', service, wanted(endpoint('192.0.2.1', LEAVING)), []],
    [
      'the first family of a Service',
      service,
      { ...wanted(endpoint('192.0.2.1')), family: 'IPv6' },
      [{ addresses: [target('2001:db8::1')], ports: HTTP }],
    ],
    [
      'a Pod that resolves no port',
      service,
      {
        family: 'IPv4',
        groups: [{ ports: [], endpoints: { IPv4: [endpoint('192.0.2.1')], IPv6: [] } }],
      },
      [],
    ],
    [
      'a Service without ports',
      record({}, { ports: [] }),
      {
        family: 'IPv4',
        groups: [{ ports: [], endpoints: { IPv4: [endpoint('192.0.2.1')], IPv6: [] } }],
      },
      [{ addresses: [target('192.0.2.1')] }],
    ],
  ])('list %s', (_, ofService, what, subsets) => {
    expect(legacyEndpoints(ofService, what).subsets).toEqual(subsets)
  })

  it.each([
    ['1000', many(MOST_ADDRESSES), [], 1000, 0, undefined],
    ['1001', many(MOST_ADDRESSES + 1), [], 1000, 0, 'truncated'],
    ['not ready ones before 999 ready', many(999), [...many(2, WAITING)], 999, 1, 'truncated'],
  ])('hold at most 1000 addresses: %s', (_, ready, waiting, readyLeft, waitingLeft, annotation) => {
    const { metadata, subsets } = legacyEndpoints(service, wanted(...waiting, ...ready))
    expect(subsets[0]?.addresses).toHaveLength(readyLeft)
    expect(subsets[0]?.notReadyAddresses ?? []).toHaveLength(waitingLeft)
    expect(metadata?.annotations?.['endpoints.kubernetes.io/over-capacity']).toBe(annotation)
  })
})

describe('what is done about Endpoints', () => {
  const ours = legacyEndpoints(service, wanted(endpoint('192.0.2.1'), endpoint('192.0.2.2')))
  const both = wanted(endpoint('192.0.2.1'), endpoint('192.0.2.2'))
  const stored = { ...ours, metadata: { ...ours.metadata, uid: 'e', resourceVersion: '7' } }
  const foreign = { metadata: { name: 'db' }, subsets: [{ addresses: [{ ip: '198.51.100.1' }] }] }
  const builtIn = {
    ...foreign,
    metadata: { name: 'db', labels: { 'endpoints.kubernetes.io/managed-by': 'endpoint-controller' } },
  }

  it.each<[string, EndpointsWanted | undefined, unknown, string]>([
    ['that are missing', both, undefined, 'create'],
    ['that are right', both, stored, 'nothing'],
    ['that say something else', wanted(endpoint('192.0.2.1')), stored, 'update'],
    [
      'that were given other labels',
      both,
      { ...stored, metadata: { labels: ours.metadata?.labels } },
      'update',
    ],
    ['of somebody else', both, foreign, 'taken'],
    ['of somebody else without an address', both, { metadata: { name: 'db' } }, 'update'],
    ['that the built-in controller left behind', both, builtIn, 'update'],
    ['of ours that nobody wants', undefined, stored, 'remove'],
    ['of somebody else that we need not write', undefined, foreign, 'nothing'],
    ['that nobody wants and that are not there', undefined, undefined, 'nothing'],
    ['that are nonsense', both, { metadata: 7, subsets: [null, { addresses: 'x' }] }, 'update'],
  ])('%s', (_, what, current, kind) => {
    expect(planEndpoints(service, what, current).kind).toBe(kind)
  })

  it('is nothing when the API server only sorted them otherwise', () => {
    const [subset] = ours.subsets
    const sorted = { ...stored, subsets: [{ ...subset, addresses: subset?.addresses?.toReversed() }] }
    expect(planEndpoints(service, both, sorted)).toEqual({ kind: 'nothing' })
  })

  it('is done to what was read', () => {
    expect(planEndpoints(service, wanted(), stored)).toMatchObject({
      endpoints: { metadata: { resourceVersion: '7' }, subsets: [] },
    })
  })
})
