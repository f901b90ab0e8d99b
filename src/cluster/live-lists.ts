// What do all Pods name, read here and now from their metadata? Lists that begin late enough are shared.
// Never asks more of the API server than it can bear: a bucket of tokens pays for the pages.

import type { ObjectKey } from '../core/object-key.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { broken, type Failure } from './failure.ts'
import { listPages, METADATA_ONLY, type Listed, type Selected } from './list.ts'
import { keyOf } from './projection.ts'
import { SharedRun, type Ticket } from './shared-run.ts'
import type { Seen } from './store.ts'
import { TokenBucket } from './token-bucket.ts'
import { isNewer, NO_VERSION, reaches } from './versions.ts'
import type { Identified } from './watch-event.ts'

export interface LiveListsOptions<T> extends Selected {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  /** Of metadata alone; must not throw. */
  readonly project: (object: Identified) => T | undefined
  /** As the store's: the names to file a record under. */
  readonly namesOf: (record: T) => readonly string[]
}

export type Candidate<T> = readonly [ObjectKey, Seen<T>]

export interface LiveList<T> extends Listed {
  readonly candidates: readonly Candidate<T>[]
  readonly candidatesByName: ReadonlyMap<string, readonly Candidate<T>[]>
}

/** Of ten thousand Pods twenty lists in a burst, then two a second; of fewer more, of more fewer. */
const BURST_PAGES = 400
const PAGES_PER_SECOND = 40
const PAGE_TIMEOUT_MS = 5_000
/** Lists of a single page that may be under way at once. */
const MOST_SMALL = 4

type Answer<T> = LiveList<T> | Failure

interface List<T> {
  readonly run: SharedRun<Answer<T>>
  /** What it is likely to cost. */
  readonly pages: number
  /** The newest version that anybody knew when it began: what it shows cannot be older. */
  floor: string
  /** What it shows, once known. */
  version: string | undefined
}

export class LiveLists<T> {
  readonly #options: LiveListsOptions<T>
  readonly #tokens: TokenBucket
  #running: readonly List<T>[] = []
  #queued: List<T> | undefined
  #newest = NO_VERSION
  /** Until then the API server wants to be left alone. */
  #quietUntil = Number.NEGATIVE_INFINITY

  constructor(options: LiveListsOptions<T>) {
    this.#options = options
    this.#tokens = new TokenBucket({
      clock: options.clock,
      capacity: BURST_PAGES,
      perSecond: PAGES_PER_SECOND,
    })
  }

  /** Somebody has learnt that the cluster is at this version. */
  saw(version: string): void {
    if (isNewer(version, this.#newest)) this.#newest = version
  }

  /** The database went back in time: what is under way and what was known proves nothing any more. */
  forget(): void {
    this.#running = []
    this.#newest = NO_VERSION
  }

  /** A list that shows `version`, which must have been seen, or later. */
  join(version: string, pages: number): Ticket<Answer<T>> {
    const fit = this.#running.find(
      (list) => !list.run.calledOff && reaches(list.version ?? list.floor, version),
    )
    if (fit) return fit.run.join()
    if (this.#hasRoom(pages)) return this.#beginNow(this.#list(pages))
    if (this.#queued === undefined || this.#queued.run.calledOff) this.#queued = this.#list(pages)
    return this.#queued.run.join()
  }

  #hasRoom(pages: number): boolean {
    return this.#running.length < (pages <= 1 ? MOST_SMALL : 1)
  }

  #list(pages: number): List<T> {
    const list: List<T> = {
      run: new SharedRun((signal) => this.#read(list, signal)),
      pages,
      floor: NO_VERSION,
      version: undefined,
    }
    return list
  }

  #beginNow(list: List<T>): Ticket<Answer<T>> {
    const ticket = list.run.join()
    void this.#begin(list)
    return ticket
  }

  async #begin(list: List<T>): Promise<void> {
    list.floor = this.#newest
    this.#running = [...this.#running, list]
    await list.run.begin()
    this.#running = this.#running.filter((other) => other !== list)
    const next = this.#queued
    if (next === undefined || !this.#hasRoom(next.pages)) return
    this.#queued = undefined
    if (!next.run.calledOff) await this.#begin(next)
  }

  async #read(list: List<T>, signal: AbortSignal): Promise<Answer<T>> {
    const { project, namesOf, clock } = this.#options
    if (clock.now() < this.#quietUntil) return broken('the API server asked to be left alone')
    if (!this.#tokens.take(list.pages)) return broken('too many lists of Pods were read lately')
    const candidates: Candidate<T>[] = []
    const candidatesByName = new Map<string, Candidate<T>[]>()
    const request = { ...this.#options, accept: METADATA_ONLY, signal, timeoutMs: PAGE_TIMEOUT_MS }
    const take = (object: Identified) => {
      const record = project(object)
      if (record === undefined) return
      const candidate = [keyOf(object), { record, version: object.version }] as const
      candidates.push(candidate)
      for (const name of namesOf(record)) fileUnder(candidatesByName, name, candidate)
    }
    const end = await listPages(request, take, (version) => (list.version = version))
    if (end.kind === 'listed') return { ...end, candidates, candidatesByName }
    this.#quietUntil = clock.now() + (end.retryAfterMs ?? 0)
    return end
  }
}

function fileUnder<T>(index: Map<string, T[]>, name: string, value: T): void {
  const values = index.get(name)
  if (values) values.push(value)
  else index.set(name, [value])
}
