// May ours go, now that nobody asks for the network any more? Only once the built-in controllers' slices hold what
// they can of it, so that no client finds the Service empty. Never waits: whoever asks says when it is too late.

import { MANAGED_BY } from '../names.ts'
import { writtenFamily } from '../networks/address.ts'
import type { ObjectKey } from '../object-key.ts'
import { managedBy, type EndpointSlice } from './endpoint-slice.ts'
import type { ServiceFacts } from './facts.ts'
import { podKey, type EndpointPod } from './pod-facts.ts'
import { selects } from './selector.ts'
import type { Note } from './summary.ts'

/** Why ours must stay for now, as a clause; undefined where they may go. */
export function whyNotReleased(facts: ServiceFacts, ours: readonly EndpointSlice[]): string | undefined {
  if (facts.wish.kind !== 'release' || facts.wish.overdue) return undefined
  if (facts.builtIns === 'no selector' || ours.every(({ endpoints }) => endpoints.length === 0))
    return undefined
  if (facts.builtIns === 'kept out') return 'its own selector has not been put back yet'
  const [first, ...more] = notTakenOver(facts, ours)
  if (first === undefined) return undefined
  const rest = more.length > 0 ? ` and ${more.length} more Pods` : ''
  return `the built-in controllers' slices do not hold ${first}${rest} yet`
}

/**
 * The published Pods that the built-in slices lack, of those that can be there: still selected, not finished, on a
 * Node that exists, with a first address of a family that the Service lists.
 */
function notTakenOver(facts: ServiceFacts, ours: readonly EndpointSlice[]): readonly ObjectKey[] {
  const builtIn = facts.slices.filter((slice) => managedBy(slice) === MANAGED_BY.builtIn)
  const published = podUids(ours)
  const held = facts.service.families.map((family) => ({
    family,
    uids: podUids(builtIn.filter(({ addressType }) => addressType === family)),
  }))
  const isMissing = (pod: EndpointPod): boolean =>
    held.some(({ family, uids }) => !uids.has(pod.uid) && hasFirstAddress(pod, family))
  const candidates = facts.pods.filter((pod) => published.has(pod.uid) && canBeThere(pod, facts))
  return candidates.filter(isMissing).map(podKey).sort()
}

function canBeThere(pod: EndpointPod, { service, selector, zonesByNode }: ServiceFacts): boolean {
  const onNode = service.publishNotReadyAddresses || zonesByNode.has(pod.nodeName ?? '')
  return pod.namespace === service.namespace && selects(selector, pod.labels) && !pod.finished && onNode
}

function hasFirstAddress({ firstAddresses }: EndpointPod, family: string): boolean {
  return firstAddresses.some((address) => writtenFamily(address) === family)
}

function podUids(slices: readonly EndpointSlice[]): ReadonlySet<string> {
  return new Set(
    slices.flatMap(({ endpoints }) => endpoints.flatMap(({ targetRef }) => targetRef?.uid ?? [])),
  )
}

export function releasePending({ service }: ServiceFacts, why: string): Note {
  const message = `Service ${service.namespace}/${service.name} keeps its endpoints on the network for now: ${why}`
  return { reason: 'ReleasePending', message, count: 1 }
}
