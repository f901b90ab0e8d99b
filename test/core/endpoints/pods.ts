// Raw objects for the tables: one Pod, Service or slice that is as usual as can be, changed one field at a time.

import { ANNOTATIONS, MANAGED_BY, SLICE_LABELS } from '../../../src/core/names.ts'
import type { ServiceFacts, Wish } from '../../../src/core/endpoints/facts.ts'
import type { EndpointPod } from '../../../src/core/endpoints/pod-facts.ts'
import { firstAddresses, podOf, serviceOf, sliceOf } from './makers.ts'

export const NETWORK = 'blue/br0'

export interface PodFields {
  readonly metadata?: object
  readonly spec?: object
  readonly status?: object
  readonly annotations?: object
  readonly labels?: object
  /** The text of network-status, or the entries beside that of the first network. */
  readonly networks?: string | readonly object[]
}

/** Pod `blue/db-0` on node-1, ready, first address 10.244.0.1, attached to `blue/br0` as net1 with 10.1.0.1. */
export function rawPod({ networks, annotations, labels, ...fields }: PodFields = {}): object {
  const entries = networks ?? [{ name: NETWORK, interface: 'net1', ips: ['10.1.0.1'] }]
  const text = typeof entries === 'string' ? entries : statusText('10.244.0.1', entries)
  return {
    metadata: {
      namespace: 'blue',
      name: 'db-0',
      uid: 'pod-0',
      labels: labels ?? { app: 'db' },
      annotations: annotations ?? { [ANNOTATIONS.networkStatus]: text },
      ...fields.metadata,
    },
    spec: { nodeName: 'node-1', containers: [], ...fields.spec },
    status: {
      phase: 'Running',
      podIPs: [{ ip: '10.244.0.1' }],
      conditions: [{ type: 'Ready', status: 'True' }],
      ...fields.status,
    },
  }
}

/** The entry of the cluster's own network first, as Multus writes it. */
export function statusText(firstAddress: string, entries: readonly object[]): string {
  return JSON.stringify([
    { name: 'cbr0', interface: 'eth0', ips: [firstAddress], default: true, dns: {} },
    ...entries,
  ])
}

/** Pods `db-0` to `db-(count - 1)`, each with addresses of its own. */
export function manyPods(count: number): readonly EndpointPod[] {
  return Array.from({ length: count }, (_, index) => {
    const tail = `${Math.floor(index / 250)}.${(index % 250) + 1}`
    const text = statusText(`10.244.${tail}`, [{ name: NETWORK, interface: 'net1', ips: [`10.1.${tail}`] }])
    return podOf(
      rawPod({
        metadata: { name: `db-${index}`, uid: `pod-${index}` },
        networks: text,
        status: { podIPs: [{ ip: `10.244.${tail}` }] },
      }),
    )
  })
}

/** Headless Service `blue/db`, IPv4 only, without ports. */
export function rawService(spec: object = {}, metadata: object = {}): object {
  return {
    metadata: { namespace: 'blue', name: 'db', uid: 'service-1', labels: { team: 'a' }, ...metadata },
    spec: { clusterIP: 'None', ipFamilies: ['IPv4'], selector: { app: 'db' }, ...spec },
  }
}

export const PUBLISH: Wish = { kind: 'publish', attachment: { network: NETWORK }, hostnames: 'None' }

/** One usual Pod on a known Node, nothing published yet, nobody else in sight. */
export function facts(more: Partial<ServiceFacts> = {}): ServiceFacts {
  const pods = more.pods ?? [podOf(rawPod())]
  return {
    service: serviceOf(rawService()),
    wish: PUBLISH,
    builtIns: 'kept out',
    selector: { app: 'db' },
    pods,
    zonesByNode: new Map([['node-1', 'zone-a']]),
    slices: [],
    maxPerSlice: 100,
    serviceRanges: ['10.96.0.0/16', 'fd00:96::/112'],
    podsByFirstAddress: firstAddresses(pods),
    ...more,
  }
}

/** What `facts()` has as endpoint, as it is stored. */
export const storedEndpoint = {
  addresses: ['10.1.0.1'],
  conditions: { ready: true, serving: true, terminating: false },
  targetRef: { kind: 'Pod', namespace: 'blue', name: 'db-0', uid: 'pod-0' },
  nodeName: 'node-1',
  zone: 'zone-a',
}

/** Slice `blue/db-a` of ours, that holds what `facts()` wants. */
export function rawSlice(more: object = {}, metadata: object = {}): object {
  return {
    metadata: {
      namespace: 'blue',
      name: 'db-a',
      uid: 'slice-a',
      resourceVersion: '7',
      generateName: 'db-',
      labels: {
        team: 'a',
        [SLICE_LABELS.service]: 'db',
        [SLICE_LABELS.managedBy]: MANAGED_BY.sidenet,
        [SLICE_LABELS.headless]: '',
      },
      ownerReferences: [ownedBy('service-1')],
      ...metadata,
    },
    addressType: 'IPv4',
    endpoints: [storedEndpoint],
    ports: null,
    ...more,
  }
}

export const ownedBy = (uid: string): object => ({
  apiVersion: 'v1',
  kind: 'Service',
  name: 'db',
  uid,
  controller: true,
  blockOwnerDeletion: false,
})

/** Another controller's slice of the same Service, with the Pod's first address. */
export function otherSlice(managedBy: string | undefined, more: object = {}, name = 'db-x') {
  const labels = { [SLICE_LABELS.service]: 'db', ...(managedBy && { [SLICE_LABELS.managedBy]: managedBy }) }
  const endpoint = {
    addresses: ['10.244.0.1'],
    targetRef: { kind: 'Pod', name: 'db-0', namespace: 'blue', uid: 'pod-0' },
  }
  return sliceOf(rawSlice({ endpoints: [endpoint], ...more }, { name, uid: name, labels }))
}
