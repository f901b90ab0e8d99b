// Which facts does a deletion verdict get? From the index where that is quick, from a fresh look where it must be sure.
// Has no rule; what the evidence is worth is decided in the core.

import { foreignNamespaces, nadFacts, nadStanding, namespaceStanding } from '../core/admission/assemble.ts'
import type { NadFacts, NadStanding } from '../core/admission/facts.ts'
import { holdersOf } from '../core/admission/holders.ts'
import type { UserInfo } from '../core/admission/review.ts'
import type { DeletionFacts } from '../core/admission/rules.ts'
import type { Subject } from '../core/admission/subject.ts'
import type { NadRecord, PodRecord } from '../core/networks/records.ts'
import { objectKey } from '../core/object-key.ts'
import type { VerdictSettings } from '../core/settings.ts'
import { lastKnown, LookFailed, lookNow, throughIndex, type Sight, type SightParts } from './sight.ts'
import type { SeesPods } from './visibility.ts'

export interface GatherParts extends SightParts {
  readonly visibility: SeesPods
  readonly settings: () => VerdictSettings
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
  /** One GET: does this Pod live and still name what it named? False where that cannot be known. */
  readonly confirmUser: (pod: PodRecord, deadline: number) => Promise<boolean>
}

export interface GatherLimits {
  /** Milliseconds since 1970: no answer is of use after this. */
  readonly deadline: number
}

/** Fulfils what the deletion guard asks for. */
export class Gather {
  readonly #parts: GatherParts

  constructor(parts: GatherParts) {
    this.#parts = parts
  }

  async known(subject: Subject, caller: UserInfo, limits: GatherLimits): Promise<DeletionFacts> {
    const known = await this.#facts(subject, caller, this.#throughIndex(subject))
    if (known.kind !== 'nad' || known.facts.evidence !== 'cached') return known
    const confirmed = await this.#confirms(known.facts, limits)
    return confirmed ? { kind: 'nad', facts: { ...known.facts, evidence: 'alive' } } : known
  }

  async fresh(subject: Subject, caller: UserInfo, limits: GatherLimits): Promise<DeletionFacts> {
    const { blockOn } = this.#parts.settings()
    try {
      const sight = await lookNow(this.#parts, subject, blockOn, this.#onClock(limits))
      if (sight) return await this.#facts(subject, caller, sight)
    } catch (error) {
      if (!(error instanceof LookFailed)) throw error
    }
    return this.#facts(subject, caller, lastKnown(this.#parts, subject, blockOn))
  }

  #throughIndex(subject: Subject): Sight {
    return throughIndex(this.#parts, subject, this.#parts.settings().blockOn)
  }

  /** An index that showed no life may still be right: one of the users that count is asked for. */
  async #confirms(facts: NadFacts, limits: GatherLimits): Promise<boolean> {
    const { nad } = facts
    const [first] = holdersOf(facts, facts.blockOn).users
    const pods = this.#parts.index.pods.store
    const record = first && pods.get(objectKey(first.namespace, first.name))
    if (!record?.uses.some((use) => use.nad === objectKey(nad.namespace, nad.name))) return false
    return this.#parts.confirmUser(record, this.#onClock(limits))
  }

  #onClock({ deadline }: GatherLimits): number {
    return this.#parts.clock.now() + (deadline - this.#parts.wallClock())
  }

  async #facts(subject: Subject, caller: UserInfo, sight: Sight): Promise<DeletionFacts> {
    switch (subject.kind) {
      case 'nad': {
        const standing = await this.#standing(subject.nad, sight)
        const circumstances = await this.#circumstances([standing], caller, sight, subject.nad.namespace)
        const unreadable = await sight.unreadable(subject.nad.namespace)
        return { kind: 'nad', facts: nadFacts(standing, unreadable, circumstances, this.#parts.settings()) }
      }
      case 'namespace': {
        const { namespace } = subject
        const nads = await this.#standings(sight, namespace.name)
        const circumstances = await this.#circumstances(nads, caller, sight, namespace.name)
        const { guard } = namespaceStanding(namespace, this.#parts.settings())
        return { kind: 'namespace', facts: { ...circumstances, namespace, guard, nads } }
      }
      case 'nad-crd': {
        const nads = await this.#standings(sight, undefined)
        const circumstances = await this.#circumstances(nads, caller, sight, undefined)
        const { guard } = this.#parts.settings()
        return { kind: 'nad-crd', facts: { ...circumstances, crd: subject.crd, guard, nads } }
      }
    }
  }

  #standings(sight: Sight, namespace: string | undefined): Promise<NadStanding[]> {
    return Promise.all(sight.nads(namespace).map((nad) => this.#standing(nad, sight)))
  }

  async #standing(nad: NadRecord, sight: Sight): Promise<NadStanding> {
    const key = objectKey(nad.namespace, nad.name)
    const [pods, namespace] = await Promise.all([sight.podsNaming(key), sight.namespace(nad.namespace)])
    return nadStanding(nad, namespace, { pods, referrers: sight.referrers(key) }, this.#parts.settings())
  }

  async #circumstances(
    standings: readonly NadStanding[],
    caller: UserInfo,
    { evidence }: Sight,
    home: string | undefined,
  ) {
    const { visibility, settings, wallClock } = this.#parts
    // Without evidence nobody is named, and there is no time left to ask who may be.
    const named = evidence === 'unavailable' ? new Set<string>() : foreignNamespaces(standings, home)
    const visible = await visibility.visible(caller, named, home)
    return { evidence, visible, blockOn: settings().blockOn, now: wallClock() }
  }
}
