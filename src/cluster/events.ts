// Tells the owner of an object what happened to it, where `kubectl describe` shows it. Never fails for anybody:
// an Event that cannot be written is told to the log and forgotten.

import { createHash } from 'node:crypto'
import type { Reason } from '../core/names.ts'
import type { ApiClient } from './client.ts'
import { isSuccess } from './client.ts'
import { pause, type Clock } from './clock.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'
import { TokenBucket } from './token-bucket.ts'

export interface Regarding {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

export interface Tidings {
  readonly regarding: Regarding
  readonly type: 'Normal' | 'Warning'
  readonly reason: Reason
  /** What we did about it, in a word of UpperCamelCase. */
  readonly action: string
  readonly message: string
}

export interface EventsParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  readonly wallClock: () => number
  /** Names this process. */
  readonly instance: string
  readonly report: (sentence: string) => void
}

/** For each object, so that one which keeps failing silences no other. Source: client-go, tools/record/events_cache.go. */
const BURST = 25
const PER_SECOND = 1 / 300
/** All together: a hundred at once, then twenty a second. Who would wait longer than this is not told. */
const SPACING_MS = 50
const AT_ONCE_MS = 100 * SPACING_MS
const LONGEST_WAIT_MS = 10_000
/** The API server takes no longer note. Source: k8s.io/kubernetes, pkg/apis/core/validation/events.go. */
const LONGEST_NOTE = 1024
/** An Event that was written this long ago has expired, or is about to. */
const FORGOTTEN_MS = 50 * 60_000

interface Written {
  readonly name: string
  readonly at: number
  count: number
}

export class Events {
  readonly #parts: EventsParts
  readonly #allowances = new Map<string, { readonly bucket: TokenBucket; readonly at: number }>()
  /** When the next one would be due if none were let through early. */
  #due = Number.NEGATIVE_INFINITY
  /** What was told lately: the same again counts up one Event instead of writing another. */
  readonly #written = new Map<string, Written>()

  constructor(parts: EventsParts) {
    this.#parts = parts
  }

  /** Resolves when it was written or given up; never rejects. */
  async tell(tidings: Tidings): Promise<void> {
    if (!this.#mayTell(tidings.regarding)) return
    const wait = this.#reserve()
    if (wait === undefined) return
    if (wait > 0) await pause(this.#parts.clock, wait)
    try {
      const { status, body } = await this.#write(tidings)
      // A Namespace on its way out takes no new Events; 409 is an Event that is there already, for people to read.
      if (!isSuccess(status) && ![403, 404, 409].includes(status))
        this.#parts.report(`an Event was refused (${status}): ${JSON.stringify(body)?.slice(0, 300)}`)
    } catch (error) {
      this.#parts.report(error instanceof Error ? error.message : String(error))
    }
  }

  #mayTell({ uid }: Regarding): boolean {
    const { clock } = this.#parts
    const now = clock.now()
    const bucket =
      this.#allowances.get(uid)?.bucket ?? new TokenBucket({ clock, capacity: BURST, perSecond: PER_SECOND })
    this.#allowances.set(uid, { bucket, at: now })
    return bucket.take(1)
  }

  /** Milliseconds until its turn; undefined where too many wait already. */
  #reserve(): number | undefined {
    const now = this.#parts.clock.now()
    const due = Math.max(this.#due, now - AT_ONCE_MS) + SPACING_MS
    if (due - now > LONGEST_WAIT_MS) return undefined
    this.#due = due
    return Math.max(0, due - now)
  }

  #write(tidings: Tidings): ReturnType<ApiClient['request']> {
    const key = keyOf(tidings)
    const now = this.#parts.clock.now()
    const before = this.#written.get(key)
    if (before && now - before.at < FORGOTTEN_MS) return this.#countUp(tidings, before)
    this.#forgetOld(now)
    const event = this.#event(tidings)
    this.#written.set(key, { name: event.metadata.name, at: now, count: 1 })
    const path = collectionPath(KINDS.event, tidings.regarding.namespace)
    return this.#parts.client.request({ method: 'POST', path, body: event })
  }

  #countUp({ regarding }: Tidings, written: Written): ReturnType<ApiClient['request']> {
    written.count++
    return this.#parts.client.request({
      method: 'PATCH',
      path: objectPath(KINDS.event, { namespace: regarding.namespace, name: written.name }),
      contentType: 'application/merge-patch+json',
      body: { series: { count: written.count, lastObservedTime: this.#now() } },
    })
  }

  /** The same tidings have the same name, so what an earlier process or the leader before us told is not told again. */
  #event(tidings: Tidings) {
    const { regarding, type, reason, action, message } = tidings
    const { namespace, name } = regarding
    const stamp = createHash('sha256').update(keyOf(tidings)).digest('hex')
    return {
      apiVersion: 'events.k8s.io/v1',
      kind: 'Event',
      metadata: { namespace, name: `${name.slice(0, 200)}.${stamp.slice(0, 16)}` },
      eventTime: this.#now(),
      reportingController: 'sidenet.io/sidenet',
      reportingInstance: this.#parts.instance.slice(0, 128),
      regarding,
      type,
      reason,
      action,
      note: message.length > LONGEST_NOTE ? `${message.slice(0, LONGEST_NOTE - 1)}…` : message,
    }
  }

  #forgetOld(now: number): void {
    for (const known of [this.#written, this.#allowances])
      for (const [key, { at }] of known) if (now - at >= FORGOTTEN_MS) known.delete(key)
  }

  #now(): string {
    return new Date(this.#parts.wallClock()).toISOString().replace('Z', '000Z')
  }
}

function keyOf({ regarding, reason, message }: Tidings): string {
  return JSON.stringify([regarding.kind, regarding.uid, reason, message])
}
