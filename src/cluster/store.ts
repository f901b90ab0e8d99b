// What was last seen of one kind, and up to which moment? Ordered by resourceVersion.
// Never talks to anyone, never reads a clock, never holds more than the records it is given.

import type { ObjectKey } from '../core/object-key.ts'
import { compareVersions, isNewer, NO_VERSION, reaches } from './versions.ts'

/** A record and the resourceVersion of the object it was made of. */
export interface Seen<T> {
  readonly record: T
  readonly version: string
}

/**
 * A moment of the store. Versions are compared within one history only, and each list begins another one: the
 * database behind the API server may have been restored from a backup, and then what a stream brings that was
 * opened before says nothing about what the list shows.
 */
export interface Moment {
  readonly history: number
  readonly version: string
}

/** One object as it is now; without a record there is nothing to remember of it, or it is gone. */
export interface Change<T> {
  readonly key: ObjectKey
  readonly version: string
  readonly record: T | undefined
}

export type ChangeListener<T> = (before: T | undefined, after: T | undefined) => void

/**
 * Several streams may feed one store side by side if each began at a moment of the store: each brings every change
 * after its beginning, in order, and what is not newer than the store is ignored. So when the store has version v, it
 * knows every change up to v, whoever brought it.
 */
export class Store<T> {
  readonly #indexBy: (record: T) => readonly string[]
  readonly #listeners = new Set<ChangeListener<T>>()
  readonly #waiting = new Set<() => void>()
  #seen = new Map<ObjectKey, Seen<T>>()
  #keysByName = new Map<string, Set<ObjectKey>>()
  #moment: Moment = { history: 0, version: NO_VERSION }
  #filled = false
  #lastLife = Number.NEGATIVE_INFINITY

  constructor(indexBy: (record: T) => readonly string[] = () => []) {
    this.#indexBy = indexBy
  }

  /** Was there ever a whole list (or the certainty that the kind is not served)? */
  get filled(): boolean {
    return this.#filled
  }

  /** Every change up to here is known. */
  get moment(): Moment {
    return this.#moment
  }

  get resourceVersion(): string {
    return this.#moment.version
  }

  /** When we last learnt something new of this kind, be it that nothing changed; on the clock of whoever feeds the store. */
  get lastLife(): number {
    return this.#lastLife
  }

  get size(): number {
    return this.#seen.size
  }

  get(key: ObjectKey): T | undefined {
    return this.#seen.get(key)?.record
  }

  seen(key: ObjectKey): Seen<T> | undefined {
    return this.#seen.get(key)
  }

  *records(): IterableIterator<T> {
    for (const { record } of this.#seen.values()) yield record
  }

  /** The names under which the index files this record, be it in the store or not. */
  namesOf(record: T): readonly string[] {
    return this.#indexBy(record)
  }

  /** The records that the index files under this name, in no particular order. */
  by(name: string): readonly T[] {
    const found: T[] = []
    for (const key of this.#keysByName.get(name) ?? []) {
      const seen = this.#seen.get(key)
      if (seen) found.push(seen.record)
    }
    return found
  }

  /** Is everything up to that moment known? Never true across histories. */
  knows({ history, version }: Moment): boolean {
    return this.#filled && this.#moment.history === history && reaches(this.#moment.version, version)
  }

  /** Takes a change that is newer than the store; answers whether it was. */
  apply({ key, version, record }: Change<T>, history: number, now: number): boolean {
    if (!this.#advance(version, history, now)) return false
    const before = this.#put(key, record === undefined ? undefined : { record, version })
    this.#tellWaiting()
    if (before !== undefined || record !== undefined) this.#tell([[before?.record, record]])
    return true
  }

  /** Nothing else changed up to this version. */
  bookmark(version: string, history: number, now: number): void {
    if (this.#advance(version, history, now)) this.#tellWaiting()
    else if (this.knows({ history, version }) && version === this.#moment.version) this.touch(now)
  }

  /** A list is about to be read: from now on it alone counts, and no stream that is open feeds the store any more. */
  beginList(): void {
    this.#moment = { ...this.#moment, history: this.#moment.history + 1 }
  }

  /** What is remembered has changed its meaning: nothing is known until the next whole list. */
  distrust(): void {
    this.beginList()
    this.#filled = false
    this.#lastLife = Number.NEGATIVE_INFINITY
  }

  /**
   * Takes a whole list as it was at `version`, even if that is older than what was known: so the database is now. The
   * map belongs to the store from then on.
   */
  replace(list: Map<ObjectKey, Seen<T>>, version: string, now: number): void {
    this.touch(now)
    this.#swap(list, { ...this.#moment, version })
  }

  /** The kind is not served: there is nothing. */
  clear(now: number): void {
    this.beginList()
    this.replace(new Map(), NO_VERSION, now)
  }

  /** What is known was just seen to be so. */
  touch(now: number): void {
    this.#lastLife = Math.max(this.#lastLife, now)
  }

  /**
   * Hears every change from now on, the old record and the new. A listener that throws does not keep the others from
   * hearing; its error then comes out of the call that brought the change. The answer ends it.
   */
  onChange(listener: ChangeListener<T>): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Hears that the moment has moved. The answer ends it. */
  onMoment(listener: () => void): () => void {
    this.#waiting.add(listener)
    return () => this.#waiting.delete(listener)
  }

  #advance(version: string, history: number, now: number): boolean {
    if (history !== this.#moment.history || !this.#filled) return false
    if (!isNewer(version, this.#moment.version)) return false
    this.touch(now)
    this.#moment = { history, version }
    return true
  }

  #swap(list: Map<ObjectKey, Seen<T>>, moment: Moment): void {
    const before = this.#seen
    this.#seen = list
    this.#keysByName = new Map()
    for (const [key, { record }] of this.#seen) this.#file(key, record)
    this.#moment = moment
    this.#filled = true
    this.#tellWaiting()
    this.#tell(differences(before, this.#seen))
  }

  #put(key: ObjectKey, after: Seen<T> | undefined): Seen<T> | undefined {
    const before = this.#seen.get(key)
    if (before) this.#unfile(key, before.record)
    if (after) {
      this.#seen.set(key, after)
      this.#file(key, after.record)
    } else this.#seen.delete(key)
    return before
  }

  #file(key: ObjectKey, record: T): void {
    for (const name of this.#indexBy(record)) {
      const keys = this.#keysByName.get(name)
      if (keys) keys.add(key)
      else this.#keysByName.set(name, new Set([key]))
    }
  }

  #unfile(key: ObjectKey, record: T): void {
    for (const name of this.#indexBy(record)) {
      const keys = this.#keysByName.get(name)
      keys?.delete(key)
      if (keys?.size === 0) this.#keysByName.delete(name)
    }
  }

  #tellWaiting(): void {
    for (const listener of [...this.#waiting]) listener()
  }

  #tell(changes: Iterable<readonly [T | undefined, T | undefined]>): void {
    const errors: unknown[] = []
    for (const [before, after] of changes) {
      for (const listener of [...this.#listeners]) {
        try {
          listener(before, after)
        } catch (error) {
          errors.push(error)
        }
      }
    }
    if (errors.length > 0) throw errors[0]
  }
}

function* differences<T>(
  before: ReadonlyMap<ObjectKey, Seen<T>>,
  after: ReadonlyMap<ObjectKey, Seen<T>>,
): Generator<readonly [T | undefined, T | undefined]> {
  for (const [key, seen] of before) if (!after.has(key)) yield [seen.record, undefined]
  for (const [key, seen] of after) {
    const old = before.get(key)
    if (old === undefined || compareVersions(old.version, seen.version) !== 0)
      yield [old?.record, seen.record]
  }
}
