// The time of day and its timers, for those parts that need to compare with the certificates' and callers' clocks.

import type { Clock } from '../server/clock.ts'

export const wallClock: Clock = {
  now: () => Date.now(),
  after(milliseconds, action) {
    const timer = setTimeout(action, milliseconds)
    return () => clearTimeout(timer)
  },
}
