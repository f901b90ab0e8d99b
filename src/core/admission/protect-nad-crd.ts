// May the NAD's CustomResourceDefinition go? Deleting it deletes every NAD without asking admission
// (source: kubernetes apiextensions-apiserver, crd_finalizer.go). Answers only that.

import { decideDeletion, type Verdict } from './deletion-table.ts'
import type { NadCrdFacts } from './facts.ts'
import { holdersOf } from './holders.ts'
import { allUsers, describeObstacles, objectionOf, obstaclesAmong } from './many-nads.ts'
import { allowedBy, breakGlass } from './refusal.ts'
import { plural } from './wording.ts'
import { NAD } from '../names.ts'

export function protectNadCrd(facts: NadCrdFacts): Verdict {
  const { crd, nads, blockOn, visible, now } = facts
  const obstacles = obstaclesAmong(nads, (standing) => holdersOf(standing, blockOn))
  const list = describeObstacles(obstacles, visible, now)
  const harm = `Deleting CustomResourceDefinition ${NAD.crd} would delete ${plural(obstacles.length, NAD.kind)} unasked: ${list}`
  return decideDeletion({
    terminating: crd.terminating,
    guard: facts.guard,
    allowDeletion: crd.allowDeletion,
    objection: objectionOf(
      obstacles,
      `${harm}. Free them first, or ${breakGlass()} on the CustomResourceDefinition`,
      visible,
      now,
    ),
    evidence: facts.evidence,
    users: allUsers(obstacles),
    hurt: obstacles.length === 0 ? undefined : `${harm}. ${allowedBy(crd.allowDeletion ?? '')}`,
    unconfirmed: `could not confirm in time that nothing uses the networks that CustomResourceDefinition ${NAD.crd} would take along; nothing was changed, try again in a moment`,
    warnings: [],
  })
}
