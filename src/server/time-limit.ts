// How long does the caller wait, and until when must a decision stand? Read from the `timeout` of the request's query.
// Never measures time itself.

/** What the API server waits at most, and what is taken where a request names no time it can mean. */
const LONGEST_MS = 30_000
const DEFAULT_MS = 10_000

const UNITS: Readonly<Record<string, number>> = {
  ns: 1e-6,
  us: 1e-3,
  µs: 1e-3,
  μs: 1e-3,
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
}
const DURATION = /^(?:(?:\d{1,9}(?:\.\d{0,9})?|\.\d{1,9})(?:ns|us|µs|μs|ms|s|m|h))+$/
const PART = /(\d+\.?\d*|\.\d+)(ns|us|µs|μs|ms|s|m|h)/g

/** Milliseconds of a positive Go duration such as `10s`, `1m30s` or `1.5s`; undefined for anything else. */
export function readDuration(text: string): number | undefined {
  if (text.length > 64 || !DURATION.test(text)) return undefined
  let milliseconds = 0
  for (const [, amount, unit] of text.matchAll(PART))
    milliseconds += Number(amount) * (UNITS[unit ?? ''] ?? 0)
  return milliseconds > 0 ? milliseconds : undefined
}

export interface TimeLimit {
  /** Epoch milliseconds: until then whoever decides has to answer. */
  readonly decideBy: number
  /** Epoch milliseconds: then we answer ourselves, so that the caller still hears it. */
  readonly answerBy: number
}

/**
 * Splits the caller's patience. A fifth of it, at least 250 ms, is kept for the way back; half where so little is
 * given that 250 ms would leave nothing.
 */
export function timeLimit(arrivedAt: number, timeout: string | null): TimeLimit {
  const patience = Math.min(readDuration(timeout ?? '') ?? DEFAULT_MS, LONGEST_MS)
  const wayBack = Math.min(Math.max(patience / 5, 250), patience / 2)
  const decideBy = arrivedAt + patience - wayBack
  return { decideBy, answerBy: decideBy + wayBack / 5 }
}
