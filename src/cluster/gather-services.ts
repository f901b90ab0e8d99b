// What is around a NetService or Service that is being written? Read live where that is cheap, from the index where it
// suffices, and never for long: what did not come in time is not known.

import type { Surroundings } from '../core/admission/surroundings.ts'
import type { IPFamily } from '../core/networks/address.ts'
import { nameOf, namespaceOf, objectKey, type ObjectKey } from '../core/object-key.ts'
import type { VerdictSettings } from '../core/settings.ts'
import type { ServiceWish } from '../core/services/wish.ts'
import { isSuccess, type ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import type { ClusterFamilies } from './cluster-families.ts'
import type { ClusterIndex } from './cluster-index.ts'
import type { GatherLimits } from './gather.ts'
import { KINDS, objectPath, type Kind } from './kinds.ts'
import { listSome, METADATA_ONLY } from './list.ts'
import { selectedBy } from './selected.ts'
import { ApiUnreachable } from './unreachable.ts'

export interface ServiceGatherParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  readonly index: Pick<ClusterIndex, 'nads'>
  readonly families: ClusterFamilies
  readonly settings: () => VerdictSettings
  /** Milliseconds since 1970. */
  readonly wallClock: () => number
}

/** Whoever writes a Service waits no longer than this for a nicer answer. */
const PATIENCE_MS = 1_000

/** Fulfils what the admission of NetServices and Services asks for. */
export class ServiceGather {
  readonly #parts: ServiceGatherParts

  constructor(parts: ServiceGatherParts) {
    this.#parts = parts
  }

  service(key: ObjectKey, limits: GatherLimits): Promise<unknown> {
    return this.#read(KINDS.service, key, limits)
  }

  async hasOldTwin(key: ObjectKey, limits: GatherLimits): Promise<boolean> {
    return (await this.#read(KINDS.oldNetService, key, limits)) !== undefined
  }

  clusterFamilies(limits: GatherLimits): Promise<readonly IPFamily[] | undefined> {
    return this.#parts.families(this.#patience(limits))
  }

  async surroundings(wish: ServiceWish, limits: GatherLimits): Promise<Surroundings> {
    const { client, settings } = this.#parts
    const timeoutMs = this.#patience(limits)
    const { multusNamespace } = settings()
    const [networkExists, selected] = await Promise.all([
      this.#networkExists(wish.network, timeoutMs),
      this.#inTime(timeoutMs, selectedBy(wish, { client, timeoutMs, multusNamespace })),
    ])
    const suggestions = networkExists === false ? this.#suggestions(wish) : []
    return { networkExists, suggestions, selected }
  }

  /** A network made just before may not have reached the index, so only a *yes* is taken from there. */
  async #networkExists(network: ObjectKey, timeoutMs: number): Promise<boolean | undefined> {
    const { client, index } = this.#parts
    if (index.nads.store.get(network)) return true
    const fieldSelector = `metadata.name=${nameOf(network)}`
    const namespace = namespaceOf(network)
    const list = await listSome({
      ...{ client, kind: KINDS.nad, namespace, fieldSelector, accept: METADATA_ONLY, timeoutMs },
      limit: 1,
    })
    if (list.kind === 'some') return list.objects.length > 0
    return list.kind === 'absent' ? false : undefined
  }

  /** Of the Service's own namespace and of those that Multus calls global: what others have there is not told. */
  #suggestions({ service }: ServiceWish): readonly ObjectKey[] {
    const { store } = this.#parts.index.nads
    const namespaces = new Set([namespaceOf(service), ...this.#parts.settings().globalNamespaces])
    return [...namespaces]
      .flatMap((namespace) => store.by(namespace))
      .map(({ namespace, name }) => objectKey(namespace, name))
  }

  async #read(kind: Kind, key: ObjectKey, limits: GatherLimits): Promise<unknown> {
    const path = objectPath(kind, { namespace: namespaceOf(key), name: nameOf(key) })
    try {
      const { status, body } = await this.#parts.client.request({ path, timeoutMs: this.#patience(limits) })
      return isSuccess(status) ? body : undefined
    } catch (error) {
      if (error instanceof ApiUnreachable) return undefined
      throw error
    }
  }

  #patience({ deadline }: GatherLimits): number {
    return Math.max(1, Math.min(PATIENCE_MS, deadline - this.#parts.wallClock()))
  }

  /** Two reads may follow each other; together they take no longer than one may. */
  async #inTime<T>(milliseconds: number, answer: Promise<T>): Promise<T | undefined> {
    const late = Promise.withResolvers<undefined>()
    const cancel = this.#parts.clock.after(milliseconds, () => late.resolve(undefined))
    try {
      return await Promise.race([answer, late.promise])
    } finally {
      cancel()
    }
  }
}
