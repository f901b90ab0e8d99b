// Keeps one store in step with the API server, and outlives every way in which that can break.
// Never decides what is remembered (the projection does) nor how fresh is fresh enough (freshness.ts does).

import { pause, type Clock } from './clock.ts'
import type { ApiClient } from './client.ts'
import { broken } from './failure.ts'
import { resourceName } from './kinds.ts'
import { listRecords, presentVersion, type Selected } from './list.ts'
import type { Log } from './log.ts'
import { BEGINNING, nextStep, type Course, type StepEnd } from './next-step.ts'
import { guarded, keyOf, type Project } from './projection.ts'
import type { Store } from './store.ts'
import { isNewer } from './versions.ts'
import { watchOnce, type Change } from './watch.ts'

export interface ReflectorOptions<T> extends Selected {
  readonly client: ApiClient
  readonly store: Store<T>
  readonly project: Project<T>
  readonly clock: Clock
  /** Answers in [0, 1). */
  readonly random: () => number
  readonly log: Log
  /** Bookmarks come about once a minute even when nothing happens; a stream silent for longer is given up. */
  readonly stallMs?: number
}

/** For readiness and metrics. */
export interface ReflectorState {
  /** The store holds what there is, be it nothing. */
  readonly filled: boolean
  /** The API server does not serve this kind at present. */
  readonly absent: boolean
  /** What is wrong just now, for people; undefined while all is well. */
  readonly lastError: string | undefined
  /** Whole lists read, the first one included. */
  readonly lists: number
  /** Watches opened. */
  readonly watches: number
  /** Lists and watches that failed or broke. */
  readonly failures: number
  /** Objects whose projection threw. */
  readonly stumbles: number
}

const STALL_MS = 90_000
/** Each watch is asked to end after five to ten minutes, so that they spread over the API servers there are. */
const SHORTEST_WATCH_S = 300

export class Reflector<T> {
  readonly #options: ReflectorOptions<T>
  readonly #name: string
  readonly #project: ReturnType<typeof guarded<T>>
  #course: Course = BEGINNING
  #running: Promise<void> | undefined
  #stopped = false
  /** Ends whatever is under way or waited for just now. */
  #interrupt = new AbortController()
  #listing = false
  #listAgain = false
  #resting = false
  #absent = false
  #lastError: string | undefined
  #lists = 0
  #watches = 0
  #failures = 0
  #stumbles = 0

  constructor(options: ReflectorOptions<T>) {
    this.#options = options
    this.#name = resourceName(options.kind)
    this.#project = guarded(options.project, (key, error) =>
      this.#stumble(`the projection of ${this.#name} ${key} threw`, error),
    )
  }

  get state(): ReflectorState {
    return {
      filled: this.#options.store.filled,
      absent: this.#absent,
      lastError: this.#lastError,
      lists: this.#lists,
      watches: this.#watches,
      failures: this.#failures,
      stumbles: this.#stumbles,
    }
  }

  start(): void {
    this.#running ??= this.#run()
  }

  /** Resolves when nothing of it is left: no connection, no timer. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#interrupt.abort()
    await this.#running
  }

  /**
   * Lists anew: a kind that was absent may have come, what is known was found to be wrong, or the projection has
   * changed. At once, unless a list is under way, which then is followed by another, or the server is being left alone
   * after a failure.
   */
  relist(): void {
    if (this.#listing) {
      this.#listAgain = true
      return
    }
    this.#course = { ...this.#course, next: 'list' }
    if (!(this.#resting && this.#course.failures > 0)) this.#interrupt.abort()
  }

  async #run(): Promise<void> {
    while (!this.#stopped) {
      this.#interrupt = new AbortController()
      const { signal } = this.#interrupt
      this.#listing = this.#course.next === 'list'
      const ended = await this.#take(this.#course.next, signal).catch((error: unknown) => this.#mishap(error))
      this.#listing = false
      // Whoever interrupted has said what comes next.
      if (signal.aborted) continue
      this.#note(ended)
      this.#course = nextStep(this.#course, ended, this.#options.random)
      if (this.#listAgain) this.#course = { ...this.#course, next: 'list' }
      this.#listAgain = false
      await this.#rest(this.#course.waitMs, signal)
    }
  }

  async #rest(milliseconds: number, signal: AbortSignal): Promise<void> {
    if (milliseconds <= 0) return
    this.#resting = true
    await pause(this.#options.clock, milliseconds, signal)
    this.#resting = false
  }

  #take(step: Course['next'], signal: AbortSignal): Promise<StepEnd> {
    if (step === 'list') return this.#list(signal)
    return step === 'probe' ? this.#probe(signal) : this.#watch(signal)
  }

  /** Our own mistake, whichever it is: said, and begun anew as after any other failure. */
  #mishap(error: unknown): StepEnd {
    this.#stumble(`following ${this.#name} failed`, error)
    return { step: 'list', end: broken('something went wrong that should not') }
  }

  async #list(signal: AbortSignal): Promise<StepEnd> {
    const { store, clock } = this.#options
    store.beginList()
    const list = await listRecords({ ...this.#options, signal }, (object) =>
      this.#project(object, store.get(keyOf(object))),
    )
    if (list.kind === 'absent') this.#forget()
    if (list.kind !== 'listed') return { step: 'list', end: list }
    this.#lists++
    this.#absent = false
    this.#safely(() => store.replace(list.records, list.version, clock.now()))
    return { step: 'list', end: list }
  }

  /** A present older than what we know: the database was restored, and what we know never happened. */
  async #probe(signal: AbortSignal): Promise<StepEnd> {
    const known = this.#options.store.resourceVersion
    const present = await presentVersion({ ...this.#options, signal })
    if (present.kind === 'absent') this.#forget()
    if (present.kind !== 'present') return { step: 'probe', end: present }
    return {
      step: 'probe',
      end: { kind: isNewer(known, present.version) ? 'other-history' : 'same-history' },
    }
  }

  async #watch(signal: AbortSignal): Promise<StepEnd> {
    const { store, clock, random, stallMs = STALL_MS } = this.#options
    const { history, version: from } = store.moment
    const timeoutSeconds = SHORTEST_WATCH_S + Math.floor(random() * SHORTEST_WATCH_S)
    const began = clock.now()
    const opened = () => void (this.#lastError = undefined)
    this.#watches++
    const request = { ...this.#options, from, timeoutSeconds, stallMs, signal, opened }
    const end = await watchOnce(request, (change) => this.feed(change, history))
    if (end.kind === 'absent') this.#forget()
    return { step: 'watch', end, lived: clock.now() - began, advanced: isNewer(store.resourceVersion, from) }
  }

  /** Brings one change of a watch into the store; another watch than our own may do so too. */
  feed(change: Change, history: number): void {
    const { store, clock } = this.#options
    const now = clock.now()
    if (change.kind === 'bookmark') return this.#safely(() => store.bookmark(change.version, history, now))
    const key = keyOf(change)
    const record = change.kind === 'gone' ? undefined : this.#project(change, store.get(key))
    this.#safely(() => store.apply({ key, version: change.version, record }, history, now))
  }

  #forget(): void {
    if (this.#absent) return
    this.#absent = true
    this.#options.log.info(`${this.#name} are not served; looking for them again and again`)
    this.#safely(() => this.#options.store.clear(this.#options.clock.now()))
  }

  #note({ step, end }: StepEnd): void {
    this.#lastError = problemOf(end)
    if (this.#lastError === undefined) return
    this.#failures++
    this.#options.log.warn(`${step} of ${this.#name}: ${this.#lastError}`)
  }

  /** A subscriber that throws must not end the watching; the store itself is in order by then. */
  #safely(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.#stumble(`a subscriber to ${this.#name} threw`, error)
    }
  }

  /** Says it the first time, the second, the fourth, ... so that one bad object changing all day fills no log. */
  #stumble(what: string, error: unknown): void {
    const count = ++this.#stumbles
    if ((count & (count - 1)) !== 0) return
    const why = error instanceof Error ? (error.stack ?? error.message) : String(error)
    this.#options.log.warn(`${what} (${count} so far): ${why}`)
  }
}

function problemOf(end: StepEnd['end']): string | undefined {
  if (end.kind === 'stalled') return 'nothing came for too long'
  return 'message' in end && end.kind !== 'absent' ? end.message : undefined
}
