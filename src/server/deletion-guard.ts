// From an admission request to a decision: gather what is known, decide, and where that is not enough gather it
// fresh and decide again. No rule lives here, and nothing is written.

import type { Decides } from './admission-handler.ts'
import { allow, deny, recorded, type Decision } from '../core/admission/decision.ts'
import type { AdmissionRequest, UserInfo } from '../core/admission/review.ts'
import { judgeDeletion, type DeletionFacts } from '../core/admission/rules.ts'
import { subjectOf, type Subject } from '../core/admission/subject.ts'

export interface Limits {
  /** Milliseconds since 1970: no answer is of use after this. */
  readonly deadline: number
  readonly signal: AbortSignal
}

export interface GathersDeletionFacts {
  /** From the index: quick, its evidence `cached` or `alive`. */
  known(subject: Subject, caller: UserInfo, limits: Limits): Promise<DeletionFacts>
  /** From a look that began after this call: its evidence `fresh`, or `unavailable` where none came in time. */
  fresh(subject: Subject, caller: UserInfo, limits: Limits): Promise<DeletionFacts>
}

export function deletionGuard(cluster: GathersDeletionFacts): Decides {
  return async (request, limits) => recorded(await decide(cluster, request, limits))
}

async function decide(
  cluster: GathersDeletionFacts,
  request: AdmissionRequest,
  limits: Limits,
): Promise<Decision> {
  const subject = subjectOf(request)
  if (subject === 'not ours') return allow('NotGuarded')
  if (subject === 'no object') return noObject()
  const first = judgeDeletion(await cluster.known(subject, request.userInfo, limits))
  if (first.kind !== 'unconfirmed') return first
  return settled(judgeDeletion(await cluster.fresh(subject, request.userInfo, limits)))
}

/** Fresh facts are always enough; should they ever not be, a no is the safe answer. */
function settled(verdict: ReturnType<typeof judgeDeletion>): Decision {
  if (verdict.kind !== 'unconfirmed') return verdict
  return deny('NetworkUseUnconfirmed', 'could not confirm that nothing uses this object; try again', {
    again: true,
  })
}

function noObject(): Decision {
  const message =
    'the review holds no oldObject with its name (and Namespace), so it cannot be told what is to be deleted; Kubernetes sends it since 1.15'
  return deny('ReviewIncomplete', message)
}
