// What can be seen of the cluster at one moment, and what that is worth: through the index, or by looking now.
// Has no rule: who counts as a user is decided in the core.

import type { Evidence } from '../core/admission/facts.ts'
import type { Subject } from '../core/admission/subject.ts'
import type { ObjectKey } from '../core/object-key.ts'
import type { NadRecord, NamespaceRecord, PodRecord, ReferrerRecord } from '../core/networks/records.ts'
import type { ReferrerKind } from '../core/settings.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { unreadableIn, type ClusterIndex, type Followed } from './cluster-index.ts'
import { nadsNow, namespacesNow, readNamespace, referrersNow, type LooksAtReferrers } from './live-reads.ts'

export interface Sight {
  readonly evidence: Evidence
  podsNaming(nad: ObjectKey): Promise<readonly PodRecord[]>
  namespace(name: string): Promise<NamespaceRecord | undefined>
  /** Those of one namespace, or all. */
  nads(namespace: string | undefined): readonly NadRecord[]
  referrers(nad: ObjectKey): readonly ReferrerRecord[]
  /** Pods with an annotation that cannot be read. */
  unreadable(namespace: string): Promise<readonly PodRecord[]>
}

/** A look that began after it was asked for; fulfilled by freshness.ts. Undefined: it did not get its answer in time. */
export interface PodLook {
  /** What proved it. */
  readonly source: string
  /** Those filed under this name: a network's key, or `unreadableIn` a namespace. */
  podsNaming(name: string): Promise<readonly PodRecord[] | undefined>
}

const NOT_ASKED: PodLook = { source: 'none', podsNaming: () => Promise.resolve([]) }

/** A fresh look ended without its answer. */
export class LookFailed extends Error {}

export interface SightParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  readonly index: ClusterIndex
  /** Undefined where no look succeeded before the deadline, on the clock. */
  readonly lookAtPods: (deadline: number) => Promise<PodLook | undefined>
  readonly lookAtReferrers: LooksAtReferrers
}

/** The index shows life when the API server was heard of a kind within this time. */
const LIFE_MS = 5_000

/**
 * What the index says; only a Namespace that it does not know, or has not heard of lately, is asked for. `promoted` are
 * the referrers that count. Its evidence is never `fresh`.
 */
export function throughIndex(
  { client, clock, index }: SightParts,
  subject: Subject,
  promoted: ReadonlySet<ReferrerKind>,
): Sight {
  const lives = ({ store }: Followed): boolean => clock.now() - store.lastLife < LIFE_MS
  const counting: readonly Followed[] = [index.pods, ...[...promoted].map((kind) => index.referrers[kind])]
  const asked = subject.kind === 'nad' ? counting : [...counting, index.nads]
  const evidence = asked.every(lives) ? 'alive' : 'cached'
  return {
    evidence,
    podsNaming: (nad) => Promise.resolve(index.pods.store.by(nad)),
    namespace: once(async (name) => {
      const known = index.namespaces.store.get(`/${name}`)
      if (known !== undefined && lives(index.namespaces)) return known
      // Then nothing is decided before a fresh look, and there may be many Namespaces.
      if (evidence === 'cached' && subject.kind !== 'nad') return known
      return (await readNamespace(client, name)) ?? known
    }),
    nads: (namespace) =>
      namespace === undefined ? [...index.nads.store.records()] : index.nads.store.by(namespace),
    referrers: (nad) => Object.values(index.referrers).flatMap(({ store }) => store.by(nad)),
    unreadable: (namespace) => Promise.resolve(index.pods.store.by(unreadableIn(namespace))),
  }
}

/** What was known last, where no look came in time: nobody is asked any more. */
export function lastKnown(parts: SightParts, subject: Subject, promoted: ReadonlySet<ReferrerKind>): Sight {
  return {
    ...throughIndex(parts, subject, promoted),
    evidence: 'unavailable',
    namespace: (name) => Promise.resolve(parts.index.namespaces.store.get(`/${name}`)),
  }
}

/** Asks for each name once, however many networks it holds. */
function once<T>(ask: (name: string) => Promise<T>): (name: string) => Promise<T> {
  const answers = new Map<string, Promise<T>>()
  return (name) => {
    const answer = answers.get(name) ?? ask(name)
    answers.set(name, answer)
    return answer
  }
}

/**
 * What is true now: every read begins after this call. Referrers are read live only where they count (`promoted`).
 * Undefined where something that the subject's verdict needs could not be read before the deadline.
 */
export async function lookNow(
  parts: SightParts,
  subject: Subject,
  promoted: ReadonlySet<ReferrerKind>,
  deadline: number,
): Promise<Sight | undefined> {
  const indexed = throughIndex(parts, subject, promoted)
  const nads = await nadsNow(parts.client, subject, deadline - parts.clock.now())
  if (nads === undefined) return undefined
  // Nothing to take along: then it does not matter who uses what.
  const needless = subject.kind !== 'nad' && nads.length === 0
  const [namespaces, look, referrers] = await Promise.all([
    namespacesNow(parts.client, subject, deadline - parts.clock.now()),
    needless ? NOT_ASKED : parts.lookAtPods(deadline),
    referrersNow(parts.lookAtReferrers, promoted, deadline),
  ])
  if (namespaces === undefined || look === undefined || referrers === undefined) return undefined
  return {
    evidence: 'fresh',
    podsNaming: async (nad) => {
      const pods = await look.podsNaming(nad)
      if (pods === undefined) throw new LookFailed(`the Pods that name ${nad} could not be read in time`)
      return pods
    },
    namespace: (name) => Promise.resolve(namespaces.get(name)),
    nads: () => nads,
    referrers: (nad) => [
      ...indexed.referrers(nad).filter(({ kind }) => !promoted.has(kind)),
      ...referrers.filter((referrer) => referrer.nads.includes(nad)),
    ],
    // Only warned about, for which the index is good enough where the look comes too late.
    unreadable: async (namespace) =>
      (await look.podsNaming(unreadableIn(namespace))) ?? indexed.unreadable(namespace),
  }
}
