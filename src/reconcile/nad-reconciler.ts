// One network that Pods use and that is going or gone: tell its Pods, and put it back where that is right.
// Never judges (the core does) and never speaks with the API server itself.

import {
  describeReturned,
  describeStaysGone,
  firstOf,
  impossible,
  wordsTo,
  type Return,
  type Trouble,
} from '../core/admission/after-the-fact.ts'
import type { NadCopy } from '../core/networks/kept-nad.ts'
import type { NadRecord } from '../core/networks/records.ts'
import type { NetworkUser } from '../core/networks/users.ts'
import type { ObjectKey } from '../core/object-key.ts'
import { again, done, type Outcome } from './outcome.ts'
import type { Tiding } from './tells.ts'

interface SeenLoss {
  readonly uid: string
  readonly at: number
  readonly back: Return
  readonly holders: ReadonlySet<string>
}

interface SeenNetwork {
  readonly nad: NadRecord | undefined
  readonly loss: SeenLoss | undefined
  readonly users: readonly NetworkUser[]
}

export interface NadReconcilerParts {
  readonly see: (key: ObjectKey) => SeenNetwork
  /** Looks at the Pod itself: does it still hold the network? False where that cannot be known. */
  readonly holdsStill: (user: NetworkUser) => Promise<boolean>
  readonly putBack: (
    copy: NadCopy,
  ) => Promise<
    | { readonly kind: 'created'; readonly uid: string }
    | { readonly kind: 'there' | 'over' }
    | { readonly kind: 'refused'; readonly because: string }
  >
  readonly tell: (user: NetworkUser, type: 'Normal' | 'Warning', tiding: Tiding) => void
  readonly observe: (outcome: 'reported' | 'recreated' | 'failed' | 'missing') => void
  readonly now: () => number
}

interface Told {
  /** The trouble they were told of. */
  readonly about: string
  readonly since: number
  counted: boolean
  aware: ReadonlySet<string>
}

/** Long enough for `kubectl replace --force`, for a Pod that goes in the same breath, and for objects applied together. */
const SETTLE_MS = 2_000
/** What went before that was judged by a Pods' world that is not today's. */
const LATEST_MS = 60_000
const MOST_REMEMBERED = 1_000

export class NadReconciler {
  readonly #parts: NadReconcilerParts
  readonly #told = new Map<ObjectKey, Told>()
  /** Uids of networks that went and were tried, and of those that we made. */
  readonly #tried = new Set<string>()
  readonly #made = new Set<string>()

  constructor(parts: NadReconcilerParts) {
    this.#parts = parts
  }

  async reconcile(key: ObjectKey): Promise<Outcome> {
    const seen = this.#parts.see(key)
    const trouble = troubleOf(seen)
    if (trouble === undefined || seen.users.length === 0) {
      this.#told.delete(key)
      return done()
    }
    const told = this.#toldOf(key, trouble, seen)
    const wait = trouble.kind === 'terminating' ? 0 : told.since + SETTLE_MS - this.#parts.now()
    if (wait > 0) return again(wait)
    for (const { user, reason, message } of wordsTo(key, trouble, seen.users, told.aware))
      this.#parts.tell(user, 'Warning', { reason, message })
    told.aware = new Set(seen.users.map(({ uid }) => uid))
    if (trouble.kind === 'missing' && !told.counted) this.#parts.observe('missing')
    told.counted = true
    if (seen.loss && trouble.kind === 'vanished') await this.#bringBack(key, seen.loss, seen.users)
    return done()
  }

  #toldOf(key: ObjectKey, trouble: Trouble, { nad, loss }: SeenNetwork): Told {
    const about = `${trouble.kind} ${nad?.uid ?? loss?.uid ?? ''}`
    const known = this.#told.get(key)
    if (known?.about === about) return known
    const since = loss?.at ?? this.#parts.now()
    const told: Told = { about, since, counted: false, aware: new Set() }
    this.#told.set(key, told)
    return told
  }

  async #bringBack(key: ObjectKey, loss: SeenLoss, users: readonly NetworkUser[]): Promise<void> {
    if (this.#tried.has(loss.uid)) return
    remember(this.#tried, loss.uid)
    const back = await this.#still(loss, users)
    if (back.kind === 'impossible') return this.#staysGone(key, users, 'reported', back.because)
    const answer = await this.#parts.putBack(back.copy)
    switch (answer.kind) {
      case 'created':
        remember(this.#made, answer.uid)
        this.#parts.observe('recreated')
        for (const user of firstOf(users))
          this.#parts.tell(user, 'Normal', { reason: 'NetworkRecreated', message: describeReturned(key) })
        return
      case 'refused':
        return this.#staysGone(key, users, 'failed', answer.because)
      case 'over':
        this.#tried.delete(loss.uid)
        return
      case 'there':
        return
    }
  }

  /** What was possible in the moment of the loss may not be any more. */
  async #still({ uid, at, back, holders }: SeenLoss, users: readonly NetworkUser[]): Promise<Return> {
    if (back.kind === 'impossible') return back
    if (this.#made.has(uid)) return impossible('Sidenet had put it back before, and it went again')
    if (this.#parts.now() - at > LATEST_MS) return impossible('it went too long ago')
    for (const user of users.filter(({ uid }) => holders.has(uid)).slice(0, 5))
      if (await this.#parts.holdsStill(user)) return back
    return impossible('it could not be confirmed that a Pod still holds it')
  }

  #staysGone(
    key: ObjectKey,
    users: readonly NetworkUser[],
    outcome: 'reported' | 'failed',
    because: string,
  ): void {
    this.#parts.observe(outcome)
    const message = describeStaysGone(key, because)
    for (const user of firstOf(users))
      this.#parts.tell(user, 'Warning', { reason: 'NetworkVanished', message })
  }
}

function troubleOf({ nad, loss }: SeenNetwork): Trouble | undefined {
  if (nad !== undefined) return nad.terminating ? { kind: 'terminating', nad } : undefined
  return { kind: loss === undefined ? 'missing' : 'vanished' }
}

function remember(uids: Set<string>, uid: string): void {
  uids.add(uid)
  for (const oldest of uids) {
    if (uids.size <= MOST_REMEMBERED) return
    uids.delete(oldest)
  }
}
