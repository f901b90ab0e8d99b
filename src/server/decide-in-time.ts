// A decision, or none if there was no time for it. Waits for a turn, for the decision and for the end of the caller's patience.
// Never knows what is decided.

import type { Clock } from './clock.ts'
import type { TimeLimit } from './time-limit.ts'
import type { Turnstile } from './turnstile.ts'

/**
 * Undefined where the decision did not come until `answerBy`, where too many wait already, or where the caller left.
 * The signal handed to `decide` is aborted as soon as nobody waits for it.
 */
export async function decideInTime<T>(
  { turnstile, clock }: { readonly turnstile: Turnstile; readonly clock: Clock },
  callerGone: AbortSignal,
  { answerBy }: TimeLimit,
  decide: (signal: AbortSignal) => Promise<T>,
): Promise<T | undefined> {
  const over = new AbortController()
  const end = (): void => over.abort()
  callerGone.addEventListener('abort', end, { once: true })
  const callOff = clock.after(answerBy - clock.now(), end)
  const turn = turnstile.enter(over.signal) ?? Promise.resolve(false)
  try {
    const decision = turn.then((ours) => (ours ? decide(over.signal) : undefined))
    return await Promise.race([decision, whenAborted(over.signal)])
  } finally {
    callOff()
    callerGone.removeEventListener('abort', end)
    end()
    void turn.then((ours) => ours && turnstile.leave())
  }
}

function whenAborted(signal: AbortSignal): Promise<undefined> {
  return new Promise((resolve) => {
    if (signal.aborted) resolve(undefined)
    else signal.addEventListener('abort', () => resolve(undefined), { once: true })
  })
}
