import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { deployment, facts, nad, NOW, user, users } from './makers.ts'
import type { Evidence, NadFacts } from '../../../src/core/admission/facts.ts'
import { protectNad } from '../../../src/core/admission/protect-nad.ts'

const inUse = { users: { users: users(2), requested: [] } }
const going = { terminating: true, guard: 'enforce', allowDeletion: undefined } as const

/** `allow Reason`, `deny Reason` or `unconfirmed`. */
function told(given: Partial<NadFacts>): string {
  const verdict = protectNad(facts(given))
  return verdict.kind === 'unconfirmed' ? 'unconfirmed' : `${verdict.kind} ${verdict.reason}`
}

function message(given: Partial<NadFacts>): string {
  const verdict = protectNad(facts(given))
  return verdict.kind === 'deny' ? verdict.message : `not refused: ${verdict.kind}`
}

describe('the decision table, row by row', () => {
  const rows: [string, Partial<NadFacts>, string][] = [
    [
      'a network that is terminating already goes, whoever uses it',
      { nad: { ...nad, terminating: true }, ...inUse },
      'allow AlreadyTerminating',
    ],
    [
      'a namespace that is off is not guarded',
      { namespace: { terminating: false, guard: 'off', allowDeletion: undefined }, ...inUse },
      'allow GuardOff',
    ],
    [
      'a namespace that warns allows what would be refused',
      { namespace: { terminating: false, guard: 'warn', allowDeletion: undefined }, ...inUse },
      'allow NetworkInUse',
    ],
    [
      'a namespace that warns allows what is protected',
      {
        namespace: { terminating: false, guard: 'warn', allowDeletion: undefined },
        nad: { ...nad, protected: 'x' },
      },
      'allow NetworkProtected',
    ],
    [
      'a namespace that is off may say so only when that is fresh: the label may have been taken away',
      { namespace: { terminating: false, guard: 'off', allowDeletion: undefined }, evidence: 'alive' },
      'unconfirmed',
    ],
    [
      'a namespace that warns may let go only when that is fresh',
      {
        namespace: { terminating: false, guard: 'warn', allowDeletion: undefined },
        ...inUse,
        evidence: 'alive',
      },
      'unconfirmed',
    ],
    [
      'a namespace that warns lets go of what is protected only when that is fresh',
      {
        namespace: { terminating: false, guard: 'warn', allowDeletion: undefined },
        nad: { ...nad, protected: 'x' },
        evidence: 'alive',
      },
      'unconfirmed',
    ],
    [
      'a namespace that was off in a cache and cannot be asked is no yes',
      { namespace: { terminating: false, guard: 'off', allowDeletion: undefined }, evidence: 'unavailable' },
      'deny NetworkUseUnconfirmed',
    ],
    [
      'break glass on a Namespace that is going is meant for its networks',
      { namespace: { ...going, allowDeletion: 'moved' }, users: { users: users(1, 'red'), requested: [] } },
      'allow DeletionOverridden',
    ],
    [
      'break glass on a Namespace that is going counts only when that is fresh',
      {
        namespace: { ...going, allowDeletion: 'moved' },
        users: { users: users(1, 'red'), requested: [] },
        evidence: 'alive',
      },
      'unconfirmed',
    ],
    [
      'break glass on a Namespace that stays is not for its networks',
      { namespace: { terminating: false, guard: 'enforce', allowDeletion: 'moved' }, ...inUse },
      'deny NetworkInUse',
    ],
    [
      'break glass beats users',
      { nad: { ...nad, allowDeletion: 'moving' }, ...inUse },
      'allow DeletionOverridden',
    ],
    [
      'break glass beats protection',
      { nad: { ...nad, allowDeletion: 'moving', protected: 'x' } },
      'allow DeletionOverridden',
    ],
    [
      'break glass needs no fresh look',
      { nad: { ...nad, allowDeletion: 'moving' }, evidence: 'cached' },
      'allow DeletionOverridden',
    ],
    [
      'in a terminating namespace its own users do not count',
      { namespace: going, ...inUse },
      'allow NetworkFree',
    ],
    [
      'in a terminating namespace protection does not count',
      { namespace: going, nad: { ...nad, protected: 'x' } },
      'allow NetworkFree',
    ],
    [
      'in a terminating namespace users elsewhere count',
      { namespace: going, users: { users: users(1, 'red'), requested: [] } },
      'deny NetworkInUse',
    ],
    [
      'in a terminating namespace a yes must be fresh too',
      { namespace: going, ...inUse, evidence: 'alive' },
      'unconfirmed',
    ],
    [
      'a protected network is refused without users',
      { nad: { ...nad, protected: 'storage' } },
      'deny NetworkProtected',
    ],
    [
      'protection is certain, whatever the cache',
      { nad: { ...nad, protected: 'storage' }, evidence: 'cached' },
      'deny NetworkProtected',
    ],
    ['an index that shows life may say no', { ...inUse, evidence: 'alive' }, 'deny NetworkInUse'],
    ['an index without life may not even say no', { ...inUse, evidence: 'cached' }, 'unconfirmed'],
    ['an index that shows life may not say yes', { evidence: 'alive' }, 'unconfirmed'],
    ['an index without life may not say yes', { evidence: 'cached' }, 'unconfirmed'],
    ['a fresh look may say no', inUse, 'deny NetworkInUse'],
    ['a fresh look may say yes', {}, 'allow NetworkFree'],
    [
      'users that could not be confirmed in time may be gone: try again',
      { ...inUse, evidence: 'unavailable' },
      'deny NetworkUseUnconfirmed',
    ],
    ['no fresh look in time is a no', { evidence: 'unavailable' }, 'deny NetworkUseUnconfirmed'],
    [
      'a Pod elsewhere that has not started does not count',
      { users: { users: [], requested: [user('red', 'x')] } },
      'allow NetworkFree',
    ],
    ['a template does not count', { referrers: [deployment] }, 'allow NetworkFree'],
    [
      'a template counts where blockOn says so',
      { referrers: [deployment], blockOn: new Set(['Deployment'] as const) },
      'deny NetworkInUse',
    ],
    [
      'a template of another kind than blockOn says does not count',
      { referrers: [deployment], blockOn: new Set(['Job'] as const) },
      'allow NetworkFree',
    ],
  ]
  it.each(rows)('%s', (_, given, expected) => {
    expect(told(given)).toBe(expected)
  })

  it('only a missing fresh look asks to be tried again', () => {
    const verdict = protectNad(facts({ evidence: 'unavailable' }))
    expect(verdict).toMatchObject({ kind: 'deny', again: true })
    expect(protectNad(facts(inUse))).toMatchObject({ kind: 'deny', again: false })
  })

  it('never says yes without a fresh look, unless the network is going, off or let go by somebody', () => {
    const evidence = fc.constantFrom<Evidence>('cached', 'alive', 'unavailable')
    fc.assert(
      fc.property(evidence, fc.boolean(), fc.nat(3), (evidence, terminating, count) => {
        const given = facts({
          evidence,
          namespace: { terminating, guard: 'enforce', allowDeletion: undefined },
          users: { users: users(count), requested: [] },
        })
        expect(protectNad(given).kind).not.toBe('allow')
      }),
    )
  })
})

describe('the refusal is one line that says who, how many and what now', () => {
  const see = 'see "kubectl sidenet users blue/macvlan-a"'
  const them = 'Detach or delete them first, or annotate sidenet.io/allow-deletion=<reason>'
  const it1 = 'Detach or delete it first, or annotate sidenet.io/allow-deletion=<reason>'
  const name = 'NetworkAttachmentDefinition blue/macvlan-a'
  const rows: [string, Partial<NadFacts>, string][] = [
    [
      'one user',
      { users: { users: users(1), requested: [] } },
      `${name} is used by 1 Pod: blue/db-0; ${see}. ${it1}`,
    ],
    ['two users', inUse, `${name} is used by 2 Pods: blue/db-0 and blue/db-1; ${see}. ${them}`],
    [
      'seven users: five by name, the rest by number',
      { users: { users: users(7), requested: [] } },
      `${name} is used by 7 Pods: blue/db-0, blue/db-1, blue/db-2, blue/db-3, blue/db-4 and 2 more; ${see}. ${them}`,
    ],
    [
      'users elsewhere that the caller may not see are counted',
      { users: { users: [...users(1), ...users(2, 'red')], requested: [] }, visible: new Set(['blue']) },
      `${name} is used by 3 Pods: blue/db-0 and 2 in other namespaces; ${see}. ${them}`,
    ],
    [
      'only users that the caller may not see',
      { users: { users: users(2, 'red'), requested: [] }, visible: new Set(['blue']) },
      `${name} is used by 2 Pods in other namespaces; ${see}. ${them}`,
    ],
    [
      'one of two is terminating',
      {
        users: {
          users: [user('blue', 'a', { deletionTimestamp: '2026-11-21T12:00:20Z' }), user('blue', 'b')],
          requested: [],
        },
      },
      `${name} is used by 2 Pods: blue/a (terminating) and blue/b; ${see}. ${them}`,
    ],
    [
      'all are terminating: waiting is the answer',
      { users: { users: [user('blue', 'a', { deletionTimestamp: '2026-11-21T12:00:20Z' })], requested: [] } },
      `${name} is used by 1 Pod: blue/a (terminating); all of them are terminating already: run the same command again in a moment`,
    ],
    [
      'a Pod that takes longer to end than granted is told with its node',
      { users: { users: [user('blue', 'a', { deletionTimestamp: '2026-11-21T11:59:00Z' })], requested: [] } },
      `${name} is used by 1 Pod: blue/a (still terminating on node-1); all of them are terminating already: run the same command again in a moment`,
    ],
    [
      'a network that a generator made names the generator',
      { ...inUse, nad: { ...nad, owner: 'SriovNetwork fast' } },
      `${name} is used by 2 Pods: blue/db-0 and blue/db-1; ${see}. ${them}. It is generated by SriovNetwork fast: change or delete that one`,
    ],
    [
      'Pods and a template that blockOn counts',
      { ...inUse, referrers: [deployment], blockOn: new Set(['Deployment'] as const) },
      `${name} is used by 2 Pods: blue/db-0 and blue/db-1; and named by Deployment blue/db; ${see}. ${them}`,
    ],
    [
      'protected, with its reason',
      { nad: { ...nad, protected: 'storage network' } },
      `${name} is protected: "storage network". Remove its annotation sidenet.io/protected first, or annotate sidenet.io/allow-deletion=<reason>`,
    ],
    [
      'unconfirmed',
      { evidence: 'unavailable' },
      `could not confirm in time that nothing uses ${name}; nothing was changed, try again in a moment`,
    ],
  ]
  it.each(rows)('%s', (_, given, expected) => {
    expect(message(given)).toBe(expected)
  })

  it('stays one line, however a reason is written', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 400 }), (reason) => {
        expect(message({ nad: { ...nad, protected: reason } })).not.toMatch(/\p{Cc}|\p{Zl}|\p{Zp}/u)
      }),
    )
  })
})

describe('causes', () => {
  it('name every user with the field that holds on', () => {
    const held = users(7).map((one, i) =>
      i === 0 ? { ...one, fields: ['networks', 'network-status'] as const } : one,
    )
    const verdict = protectNad(facts({ users: { users: held, requested: [] } }))
    const causes = verdict.kind === 'deny' ? verdict.causes : []
    expect(causes).toHaveLength(7)
    expect(causes[0]).toEqual({
      reason: 'NetworkInUse',
      message: 'Pod blue/db-0 by networks, network-status',
      field: '',
    })
  })

  it('are bounded, and the last one counts the rest', () => {
    const verdict = protectNad(facts({ users: { users: users(10_000), requested: [] } }))
    const causes = verdict.kind === 'deny' ? verdict.causes : []
    expect(causes).toHaveLength(101)
    expect(causes.at(-1)?.message).toBe('and 9900 more holders')
  })

  it('count what the caller may not see apart', () => {
    const given = {
      users: { users: [...users(101), ...users(3, 'red')], requested: [] },
      visible: new Set(['blue']),
    }
    const verdict = protectNad(facts(given))
    const causes = verdict.kind === 'deny' ? verdict.causes : []
    expect(causes.slice(-2).map(({ message }) => message)).toEqual([
      'and 1 more holder',
      '3 holders in other namespaces',
    ])
  })

  it('never name a Pod that the caller may not see', () => {
    const verdict = protectNad(
      facts({
        users: { users: [...users(1), ...users(3, 'red')], requested: [] },
        visible: new Set(['blue']),
      }),
    )
    expect(JSON.stringify(verdict.kind === 'deny' ? [verdict.message, verdict.causes] : '')).not.toContain(
      'red/',
    )
  })
})

describe('warnings', () => {
  function warnings(given: Partial<NadFacts>): readonly string[] {
    const verdict = protectNad(facts(given))
    return verdict.kind === 'unconfirmed' ? [] : verdict.warnings
  }
  const unreadable = {
    namespace: 'blue',
    name: 'odd',
    uid: 'u',
    nodeName: undefined,
    finished: false,
    hostNetwork: false,
    deletionTimestamp: undefined,
    uses: [],
    unreadable: [{ annotation: 'k8s.v1.cni.cncf.io/networks', problem: 'it is not a list' }],
  }
  it('a warning namespace repeats the refusal word for word', () => {
    const warned = warnings({
      ...inUse,
      namespace: { terminating: false, guard: 'warn', allowDeletion: undefined },
    })
    expect(warned).toEqual([message(inUse)])
  })
  it('break glass names who is hurt and why it was allowed', () => {
    expect(warnings({ ...inUse, nad: { ...nad, allowDeletion: 'moving to b' } })[0]).toBe(
      'NetworkAttachmentDefinition blue/macvlan-a is used by 2 Pods: blue/db-0 and blue/db-1; they cannot restart without it and may leak addresses. Allowed by sidenet.io/allow-deletion: "moving to b"',
    )
  })
  it('break glass on the Namespace says where it was broken', () => {
    const given = {
      users: { users: users(1, 'red'), requested: [] },
      namespace: { ...going, allowDeletion: 'moved' },
    }
    expect(warnings(given)[0]).toBe(
      'NetworkAttachmentDefinition blue/macvlan-a is used by 1 Pod: red/db-0; they cannot restart without it and may leak addresses. Allowed by sidenet.io/allow-deletion on Namespace blue: "moved"',
    )
  })
  it('break glass on what is protected repeats why it was', () => {
    expect(warnings({ nad: { ...nad, protected: 'storage', allowDeletion: 'moved' } })).toEqual([
      'NetworkAttachmentDefinition blue/macvlan-a is protected: "storage". Allowed by sidenet.io/allow-deletion: "moved"',
    ])
  })
  it('templates, waiting Pods and unreadable annotations are told, and what was protected', () => {
    expect(
      warnings({
        referrers: [deployment],
        users: { users: [], requested: [user('red', 'x')] },
        unreadable: [unreadable],
      }),
    ).toEqual([
      'Deployment blue/db names this network in its Pod template; its new Pods will not start',
      'Pod red/x asks for this network and has not started; it will not start without it',
      'Pod blue/odd counts as no user: its k8s.v1.cni.cncf.io/networks cannot be read (it is not a list)',
    ])
    expect(warnings({ namespace: going, nad: { ...nad, protected: 'storage' } })).toEqual([
      'NetworkAttachmentDefinition blue/macvlan-a was protected ("storage"); it goes because its Namespace is being deleted',
    ])
  })
  it('a crowd is told as a few lines and a number', () => {
    const referrers = Array.from({ length: 9 }, (_, i) => ({ ...deployment, name: `db-${i}` }))
    expect(warnings({ referrers })).toHaveLength(6)
    expect(warnings({ referrers }).at(-1)).toBe('and 4 more objects')
  })
  it('who may not see another namespace hears numbers', () => {
    const requested = [user('red', 'x'), user('red', 'y')]
    expect(warnings({ users: { users: [], requested }, visible: new Set(['blue']) })).toEqual([
      '2 Pods of other namespaces name this network',
    ])
  })
})

it('the audit log hears how it was decided and by whom it is held', () => {
  const verdict = protectNad(
    facts({ users: { users: users(7), requested: [] }, evidence: 'alive', now: NOW }),
  )
  expect(verdict).toMatchObject({
    audit: {
      evidence: 'alive',
      users: 'blue/db-0,blue/db-1,blue/db-2,blue/db-3,blue/db-4',
      'users-total': '7',
    },
  })
})

it('the audit log hears the reasons of what was only warned about', () => {
  const requested = [user('red', 'x')]
  expect(protectNad(facts({ referrers: [deployment], users: { users: [], requested } }))).toMatchObject({
    audit: { evidence: 'fresh', warned: 'NetworkReferenced,NetworkRequested' },
  })
})
