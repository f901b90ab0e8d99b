import { describe, expect, it } from '@jest/globals'
import { nad, NOW, standing, user, users } from './makers.ts'
import type { NadCrdFacts, NamespaceFacts } from '../../../src/core/admission/facts.ts'
import { protectNadCrd } from '../../../src/core/admission/protect-nad-crd.ts'
import { protectNamespace } from '../../../src/core/admission/protect-namespace.ts'
import { NAD } from '../../../src/core/names.ts'
import type { ReferrerKind } from '../../../src/core/settings.ts'

const circumstances = {
  evidence: 'fresh',
  visible: 'all',
  blockOn: new Set<ReferrerKind>(),
  now: NOW,
  guard: 'enforce',
} as const
const usedElsewhere = standing({ users: { users: [user('red', 'x')], requested: [] } })
const usedInside = standing({ users: { users: users(2), requested: [] } })
const isProtected = standing({ nad: { ...nad, protected: 'storage' } })

function namespace(more: Partial<NamespaceFacts>): NamespaceFacts {
  const record = {
    name: 'blue',
    uid: 'n',
    terminating: false,
    guardLabel: undefined,
    allowDeletion: undefined,
  }
  return { ...circumstances, namespace: record, nads: [], ...more }
}
const blue = namespace({}).namespace

function crd(more: Partial<NadCrdFacts>): NadCrdFacts {
  return {
    ...circumstances,
    crd: { name: NAD.crd, terminating: false, allowDeletion: undefined },
    nads: [],
    ...more,
  }
}

function told(verdict: ReturnType<typeof protectNamespace>): string {
  return verdict.kind === 'unconfirmed' ? 'unconfirmed' : `${verdict.kind} ${verdict.reason}`
}

describe('a Namespace', () => {
  const rows: [string, Partial<NamespaceFacts>, string][] = [
    ['without networks goes', {}, 'allow NetworkFree'],
    [
      'that is terminating goes',
      { namespace: { ...blue, terminating: true }, nads: [usedElsewhere] },
      'allow AlreadyTerminating',
    ],
    ['that is off is not guarded', { guard: 'off', nads: [usedElsewhere] }, 'allow GuardOff'],
    ['that only warns goes with a warning', { guard: 'warn', nads: [usedElsewhere] }, 'allow NetworkInUse'],
    [
      'goes by break glass',
      { namespace: { ...blue, allowDeletion: 'why' }, nads: [usedElsewhere] },
      'allow DeletionOverridden',
    ],
    ['goes with its own users', { nads: [usedInside] }, 'allow NetworkFree'],
    ['stays while another namespace uses its network', { nads: [usedElsewhere] }, 'deny NetworkInUse'],
    ['stays while it holds a protected network', { nads: [isProtected] }, 'deny NetworkProtected'],
    [
      'goes where the used network has break glass itself',
      { nads: [{ ...usedElsewhere, nad: { ...nad, allowDeletion: 'x' } }] },
      'allow NetworkFree',
    ],
    [
      'goes where the used network is terminating',
      { nads: [{ ...usedElsewhere, nad: { ...nad, terminating: true } }] },
      'allow NetworkFree',
    ],
    ['needs a fresh look for a yes', { nads: [usedInside], evidence: 'alive' }, 'unconfirmed'],
    [
      'may be refused from an index that lives',
      { nads: [usedElsewhere], evidence: 'alive' },
      'deny NetworkInUse',
    ],
    [
      'may not be refused from an index without life',
      { nads: [usedElsewhere], evidence: 'cached' },
      'unconfirmed',
    ],
    ['stays without an answer in time', { evidence: 'unavailable' }, 'deny NetworkUseUnconfirmed'],
  ]
  it.each(rows)('%s', (_, given, expected) => {
    expect(told(protectNamespace(namespace(given)))).toBe(expected)
  })

  it('says which networks, who uses them and what now', () => {
    const verdict = protectNamespace(
      namespace({ nads: [usedElsewhere, { ...isProtected, nad: { ...isProtected.nad, name: 'b' } }] }),
    )
    expect(verdict).toMatchObject({
      message:
        'Namespace blue holds networks that must not go with it: blue/macvlan-a (used by 1 Pod: red/x) and blue/b (protected: "storage"). Free them first, or annotate sidenet.io/allow-deletion=<reason> on the Namespace',
    })
  })

  it('counts Pods that the caller may not see', () => {
    const verdict = protectNamespace(namespace({ nads: [usedElsewhere], visible: new Set(['blue']) }))
    expect(JSON.stringify(verdict.kind === 'deny' ? [verdict.message, verdict.causes] : '')).not.toContain(
      'red',
    )
    expect(verdict).toMatchObject({
      message: expect.stringContaining('used by 1 Pod in other namespaces'),
    })
  })
})

describe('the CustomResourceDefinition', () => {
  const inWarning = {
    ...usedInside,
    namespace: { terminating: false, guard: 'warn' as const, allowDeletion: undefined },
  }
  const inGoing = {
    ...usedInside,
    namespace: { terminating: true, guard: 'enforce' as const, allowDeletion: undefined },
  }
  const rows: [string, Partial<NadCrdFacts>, string][] = [
    ['without networks goes', {}, 'allow NetworkFree'],
    [
      'that is terminating goes',
      { crd: { ...crd({}).crd, terminating: true }, nads: [usedInside] },
      'allow AlreadyTerminating',
    ],
    [
      'goes by break glass',
      { crd: { ...crd({}).crd, allowDeletion: 'why' }, nads: [usedInside] },
      'allow DeletionOverridden',
    ],
    ['stays while a network is used', { nads: [usedInside] }, 'deny NetworkInUse'],
    ['stays while a network is protected', { nads: [isProtected] }, 'deny NetworkProtected'],
    [
      'goes where the used network has break glass itself',
      { nads: [{ ...usedInside, nad: { ...nad, allowDeletion: 'x' } }] },
      'allow NetworkFree',
    ],
    ['goes where the namespace only warns', { nads: [inWarning] }, 'allow NetworkFree'],
    ['goes where the users go with their namespace', { nads: [inGoing] }, 'allow NetworkFree'],
    [
      'goes with a warning where the cluster only warns',
      { nads: [usedInside], guard: 'warn' },
      'allow NetworkInUse',
    ],
    ['needs a fresh look for a yes', { evidence: 'alive' }, 'unconfirmed'],
    ['stays without an answer in time', { evidence: 'unavailable' }, 'deny NetworkUseUnconfirmed'],
  ]
  it.each(rows)('%s', (_, given, expected) => {
    expect(told(protectNadCrd(crd(given)))).toBe(expected)
  })

  it('names the networks, their users and the way out', () => {
    expect(protectNadCrd(crd({ nads: [usedInside] }))).toMatchObject({
      message: `Deleting CustomResourceDefinition ${NAD.crd} would delete 1 NetworkAttachmentDefinition unasked: blue/macvlan-a (used by 2 Pods: blue/db-0 and blue/db-1). Free them first, or annotate sidenet.io/allow-deletion=<reason> on the CustomResourceDefinition`,
      causes: [{ reason: 'NetworkInUse' }],
    })
  })
})
