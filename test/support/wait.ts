// Waiting for something to become true. Never sleeps for luck: it looks again until it is so, or says what was not.

import { setTimeout as pause } from 'node:timers/promises'
import { inspect } from 'node:util'

export interface Waiting {
  /** What is waited for, as the end of "waited in vain until …". */
  readonly what: string
  /** Milliseconds; default 20,000. */
  readonly timeout?: number
  /** Milliseconds between two looks; default 50. */
  readonly interval?: number
  /** Says why it can never become true any more, which ends the wait at once. */
  readonly hopeless?: () => string | undefined
}

type Look<T> =
  { readonly kind: 'value'; readonly value: T } | { readonly kind: 'error'; readonly error: unknown }

/**
 * Looks until the condition answers something truthy, and gives that back. A condition that throws counts as
 * not yet true, so `expect` may be used inside. Throws with `what` and the last answer or error otherwise.
 */
export async function eventually<T>(
  condition: () => Promise<T> | T,
  waiting: Waiting,
): Promise<NonNullable<T>> {
  const { what, timeout = 20_000, interval = 50, hopeless } = waiting
  const deadline = performance.now() + timeout
  let last: Look<T> | undefined
  for (;;) {
    const look = await within(deadline - performance.now(), lookOnce(condition))
    if (look?.kind === 'value' && look.value) return look.value
    last = look ?? last
    const reason = hopeless?.()
    if (reason !== undefined) throw new Error(`waited in vain until ${what}: ${reason}`)
    if (performance.now() >= deadline)
      throw new Error(`waited ${timeout} ms in vain until ${what}; last: ${said(last)}`)
    await pause(interval)
  }
}

/** The answer, or `undefined` when it takes longer; leaves no timer behind. */
async function within<T>(milliseconds: number, answer: Promise<T>): Promise<T | undefined> {
  const answered = new AbortController()
  const tooLate = pause(Math.max(0, milliseconds), undefined, { signal: answered.signal }).catch(
    () => undefined,
  )
  return Promise.race([answer, tooLate]).finally(() => answered.abort())
}

async function lookOnce<T>(condition: () => Promise<T> | T): Promise<Look<T>> {
  try {
    return { kind: 'value', value: await condition() }
  } catch (error) {
    return { kind: 'error', error }
  }
}

function said<T>(look: Look<T> | undefined): string {
  if (look === undefined) return 'it did not answer'
  if (look.kind === 'value') return inspect(look.value, { depth: 6 })
  return look.error instanceof Error ? look.error.message : String(look.error)
}
