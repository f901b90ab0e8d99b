// Has the index heard of everything that we wrote for a Service? Until it has, its picture is older than our deeds.
// Never waits: what we wrote comes back as a change, and that is when to look again.

import type { ObjectKey } from '../core/object-key.ts'
import type { Store } from './store.ts'
import { isNewer, reaches } from './versions.ts'

interface Awaited {
  readonly history: number
  version: string
  /** Objects that were deleted, by key, with the uid they had. */
  readonly gone: Map<ObjectKey, string>
  readonly since: number
}

export interface OwnWritesParts {
  readonly store: Pick<Store<{ readonly metadata?: { readonly uid?: string } }>, 'moment' | 'get'>
  readonly now: () => number
}

/** What never came back after this long does not come any more: another history began, or the watch is broken. */
const PATIENCE_MS = 10_000

export class OwnWrites {
  readonly #parts: OwnWritesParts
  readonly #awaited = new Map<ObjectKey, Awaited>()

  constructor(parts: OwnWritesParts) {
    this.#parts = parts
  }

  wrote(service: ObjectKey, version: string): void {
    const awaited = this.#of(service)
    if (isNewer(version, awaited.version)) awaited.version = version
  }

  removed(service: ObjectKey, object: ObjectKey, uid: string): void {
    this.#of(service).gone.set(object, uid)
  }

  known(service: ObjectKey): boolean {
    const awaited = this.#awaited.get(service)
    if (awaited === undefined) return true
    const { store, now } = this.#parts
    const stillThere = [...awaited.gone].some(([key, uid]) => store.get(key)?.metadata?.uid === uid)
    const over = store.moment.history !== awaited.history || now() - awaited.since > PATIENCE_MS
    const heard = reaches(store.moment.version, awaited.version) && !stillThere
    if (!over && !heard) return false
    this.#awaited.delete(service)
    return true
  }

  #of(service: ObjectKey): Awaited {
    const known = this.#awaited.get(service)
    if (known) return known
    const { store, now } = this.#parts
    const awaited = { history: store.moment.history, version: '', gone: new Map(), since: now() }
    this.#awaited.set(service, awaited)
    return awaited
  }
}
