// Which replica may write? One Lease in our Namespace says so; held by renewing it, taken when it was not renewed.
// Never compares its own time of day with somebody else's: a Lease is stale when we saw it unchanged for long enough.

import { fieldsOf, refusalOf } from './asks-api.ts'
import type { ApiClient } from './client.ts'
import { pause, type Clock } from './clock.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'

export interface LeaseTimes {
  /** Between two attempts. */
  readonly retryMs: number
  /** A holder that could not renew for this long stops writing. Less than `durationMs`, so it stops before another starts. */
  readonly deadlineMs: number
  /** Nobody takes a Lease that was renewed less than this ago. */
  readonly durationMs: number
}

export const LEASE_TIMES: LeaseTimes = { retryMs: 2_000, deadlineMs: 10_000, durationMs: 15_000 }

export interface LeaseParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  /** Milliseconds since 1970; others only read it, nobody computes with it. */
  readonly wallClock: () => number
  readonly namespace: string
  readonly name: string
  /** Names this process and no other. */
  readonly identity: string
  readonly times?: LeaseTimes
  /** Called on every change, with false also at the end. */
  readonly onChange: (leads: boolean) => void
  readonly report: (sentence: string) => void
}

interface LeaseSpec {
  readonly holderIdentity?: string | undefined
  readonly leaseDurationSeconds?: number
  readonly acquireTime?: string
  readonly renewTime?: string
  readonly leaseTransitions?: number
}

interface SeenLease {
  readonly spec: LeaseSpec
  readonly version: string
}

type Attempt = 'held' | 'anothers' | 'failed'

export class Lease {
  readonly #parts: LeaseParts
  readonly #times: LeaseTimes
  #leads = false
  /** When the request that renewed it last was sent. */
  #renewedAt = Number.NEGATIVE_INFINITY
  #seen: SeenLease | undefined
  #unchangedSince = 0
  #lastFailure: string | undefined

  constructor(parts: LeaseParts) {
    this.#parts = parts
    this.#times = parts.times ?? LEASE_TIMES
  }

  /** May this process write in this very moment? Asked before every write. */
  get mayWrite(): boolean {
    return this.#leads && this.#parts.clock.now() - this.#renewedAt < this.#times.deadlineMs
  }

  /** Acquires and renews until the signal says so. Whoever leads then goes on to until `release` is called. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock } = this.#parts
    while (!signal.aborted) {
      const attempt = await this.#attempt()
      if (attempt === 'held') this.#turn(true)
      if (attempt === 'anothers' || !this.mayWrite) this.#turn(false)
      await pause(clock, this.#times.retryMs, signal)
    }
  }

  /** So that another need not wait. To be called when nothing is being written any more. */
  async release(): Promise<void> {
    const held = this.mayWrite ? this.#seen : undefined
    this.#turn(false)
    if (held === undefined) return
    const spec = { ...held.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime: this.#now() }
    await this.#write({ spec, version: held.version }).catch(() => undefined)
  }

  #turn(leads: boolean): void {
    if (this.#leads === leads) return
    this.#leads = leads
    this.#parts.onChange(leads)
  }

  async #attempt(): Promise<Attempt> {
    const sent = this.#parts.clock.now()
    const stop = this.#atDeadline()
    try {
      const held = await this.#tryOnce()
      if (held) this.#renewedAt = sent
      this.#lastFailure = undefined
      return held ? 'held' : 'anothers'
    } catch (error) {
      this.#tellFailure(error)
      return 'failed'
    } finally {
      stop()
    }
  }

  /** Also when a request hangs the loss is noticed in time. */
  #atDeadline(): () => void {
    const { clock } = this.#parts
    const left = this.#renewedAt + this.#times.deadlineMs - clock.now()
    return this.#leads ? clock.after(Math.max(0, left), () => this.#turn(false)) : () => undefined
  }

  #tellFailure(error: unknown): void {
    const sentence = error instanceof Error ? error.message : String(error)
    if (sentence !== this.#lastFailure) this.#parts.report(sentence)
    this.#lastFailure = sentence
  }

  async #tryOnce(): Promise<boolean> {
    if (this.#leads && this.#seen && (await this.#renew(this.#seen))) return true
    const seen = await this.#read()
    if (seen === undefined) return this.#create()
    if (!this.#mayTake(seen)) return false
    return this.#renew(seen)
  }

  #mayTake({ spec, version }: SeenLease): boolean {
    const now = this.#parts.clock.now()
    if (this.#seen?.version !== version) this.#unchangedSince = now
    this.#seen = { spec, version }
    if (!spec.holderIdentity || spec.holderIdentity === this.#parts.identity) return true
    const duration = Math.max((spec.leaseDurationSeconds ?? 0) * 1000, this.#times.durationMs)
    return now - this.#unchangedSince >= duration
  }

  async #read(): Promise<SeenLease | undefined> {
    const answer = await this.#ask({ path: this.#path() })
    if (answer.status === 404) return undefined
    if (answer.status !== 200) throw refusalOf(`read ${this.#what()}`, answer)
    return leaseOf(answer.body)
  }

  async #create(): Promise<boolean> {
    const { namespace, name } = this.#parts
    const body = { ...TYPE, metadata: { namespace, name }, spec: this.#own(undefined) }
    const path = collectionPath(KINDS.lease, namespace)
    const answer = await this.#ask({ method: 'POST', path, body })
    if (answer.status === 409) return false
    if (answer.status !== 201) throw refusalOf(`create ${this.#what()}`, answer)
    this.#seen = leaseOf(answer.body)
    return true
  }

  /** False where somebody else was quicker. */
  #renew({ spec, version }: SeenLease): Promise<boolean> {
    return this.#write({ spec: this.#own(spec), version })
  }

  async #write({ spec, version }: SeenLease): Promise<boolean> {
    const { namespace, name } = this.#parts
    const metadata = { namespace, name, resourceVersion: version }
    const answer = await this.#ask({ method: 'PUT', path: this.#path(), body: { ...TYPE, metadata, spec } })
    if (answer.status === 409 || answer.status === 404) return false
    if (answer.status !== 200) throw refusalOf(`renew ${this.#what()}`, answer)
    this.#seen = leaseOf(answer.body)
    return true
  }

  #own(before: LeaseSpec | undefined): LeaseSpec {
    const { identity } = this.#parts
    const mine = before?.holderIdentity === identity
    const now = this.#now()
    return {
      holderIdentity: identity,
      leaseDurationSeconds: Math.ceil(this.#times.durationMs / 1000),
      acquireTime: (mine ? before.acquireTime : undefined) ?? now,
      renewTime: now,
      leaseTransitions: (before?.leaseTransitions ?? -1) + (mine ? 0 : 1),
    }
  }

  #ask(request: Parameters<ApiClient['request']>[0]): ReturnType<ApiClient['request']> {
    return this.#parts.client.request({ ...request, timeoutMs: this.#times.deadlineMs / 2 })
  }

  /** With microseconds, as the API wants it. */
  #now(): string {
    return new Date(this.#parts.wallClock()).toISOString().replace('Z', '000Z')
  }

  #path(): string {
    const { namespace, name } = this.#parts
    return objectPath(KINDS.lease, { namespace, name })
  }

  #what(): string {
    return `Lease ${this.#parts.namespace}/${this.#parts.name}`
  }
}

const TYPE = { apiVersion: 'coordination.k8s.io/v1', kind: 'Lease' }

function leaseOf(body: unknown): SeenLease {
  const { metadata, spec } = fieldsOf(body)
  return { spec: fieldsOf(spec), version: String(fieldsOf(metadata)['resourceVersion']) }
}
