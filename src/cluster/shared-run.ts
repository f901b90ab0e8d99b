// How do many who ask the same question share one answer? Each gets one of a run that began after he came.
// Never runs what nobody waits for.

import { unless } from './racing.ts'

/** A place among those who wait. Whoever no longer cares leaves; when all have left, the run is called off. */
export interface Ticket<T> {
  readonly answer: Promise<T>
  readonly leave: () => void
}

/** The answer, unless the signal is given first: then the place is left. */
export async function waitFor<T>(ticket: Ticket<T>, signal: AbortSignal): Promise<T | undefined> {
  try {
    return await unless(signal, ticket.answer)
  } finally {
    ticket.leave()
  }
}

export type Run<T> = (signal: AbortSignal) => Promise<T>

/** One run and those who wait for it. */
export class SharedRun<T> {
  readonly #run: Run<T>
  readonly #callOff = new AbortController()
  readonly #settle: PromiseWithResolvers<T> = Promise.withResolvers()
  #waiting = 0

  constructor(run: Run<T>) {
    this.#run = run
    // Whoever waits hears of a rejection by himself.
    this.#settle.promise.catch(() => undefined)
  }

  get calledOff(): boolean {
    return this.#callOff.signal.aborted
  }

  join(): Ticket<T> {
    this.#waiting++
    let here = true
    const leave = () => {
      if (!here) return
      here = false
      if (--this.#waiting === 0) this.#callOff.abort()
    }
    return { answer: this.#settle.promise, leave }
  }

  /** Resolves when the run is over, whatever came of it. */
  async begin(): Promise<void> {
    try {
      this.#settle.resolve(await this.#run(this.#callOff.signal))
    } catch (error) {
      this.#settle.reject(error)
    }
  }
}

/** At most one run under way and one queued behind it. */
export class InTurn<T> {
  readonly #run: Run<T>
  #running: SharedRun<T> | undefined
  #queued: SharedRun<T> | undefined

  constructor(run: Run<T>) {
    this.#run = run
  }

  /** A place in the next run to begin, which is at once if none is under way. */
  join(): Ticket<T> {
    const queued =
      this.#queued === undefined || this.#queued.calledOff ? new SharedRun(this.#run) : this.#queued
    this.#queued = queued
    const ticket = queued.join()
    if (this.#running === undefined) void this.#beginQueued()
    return ticket
  }

  async #beginQueued(): Promise<void> {
    while (this.#queued !== undefined) {
      this.#running = this.#queued
      this.#queued = undefined
      if (!this.#running.calledOff) await this.#running.begin()
    }
    this.#running = undefined
  }
}
