// What is remembered of a Pod where EndpointSlices are kept: what the guard needs and what slices need, in one record.
// Never says what follows from it.

import { endpointPod, heldAddresses, type EndpointPod } from '../core/endpoints/pod-facts.ts'
import type { Pool } from '../core/endpoints/pool.ts'
import type { Pod } from '../core/kubernetes.ts'
import { podRecord } from '../core/networks/pod-record.ts'
import type { PodRecord } from '../core/networks/records.ts'

export interface KnownPod extends PodRecord {
  /** Absent where no slices are kept. */
  readonly endpoint?: EndpointPod
}

/** Every Pod leaves a record, be it that a Service selects it and it has no status yet. */
export function knownPod(pod: Pod, multusNamespace: string, shared: Pool): KnownPod | undefined {
  const endpoint = endpointPod(pod, shared)
  if (endpoint === undefined) return undefined
  const guard = podRecord(pod, multusNamespace)
  const { namespace, name, uid, nodeName, finished, hostNetwork } = endpoint
  return {
    namespace,
    name,
    uid,
    nodeName,
    finished,
    hostNetwork,
    deletionTimestamp: guard?.deletionTimestamp,
    uses: guard?.uses ?? NONE,
    unreadable: guard?.unreadable ?? NONE,
    endpoint,
  }
}

const NONE: readonly never[] = Object.freeze([])

/** The names under which it is found for slices. None can be taken for a network: those have a slash and no blank. */
export function endpointNames({ endpoint }: KnownPod): string[] {
  if (endpoint === undefined) return []
  const { namespace, nodeName } = endpoint
  return [
    podsIn(namespace),
    ...(nodeName === undefined ? [] : [podsOn(nodeName)]),
    ...heldAddresses(endpoint).map(podsAt),
  ]
}

export function podsIn(namespace: string): string {
  return `in ${namespace}`
}

export function podsOn(node: string): string {
  return `on ${node}`
}

/** Those that have it as a first address and have not finished. */
export function podsAt(address: string): string {
  return `at ${address}`
}
