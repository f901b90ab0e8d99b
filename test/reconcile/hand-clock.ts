// A clock that only moves when a test turns it. Never runs anything before its time.

import type { Clock } from '../../src/cluster/clock.ts'

export interface HandClock extends Clock {
  /** Moves on, running what is due in its order, and lets every promise settle in between. */
  readonly turn: (milliseconds: number) => Promise<void>
  readonly settled: () => Promise<void>
}

export function handClock(): HandClock {
  let now = 0
  const timers = new Set<{ readonly due: number; readonly run: () => void }>()
  const settled = async (): Promise<void> => {
    for (let round = 0; round < 20; round++) await Promise.resolve()
  }
  const next = (until: number) =>
    [...timers].filter(({ due }) => due <= until).sort((a, b) => a.due - b.due)[0]
  return {
    now: () => now,
    after(milliseconds, run) {
      const timer = { due: now + milliseconds, run }
      timers.add(timer)
      return () => timers.delete(timer)
    },
    settled,
    async turn(milliseconds) {
      const until = now + milliseconds
      for (let timer = next(until); timer; timer = next(until)) {
        timers.delete(timer)
        now = timer.due
        timer.run()
        await settled()
      }
      now = until
      await settled()
    },
  }
}
