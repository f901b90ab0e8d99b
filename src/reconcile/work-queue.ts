// Which key is looked at when? Keys are merged, delayed and retried; each by one worker at a time, several at once.
// Never knows what a key means.

import type { Outcome, Reconcile } from './outcome.ts'

/** What the queue needs of time. */
export interface QueueClock {
  now(): number
  after(milliseconds: number, run: () => void): () => void
}

export interface WorkQueueParts<Key> {
  readonly clock: QueueClock
  readonly reconcile: Reconcile<Key>
  /** How many keys are worked on at once. */
  readonly workers: number
  /** Told of every outcome; `failures` counts those in a row. */
  readonly report: (key: Key, outcome: Outcome, failures: number) => void
}

/**
 * The first change is worked on at once. After a pass that wrote, more changes are likely to follow: they wait for a
 * window that begins with this, doubles while passes keep writing, and is forgotten after a time of rest. So a Service
 * whose thousand Pods become ready together costs a few passes, and a single change no delay.
 */
const FIRST_WINDOW_MS = 100
const LONGEST_WINDOW_MS = 1_000
/** The first retry is soon, since most failures are conflicts; then as upstream, up to 1,000 s. */
const FIRST_RETRY_MS = 250
const LONGEST_RETRY_MS = 1_000_000

interface Entry {
  /** Changed since it was last taken up. */
  wanted: boolean
  running: boolean
  /** Cancels the timer that is set; `due` is its time. */
  cancel: (() => void) | undefined
  due: number
  /** When the last pass that wrote ended. */
  wroteAt: number
  windowMs: number
  failures: number
}

export class WorkQueue<Key extends string> {
  readonly #parts: WorkQueueParts<Key>
  readonly #entries = new Map<Key, Entry>()
  readonly #ready = new Set<Key>()
  #running = new Map<Key, Promise<void>>()
  #open = false

  constructor(parts: WorkQueueParts<Key>) {
    this.#parts = parts
  }

  /** Keys that wait for a worker or for their time. */
  get depth(): number {
    return [...this.#entries.values()].filter(({ wanted }) => wanted).length
  }

  get working(): number {
    return this.#running.size
  }

  open(): void {
    this.#open = true
    this.#pump()
  }

  /** Forgets every key; resolves when no worker is at work any more. Keys added from now on are ignored. */
  async close(): Promise<void> {
    this.#open = false
    for (const { cancel } of this.#entries.values()) cancel?.()
    this.#entries.clear()
    this.#ready.clear()
    await Promise.all(this.#running.values())
  }

  /** Something about it changed: look at it as soon as its window allows. */
  add(key: Key): void {
    if (!this.#open) return
    const entry = this.#entryOf(key)
    const now = this.#parts.clock.now()
    this.#want(key, entry, Math.max(now, entry.wroteAt + entry.windowMs))
  }

  #entryOf(key: Key): Entry {
    const known = this.#entries.get(key)
    if (known) return known
    const entry: Entry = {
      wanted: false,
      running: false,
      cancel: undefined,
      due: Number.POSITIVE_INFINITY,
      wroteAt: Number.NEGATIVE_INFINITY,
      windowMs: FIRST_WINDOW_MS,
      failures: 0,
    }
    this.#entries.set(key, entry)
    return entry
  }

  /** The earlier of two times counts. */
  #want(key: Key, entry: Entry, due: number): void {
    if (entry.wanted && entry.due <= due) return
    entry.wanted = true
    entry.due = due
    entry.cancel?.()
    entry.cancel = undefined
    if (!entry.running) this.#schedule(key, entry)
  }

  #schedule(key: Key, entry: Entry): void {
    const wait = entry.due - this.#parts.clock.now()
    if (wait > 0) {
      entry.cancel = this.#parts.clock.after(wait, () => this.#makeReady(key, entry))
      return
    }
    this.#makeReady(key, entry)
  }

  #makeReady(key: Key, entry: Entry): void {
    entry.cancel = undefined
    this.#ready.add(key)
    this.#pump()
  }

  #pump(): void {
    for (const key of this.#ready) {
      if (!this.#open || this.#running.size >= this.#parts.workers) return
      this.#ready.delete(key)
      const entry = this.#entries.get(key)
      if (entry === undefined || entry.running) continue
      this.#begin(key, entry)
    }
  }

  #begin(key: Key, entry: Entry): void {
    entry.wanted = false
    entry.due = Number.POSITIVE_INFINITY
    entry.running = true
    const began = this.#parts.clock.now()
    const working = this.#work(key).then((outcome) => {
      this.#running.delete(key)
      if (this.#entries.get(key) === entry) this.#settle(key, entry, outcome, began)
      this.#pump()
    })
    this.#running.set(key, working)
  }

  async #work(key: Key): Promise<Outcome> {
    try {
      return await this.#parts.reconcile(key)
    } catch (error) {
      return { kind: 'retry', cause: error instanceof Error ? error.message : String(error) }
    }
  }

  #settle(key: Key, entry: Entry, outcome: Outcome, began: number): void {
    const now = this.#parts.clock.now()
    entry.failures = outcome.kind === 'retry' ? entry.failures + 1 : 0
    this.#parts.report(key, outcome, entry.failures)
    if ('wrote' in outcome && outcome.wrote) this.#openWindow(entry, began, now)
    if (outcome.kind === 'again') this.#want(key, entry, now + outcome.afterMs)
    if (outcome.kind === 'retry') this.#want(key, entry, now + retryAfter(entry.failures))
    // Only now: while it counts as running nothing is scheduled.
    entry.running = false
    if (!entry.wanted) return this.#rest(key, entry)
    entry.due = Math.max(entry.due, entry.wroteAt + entry.windowMs)
    this.#schedule(key, entry)
  }

  #openWindow(entry: Entry, began: number, now: number): void {
    const busy = began - entry.wroteAt <= 2 * entry.windowMs
    entry.windowMs = busy ? Math.min(2 * entry.windowMs, LONGEST_WINDOW_MS) : FIRST_WINDOW_MS
    entry.wroteAt = now
  }

  /** A key that nobody asks about is forgotten once its window is over. */
  #rest(key: Key, entry: Entry): void {
    const wait = entry.wroteAt + 3 * entry.windowMs - this.#parts.clock.now()
    if (wait <= 0) {
      this.#entries.delete(key)
      return
    }
    entry.cancel = this.#parts.clock.after(wait, () => {
      entry.cancel = undefined
      if (!entry.wanted && !entry.running) this.#entries.delete(key)
    })
  }
}

function retryAfter(failures: number): number {
  return Math.min(FIRST_RETRY_MS * 2 ** Math.min(failures - 1, 30), LONGEST_RETRY_MS)
}
