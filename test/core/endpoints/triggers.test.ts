// A change of an object, and the Services that must be looked at again.

import { describe, expect, it } from '@jest/globals'
import {
  keysForNode,
  keysForPod,
  keysForSlice,
  type KnowsServices,
} from '../../../src/core/endpoints/triggers.ts'
import { ANNOTATIONS, SLICE_LABELS } from '../../../src/core/names.ts'
import type { ObjectKey } from '../../../src/core/object-key.ts'
import { podOf, sliceOf } from './makers.ts'
import { rawPod, rawSlice, statusText, type PodFields } from './pods.ts'

const known: KnowsServices = {
  servicesIn: (namespace) =>
    [
      { key: 'blue/web' as ObjectKey, selector: { app: 'web' } },
      { key: 'blue/db' as ObjectKey, selector: { app: 'db' } },
      { key: 'blue/db-copy' as ObjectKey, selector: { app: 'db' } },
      { key: 'green/db' as ObjectKey, selector: { app: 'db' } },
    ].filter(({ key }) => key.startsWith(`${namespace}/`)),
  servicesByAddress: (address) => (address === '10.1.0.9' ? ['red/x'] : []),
}
const pod = (fields: PodFields = {}) => podOf(rawPod(fields))
const both: readonly ObjectKey[] = ['blue/db', 'blue/db-copy']
const attached = (...ips: readonly string[]) => [{ name: 'blue/br0', interface: 'net1', ips }]

describe('a Pod', () => {
  it('that appears or is gone concerns the Services that select it', () => {
    expect(keysForPod({ before: undefined, after: pod() }, known)).toEqual(both)
    expect(keysForPod({ before: pod(), after: undefined }, known)).toEqual(both)
  })

  it.each<[string, PodFields, PodFields]>([
    ['gets its status', { annotations: {} }, {}],
    ['loses its status', {}, { annotations: {} }],
    ['gets another address', {}, { networks: attached('10.1.0.2') }],
    ['gets one more interface', {}, { networks: [...attached('10.1.0.1'), ...attached('10.1.0.2')] }],
    ['gets a broken status', {}, { networks: '[' }],
    [
      'gets its status under the old key',
      { annotations: {} },
      { annotations: { [ANNOTATIONS.networkStatusOld]: statusText('10.244.0.1', attached('10.1.0.1')) } },
    ],
    ['becomes ready', { status: { conditions: [] } }, {}],
    ['is being deleted', {}, { metadata: { deletionTimestamp: '2026-11-21T10:00:00Z' } }],
    ['is bound', { spec: { nodeName: undefined } }, {}],
    ['finishes', {}, { status: { phase: 'Succeeded' } }],
    ['is replaced under its name', {}, { metadata: { uid: 'other' } }],
    ['gets its first address', { status: { podIPs: [] } }, {}],
    ['gets a named port', {}, { spec: { containers: [{ ports: [{ name: 'a', containerPort: 1 }] }] } }],
    ['gets a hostname', {}, { spec: { hostname: 'a' } }],
    ['gets another label', {}, { labels: { app: 'db', x: 'y' } }],
  ])('that %s concerns them', (_, before, after) => {
    expect(keysForPod({ before: pod(before), after: pod(after) }, known)).toEqual(both)
  })

  it('that changes its labels concerns those it leaves and those it joins', () => {
    const change = { before: pod(), after: pod({ labels: { app: 'web' } }) }
    expect(keysForPod(change, known)).toEqual(['blue/db', 'blue/db-copy', 'blue/web'])
  })

  it.each<[string, PodFields]>([
    [
      'its resourceVersion and managed fields differ',
      { metadata: { resourceVersion: '9', managedFields: [{}] } },
    ],
    [
      'another annotation differs',
      {
        annotations: { ...(rawPod() as { metadata: { annotations: object } }).metadata.annotations, a: 'b' },
      },
    ],
    ['its labels are listed in another order', { labels: { app: 'db' } }],
    [
      'its status is written anew in another order',
      {
        networks: JSON.stringify(
          [...attached('10.1.0.1/24'), { name: 'cbr0', ips: ['10.244.0.1'], default: true }],
          null,
          4,
        ),
      },
    ],
    ['a port without a name comes', { spec: { containers: [{ ports: [{ containerPort: 1 }] }] } }],
    [
      'a condition but Ready differs',
      {
        status: {
          conditions: [
            { type: 'Other', status: 'True' },
            { type: 'Ready', status: 'True', lastProbeTime: 'x' },
          ],
        },
      },
    ],
  ])('concerns nobody where %s', (_, after) => {
    expect(keysForPod({ before: pod(), after: pod(after) }, known)).toEqual([])
  })

  it('whose first address somebody else publishes concerns him, when it comes and when it goes', () => {
    const holder = pod({ labels: {}, status: { podIPs: [{ ip: '10.1.0.9' }] }, annotations: {} })
    const without = pod({ labels: {}, status: { podIPs: [] }, annotations: {} })
    const finished = pod({
      labels: {},
      status: { phase: 'Failed', podIPs: [{ ip: '10.1.0.9' }] },
      annotations: {},
    })
    expect(keysForPod({ before: without, after: holder }, known)).toEqual(['red/x'])
    expect(keysForPod({ before: holder, after: undefined }, known)).toEqual(['red/x'])
    expect(keysForPod({ before: holder, after: finished }, known)).toEqual(['red/x'])
    expect(keysForPod({ before: finished, after: undefined }, known)).toEqual([])
  })

  it('of another namespace concerns the Services there', () => {
    expect(
      keysForPod({ before: undefined, after: pod({ metadata: { namespace: 'green' } }) }, known),
    ).toEqual(['green/db'])
  })
})

describe('a Node', () => {
  const podsOn = (node: string) => (node === 'node-1' ? [pod()] : [])
  const node = (zone: string | undefined, name = 'node-1') => ({ name, zone })

  it.each([
    ['appears', undefined, node('a'), both],
    ['is gone', node('a'), undefined, both],
    ['changes its zone', node('a'), node('b'), both],
    ['changes something else', node('a'), node('a'), []],
    ['appears without Pods', undefined, node('a', 'node-2'), []],
  ])('that %s', (_, before, after, keys) => {
    expect(keysForNode({ before, after }, podsOn, known)).toEqual(keys)
  })
})

describe('a slice', () => {
  const slice = (service: string | undefined) =>
    sliceOf(rawSlice({}, { labels: service === undefined ? {} : { [SLICE_LABELS.service]: service } }))

  it('concerns the Service whose it is and the one whose it was', () => {
    expect(keysForSlice({ before: slice('db'), after: slice('db') })).toEqual(['blue/db'])
    expect(keysForSlice({ before: slice('db'), after: slice('web') })).toEqual(['blue/db', 'blue/web'])
    expect(keysForSlice({ before: slice('db'), after: undefined })).toEqual(['blue/db'])
    expect(keysForSlice({ before: undefined, after: slice(undefined) })).toEqual([])
  })
})
