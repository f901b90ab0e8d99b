// May this Namespace go? Its NADs go with it, unasked by their users in other namespaces. Answers only that.
// Refusing up front is kind: refused half-way, the Namespace would hang in Terminating.

import { decideDeletion, type Verdict } from './deletion-table.ts'
import type { NadStanding, NamespaceFacts } from './facts.ts'
import { outsideHoldersOf } from './holders.ts'
import { allUsers, describeObstacles, objectionOf, obstaclesAmong } from './many-nads.ts'
import { allowedBy, breakGlass } from './refusal.ts'

export function protectNamespace(facts: NamespaceFacts): Verdict {
  const { namespace, nads, blockOn, visible, now } = facts
  const obstacles = obstaclesAmong(nads.map(askedOnce), (standing) => outsideHoldersOf(standing, blockOn))
  const list = describeObstacles(obstacles, visible, now)
  const refusal = `Namespace ${namespace.name} holds networks that must not go with it: ${list}. Free them first, or ${breakGlass()} on the Namespace`
  const hurt = `Namespace ${namespace.name} takes networks along that must not go: ${list}`
  return decideDeletion({
    terminating: namespace.terminating,
    guard: facts.guard,
    allowDeletion: namespace.allowDeletion,
    objection: objectionOf(obstacles, refusal, visible, now),
    evidence: facts.evidence,
    users: allUsers(obstacles),
    hurt: obstacles.length === 0 ? undefined : `${hurt}. ${allowedBy(namespace.allowDeletion ?? '')}`,
    unconfirmed: `could not confirm in time that no other namespace uses the networks of Namespace ${namespace.name}; nothing was changed, try again in a moment`,
    warnings: [],
  })
}

/** The guard of the Namespace is that of its NADs: it is asked once, for the whole. */
function askedOnce(standing: NadStanding): NadStanding {
  return { ...standing, namespace: { terminating: false, guard: 'enforce', allowDeletion: undefined } }
}
