// Random histories of a namespace: Pods, Services, NetServices and slices come, change and go as people and machines
// make them. Never waits for anything: what it finds missing it passes over, as it would be in a cluster.

import fc from 'fast-check'
import { ANNOTATIONS, MANAGED_BY, NET_SERVICE, SLICE_LABELS } from '../../src/core/names.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { networkStatus } from './network-status.ts'
import { podObject, podPath } from './objects.ts'
import { slicePath } from './service-slices.ts'

/** One thing that happens; answers the HTTP status it was met with. */
export type Step = (controlPlane: ControlPlane, namespace: string) => Promise<number>

/** The same seed gives the same history. */
export function history(seed: number, length: number): readonly Step[] {
  const sample = fc.sample(fc.array(anyStep, { minLength: length, maxLength: length }), { seed, numRuns: 1 })
  return sample[0] ?? []
}

const APPS = ['a', 'b'] as const
const NETWORKS = ['core', 'backup'] as const
const app = fc.constantFrom(...APPS)
const network = fc.constantFrom(...NETWORKS)
const pod = fc.integer({ min: 0, max: 11 })
const service = fc.constantFrom('s0', 's1', 's2')
const netService = fc.constantFrom('n0', 'n1')

const servicePath = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name && `/${name}`}`
const netServicePath = (namespace: string, name = ''): string =>
  `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/namespaces/${namespace}/${NET_SERVICE.plural}${name && `/${name}`}`

/** The network-status of a Pod, and what is nonsense. Addresses may meet, as they do where pools overlap. */
const status = fc.oneof(
  {
    weight: 6,
    arbitrary: fc.tuple(fc.subarray([...NETWORKS], { minLength: 1 }), fc.integer({ min: 1, max: 60 })),
  },
  { weight: 1, arbitrary: fc.constantFrom('', '{', '[null]', '[]') },
)
type Status = typeof status extends fc.Arbitrary<infer T> ? T : never

const firstAddress = (number: number): string => `10.244.9.${number + 1}`

function statusText(namespace: string, number: number, said: Status): string {
  if (typeof said === 'string') return said
  const [networks, address] = said
  const attached = networks.map((name) => ({
    name: `${namespace}/${name}`,
    ips: [`192.0.${name === 'core' ? 2 : 3}.${address}`, `2001:db8:${name === 'core' ? 2 : 3}::${address}`],
  }))
  return networkStatus([firstAddress(number)], attached)
}

const podStatus = (number: number, isReady: boolean, phase = 'Running'): object => ({
  phase,
  podIP: firstAddress(number),
  podIPs: [{ ip: firstAddress(number) }],
  conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
})

/** What happens to Pods; each ends in one request, whose answer counts. */
const podSteps = [
  fc
    .tuple(pod, app, fc.constantFrom('node-1', 'node-2'), status, fc.boolean())
    .map(([number, label, nodeName, said, isReady]): Step => async ({ request }, namespace) => {
      const object = podObject(`pod-${number}`, { labels: { app: label }, nodeName })
      const created = await request('POST', podPath(namespace), object)
      if (created.status !== 201) return created.status
      const annotations = { [ANNOTATIONS.networkStatus]: statusText(namespace, number, said) }
      const patch = { metadata: { annotations }, status: podStatus(number, isReady) }
      return (await request('PATCH', `${podPath(namespace, `pod-${number}`)}/status`, patch)).status
    }),
  fc.tuple(pod, fc.boolean()).map(([number, isReady]) =>
    patches((namespace) => `${podPath(namespace, `pod-${number}`)}/status`, {
      status: podStatus(number, isReady),
    }),
  ),
  fc.tuple(pod, status).map(([number, said]): Step => {
    const path = (namespace: string) => `${podPath(namespace, `pod-${number}`)}/status`
    return (cluster, namespace) => {
      const annotations = { [ANNOTATIONS.networkStatus]: statusText(namespace, number, said) }
      return patches(path, { metadata: { annotations } })(cluster, namespace)
    }
  }),
  fc
    .tuple(pod, app)
    .map(([number, label]) =>
      patches((namespace) => podPath(namespace, `pod-${number}`), { metadata: { labels: { app: label } } }),
    ),
  pod.map((number) =>
    patches((namespace) => `${podPath(namespace, `pod-${number}`)}/status`, {
      status: podStatus(number, false, 'Succeeded'),
    }),
  ),
  // Nobody is there to end it, so it terminates until it is removed.
  pod.map((number) => deletes((namespace) => podPath(namespace, `pod-${number}`))),
  pod.map((number) => deletes((namespace) => podPath(namespace, `pod-${number}`), { gracePeriodSeconds: 0 })),
] as const

const serviceSteps = [
  fc
    .tuple(service, app, fc.option(network))
    .map(([name, label, asked]): Step => async ({ request }, namespace) => {
      const annotations = asked === null ? {} : { [ANNOTATIONS.networks]: asked }
      const spec = { clusterIP: 'None', selector: { app: label }, ports: [{ port: 80 }] }
      return (await request('POST', servicePath(namespace), { metadata: { name, annotations }, spec })).status
    }),
  fc.tuple(service, fc.option(network)).map(([name, asked]) =>
    patches((namespace) => servicePath(namespace, name), {
      metadata: { annotations: { [ANNOTATIONS.networks]: asked } },
    }),
  ),
  fc
    .tuple(service, app)
    .map(([name, label]) =>
      patches((namespace) => servicePath(namespace, name), { spec: { selector: { app: label } } }),
    ),
  fc
    .tuple(service, fc.constantFrom('x', 'y'))
    .map(([name, tier]) =>
      patches((namespace) => servicePath(namespace, name), { metadata: { labels: { tier } } }),
    ),
  service.map((name) => deletes((namespace) => servicePath(namespace, name))),
  fc
    .tuple(netService, app, network)
    .map(([name, label, netAttachDef]): Step => async ({ request }, namespace) => {
      const { group, version, kind } = NET_SERVICE
      const spec = { netAttachDef, selector: { app: label }, ports: [{ port: 80 }] }
      const object = { apiVersion: `${group}/${version}`, kind, metadata: { name }, spec }
      return (await request('POST', netServicePath(namespace), object)).status
    }),
  fc.tuple(netService, app, network).map(([name, label, netAttachDef]) =>
    patches((namespace) => netServicePath(namespace, name), {
      spec: { netAttachDef, selector: { app: label } },
    }),
  ),
  netService.map((name) => deletes((namespace) => netServicePath(namespace, name))),
] as const

/** What nobody should do to slices of ours, and somebody does. */
const sliceStep = fc
  .tuple(fc.nat(), fc.boolean())
  .map(([at, isDeleted]): Step => async (cluster, namespace) => {
    const selector = encodeURIComponent(`${SLICE_LABELS.managedBy}=${MANAGED_BY.sidenet}`)
    const { body } = await cluster.request('GET', `${slicePath(namespace)}?labelSelector=${selector}`)
    const items = body.items ?? []
    const name = items[at % Math.max(1, items.length)]?.metadata?.name
    if (name === undefined) return 404
    const path = (): string => slicePath(namespace, name)
    const step = isDeleted ? deletes(path) : patches(path, { endpoints: [], ports: [] })
    return step(cluster, namespace)
  })

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: podSteps[0] },
  ...podSteps.slice(1).map((arbitrary) => ({ weight: 3, arbitrary })),
  ...serviceSteps.map((arbitrary) => ({ weight: 2, arbitrary })),
  { weight: 1, arbitrary: sliceStep },
)

function patches(path: (namespace: string) => string, body: object): Step {
  return async ({ request }, namespace) => (await request('PATCH', path(namespace), body)).status
}

function deletes(path: (namespace: string) => string, options?: object): Step {
  return async ({ request }, namespace) => (await request('DELETE', path(namespace), options)).status
}
