// Why does this Pod hold a network or not, and which Services publish it? Never reads anything, never decides anew:
// what a Service makes of the Pod was decided for that Service.

import { selects } from '../endpoints/selector.ts'
import type { Reason } from '../names.ts'
import type { Unreadable, UseField } from '../networks/records.ts'
import { objectKey, type ObjectKey } from '../object-key.ts'
import type { WhyPodFacts } from './facts.ts'
import { whyNetwork, type NetworkVerdict } from './why-network.ts'
import { isComplete, type WhyService, type WhyState } from './why-service.ts'

/** One network that the Pod asks for or holds. */
export type NetworkRow = NetworkVerdict & {
  readonly network: ObjectKey
  /** Empty where it holds what it does not ask for, as Multus' own configuration may add it. */
  readonly askedBy: readonly Exclude<UseField, 'network-status'>[]
}

/** One Service or NetService that selects the Pod, and what becomes of the Pod there. */
export interface ServiceRow {
  readonly speaker: WhyService['speaker']
  readonly service: ObjectKey
  readonly network: ObjectKey | undefined
  readonly state: WhyState
  readonly published: 'yes' | 'not yet' | 'no'
  readonly addresses: readonly string[]
  readonly reason: Reason
  /** Why it is not published; empty where it is. */
  readonly message: string
}

export interface WhyPod {
  readonly pod: ObjectKey
  readonly finished: boolean
  /** Sorted by network. */
  readonly networks: readonly NetworkRow[]
  /** Annotations that cannot be read. */
  readonly unreadable: readonly Unreadable[]
  /** Sorted by name. */
  readonly services: readonly ServiceRow[]
  /** It holds every network it asks for, and every Service that is to publish it does. */
  readonly complete: boolean
}

/** `services`: the answers for every name of the Pod's namespace. */
export function whyPod(facts: WhyPodFacts, services: readonly WhyService[]): WhyPod {
  const { pod, unreadable } = facts
  const key = objectKey(pod.namespace, pod.name)
  const networks = networkRows(facts)
  const selecting = services
    .filter(({ selector }) => selects(selector, pod.labels))
    .sort((a, b) => (a.key < b.key ? -1 : 1))
  const rows = selecting.map((service) => serviceRow(service, key))
  const isThere = (service: WhyService, at: number): boolean => isSettled(service, rows[at])
  const holdsAll = unreadable.length === 0 && networks.every(({ held }) => held)
  return {
    pod: key,
    finished: pod.finished,
    networks,
    unreadable,
    services: rows,
    complete: pod.finished || (holdsAll && selecting.every(isThere)),
  }
}

function networkRows(facts: WhyPodFacts): NetworkRow[] {
  const { uses, pod } = facts
  const attached = 'reason' in pod.networks ? [] : pod.networks.attachments.map(({ network }) => network)
  const networks = new Set([...uses.map(({ nad }) => nad), ...attached])
  return [...networks].sort().map((network) => ({
    network,
    askedBy: uses.flatMap(({ nad, field }) => (nad === network && field !== 'network-status' ? [field] : [])),
    ...whyNetwork(network, facts),
  }))
}

function serviceRow({ speaker, key, network, state, reason, message, pods }: WhyService, pod: ObjectKey) {
  const row = pods.find((each) => each.pod === pod)
  const about = { speaker, service: key, network, state }
  if (row === undefined) return { ...about, published: 'no', addresses: [], reason, message } as const
  const { published, addresses } = row
  return { ...about, published, addresses, reason: row.reason, message: row.message }
}

function isSettled(service: WhyService, row: ServiceRow | undefined): boolean {
  return service.state === 'publishing' ? row?.published === 'yes' : isComplete(service)
}
