// When may a Service be poked, so that our webhook looks at it? Once for a reason, then ever more seldom.
// Never pokes itself.

import type { ObjectKey } from '../core/object-key.ts'

interface Poked {
  readonly why: string
  readonly at: number
  readonly times: number
}

/** The webhook may be away for a while; a poke costs a request and no write. */
const FIRST_MS = 5_000
const LONGEST_MS = 300_000

export class Pokes {
  readonly #now: () => number
  readonly #poked = new Map<ObjectKey, Poked>()

  constructor(now: () => number) {
    this.#now = now
  }

  /** 0: now. Otherwise after how many milliseconds. `why` says in which state of the Service there is a reason. */
  waitFor(key: ObjectKey, why: string): number {
    const poked = this.#poked.get(key)
    if (poked?.why !== why) return 0
    const pause = Math.min(FIRST_MS * 2 ** Math.min(poked.times - 1, 20), LONGEST_MS)
    return Math.max(0, poked.at + pause - this.#now())
  }

  note(key: ObjectKey, why: string): void {
    const poked = this.#poked.get(key)
    const times = poked?.why === why ? poked.times + 1 : 1
    this.#poked.set(key, { why, at: this.#now(), times })
  }

  forget(key: ObjectKey): void {
    this.#poked.delete(key)
  }
}
