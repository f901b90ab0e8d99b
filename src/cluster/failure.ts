// What does it mean when the API server refuses to list or watch? Sorts refusals by what to do about them.
// Never decides when to try again.

import type { IncomingHttpHeaders } from 'node:http'
import { resourceName, type Kind } from './kinds.ts'
import { ApiUnreachable } from './unreachable.ts'

/**
 * - `expired`: what we knew is too old to go on from; list anew (410)
 * - `absent`: the kind is not served (404)
 * - `forbidden`: we may not (401, 403); somebody must give us the right
 * - `broken`: everything else; it may work in a moment
 */
export interface Failure {
  readonly kind: 'expired' | 'absent' | 'forbidden' | 'broken'
  /** For people: what was asked of which server and what it said. */
  readonly message: string
  /** How long the server wants to be left alone. */
  readonly retryAfterMs: number | undefined
}

export interface Refusal {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly said: unknown
}

/** `doing` is the verb as in RBAC, so that the message names the right that is missing. */
export function refused(
  doing: 'list' | 'watch' | 'get',
  kind: Kind,
  { status, headers, said }: Refusal,
): Failure {
  const message = `the API server refused to ${doing} ${resourceName(kind)}: ${textOf(said)} (${status})`
  return {
    kind: failureKind(status, kind),
    message,
    retryAfterMs: retryAfterOf(headers['retry-after'], said),
  }
}

/** No answer, or one that makes no sense. */
export function broken(message: string): Failure {
  return { kind: 'broken', message, retryAfterMs: undefined }
}

/** Throws again what is not a missing answer: that would be our own mistake. */
export function failureFrom(error: unknown): Failure {
  if (error instanceof ApiUnreachable) return broken(error.message)
  throw error
}

function failureKind(status: number, { custom }: Kind): Failure['kind'] {
  if (status === 410) return 'expired'
  if (status === 401 || status === 403) return 'forbidden'
  // A kind of Kubernetes' own is always there; where it seems not to be, something between us and the server lies.
  if (status === 404 && custom) return 'absent'
  return 'broken'
}

/** Nobody is sent away for longer than this: the deletion guard must see again soon. */
const LONGEST_RETRY_AFTER_MS = 60_000

/** The header in seconds (RFC 9110), or what the Status itself asks for. A date is not read: we know no time of day. */
function retryAfterOf(header: string | undefined, said: unknown): number | undefined {
  const seconds =
    header !== undefined && /^[0-9]{1,9}$/.test(header)
      ? Number(header)
      : field(field(said, 'details'), 'retryAfterSeconds')
  if (typeof seconds !== 'number' || !(seconds > 0)) return undefined
  return Math.min(seconds * 1000, LONGEST_RETRY_AFTER_MS)
}

function textOf(said: unknown): string {
  const text = typeof said === 'string' ? said : field(said, 'message')
  return typeof text === 'string' && text.trim() !== '' ? text.trim().slice(0, 500) : 'it gave no reason'
}

function field(value: unknown, name: string): unknown {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>)[name] : undefined
}
