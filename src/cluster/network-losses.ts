// Which networks that Pods use are going or gone, and how was that noticed? Remembers each that went for as long as Pods
// may hold it. Has no rule: what may be put back is decided in the core.

import { mayReturn, type Noticed, type Return } from '../core/admission/after-the-fact.ts'
import { nadFacts, nadStanding } from '../core/admission/assemble.ts'
import type { KnownNad } from '../core/networks/kept-nad.ts'
import type { NadRecord, PodRecord } from '../core/networks/records.ts'
import { usersOf, type NetworkUser } from '../core/networks/users.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import type { VerdictSettings } from '../core/settings.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { isNewer, NO_VERSION } from './versions.ts'

export interface Loss {
  readonly uid: string
  /** On the clock. */
  readonly at: number
  /** As it was judged in the moment of the loss. */
  readonly back: Return
  /** The uids of the Pods that held it then. */
  readonly holders: ReadonlySet<string>
}

export interface SeenNetwork {
  readonly nad: NadRecord | undefined
  readonly loss: Loss | undefined
  /** Pods that hold it, and those of other namespaces that name it and have not started. */
  readonly users: readonly NetworkUser[]
}

export interface LossesParts {
  readonly index: ClusterIndex
  readonly settings: () => VerdictSettings
  readonly now: () => number
  readonly wallClock: () => number
}

const MOST_REMEMBERED = 1_000

export class NetworkLosses {
  readonly #parts: LossesParts
  readonly #losses = new Map<ObjectKey, Loss>()
  #noticed: Noticed = 'seen'

  constructor(parts: LossesParts) {
    this.#parts = parts
    const { pods, nads } = parts.index
    let last = nads.store.moment
    nads.store.onMoment(() => {
      const { moment } = nads.store
      if (moment.history === last.history) this.#noticed = 'seen'
      else if (moment.version === NO_VERSION) this.#noticed = 'unserved'
      else this.#noticed = isNewer(last.version, moment.version) ? 'restored' : 'unseen'
      last = moment
    })
    nads.store.onChange((before, after) => {
      if (after !== undefined) this.#losses.delete(keyOf(after))
      else if (before !== undefined && pods.store.by(keyOf(before)).length > 0) this.#note(before)
    })
  }

  see(key: ObjectKey): SeenNetwork {
    const { index, settings } = this.#parts
    const { users, requested } = usersOf(key, index.pods.store.by(key), settings())
    return { nad: index.nads.store.get(key), loss: this.#losses.get(key), users: [...users, ...requested] }
  }

  /** Every network that is named or held, and is not simply there. */
  keys(): Set<ObjectKey> {
    const keys = new Set<ObjectKey>()
    for (const pod of this.#parts.index.pods.store.records())
      for (const { nad } of pod.uses) if (this.#isInTrouble(nad)) keys.add(nad)
    return keys
  }

  /** Hears of networks that came or are going or gone, and of Pods that began to use one of those. */
  onChange(listener: (key: ObjectKey) => void): void {
    const { pods, nads } = this.#parts.index
    nads.store.onChange((before, after) => {
      const nad = after ?? before
      if (nad !== undefined && (before === undefined || after === undefined || after.terminating))
        listener(keyOf(nad))
    })
    pods.store.onChange((before, after) => {
      if (after === undefined || before?.uses === after.uses || after.uses.length === 0) return
      const known = new Set(before?.uid === after.uid ? before.uses.map(useText) : [])
      for (const use of after.uses)
        if (!known.has(useText(use)) && this.#isInTrouble(use.nad)) listener(use.nad)
    })
  }

  #isInTrouble(key: ObjectKey): boolean {
    const { store } = this.#parts.index.nads
    return store.filled && store.get(key)?.terminating !== false
  }

  #note(nad: KnownNad): void {
    const { index, settings, now, wallClock } = this.#parts
    const key = keyOf(nad)
    const pods = index.pods.store.by(key)
    const referrers = Object.values(index.referrers).flatMap(({ store }) => store.by(key))
    const namespace = index.namespaces.store.get(objectKey('', nad.namespace))
    const standing = nadStanding(nad, namespace, { pods, referrers }, settings())
    const circumstances = { evidence: 'alive', visible: 'all', now: wallClock() } as const
    const facts = nadFacts(standing, [], circumstances, settings())
    this.#losses.delete(key)
    const holders = new Set(standing.users.users.map(({ uid }) => uid))
    const back = mayReturn(facts, this.#noticed, nad.copy)
    this.#losses.set(key, { uid: nad.uid, at: now(), back, holders })
    for (const oldest of this.#losses.keys()) {
      if (this.#losses.size <= MOST_REMEMBERED) return
      this.#losses.delete(oldest)
    }
  }
}

const keyOf = ({ namespace, name }: NadRecord): ObjectKey => objectKey(namespace, name)
const useText = ({ nad, field }: PodRecord['uses'][number]): string => `${field} ${nad}`
