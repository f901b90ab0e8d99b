// Which Pods name this network, as of a moment proven fresh? Answers from the index or from a live list.
// Never proves the moment itself (freshness.ts does) and never judges whether a Pod counts.

import type { PodRecord } from '../core/networks/records.ts'
import type { Candidate, LiveList } from './live-lists.ts'
import type { Moment, Store } from './store.ts'

/** Everything it answers was true at one moment, or later, that was not before the question. */
export interface FreshLook {
  /** What proved it. */
  readonly source: 'index' | 'list'
  /** Everything up to this resourceVersion is known. */
  readonly version: string
  /** The Pods that the index files under this name; undefined: they could not be read in time after all. */
  podsNaming(name: string): Promise<readonly PodRecord[] | undefined>
  /** Every Pod there is a record of; undefined as above. */
  allPods(): Promise<readonly PodRecord[] | undefined>
}

/** The index itself, which was seen to have reached the moment. It can only have become fresher since. */
export function indexLook(store: Store<PodRecord>, { history, version }: Moment): FreshLook {
  const ifStill = <T>(answer: () => T): T | undefined =>
    store.moment.history === history ? answer() : undefined
  return {
    source: 'index',
    version,
    podsNaming: async (name) => ifStill(() => store.by(name)),
    allPods: async () => ifStill(() => [...store.records()]),
  }
}

/** Makes whole records of those that were read from metadata alone; undefined where that took too long. */
export type Complete = (
  candidates: readonly Candidate<PodRecord>[],
) => Promise<readonly PodRecord[] | undefined>

/** A list of metadata, which shows neither node nor host network: whoever is asked for is completed first. */
export function listLook(list: LiveList<PodRecord>, complete: Complete): FreshLook {
  return {
    source: 'list',
    version: list.version,
    podsNaming: (name) => complete(list.candidatesByName.get(name) ?? []),
    allPods: () => complete(list.candidates),
  }
}
