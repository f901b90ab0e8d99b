// One Service: gather, plan, apply, tell. Never calculates a slice and never speaks with the API server itself.

import { wantsMending } from '../core/admission/wants-mending.ts'
import { isOurs, managedBy, type EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import { planSlices, type ServicePlan } from '../core/endpoints/plan.ts'
import { MANAGED_BY } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'
import { describeProblem } from '../core/problem.ts'
import { slicesAskedOf, type SlicesAsked } from '../core/services/slices-asked.ts'
import { waitsForMark } from '../core/services/waits-for-mark.ts'
import type { Asked } from '../core/services/wish.ts'
import { EndpointsKeeper, type WritesEndpoints } from './endpoints-keeper.ts'
import { again, done, retry, stuck, type Outcome } from './outcome.ts'
import { Pokes } from './pokes.ts'
import type { AppliesSlices, Owner, Scene, SeenService, Sees, Times, WritesServices } from './scene.ts'
import { Warnings, type TellsOwner, type Tiding } from './tells.ts'

export interface ServiceReconcilerParts {
  readonly cluster: Sees
  readonly applySlices: AppliesSlices
  readonly services: Pick<WritesServices, 'poke' | 'markReady' | 'markEndpoints'>
  readonly endpoints: WritesEndpoints
  readonly tell: TellsOwner<Owner>
  readonly times: Times
  /** Told of every plan that was carried out. */
  readonly observe: (key: ObjectKey, plan: ServicePlan | undefined) => void
}

export interface Synced {
  /** Undefined where the picture was not good enough for one. */
  readonly plan: ServicePlan | undefined
  readonly outcome: Outcome
}

/** However slow the built-in controllers are, the answer is not mixed for longer than this. */
const LONGEST_RELEASE_MS = 10_000
/** What we wrote comes back as a change; this is for when it does not. */
const CATCH_UP_MS = 1_000
/** A Node that is not known yet comes as a change too. */
const NODE_MS = 30_000

export class ServiceReconciler {
  readonly #parts: ServiceReconcilerParts
  readonly #warnings: Warnings<Owner>
  readonly #endpointsWarnings: Warnings<Owner>
  readonly #endpoints: EndpointsKeeper
  readonly #pokes: Pokes
  readonly #releasingSince = new Map<ObjectKey, number>()

  constructor(parts: ServiceReconcilerParts) {
    this.#parts = parts
    this.#warnings = new Warnings(parts.tell, () => parts.times.now())
    this.#endpointsWarnings = new Warnings(parts.tell, () => parts.times.now())
    this.#endpoints = new EndpointsKeeper({
      ...parts,
      warn: (...told) => void this.#endpointsWarnings.settle(...told),
    })
    this.#pokes = new Pokes(() => parts.times.now())
  }

  /** A Service that speaks for itself. */
  async reconcile(key: ObjectKey, { service, slices }: Scene): Promise<Outcome> {
    if (service === undefined || !(service.concernsUs || slices.some(isOurs))) return this.#forget(key)
    const owner: Owner = { ...SERVICE, ...identityOf(service) }
    const { outcome } = await this.sync(key, service, service.asked, owner)
    if (outcome.kind === 'retry' || service.record.terminating) return outcome
    const next = await this.#mend(key, service, slices)
    return sooner(outcome, next)
  }

  /** `asked` is what the Service or its NetService asks for; `owner` is told what is wrong. */
  async sync(key: ObjectKey, service: SeenService, asked: Asked | undefined, owner: Owner): Promise<Synced> {
    const { cluster, applySlices, observe } = this.#parts
    if (!cluster.caughtUp(key)) return { plan: undefined, outcome: again(CATCH_UP_MS) }
    const said = slicesAskedOf(service.form, asked, this.#isOverdue(key))
    const facts = cluster.facts(service.record, said)
    const plan = planSlices(facts)
    cluster.remember(key, plan.addresses)
    const applied = await applySlices(key, plan.changes)
    const wrote = applied.writes > 0
    if (applied.kind === 'conflict') return { plan, outcome: retry('a slice was changed by somebody else') }
    if (applied.kind === 'over') return { plan, outcome: stuck('nothing may be written here any more') }
    observe(key, plan)
    this.#tellBeginning(owner, asked, plan, facts.slices)
    const notes = [...problemsOf(asked), ...plan.notes]
    const waits = [
      this.#warnings.settle(key, owner, notes),
      this.#release(key, plan, said),
      plan.again ? NODE_MS : undefined,
      await this.#endpoints.keep(key, service, asked, plan, owner),
    ]
    return { plan, outcome: lookAfter(waits, wrote) }
  }

  #forget(key: ObjectKey): Outcome {
    this.#warnings.forget(key)
    this.#endpointsWarnings.forget(key)
    this.#endpoints.forget(key)
    this.#pokes.forget(key)
    this.#releasingSince.delete(key)
    this.#parts.cluster.remember(key, [])
    this.#parts.observe(key, undefined)
    return done()
  }

  #isOverdue(key: ObjectKey): boolean {
    const since = this.#releasingSince.get(key)
    return since !== undefined && this.#parts.times.now() - since >= LONGEST_RELEASE_MS
  }

  /** The time runs from when the built-in controllers could begin: before that the Service would be empty without ours. */
  #release(key: ObjectKey, { state }: ServicePlan, { builtIns }: SlicesAsked): number | undefined {
    if (state !== 'releasing' || builtIns !== 'select') {
      this.#releasingSince.delete(key)
      return undefined
    }
    const now = this.#parts.times.now()
    const since = this.#releasingSince.get(key) ?? now
    this.#releasingSince.set(key, since)
    return Math.max(0, since + LONGEST_RELEASE_MS - now)
  }

  #tellBeginning(
    owner: Owner,
    asked: Asked | undefined,
    { state, counts }: ServicePlan,
    before: readonly EndpointSlice[],
  ): void {
    if (state !== 'publishing' || counts.total === 0 || !asked?.wish.ok) return
    if (before.some((slice) => isOurs(slice) && slice.endpoints.length > 0)) return
    const { network } = asked.wish.value
    const message = `Updated to use network ${network}: ${counts.total} Pods have addresses there, ${counts.ready} are ready`
    this.#parts.tell(owner, 'Normal', { reason: 'EndpointsPublished', message })
  }

  /** Whatever is to be written into a Service is written by our webhook; a poke makes it look. */
  async #mend(
    key: ObjectKey,
    { form, asked, record }: SeenService,
    slices: readonly EndpointSlice[],
  ): Promise<number | undefined> {
    const mark = waitsForMark(form, asked) && builtInsAreEmpty(slices)
    if (!mark && !wantsMending(form)) {
      this.#pokes.forget(key)
      return undefined
    }
    const why = JSON.stringify([record.uid, mark, form.selector, form.annotations])
    const wait = this.#pokes.waitFor(key, why)
    if (wait > 0) return wait
    const { services } = this.#parts
    const reached = await (mark ? services.markReady(key) : services.poke(key))
    if (reached) this.#pokes.note(key, why)
    return this.#pokes.waitFor(key, why)
  }
}

const SERVICE = { apiVersion: 'v1', kind: 'Service' }

function identityOf({ record: { namespace, name, uid } }: SeenService) {
  return { namespace, name, uid }
}

function builtInsAreEmpty(slices: readonly EndpointSlice[]): boolean {
  return slices.every(
    (slice) =>
      ![MANAGED_BY.builtIn, MANAGED_BY.mirroring].some((manager) => manager === managedBy(slice)) ||
      slice.endpoints.length === 0,
  )
}

function problemsOf(asked: Asked | undefined): readonly Tiding[] {
  if (asked === undefined) return []
  const problems = asked.wish.ok ? asked.wish.value.problems : asked.wish.problems
  if (problems.length === 0) return []
  const isNetService = asked.dialect === 'net-service' || asked.dialect === 'old-net-service'
  const reason = isNetService ? 'NetServiceInvalid' : 'ServiceInvalid'
  return [{ reason, message: problems.map(describeProblem).join('; ') }]
}

function lookAfter(waits: readonly (number | undefined)[], wrote: boolean): Outcome {
  const known = waits.filter((wait) => wait !== undefined)
  return known.length === 0 ? done(wrote) : again(Math.min(...known), wrote)
}

function sooner(outcome: Outcome, afterMs: number | undefined): Outcome {
  if (afterMs === undefined) return outcome
  if (outcome.kind === 'done') return again(afterMs, outcome.wrote)
  return outcome.kind === 'again' ? again(Math.min(outcome.afterMs, afterMs), outcome.wrote) : outcome
}
