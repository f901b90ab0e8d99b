// How is an object refused for what is wrong with its own fields? Every problem at once, each a whole sentence behind
// its field. Never finds a problem itself.

import type { Reason } from '../names.ts'
import { describeProblem, type Problem } from '../problem.ts'
import { denyInvalid, type Cause, type Deny, type InvalidObject } from './decision.ts'

export function causesFor(reason: Reason, problems: readonly Problem[]): Cause[] {
  return problems.map(({ field, message }) => ({ reason, field, message }))
}

/** `subject` begins the sentence: `NetService blue/db`. The first cause gives the reason. */
export function refuseInvalid(
  subject: string,
  object: InvalidObject,
  causes: readonly [Cause, ...Cause[]],
  warnings: readonly string[] = [],
): Deny {
  const message = `${subject} cannot work as it is written: ${causes.map(describeProblem).join('; ')}`
  return denyInvalid(causes[0].reason, object, message, { causes, warnings })
}

/** What is wrong now and was not before: an old mistake does not keep anybody from changing something else. */
export function newProblems(now: readonly Problem[], before: readonly Problem[]): readonly Problem[] {
  return now.filter(
    ({ field, message }) => !before.some((old) => old.field === field && old.message === message),
  )
}
