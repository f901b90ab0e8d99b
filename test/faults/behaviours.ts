// The ways in which something between a client and an API server can go wrong, as values. Never does any of them.

import type { Gate } from './gate.ts'

/** What is sent instead of a line, and what becomes of the stream after it. */
export interface Alteration {
  readonly write: string
  readonly then?: 'go on' | 'end' | 'reset' | 'fall silent'
}

export type Behaviour =
  | { readonly kind: 'pass' }
  /** The connection is reset before anything is answered. */
  | { readonly kind: 'reset' }
  /** The request is taken and never answered. */
  | { readonly kind: 'silence' }
  | {
      readonly kind: 'answer'
      readonly status: number
      readonly headers: Readonly<Record<string, string>>
      readonly body: string
    }
  /** So many bytes of the answer's body, then a reset. */
  | { readonly kind: 'truncate'; readonly bytes: number }
  /** Lines of a watch are changed on their way: `first` before any, `line` for each (counted from 0). */
  | {
      readonly kind: 'lines'
      readonly first?: Alteration
      readonly line?: (line: string, index: number) => Alteration
    }
  /** Held at a gate: the request on its way there, the answer on its way back, or each line of it. */
  | { readonly kind: 'gate'; readonly gate: Gate; readonly at: 'request' | 'answer' | 'lines' }

const JSON_HEADERS = { 'content-type': 'application/json' }

export const pass = (): Behaviour => ({ kind: 'pass' })
export const reset = (): Behaviour => ({ kind: 'reset' })
export const silence = (): Behaviour => ({ kind: 'silence' })
export const truncate = (bytes: number): Behaviour => ({ kind: 'truncate', bytes })

/** Any answer; a body that is no text is sent as JSON. */
export function answer(
  status: number,
  { headers = JSON_HEADERS, body = '' }: { headers?: Readonly<Record<string, string>>; body?: unknown } = {},
): Behaviour {
  return { kind: 'answer', status, headers, body: typeof body === 'string' ? body : JSON.stringify(body) }
}

/** What kube-apiserver answers when it sheds load. */
export const tooManyRequests = (retryAfterSeconds: number): Behaviour =>
  answer(429, {
    headers: { ...JSON_HEADERS, 'retry-after': String(retryAfterSeconds) },
    body: failure(429, 'TooManyRequests', 'too many requests, please try again later'),
  })

export const internalError = (): Behaviour =>
  answer(500, { body: failure(500, 'InternalError', 'an error on the server') })

/** The resourceVersion asked for is compacted away: as an answer to the request itself … */
export const gone = (): Behaviour =>
  answer(410, { body: failure(410, 'Expired', 'too old resource version') })

/** … or as an ERROR event in a watch that was answered with 200, after which the server ends it. */
export const errorEvent = (
  status: object = failure(410, 'Expired', 'too old resource version'),
): Behaviour => ({
  kind: 'lines',
  first: { write: `${JSON.stringify({ type: 'ERROR', object: status })}\n`, then: 'end' },
})

/** Lines pass until the one with this index, of which only the first half comes; then the stream ends. */
export const halfLine = (index = 0): Behaviour => ({
  kind: 'lines',
  line: (line, at) =>
    at === index ? { write: line.slice(0, Math.ceil(line.length / 2)), then: 'end' } : { write: `${line}\n` },
})

/** A line that is no JSON comes before everything else; the stream goes on after it. */
export const garbage = (text = '{"type":"MODIFIED","object":{"metadata":'): Behaviour => ({
  kind: 'lines',
  first: { write: `${text}\n` },
})

export const heldAt = (gate: Gate, at: 'request' | 'answer' | 'lines' = 'lines'): Behaviour => ({
  kind: 'gate',
  gate,
  at,
})

/** A Status object as kube-apiserver writes it. */
export const failure = (code: number, reason: string, message: string): object => ({
  kind: 'Status',
  apiVersion: 'v1',
  metadata: {},
  status: 'Failure',
  message,
  reason,
  code,
})
