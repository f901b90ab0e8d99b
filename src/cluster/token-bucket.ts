// May something costly be done once more? A store of tokens that fills slowly and empties fast.
// Never waits.

import type { Clock } from './clock.ts'

export interface TokenBucketOptions {
  readonly clock: Clock
  readonly capacity: number
  readonly perSecond: number
}

export class TokenBucket {
  readonly #options: TokenBucketOptions
  #tokens: number
  #filledAt: number

  constructor(options: TokenBucketOptions) {
    this.#options = options
    this.#tokens = options.capacity
    this.#filledAt = options.clock.now()
  }

  /** Takes the tokens if they are there. What costs more than the bucket holds costs the whole bucket. */
  take(count: number): boolean {
    this.#fill()
    const price = Math.min(count, this.#options.capacity)
    if (this.#tokens < price) return false
    this.#tokens -= price
    return true
  }

  #fill(): void {
    const { clock, capacity, perSecond } = this.#options
    const now = clock.now()
    this.#tokens = Math.min(capacity, this.#tokens + ((now - this.#filledAt) / 1000) * perSecond)
    this.#filledAt = now
  }
}
