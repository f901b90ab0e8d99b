// The one decision table of the guard: in which order do the facts speak when something is to be deleted?
// A NAD, the Namespace around it and the definition above it go through the same rows; only the words differ.

import { allow, asWarning, deny, type Cause, type Decision } from './decision.ts'
import type { Evidence } from './facts.ts'
import type { SideWarning } from './side-warnings.ts'
import { NAMED } from './wording.ts'
import type { Reason } from '../names.ts'
import type { NetworkUser } from '../networks/users.ts'
import type { GuardMode } from '../settings.ts'

/** What stands against a deletion, in words. */
export interface Objection {
  readonly reason: Reason
  readonly message: string
  readonly causes: readonly Cause[]
  /** True for what is written on the object itself; a holder known from a cache may be gone meanwhile. */
  readonly certain: boolean
}

export interface DeletionCase {
  /** A finalizer holds the object: its deletion was decided before. */
  readonly terminating: boolean
  readonly guard: GuardMode
  /** The reason somebody gave for breaking the glass, on the object itself. */
  readonly allowDeletion: string | undefined
  /** The same, given on the Namespace that takes the object along. */
  readonly allowedAround?: string | undefined
  readonly objection: Objection | undefined
  readonly evidence: Evidence
  readonly users: readonly NetworkUser[]
  /** Told when the glass is broken: who is hurt. */
  readonly hurt: string | undefined
  /** Told when no fresh look came in time. */
  readonly unconfirmed: string
  /** Told with every yes that was thought about. */
  readonly warnings: readonly SideWarning[]
}

/** The facts are too old to decide on: gather them fresh and ask again. */
export interface Unconfirmed {
  readonly kind: 'unconfirmed'
}

export type Verdict = Decision | Unconfirmed

/**
 * First row that fits. A row that rests on the object itself needs no evidence; a no needs an index that lives; a yes
 * that rests on any other object needs to have been seen just now. `unconfirmed` comes only for evidence that is `cached`
 * or `alive`.
 */
export function decideDeletion(deletion: DeletionCase): Verdict {
  const { decision, rests } = firstRow(deletion)
  const needs = rests === 'on others' ? (decision.kind === 'allow' ? 'fresh' : 'alive') : undefined
  if (needs === undefined || suffices(deletion.evidence, needs)) return decision
  return deletion.evidence === 'unavailable' ? unavailable(deletion) : { kind: 'unconfirmed' }
}

interface Row {
  readonly decision: Decision
  /** On what is written on the object that is to be deleted, or also on other objects. */
  readonly rests: 'on itself' | 'on others'
}

function firstRow(deletion: DeletionCase): Row {
  const { terminating, guard, allowDeletion, allowedAround, objection } = deletion
  if (terminating) return { decision: allow('AlreadyTerminating'), rests: 'on itself' }
  if (guard === 'off') return { decision: allow('GuardOff'), rests: 'on others' }
  if (allowDeletion !== undefined)
    return { decision: overridden(deletion, allowDeletion), rests: 'on itself' }
  if (allowedAround !== undefined)
    return { decision: overridden(deletion, allowedAround), rests: 'on others' }
  if (objection) return refusal(deletion, objection)
  return { decision: free(deletion), rests: 'on others' }
}

/** What only warns is a yes, and that it may only warn is written on another object. */
function refusal(deletion: DeletionCase, objection: Objection): Row {
  const decision = refused(deletion, objection)
  return { decision, rests: objection.certain && decision.kind === 'deny' ? 'on itself' : 'on others' }
}

function suffices(evidence: Evidence, needs: 'alive' | 'fresh'): boolean {
  return evidence === 'fresh' || evidence === needs
}

function free(deletion: DeletionCase): Decision {
  const warnings = deletion.warnings.map(({ message }) => message)
  return allow('NetworkFree', { warnings, audit: audited(deletion) })
}

function overridden(deletion: DeletionCase, reason: string): Decision {
  const hurt = deletion.hurt === undefined ? [] : [deletion.hurt]
  return allow('DeletionOverridden', {
    warnings: [...hurt, ...deletion.warnings.map(({ message }) => message)],
    audit: { ...audited(deletion), override: reason },
  })
}

function refused(deletion: DeletionCase, { reason, message, causes }: Objection): Decision {
  return guarded(deletion, deny(reason, message, { causes, audit: audited(deletion) }))
}

function unavailable(deletion: DeletionCase): Decision {
  const options = { again: true, audit: audited(deletion) }
  return guarded(deletion, deny('NetworkUseUnconfirmed', deletion.unconfirmed, options))
}

/** Where the guard only warns, the same text becomes a warning. */
function guarded({ guard }: DeletionCase, decision: Decision): Decision {
  return guard === 'warn' ? asWarning(decision) : decision
}

/** For the API server's audit log, which tenants do not read: everybody is named there. */
function audited({ evidence, users, warnings }: DeletionCase): Readonly<Record<string, string>> {
  const reasons = [...new Set(warnings.map(({ reason }) => reason))]
  const first = users.slice(0, NAMED).map(({ namespace, name }) => `${namespace}/${name}`)
  return {
    evidence,
    ...(reasons.length > 0 && { warned: reasons.join(',') }),
    ...(users.length > 0 && { users: first.join(','), 'users-total': String(users.length) }),
  }
}
