// What we remember of each object: the few fields that a verdict needs. Everything else is dropped as it arrives.
// Records are values: they are replaced whole, never changed.

import type { ObjectKey } from '../object-key.ts'
import type { ReferrerKind } from '../settings.ts'

/** The field by which a Pod holds on to a network. */
export type UseField = 'networks' | 'default-network' | 'network-status'

export interface NetworkUse {
  readonly nad: ObjectKey
  readonly field: UseField
}

/** An annotation that cannot be read: its key and what is wrong with it. */
export interface Unreadable {
  readonly annotation: string
  readonly problem: string
}

export interface PodRecord {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  /** The node the Pod is bound to; undefined before it is scheduled. */
  readonly nodeName: string | undefined
  /** Succeeded or Failed: its networks are gone, whatever its annotations say. */
  readonly finished: boolean
  readonly hostNetwork: boolean
  /** RFC 3339: when the grace period of its deletion ends; undefined while it is not being deleted. */
  readonly deletionTimestamp: string | undefined
  /** Resolved to `namespace/name`, each pair of network and field once, in the order they were read. */
  readonly uses: readonly NetworkUse[]
  readonly unreadable: readonly Unreadable[]
}

export interface NadRecord {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly terminating: boolean
  /** The reason given with `sidenet.io/allow-deletion`; undefined where it is absent or blank. */
  readonly allowDeletion: string | undefined
  /** The reason given with `sidenet.io/protected`; undefined where it is absent or blank. */
  readonly protected: string | undefined
  /** `Kind name` of the controlling owner that generated it, where there is one. */
  readonly owner: string | undefined
}

/** A workload, NetService or Service that names networks. */
export interface ReferrerRecord {
  readonly kind: ReferrerKind
  readonly namespace: string
  readonly name: string
  readonly nads: readonly ObjectKey[]
}

export interface NamespaceRecord {
  readonly name: string
  readonly uid: string
  readonly terminating: boolean
  /** The label `sidenet.io/guard` as it stands; undefined where absent. What it means is decided with the settings. */
  readonly guardLabel: string | undefined
  readonly allowDeletion: string | undefined
}
