// How does a store that has heard nothing for a while hear of the present? A short watch beside the main one.
// Never changes what the store holds in any other way than the main watch does.

import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import type { Selected } from './list.ts'
import { SharedRun, type Ticket } from './shared-run.ts'
import type { Store } from './store.ts'
import { watchOnce, type Change, type WatchEnd } from './watch.ts'

export interface PulseOptions extends Selected {
  readonly client: Pick<ApiClient, 'openStream'>
  readonly clock: Clock
  readonly store: Pick<Store<unknown>, 'moment'>
  readonly feed: (change: Change, history: number) => void
}

/**
 * The API server sends a bookmark two seconds before a watch times out; with two seconds or less there would be none.
 * Source: k8s.io/apiserver, pkg/storage/cacher/cache_watcher.go.
 */
const TIMEOUT_SECONDS = 3
const STALL_MS = 4_000

export type PulseEnd = WatchEnd | { readonly kind: 'bookmark' }

export class Pulse {
  readonly #options: PulseOptions
  #current: SharedRun<PulseEnd> | undefined

  constructor(options: PulseOptions) {
    this.#options = options
  }

  /** A place at the pulse that is under way or begins now; over after its bookmark. Everything it hears is in the store. */
  join(): Ticket<PulseEnd> {
    if (this.#current !== undefined && !this.#current.calledOff) return this.#current.join()
    const run = new SharedRun((signal) => this.#listen(signal))
    this.#current = run
    const ticket = run.join()
    void run.begin().finally(() => {
      if (this.#current === run) this.#current = undefined
    })
    return ticket
  }

  async #listen(calledOff: AbortSignal): Promise<PulseEnd> {
    const { store, feed } = this.#options
    const { history, version: from } = store.moment
    const enough = new AbortController()
    const stop = () => enough.abort()
    calledOff.addEventListener('abort', stop)
    const { signal } = enough
    let bookmarked = false
    const request = { ...this.#options, from, timeoutSeconds: TIMEOUT_SECONDS, stallMs: STALL_MS, signal }
    const end = await watchOnce(request, (change) => {
      feed(change, history)
      bookmarked ||= change.kind === 'bookmark'
      if (bookmarked) stop()
    })
    return bookmarked ? { kind: 'bookmark' } : end
  }
}
