import { eventually } from '../support/wait.ts'
import type { Clock } from '../../src/server/clock.ts'

/** Time that stands still until a test moves it. */
export class HandClock implements Clock {
  #now: number
  #timers: { at: number; action: () => void }[] = []

  constructor(now = Date.parse('2030-01-01T00:00:00Z')) {
    this.#now = now
  }

  get timers(): number {
    return this.#timers.length
  }

  now(): number {
    return this.#now
  }

  after(milliseconds: number, action: () => void): () => void {
    const timer = { at: this.#now + milliseconds, action }
    this.#timers.push(timer)
    return () => {
      this.#timers = this.#timers.filter((other) => other !== timer)
    }
  }

  /** Runs what falls due, in order, each at its own moment. */
  advance(milliseconds: number): void {
    const end = this.#now + milliseconds
    for (;;) {
      const [next] = this.#timers.filter(({ at }) => at <= end).sort((a, b) => a.at - b.at)
      if (!next) break
      this.#timers = this.#timers.filter((other) => other !== next)
      this.#now = Math.max(this.#now, next.at)
      next.action()
    }
    this.#now = end
  }
}

/** Resolves as soon as the condition holds. */
export async function until(condition: () => boolean): Promise<void> {
  await eventually(condition, { what: condition.toString(), interval: 2 })
}
