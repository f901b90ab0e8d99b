// Keys are merged, delayed and retried; told by a clock that is turned by hand.

import { describe, expect, it } from '@jest/globals'
import { again, done, retry, type Outcome } from '../../src/reconcile/outcome.ts'
import { WorkQueue } from '../../src/reconcile/work-queue.ts'
import { handClock } from './hand-clock.ts'

interface Run {
  readonly key: string
  readonly at: number
  readonly end: (outcome: Outcome) => Promise<void>
}

function setUp(workers = 5) {
  const clock = handClock()
  const runs: Run[] = []
  const queue = new WorkQueue<string>({
    clock,
    workers,
    reconcile: (key) =>
      new Promise((resolve) => {
        runs.push({
          key,
          at: clock.now(),
          end: async (outcome) => {
            resolve(outcome)
            await clock.settled()
          },
        })
      }),
    report: () => undefined,
  })
  queue.open()
  const last = (): Run => {
    const run = runs.at(-1)
    if (!run) throw new Error('nothing was run')
    return run
  }
  return { clock, runs, queue, last }
}

describe('a key', () => {
  it('is worked on at once, by one worker at a time, and once more when it changed meanwhile', async () => {
    const { clock, runs, queue, last } = setUp()
    queue.add('blue/a')
    queue.add('blue/a')
    expect(runs.map(({ key }) => key)).toEqual(['blue/a'])
    queue.add('blue/a')
    queue.add('blue/a')
    expect(runs).toHaveLength(1)
    await last().end(done())
    expect(runs).toHaveLength(2)
    await last().end(done())
    await clock.turn(100_000)
    expect(runs).toHaveLength(2)
  })

  it('does not wait after a pass that wrote nothing, and waits a tenth of a second after one that wrote', async () => {
    const { clock, runs, queue, last } = setUp()
    queue.add('blue/a')
    await last().end(done(false))
    queue.add('blue/a')
    expect(runs).toHaveLength(2)
    await last().end(done(true))
    queue.add('blue/a')
    queue.add('blue/a')
    await clock.turn(99)
    expect(runs).toHaveLength(2)
    await clock.turn(1)
    expect(runs).toHaveLength(3)
  })

  it('is looked at ever more seldom, down to once a second, while every pass writes', async () => {
    const { clock, runs, queue, last } = setUp()
    queue.add('blue/a')
    await last().end(done(true))
    for (let at = 0; at < 10_000; at += 10) {
      queue.add('blue/a')
      const before = runs.length
      await clock.turn(10)
      if (runs.length > before) await last().end(done(true))
    }
    const times = runs.map((run) => run.at)
    const gaps = times.slice(1).map((time, index) => time - (times[index] ?? 0))
    expect(gaps.slice(0, 5)).toEqual([100, 200, 400, 800, 1_000])
    expect(Math.max(...gaps)).toBe(1_000)
    // After a rest it is quick again.
    await clock.turn(1_000)
    await last().end(done(false))
    await clock.turn(5_000)
    const before = runs.length
    queue.add('blue/a')
    expect(runs).toHaveLength(before + 1)
  })

  it('is tried again after a quarter of a second, then twice that, at last every thousand seconds', async () => {
    const { clock, runs, queue, last } = setUp()
    queue.add('blue/a')
    const waits: number[] = []
    for (let failures = 1; failures <= 14; failures++) {
      const from = clock.now()
      const count = runs.length
      await last().end(retry('it broke'))
      while (runs.length === count) await clock.turn(250)
      waits.push(clock.now() - from)
    }
    expect(waits.slice(0, 4)).toEqual([250, 500, 1_000, 2_000])
    expect(waits.at(-1)).toBe(1_000_000)
  })

  it('is looked at again when it asked for that, and a change comes before it', async () => {
    const { clock, runs, queue, last } = setUp()
    queue.add('blue/a')
    await last().end(again(10_000))
    await clock.turn(9_999)
    expect(runs).toHaveLength(1)
    queue.add('blue/a')
    expect(runs).toHaveLength(2)
    await last().end(again(500))
    await clock.turn(500)
    expect(runs).toHaveLength(3)
  })
})

describe('the queue', () => {
  it('works on as many keys at once as it has workers', async () => {
    const { runs, queue } = setUp(2)
    for (const key of ['a/1', 'a/2', 'a/3', 'a/4']) queue.add(key)
    expect([runs.length, queue.depth, queue.working]).toEqual([2, 2, 2])
    await runs[0]?.end(done())
    expect(runs.map(({ key }) => key)).toEqual(['a/1', 'a/2', 'a/3'])
  })

  it('ends what is under way when it closes, takes nothing while closed, and begins anew when opened', async () => {
    const { clock, runs, queue } = setUp(1)
    queue.add('a/1')
    queue.add('a/2')
    let closed = false
    const closing = queue.close().then(() => (closed = true))
    await clock.settled()
    expect(closed).toBe(false)
    await runs[0]?.end(again(5))
    await closing
    queue.add('a/3')
    await clock.turn(10_000)
    expect(runs).toHaveLength(1)
    queue.open()
    queue.add('a/1')
    expect(runs.map(({ key }) => key)).toEqual(['a/1', 'a/1'])
  })
})
