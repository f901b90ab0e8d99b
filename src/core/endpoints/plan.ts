// The whole calculation for one Service: from what is known of it to the slices to write and what to tell its owner.
// Never reads, never writes, never knows in which dialect the Service was described.

import { besideOurs } from './beside.ts'
import { endpointsOf, type EndpointRules, type PodOutcome } from './endpoint.ts'
import { isOurs, isOwnedBy, type EndpointSlice } from './endpoint-slice.ts'
import type { ServiceFacts, Wish } from './facts.ts'
import { groupByPorts } from './groups.ts'
import { addressRange } from './address-range.ts'
import { releasePending, whyNotReleased } from './release.ts'
import { selects } from './selector.ts'
import { byName, NO_CHANGES, planSliceChanges, type EndpointGroup, type SliceChanges } from './slices.ts'
import { summarise, type Note, type ServiceSummary } from './summary.ts'

export interface ServicePlan extends ServiceSummary {
  /**
   * `publishing`: the slices hold, or will hold, what the Pods have. `held back`: nothing is published until the note
   * that says so is dealt with. `releasing`: ours stay until the built-in slices hold the same. `gone`: none is left.
   */
  readonly state: 'publishing' | 'held back' | 'releasing' | 'gone'
  readonly changes: SliceChanges
  /** What the slices will hold; nothing unless it is `publishing`. */
  readonly groups: readonly EndpointGroup[]
}

/** The same facts give the same plan, to the byte; a plan that was carried out gives one without changes. */
export function planSlices(facts: ServiceFacts): ServicePlan {
  const ours = facts.slices.filter(isOurs)
  const { wish } = facts
  if (wish.kind === 'publish') return planPublishing(facts, wish, ours)
  const owned = ours.filter((slice) => isOwnedBy(slice, facts.service.uid))
  const reason = facts.service.externalName ? undefined : whyNotReleased(facts, owned)
  if (reason === undefined)
    return { ...summarise([], []), state: 'gone', changes: removing(ours), groups: [] }
  return {
    ...summarise([], [releasePending(facts, reason)]),
    state: 'releasing',
    groups: [],
    changes: removing(notOwned(facts, ours)),
  }
}

function planPublishing(facts: ServiceFacts, wish: Publish, ours: readonly EndpointSlice[]): ServicePlan {
  if (facts.service.externalName)
    return { ...summarise([], []), state: 'gone', changes: removing(ours), groups: [] }
  const outcomes = outcomesOf(facts, wish)
  const published = ours.some((slice) => slice.endpoints.length > 0 && isOwnedBy(slice, facts.service.uid))
  const wanted = outcomes.flatMap(({ endpoints }) => endpoints)
  const notes = besideOurs(facts, wanted, published)
  const obstacle = published ? undefined : notes[0]
  if (obstacle) {
    const held = outcomes.map((outcome) => withheld(outcome, obstacle))
    const changes = removing(notOwned(facts, ours))
    return { ...summarise(held, notes), state: 'held back', changes, groups: [] }
  }
  const { service, maxPerSlice } = facts
  const groups = groupByPorts(service.ports, outcomes)
  const changes = planSliceChanges({ service, groups, existing: ours, maxPerSlice })
  return { ...summarise(outcomes, notes), state: 'publishing', changes, groups }
}

type Publish = Extract<Wish, { kind: 'publish' }>

/** Every selected Pod of the Service's namespace, sorted by name. */
function outcomesOf(facts: ServiceFacts, wish: Publish): readonly PodOutcome[] {
  const { service, selector, pods } = facts
  const rules: EndpointRules = {
    ...facts,
    attachment: wish.attachment,
    hostnames: wish.hostnames,
    families: service.families,
    serviceRanges: facts.serviceRanges.toSorted().flatMap(addressRange),
  }
  return pods
    .filter((pod) => pod.namespace === service.namespace && selects(selector, pod.labels))
    .sort((a, b) => (a.name < b.name ? -1 : 1))
    .map((pod) => endpointsOf(pod, rules))
}

function removing(slices: readonly EndpointSlice[]): SliceChanges {
  const living = slices.filter(({ metadata }) => metadata?.deletionTimestamp === undefined)
  return { ...NO_CHANGES, remove: living.sort(byName) }
}

/** What an earlier Service of the same name left behind; it is on its way out and never adopted. */
function notOwned({ service }: ServiceFacts, ours: readonly EndpointSlice[]): readonly EndpointSlice[] {
  return ours.filter((slice) => !isOwnedBy(slice, service.uid))
}

/** The Pod would be published, and something about the Service as a whole is against it. */
function withheld(outcome: PodOutcome, { reason, message }: Note): PodOutcome {
  return outcome.leftOut ? outcome : { ...outcome, endpoints: [], leftOut: { reason, message } }
}
