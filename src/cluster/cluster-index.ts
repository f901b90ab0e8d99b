// What do we know of the cluster? One store and one reflector for every kind that a verdict may ask about.
// Has no rule: what is remembered of an object is said by the projections of the core.

import { namespaceRecord } from '../core/networks/namespace-record.ts'
import { keptNad, type KnownNad } from '../core/networks/kept-nad.ts'
import { nadRecord } from '../core/networks/nad-record.ts'
import { podRecord } from '../core/networks/pod-record.ts'
import { pool } from '../core/endpoints/pool.ts'
import type { NamespaceRecord, PodRecord, ReferrerRecord } from '../core/networks/records.ts'
import { referrerRecord } from '../core/networks/referrer-record.ts'
import type { ReferrerKind } from '../core/settings.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { KINDS, resourceName, type Kind } from './kinds.ts'
import { endpointNames, knownPod, type KnownPod } from './known-pod.ts'
import type { Log } from './log.ts'
import type { Project } from './projection.ts'
import { Reflector } from './reflector.ts'
import { REFERRERS } from './referrers.ts'
import { Store } from './store.ts'

export interface IndexParts {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  /** Where a bare name in `v1.multus-cni.io/default-network` points; read anew for every object. */
  readonly multusNamespace: () => string
  /** Whether Pods are remembered for EndpointSlices too, which takes several times the memory. */
  readonly forEndpoints?: boolean
  /** Whether NADs are remembered whole, so that they can be put back. */
  readonly keepNads?: boolean
}

/** One kind as the index keeps it. */
export interface Indexed<T> {
  readonly kind: Kind
  readonly store: Store<T>
  readonly reflector: Reflector<T>
  readonly project: Project<T>
}

/** What starting, readiness and metrics need of any kind. */
export interface Followed {
  readonly kind: Kind
  readonly store: Pick<Store<unknown>, 'filled' | 'size' | 'lastLife'>
  readonly reflector: Pick<Reflector<unknown>, 'start' | 'stop' | 'relist' | 'state'>
}

export interface ClusterIndex {
  readonly pods: Indexed<KnownPod>
  readonly nads: Indexed<KnownNad>
  readonly namespaces: Indexed<NamespaceRecord>
  readonly referrers: Readonly<Record<ReferrerKind, Indexed<ReferrerRecord>>>
  readonly all: readonly Followed[]
}

/** Files Pods by the networks they name, and those with an unreadable annotation by their namespace. */
export function podIndex({ namespace, uses, unreadable }: PodRecord): string[] {
  const networks = new Set<string>(uses.map(({ nad }) => nad))
  return unreadable.length === 0 ? [...networks] : [...networks, unreadableIn(namespace)]
}

/** No network can be called so: its name would be empty. */
export function unreadableIn(namespace: string): string {
  return `${namespace}/`
}

export function clusterIndex(parts: IndexParts): ClusterIndex {
  const { multusNamespace } = parts
  const pods = indexedPods(parts)
  const nads = indexedNads(parts)
  const namespaces = indexed(parts, KINDS.namespace, namespaceRecord)
  const entries = REFERRERS.map(
    ({ kind, served }) =>
      [
        kind,
        indexed(
          parts,
          served,
          (object) => referrerRecord(kind, object, multusNamespace()),
          ({ nads }) => nads,
        ),
      ] as const,
  )
  const referrers = Object.fromEntries(entries) as ClusterIndex['referrers']
  return { pods, nads, namespaces, referrers, all: [pods, nads, namespaces, ...Object.values(referrers)] }
}

/** `project` is the guard's, also where more is remembered: a live look asks for no more than that. */
function indexedPods(parts: IndexParts): Indexed<KnownPod> {
  const { multusNamespace, forEndpoints = false } = parts
  const project: Project<KnownPod> = (pod) => podRecord(pod, multusNamespace())
  if (!forEndpoints) return indexed(parts, KINDS.pod, project, podIndex)
  const shared = pool()
  const all = indexed<KnownPod>(
    parts,
    KINDS.pod,
    (pod) => knownPod(pod, multusNamespace(), shared),
    (pod) => [...podIndex(pod), ...endpointNames(pod)],
  )
  return { ...all, project }
}

/** `project` is the guard's here too. */
function indexedNads(parts: IndexParts): Indexed<KnownNad> {
  const project: Project<KnownNad> = parts.keepNads ? keptNad : nadRecord
  return { ...indexed(parts, KINDS.nad, project, ({ namespace }) => [namespace]), project: nadRecord }
}

export function indexed<T>(
  parts: Omit<IndexParts, 'multusNamespace'>,
  kind: Kind,
  project: Project<T>,
  indexBy: (record: T) => readonly string[] = () => [],
): Indexed<T> {
  const store = new Store<T>(indexBy)
  return { kind, store, project, reflector: new Reflector({ ...parts, kind, store, project }) }
}

/** How many Pods have an annotation that cannot be read; those that have ended ask for nothing any more. */
export function unreadablePods({ pods }: ClusterIndex): number {
  let count = 0
  for (const { unreadable, finished } of pods.store.records()) if (unreadable.length > 0 && !finished) count++
  return count
}

/** Why the index may not be asked yet, as one sentence; undefined once it holds everything. */
export function whyNotFilled(index: { readonly all: readonly Followed[] }): string | undefined {
  const waiting = index.all.filter(({ store }) => !store.filled)
  if (waiting.length === 0) return undefined
  const error = waiting.map(({ reflector }) => reflector.state.lastError).find((error) => error !== undefined)
  const kinds = waiting.map(({ kind }) => resourceName(kind)).join(', ')
  return `reading ${kinds}${error === undefined ? '' : `: ${error}`}`
}
