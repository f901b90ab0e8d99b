import { describe, expect, it } from '@jest/globals'
import { InTurn, waitFor } from '../../src/cluster/shared-run.ts'

/** Runs that end when the test says so. */
function runs() {
  const begun: { readonly signal: AbortSignal; readonly end: (answer: string) => void }[] = []
  const turns = new InTurn<string>((signal) => {
    const { promise, resolve } = Promise.withResolvers<string>()
    begun.push({ signal, end: resolve })
    return promise
  })
  return { begun, turns }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('runs in turn', () => {
  it('serve a hundred with two: whoever comes while one is under way gets the next', async () => {
    const { begun, turns } = runs()
    const first = turns.join()
    const others = Array.from({ length: 99 }, () => turns.join())
    expect(begun).toHaveLength(1)
    begun[0]?.end('early')
    expect(await first.answer).toBe('early')
    await settled()
    expect(begun).toHaveLength(2)
    begun[1]?.end('late')
    expect(new Set(await Promise.all(others.map(({ answer }) => answer)))).toEqual(new Set(['late']))
  })

  it('never give anybody the answer of a run that began before he came', async () => {
    const { begun, turns } = runs()
    turns.join()
    turns.join()
    begun[0]?.end('first')
    await settled()
    // The second is under way by now, so this is for a third.
    const late = turns.join()
    begun[1]?.end('second')
    await settled()
    begun[2]?.end('third')
    expect(await late.answer).toBe('third')
  })

  it('are called off when the last of those who wait has left, and not before', () => {
    const { begun, turns } = runs()
    const one = turns.join()
    one.leave()
    expect(begun[0]?.signal.aborted).toBe(true)
    const [two, three] = [turns.join(), turns.join()]
    two.leave()
    two.leave()
    expect(begun).toHaveLength(1)
    begun[0]?.end('nobody hears')
    return settled().then(() => {
      expect(begun).toHaveLength(2)
      expect(begun[1]?.signal.aborted).toBe(false)
      three.leave()
      expect(begun[1]?.signal.aborted).toBe(true)
    })
  })

  it('do not begin for nobody', async () => {
    const { begun, turns } = runs()
    turns.join()
    turns.join().leave()
    begun[0]?.end('done')
    await settled()
    expect(begun).toHaveLength(1)
    turns.join()
    expect(begun).toHaveLength(2)
  })

  it('hand a failure to those who waited and go on with the next', async () => {
    let calls = 0
    const turns = new InTurn(async () => {
      calls++
      if (calls === 1) throw new Error('broken')
      return calls
    })
    await expect(turns.join().answer).rejects.toThrow('broken')
    await settled()
    expect(await turns.join().answer).toBe(2)
  })

  it('let go of whoever gives up waiting', async () => {
    const { begun, turns } = runs()
    const giveUp = new AbortController()
    const answer = waitFor(turns.join(), giveUp.signal)
    giveUp.abort()
    expect(await answer).toBeUndefined()
    expect(begun[0]?.signal.aborted).toBe(true)
  })
})
