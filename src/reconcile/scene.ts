// What the loop needs to see and may do, as types. Whoever speaks with the API server fulfils them.

import type { EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../core/endpoints/facts.ts'
import type { ServiceRecord } from '../core/endpoints/service-record.ts'
import type { SliceChanges } from '../core/endpoints/slices.ts'
import type { KubernetesObject } from '../core/kubernetes.ts'
import type { ObjectKey } from '../core/object-key.ts'
import type { NetServiceGroup } from '../core/services/dialects.ts'
import type { ServiceForm } from '../core/services/service-form.ts'
import type { SlicesAsked } from '../core/services/slices-asked.ts'
import type { Asked } from '../core/services/wish.ts'

export interface SeenService {
  readonly record: ServiceRecord
  readonly form: ServiceForm
  readonly asked: Asked | undefined
  readonly concernsUs: boolean
  /** As much of its metadata as says whose it is. */
  readonly whose: KubernetesObject
}

export interface SeenNetService {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly group: NetServiceGroup
  readonly generation: number
  readonly terminating: boolean
  readonly asked: Asked
  readonly status: unknown
}

export interface Scene {
  readonly service: SeenService | undefined
  readonly netService: SeenNetService | undefined
  readonly outranked: SeenNetService | undefined
  readonly slices: readonly EndpointSlice[]
}

export interface Sees {
  see(key: ObjectKey): Scene
  facts(record: ServiceRecord, said: SlicesAsked): ServiceFacts
  networkExists(nad: ObjectKey): boolean
  remember(key: ObjectKey, addresses: readonly string[]): void
  /** Whether everything that we wrote for this key has been heard of. */
  caughtUp(key: ObjectKey): boolean
}

export type AppliesSlices = (
  key: ObjectKey,
  changes: SliceChanges,
) => Promise<{ readonly kind: 'applied' | 'conflict' | 'over'; readonly writes: number }>

/** All answer whether it was written; they reject where it was refused. */
export interface WritesServices {
  create(key: ObjectKey, service: KubernetesObject): Promise<boolean>
  patch(key: ObjectKey, patch: object): Promise<boolean>
  poke(key: ObjectKey): Promise<boolean>
  markReady(key: ObjectKey): Promise<boolean>
  markEndpoints(key: ObjectKey, written: boolean): Promise<boolean>
}

export type WritesStatus = (netService: SeenNetService, status: object) => Promise<void>

/** Whom an Event is about. */
export interface Owner {
  readonly apiVersion: string
  readonly kind: string
  readonly namespace: string
  readonly name: string
  readonly uid: string
}

/** One reading of the clock that never goes back, and the time of day; in milliseconds. */
export interface Times {
  now(): number
  wallClock(): number
}
