import { describe, expect, it } from '@jest/globals'
import type { ObjectKey } from '../../../src/core/object-key.ts'
import { DEFAULT_SETTINGS, type VerdictSettings } from '../../../src/core/settings.ts'
import type { PodRecord, ReferrerRecord, UseField } from '../../../src/core/networks/records.ts'
import { referrersOf, usersOf } from '../../../src/core/networks/users.ts'

const NAD = 'blue/macvlan-a'

function pod(
  namespace: string,
  name: string,
  fields: readonly UseField[],
  more: Partial<PodRecord> = {},
): PodRecord {
  return {
    namespace,
    name,
    uid: `${namespace}-${name}`,
    nodeName: undefined,
    finished: false,
    hostNetwork: false,
    deletionTimestamp: undefined,
    uses: fields.map((field) => ({ nad: NAD, field })),
    unreadable: [],
    ...more,
  }
}

const isolated: VerdictSettings = { ...DEFAULT_SETTINGS, namespaceIsolation: true }
const global: VerdictSettings = { ...isolated, globalNamespaces: new Set(['blue']) }

describe('who uses blue/macvlan-a', () => {
  it.each<
    readonly [
      sentence: string,
      pod: PodRecord,
      settings: VerdictSettings,
      wanted: 'user' | 'requested' | 'none',
    ]
  >([
    [
      'a Pod of its namespace, before it is scheduled',
      pod('blue', 'a', ['networks']),
      DEFAULT_SETTINGS,
      'user',
    ],
    [
      'a Pod that names it as its first network',
      pod('blue', 'a', ['default-network']),
      DEFAULT_SETTINGS,
      'user',
    ],
    ['a Pod that holds it', pod('blue', 'a', ['network-status']), DEFAULT_SETTINGS, 'user'],
    [
      'a terminating Pod still does',
      pod('blue', 'a', ['networks'], { deletionTimestamp: '2026-11-21T12:00:00Z' }),
      DEFAULT_SETTINGS,
      'user',
    ],
    [
      'a finished Pod does not',
      pod('blue', 'a', ['networks', 'network-status'], { finished: true }),
      DEFAULT_SETTINGS,
      'none',
    ],
    [
      'a Pod on the host network does not',
      pod('blue', 'a', ['networks', 'network-status'], { hostNetwork: true }),
      DEFAULT_SETTINGS,
      'none',
    ],
    ['a Pod that cannot say what it wants does not', pod('blue', 'a', []), DEFAULT_SETTINGS, 'none'],
    [
      'a Pod of another namespace that was never started only asks',
      pod('red', 'a', ['networks']),
      DEFAULT_SETTINGS,
      'requested',
    ],
    [
      'a Pod of another namespace that is bound to a node does',
      pod('red', 'a', ['networks'], { nodeName: 'node-1' }),
      DEFAULT_SETTINGS,
      'user',
    ],
    [
      'a Pod of another namespace that holds it does',
      pod('red', 'a', ['network-status']),
      DEFAULT_SETTINGS,
      'user',
    ],
    [
      'a foreign default network only asks before it starts',
      pod('red', 'a', ['default-network']),
      DEFAULT_SETTINGS,
      'requested',
    ],
    [
      'isolation keeps foreign Pods from it',
      pod('red', 'a', ['networks'], { nodeName: 'node-1' }),
      isolated,
      'none',
    ],
    ['isolation spares Pods of its own namespace', pod('blue', 'a', ['networks']), isolated, 'user'],
    [
      'isolation spares global namespaces',
      pod('red', 'a', ['networks'], { nodeName: 'node-1' }),
      global,
      'user',
    ],
    ['isolation spares what is attached', pod('red', 'a', ['networks', 'network-status']), isolated, 'user'],
    [
      'isolation is not about the default network',
      pod('red', 'a', ['default-network'], { nodeName: 'node-1' }),
      isolated,
      'user',
    ],
  ])('%s', (_sentence, record, settings, wanted) => {
    const { users, requested } = usersOf(NAD, [record], settings)
    expect({ users: users.length, requested: requested.length }).toEqual({
      users: wanted === 'user' ? 1 : 0,
      requested: wanted === 'requested' ? 1 : 0,
    })
  })

  it.each<readonly [sentence: string, nad: ObjectKey]>([
    ['a network of the same name in another namespace', 'red/macvlan-a'],
    ['a network of another name', 'blue/macvlan-b'],
  ])('%s is another network', (_sentence, nad) => {
    expect(usersOf(nad, [pod('blue', 'a', ['networks'])], DEFAULT_SETTINGS)).toEqual({
      users: [],
      requested: [],
    })
  })

  it('a user says how, in one order, and only by what counts', () => {
    const record = pod('red', 'a', ['network-status', 'default-network', 'networks'], { nodeName: 'node-1' })
    expect(usersOf(NAD, [record], DEFAULT_SETTINGS).users).toEqual([
      {
        namespace: 'red',
        name: 'a',
        uid: 'red-a',
        fields: ['networks', 'default-network', 'network-status'],
        nodeName: 'node-1',
        deletionTimestamp: undefined,
      },
    ])
    expect(usersOf(NAD, [record], isolated).users[0]?.fields).toEqual(['default-network', 'network-status'])
  })

  it('users come with those of its own namespace first, then by namespace and name, whatever the order of the Pods', () => {
    const records = [
      ['red', 'b'],
      ['blue', 'b'],
      ['amber', 'z'],
      ['blue', 'B'],
      ['red', 'a'],
      ['blue', 'a-1'],
    ].map(([namespace = '', name = '']) => pod(namespace, name, ['network-status']))
    const wanted = ['blue/B', 'blue/a-1', 'blue/b', 'amber/z', 'red/a', 'red/b']
    for (const order of [records, [...records].reverse()]) {
      const { users } = usersOf(NAD, Object.freeze(order), DEFAULT_SETTINGS)
      expect(users.map(({ namespace, name }) => `${namespace}/${name}`)).toEqual(wanted)
    }
  })
})

describe('who names blue/macvlan-a', () => {
  const referrer = (
    kind: ReferrerRecord['kind'],
    namespace: string,
    name: string,
    ...nads: ObjectKey[]
  ): ReferrerRecord => ({ kind, namespace, name, nads })

  it('only those that name it, its own namespace first, then by namespace, name and kind', () => {
    const referrers = [
      referrer('Service', 'red', 'db', NAD),
      referrer('Service', 'blue', 'db', NAD),
      referrer('Deployment', 'blue', 'db', 'blue/other', NAD),
      referrer('Deployment', 'blue', 'web', 'red/macvlan-a'),
    ]
    expect(
      referrersOf(NAD, referrers).map(({ kind, namespace, name }) => `${kind} ${namespace}/${name}`),
    ).toEqual(['Deployment blue/db', 'Service blue/db', 'Service red/db'])
  })
})
