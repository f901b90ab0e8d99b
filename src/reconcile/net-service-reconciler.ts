// One NetService: keeps its Service as it should be, has its slices kept, and says in its status how things stand.
// Never touches a Service of somebody else that was not handed over.

import type { ServicePlan } from '../core/endpoints/plan.ts'
import { planSlices } from '../core/endpoints/plan.ts'
import { serviceRecord } from '../core/endpoints/service-record.ts'
import { NET_SERVICE } from '../core/names.ts'
import type { IPFamily } from '../core/networks/address.ts'
import { listAt, textAt } from '../core/networks/untrusted.ts'
import type { ObjectKey } from '../core/object-key.ts'
import { describeProblem } from '../core/problem.ts'
import { netServiceOutranked, serviceTaken } from '../core/services/name-clash.ts'
import { ownService, ownServicePatch, versionOf } from '../core/services/own-service.ts'
import { ownershipOf } from '../core/services/ownership.ts'
import { readServiceForm } from '../core/services/service-form.ts'
import { slicesAskedOf } from '../core/services/slices-asked.ts'
import type { ServiceWish } from '../core/services/wish.ts'
import { publishedVerdict, statusOf, type Verdict } from './net-service-status.ts'
import { again, done, stuck, type Outcome } from './outcome.ts'
import type {
  Owner,
  Scene,
  SeenNetService,
  SeenService,
  Sees,
  Times,
  WritesServices,
  WritesStatus,
} from './scene.ts'
import type { ServiceReconciler } from './service-reconciler.ts'
import { Warnings, type TellsOwner, type Tiding } from './tells.ts'

export interface NetServiceReconcilerParts {
  readonly cluster: Sees
  readonly services: WritesServices
  readonly slices: Pick<ServiceReconciler, 'sync'>
  readonly writeStatus: WritesStatus
  readonly tell: TellsOwner<Owner>
  readonly times: Times
}

/** What we wrote, or what is leaving, comes back as a change; this is for when it does not. */
const LOOK_AGAIN_MS = 1_000

export class NetServiceReconciler {
  readonly #parts: NetServiceReconcilerParts
  readonly #warnings: Warnings<Owner>
  readonly #outranked: Warnings<Owner>

  constructor(parts: NetServiceReconcilerParts) {
    this.#parts = parts
    this.#warnings = new Warnings(parts.tell, () => parts.times.now())
    this.#outranked = new Warnings(parts.tell, () => parts.times.now())
  }

  async reconcile(key: ObjectKey, netService: SeenNetService, scene: Scene): Promise<Outcome> {
    if (scene.outranked === undefined) this.#outranked.forget(key)
    else await this.#tellOutranked(key, scene.outranked)
    if (netService.terminating) return done()
    const { wish } = netService.asked
    if (!wish.ok) {
      const message = wish.problems.map(describeProblem).join('; ')
      return this.#refuse(key, netService, { reason: 'NetServiceInvalid', message })
    }
    if (!this.#parts.cluster.caughtUp(key)) return again(LOOK_AGAIN_MS)
    return this.#keep(key, netService, wish.value, scene.service)
  }

  async #keep(
    key: ObjectKey,
    netService: SeenNetService,
    wish: ServiceWish,
    service: SeenService | undefined,
  ): Promise<Outcome> {
    switch (ownershipOf(service?.whose, netService)) {
      case 'free': {
        const object = ownService(netService, wish, this.#families(netService, wish))
        return again(LOOK_AGAIN_MS, await this.#parts.services.create(key, object))
      }
      case 'leaving':
        return again(LOOK_AGAIN_MS)
      case 'foreign': {
        const message = serviceTaken(key, netService.name)
        return this.#refuse(key, netService, { reason: 'ServiceTaken', message })
      }
      case 'ours':
        return service ? this.#follow(key, netService, wish, service, true) : again(LOOK_AGAIN_MS)
      case 'offered':
        return service ? this.#follow(key, netService, wish, service, false) : again(LOOK_AGAIN_MS)
    }
  }

  /** The Service first, then its slices, then what is to be said of both. */
  async #follow(
    key: ObjectKey,
    netService: SeenNetService,
    wish: ServiceWish,
    service: SeenService,
    isOurs: boolean,
  ): Promise<Outcome> {
    const { services, slices } = this.#parts
    const families = this.#families(netService, wish)
    const patch = ownServicePatch(netService, wish, families, { form: service.form, isOurs })
    if (patch !== undefined && !service.record.terminating) {
      const resourceVersion = service.whose.metadata?.resourceVersion
      const metadata = { ...(patch as { metadata: object }).metadata, resourceVersion }
      return again(LOOK_AGAIN_MS, await services.patch(key, { ...patch, metadata }))
    }
    const { plan, outcome } = await slices.sync(key, service, netService.asked, ownerOf(netService))
    if (plan) await this.#say(key, netService, wish, plan)
    return outcome
  }

  async #say(
    key: ObjectKey,
    netService: SeenNetService,
    wish: ServiceWish,
    plan: ServicePlan,
  ): Promise<void> {
    const exists = this.#parts.cluster.networkExists(wish.network)
    const notFound = `NetworkAttachmentDefinition ${wish.network} does not exist (yet)`
    const verdicts: readonly Verdict[] = [
      { type: 'Accepted', holds: true, reason: 'NetServiceAccepted' },
      exists
        ? { type: 'NetworkResolved', holds: true, reason: 'NetworkFound' }
        : { type: 'NetworkResolved', holds: false, reason: 'NetworkNotFound', message: notFound },
      publishedVerdict(plan, wish.network),
    ]
    const notes = exists ? [] : [{ reason: 'NetworkNotFound' as const, message: notFound }]
    this.#warn(key, netService, notes)
    await this.#write(netService, verdicts, plan)
  }

  async #refuse(
    key: ObjectKey,
    netService: SeenNetService,
    { reason, message }: { reason: 'NetServiceInvalid' | 'ServiceTaken'; message: string },
  ): Promise<Outcome> {
    this.#warn(key, netService, [{ reason, message }])
    await this.#write(
      netService,
      [
        { type: 'Accepted', holds: false, reason, message },
        { type: 'EndpointsPublished', holds: false, reason, message },
      ],
      undefined,
    )
    return stuck(message)
  }

  /** What the status says already was told when it was written, perhaps by another replica. */
  #warn(key: ObjectKey, netService: SeenNetService, notes: readonly Tiding[]): void {
    const said = listAt(netService.status, 'conditions').map((each) => textAt(each, 'reason'))
    const fresh = notes.filter(({ reason }) => !said.includes(reason))
    if (fresh.length > 0 || notes.length === 0) this.#warnings.settle(key, ownerOf(netService), fresh)
  }

  async #tellOutranked(key: ObjectKey, outranked: SeenNetService): Promise<void> {
    const message = netServiceOutranked(key)
    const verdict: Verdict = { type: 'Accepted', holds: false, reason: 'NetServiceTaken', message }
    const before = JSON.stringify(outranked.status ?? null)
    if (before.includes('NetServiceTaken')) return
    this.#outranked.settle(key, ownerOf(outranked), [{ reason: 'NetServiceTaken', message }])
    await this.#write(outranked, [verdict], undefined)
  }

  async #write(
    netService: SeenNetService,
    verdicts: readonly Verdict[],
    plan: ServicePlan | undefined,
  ): Promise<void> {
    const { generation, status: before } = netService
    const now = new Date(this.#parts.times.wallClock()).toISOString().replace(/\.\d+Z$/, 'Z')
    const status = statusOf({ generation, verdicts, plan, before, now })
    if (status !== undefined) await this.#parts.writeStatus(netService, status)
  }

  /** Asked with a Service that lists both: which families do the Pods have? */
  #families(netService: SeenNetService, wish: ServiceWish): readonly IPFamily[] {
    if (wish.ipFamilies.length > 0) return wish.ipFamilies
    const { namespace, name } = netService
    const imagined = { metadata: { namespace, name }, spec: { clusterIP: 'None' } }
    const record = serviceRecord(imagined)
    if (record === undefined) return []
    const said = slicesAskedOf(readServiceForm(imagined), netService.asked, false)
    return planSlices({ ...this.#parts.cluster.facts(record, said), slices: [] }).familiesSeen
  }
}

function ownerOf({ group, namespace, name, uid }: SeenNetService): Owner {
  return { apiVersion: versionOf(group), kind: NET_SERVICE.kind, namespace, name, uid }
}
