import { describe, expect, it } from '@jest/globals'
import { facts, nad, user, users } from './makers.ts'
import { mayReturn, wordsTo, type Noticed } from '../../../src/core/admission/after-the-fact.ts'
import type { NadFacts } from '../../../src/core/admission/facts.ts'
import { keptNad } from '../../../src/core/networks/kept-nad.ts'

const copy = { apiVersion: 'k8s.cni.cncf.io/v1', metadata: { namespace: 'blue', name: 'macvlan-a' } }
const held = { users: { users: users(2), requested: [] } }
const guests = { users: { users: users(1, 'red'), requested: [] } }
const enforce = { terminating: false, guard: 'enforce', allowDeletion: undefined } as const

describe('a network that is gone', () => {
  it.each<[string, Partial<NadFacts>, Noticed]>([
    ['comes back where Pods held it', held, 'seen'],
    ['comes back where Pods held it and the database was restored', held, 'restored'],
    ['comes back where Pods of other namespaces held it', guests, 'seen'],
    ['comes back where it was protected, too', { ...held, nad: { ...nad, protected: 'x' } }, 'seen'],
  ])('%s', (_, given, noticed) => {
    expect(mayReturn(facts(given), noticed, copy)).toEqual({ kind: 'possible', copy })
  })

  it.each<[string, Partial<NadFacts>, Noticed, string]>([
    ['no Pod held it', {}, 'seen', 'no Pod held it'],
    ['it was protected only', { nad: { ...nad, protected: 'x' } }, 'seen', 'no Pod held it'],
    [
      'Pods of other namespaces have only asked',
      { users: { users: [], requested: users(1, 'red') } },
      'seen',
      'no Pod',
    ],
    ['somebody broke the glass', { ...held, nad: { ...nad, allowDeletion: 'moved' } }, 'seen', 'was allowed'],
    [
      'its deletion was decided before',
      { ...held, nad: { ...nad, terminating: true } },
      'seen',
      'finalizers',
    ],
    [
      'its namespace goes',
      { ...guests, namespace: { ...enforce, terminating: true } },
      'seen',
      'being deleted',
    ],
    ['its namespace warns', { ...held, namespace: { ...enforce, guard: 'warn' } }, 'seen', 'set to warn'],
    ['its namespace is off', { ...held, namespace: { ...enforce, guard: 'off' } }, 'seen', 'set to off'],
    ['nobody saw its last state', held, 'unseen', 'cut off'],
    ['its definition went too', held, 'unserved', 'definition'],
  ])('stays gone where %s', (_, given, noticed, because) => {
    expect(mayReturn(facts(given), noticed, copy)).toEqual({
      kind: 'impossible',
      because: expect.stringContaining(because),
    })
  })

  it('stays gone where its spec was not kept', () => {
    expect(mayReturn(facts(held), 'seen', undefined)).toMatchObject({ kind: 'impossible' })
  })
})

describe('whom to tell', () => {
  const vanished = { kind: 'vanished' } as const

  it('tells five and counts the others', () => {
    const words = wordsTo('blue/macvlan-a', vanished, users(7), new Set())
    expect(words.map((word) => word.user.name)).toEqual(['db-0', 'db-1', 'db-2', 'db-3', 'db-4'])
    expect(words[0]?.message).toBe(
      'NetworkAttachmentDefinition blue/macvlan-a, which this Pod and 6 other Pods use, is gone; without it the Pod cannot restart',
    )
  })

  it('tells nobody twice', () => {
    const words = wordsTo('blue/macvlan-a', vanished, users(3), new Set(['blue-db-0', 'blue-db-2']))
    expect(words.map((word) => word.user.name)).toEqual(['db-1'])
  })

  it('tells a Pod that was attached from one that only names what is not there', () => {
    const pods = [user('blue', 'a', { fields: ['network-status'] }), user('blue', 'b')]
    const words = wordsTo('blue/x', { kind: 'missing' }, pods, new Set())
    expect(words.map(({ reason }) => reason)).toEqual(['NetworkVanished', 'NetworkNotFound'])
  })
})

describe('what is kept of a network', () => {
  const metadata = { namespace: 'blue', name: 'br0', uid: 'u', resourceVersion: '7', finalizers: ['a.b/c'] }

  it('is what makes it the same, and nothing that belonged to the one that went', () => {
    const owner = { apiVersion: 'v1', kind: 'ConfigMap', name: 'm', uid: 'o', controller: true }
    const labels = { a: 'b' }
    const annotations = { c: 'd' }
    const ownerReferences = [{ ...owner, blockOwnerDeletion: true }]
    const whole = { metadata: { ...metadata, labels, annotations, ownerReferences }, spec: { config: '{' } }
    expect(keptNad(whole)?.copy).toEqual({
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace: 'blue', name: 'br0', labels, annotations, ownerReferences: [owner] },
      spec: { config: '{' },
    })
  })

  it('is only the name where there is no more', () => {
    expect(keptNad({ metadata })?.copy).toEqual({
      apiVersion: 'k8s.cni.cncf.io/v1',
      kind: 'NetworkAttachmentDefinition',
      metadata: { namespace: 'blue', name: 'br0' },
    })
  })
})
