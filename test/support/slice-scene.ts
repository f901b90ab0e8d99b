// One namespace with Services on a secondary network: what is put there, and what is published of it.
// Never judges: it says what the slices hold, in the shape that a test compares.

import type { EndpointSlice, Endpoint } from '../../src/core/endpoints/endpoint-slice.ts'
import { endpointSlice } from '../../src/core/endpoints/endpoint-slice.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { ANNOTATIONS } from '../../src/core/names.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { makes, podObject, podPath, type Makes } from './objects.ts'
import { ourSlices } from './service-slices.ts'
import { eventually } from './wait.ts'

/** One entry of a network-status, as whoever wrote it wrote it. */
export type Entry = Readonly<Record<string, unknown>>

export interface PodParts {
  readonly labels?: Readonly<Record<string, string>>
  /** What its network-status holds beside the first network, or the whole text of it. */
  readonly entries?: readonly Entry[] | string
  /** The key the status is written under; default the present one. */
  readonly key?: string
  readonly ready?: boolean
  readonly nodeName?: string
  /** Further fields of `spec`. */
  readonly spec?: object
  readonly finalizers?: readonly string[]
  /** Default: one that nobody else has. */
  readonly firstAddress?: string
}

export interface ServiceParts {
  readonly spec?: object
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly finalizers?: readonly string[]
}

export interface Published extends Endpoint {
  readonly slice: EndpointSlice
}

export interface SliceScene {
  readonly namespace: string
  readonly make: Makes
  /** A headless Service that names the network `core`, with selector `app: NAME`. */
  readonly service: (name: string, parts?: ServiceParts) => Promise<void>
  readonly patchService: (name: string, patch: object) => Promise<void>
  /** A Pod labelled `app: APP` on `core`, running. */
  readonly pod: (app: string, name: string, parts?: PodParts) => Promise<void>
  readonly writeStatus: (pod: string, patch: object) => Promise<void>
  readonly slices: (service: string) => Promise<readonly EndpointSlice[]>
  /** Every endpoint, sorted by address. */
  readonly endpoints: (service: string) => Promise<readonly Published[]>
  /** Waits until just these addresses are published. */
  readonly shows: (service: string, addresses: readonly string[]) => Promise<readonly Published[]>
  /** Reasons of the Events about an object, oldest first. */
  readonly events: (name: string) => Promise<readonly string[]>
  /** Waits until an Event with this reason is there. */
  readonly told: (name: string, reason: string) => Promise<void>
  /** What Sidenet wrote in this namespace, as `VERB RESOURCE`. */
  readonly writesSince: (since: Date) => Promise<readonly string[]>
}

let addresses = 0

/** `core` of the namespace, on `net1`. */
export const onCore = (namespace: string, ...ips: readonly string[]): Entry => ({
  name: `${namespace}/core`,
  interface: 'net1',
  ips,
})

export const firstEntry = (address: string): Entry => ({
  name: 'cbr0',
  interface: 'eth0',
  ips: [address],
  default: true,
})

export async function sliceScene(controlPlane: ControlPlane, namespace: string): Promise<SliceScene> {
  const { request } = controlPlane
  const make = makes(controlPlane)
  await make.namespace(namespace)
  await make.nad(namespace, 'core')
  const services = `/api/v1/namespaces/${namespace}/services`
  const change = async (path: string, patch: object): Promise<void> => {
    const { status, body } = await request('PATCH', path, patch)
    if (status !== 200) throw new Error(`PATCH ${path} was answered ${status}: ${body.message}`)
  }
  const writeStatus = (pod: string, patch: object) => change(`${podPath(namespace, pod)}/status`, patch)
  const slices = async (service: string): Promise<readonly EndpointSlice[]> =>
    (await ourSlices(controlPlane, namespace, service)).flatMap((slice) => endpointSlice(slice) ?? [])
  const endpoints = async (service: string): Promise<readonly Published[]> =>
    (await slices(service))
      .flatMap((slice) => slice.endpoints.map((endpoint) => ({ ...endpoint, slice })))
      .sort((a, b) => (String(a.addresses) < String(b.addresses) ? -1 : 1))

  const events = async (name: string): Promise<readonly string[]> => {
    const { body } = await request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
    const events = (body.items ?? []) as readonly (KubernetesObject & {
      readonly regarding?: { readonly name?: string }
      readonly reason?: string
      readonly reportingController?: string
      readonly eventTime?: string
    })[]
    return events
      .filter(
        ({ regarding, reportingController }) => regarding?.name === name && reportingController === OURS,
      )
      .sort((a, b) => (String(a.eventTime) < String(b.eventTime) ? -1 : 1))
      .map(({ reason }) => String(reason))
  }

  return {
    namespace,
    make,
    writeStatus,
    slices,
    endpoints,
    patchService: (name, patch) => change(`${services}/${name}`, patch),
    async service(name, { spec, annotations, ...metadata } = {}) {
      const usual = { clusterIP: 'None', selector: { app: name }, ports: [{ name: 'http', port: 80 }] }
      await make.create(services, {
        metadata: { name, annotations: { [ANNOTATIONS.networks]: 'core', ...annotations }, ...metadata },
        spec: { ...usual, ...spec },
      })
    },
    async pod(app, name, parts = {}) {
      addresses += 1
      const { entries = [], key = ANNOTATIONS.networkStatus, spec, ready = true, nodeName = 'node-1' } = parts
      const first = parts.firstAddress ?? `10.244.${100 + (addresses >> 8)}.${addresses & 255}`
      const { finalizers } = parts
      const labels = { app, ...parts.labels }
      const object = podObject(name, { labels, nodeName, ...(finalizers && { finalizers }) })
      const whole = { ...object, spec: { ...(object as { spec: object }).spec, ...spec } }
      await make.create(podPath(namespace), whole)
      const text = typeof entries === 'string' ? entries : JSON.stringify([firstEntry(first), ...entries])
      const annotations = text === '' ? {} : { [key]: text }
      await writeStatus(name, { metadata: { annotations }, status: podStatus(first, ready) })
    },
    shows: (service, wanted) =>
      eventually(
        async () => {
          const now = await endpoints(service)
          return String(now.flatMap(({ addresses }) => addresses)) === String([...wanted].sort())
            ? now
            : undefined
        },
        { what: `${namespace}/${service} publishes ${JSON.stringify(wanted)}` },
      ),
    events,
    told: async (name, reason) => {
      const isTold = async () => (await events(name)).includes(reason)
      await eventually(isTold, { what: `an Event about ${namespace}/${name} says ${reason}` })
    },
    writesSince: async (since) => {
      const events = await controlPlane.auditEvents({
        since,
        filter: ({ user, verb, objectRef }) =>
          user.username === 'sidenet' &&
          objectRef?.namespace === namespace &&
          ['create', 'update', 'patch', 'delete'].includes(verb),
      })
      return events.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource}`)
    },
  }
}

const OURS = 'sidenet.io/sidenet'

export const podStatus = (address: string, isReady: boolean): object => ({
  phase: 'Running',
  podIP: address,
  podIPs: [{ ip: address }],
  conditions: [{ type: 'Ready', status: isReady ? 'True' : 'False' }],
})
