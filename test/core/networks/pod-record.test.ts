import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import type { Pod } from '../../../src/core/kubernetes.ts'
import { podRecord } from '../../../src/core/networks/pod-record.ts'
import type { UseField } from '../../../src/core/networks/records.ts'
import { annotationText, anyJson, HUGE } from './arbitraries.ts'

const NETWORKS = 'k8s.v1.cni.cncf.io/networks'
const DEFAULT = 'v1.multus-cni.io/default-network'
const STATUS = 'k8s.v1.cni.cncf.io/network-status'
const OLD_STATUS = 'k8s.v1.cni.cncf.io/networks-status'

const pod = (annotations: Readonly<Record<string, string>>, rest: Partial<Pod> = {}): Pod => ({
  metadata: { namespace: 'blue', name: 'db-0', uid: 'u1', annotations },
  ...rest,
})

const usesOf = (annotations: Readonly<Record<string, string>>) =>
  (podRecord(pod(annotations), 'kube-system')?.uses ?? []).map(({ nad, field }) => `${nad} by ${field}`)

describe('what a Pod uses', () => {
  it.each<
    readonly [
      sentence: string,
      annotations: Record<string, string>,
      ...uses: `${string}/${string} by ${UseField}`[],
    ]
  >([
    ['the short form names a network of its own namespace', { [NETWORKS]: 'a' }, 'blue/a by networks'],
    ['the short form names one of another namespace', { [NETWORKS]: 'red/a@net7' }, 'red/a by networks'],
    [
      'JSON names both',
      { [NETWORKS]: '[{"name":"a"},{"name":"b","namespace":"red"}]' },
      'blue/a by networks',
      'red/b by networks',
    ],
    ['one network twice is one use', { [NETWORKS]: 'a@net1,a@net2,blue/a' }, 'blue/a by networks'],
    ['elements without a name are no use', { [NETWORKS]: 'a,,@x' }, 'blue/a by networks'],
    [
      'a name with a slash names nothing that exists',
      { [NETWORKS]: '[{"name":"x/y"},{"name":"y","namespace":"blue/x"}]' },
    ],
    [
      "a bare default network is in Multus' namespace",
      { [DEFAULT]: 'a' },
      'kube-system/a by default-network',
    ],
    ['a default network may name its namespace', { [DEFAULT]: 'blue/a' }, 'blue/a by default-network'],
    ['the status holds a network', { [STATUS]: '[{"name":"red/a"}]' }, 'red/a by network-status'],
    ['the old status holds it as well', { [OLD_STATUS]: '[{"name":"a"}]' }, 'blue/a by network-status'],
    [
      'several interfaces of one network are one use',
      { [STATUS]: '[{"name":"blue/a","interface":"net1"},{"name":"blue/a","interface":"net2"}]' },
      'blue/a by network-status',
    ],
    [
      "the cluster's own network is no use",
      { [STATUS]: '[{"name":"cbr0","default":true},{"name":"","default":true}]' },
    ],
    [
      'request and status are two uses',
      { [NETWORKS]: 'a', [STATUS]: '[{"name":"blue/a"},{"name":"blue/b"}]' },
      'blue/a by networks',
      'blue/a by network-status',
      'blue/b by network-status',
    ],
  ])('%s', (_sentence, annotations, ...uses) => {
    expect(usesOf(annotations)).toEqual(uses)
  })

  it('an annotation that cannot be read is remembered as such, and the others are read', () => {
    const record = podRecord(
      pod({ [NETWORKS]: '[null]', [DEFAULT]: 'a,b', [STATUS]: '[{"name":"blue/a"}]' }),
      'kube-system',
    )
    expect(record?.uses).toEqual([{ nad: 'blue/a', field: 'network-status' }])
    expect(record?.unreadable).toEqual([
      { annotation: NETWORKS, problem: '[0]: must be an object, not null' },
      { annotation: DEFAULT, problem: 'names 2 networks; it must name exactly one' },
    ])
  })

  it('a status that cannot be read is told with its key', () => {
    expect(podRecord(pod({ [OLD_STATUS]: '{}' }), 'kube-system')?.unreadable).toEqual([
      { annotation: OLD_STATUS, problem: 'must be a list, not an object' },
    ])
  })

  it('an annotation that names thousands of networks is read up to a bound, and told', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index}`).join(',')
    const record = podRecord(pod({ [NETWORKS]: names }), 'kube-system')
    expect(record?.uses).toHaveLength(1000)
    expect(record?.unreadable).toEqual([
      { annotation: NETWORKS, problem: 'names 20000 networks; only the first 1000 are looked at' },
    ])
  })

  it('a thousand names said over and over are not too many', () => {
    const names = Array.from({ length: 20_000 }, (_, index) => `n${index % 1000}`).join(',')
    expect(podRecord(pod({ [NETWORKS]: names }), 'kube-system')).toMatchObject({ unreadable: [] })
  })
})

describe('what else is remembered', () => {
  const annotations = { [NETWORKS]: 'a' }

  it('who it is, where it is, and whether it is going', () => {
    const record = podRecord(
      {
        metadata: {
          namespace: 'blue',
          name: 'db-0',
          uid: 'u1',
          deletionTimestamp: '2026-11-21T12:00:00Z',
          annotations,
        },
        spec: { nodeName: 'node-1' },
        status: { phase: 'Running' },
      },
      'kube-system',
    )
    expect(record).toEqual({
      namespace: 'blue',
      name: 'db-0',
      uid: 'u1',
      nodeName: 'node-1',
      finished: false,
      hostNetwork: false,
      deletionTimestamp: '2026-11-21T12:00:00Z',
      uses: [{ nad: 'blue/a', field: 'networks' }],
      unreadable: [],
    })
  })

  it.each([
    ['Succeeded', true],
    ['Failed', true],
    ['Running', false],
    ['Pending', false],
    ['Unknown', false],
  ])('phase %s means finished: %s', (phase, finished) => {
    expect(podRecord(pod(annotations, { status: { phase } }), 'kube-system')?.finished).toBe(finished)
  })

  it('that it is on the host network', () => {
    expect(podRecord(pod(annotations, { spec: { hostNetwork: true } }), 'kube-system')?.hostNetwork).toBe(
      true,
    )
  })

  it('metadata alone is enough', () => {
    expect(podRecord(pod(annotations), 'kube-system')).toMatchObject({
      nodeName: undefined,
      finished: false,
      hostNetwork: false,
    })
  })

  it('a node that is not chosen yet is none, also where it is empty', () => {
    expect(podRecord(pod(annotations, { spec: { nodeName: '' } }), 'kube-system')?.nodeName).toBeUndefined()
  })
})

describe('nothing is remembered of', () => {
  it.each<readonly [sentence: string, object: unknown]>([
    ['a Pod without annotations', { metadata: { namespace: 'blue', name: 'db-0' } }],
    ['a Pod with an empty selection', pod({ [NETWORKS]: '' })],
    ['a Pod with an empty list', pod({ [NETWORKS]: '[]', [STATUS]: '[]' })],
    ['a Pod that does not say who it is', { metadata: { annotations: { [NETWORKS]: 'a' } } }],
    ['an object without metadata', {}],
    [
      'annotations in a list',
      { metadata: { namespace: 'blue', name: 'db-0', annotations: [NETWORKS, 'a'] } },
    ],
    [
      'annotations put into the prototype',
      {
        metadata: JSON.parse(
          `{"namespace":"blue","name":"db-0","__proto__":{"annotations":{"${NETWORKS}":"a"}}}`,
        ) as unknown,
      },
    ],
  ])('%s', (_sentence, object) => {
    expect(podRecord(object as Pod, 'kube-system')).toBeUndefined()
  })
})

describe('whatever the Pod', () => {
  const annotation = fc.oneof(annotationText as fc.Arbitrary<unknown>, anyJson)
  const annotations = fc.oneof(
    anyJson,
    fc.record(
      { [NETWORKS]: annotation, [DEFAULT]: annotation, [STATUS]: annotation, [OLD_STATUS]: annotation },
      { requiredKeys: [] },
    ) as fc.Arbitrary<unknown>,
  )
  const text = fc.oneof(
    { weight: 9, arbitrary: fc.constantFrom<unknown>('blue', 'db-0') },
    { weight: 1, arbitrary: anyJson },
  )
  const object = fc.record(
    {
      metadata: fc.oneof(
        {
          weight: 5,
          arbitrary: fc.record(
            { namespace: text, name: text, uid: anyJson, deletionTimestamp: anyJson, annotations },
            { requiredKeys: [] },
          ),
        },
        { weight: 1, arbitrary: anyJson },
      ),
      spec: anyJson,
      status: anyJson,
    },
    { requiredKeys: [] },
  )

  it('recording never throws, and every use is of an object that could exist, once by each field', () => {
    let recorded = 0
    fc.assert(
      fc.property(fc.oneof({ weight: 5, arbitrary: object }, { weight: 1, arbitrary: anyJson }), (value) => {
        const record = podRecord(value as Pod, 'kube-system')
        if (!record) return
        recorded++
        for (const { nad } of record.uses) expect(nad).toMatch(/^[^/]{1,253}\/[^/]{1,253}$/s)
        expect(new Set(record.uses.map(({ nad, field }) => `${field} ${nad}`)).size).toBe(record.uses.length)
        expect(record.uses.length + record.unreadable.length).toBeGreaterThan(0)
      }),
      { numRuns: 3000 },
    )
    // Some hundreds of the three thousand are: without them this would prove nothing.
    expect(recorded).toBeGreaterThan(20)
  })

  it.each(HUGE)('a flood of %s leaves a small record', (_what, junk) => {
    const record = podRecord(pod({ [NETWORKS]: junk, [DEFAULT]: junk, [STATUS]: junk }), 'kube-system')
    expect(JSON.stringify(record ?? {}).length).toBeLessThan(100_000)
  })
})
