// A clock that runs faster than ours, so that waits of seconds and minutes pass while a test looks on.
// Never skips anything: what is due is done in its order.

import type { Clock } from '../../src/cluster/clock.ts'

export const fastClock = (speed: number): Clock => ({
  now: () => performance.now() * speed,
  after: (milliseconds, run) => {
    const timer = setTimeout(run, milliseconds / speed)
    return () => clearTimeout(timer)
  },
})
