// What should the slices of a namespace be, judged from everything that stands in the API server now?
// Reads it all anew at each look, by lists alone: nothing that the process under test remembers is believed.

import {
  endpointSlice,
  isOurs,
  serviceOf,
  type EndpointSlice,
} from '../../src/core/endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../../src/core/endpoints/facts.ts'
import { nodeZone } from '../../src/core/endpoints/node-zone.ts'
import { planSlices, type ServicePlan } from '../../src/core/endpoints/plan.ts'
import { endpointPod, heldAddresses, podKey } from '../../src/core/endpoints/pod-facts.ts'
import { pool } from '../../src/core/endpoints/pool.ts'
import { portsKey } from '../../src/core/endpoints/ports.ts'
import { serviceRecord } from '../../src/core/endpoints/service-record.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { NET_SERVICE } from '../../src/core/names.ts'
import { objectKey, type ObjectKey } from '../../src/core/object-key.ts'
import { askedByNetService, askedByService } from '../../src/core/services/dialects.ts'
import { slicesAsked } from '../../src/core/services/slices-asked.ts'
import type { ControlPlane } from '../control-plane/start.ts'

const MAX_PER_SLICE = 100

/** Everything that is not as it should be, a line each; empty where the slices are right. */
export async function wrongIn(controlPlane: ControlPlane, namespace: string): Promise<readonly string[]> {
  const world = await read(controlPlane, namespace)
  const owned = new Set<string>(world.services.map(keyOf))
  const orphans = world.slices.filter((slice) => isOurs(slice) && !owned.has(serviceOf(slice) ?? ''))
  return [
    ...orphans.map(({ metadata }) => `slice ${metadata?.name} belongs to nobody`),
    ...world.services.flatMap((service) => wrongWith(service, world)),
  ]
}

interface World {
  readonly services: readonly KubernetesObject[]
  readonly netServices: readonly KubernetesObject[]
  readonly slices: readonly EndpointSlice[]
  readonly around: Pick<ServiceFacts, 'pods' | 'zonesByNode' | 'serviceRanges' | 'podsByFirstAddress'>
}

async function read({ request }: ControlPlane, namespace: string): Promise<World> {
  const list = async (path: string): Promise<readonly KubernetesObject[]> => {
    const { status, body } = await request('GET', path)
    if (status !== 200) throw new Error(`GET ${path} was answered ${status}: ${body.message}`)
    return body.items ?? []
  }
  const { group, version, plural } = NET_SERVICE
  const [services, netServices, slices, pods, nodes, cidrs] = await Promise.all([
    list(`/api/v1/namespaces/${namespace}/services`),
    list(`/apis/${group}/${version}/namespaces/${namespace}/${plural}`),
    list(`/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`),
    list('/api/v1/pods'),
    list('/api/v1/nodes'),
    list('/apis/networking.k8s.io/v1/servicecidrs'),
  ])
  const shared = pool()
  const known = pods.flatMap((pod) => endpointPod(pod, shared) ?? [])
  const held = known.flatMap((pod) => heldAddresses(pod).map((address) => ({ address, pod: podKey(pod) })))
  const byAddress = [...Map.groupBy(held, ({ address }) => address)]
  const zones = nodes.flatMap((node) => nodeZone(node) ?? [])
  const ranges = cidrs as readonly { readonly spec?: { readonly cidrs?: readonly string[] } }[]
  return {
    services,
    netServices,
    slices: slices.flatMap((slice) => endpointSlice(slice) ?? []),
    around: {
      pods: known,
      zonesByNode: new Map(zones.map(({ name, zone }) => [name, zone])),
      serviceRanges: ranges.flatMap(({ spec }) => spec?.cidrs ?? []),
      podsByFirstAddress: new Map(byAddress.map(([address, pods]) => [address, pods.map(({ pod }) => pod)])),
    },
  }
}

function wrongWith(service: KubernetesObject, world: World): readonly string[] {
  const key = keyOf(service)
  const slices = world.slices.filter((slice) => serviceOf(slice) === key)
  const facts = factsOf(service, world, slices)
  if (facts === undefined) return [`Service ${key} cannot be read`]
  const { state, changes } = planSlices(facts)
  const { create, update, remove } = changes
  const planned = create.length + update.length + remove.length
  const isSettled = state === 'gone' || state === 'publishing'
  const ours = slices.filter(isOurs)
  const anew = endpointsOf(planSlices({ ...facts, slices: [] }))
  return [
    ...(isSettled ? [] : [`Service ${key} is ${state}`]),
    ...(planned === 0 ? [] : [`Service ${key} lacks ${planned} writes`]),
    ...(said(ours) === anew ? [] : [`Service ${key} has ${said(ours)}, and should have ${anew}`]),
  ]
}

function factsOf(
  service: KubernetesObject,
  { netServices, around }: World,
  slices: readonly EndpointSlice[],
): ServiceFacts | undefined {
  const record = serviceRecord(service)
  if (record === undefined) return undefined
  const netService = netServices.find((each) => keyOf(each) === keyOf(service))
  const asked = netService ? askedByNetService(netService, NET_SERVICE.group) : askedByService(service)
  return {
    service: record,
    ...slicesAsked(service, asked, false),
    ...around,
    slices,
    maxPerSlice: MAX_PER_SLICE,
  }
}

const endpointsOf = ({ state, changes }: ServicePlan): string =>
  said(state === 'publishing' ? changes.create : [])

/** Whoever packs them how: what is said of each address, by family and ports. */
function said(slices: readonly EndpointSlice[]): string {
  const lines = slices.flatMap(({ addressType, ports, endpoints }) =>
    endpoints.map(({ addresses, conditions, targetRef, nodeName, zone }) =>
      JSON.stringify([
        addressType,
        portsKey(ports),
        addresses,
        flags(conditions),
        targetRef?.uid,
        nodeName,
        zone,
      ]),
    ),
  )
  return lines.sort().join('\n')
}

const flags = (conditions: EndpointSlice['endpoints'][number]['conditions']): string =>
  [conditions?.ready, conditions?.serving, conditions?.terminating].map(Number).join('')

function keyOf({ metadata }: KubernetesObject): ObjectKey {
  return objectKey(metadata?.namespace ?? '', metadata?.name ?? '')
}
