// What a deletion verdict may know: everything needed, nothing else. Who gathers it, and how, is not told here.

import type { ReferrerRecord, NadRecord, NamespaceRecord, PodRecord } from '../networks/records.ts'
import type { NetworkUsers } from '../networks/users.ts'
import type { GuardMode, ReferrerKind, VerdictSettings } from '../settings.ts'

/**
 * How far the facts can be trusted:
 * `cached` showed no life lately and proves nothing; `alive` is good enough for a no, because it can only be wrong
 * about a Pod that went within the last seconds; `fresh` was true after the request arrived, so it may also say yes;
 * `unavailable`: a fresh look was asked for and did not come in time.
 */
export type Evidence = 'cached' | 'alive' | 'fresh' | 'unavailable'

/** The namespaces whose Pods the caller may be told by name; elsewhere they are only counted. */
export type Visible = 'all' | ReadonlySet<string>

export interface NamespaceStanding {
  readonly terminating: boolean
  readonly guard: GuardMode
  /** The reason given with `sidenet.io/allow-deletion` on the Namespace. */
  readonly allowDeletion: string | undefined
}

/** Common to all three deletion verdicts. */
interface Circumstances {
  readonly evidence: Evidence
  readonly visible: Visible
  /** Kinds whose naming of a network counts like a use. */
  readonly blockOn: ReadonlySet<ReferrerKind>
  /** Milliseconds since 1970, to tell a Pod that is slow to end. */
  readonly now: number
}

/** One NAD with whatever speaks against its deletion. */
export interface NadStanding {
  readonly nad: NadRecord
  readonly namespace: NamespaceStanding
  readonly users: NetworkUsers
  readonly referrers: readonly ReferrerRecord[]
}

export interface NadFacts extends NadStanding, Circumstances {
  /** Pods of the NAD's own namespace with an annotation that cannot be read. */
  readonly unreadable: readonly PodRecord[]
}

export interface NamespaceFacts extends Circumstances {
  readonly namespace: NamespaceRecord
  readonly guard: GuardMode
  /** The NADs inside; their users in other namespaces are what matters. */
  readonly nads: readonly NadStanding[]
}

export interface NadCrdFacts extends Circumstances {
  readonly crd: {
    readonly name: string
    readonly terminating: boolean
    readonly allowDeletion: string | undefined
  }
  readonly guard: GuardMode
  /** Every NAD of the cluster. */
  readonly nads: readonly NadStanding[]
}

/** What the label `sidenet.io/guard` means; anything but the three known values has the cluster's default. */
export function guardOf(label: string | undefined, settings: VerdictSettings): GuardMode {
  return label === 'enforce' || label === 'warn' || label === 'off' ? label : settings.guard
}
