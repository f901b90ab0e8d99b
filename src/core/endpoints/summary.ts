// What is there to tell of a Service's Pods: counts, the Pods left out and why, each Pod's verdict, and warnings.
// Never decides anything: that is done by then.

import type { Reason } from '../names.ts'
import { writtenFamily, type IPFamily } from '../networks/address.ts'
import type { ObjectKey } from '../object-key.ts'
import type { PodOutcome } from './endpoint.ts'
import { podKey } from './pod-facts.ts'
import type { LeftOut } from './publishable.ts'

/** Pods left out for one reason. */
export interface Skipped {
  readonly reason: Reason
  readonly count: number
  readonly example: ObjectKey
}

/** What somebody should know, as one sentence; `count` says how many Pods or slices are concerned. */
export interface Note {
  readonly reason: LeftOut['reason']
  readonly message: string
  readonly count: number
}

export type PodVerdict = { readonly pod: ObjectKey } & (
  | {
      readonly reason: 'EndpointsPublished'
      readonly addresses: readonly string[]
      readonly ready: boolean
      /** Its addresses that are not published. */
      readonly leftOut: readonly LeftOut[]
    }
  /** Its message is a clause about the Pod. */
  | LeftOut
)

export interface ServiceSummary {
  /** In Pods: published and ready, published at all, and left out. */
  readonly counts: { readonly ready: number; readonly total: number; readonly skipped: number }
  /** Sorted by reason. */
  readonly skipped: readonly Skipped[]
  /** Every selected Pod, sorted by name. */
  readonly perPod: readonly PodVerdict[]
  readonly notes: readonly Note[]
  /** The families in which Pods have addresses of their own on the network, listed by the Service or not. */
  readonly familiesSeen: readonly IPFamily[]
  /** Every address that might be published, also those that are another Pod's for now; sorted. */
  readonly addresses: readonly string[]
  /** A Pod waits for its Node: worth another look later, should no event tell of it. */
  readonly again: boolean
}

export function summarise(outcomes: readonly PodOutcome[], notes: readonly Note[]): ServiceSummary {
  const skipped = outcomes.filter(({ leftOut }) => leftOut !== undefined)
  const published = outcomes.filter(({ leftOut }) => leftOut === undefined)
  return {
    counts: {
      ready: published.filter(isReady).length,
      total: published.length,
      skipped: skipped.length,
    },
    skipped: skippedByReason(skipped),
    perPod: outcomes.map(verdict),
    notes: [...notes, ...duplicates(published), ...warnings(outcomes)],
    familiesSeen: FAMILIES.filter((family) =>
      outcomes.some(({ sound }) => sound.some((address) => writtenFamily(address) === family)),
    ),
    addresses: [...new Set(outcomes.flatMap(({ considered }) => considered))].sort(),
    again: skipped.some(({ leftOut }) => leftOut?.reason === 'NodeUnknown'),
  }
}

const FAMILIES = ['IPv4', 'IPv6'] as const

function isReady({ endpoints }: PodOutcome): boolean {
  return endpoints.some(({ conditions }) => conditions?.ready === true)
}

function verdict(outcome: PodOutcome): PodVerdict {
  const { endpoints, leftOut, problems } = outcome
  const pod = podKey(outcome.pod)
  if (leftOut) return { pod, ...leftOut }
  const addresses = endpoints.flatMap((endpoint) => endpoint.addresses)
  return { pod, reason: 'EndpointsPublished', addresses, ready: isReady(outcome), leftOut: problems }
}

function skippedByReason(outcomes: readonly PodOutcome[]): readonly Skipped[] {
  const byReason = Map.groupBy(outcomes, ({ leftOut }) => leftOut?.reason)
  const entries = [...byReason].flatMap(([reason, [first, ...more]]) =>
    reason && first ? [{ reason, count: more.length + 1, example: podKey(first.pod) }] : [],
  )
  return entries.sort((a, b) => (a.reason < b.reason ? -1 : 1))
}

/** Overlapping address pools: both Pods are published, and only one of them is reached. */
function duplicates(published: readonly PodOutcome[]): readonly Note[] {
  const claims = published.flatMap(({ pod, endpoints }) =>
    endpoints.flatMap(({ addresses: [address = ''] }) => ({ address, pod: podKey(pod) })),
  )
  const shared = [...Map.groupBy(claims, ({ address }) => address)].filter(([, pods]) => pods.length > 1)
  const [first] = shared.sort(([a], [b]) => (a < b ? -1 : 1))
  if (first === undefined) return []
  const [address, pods] = first
  const names = pods.map(({ pod }) => pod)
  const who = `${names.slice(0, 2).join(' and ')}${andMore(names.length - 1)}`
  const message = `${address} is the address of ${who}${andMore(shared.length)}`
  return [{ reason: 'AddressDuplicate', message, count: shared.length }]
}

/** Reasons that somebody must act on. The others pass by themselves or are as somebody wanted them. */
const WARNED_ABOUT: ReadonlySet<Reason> = new Set(['NetworkStatusUnreadable', 'NetworkStatusNotBelieved'])

function warnings(outcomes: readonly PodOutcome[]): readonly Note[] {
  const all = outcomes.flatMap(({ pod, leftOut, problems }) => {
    const ofPod = leftOut && WARNED_ABOUT.has(leftOut.reason) ? [leftOut] : []
    return [...ofPod, ...problems].map((problem) => ({ pod: podKey(pod), ...problem }))
  })
  const byReason = [...Map.groupBy(all, ({ reason }) => reason)].sort(([a], [b]) => (a < b ? -1 : 1))
  return byReason.flatMap(([reason, [first, ...more]]) => {
    if (first === undefined) return []
    const message = `Pod ${first.pod}: ${first.message}${andMore(more.length + 1)}`
    return { reason, message, count: more.length + 1 }
  })
}

function andMore(count: number): string {
  return count > 1 ? ` (and ${count - 1} more)` : ''
}
