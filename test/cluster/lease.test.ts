// One replica writes at a time: two of them, one Lease in memory that refuses as the API server does, one hand clock.

import { describe, expect, it } from '@jest/globals'
import type { ApiAnswer, ApiRequest } from '../../src/cluster/client.ts'
import { Lease } from '../../src/cluster/lease.ts'
import { handClock, type HandClock } from '../reconcile/hand-clock.ts'

interface StoredLease {
  metadata: { resourceVersion?: string }
  spec: { holderIdentity?: string; leaseTransitions?: number }
}

/** Keeps one Lease; can be made to hang, which ends as the client's time limit would end it. */
function leaseServer(clock: HandClock) {
  let stored: StoredLease | undefined
  let version = 0
  const hanging = new Set<string>()
  const put = (body: unknown): StoredLease => {
    version++
    stored = structuredClone(body) as StoredLease
    stored.metadata.resourceVersion = String(version)
    return stored
  }
  const answer = (status: number, body?: unknown): ApiAnswer => ({ status, headers: {}, body })
  const ask = (request: ApiRequest): ApiAnswer => {
    const body = request.body as StoredLease
    if (request.method === 'POST') return stored ? answer(409) : answer(201, put(body))
    if (!stored) return answer(404)
    if (request.method !== 'PUT') return answer(200, structuredClone(stored))
    if (body.metadata.resourceVersion !== stored.metadata.resourceVersion) return answer(409)
    return answer(200, put(body))
  }
  return {
    holder: () => stored?.spec.holderIdentity,
    transitions: () => stored?.spec.leaseTransitions,
    hang: (identity: string) => void hanging.add(identity),
    heal: (identity: string) => void hanging.delete(identity),
    clientOf: (identity: string) => ({
      request: (request: ApiRequest): Promise<ApiAnswer> =>
        hanging.has(identity)
          ? new Promise((_, reject) =>
              clock.after(request.timeoutMs ?? 30_000, () => reject(new Error('no answer in time'))),
            )
          : Promise.resolve(ask(request)),
    }),
  }
}

function setUp() {
  const clock = handClock()
  const server = leaseServer(clock)
  const replica = (identity: string) => {
    const changes: boolean[] = []
    const ending = new AbortController()
    const lease = new Lease({
      client: server.clientOf(identity),
      clock,
      wallClock: () => clock.now(),
      namespace: 'sidenet-system',
      name: 'sidenet',
      identity,
      onChange: (leads) => changes.push(leads),
      report: () => undefined,
    })
    const keeping = lease.keep(ending.signal)
    return {
      lease,
      changes,
      end: async () => {
        ending.abort()
        await keeping
        await lease.release()
      },
    }
  }
  return { clock, server, replica }
}

describe('the Lease', () => {
  it('is held by the first and by it alone for as long as it renews', async () => {
    const { clock, server, replica } = setUp()
    const a = replica('a')
    await clock.settled()
    const b = replica('b')
    await clock.turn(120_000)
    expect([a.lease.mayWrite, b.lease.mayWrite, server.holder()]).toEqual([true, false, 'a'])
    expect([a.changes, b.changes]).toEqual([[true], []])
  })

  it('goes over at once when the holder ends in order', async () => {
    const { clock, server, replica } = setUp()
    const a = replica('a')
    await clock.settled()
    const b = replica('b')
    await clock.turn(10_000)
    await a.end()
    expect([a.changes, server.holder()]).toEqual([[true, false], ''])
    await clock.turn(2_000)
    expect([b.lease.mayWrite, server.holder(), server.transitions()]).toEqual([true, 'b', 1])
  })

  it('is never held by two: who cannot renew stops before another may begin', async () => {
    const { clock, server, replica } = setUp()
    const a = replica('a')
    await clock.settled()
    const b = replica('b')
    await clock.turn(10_000)
    server.hang('a')
    let [stopped, began] = [0, 0]
    for (let passed = 0; passed < 40_000; passed += 100) {
      await clock.turn(100)
      expect([a.lease.mayWrite, b.lease.mayWrite]).not.toEqual([true, true])
      if (!a.lease.mayWrite) stopped ||= passed
      if (b.lease.mayWrite) began ||= passed
    }
    expect(stopped).toBeGreaterThan(7_000)
    expect(stopped).toBeLessThanOrEqual(10_000)
    expect(began).toBeGreaterThan(stopped)
    expect(a.changes).toEqual([true, false])
    server.heal('a')
    await clock.turn(20_000)
    expect([a.lease.mayWrite, b.lease.mayWrite]).toEqual([false, true])
  })
})
