import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { KubernetesObject } from '../../../src/core/kubernetes.ts'
import { nadRecord } from '../../../src/core/networks/nad-record.ts'
import { namespaceRecord } from '../../../src/core/networks/namespace-record.ts'
import { referrerRecord } from '../../../src/core/networks/referrer-record.ts'
import { REFERRER_KINDS, type ReferrerKind } from '../../../src/core/settings.ts'
import { annotationText, anyJson } from './arbitraries.ts'

const nad = (more: object = {}): KubernetesObject => ({
  metadata: { namespace: 'blue', name: 'macvlan-a', uid: 'n1', ...more },
})

describe('what we remember of a NetworkAttachmentDefinition', () => {
  const plain = {
    namespace: 'blue',
    name: 'macvlan-a',
    uid: 'n1',
    terminating: false,
    allowDeletion: undefined,
    protected: undefined,
    owner: undefined,
  }

  it.each<readonly [sentence: string, metadata: object, wanted: object]>([
    ['who it is', {}, {}],
    ['that it is going', { deletionTimestamp: '2026-11-21T12:00:00Z' }, { terminating: true }],
    [
      'why it may go',
      { annotations: { 'sidenet.io/allow-deletion': 'moved to blue-2' } },
      { allowDeletion: 'moved to blue-2' },
    ],
    [
      'why it may not',
      { annotations: { 'sidenet.io/protected': ' the  backbone\n' } },
      { protected: 'the backbone' },
    ],
    ['no reason where it is empty', { annotations: { 'sidenet.io/allow-deletion': '' } }, {}],
    ['no reason where it is blank', { annotations: { 'sidenet.io/allow-deletion': ' \n\t' } }, {}],
    ['no reason where it is no text', { annotations: { 'sidenet.io/protected': true } }, {}],
    [
      'the owner that controls it',
      {
        ownerReferences: [
          { kind: 'A', name: 'a' },
          { kind: 'SriovNetwork', name: 'sriov-a', controller: true },
        ],
      },
      { owner: 'SriovNetwork sriov-a' },
    ],
    [
      'no owner where none controls it',
      { ownerReferences: [{ kind: 'A', name: 'a', controller: false }] },
      {},
    ],
  ])('%s', (_sentence, metadata, wanted) => {
    expect(nadRecord(nad(metadata))).toEqual({ ...plain, ...wanted })
  })

  it.each([[undefined], [null], ['{'], [{ config: '{"broken' }]])(
    'its spec is never looked at: %j',
    (spec) => {
      expect(nadRecord({ ...nad(), spec } as KubernetesObject)).toEqual(plain)
    },
  )
})

describe('what we remember of a Namespace', () => {
  const plain = {
    name: 'blue',
    uid: 'b1',
    terminating: false,
    guardLabel: undefined,
    allowDeletion: undefined,
  }

  it.each<readonly [sentence: string, object: object, wanted: object]>([
    ['who it is', {}, {}],
    [
      'that it is going, by its timestamp',
      { metadata: { deletionTimestamp: '2026-11-21T12:00:00Z' } },
      { terminating: true },
    ],
    ['that it is going, by its phase', { status: { phase: 'Terminating' } }, { terminating: true }],
    [
      'its label as it stands',
      { metadata: { labels: { 'sidenet.io/guard': 'Warn' } } },
      { guardLabel: 'Warn' },
    ],
    [
      'why it may go',
      { metadata: { annotations: { 'sidenet.io/allow-deletion': 'test' } } },
      { allowDeletion: 'test' },
    ],
  ])('%s', (_sentence, object, wanted) => {
    const { metadata = {}, ...rest } = object as { metadata?: object }
    expect(namespaceRecord({ metadata: { name: 'blue', uid: 'b1', ...metadata }, ...rest })).toEqual({
      ...plain,
      ...wanted,
    })
  })
})

const NETWORKS = 'k8s.v1.cni.cncf.io/networks'
const metadata = { namespace: 'blue', name: 'db' }
const template = (annotations: object, spec: object = {}) => ({ metadata: { annotations }, spec })

describe('who names a network without holding it', () => {
  it.each<readonly [sentence: string, kind: ReferrerKind, object: object, ...nads: string[]]>([
    [
      'a Deployment by its template',
      'Deployment',
      { spec: { template: template({ [NETWORKS]: 'a,red/b' }) } },
      'blue/a',
      'red/b',
    ],
    [
      'a Deployment without replicas, too',
      'Deployment',
      { spec: { replicas: 0, template: template({ [NETWORKS]: 'a' }) } },
      'blue/a',
    ],
    ['a StatefulSet', 'StatefulSet', { spec: { template: template({ [NETWORKS]: 'a' }) } }, 'blue/a'],
    ['a DaemonSet', 'DaemonSet', { spec: { template: template({ [NETWORKS]: 'a' }) } }, 'blue/a'],
    ['a Job', 'Job', { spec: { template: template({ [NETWORKS]: 'a' }) } }, 'blue/a'],
    [
      'a Job that has ended names nothing more',
      'Job',
      {
        spec: { template: template({ [NETWORKS]: 'a' }) },
        status: { conditions: [{ type: 'Complete', status: 'True' }] },
      },
    ],
    [
      'a Job that has not failed yet',
      'Job',
      {
        spec: { template: template({ [NETWORKS]: 'a' }) },
        status: { conditions: [{ type: 'Failed', status: 'False' }] },
      },
      'blue/a',
    ],
    [
      'a CronJob one level deeper',
      'CronJob',
      { spec: { jobTemplate: { spec: { template: template({ [NETWORKS]: 'a' }) } } } },
      'blue/a',
    ],
    [
      'a template by its default network',
      'Deployment',
      { spec: { template: template({ 'v1.multus-cni.io/default-network': 'a' }) } },
      'kube-system/a',
    ],
    [
      'a template that names one network by both, once',
      'Deployment',
      { spec: { template: template({ [NETWORKS]: 'a', 'v1.multus-cni.io/default-network': 'blue/a' }) } },
      'blue/a',
    ],
    [
      'a copied status asks for nothing',
      'Deployment',
      { spec: { template: template({ 'k8s.v1.cni.cncf.io/network-status': '[{"name":"blue/a"}]' }) } },
    ],
    [
      'a template on the host network asks in vain',
      'DaemonSet',
      { spec: { template: template({ [NETWORKS]: 'a' }, { hostNetwork: true }) } },
    ],
    [
      'annotations of the workload itself mean nothing',
      'Deployment',
      { metadata: { ...metadata, annotations: { [NETWORKS]: 'a' } } },
    ],
    ['a NetService by a name', 'NetService', { spec: { netAttachDef: 'a' } }, 'blue/a'],
    [
      'a NetService by namespace, name and interface',
      'NetService',
      { spec: { netAttachDef: 'red/a@net1' } },
      'red/a',
    ],
    ['a NetService that names nothing', 'NetService', { spec: {} }],
    ['a NetService has no JSON form', 'NetService', { spec: { netAttachDef: '[{"name":"a"}]' } }],
    [
      'a Service by its annotation',
      'Service',
      { metadata: { ...metadata, annotations: { [NETWORKS]: 'red/a@net1' } } },
      'red/a',
    ],
    [
      'a Service by JSON',
      'Service',
      { metadata: { ...metadata, annotations: { [NETWORKS]: '[{"name":"a"}]' } } },
      'blue/a',
    ],
    ['a Service without the annotation', 'Service', {}],
    [
      'an annotation that cannot be read names nothing',
      'Service',
      { metadata: { ...metadata, annotations: { [NETWORKS]: '[null]' } } },
    ],
  ])('%s', (_sentence, kind, object, ...nads) => {
    const record = referrerRecord(kind, { metadata, ...object }, 'kube-system')
    expect(record).toEqual(nads.length === 0 ? undefined : { kind, ...metadata, nads })
  })
})

describe('whatever the object', () => {
  const annotations = fc.oneof(
    anyJson,
    fc.record({
      [NETWORKS]: fc.oneof(annotationText as fc.Arbitrary<unknown>, anyJson),
    }) as fc.Arbitrary<unknown>,
  )
  const anyTemplate = fc.oneof(
    anyJson,
    fc.record({ metadata: fc.record({ annotations }) }) as fc.Arbitrary<unknown>,
  )
  const object = fc.oneof(
    anyJson,
    fc.record({
      metadata: fc.oneof(
        anyJson,
        fc.record({
          namespace: fc.constant('blue'),
          name: fc.constant('x'),
          annotations,
          ownerReferences: anyJson,
          labels: anyJson,
        }) as fc.Arbitrary<unknown>,
      ),
      spec: fc.oneof(
        anyJson,
        fc.record({
          template: anyTemplate,
          netAttachDef: fc.oneof(annotationText as fc.Arbitrary<unknown>, anyJson),
        }) as fc.Arbitrary<unknown>,
      ),
      status: anyJson,
    }) as fc.Arbitrary<unknown>,
  )

  it('no record makes anything throw', () => {
    fc.assert(
      fc.property(object, fc.constantFrom(...REFERRER_KINDS), (value, kind) => {
        nadRecord(value as KubernetesObject)
        namespaceRecord(value as KubernetesObject)
        const referrer = referrerRecord(kind, value as KubernetesObject, 'kube-system')
        expect(referrer?.nads.length).not.toBe(0)
      }),
      { numRuns: 2000 },
    )
  })
})
