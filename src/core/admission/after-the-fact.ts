// A network is going or gone although Pods use it: may it be put back, and who is told what?
// Never reads a cluster, never writes; the deletion table alone says what should not have happened.

import type { NadFacts } from './facts.ts'
import { holdersOf } from './holders.ts'
import { protectNad } from './protect-nad.ts'
import { NAMED, plural } from './wording.ts'
import { NAD, type Reason } from '../names.ts'
import type { NadCopy } from '../networks/kept-nad.ts'
import type { NadRecord } from '../networks/records.ts'
import type { NetworkUser } from '../networks/users.ts'
import type { ObjectKey } from '../object-key.ts'

/**
 * How it was noticed that a network is gone: `seen` as the deletion of its last known state; `unseen` between two lists,
 * so that its last state, and whether somebody broke the glass, is not known; `restored` by a list that is older than
 * what was known, which no deletion explains; `unserved` with its definition.
 */
export type Noticed = 'seen' | 'unseen' | 'restored' | 'unserved'

/** What to do about a network that is gone, and why not more. */
export type Return =
  | { readonly kind: 'possible'; readonly copy: NadCopy }
  | { readonly kind: 'impossible'; readonly because: string }

/** The facts are those of the moment at which it went, with evidence that is alive at the best. */
export function mayReturn(facts: NadFacts, noticed: Noticed, copy: NadCopy | undefined): Return {
  const { nad, namespace } = facts
  if (copy === undefined) return impossible('Sidenet only reports (serve --recover=report)')
  if (noticed === 'unserved')
    return impossible(`the definition of ${NAD.kind}s is gone with all of its objects`)
  if (noticed === 'unseen')
    return impossible('Sidenet was cut off when it went, so it cannot know whether somebody had allowed that')
  if (nad.terminating)
    return impossible('it had been waiting for its finalizers, so its deletion was decided before')
  if (namespace.terminating) return impossible(`Namespace ${nad.namespace} is being deleted`)
  if (nad.allowDeletion !== undefined) return impossible('its deletion was allowed by annotation')
  if (namespace.guard !== 'enforce')
    return impossible(`the guard of Namespace ${nad.namespace} is set to ${namespace.guard}`)
  if (holdersOf(facts, facts.blockOn).users.length === 0) return impossible('no Pod held it when it went')
  const verdict = protectNad({ ...facts, evidence: 'alive' })
  if (verdict.kind === 'deny') return { kind: 'possible', copy }
  return impossible('the guard would not have refused its deletion')
}

export function impossible(because: string): Return {
  return { kind: 'impossible', because }
}

/** What is wrong with a network now. */
export type Trouble =
  | { readonly kind: 'terminating'; readonly nad: NadRecord }
  | { readonly kind: 'vanished' }
  /** Nobody saw it go; perhaps it never was there. */
  | { readonly kind: 'missing' }

export interface Word {
  readonly user: NetworkUser
  readonly reason: Reason
  readonly message: string
}

/**
 * Whom to tell: the first few of those who do not know it yet. `aware` are the uids of Pods that were there when it was
 * told last.
 */
export function wordsTo(
  network: ObjectKey,
  trouble: Trouble,
  users: readonly NetworkUser[],
  aware: ReadonlySet<string>,
): readonly Word[] {
  const others = otherPods(users.length)
  return users
    .filter(({ uid }) => !aware.has(uid))
    .slice(0, NAMED)
    .map((user) => ({ user, ...wordFor(network, trouble, user, others) }))
}

/** The Pods that are told how the attempt to put it back ended. */
export function firstOf(users: readonly NetworkUser[]): readonly NetworkUser[] {
  return users.slice(0, NAMED)
}

export function describeStaysGone(network: ObjectKey, because: string): string {
  return `NetworkAttachmentDefinition ${network} was not put back: ${because}. Apply it again, or remove it from the Pod`
}

export function describeReturned(network: ObjectKey): string {
  return `NetworkAttachmentDefinition ${network} was put back with the spec, labels, annotations and owners that it had`
}

function wordFor(
  network: ObjectKey,
  trouble: Trouble,
  { fields }: NetworkUser,
  others: string,
): Omit<Word, 'user'> {
  const subject = `NetworkAttachmentDefinition ${network}, which this Pod${others} use${others === '' ? 's' : ''},`
  switch (trouble.kind) {
    case 'terminating':
      return {
        reason: 'NetworkTerminating',
        message: `${subject} is being deleted and only waits for its finalizers; without it the Pod cannot restart`,
      }
    case 'vanished':
      return {
        reason: 'NetworkVanished',
        message: `${subject} is gone; without it the Pod cannot restart`,
      }
    case 'missing':
      return fields.includes('network-status')
        ? {
            reason: 'NetworkVanished',
            message: `${subject} is gone; it went while no Sidenet was watching, so its spec is not known and it cannot be put back. Apply it again, or remove it from the Pod`,
          }
        : {
            reason: 'NetworkNotFound',
            message: `NetworkAttachmentDefinition ${network}, which this Pod names, does not exist; if it ever did, it went while no Sidenet was watching, so its spec is not known and it cannot be put back. Apply it, or correct its name in the Pod`,
          }
  }
}

/** The others are counted, never named: they may belong to somebody else. */
function otherPods(count: number): string {
  return count < 2 ? '' : ` and ${plural(count - 1, 'other Pod')}`
}
