// What is known of one Service and everything around it, gathered from the indexes; and which Services a change is about.
// Never writes, never judges.

import { serviceOf, type EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import { isOurs } from '../core/endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../core/endpoints/facts.ts'
import type { EndpointPod } from '../core/endpoints/pod-facts.ts'
import { selects } from '../core/endpoints/selector.ts'
import type { ServiceRecord } from '../core/endpoints/service-record.ts'
import {
  keysForNode,
  keysForPod,
  keysForSlice,
  type KnowsServices,
  type WatchedService,
} from '../core/endpoints/triggers.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import { slicesAskedOf, type SlicesAsked } from '../core/services/slices-asked.ts'
import type { ClusterIndex } from './cluster-index.ts'
import { podsAt, podsIn, podsOn } from './known-pod.ts'
import type { KnownNetService, KnownService } from './known-service.ts'
import type { ServiceIndex } from './service-index.ts'

/** Everything of one name in one namespace. */
export interface Scene {
  readonly service: KnownService | undefined
  readonly netService: KnownNetService | undefined
  /** Of the old group, where one of the new has the same name and goes first. */
  readonly outranked: KnownNetService | undefined
  readonly slices: readonly EndpointSlice[]
}

export class ServiceWorld implements KnowsServices {
  readonly #index: Pick<ClusterIndex, 'pods' | 'nads'>
  readonly #services: ServiceIndex
  readonly #maxPerSlice: number
  readonly #addresses = new Map<ObjectKey, readonly string[]>()
  readonly #keysByAddress = new Map<string, Set<ObjectKey>>()
  #zones: ReadonlyMap<string, string | undefined> | undefined
  #ranges: readonly string[] | undefined

  constructor(index: Pick<ClusterIndex, 'pods' | 'nads'>, services: ServiceIndex, maxPerSlice: number) {
    this.#index = index
    this.#services = services
    this.#maxPerSlice = maxPerSlice
  }

  see(key: ObjectKey): Scene {
    const { services, netServices, oldNetServices, slices } = this.#services
    const present = netServices.store.get(key)
    const old = oldNetServices.store.get(key)
    return {
      service: services.store.get(key),
      netService: present ?? old,
      outranked: present && old,
      slices: slices.store.by(key),
    }
  }

  networkExists(nad: ObjectKey): boolean {
    return this.#index.nads.store.get(nad) !== undefined
  }

  facts(record: ServiceRecord, said: SlicesAsked): ServiceFacts {
    const pods = this.#index.pods.store.by(podsIn(record.namespace)).flatMap(({ endpoint }) => endpoint ?? [])
    const { slices } = this.#services
    return {
      service: record,
      ...said,
      pods,
      zonesByNode: this.#zonesByNode(),
      slices: slices.store.by(objectKey(record.namespace, record.name)),
      maxPerSlice: this.#maxPerSlice,
      serviceRanges: this.#serviceRanges(),
      podsByFirstAddress: this.#podsByFirstAddress(pods, said),
    }
  }

  /** Every key that may need something done: those that ask, and those that hold slices of ours. */
  keys(): readonly ObjectKey[] {
    const { services, netServices, oldNetServices, slices } = this.#services
    const keys = new Set<ObjectKey>()
    for (const { concernsUs, record } of services.store.records())
      if (concernsUs) keys.add(objectKey(record.namespace, record.name))
    for (const store of [netServices.store, oldNetServices.store])
      for (const { namespace, name } of store.records()) keys.add(objectKey(namespace, name))
    for (const slice of slices.store.records()) {
      const service = isOurs(slice) ? serviceOf(slice) : undefined
      if (service) keys.add(service)
    }
    return [...keys].sort()
  }

  servicesIn(namespace: string): readonly WatchedService[] {
    const { services, netServices, oldNetServices } = this.#services
    const own = services.store.by(namespace).map(({ record, form, asked }) => ({
      key: objectKey(record.namespace, record.name),
      selector: slicesAskedOf(form, asked, false).selector,
    }))
    const others = [...netServices.store.by(namespace), ...oldNetServices.store.by(namespace)].flatMap(
      ({ name, asked }) =>
        asked.wish.ok ? [{ key: objectKey(namespace, name), selector: asked.wish.value.selector }] : [],
    )
    return [...own, ...others]
  }

  servicesByAddress(address: string): readonly ObjectKey[] {
    return [...(this.#keysByAddress.get(address) ?? [])]
  }

  /** What its last plan considered, so that it is looked at again when one of these becomes a Pod's first address. */
  remember(key: ObjectKey, addresses: readonly string[]): void {
    for (const address of this.#addresses.get(key) ?? []) {
      const keys = this.#keysByAddress.get(address)
      keys?.delete(key)
      if (keys?.size === 0) this.#keysByAddress.delete(address)
    }
    if (addresses.length === 0) this.#addresses.delete(key)
    else this.#addresses.set(key, addresses)
    for (const address of addresses) {
      const keys = this.#keysByAddress.get(address)
      if (keys) keys.add(key)
      else this.#keysByAddress.set(address, new Set([key]))
    }
  }

  /** Tells of every Service that a change may be about. */
  onChange(look: (key: ObjectKey) => void): void {
    const all = (keys: readonly ObjectKey[]): void => keys.forEach(look)
    const { services, netServices, oldNetServices, slices, nodes, cidrs } = this.#services
    const { pods, nads } = this.#index
    pods.store.onChange((before, after) =>
      all(keysForPod({ before: before?.endpoint, after: after?.endpoint }, this)),
    )
    slices.store.onChange((before, after) => all(keysForSlice({ before, after })))
    services.store.onChange((before, after) => {
      this.#ranges = undefined
      const record = (after ?? before)?.record
      if (record && (before?.concernsUs || after?.concernsUs || this.#isNamed(record)))
        look(objectKey(record.namespace, record.name))
    })
    for (const { store } of [netServices, oldNetServices])
      store.onChange((before, after) => {
        const of = after ?? before
        if (of) look(objectKey(of.namespace, of.name))
      })
    nodes.store.onChange((before, after) => {
      this.#zones = undefined
      all(keysForNode({ before, after }, (node) => this.#podsOn(node), this))
    })
    nads.store.onChange((before, after) => {
      const nad = after ?? before
      if (nad && (before === undefined || after === undefined)) this.#lookAtNetwork(nad, look)
    })
    cidrs.store.onChange(() => void (this.#ranges = undefined))
  }

  /** Holds slices of ours, or is called like a NetService. */
  #isNamed({ namespace, name }: ServiceRecord): boolean {
    const { netService, slices } = this.see(objectKey(namespace, name))
    return netService !== undefined || slices.some(isOurs)
  }

  #podsOn(node: string): readonly EndpointPod[] {
    return this.#index.pods.store.by(podsOn(node)).flatMap(({ endpoint }) => endpoint ?? [])
  }

  #lookAtNetwork(nad: { namespace: string; name: string }, look: (key: ObjectKey) => void): void {
    const key = objectKey(nad.namespace, nad.name)
    for (const { store } of [this.#services.netServices, this.#services.oldNetServices])
      for (const { namespace, name, asked } of store.records())
        if (asked.wish.ok && asked.wish.value.network === key) look(objectKey(namespace, name))
  }

  #zonesByNode(): ReadonlyMap<string, string | undefined> {
    return (this.#zones ??= new Map(
      [...this.#services.nodes.store.records()].map(({ name, zone }) => [name, zone]),
    ))
  }

  /** Where ServiceCIDRs are not served (before Kubernetes 1.33) the cluster IPs in use have to do. */
  #serviceRanges(): readonly string[] {
    return (this.#ranges ??= this.#readRanges())
  }

  #readRanges(): readonly string[] {
    const { cidrs, services } = this.#services
    const ranges = [...cidrs.store.records()].flat()
    if (ranges.length > 0) return ranges
    return [...services.store.records()]
      .flatMap(({ clusterIPs }) => clusterIPs)
      .filter((ip) => ip !== 'None')
      .map((ip) => `${ip}/${ip.includes(':') ? 128 : 32}`)
  }

  #podsByFirstAddress(
    pods: readonly EndpointPod[],
    { wish, selector }: SlicesAsked,
  ): ReadonlyMap<string, readonly ObjectKey[]> {
    if (wish.kind !== 'publish') return new Map()
    const { network } = wish.attachment
    const holders = new Map<string, readonly ObjectKey[]>()
    for (const { networks, labels } of pods) {
      if ('reason' in networks || !selects(selector, labels)) continue
      for (const attachment of networks.attachments)
        if (attachment.network === network)
          for (const address of attachment.addresses)
            if (!holders.has(address)) holders.set(address, this.#holdersOf(address))
    }
    return holders
  }

  #holdersOf(address: string): readonly ObjectKey[] {
    return this.#index.pods.store.by(podsAt(address)).map(({ namespace, name }) => objectKey(namespace, name))
  }
}
