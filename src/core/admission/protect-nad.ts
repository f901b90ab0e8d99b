// May this NetworkAttachmentDefinition go? Answers only that, from facts; never reads a cluster and never looks into
// `spec.config`: a NAD with broken JSON must stay deletable.

import { decideDeletion, type Objection, type Verdict } from './deletion-table.ts'
import type { NadFacts } from './facts.ts'
import { allowedAround, holdersOf, isHeld, type Holders } from './holders.ts'
import {
  allowedBy,
  causesOf,
  describeProtected,
  hurtBy,
  refusedInUse,
  refusedProtected,
  refusedUnconfirmed,
} from './refusal.ts'
import { sideWarnings } from './side-warnings.ts'
import { ANNOTATIONS } from '../names.ts'

export function protectNad(facts: NadFacts): Verdict {
  const { nad, namespace, evidence } = facts
  const holders = holdersOf(facts, facts.blockOn)
  return decideDeletion({
    terminating: nad.terminating,
    guard: namespace.guard,
    allowDeletion: nad.allowDeletion,
    allowedAround: allowedAround(namespace),
    objection: protection(facts) ?? use(facts, holders),
    evidence,
    users: holders.users,
    hurt: hurt(facts, holders),
    unconfirmed: refusedUnconfirmed(nad),
    warnings: sideWarnings(facts),
  })
}

/** Who loses something where the glass was broken, and who said that it may be. */
function hurt(facts: NadFacts, holders: Holders): string | undefined {
  const { nad, namespace } = facts
  const allowed =
    nad.allowDeletion === undefined
      ? allowedBy(namespace.allowDeletion ?? '', `Namespace ${nad.namespace}`)
      : allowedBy(nad.allowDeletion)
  if (isHeld(holders)) return `${hurtBy(facts, holders)}. ${allowed}`
  return protection(facts) && `${describeProtected(nad)}. ${allowed}`
}

/** In a namespace that is going, `protected` yields: else it would hang on a NAD without a single user. */
function protection({ nad, namespace }: NadFacts): Objection | undefined {
  if (nad.protected === undefined || namespace.terminating) return undefined
  const message = refusedProtected(nad)
  const field = `metadata.annotations[${ANNOTATIONS.protected}]`
  return {
    reason: 'NetworkProtected',
    message,
    causes: [{ reason: 'NetworkProtected', message, field }],
    certain: true,
  }
}

function use(facts: NadFacts, holders: Holders): Objection | undefined {
  if (!isHeld(holders)) return undefined
  const causes = causesOf(holders, facts.visible)
  return { reason: 'NetworkInUse', message: refusedInUse(facts, holders), causes, certain: false }
}
