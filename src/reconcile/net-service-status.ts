// What does a NetService's status say? Made of a plan and of what was found; written only where something changed.
// Never reads a clock: the time is given, and a condition keeps its own until it turns.

import type { ServicePlan } from '../core/endpoints/plan.ts'
import { REASONS, type Reason } from '../core/names.ts'
import { fieldAt, listAt, textAt } from '../core/networks/untrusted.ts'

export interface Verdict {
  readonly type: 'Accepted' | 'NetworkResolved' | 'EndpointsPublished'
  readonly holds: boolean
  readonly reason: Reason
  readonly message?: string
}

export interface StatusParts {
  readonly generation: number
  readonly verdicts: readonly Verdict[]
  /** Undefined where none could be made; the numbers of before then stay. */
  readonly plan: ServicePlan | undefined
  /** The status that is there. */
  readonly before: unknown
  /** As RFC 3339. */
  readonly now: string
}

/** The whole status; undefined where it is there already. */
export function statusOf({ generation, verdicts, plan, before, now }: StatusParts): object | undefined {
  const status = {
    observedGeneration: generation,
    ...(plan && { endpoints: endpointsOf(plan), skipped: plan.skipped }),
    conditions: verdicts.map((verdict) => condition(verdict, generation, before, now)),
  }
  return isThere(status, before) ? undefined : status
}

function endpointsOf({ counts }: ServicePlan) {
  return { ...counts, summary: `${counts.ready}/${counts.total}` }
}

function condition(
  { type, holds, reason, message = REASONS[reason] }: Verdict,
  observedGeneration: number,
  before: unknown,
  now: string,
) {
  const status = holds ? 'True' : 'False'
  const old = listAt(before, 'conditions').find((each) => textAt(each, 'type') === type)
  const turned = textAt(old, 'status') !== status
  const lastTransitionTime = (turned ? undefined : textAt(old, 'lastTransitionTime')) ?? now
  return { type, status, observedGeneration, lastTransitionTime, reason, message }
}

function isThere(status: object, before: unknown): boolean {
  return Object.entries(status).every(
    ([field, value]) => canonical(value) === canonical(fieldAt(before, field) ?? emptyLike(value)),
  )
}

function emptyLike(value: unknown): unknown {
  return Array.isArray(value) && value.length === 0 ? [] : undefined
}

/** The API server keeps no order of fields. */
function canonical(value: unknown): string | undefined {
  return JSON.stringify(value, (_, part: unknown) =>
    typeof part === 'object' && part !== null && !Array.isArray(part)
      ? Object.fromEntries(Object.entries(part).sort(([a], [b]) => (a < b ? -1 : 1)))
      : part,
  )
}

/** Published, or the first reason that stands against it. */
export function publishedVerdict(plan: ServicePlan, network: string): Verdict {
  const type = 'EndpointsPublished'
  const { total, ready, skipped } = plan.counts
  if (plan.state === 'publishing' && total > 0) {
    const left = skipped > 0 ? `; ${skipped} are left out` : ''
    const message = `Updated to use network ${network}: ${ready} of ${total} Pods with addresses there are ready${left}`
    return { type, holds: true, reason: 'EndpointsPublished', message }
  }
  const [note] = plan.notes
  if (plan.state !== 'publishing' && note)
    return { type, holds: false, reason: note.reason, message: note.message }
  const [pods] = plan.skipped
  if (!pods) return { type, holds: false, reason: 'NothingSelected', message: 'The selector matches no Pod.' }
  const message = `${pods.count} Pods, for example ${pods.example}: ${REASONS[pods.reason]}`
  return { type, holds: false, reason: pods.reason, message }
}
