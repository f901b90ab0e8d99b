// Why are the addresses of this Service or NetService as they are? One answer, in the words that Events and status use.
// Never reads, never calculates a slice: it asks the plan, as the reconcile loop does.

import { surroundingWarnings } from '../admission/surroundings.ts'
import { isOurs } from '../endpoints/endpoint-slice.ts'
import { planSlices, type ServicePlan } from '../endpoints/plan.ts'
import type { ServiceSummary } from '../endpoints/summary.ts'
import { ANNOTATIONS, NET_SERVICE, type Reason } from '../names.ts'
import { namespaceOf, type ObjectKey } from '../object-key.ts'
import { describeProblem, type Problem } from '../problem.ts'
import { netServiceOutranked, serviceTaken } from '../services/name-clash.ts'
import { ownershipOf } from '../services/ownership.ts'
import { ownSelectorOf, type Selector } from '../services/selector.ts'
import { slicesAskedOf } from '../services/slices-asked.ts'
import type { Asked } from '../services/wish.ts'
import type { WhyFacts, WhyNetService, WhyServiceObject } from './facts.ts'
import { notAsked } from './not-asked.ts'
import { podRows, type PodRow } from './pod-rows.ts'

/**
 * `publishing` to `gone`: as the plan has it. `not asked`: nobody names a secondary network. `refused`: what is asked
 * cannot be had. `waiting`: the Service of the NetService is not there (yet).
 */
export type WhyState = ServicePlan['state'] | 'not asked' | 'refused' | 'waiting'

export interface WhyNote {
  readonly reason: Reason
  readonly message: string
}

export interface WhyService {
  /** Who asks for the network. */
  readonly speaker: 'Service' | 'NetService'
  readonly key: ObjectKey
  readonly network: ObjectKey | undefined
  /** Only addresses of this interface are meant; undefined: of every interface on the network. */
  readonly interface: string | undefined
  /** Which Pods are meant; without keys none. */
  readonly selector: Selector
  readonly state: WhyState
  /** Why it is in that state; the message is a sentence. */
  readonly reason: Reason
  readonly message: string
  readonly notes: readonly WhyNote[]
  readonly counts: ServiceSummary['counts']
  /** Every selected Pod, sorted by name; empty where no Pod was judged. */
  readonly pods: readonly PodRow[]
}

type Verdict = Pick<WhyService, 'state' | 'reason' | 'message'>

/** Undefined where there is neither a Service nor a NetService of that name. */
export function whyService(key: ObjectKey, facts: WhyFacts): WhyService | undefined {
  const { service, netService } = facts.scene
  if (netService) return whyNetService(key, netService, facts)
  return service && whyOwnService(key, service, facts)
}

/** Whether everything that is asked for is published: a Pod that has finished asks for nothing any more. */
export function isComplete({ state, pods }: WhyService): boolean {
  if (state !== 'publishing') return ['releasing', 'gone', 'not asked'].includes(state)
  const living = pods.filter(({ reason }) => reason !== 'PodFinished')
  return living.length > 0 && living.every(({ published }) => published === 'yes')
}

function whyOwnService(key: ObjectKey, service: WhyServiceObject, facts: WhyFacts): WhyService {
  const { asked, form } = service
  if (asked === undefined && !(service.concernsUs || facts.scene.slices.some(isOurs)))
    return answer({ speaker: 'Service', key, asked, selector: form.selector ?? {} }, notAsked(service))
  if (asked?.wish.ok === false) return refused({ speaker: 'Service', key, asked, form }, asked.wish.problems)
  return planned('Service', key, service, asked, facts)
}

function whyNetService(key: ObjectKey, netService: WhyNetService, facts: WhyFacts): WhyService {
  const { asked } = netService
  const { service, outranked } = facts.scene
  const about = { speaker: 'NetService', key, asked } as const
  if (netService.terminating) return answer(about, LEAVING)
  if (!asked.wish.ok) return refused(about, asked.wish.problems)
  const ownership = ownershipOf(service?.whose, netService)
  switch (ownership) {
    case 'free':
    case 'leaving':
      return answer(about, serviceMissing(key, ownership), networkNotes(about, facts))
    case 'foreign':
      return answer(about, taken(key, netService.name), networkNotes(about, facts))
    case 'ours':
    case 'offered': {
      const planning = service ? planned('NetService', key, service, asked, facts) : undefined
      if (planning === undefined) return answer(about, serviceMissing(key, 'free'))
      return outranked ? { ...planning, notes: [...planning.notes, outrankedNote(key)] } : planning
    }
  }
}

interface About {
  readonly speaker: WhyService['speaker']
  readonly key: ObjectKey
  readonly asked: Asked | undefined
  readonly selector?: Selector
}

function answer(
  { speaker, key, asked, selector }: About,
  verdict: Verdict,
  notes: readonly WhyNote[] = [],
): WhyService {
  const wish = asked?.wish.ok === true ? asked.wish.value : undefined
  return {
    speaker,
    key,
    network: wish?.network,
    interface: wish?.interface,
    selector: wish?.selector ?? ownSelectorOf(selector) ?? {},
    ...verdict,
    notes,
    counts: NO_PODS,
    pods: [],
  }
}

const NO_PODS = { ready: 0, total: 0, skipped: 0 }
const LEAVING: Verdict = {
  state: 'gone',
  reason: 'AlreadyTerminating',
  message: 'It is being deleted; its EndpointSlices go with it.',
}

function refused(
  about: About & { readonly form?: WhyServiceObject['form'] },
  problems: readonly Problem[],
): WhyService {
  const reason = about.speaker === 'NetService' ? 'NetServiceInvalid' : 'ServiceInvalid'
  const message = `Nothing is published, because it cannot work as it is written: ${problems.map(describeProblem).join('; ')}.`
  return answer({ ...about, selector: about.form?.selector ?? {} }, { state: 'refused', reason, message })
}

function serviceMissing(key: ObjectKey, ownership: 'free' | 'leaving'): Verdict {
  const what =
    ownership === 'leaving'
      ? `Service ${key} of an earlier ${NET_SERVICE.kind} is on its way out; a new one follows`
      : `Service ${key} is not there yet`
  return {
    state: 'waiting',
    reason: 'SlicesNotWritten',
    message: `${what}. Sidenet makes it within a second; where that does not happen, no replica of it keeps EndpointSlices.`,
  }
}

function taken(key: ObjectKey, name: string): Verdict {
  return { state: 'refused', reason: 'ServiceTaken', message: `${serviceTaken(key, name)}.` }
}

function outrankedNote(key: ObjectKey): WhyNote {
  return { reason: 'NetServiceTaken', message: netServiceOutranked(key) }
}

function planned(
  speaker: WhyService['speaker'],
  key: ObjectKey,
  service: WhyServiceObject,
  asked: Asked | undefined,
  facts: WhyFacts,
): WhyService {
  const standing = slicesAskedOf(service.form, asked, false)
  const serviceFacts = facts.facts(service.record, standing)
  const plan = planSlices(serviceFacts)
  const about = { speaker, key, asked, selector: standing.selector }
  const verdict = verdictOn(plan, service, asked)
  const notes = [
    ...plan.notes.filter(({ message }) => message !== verdict.message),
    ...networkNotes(about, facts),
    ...problemNotes(speaker, asked),
    ...unwritten(plan, speaker === 'Service' && service.record.terminating),
  ]
  return {
    ...answer(about, verdict, notes),
    counts: plan.counts,
    pods: podRows(plan, serviceFacts),
  }
}

function verdictOn(plan: ServicePlan, service: WhyServiceObject, asked: Asked | undefined): Verdict {
  const { state, notes, counts, perPod } = plan
  const [note] = notes
  if (service.record.terminating) return LEAVING
  if ((state === 'held back' || state === 'releasing') && note)
    return { state, reason: note.reason, message: note.message }
  if (state === 'gone' && service.record.externalName && asked?.wish.ok === true) return NO_ENDPOINTS
  if (state === 'gone') return asked === undefined ? notAsked(service) : GIVEN_BACK
  if (perPod.length === 0) return { state, ...nothingSelected(asked) }
  const [skipped] = plan.skipped
  const told = `${counts.total} of ${counts.total + counts.skipped} selected Pods have addresses to publish, ${counts.ready} of them ready.`
  return {
    state,
    reason: counts.total > 0 || !skipped ? 'EndpointsPublished' : skipped.reason,
    message: told,
  }
}

const NO_ENDPOINTS: Verdict = {
  state: 'refused',
  reason: 'ServiceInvalid',
  message: 'A Service of type ExternalName has no endpoints; change its type, or remove its network.',
}
const GIVEN_BACK: Verdict = {
  state: 'gone',
  reason: 'SelectorGivenBack',
  message: `It has been given back (${ANNOTATIONS.strategy}=release): the built-in controllers serve it. Remove that annotation to publish its network again.`,
}

function nothingSelected(asked: Asked | undefined): WhyNote {
  const wish = asked?.wish.ok === true ? asked.wish.value : undefined
  const namespace = wish ? ` of namespace ${namespaceOf(wish.service)}` : ''
  const message = `The selector ${written(wish?.selector ?? {})} matches no Pod${namespace}; compare it with "kubectl get pods --show-labels".`
  return { reason: 'NothingSelected', message }
}

function written(selector: Selector): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

function networkNotes({ speaker, key, asked }: About, facts: WhyFacts): WhyNote[] {
  if (asked?.wish.ok !== true) return []
  const wish = asked.wish.value
  const surroundings = {
    networkExists: facts.networkExists(wish.network),
    suggestions: facts.networks,
    selected: undefined,
  }
  const warnings = surroundingWarnings(`${speaker} ${key}`, wish, surroundings)
  return warnings.map((message) => ({ reason: 'NetworkNotFound' as const, message }))
}

function problemNotes(speaker: WhyService['speaker'], asked: Asked | undefined): WhyNote[] {
  if (asked?.wish.ok !== true) return []
  const reason = speaker === 'NetService' ? 'NetServiceInvalid' : 'ServiceInvalid'
  return asked.wish.value.problems.map((problem) => ({ reason, message: describeProblem(problem) }))
}

/** What the plan still has to do: of a Sidenet that runs, there is nothing within a moment. */
function unwritten({ changes }: ServicePlan, leaving: boolean): WhyNote[] {
  const count = changes.create.length + changes.update.length + changes.remove.length
  if (count === 0 || leaving) return []
  const what = count === 1 ? 'One EndpointSlice is' : `${count} EndpointSlices are`
  const message = `${what} yet to be written or removed. Ask again in a moment; if this stays, no replica of Sidenet keeps EndpointSlices.`
  return [{ reason: 'SlicesNotWritten', message }]
}
