// What the reconcile loop would know, read once, here and now: for the command line, which follows nothing.
// Never judges; what cannot be read is an error for people, since half a picture gives wrong answers.

import { pool } from '../core/endpoints/pool.ts'
import type { KubernetesObject } from '../core/kubernetes.ts'
import type { NadRecord } from '../core/networks/records.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { clusterIndex, type Indexed } from './cluster-index.ts'
import { resourceName } from './kinds.ts'
import { knownPod, type KnownPod } from './known-pod.ts'
import { listRecords } from './list.ts'
import { serviceIndex, type ServiceIndex } from './service-index.ts'
import { ServiceWorld } from './service-world.ts'

export interface OneLook {
  readonly world: ServiceWorld
  readonly pod: (key: ObjectKey) => KnownPod | undefined
  /** Every NAD of the cluster. */
  readonly networks: readonly ObjectKey[]
  /** Every Service and NetService of the namespace, each name once; and the Pods. */
  readonly names: Readonly<Record<'services' | 'netServices' | 'pods', readonly ObjectKey[]>>
}

export interface OneLookParts {
  readonly client: ApiClient
  readonly clock: Clock
  readonly multusNamespace: string
  readonly maxPerSlice: number
}

/**
 * Everything about the Services of one namespace. Pods are read of all namespaces, since an address may be another
 * Pod's, and so are Services where the cluster does not list its ranges. Throws an Error where something is refused.
 */
export async function lookAt(namespace: string, parts: OneLookParts): Promise<OneLook> {
  const { client, multusNamespace } = parts
  // None of these is started: each is filled by one list.
  const following = { ...parts, random: () => 0, log: SILENT, multusNamespace: () => multusNamespace }
  const index = clusterIndex({ ...following, forEndpoints: true })
  const services = serviceIndex(following)
  const shared = pool()
  const { netServices, oldNetServices, slices, nodes, cidrs } = services
  await Promise.all([
    fill(client, index.pods, { project: (pod) => knownPod(pod, multusNamespace, shared) }),
    fill(client, index.nads),
    fill(client, netServices, { namespace }),
    fill(client, oldNetServices, { namespace }),
    fill(client, slices, { namespace }),
    fill(client, nodes),
    fill(client, cidrs),
  ])
  await fill(client, services.services, cidrs.store.size > 0 ? { namespace } : {})
  return {
    world: new ServiceWorld(index, services, parts.maxPerSlice),
    pod: (key) => index.pods.store.get(key),
    networks: [...index.nads.store.records()].map(keyOf).sort(),
    names: namesIn(namespace, services, index.pods),
  }
}

const SILENT = { info: () => undefined, warn: () => undefined }

/** A kind that is not served has no objects. */
async function fill<T>(
  client: ApiClient,
  { kind, store, project: usual }: Indexed<T>,
  {
    namespace,
    project = usual,
  }: { namespace?: string; project?: (object: KubernetesObject) => T | undefined } = {},
): Promise<void> {
  const list = await listRecords<T>({ client, kind, namespace }, ({ object }) => project(object))
  if (list.kind === 'listed') return store.replace(list.records, list.version, 0)
  if (list.kind === 'absent' && kind.custom) return store.clear(0)
  const where = namespace === undefined && kind.namespaced ? ' of all namespaces' : ''
  throw new Error(`cannot tell without reading ${resourceName(kind)}${where}: ${list.message}`)
}

function namesIn(
  namespace: string,
  { services, netServices, oldNetServices }: ServiceIndex,
  pods: Indexed<KnownPod>,
): OneLook['names'] {
  const here = <T extends Named>(records: Iterable<T>): readonly ObjectKey[] =>
    [...new Set([...records].filter((each) => each.namespace === namespace).map(keyOf))].sort()
  return {
    services: here([...services.store.records()].map(({ record }) => record)),
    netServices: here([...netServices.store.records(), ...oldNetServices.store.records()]),
    pods: here(pods.store.records()),
  }
}

type Named = Pick<NadRecord, 'namespace' | 'name'>

function keyOf({ namespace, name }: Named): ObjectKey {
  return objectKey(namespace, name)
}
