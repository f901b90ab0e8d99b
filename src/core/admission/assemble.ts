// Puts the facts of a deletion together from records, the same for every door: the index, a live look, a dump.
// Reads nothing itself.

import { guardOf, type NadFacts, type NadStanding, type NamespaceStanding } from './facts.ts'
import { objectKey } from '../object-key.ts'
import type { NadRecord, NamespaceRecord, PodRecord, ReferrerRecord } from '../networks/records.ts'
import { referrersOf, usersOf } from '../networks/users.ts'
import type { VerdictSettings } from '../settings.ts'

/** A Namespace that is not known has the cluster's default: a guard never goes off by accident. */
export function namespaceStanding(
  namespace: NamespaceRecord | undefined,
  settings: VerdictSettings,
): NamespaceStanding {
  return {
    terminating: namespace?.terminating ?? false,
    guard: guardOf(namespace?.guardLabel, settings),
    allowDeletion: namespace?.allowDeletion,
  }
}

/** Records that may speak about one NAD; those that do not name it are passed over. */
export interface Mentions {
  readonly pods: Iterable<PodRecord>
  readonly referrers: Iterable<ReferrerRecord>
}

export function nadStanding(
  nad: NadRecord,
  namespace: NamespaceRecord | undefined,
  { pods, referrers }: Mentions,
  settings: VerdictSettings,
): NadStanding {
  const key = objectKey(nad.namespace, nad.name)
  return {
    nad,
    namespace: namespaceStanding(namespace, settings),
    users: usersOf(key, pods, settings),
    referrers: referrersOf(key, referrers),
  }
}

/** Everything `protectNad` asks for, where the circumstances are given. */
export function nadFacts(
  standing: NadStanding,
  unreadable: Iterable<PodRecord>,
  circumstances: Pick<NadFacts, 'evidence' | 'visible' | 'now'>,
  settings: VerdictSettings,
): NadFacts {
  const here = [...unreadable].filter(
    (pod) => pod.namespace === standing.nad.namespace && pod.unreadable.length > 0 && !pod.finished,
  )
  return { ...standing, ...circumstances, blockOn: settings.blockOn, unreadable: here.sort(byName) }
}

/** The namespaces of everybody a verdict may mention, without those in `known`. */
export function foreignNamespaces(standings: readonly NadStanding[], known: string | undefined): Set<string> {
  const namespaces = new Set<string>()
  for (const { nad, users, referrers } of standings) {
    for (const { namespace } of [nad, ...users.users, ...users.requested, ...referrers])
      namespaces.add(namespace)
  }
  if (known !== undefined) namespaces.delete(known)
  return namespaces
}

/** By code units, so that every machine and locale sorts alike. */
function byName(a: PodRecord, b: PodRecord): number {
  return a.name < b.name ? -1 : 1
}
