// After a list or watch has ended: what next, and how soon? The whole of a reflector's judgement, as a pure table.
// Never waits and never asks anybody.

import { backOffMs } from './back-off.ts'
import type { Failure } from './failure.ts'
import type { WatchEnd } from './watch.ts'

/** - `probe`: ask for the present version and compare; a history that went back must be listed anew. */
export type Step = 'list' | 'probe' | 'watch'

export type StepEnd =
  | { readonly step: 'list'; readonly end: { readonly kind: 'listed' } | Failure }
  | {
      readonly step: 'probe'
      readonly end: { readonly kind: 'same-history' } | { readonly kind: 'other-history' } | Failure
    }
  | { readonly step: 'watch'; readonly end: WatchEnd; readonly lived: number; readonly advanced: boolean }

export interface Course {
  readonly next: Step
  /** Failures since a watch last lived for a while; only the back-off looks at it. */
  readonly failures: number
  /** Was a list tried since a watch last lived for a while? Then an expiry is no longer the way of the world. */
  readonly listed: boolean
  /** Watches in a row that ended unreadably without having brought anything. */
  readonly unreadable: number
  readonly waitMs: number
}

export const BEGINNING: Course = { next: 'list', failures: 0, listed: false, unreadable: 0, waitMs: 0 }

/** A watch that lived this long is a sign that things work; a shorter one, whatever it brought, is not. */
export const REAL_LIFE_MS = 5_000
/** How often an absent kind is looked for. */
const LOOK_AGAIN_MS = 30_000

export function nextStep(course: Course, ended: StepEnd, random: () => number): Course {
  switch (ended.step) {
    case 'list':
      if (ended.end.kind === 'listed') return { ...course, next: 'watch', listed: true, waitMs: 0 }
      return afterFailure({ ...course, next: 'list', listed: true }, ended.end, random)
    case 'probe':
      if (ended.end.kind === 'same-history') return { ...course, next: 'watch', waitMs: 0 }
      if (ended.end.kind === 'other-history') return { ...course, next: 'list', waitMs: 0 }
      return afterFailure({ ...course, next: 'probe' }, ended.end, random)
    case 'watch':
      return afterWatch(course, ended, random)
  }
}

function afterWatch(
  course: Course,
  { end, lived, advanced }: Extract<StepEnd, { step: 'watch' }>,
  random: () => number,
): Course {
  const alive = lived >= REAL_LIFE_MS
  const since = { ...course, unreadable: 0, ...(alive ? { failures: 0, listed: false } : {}) }
  switch (end.kind) {
    case 'ended':
      return alive ? { ...since, next: 'watch', waitMs: 0 } : later({ ...since, next: 'watch' }, random)
    case 'stalled':
      return later({ ...since, next: 'probe' }, random)
    case 'unreadable': {
      const unreadable = advanced ? 1 : course.unreadable + 1
      return later({ ...since, next: unreadable >= 2 ? 'list' : 'watch', unreadable }, random)
    }
    default:
      // The server may have come back with an older database, and would then stay silent until it has caught up.
      return afterFailure({ ...since, next: 'probe' }, end, random)
  }
}

function afterFailure(course: Course, { kind, retryAfterMs = 0 }: Failure, random: () => number): Course {
  switch (kind) {
    case 'expired':
      return course.listed
        ? later({ ...course, next: 'list' }, random)
        : { ...course, next: 'list', waitMs: 0 }
    case 'absent':
      return { ...BEGINNING, waitMs: LOOK_AGAIN_MS * (0.8 + random() * 0.4) }
    case 'forbidden':
    case 'broken': {
      const planned = later(course, random)
      return { ...planned, waitMs: Math.max(planned.waitMs, retryAfterMs * (1 + random() / 4)) }
    }
  }
}

function later(course: Course, random: () => number): Course {
  return { ...course, failures: course.failures + 1, waitMs: backOffMs(course.failures, random) }
}
