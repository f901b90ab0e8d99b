// Objects that scenarios are made of, created on a control plane as their real authors would create them.
// Never asserts anything: an object that is refused is an error of the scenario.

import { ANNOTATIONS, NAD } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { networkStatus, type Attachment } from './network-status.ts'
import { eventually } from './wait.ts'

export interface Marks {
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

export interface NadOptions extends Marks {
  /** Text of `spec.config`, valid or not. */
  readonly config?: string
  /** Instead of `config`: the whole spec; `null` leaves it out. */
  readonly spec?: object | null
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly object[]
}

export interface PodOptions extends Marks {
  /** `k8s.v1.cni.cncf.io/networks`: a text as it is, a list as JSON. */
  readonly networks?: string | readonly unknown[]
  readonly defaultNetwork?: string
  /** What Multus attached: a text as it is, else the networks (`namespace/name`) as Multus would write them. */
  readonly status?: string | readonly (Attachment | string)[]
  /** The key the status is written under; default the present one. */
  readonly statusKey?: string
  readonly hostNetwork?: boolean
  /** Default `node-1`; `null` leaves the Pod unscheduled, without status. */
  readonly nodeName?: string | null
  readonly phase?: 'Pending' | 'Running' | 'Succeeded' | 'Failed'
  readonly podIps?: readonly string[]
  readonly ready?: boolean
  readonly finalizers?: readonly string[]
  readonly ownerReferences?: readonly object[]
  readonly schedulingGates?: readonly string[]
}

export interface PodObject extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean }
  readonly status?: { readonly phase?: string; readonly podIP?: string }
}

export const podPath = (namespace: string, name = ''): string =>
  path(`/api/v1/namespaces/${namespace}/pods`, name)
export const namespacePath = (name = ''): string => path('/api/v1/namespaces', name)
export const nadPath = (namespace: string, name = ''): string =>
  path(`/apis/${NAD.group}/${NAD.version}/namespaces/${namespace}/${NAD.plural}`, name)

const DEFAULT_NODE = 'node-1'

const path = (collection: string, name: string): string =>
  name === '' ? collection : `${collection}/${name}`

/** Makes objects on one control plane; each function returns once the object is as its options say. */
export interface Makes {
  readonly namespace: (name: string, marks?: Marks) => Promise<KubernetesObject>
  readonly nad: (namespace: string, name: string, options?: NadOptions) => Promise<KubernetesObject>
  /** Creates the Pod, then writes its status through `pods/status`, as kubelet and Multus do. */
  readonly pod: (namespace: string, name: string, options?: PodOptions) => Promise<PodObject>
  /** Binds a Pod that somebody else created (a ReplicaSet, say) to its node, and writes its status. */
  readonly run: (namespace: string, name: string, options?: PodOptions) => Promise<PodObject>
  /** What Multus does after attaching, for a Pod that is there already. */
  readonly attach: (
    namespace: string,
    name: string,
    status: string | readonly (Attachment | string)[],
  ) => Promise<void>
  /** What the kubelet does when a Pod ends by itself. */
  readonly setPhase: (namespace: string, name: string, phase: string) => Promise<void>
  /** Any other object: the path of its collection and the object itself. */
  readonly create: <T extends KubernetesObject = KubernetesObject>(
    collection: string,
    object: object,
  ) => Promise<T>
}

export function makes({
  request,
  hasServiceAccounts,
}: Pick<ControlPlane, 'request' | 'hasServiceAccounts'>): Makes {
  let addresses = 1

  const expectStatus = async <T>(
    wanted: number,
    method: string,
    target: string,
    body: unknown,
  ): Promise<T> => {
    const answer = await request<T & { message?: string }>(method, target, body)
    if (answer.status === wanted) return answer.body
    throw new Error(`${method} ${target} was answered ${answer.status}: ${answer.body.message ?? ''}`)
  }
  const create = <T extends KubernetesObject = KubernetesObject>(
    collection: string,
    object: object,
  ): Promise<T> => expectStatus<T>(201, 'POST', collection, object)

  const writeStatus = (namespace: string, name: string, patch: object): Promise<PodObject> =>
    expectStatus<PodObject>(200, 'PATCH', `${podPath(namespace, name)}/status`, patch)

  const nextAddresses = (): readonly string[] => {
    addresses += 1
    return [`10.244.${addresses >> 8}.${addresses & 255}`, `fd00:10:244::${addresses.toString(16)}`]
  }

  return {
    create,

    async namespace(name, marks = {}) {
      const namespace = await create(namespacePath(), { metadata: { name, ...marks } })
      const account = `${namespacePath(name)}/serviceaccounts/default`
      const isUsable = async (): Promise<boolean> => (await request('GET', account)).status === 200
      if (hasServiceAccounts) await eventually(isUsable, { what: `Pods can be created in namespace ${name}` })
      return namespace
    },

    nad: (namespace, name, options = {}) => create(nadPath(namespace), nadObject(name, options)),

    async pod(namespace, name, options = {}) {
      const created = await create<PodObject>(podPath(namespace), podObject(name, options))
      if (options.nodeName === null) return created
      return writeStatus(namespace, name, podStatus(options, options.podIps ?? nextAddresses()))
    },

    async run(namespace, name, options = {}) {
      const target = { apiVersion: 'v1', kind: 'Node', name: options.nodeName ?? DEFAULT_NODE }
      await create(`${podPath(namespace, name)}/binding`, { metadata: { name }, target })
      return writeStatus(namespace, name, podStatus(options, options.podIps ?? nextAddresses()))
    },

    async attach(namespace, name, status) {
      const pod = await expectStatus<PodObject>(200, 'GET', podPath(namespace, name), undefined)
      const text = statusText([pod.status?.podIP ?? ''], status)
      await writeStatus(namespace, name, { metadata: { annotations: { [ANNOTATIONS.networkStatus]: text } } })
    },

    async setPhase(namespace, name, phase) {
      await writeStatus(namespace, name, { status: { phase } })
    },
  }
}

export function nadObject(name: string, options: NadOptions = {}): KubernetesObject {
  const { config = macvlan(name), spec, ...metadata } = options
  const chosen = spec === undefined ? { spec: { config } } : spec === null ? {} : { spec }
  return {
    apiVersion: `${NAD.group}/${NAD.version}`,
    kind: NAD.kind,
    metadata: { name, ...metadata },
    ...chosen,
  }
}

const macvlan = (name: string): string =>
  JSON.stringify({ cniVersion: '1.0.0', name, type: 'macvlan', master: 'eth1', ipam: { type: 'static' } })

export function podObject(name: string, options: PodOptions = {}): KubernetesObject {
  const {
    labels,
    finalizers,
    ownerReferences,
    hostNetwork,
    nodeName = DEFAULT_NODE,
    schedulingGates,
  } = options
  const networks = typeof options.networks === 'string' ? options.networks : JSON.stringify(options.networks)
  const annotations = given({
    [ANNOTATIONS.networks]: networks,
    [ANNOTATIONS.defaultNetwork]: options.defaultNetwork,
    ...options.annotations,
  })
  const spec = given({
    containers: [{ name: 'main', image: 'app.example/app:1' }],
    terminationGracePeriodSeconds: 1,
    hostNetwork,
    nodeName: nodeName ?? undefined,
    schedulingGates: schedulingGates?.map((gate) => ({ name: gate })),
  })
  const metadata = given({ name, annotations, labels, finalizers, ownerReferences })
  return { apiVersion: 'v1', kind: 'Pod', metadata, spec } as KubernetesObject
}

function podStatus(options: PodOptions, ips: readonly string[]): object {
  const {
    phase = 'Running',
    ready = phase === 'Running',
    status,
    statusKey = ANNOTATIONS.networkStatus,
  } = options
  const now = new Date().toISOString()
  const annotations = status === undefined ? {} : { [statusKey]: statusText(ips, status) }
  const condition = (type: string): object => ({
    type,
    status: ready ? 'True' : 'False',
    lastTransitionTime: now,
  })
  return {
    metadata: { annotations },
    status: {
      phase,
      startTime: now,
      conditions: ['Initialized', 'ContainersReady', 'Ready'].map(condition),
      ...(phase === 'Pending' ? {} : { podIP: ips[0], podIPs: ips.map((ip) => ({ ip })) }),
      ...(phase === 'Running' ? { containerStatuses: [containerStatus(ready, now)] } : {}),
    },
  }
}

const containerStatus = (ready: boolean, startedAt: string): object => ({
  name: 'main',
  image: 'app.example/app:1',
  imageID: '',
  ready,
  started: ready,
  restartCount: 0,
  state: { running: { startedAt } },
})

const statusText = (ips: readonly string[], status: string | readonly (Attachment | string)[]): string =>
  typeof status === 'string' ? status : networkStatus(ips, status)

const given = (fields: Readonly<Record<string, unknown>>): Record<string, unknown> =>
  Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined))
