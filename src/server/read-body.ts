// What did the caller send? Collects a request's body within limits of size, time and of what all requests hold together.
// Never reads on once a limit is passed, and never looks at what the bytes mean.

import type { IncomingMessage } from 'node:http'

/** Two objects of 3 MiB and room for the rest. Source: controller-runtime, `pkg/webhook/admission/http.go`. */
export const LARGEST_BODY = 7 * 1024 * 1024

/** Bytes that all requests together may hold from the first byte received to the answer sent. */
const MOST_HELD = 32 * 1024 * 1024

export type Body =
  | { readonly kind: 'whole'; readonly bytes: Buffer }
  | { readonly kind: 'tooLarge' }
  | { readonly kind: 'tooMany' }
  | { readonly kind: 'tooSlow' }
  | { readonly kind: 'gone' }

/** Counts the bytes that requests hold, so that many at once cannot exhaust the memory. */
export class HeldBytes {
  #held = 0
  readonly #most: number

  constructor(most: number = MOST_HELD) {
    this.#most = most
  }

  get held(): number {
    return this.#held
  }

  /** Takes the bytes, or says no where that would be too many. */
  take(bytes: number): boolean {
    if (this.#held + bytes > this.#most) return false
    this.#held += bytes
    return true
  }

  giveBack(bytes: number): void {
    this.#held -= bytes
  }
}

/** True where the request announces more than we take; such a body need not even begin. */
export function announcesTooMuch(request: IncomingMessage): boolean {
  return Number(request.headers['content-length'] ?? 0) > LARGEST_BODY
}

/**
 * Collects the body until it is whole or a limit is passed. `whenLate` calls back when the time is up and returns
 * how to call that off. Bytes taken from `held` stay taken; `release` gives them back, once, whatever the outcome was.
 */
export function readBody(
  request: IncomingMessage,
  held: HeldBytes,
  whenLate: (tooLate: () => void) => () => void,
): { body: Promise<Body>; release: () => void } {
  const chunks: Buffer[] = []
  let size = 0
  const body = new Promise<Body>((resolve) => {
    const finish = (outcome: Body): void => {
      callOff()
      request.off('data', collect).off('end', whole).off('close', gone).off('error', gone)
      if (outcome.kind !== 'whole') request.pause()
      resolve(outcome)
    }
    const collect = (chunk: Buffer): void => {
      if (size + chunk.length > LARGEST_BODY) return finish({ kind: 'tooLarge' })
      if (!held.take(chunk.length)) return finish({ kind: 'tooMany' })
      size += chunk.length
      chunks.push(chunk)
    }
    const whole = (): void => finish({ kind: 'whole', bytes: Buffer.concat(chunks, size) })
    const gone = (): void => finish({ kind: 'gone' })
    const callOff = whenLate(() => finish({ kind: 'tooSlow' }))
    request.on('data', collect).on('end', whole).on('close', gone).on('error', gone)
  })
  const release = (): void => {
    held.giveBack(size)
    size = 0
    chunks.length = 0
  }
  return { body, release }
}
