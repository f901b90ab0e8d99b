// The deprecated Endpoints of a Service that asks for them: read, plan, write, and take away again.
// Never touches the API of Endpoints for anybody who does not ask, and has not asked.

import {
  planEndpoints,
  type EndpointsStep,
  type EndpointsWanted,
} from '../core/endpoints/legacy-endpoints.ts'
import type { ServicePlan } from '../core/endpoints/plan.ts'
import { ANNOTATIONS } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'
import type { Asked } from '../core/services/wish.ts'
import type { Owner, SeenService, WritesServices } from './scene.ts'
import type { Tiding } from './tells.ts'

export interface WritesEndpoints {
  /** Undefined where there are none. */
  read(key: ObjectKey): Promise<unknown>
  /** False where what was read is no longer so, or nothing may be written. */
  carryOut(key: ObjectKey, step: Exclude<EndpointsStep, { kind: 'nothing' | 'taken' }>): Promise<boolean>
}

export interface EndpointsKeeperParts {
  readonly endpoints: WritesEndpoints
  readonly services: Pick<WritesServices, 'markEndpoints'>
  readonly warn: (key: ObjectKey, owner: Owner, notes: readonly Tiding[]) => void
}

/** Nobody tells of a change, since they are not watched: looked at again after this. */
const LOOK_AGAIN_MS = 60_000
const CONFLICT_MS = 1_000

export class EndpointsKeeper {
  readonly #parts: EndpointsKeeperParts
  /** Written by this process; the mark on the Service says it to the next one. */
  readonly #written = new Set<ObjectKey>()

  constructor(parts: EndpointsKeeperParts) {
    this.#parts = parts
  }

  /** Answers when to look again, if at all. */
  async keep(
    key: ObjectKey,
    service: SeenService,
    asked: Asked | undefined,
    plan: ServicePlan,
    owner: Owner,
  ): Promise<number | undefined> {
    const isMarked = service.form.annotations[ANNOTATIONS.endpointsWritten] !== undefined
    const wanted = wantedOf(service, asked, plan)
    const isOver = wanted === undefined && !isMarked && !this.#written.has(key)
    if (isOver) this.#parts.warn(key, owner, [])
    // While its slices wait to be replaced by the built-in controllers', its Endpoints do too.
    if (isOver || service.record.terminating || plan.state === 'releasing') return undefined
    const step = planEndpoints(service.record, wanted, await this.#parts.endpoints.read(key))
    this.#parts.warn(key, owner, step.kind === 'taken' ? [takenNote(key)] : [])
    if (!(await this.#write(key, step, isMarked))) return CONFLICT_MS
    if (wanted !== undefined) return LOOK_AGAIN_MS
    if (isMarked && !(await this.#parts.services.markEndpoints(key, false))) return CONFLICT_MS
    this.#written.delete(key)
    return undefined
  }

  forget(key: ObjectKey): void {
    this.#written.delete(key)
  }

  /** Marked before the first write, so that whoever comes after us knows what to take away. */
  async #write(key: ObjectKey, step: EndpointsStep, isMarked: boolean): Promise<boolean> {
    if (step.kind === 'nothing' || step.kind === 'taken') return true
    if (step.kind !== 'remove') {
      if (!isMarked && !(await this.#parts.services.markEndpoints(key, true))) return false
      this.#written.add(key)
    }
    return this.#parts.endpoints.carryOut(key, step)
  }
}

function wantedOf(
  { record, form }: SeenService,
  asked: Asked | undefined,
  { state, groups }: ServicePlan,
): EndpointsWanted | undefined {
  if (!asked?.wish.ok || !asked.wish.value.writeEndpoints || state !== 'publishing') return undefined
  return { family: form.ipFamilies[0] ?? record.families[0] ?? 'IPv4', groups }
}

function takenNote(key: ObjectKey): Tiding {
  return {
    reason: 'EndpointsTaken',
    message: `Endpoints ${key} hold addresses that somebody else wrote; delete them, or remove ${ANNOTATIONS.writeEndpoints}`,
  }
}
