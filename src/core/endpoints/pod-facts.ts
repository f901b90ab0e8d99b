// What slices need to know of a Pod, and nothing more: ten thousand of these are kept in memory.
// Never throws, whatever stands in the Pod, and never decides whether it is published.

import { objectKey, type ObjectKey } from '../object-key.ts'
import { readAddress } from '../networks/address.ts'
import { isTerminating } from '../networks/metadata.ts'
import { fieldAt, listAt, ownCopy, textAt } from '../networks/untrusted.ts'
import { podNetworks, type PodNetworks } from './pod-networks.ts'
import type { NamedPort } from './ports.ts'
import type { Pool } from './pool.ts'
import { textMapAt, type TextMap } from './text-map.ts'

/** Lists are sorted where their order means nothing, so that two records are equal if their JSON is. */
export interface EndpointPod {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: TextMap
  readonly nodeName: string | undefined
  /** Succeeded or Failed. */
  readonly finished: boolean
  readonly ready: boolean
  readonly terminating: boolean
  readonly hostNetwork: boolean
  readonly hostname: string | undefined
  readonly subdomain: string | undefined
  /** On the cluster's own network: canonical, the first one first. */
  readonly firstAddresses: readonly string[]
  /** Each name and protocol once: a container's before a sidecar's. Ports without a name need no looking up. */
  readonly ports: readonly NamedPort[]
  readonly networks: PodNetworks
}

/** Reads a Pod as the API sends it; undefined where it lacks what every stored object has. */
export function endpointPod(raw: unknown, pool: Pool): EndpointPod | undefined {
  const namespace = textAt(raw, 'metadata', 'namespace')
  const name = textAt(raw, 'metadata', 'name')
  if (!namespace || !name) return undefined
  const firstAddresses = firstAddressesOf(raw)
  return {
    namespace: pool.text(namespace),
    name: ownCopy(name),
    uid: ownCopy(textAt(raw, 'metadata', 'uid') ?? ''),
    labels: pool.value(textMapAt(raw, 'metadata', 'labels')),
    nodeName: textIn(pool, raw, 'spec', 'nodeName'),
    finished: FINISHED.includes(textAt(raw, 'status', 'phase') ?? ''),
    ready: isReady(raw),
    terminating: isTerminating(raw),
    hostNetwork: fieldAt(raw, 'spec', 'hostNetwork') === true,
    hostname: textIn(pool, raw, 'spec', 'hostname'),
    subdomain: textIn(pool, raw, 'spec', 'subdomain'),
    firstAddresses,
    ports: pool.value(namedPorts(raw)),
    networks: podNetworks(fieldAt(raw, 'metadata', 'annotations'), namespace, firstAddresses, pool),
  }
}

/** Whether two records of a Pod say the same, in whatever order its status lists it. */
export function samePod(a: EndpointPod, b: EndpointPod): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

export function podKey({ namespace, name }: EndpointPod): ObjectKey {
  return objectKey(namespace, name)
}

/** First addresses that are the Pod's. One that has finished holds none: another may have them by now. */
export function heldAddresses(pod: EndpointPod | undefined): readonly string[] {
  return pod && !pod.finished ? pod.firstAddresses : NONE
}

const FINISHED: readonly string[] = ['Succeeded', 'Failed']
const NONE: readonly never[] = Object.freeze([])

function isReady(raw: unknown): boolean {
  const condition = listAt(raw, 'status', 'conditions').find((each) => textAt(each, 'type') === 'Ready')
  return textAt(condition, 'status') === 'True'
}

function firstAddressesOf(raw: unknown): readonly string[] {
  const all = listAt(raw, 'status', 'podIPs').map((entry) => textAt(entry, 'ip'))
  const texts = [textAt(raw, 'status', 'podIP'), ...all].filter((text) => text !== undefined)
  const addresses = texts.map(readAddress).flatMap((address) => (address.ok ? [address.value.text] : []))
  return addresses.length > 0 ? [...new Set(addresses)].map(ownCopy) : NONE
}

/** Source of the order: k8s.io/endpointslice, utils.go, FindPort. A plain init container's ports are over. */
function namedPorts(raw: unknown): readonly NamedPort[] {
  const sidecars = listAt(raw, 'spec', 'initContainers').filter(
    (container) => textAt(container, 'restartPolicy') === 'Always',
  )
  const ports = [...listAt(raw, 'spec', 'containers'), ...sidecars]
    .flatMap((container) => listAt(container, 'ports'))
    .flatMap(namedPort)
  const first = new Map(ports.toReversed().map((port) => [`${port.name}/${port.protocol}`, port]))
  return first.size > 0 ? [...first.keys()].sort().flatMap((key) => first.get(key) ?? []) : NONE
}

function namedPort(raw: unknown): NamedPort[] {
  const name = textAt(raw, 'name')
  const port = fieldAt(raw, 'containerPort')
  if (!name || typeof port !== 'number') return []
  return [{ name, protocol: textAt(raw, 'protocol') || 'TCP', port }]
}

function textIn(pool: Pool, raw: unknown, ...path: readonly string[]): string | undefined {
  const text = textAt(raw, ...path)
  return text ? pool.text(text) : undefined
}
