// What an answer to "why" may know: what the reconcile loop sees of one name, and how to ask for the rest.
// Has no rule; who gathers it, and how, is not told here.

import type { EndpointSlice } from '../endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../endpoints/facts.ts'
import type { EndpointPod } from '../endpoints/pod-facts.ts'
import type { ServiceRecord } from '../endpoints/service-record.ts'
import type { KubernetesObject } from '../kubernetes.ts'
import type { NetworkUse, Unreadable } from '../networks/records.ts'
import type { ObjectKey } from '../object-key.ts'
import type { ServiceForm } from '../services/service-form.ts'
import type { SlicesAsked } from '../services/slices-asked.ts'
import type { Asked } from '../services/wish.ts'

export interface WhyServiceObject {
  readonly record: ServiceRecord
  readonly form: ServiceForm
  /** What it asks for itself. */
  readonly asked: Asked | undefined
  /** It asks, is marked by us, or belongs to a NetService. */
  readonly concernsUs: boolean
  /** As much of its metadata as says whose it is. */
  readonly whose: KubernetesObject
}

export interface WhyNetService {
  readonly name: string
  readonly uid: string
  readonly terminating: boolean
  readonly asked: Asked
}

export interface KnowsNetworks {
  readonly networkExists: (nad: ObjectKey) => boolean
  /** Those that may be suggested where a name is wrong. */
  readonly networks: readonly ObjectKey[]
}

export interface WhyFacts extends KnowsNetworks {
  /** Everything of one name in one namespace. */
  readonly scene: {
    readonly service: WhyServiceObject | undefined
    readonly netService: WhyNetService | undefined
    /** Of the old group, where one of the new has the same name and goes first. */
    readonly outranked: WhyNetService | undefined
    readonly slices: readonly EndpointSlice[]
  }
  readonly facts: (record: ServiceRecord, asked: SlicesAsked) => ServiceFacts
}

export interface WhyPodFacts extends KnowsNetworks {
  readonly pod: EndpointPod
  /** What its annotations ask for and report. */
  readonly uses: readonly NetworkUse[]
  readonly unreadable: readonly Unreadable[]
}
