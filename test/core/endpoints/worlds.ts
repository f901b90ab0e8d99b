// Random Services with their Pods, Nodes and the slices somebody left behind: the raw objects, as the API has them.
// Never computes what should be in a slice, except for slices that are right already.

import fc from 'fast-check'
import { MANAGED_BY, SLICE_ANNOTATIONS, SLICE_LABELS } from '../../../src/core/names.ts'

export const NETWORK = 'blue/br0'

export interface PodSketch {
  readonly name: string
  readonly uid: string
  readonly node: string | undefined
  readonly phase: string
  readonly ready: boolean
  readonly terminating: boolean
  readonly hostname: string | undefined
  readonly subdomain: string | undefined
  /** On the secondary network. */
  readonly v4: string | undefined
  readonly v6: string | undefined
  /** Number of the port called `web` in the container, and in the sidecar. */
  readonly web: number | undefined
  readonly sidecarWeb: number | undefined
}

export interface World {
  readonly service: ServiceSketch
  readonly pods: readonly PodSketch[]
  readonly nodes: readonly { readonly name: string; readonly zone: string | undefined }[]
  readonly slices: readonly StoredSlice[]
  readonly maxPerSlice: number
}

export interface ServiceSketch {
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  readonly headless: boolean
  readonly families: readonly string[] | undefined
  readonly ports: readonly object[]
  readonly publishNotReadyAddresses: boolean
  readonly trafficDistribution: string | undefined
  readonly terminating: boolean
}

/** A slice as the API sends it in a list. */
export interface StoredSlice {
  readonly metadata: { readonly name: string; readonly labels: Readonly<Record<string, string>> }
  readonly [field: string]: unknown
}

const SERVICE = { namespace: 'blue', name: 'db', uid: 'service-1' }
const some = <T>(arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(arbitrary, { nil: undefined })
/** True once in a while. */
const seldom = fc.integer({ min: 0, max: 9 }).map((n) => n === 0)
const mostly = seldom.map((is) => !is)

const WEB = { name: 'web', port: 80, targetPort: 'web', protocol: 'TCP' }
const METRICS = { name: 'metrics', port: 9100, targetPort: 9100, protocol: 'TCP', appProtocol: 'http' }
const DNS = { name: 'dns', port: 53, targetPort: 5353, protocol: 'UDP' }

const service: fc.Arbitrary<ServiceSketch> = fc.record({
  labels: fc.constantFrom(
    { app: 'db' },
    {},
    {
      app: 'db',
      [SLICE_LABELS.headless]: 'mine',
      [SLICE_LABELS.managedBy]: 'me',
      [SLICE_LABELS.service]: 'x',
    },
  ),
  annotations: fc.constantFrom(
    {},
    {},
    {},
    { [SLICE_ANNOTATIONS.topologyMode]: 'Auto' },
    { [SLICE_ANNOTATIONS.topologyMode]: 'Auto', [SLICE_ANNOTATIONS.topologyAwareHints]: 'disabled' },
  ),
  headless: fc.boolean(),
  families: fc.constantFrom(['IPv4'], ['IPv4'], ['IPv6'], ['IPv4', 'IPv6'], ['IPv6', 'IPv4'], undefined),
  ports: fc.constantFrom<readonly object[]>([], [METRICS], [WEB], [WEB, METRICS], [METRICS, DNS, WEB]),
  publishNotReadyAddresses: seldom,
  trafficDistribution: fc.constantFrom(
    undefined,
    undefined,
    'PreferClose',
    'PreferSameZone',
    'PreferSameNode',
    'Odd',
  ),
  terminating: seldom,
})

function pod(index: number): fc.Arbitrary<PodSketch> {
  return fc.record({
    name: fc.constant(`db-${index}`),
    uid: fc.constant(`pod-${index}`),
    node: fc.constantFrom('node-1', 'node-2', 'node-3', 'node-1', 'node-2', 'node-3', 'node-gone', undefined),
    phase: fc.constantFrom(
      'Running',
      'Running',
      'Running',
      'Running',
      'Pending',
      'Unknown',
      'Succeeded',
      'Failed',
    ),
    ready: fc.constantFrom(true, true, false),
    terminating: seldom,
    hostname: some(fc.constant(`host-${index}`)),
    subdomain: fc.constantFrom(undefined, 'db', 'other'),
    v4: mostly.map((has) => (has ? `10.1.${index >> 8}.${index & 255}` : undefined)),
    v6: fc.boolean().map((has) => (has ? `fd00:1::${(index + 1).toString(16)}` : undefined)),
    web: fc.constantFrom(8080, 8080, 8080, 8081, undefined),
    sidecarWeb: fc.constantFrom(undefined, undefined, 9090),
  })
}

const nodes = fc.constant([
  { name: 'node-1', zone: 'a' },
  { name: 'node-2', zone: 'b' },
  { name: 'node-3', zone: undefined },
])

export const world: fc.Arbitrary<World> = fc
  .record({
    service,
    count: fc.integer({ min: 0, max: 14 }),
    nodes,
    maxPerSlice: fc.integer({ min: 1, max: 6 }),
  })
  .chain(({ service, count, nodes, maxPerSlice }) =>
    fc
      .tuple(...Array.from({ length: count }, (_, index) => pod(index)))
      .chain((pods: readonly PodSketch[]) =>
        fc
          .array(leftBehind(service, pods), { maxLength: 7 })
          .map((slices) => ({ service, pods, nodes, maxPerSlice, slices: slices.map(named) })),
      ),
  )

type Named = (slice: Omit<StoredSlice, 'metadata'> & { metadata: object }, index: number) => StoredSlice
const named: Named = (slice, index) => ({
  ...slice,
  metadata: {
    ...(slice.metadata as { labels: Record<string, string> }),
    name: `db-${'abcdefg'[index]}`,
    uid: `slice-${index}`,
    resourceVersion: `${100 + index}`,
    creationTimestamp: '2026-11-21T10:00:00Z',
  },
})

/** A slice that may be right, out of date in any way, or not this Service's. Its reserved labels are right. */
function leftBehind(service: ServiceSketch, pods: readonly PodSketch[]) {
  return fc
    .record({
      family: fc.constantFrom('IPv4' as const, 'IPv4' as const, 'IPv6' as const),
      ports: fc.constantFrom(...portSets(service, pods), null, [{ name: 'old', protocol: 'TCP', port: 1 }]),
      owner: mostly.map((own) => (own ? SERVICE.uid : 'service-0')),
      labels: mostly,
      picks: fc.array(fc.tuple(fc.nat(), tweak), { maxLength: 6 }),
      timed: seldom,
    })
    .map(({ family, ports, owner, labels, picks, timed }) => {
      const endpoints = picks.flatMap(([index, tweak]) =>
        storedEndpoint(pods[index % pods.length], family, service, tweak),
      )
      const foreign = owner !== SERVICE.uid && endpoints.length === 0
      return {
        metadata: {
          generateName: 'db-',
          namespace: SERVICE.namespace,
          labels: { ...(labels ? ownLabels(service) : { app: 'old' }), ...reservedLabels(service) },
          ownerReferences: [ownerReference(foreign ? SERVICE.uid : owner)],
          ...(timed && {
            annotations: { [SLICE_ANNOTATIONS.lastChangeTriggerTime]: '2026-11-21T10:00:00Z', kept: 'yes' },
          }),
        },
        addressType: family,
        endpoints: endpoints.length > 0 ? endpoints : null,
        ports,
      }
    })
}

type Tweak =
  'right' | 'unready' | 'moved' | 'replaced' | 'hinted' | 'misled' | 'versioned' | 'stranger' | 'renamed'
const tweak = fc.constantFrom<Tweak>(
  ...Array.from({ length: 7 }, (): Tweak => 'right'),
  'unready',
  'moved',
  'replaced',
  'hinted',
  'misled',
  'versioned',
  'stranger',
  'renamed',
)

function storedEndpoint(
  pod: PodSketch | undefined,
  family: string,
  service: ServiceSketch,
  tweak: Tweak,
): object[] {
  const address = family === 'IPv4' ? pod?.v4 : pod?.v6
  if (pod === undefined || address === undefined) return []
  const zone = pod.node === 'node-1' ? 'a' : pod.node === 'node-2' ? 'b' : undefined
  const ready = service.publishNotReadyAddresses || (pod.ready && !pod.terminating)
  const hostname = pod.subdomain === SERVICE.name ? pod.hostname : undefined
  const right = {
    addresses: [address],
    conditions: { ready, serving: pod.ready, terminating: pod.terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', namespace: SERVICE.namespace, name: pod.name, uid: pod.uid },
    ...(pod.node && { nodeName: pod.node }),
    ...(zone && { zone }),
  }
  switch (tweak) {
    case 'right':
      return [right]
    case 'unready':
      return [{ ...right, conditions: { ready: false, serving: false, terminating: false } }]
    case 'moved':
      return [{ ...right, nodeName: 'node-9', zone: 'z' }]
    case 'replaced':
      return [{ ...right, targetRef: { ...right.targetRef, uid: 'earlier' } }]
    case 'hinted':
      return [{ ...right, ...(zone && { hints: { forZones: [{ name: zone }] } }) }]
    case 'misled':
      return [{ ...right, hints: { forZones: [{ name: 'z' }], forNodes: [{ name: 'node-9' }] } }]
    case 'versioned':
      return [{ ...right, targetRef: { ...right.targetRef, resourceVersion: '7' } }]
    case 'stranger':
      return [{ ...right, addresses: [family === 'IPv4' ? '10.9.9.9' : 'fd00:9::9'] }]
    case 'renamed':
      return [{ ...right, hostname: 'earlier' }]
  }
}

/** The sets of ports that Pods may resolve to, in either order. */
function portSets({ ports }: ServiceSketch, pods: readonly PodSketch[]): readonly (readonly object[])[] {
  const numbers = [...pods.map((pod) => pod.web ?? pod.sidecarWeb), 8080]
  const sets = numbers.map((web) =>
    (
      ports as { name: string; protocol: string; targetPort: number | string; appProtocol?: string }[]
    ).flatMap(({ name, protocol, targetPort, appProtocol }) => {
      const port = typeof targetPort === 'number' ? targetPort : web
      return port === undefined ? [] : [{ name, protocol, port, ...(appProtocol && { appProtocol }) }]
    }),
  )
  return [...sets, ...sets.map((set) => set.toReversed())]
}

function ownLabels({ labels }: ServiceSketch): Record<string, string> {
  const reserved: readonly string[] = Object.values(SLICE_LABELS)
  return Object.fromEntries(Object.entries(labels).filter(([key]) => !reserved.includes(key)))
}

function reservedLabels({ headless }: ServiceSketch): Record<string, string> {
  return {
    [SLICE_LABELS.service]: SERVICE.name,
    [SLICE_LABELS.managedBy]: MANAGED_BY.sidenet,
    ...(headless && { [SLICE_LABELS.headless]: '' }),
  }
}

function ownerReference(uid: string): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    name: SERVICE.name,
    uid,
    controller: true,
    blockOwnerDeletion: false,
  }
}

export function serviceObject(sketch: ServiceSketch): object {
  const { labels, annotations, headless, families, terminating, ...spec } = sketch
  return {
    metadata: {
      ...SERVICE,
      labels,
      annotations,
      ...(terminating && { deletionTimestamp: '2026-11-21T10:00:00Z', finalizers: ['a.example/b'] }),
    },
    spec: {
      ...spec,
      selector: { app: 'db' },
      clusterIP: headless ? 'None' : families?.[0] === 'IPv6' ? 'fd00:96::5' : '10.96.0.5',
      ipFamilies: families,
    },
  }
}

/** As our controller sees it: a first address, and the secondary ones in its network-status. */
export function podObject(sketch: PodSketch, index: number): object {
  const first = `192.168.${index >> 8}.${(index & 255) + 1}`
  const ips = [sketch.v4, sketch.v6].filter((ip) => ip !== undefined)
  const status = [
    { name: 'cbr0', interface: 'eth0', ips: [first], default: true, dns: {} },
    ...(ips.length > 0 ? [{ name: NETWORK, interface: 'net1', ips, dns: {} }] : []),
  ]
  return podWith(sketch, [first], { 'k8s.v1.cni.cncf.io/network-status': JSON.stringify(status) })
}

/** As the library sees it: the secondary addresses are all that it has. */
export function referencePodObject(sketch: PodSketch): object {
  return podWith(
    sketch,
    [sketch.v4, sketch.v6].filter((ip) => ip !== undefined),
    {},
  )
}

function podWith(sketch: PodSketch, ips: readonly string[], annotations: object): object {
  const { name, uid, node, phase, ready, terminating, hostname, subdomain, web, sidecarWeb } = sketch
  const port = (number: number | undefined, protocol: string): object[] =>
    number === undefined ? [] : [{ name: 'web', containerPort: number, protocol }]
  return {
    metadata: {
      namespace: SERVICE.namespace,
      name,
      uid,
      labels: { app: 'db' },
      annotations,
      ...(terminating && { deletionTimestamp: '2026-11-21T10:00:00Z' }),
    },
    spec: {
      nodeName: node,
      hostname,
      subdomain,
      initContainers: [
        { name: 'once', ports: port(1111, 'TCP') },
        { name: 'side', restartPolicy: 'Always', ports: port(sidecarWeb, 'TCP') },
      ],
      containers: [
        { name: 'odd', ports: port(2222, 'UDP') },
        { name: 'main', ports: port(web, 'TCP') },
      ],
    },
    status: {
      phase,
      conditions: [{ type: 'Ready', status: ready ? 'True' : 'False' }],
      podIP: ips[0],
      podIPs: ips.map((ip) => ({ ip })),
    },
  }
}

export function nodeObjects({ nodes }: World): readonly object[] {
  return nodes.map(({ name, zone }) => ({
    metadata: { name, ...(zone && { labels: { 'topology.kubernetes.io/zone': zone } }) },
  }))
}
