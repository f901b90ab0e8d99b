// Where do time and waiting come from? From the outside: everything here takes a Clock as an argument.
// Never tells the time of day.

export interface Clock {
  /** Milliseconds on a clock that never goes back; only differences mean something. */
  now(): number
  /** Runs once, that many milliseconds from now. The answer cancels it. */
  after(milliseconds: number, run: () => void): () => void
}

export const systemClock: Clock = {
  now: () => performance.now(),
  after(milliseconds, run) {
    const timer = setTimeout(run, milliseconds)
    return () => clearTimeout(timer)
  },
}

/** Resolves after that many milliseconds, or as soon as the signal says so; never rejects. */
export function pause(clock: Clock, milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal?.aborted) return resolve()
    const done = () => {
      cancel()
      signal?.removeEventListener('abort', done)
      resolve()
    }
    const cancel = clock.after(milliseconds, done)
    signal?.addEventListener('abort', done)
  })
}
