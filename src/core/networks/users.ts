// Who uses this NetworkAttachmentDefinition, and through which field?
// Never decides what follows, and never compares bare names: every use was resolved when it was read.

import { namespaceOf, type ObjectKey } from '../object-key.ts'
import type { VerdictSettings } from '../settings.ts'
import type { NetworkUse, PodRecord, ReferrerRecord, UseField } from './records.ts'

/** A Pod that uses the network, and how. */
export interface NetworkUser {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The fields that count, in the order networks, default-network, network-status. */
  readonly fields: readonly UseField[]
  readonly nodeName: string | undefined
  readonly deletionTimestamp: string | undefined
}

export interface NetworkUsers {
  /** Pods that hold on to the network; those of its own namespace first, then by namespace and name. */
  readonly users: readonly NetworkUser[]
  /** Pods of other namespaces that name it and have not started, in the same order: told, not counted. */
  readonly requested: readonly NetworkUser[]
}

/** The Pods that use the network. Finished Pods and those on the host's network use none, whatever they say. */
export function usersOf(nad: ObjectKey, pods: Iterable<PodRecord>, settings: VerdictSettings): NetworkUsers {
  const users: NetworkUser[] = []
  const requested: NetworkUser[] = []
  for (const pod of pods) {
    const fields = fieldsThatCount(nad, pod, settings)
    if (fields.length === 0) continue
    const { namespace, name, uid, nodeName, deletionTimestamp } = pod
    const started =
      namespace === namespaceOf(nad) || nodeName !== undefined || fields.includes('network-status')
    ;(started ? users : requested).push({ namespace, name, uid, fields, nodeName, deletionTimestamp })
  }
  const order = byNearness(namespaceOf(nad))
  return { users: users.sort(order), requested: requested.sort(order) }
}

/** The workloads, NetServices and Services that name the network: those of its own namespace first, then by namespace, name and kind. */
export function referrersOf(nad: ObjectKey, referrers: Iterable<ReferrerRecord>): readonly ReferrerRecord[] {
  const order = byNearness(namespaceOf(nad))
  return [...referrers]
    .filter(({ nads }) => nads.includes(nad))
    .sort((a, b) => order(a, b) || compare(a.kind, b.kind))
}

const FIELDS: readonly UseField[] = ['networks', 'default-network', 'network-status']

function fieldsThatCount(nad: ObjectKey, pod: PodRecord, settings: VerdictSettings): readonly UseField[] {
  if (pod.finished || pod.hostNetwork) return []
  const uses = pod.uses.filter((use) => use.nad === nad && mayAttach(use, pod, settings))
  return FIELDS.filter((field) => uses.some((use) => use.field === field))
}

/**
 * Whether Multus would let the Pod have this network. Its isolation is about the networks annotation alone; a network
 * that was attached stays attached. Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go, `GetNetworkDelegates`.
 */
function mayAttach(
  { nad, field }: NetworkUse,
  pod: PodRecord,
  { namespaceIsolation, globalNamespaces }: VerdictSettings,
): boolean {
  if (!namespaceIsolation || field !== 'networks') return true
  return namespaceOf(nad) === pod.namespace || globalNamespaces.has(namespaceOf(nad))
}

interface Named {
  readonly namespace: string
  readonly name: string
}

function byNearness(home: string): (a: Named, b: Named) => number {
  return (a, b) =>
    Number(b.namespace === home) - Number(a.namespace === home) ||
    compare(a.namespace, b.namespace) ||
    compare(a.name, b.name)
}

/** By code units, so that every door and every locale gives the same order. */
function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
