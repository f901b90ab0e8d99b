// Who stands against the deletion of one NAD, after its namespace and `blockOn` have had their say.
// Knows nothing of words: how holders are told to people is in refusal.ts.

import type { NadStanding, NamespaceStanding } from './facts.ts'
import type { ReferrerRecord } from '../networks/records.ts'
import type { NetworkUser } from '../networks/users.ts'
import type { ReferrerKind } from '../settings.ts'

export interface Holders {
  readonly users: readonly NetworkUser[]
  /** Workloads, NetServices and Services that `blockOn` counts. */
  readonly referrers: readonly ReferrerRecord[]
}

/** In a namespace that is going, only those outside of it count: the ones inside go with it. */
export function holdersOf(
  { nad, namespace, users, referrers }: NadStanding,
  blockOn: ReadonlySet<ReferrerKind>,
): Holders {
  const counts = (holder: { readonly namespace: string }): boolean =>
    !namespace.terminating || holder.namespace !== nad.namespace
  return {
    users: users.users.filter(counts),
    referrers: referrers.filter((referrer) => blockOn.has(referrer.kind) && counts(referrer)),
  }
}

/** The same, seen from a Namespace that somebody wants to delete: what is inside goes along. */
export function outsideHoldersOf(standing: NadStanding, blockOn: ReadonlySet<ReferrerKind>): Holders {
  return holdersOf({ ...standing, namespace: { ...standing.namespace, terminating: true } }, blockOn)
}

/**
 * Whoever broke the glass on a Namespace meant its NADs too: once it is going, the reason given there is theirs.
 * Else an allowed deletion would hang half-way.
 */
export function allowedAround({ terminating, allowDeletion }: NamespaceStanding): string | undefined {
  return terminating ? allowDeletion : undefined
}

export function isHeld({ users, referrers }: Holders): boolean {
  return users.length > 0 || referrers.length > 0
}
