// Several ways lead to an answer: which is there first, and who tells the others to stop?
// Never leaves a timer or listener behind.

import { pause, type Clock } from './clock.ts'

/** What the promise brings, or undefined once the signal is given. */
export async function unless<T>(signal: AbortSignal, promise: Promise<T>): Promise<T | undefined> {
  if (signal.aborted) return undefined
  const aborted = Promise.withResolvers<undefined>()
  const onAbort = () => aborted.resolve(undefined)
  signal.addEventListener('abort', onAbort)
  try {
    return await Promise.race([promise, aborted.promise])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

/** Runs with a signal of its own, given when the outer one is and in any case at the end. */
export async function within<T>(outer: AbortSignal, run: (signal: AbortSignal) => Promise<T>): Promise<T> {
  const inner = new AbortController()
  const stop = () => inner.abort()
  if (outer.aborted) stop()
  outer.addEventListener('abort', stop)
  try {
    return await run(inner.signal)
  } finally {
    outer.removeEventListener('abort', stop)
    stop()
  }
}

/** Runs with a signal that is given at the deadline, a time on the clock, and in any case at the end. */
export async function untilDeadline<T>(
  clock: Clock,
  deadline: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const over = new AbortController()
  const cancel = clock.after(Math.max(0, deadline - clock.now()), () => over.abort())
  try {
    return await run(over.signal)
  } finally {
    cancel()
    over.abort()
  }
}

/** The first answer that is one; undefined when none of them had any. */
export async function firstDefined<T>(promises: readonly Promise<T | undefined>[]): Promise<T | undefined> {
  const found = Promise.withResolvers<T | undefined>()
  const all = promises.map(async (promise) => {
    const answer = await promise
    if (answer !== undefined) found.resolve(answer)
  })
  Promise.all(all).then(() => found.resolve(undefined), found.reject)
  return found.promise
}

type Way<T> = (signal: AbortSignal) => Promise<T | undefined>

/** Goes the first way, and the second too as soon as the first has failed or takes longer than `patienceMs`. */
export function hedged<T>(
  clock: Clock,
  patienceMs: number,
  outer: AbortSignal,
  [first, second]: readonly [Way<T>, Way<T>],
): Promise<T | undefined> {
  return within(outer, async (signal) => {
    const one = first(signal)
    const soon = await Promise.race([one, pause(clock, patienceMs, signal)])
    return soon ?? firstDefined([one, second(signal)])
  })
}
