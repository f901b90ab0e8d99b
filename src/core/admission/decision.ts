// What we answer to an admission request, as a value. Only the server's handler knows how it becomes bytes.

import type { Reason } from '../names.ts'

/** One machine-readable cause of a refusal; becomes an entry of the Status' `details.causes`. */
export interface Cause {
  readonly reason: Reason
  readonly message: string
  /** Path of the field that is wrong; empty where the refusal is not about a field. */
  readonly field: string
}

/** What every answer may carry: lines the caller's kubectl prints, and keys for the API server's audit log. */
interface Attached {
  readonly warnings: readonly string[]
  /** Short keys; the API server puts the webhook's name in front. */
  readonly audit: Readonly<Record<string, string>>
}

export interface Allow extends Attached {
  readonly kind: 'allow'
  readonly reason: Reason
}

export interface Deny extends Attached {
  readonly kind: 'deny'
  readonly reason: Reason
  /** One line for people: which object, what is wrong, what to do now. */
  readonly message: string
  readonly causes: readonly Cause[]
  /** The same request may pass in a moment: answered as 503 with Retry-After, so that kubectl tries again by itself. */
  readonly again: boolean
  /**
   * The object itself cannot work as it is written: answered as 422, of which kubectl prints the causes only, each
   * behind its field. Undefined for every other refusal.
   */
  readonly invalid: InvalidObject | undefined
}

export interface InvalidObject {
  readonly group: string
  readonly kind: string
  /** Empty where the API server has yet to make one up (`generateName`). */
  readonly name: string
}

/** One step of a JSON patch (RFC 6902); `path` is a JSON pointer. */
export type PatchOperation =
  | { readonly op: 'add' | 'replace'; readonly path: string; readonly value: JsonValue }
  | { readonly op: 'remove'; readonly path: string }

export type JsonValue =
  string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }

/** Allowed, and changed on the way: never empty, and applied to its own outcome it would be. */
export interface Patch extends Attached {
  readonly kind: 'patch'
  readonly reason: Reason
  readonly operations: readonly PatchOperation[]
}

export type Decision = Allow | Deny | Patch

type Extras = Partial<Attached>

export function allow(reason: Reason, { warnings = [], audit = {} }: Extras = {}): Allow {
  return { kind: 'allow', reason, warnings, audit }
}

export function deny(
  reason: Reason,
  message: string,
  {
    causes = [],
    again = false,
    warnings = [],
    audit = {},
  }: Extras & { causes?: readonly Cause[]; again?: boolean } = {},
): Deny {
  return { kind: 'deny', reason, message, causes, again, invalid: undefined, warnings, audit }
}

/** Refuses an object for what is wrong with its own fields, all of it at once. */
export function denyInvalid(
  reason: Reason,
  invalid: InvalidObject,
  message: string,
  { causes, warnings = [], audit = {} }: Extras & { causes: readonly Cause[] },
): Deny {
  return { kind: 'deny', reason, message, causes, again: false, invalid, warnings, audit }
}

export function patch(
  reason: Reason,
  operations: readonly PatchOperation[],
  { warnings = [], audit = {} }: Extras = {},
): Patch {
  return { kind: 'patch', reason, operations, warnings, audit }
}

/** Every answer says in the API server's audit log how it was decided. */
export function recorded(decision: Decision): Decision {
  return { ...decision, audit: { decision: decision.kind, reason: decision.reason, ...decision.audit } }
}

/** Where a namespace only warns, a refusal becomes an allow that says the same text as a warning. */
export function asWarning(decision: Decision): Decision {
  if (decision.kind !== 'deny') return decision
  return allow(decision.reason, { warnings: [decision.message, ...decision.warnings], audit: decision.audit })
}
