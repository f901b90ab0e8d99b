// Is what we know of Pods true now? Proves it as of a moment not before the question, as cheaply as this cluster allows.
// Never says so without a proof: no proof in time is an answer of its own.
//
//   1. What is the present version?    a list of one object, shared by all who asked before it began
//   2. Is the index there already?     then it is fresh
//   3. Whichever comes first:          the index gets there by itself (any event or bookmark will do)
//                                      a live list of metadata that shows this version or a later one
//                                      a pulse: a short watch beside the main one, which ends in a bookmark
//
// A proof is a version, not a point in time: whatever shows everything up to the present version read in step 1 will do,
// whoever asked for it.

import type { PodRecord } from '../core/networks/records.ts'
import { backOffMs } from './back-off.ts'
import type { ApiClient } from './client.ts'
import { pause, type Clock } from './clock.ts'
import { completePods } from './complete-pods.ts'
import { ConfirmUser } from './confirm-user.ts'
import type { Failure } from './failure.ts'
import { indexLook, listLook, type Complete, type FreshLook } from './fresh-look.ts'
import { KINDS } from './kinds.ts'
import { PAGE, presentVersion, type Present } from './list.ts'
import { LiveLists } from './live-lists.ts'
import type { Project } from './projection.ts'
import { Pulse } from './pulse.ts'
import { hedged, unless, untilDeadline, within } from './racing.ts'
import type { Reflector } from './reflector.ts'
import { InTurn, waitFor } from './shared-run.ts'
import type { Moment, Store } from './store.ts'
import { isNewer } from './versions.ts'

export interface PodFreshnessParts {
  readonly client: Pick<ApiClient, 'request' | 'openStream'>
  readonly store: Store<PodRecord>
  readonly reflector: Pick<Reflector<PodRecord>, 'feed' | 'relist'>
  /** Of a whole Pod or of its metadata alone; must not throw. */
  readonly project: Project<PodRecord>
  readonly clock: Clock
  /** Answers in [0, 1). */
  readonly random: () => number
}

/** Finished Pods hold on to nothing, so they need not be read. */
const UNFINISHED = 'status.phase!=Succeeded,status.phase!=Failed'
/** One small answer; longer than this, and the connection is likely dead. */
const PRESENT_TIMEOUT_MS = 2_000
/** Where Pods keep changing, the index gets there by itself within this time; it also gathers those who ask at once. */
const GRACE_MS = 50
/** Up to here a list of metadata (0.43 s for 10,000 Pods) is quicker than a pulse (about a second at any size). */
const MOST_LISTED_PAGES = 40
/** What takes longer than this is helped by the other way. */
const PATIENCE_MS = 1_500
const WAKE_EVERY_MS = 5_000
const TRY_AGAIN = { baseMs: 200, capMs: 1_000 }

/** The present version and, where it is newer than what we know, the moment that the index must reach. */
interface Sighting extends Present {
  readonly target: Moment
  /** Older than what the index knew before we asked: the database was restored and the index proves nothing. */
  readonly wentBack: boolean
}

export class PodFreshness {
  readonly #parts: PodFreshnessParts
  readonly #sightings: InTurn<Sighting | Failure>
  readonly #lists: LiveLists<PodRecord>
  readonly #pulse: Pulse
  readonly #users: ConfirmUser
  #pulsedAt = Number.NEGATIVE_INFINITY

  constructor(parts: PodFreshnessParts) {
    const { reflector, project, store } = parts
    this.#parts = parts
    this.#sightings = new InTurn((signal) => this.#sight(signal))
    const pods = { ...parts, kind: KINDS.pod }
    this.#pulse = new Pulse({ ...pods, feed: (change, history) => reflector.feed(change, history) })
    this.#users = new ConfirmUser({ ...parts, onSilence: () => this.#wake() })
    this.#lists = new LiveLists({
      ...pods,
      fieldSelector: UNFINISHED,
      project: ({ object }) => project(object),
      namesOf: (pod) => store.namesOf(pod),
    })
  }

  /**
   * What is true of Pods at a moment not before this call. `deadline` is a time on the clock; undefined where no proof
   * came before it. Never rejects for reasons of the network.
   */
  freshLook(deadline: number): Promise<FreshLook | undefined> {
    return untilDeadline(this.#parts.clock, deadline, (signal) => this.#seek(deadline, signal))
  }

  /**
   * Does this Pod still live, and still name what the index says? For a no of an index that has heard nothing lately.
   * False where it cannot be known before the deadline, a time on the clock.
   */
  confirmUser(pod: PodRecord, deadline: number): Promise<boolean> {
    return this.#users.confirm(pod, deadline)
  }

  /** Nobody waits for it: the index hears of the present, and the next no needs no confirmation. */
  #wake(): void {
    const { clock, store } = this.#parts
    if (!store.filled || clock.now() - this.#pulsedAt < WAKE_EVERY_MS) return
    this.#pulsedAt = clock.now()
    const { answer, leave } = this.#pulse.join()
    void answer.then(leave, leave)
  }

  async #seek(deadline: number, signal: AbortSignal): Promise<FreshLook | undefined> {
    const { clock, random } = this.#parts
    for (let failures = 0; !signal.aborted; failures++) {
      const sighting = await waitFor(this.#sightings.join(), signal)
      const look = sighting?.kind === 'present' ? await this.#prove(sighting, deadline, signal) : undefined
      if (look) return look
      const wished = sighting === undefined || sighting.kind === 'present' ? 0 : (sighting.retryAfterMs ?? 0)
      await pause(clock, Math.max(wished, backOffMs(failures, random, TRY_AGAIN)), signal)
    }
    return undefined
  }

  async #sight(signal: AbortSignal): Promise<Sighting | Failure> {
    const { client, store, reflector } = this.#parts
    const before = store.moment
    const present = await presentVersion({ client, kind: KINDS.pod, signal, timeoutMs: PRESENT_TIMEOUT_MS })
    if (present.kind !== 'present') return present
    const wentBack = isNewer(before.version, present.version)
    if (wentBack) {
      this.#lists.forget()
      reflector.relist()
    }
    this.#lists.saw(present.version)
    return { ...present, target: { history: before.history, version: present.version }, wentBack }
  }

  /** Undefined when the signal was given, or when the index has begun anew and the sighting says nothing about it. */
  #prove(sighting: Sighting, deadline: number, outer: AbortSignal): Promise<FreshLook | undefined> {
    return within(outer, (signal) =>
      Promise.race([this.#indexArrives(sighting, signal), this.#otherProof(sighting, deadline, signal)]),
    )
  }

  async #indexArrives({ target, wentBack }: Sighting, signal: AbortSignal): Promise<FreshLook | undefined> {
    const { store } = this.#parts
    const over = Promise.withResolvers<FreshLook | undefined>()
    const look = () => {
      if (wentBack) return
      if (store.knows(target)) over.resolve(indexLook(store, target))
      else if (store.moment.history !== target.history) over.resolve(undefined)
    }
    const stop = store.onMoment(look)
    look()
    try {
      return await unless(signal, over.promise)
    } finally {
      stop()
    }
  }

  async #otherProof(
    sighting: Sighting,
    deadline: number,
    signal: AbortSignal,
  ): Promise<FreshLook | undefined> {
    const { clock, random } = this.#parts
    const pages = pagesOf(sighting)
    if (pages > 1) await pause(clock, GRACE_MS, signal)
    for (let failures = 0; !signal.aborted; failures++) {
      const list = (inner: AbortSignal) => this.#listed(sighting, pages, deadline, inner)
      const pulse = (inner: AbortSignal) => this.#pulsed(sighting, inner)
      const ways = pages > MOST_LISTED_PAGES ? ([pulse, list] as const) : ([list, pulse] as const)
      const look = await hedged(clock, PATIENCE_MS, signal, ways)
      if (look) return look
      await pause(clock, backOffMs(failures, random, TRY_AGAIN), signal)
    }
    return undefined
  }

  async #listed(
    { version }: Sighting,
    pages: number,
    deadline: number,
    signal: AbortSignal,
  ): Promise<FreshLook | undefined> {
    if (signal.aborted) return undefined
    const list = await waitFor(this.#lists.join(version, pages), signal)
    if (list?.kind !== 'listed') return undefined
    return listLook(list, this.#complete(deadline))
  }

  #complete(deadline: number): Complete {
    const { clock, client, store, project } = this.#parts
    return (candidates) =>
      untilDeadline(clock, deadline, (signal) =>
        completePods(candidates, { client, store, project: ({ object }) => project(object), signal }),
      )
  }

  /** Only ever helps the index along; when it has arrived, the race is over. */
  async #pulsed({ wentBack, target }: Sighting, signal: AbortSignal): Promise<undefined> {
    const { store } = this.#parts
    // The bookmark of a pulse that was under way already may be a little too old; that of the next one is not.
    for (let pulses = 0; pulses < 2 && !wentBack && !signal.aborted; pulses++) {
      if (!store.filled || store.moment.history !== target.history) return
      const end = await waitFor(this.#pulse.join(), signal)
      if (end?.kind !== 'bookmark') return
    }
  }
}

/** Where the server does not say how many there are, there are many. */
function pagesOf({ count }: Present): number {
  return count === undefined ? MOST_LISTED_PAGES : Math.max(1, Math.ceil(count / PAGE))
}
