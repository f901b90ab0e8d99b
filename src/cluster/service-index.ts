// What do we know of everything that EndpointSlices come of, Pods aside? One store and one reflector for each kind.
// Has no rule; only a process that keeps slices has such an index.

import { serviceOf, type EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import { pool } from '../core/endpoints/pool.ts'
import { nodeZone, type NodeZone } from '../core/endpoints/node-zone.ts'
import { NET_SERVICE, OLD_NET_SERVICE } from '../core/names.ts'
import { indexed, type Followed, type IndexParts, type Indexed } from './cluster-index.ts'
import { KINDS } from './kinds.ts'
import {
  knownNetService,
  knownService,
  knownSlice,
  serviceCidrs,
  type KnownNetService,
  type KnownService,
} from './known-service.ts'

export interface ServiceIndex {
  /** Filed by namespace, but only those that concern us. */
  readonly services: Indexed<KnownService>
  /** Filed by namespace. */
  readonly netServices: Indexed<KnownNetService>
  readonly oldNetServices: Indexed<KnownNetService>
  /** Filed by their Service. */
  readonly slices: Indexed<EndpointSlice>
  readonly nodes: Indexed<NodeZone>
  readonly cidrs: Indexed<readonly string[]>
  readonly all: readonly Followed[]
}

export function serviceIndex(parts: Omit<IndexParts, 'multusNamespace'>): ServiceIndex {
  const shared = pool()
  const services = indexed(parts, KINDS.service, knownService, ({ concernsUs, record }) =>
    concernsUs ? [record.namespace] : [],
  )
  const byNamespace = ({ namespace }: KnownNetService): string[] => [namespace]
  const netServices = indexed(parts, KINDS.netService, knownNetService(NET_SERVICE.group), byNamespace)
  const oldNetServices = indexed(
    parts,
    KINDS.oldNetService,
    knownNetService(OLD_NET_SERVICE.group),
    byNamespace,
  )
  const slices = indexed(parts, KINDS.endpointSlice, knownSlice(shared), (slice) => {
    const service = serviceOf(slice)
    return service === undefined ? [] : [service]
  })
  const nodes = indexed(parts, KINDS.node, nodeZone)
  const cidrs = indexed(parts, KINDS.serviceCidr, serviceCidrs)
  const all = [services, netServices, oldNetServices, slices, nodes, cidrs]
  return { services, netServices, oldNetServices, slices, nodes, cidrs, all }
}
