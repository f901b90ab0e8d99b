import { describe, expect, it } from '@jest/globals'
import type { NetworkUser } from '../../src/core/networks/users.ts'
import { NadReconciler, type NadReconcilerParts } from '../../src/reconcile/nad-reconciler.ts'

const pod: NetworkUser = {
  namespace: 'blue',
  name: 'db-0',
  uid: 'pod-1',
  fields: ['networks'],
  nodeName: 'node-1',
  deletionTimestamp: undefined,
}
const copy = { metadata: { namespace: 'blue', name: 'br0' } }
const loss = { uid: 'nad-1', at: 0, back: { kind: 'possible', copy }, holders: new Set(['pod-1']) } as const

/** A reconciler over one network, and what it did. */
function scene(given: Partial<NadReconcilerParts> = {}) {
  const did: string[] = []
  const clock = { now: 2_000 }
  const reconciler = new NadReconciler({
    see: () => ({ nad: undefined, loss, users: [pod] }),
    holdsStill: () => Promise.resolve(true),
    putBack: () => {
      did.push('put back')
      return Promise.resolve({ kind: 'created', uid: 'nad-2' })
    },
    tell: (_, __, { reason }) => did.push(reason),
    observe: (outcome) => did.push(outcome),
    now: () => clock.now,
    ...given,
  })
  return { did, clock, look: () => reconciler.reconcile('blue/br0') }
}

describe('a network that vanished', () => {
  it('is put back once, however often it is looked at', async () => {
    const { did, look } = scene()
    await look()
    await look()
    expect(did).toEqual(['NetworkVanished', 'put back', 'recreated', 'NetworkRecreated'])
  })

  it('is looked at only when the dust has settled', async () => {
    const { did, clock, look } = scene()
    clock.now = 500
    expect(await look()).toEqual({ kind: 'again', afterMs: 1_500, wrote: false })
    expect(did).toEqual([])
  })

  it.each<[string, Partial<NadReconcilerParts>]>([
    ['the Pods that held it are gone', { holdsStill: () => Promise.resolve(false) }],
    [
      'the Pods that use it came after it',
      { see: () => ({ nad: undefined, loss, users: [{ ...pod, uid: 'new' }] }) },
    ],
    ['it went long ago', { now: () => 70_000 }],
  ])('is only reported where %s', async (_, given) => {
    const { did, look } = scene(given)
    await look()
    expect(did).toEqual(['NetworkVanished', 'reported', 'NetworkVanished'])
  })

  it('is only reported where it is one that was put back before', async () => {
    let uid = 'nad-1'
    const { did, look } = scene({ see: () => ({ nad: undefined, loss: { ...loss, uid }, users: [pod] }) })
    await look()
    uid = 'nad-2'
    did.length = 0
    await look()
    expect(did).toEqual(['NetworkVanished', 'reported', 'NetworkVanished'])
  })

  it('is tried again by nobody after a refusal, and after a change of leader once more', async () => {
    const answers = [{ kind: 'over' }, { kind: 'refused', because: 'no' }] as const
    let asked = 0
    const { did, look } = scene({ putBack: () => Promise.resolve(answers[asked++] ?? { kind: 'there' }) })
    for (let i = 0; i < 4; i++) await look()
    expect(asked).toBe(2)
    expect(did).toEqual(['NetworkVanished', 'failed', 'NetworkVanished'])
  })
})

it('a network that nobody saw go is told and counted once', async () => {
  const { did, clock, look } = scene({ see: () => ({ nad: undefined, loss: undefined, users: [pod] }) })
  expect(await look()).toMatchObject({ kind: 'again', afterMs: 2_000 })
  clock.now = 4_000
  await look()
  await look()
  expect(did).toEqual(['NetworkNotFound', 'missing'])
})
