// A NetService from manifest to slices to deletion, on a real control plane with the built-in controllers running.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { MANAGED_BY, SLICE_LABELS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes, podPath } from '../support/objects.ts'
import { installSidenet, startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet
const LOOP = { install: false, flags: ['--only', 'reconcile'] } as const

interface Slice extends KubernetesObject {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[] | null
}

const slicesOf = async (namespace: string, service: string): Promise<readonly Slice[]> => {
  const selector = `${SLICE_LABELS.service}=${service},${SLICE_LABELS.managedBy}=${MANAGED_BY.sidenet}`
  const path = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices?labelSelector=${encodeURIComponent(selector)}`
  return ((await cluster().request(`GET`, path)).body.items ?? []) as readonly Slice[]
}
const addressesOf = async (namespace: string, service: string): Promise<readonly string[]> =>
  (await slicesOf(namespace, service))
    .flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses))
    .sort()

const NET_SERVICES = (namespace: string, name = ''): string =>
  `/apis/sidenet.io/v1alpha1/namespaces/${namespace}/netservices${name && `/${name}`}`

beforeAll(async () => {
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  await installSidenet(cluster(), 9443)
  // What admission adds is shown elsewhere; here the loop is alone.
  for (const kind of ['mutating', 'validating'])
    await cluster().request(
      'DELETE',
      `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/sidenet`,
    )
  sidenet = await startSidenet(cluster(), LOOP)
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

describe('a NetService', () => {
  it('has a headless Service and slices with the addresses of its network, says so, and takes them along', async () => {
    const make = makes(cluster())
    await make.namespace('blue')
    await make.nad('blue', 'core')
    const labels = { app: 'multi' }
    await make.pod('blue', 'a', { labels, status: [{ name: 'blue/core', ips: ['192.0.2.11'] }] })
    await make.pod('blue', 'b', { labels, status: [{ name: 'blue/core', ips: ['192.0.2.12'] }] })
    await make.pod('blue', 'c', { labels })
    await make.create(NET_SERVICES('blue'), {
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'example' },
      spec: { netAttachDef: 'core', selector: labels, ports: [{ name: 'http', port: 80 }] },
    })
    await eventually(
      async () => expect(await addressesOf('blue', 'example')).toEqual(['192.0.2.11', '192.0.2.12']) ?? true,
      { what: 'both addresses are published' },
    )
    const service = await cluster().request<{ spec: object }>(
      'GET',
      '/api/v1/namespaces/blue/services/example',
    )
    expect(service.body.spec).toMatchObject({
      clusterIP: 'None',
      ipFamilies: ['IPv4'],
      ipFamilyPolicy: 'SingleStack',
    })
    const status = await eventually(
      async () => {
        const { body } = await cluster().request<{ status?: { endpoints?: { total?: number } } }>(
          'GET',
          NET_SERVICES('blue', 'example'),
        )
        return body.status?.endpoints?.total === 2 ? body.status : undefined
      },
      { what: 'the status counts both' },
    )
    expect(status).toMatchObject({
      endpoints: { ready: 2, total: 2, skipped: 1, summary: '2/2' },
      skipped: [{ reason: 'NetworkStatusMissing', count: 1, example: 'blue/c' }],
      conditions: [
        { type: 'Accepted', status: 'True' },
        { type: 'NetworkResolved', status: 'True' },
        { type: 'EndpointsPublished', status: 'True', reason: 'EndpointsPublished' },
      ],
    })

    await make.attach('blue', 'c', [{ name: 'blue/core', ips: ['192.0.2.13'] }])
    await eventually(async () => (await addressesOf('blue', 'example')).includes('192.0.2.13'), {
      what: 'a network-status alone brings its Pod',
    })

    const patched = { spec: { selector: { app: 'other' } } }
    await cluster().request('PATCH', NET_SERVICES('blue', 'example'), patched)
    await eventually(async () => (await addressesOf('blue', 'example')).length === 0, {
      what: 'a changed selector is followed',
    })
    await cluster().request('PATCH', NET_SERVICES('blue', 'example'), { spec: { selector: labels } })
    await eventually(async () => (await addressesOf('blue', 'example')).length === 3, {
      what: 'it is followed back',
    })

    await cluster().request('DELETE', NET_SERVICES('blue', 'example'))
    await eventually(async () => (await slicesOf('blue', 'example')).length === 0, {
      what: 'slices go with the NetService',
    })
  })

  it('leaves a Service of its name alone that somebody else made, and says so', async () => {
    const make = makes(cluster())
    await make.namespace('taken')
    await make.create('/api/v1/namespaces/taken/services', {
      metadata: { name: 'example' },
      spec: { selector: { app: 'x' }, ports: [{ port: 80 }] },
    })
    await make.create(NET_SERVICES('taken'), {
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'example' },
      spec: { netAttachDef: 'core', selector: { app: 'multi' } },
    })
    await eventually(
      async () => {
        const { body } = await cluster().request('GET', NET_SERVICES('taken', 'example'))
        return JSON.stringify(body).includes('"ServiceTaken"')
      },
      { what: 'the status says that the name is taken' },
    )
    expect(await slicesOf('taken', 'example')).toEqual([])
  })
})

describe('slices of ours', () => {
  it('come back when they are deleted or edited, and nothing is written when nothing changed', async () => {
    const make = makes(cluster())
    await make.namespace('green')
    await make.nad('green', 'core')
    const labels = { app: 'multi' }
    await make.pod('green', 'a', { labels, status: [{ name: 'green/core', ips: ['192.0.2.21'] }] })
    await make.create('/api/v1/namespaces/green/services', {
      metadata: {
        name: 'example',
        annotations: { 'k8s.v1.cni.cncf.io/networks': 'core' },
      },
      spec: {
        clusterIP: 'None',
        selector: { ...labels, 'sidenet.io/no-pod': 'true' },
        ports: [{ port: 80 }],
      },
    })
    const published = async (): Promise<boolean> =>
      JSON.stringify(await addressesOf('green', 'example')) === '["192.0.2.21"]'
    await eventually(published, { what: 'the address is published' })

    const [first] = await slicesOf('green', 'example')
    const path = `/apis/discovery.k8s.io/v1/namespaces/green/endpointslices/${first?.metadata?.name ?? ''}`
    expect((await cluster().request('DELETE', path)).status).toBe(200)
    await eventually(published, { what: 'a deleted slice comes back' })

    const [second] = await slicesOf('green', 'example')
    const edited = `/apis/discovery.k8s.io/v1/namespaces/green/endpointslices/${second?.metadata?.name ?? ''}`
    await cluster().request('PATCH', edited, { endpoints: [{ addresses: ['192.0.2.99'] }] })
    await eventually(published, { what: 'an edited slice is put right' })

    await sidenet.stop()
    const since = new Date()
    sidenet = await startSidenet(cluster(), LOOP)
    await eventually(async () => (await sidenet.metrics()).includes('sidenet_reconcile_leads 1'), {
      what: 'the new one leads',
      timeout: 30_000,
    })
    // A change made now is served, and by then everything else has been looked at.
    await make.pod('green', 'b', { labels, status: [{ name: 'green/core', ips: ['192.0.2.22'] }] })
    await eventually(async () => (await addressesOf('green', 'example')).length === 2, {
      what: 'a change after the restart is served',
    })
    const writes = await cluster().auditEvents({
      since,
      filter: ({ user, verb, objectRef }) =>
        user.username === 'sidenet' &&
        ['create', 'update', 'patch', 'delete'].includes(verb) &&
        objectRef?.resource !== 'leases' &&
        objectRef?.resource !== 'subjectaccessreviews',
    })
    const outline = writes
      .filter(({ objectRef }) => objectRef?.apiGroup !== 'admissionregistration.k8s.io')
      .map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.namespace}`)
    expect(outline).toEqual(['update endpointslices green'])
    expect((await cluster().request('GET', podPath('green', 'b'))).status).toBe(200)
  })

  it('are few writes when a thousand Pods become ready together', async () => {
    const make = makes(cluster())
    await make.namespace('many')
    const labels = { app: 'multi' }
    await make.create('/api/v1/namespaces/many/services', {
      metadata: { name: 'example', annotations: { 'k8s.v1.cni.cncf.io/networks': 'core' } },
      spec: {
        clusterIP: 'None',
        selector: { ...labels, 'sidenet.io/no-pod': 'true' },
        ports: [{ port: 80 }],
      },
    })
    const since = new Date()
    const names = Array.from({ length: 1_000 }, (_, at) => at)
    const next = names[Symbol.iterator]()
    const worker = async (): Promise<void> => {
      for (const at of next) {
        const ips = [`198.18.${at >> 8}.${at & 255}`]
        await make.pod('many', `pod-${at}`, { labels, status: [{ name: 'many/core', ips }] })
      }
    }
    await Promise.all(Array.from({ length: 16 }, worker))
    await eventually(async () => (await addressesOf('many', 'example')).length === 1_000, {
      what: 'all thousand are published',
    })
    const writes = await cluster().auditEvents({
      since,
      filter: ({ user, verb, objectRef }) =>
        user.username === 'sidenet' &&
        objectRef?.resource === 'endpointslices' &&
        ['create', 'update', 'delete'].includes(verb),
    })
    // Nobody rebalances slices, upstream neither, so there may be a few more than ten.
    expect((await slicesOf('many', 'example')).length).toBeLessThanOrEqual(16)
    expect(writes.length).toBeLessThanOrEqual(48)
  })
})
