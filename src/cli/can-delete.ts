// `sidenet can-delete NAD`: the webhook's verdict and words, before anybody deletes. Calls the core and prints.

import type { Command } from 'commander'
import { addNadCommand } from './nad-question.ts'
import type { Decision } from '../core/admission/decision.ts'
import { protectNad } from '../core/admission/protect-nad.ts'
import { GROUP, VERSION } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'

const HELP = `
Examples:
  sidenet can-delete blue/macvlan-a
  sidenet can-delete macvlan-a -n blue -o json

Exit status: 0 yes, 1 no, 2 cannot tell, 64 wrong usage. Nothing is changed.`

/** Adds the command `can-delete`. */
export function addCanDelete(program: Command): void {
  const texts = {
    summary: 'would the deletion of a network be refused?',
    description: 'Says whether the deletion of a NAD would be allowed now, in the words of the webhook.',
    help: HELP,
  }
  addNadCommand(program, 'can-delete', texts, (nad, { facts }, output) => {
    const verdict = protectNad(facts)
    if (verdict.kind === 'unconfirmed' || verdict.reason === 'NetworkUseUnconfirmed') {
      throw new Error(`cannot tell whether ${nad} may be deleted`)
    }
    const text = output === 'json' ? asJson(nad, verdict) : asText(nad, verdict)
    return { text, status: verdict.kind === 'allow' ? 0 : 1 }
  })
}

function asText(nad: ObjectKey, decision: Decision): string {
  const warnings = decision.warnings.map((warning) => `Warning: ${warning}`)
  const answer =
    decision.kind === 'deny' ? `no: ${decision.message}` : `yes: ${nad} may be deleted (${decision.reason})`
  return [answer, ...warnings].join('\n')
}

function asJson(nad: ObjectKey, decision: Decision): string {
  const refusal = decision.kind === 'deny' ? { message: decision.message, causes: decision.causes } : {}
  const verdict = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'DeletionVerdict',
    networkAttachmentDefinition: nad,
    allowed: decision.kind === 'allow',
    reason: decision.reason,
    ...refusal,
    warnings: decision.warnings,
  }
  return JSON.stringify(verdict, undefined, 2)
}
