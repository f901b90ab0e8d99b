// How slices are kept: labels, ports, hints, owners, what others do to them, and how they compare with those of the
// built-in controller. On a real API server, with the whole of Sidenet and its webhook.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { endpointSlice } from '../../src/core/endpoints/endpoint-slice.ts'
import { MANAGED_BY, NET_SERVICE, SLICE_LABELS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { podPath } from '../support/objects.ts'
import { slicePath } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { onCore, sliceScene } from '../support/slice-scene.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  const labels = { 'topology.kubernetes.io/zone': 'east' }
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1', labels } })
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.kill(), HOOK_TIMEOUT)

const scene = (namespace: string) => sliceScene(cluster(), namespace)
const servicePath = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name && `/${name}`}`
const request: ReturnType<typeof cluster>['request'] = (...args) => cluster().request(...args)

describe('labels', () => {
  it('are those of the Service, except the three that are ours, and follow it', async () => {
    const { namespace, ...at } = await scene('labels')
    const claimed = {
      [SLICE_LABELS.service]: 'evil',
      [SLICE_LABELS.managedBy]: 'me',
      [SLICE_LABELS.headless]: 'no',
    }
    await at.service('db', { labels: { ...claimed, tier: 'x' } })
    await at.service('balanced', { labels: claimed, spec: { clusterIP: undefined } })
    const labelsOf = async (service: string) =>
      (await at.slices(service)).map(({ metadata }) => metadata?.labels)
    const ours = (service: string) => ({
      [SLICE_LABELS.service]: service,
      [SLICE_LABELS.managedBy]: MANAGED_BY.sidenet,
    })
    const headless = { ...ours('db'), [SLICE_LABELS.headless]: '' }
    const are = (service: string, wanted: object) =>
      eventually(async () => expect((await labelsOf(service))[0]).toEqual(wanted) ?? true, {
        what: `the labels of ${service} are right`,
      })
    await are('db', { ...headless, tier: 'x' })
    await are('balanced', ours('balanced'))
    await at.patchService('db', { metadata: { labels: { tier: 'y', [SLICE_LABELS.headless]: 'again' } } })
    await are('db', { ...headless, tier: 'y' })
  })
})

describe('what others do', () => {
  it('to slices of their own is never touched, and a slice of ours that is given away is replaced', async () => {
    const { namespace, ...at } = await scene('others')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    const [published] = await at.shows('db', ['192.0.2.1'])
    const ours = published?.slice.metadata?.name ?? ''
    const since = new Date()
    const foreign = ['else.example', undefined].map((manager, index) => ({
      metadata: {
        name: `foreign-${index}`,
        labels: { [SLICE_LABELS.service]: 'db', ...(manager && { [SLICE_LABELS.managedBy]: manager }) },
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: [`203.0.113.${index + 1}`] }],
      ports: [],
    }))
    for (const slice of foreign) await at.make.create(slicePath(namespace), slice)
    const away = { metadata: { labels: { [SLICE_LABELS.managedBy]: 'else.example' } } }
    await request('PATCH', slicePath(namespace, ours), away)
    await request('DELETE', slicePath(namespace, 'foreign-0'))
    await request('DELETE', slicePath(namespace, 'foreign-1'))
    const [again] = await at.shows('db', ['192.0.2.1'])
    expect(again?.slice.metadata?.name).not.toBe(ours)
    const { body } = await request('GET', slicePath(namespace, ours))
    expect(body.metadata?.labels?.[SLICE_LABELS.managedBy]).toBe('else.example')
    const touched = await cluster().auditEvents({
      since,
      filter: ({ user, verb, objectRef }) =>
        user.username === 'sidenet' &&
        ['update', 'patch', 'delete'].includes(verb) &&
        [ours, 'foreign-0', 'foreign-1'].includes(objectRef?.name ?? ''),
    })
    expect(touched).toEqual([])
  })
})

const container = (name: string, ports: readonly object[], more: object = {}) => ({
  name,
  image: 'app.example/app:1',
  ports,
  ...more,
})
const web = (containerPort: number, protocol = 'TCP') => ({ name: 'web', containerPort, protocol })

describe('ports', () => {
  it('that are named are looked up in each Pod: a group of slices for each number, and one for Pods without', async () => {
    const { namespace, ...at } = await scene('ports')
    await at.service('db', { spec: { ports: [{ name: 'http', port: 80, targetPort: 'web' }] } })
    const always = { restartPolicy: 'Always' }
    const specs = {
      'by-name-1': { containers: [container('main', [web(8080)])] },
      'by-name-2': { containers: [container('main', [web(9090)])] },
      lacking: { containers: [container('main', [])] },
      'other-protocol': { containers: [container('main', [web(8080, 'UDP')])] },
      sidecar: {
        containers: [container('main', [])],
        initContainers: [container('proxy', [web(7070)], always)],
      },
      'plain-init': {
        containers: [container('main', [])],
        initContainers: [container('setup', [web(7070)])],
      },
      'app-wins': {
        containers: [container('main', [web(8080)])],
        initContainers: [container('proxy', [web(7070)], always)],
      },
    }
    const all = Object.entries(specs)
    for (const [index, [name, spec]] of all.entries())
      await at.pod('db', name, { spec, entries: [onCore(namespace, `192.0.2.${index + 1}`)] })
    const endpoints = await at.shows(
      'db',
      all.map((_, index) => `192.0.2.${index + 1}`),
    )
    const ports = endpoints.map(({ targetRef, slice }) => [
      targetRef?.name,
      slice.ports.map(({ port }) => port),
    ])
    expect(Object.fromEntries(ports)).toEqual({
      'by-name-1': [8080],
      'by-name-2': [9090],
      lacking: [],
      'other-protocol': [],
      sidecar: [7070],
      'plain-init': [],
      'app-wins': [8080],
    })
    expect(new Set(endpoints.map(({ slice }) => slice.metadata?.name)).size).toBe(4)
  })

  it('that a Service lacks are an empty list in one slice, which is not written again', async () => {
    const { namespace, ...at } = await scene('portless')
    await at.service('db', { spec: { ports: undefined } })
    await eventually(async () => (await at.slices('db')).length === 1, { what: 'the empty slice is there' })
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    await at.shows('db', ['192.0.2.1'])
    await at.told('db', 'EndpointsPublished')
    const since = new Date()
    const touched = { metadata: { annotations: { touched: 'yes' } } }
    await request('PATCH', podPath(namespace, 'a'), touched)
    await request('PATCH', servicePath(namespace, 'db'), touched)
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2')] })
    const endpoints = await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    expect(endpoints.map(({ slice }) => slice.ports)).toEqual([[], []])
    expect((await at.slices('db')).length).toBe(1)
    expect(await at.writesSince(since)).toEqual(['update endpointslices'])
  })
})

describe('hints', () => {
  it('come with trafficDistribution, on ready endpoints, and go with it', async () => {
    const { namespace, ...at } = await scene('hints')
    await at.service('db', { spec: { trafficDistribution: 'PreferClose' } })
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2')], ready: false })
    await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    const are = (...wanted: unknown[]) =>
      eventually(
        async () => expect((await at.endpoints('db')).map(({ hints }) => hints)).toEqual(wanted) ?? true,
        { what: `hints are ${JSON.stringify(wanted)}` },
      )
    await are({ forZones: [{ name: 'east' }] }, undefined)
    await at.patchService('db', {
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': 'Auto' } },
    })
    await are(undefined, undefined)
    await at.patchService('db', {
      metadata: { annotations: { 'service.kubernetes.io/topology-mode': null } },
    })
    await are({ forZones: [{ name: 'east' }] }, undefined)
    await at.patchService('db', { spec: { trafficDistribution: null } })
    await are(undefined, undefined)
  })
})

describe('a Service that goes', () => {
  it('gets no more slices while it is going, and takes those it has along', async () => {
    const { namespace, ...at } = await scene('going')
    const spec = { ipFamilyPolicy: 'RequireDualStack', ipFamilies: ['IPv4', 'IPv6'] }
    await at.service('db', { spec, finalizers: ['example.com/wait'] })
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1', '2001:db8::1')] })
    const [ipv4] = await at.shows('db', ['192.0.2.1', '2001:db8::1'])
    await request('DELETE', servicePath(namespace, 'db'))
    await request('DELETE', slicePath(namespace, ipv4?.slice.metadata?.name ?? ''))
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2', '2001:db8::2')] })
    // A pass creates before it updates, so whatever was to be created would be there.
    await at.shows('db', ['2001:db8::1', '2001:db8::2'])
    expect((await at.slices('db')).map(({ addressType }) => addressType)).toEqual(['IPv6'])
    await at.patchService('db', { metadata: { finalizers: null } })
    await eventually(async () => (await at.slices('db')).length === 0, { what: 'slices go with a Service' })
  })

  it('with its Namespace leaves no loop of errors behind', async () => {
    const { namespace, ...at } = await scene('ending')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    const [published] = await at.shows('db', ['192.0.2.1'])
    await request('DELETE', `/api/v1/namespaces/${namespace}`)
    const since = new Date()
    // Its Pod, which no kubelet ends, holds the Namespace up, and with it the Service.
    expect(
      (await request('DELETE', slicePath(namespace, published?.slice.metadata?.name ?? ''))).status,
    ).toBe(200)
    const other = await scene('ending-witness')
    await other.service('db')
    await other.pod('db', 'a', { entries: [onCore('ending-witness', '192.0.2.1')] })
    await other.shows('db', ['192.0.2.1'])
    const tried = (await at.writesSince(since)).filter((write) => write.endsWith('endpointslices'))
    expect(tried.length).toBeLessThanOrEqual(1)
    expect(await at.slices('db')).toEqual([])
    await request('DELETE', podPath(namespace, 'a'), { gracePeriodSeconds: 0 })
    await eventually(async () => (await request('GET', `/api/v1/namespaces/${namespace}`)).status === 404, {
      what: 'the Namespace is gone',
      timeout: 50_000,
    })
    expect(sidenet.log()).not.toContain(`${namespace}/db`)
  }, 90_000)

  it('and comes again under its name does not get the old slices', async () => {
    const { namespace, ...at } = await scene('again')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    const [old] = await at.shows('db', ['192.0.2.1'])
    const orphaned = { propagationPolicy: 'Orphan' }
    await request('DELETE', servicePath(namespace, 'db'), orphaned)
    await eventually(async () => (await request('GET', servicePath(namespace, 'db'))).status === 404, {
      what: 'the Service is gone',
    })
    await at.service('db')
    const { body } = await request('GET', servicePath(namespace, 'db'))
    const isNew = async () => {
      const slices = await at.slices('db')
      const owners = slices.flatMap(({ metadata }) => metadata?.ownerReferences ?? [])
      return (
        slices.length === 1 &&
        owners[0]?.uid === body.metadata?.uid &&
        (await at.endpoints('db')).length === 1
      )
    }
    await eventually(isNew, { what: 'the new Service has a slice of its own' })
    const [slice] = await at.slices('db')
    expect(slice?.metadata?.uid).not.toBe(old?.slice.metadata?.uid)
  })
})

describe('a NetService beside a Service of the same 250 Pods', () => {
  it('packs them as the built-in controller does, writes no more often, and says how it stands', async () => {
    const { namespace, make, ...at } = await scene('many')
    const since = new Date()
    const { group, version, kind, plural } = NET_SERVICE
    const netServices = `/apis/${group}/${version}/namespaces/${namespace}/${plural}`
    const ports = [{ name: 'http', port: 80 }]
    await make.create(servicePath(namespace), {
      metadata: { name: 'plain' },
      spec: { clusterIP: 'None', selector: { app: 'many' }, ports },
    })
    await make.create(netServices, {
      apiVersion: `${group}/${version}`,
      kind,
      metadata: { name: 'db' },
      spec: { netAttachDef: 'core', selector: { app: 'many' }, ports },
    })
    await at.pod('many', 'unready', { ready: false, entries: [onCore(namespace, '198.18.1.1')] })
    await at.pod('many', 'bare')
    const numbers = Array.from({ length: 248 }, (_, index) => index + 1).values()
    const worker = async (): Promise<void> => {
      for (const number of numbers)
        await at.pod('many', `pod-${number}`, { entries: [onCore(namespace, `198.18.0.${number}`)] })
    }
    await Promise.all([worker(), worker(), worker(), worker()])

    const sizes = async (service: string, manager: string): Promise<readonly number[]> => {
      const selector = `${SLICE_LABELS.service}=${service},${SLICE_LABELS.managedBy}=${manager}`
      const path = `${slicePath(namespace)}?labelSelector=${encodeURIComponent(selector)}`
      const slices = ((await request('GET', path)).body.items ?? []).flatMap(
        (slice) => endpointSlice(slice) ?? [],
      )
      return slices.map(({ endpoints }) => endpoints.length).toSorted((a, b) => b - a)
    }
    const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)
    const complete = async (): Promise<boolean> =>
      sum(await sizes('plain', MANAGED_BY.builtIn)) === 250 &&
      sum(await sizes('db', MANAGED_BY.sidenet)) === 249
    await eventually(complete, { what: 'all Pods are published by both' })
    const inOneGo = { selector: { app: 'many' } }
    await at.service('late', { spec: inOneGo })
    await make.create(servicePath(namespace), {
      metadata: { name: 'late-plain' },
      spec: { clusterIP: 'None', ...inOneGo, ports },
    })
    const packed = async () => [
      await sizes('late', MANAGED_BY.sidenet),
      await sizes('late-plain', MANAGED_BY.builtIn),
    ]
    const bySizes = [
      [100, 100, 49],
      [100, 100, 50],
    ]
    await eventually(async () => expect(await packed()).toEqual(bySizes) ?? true, {
      what: 'both pack what is there already alike',
    })
    // Nobody rebalances, so how many there are depends on who came when; but no two would fit into one.
    for (const each of [await sizes('db', MANAGED_BY.sidenet), await sizes('plain', MANAGED_BY.builtIn)]) {
      expect(each[0]).toBeLessThanOrEqual(100)
      expect(sum(each.slice(-2))).toBeGreaterThan(100)
    }
    const writes = await cluster().auditEvents({
      since,
      filter: ({ verb, objectRef }) =>
        objectRef?.resource === 'endpointslices' &&
        objectRef.namespace === namespace &&
        ['create', 'update', 'delete'].includes(verb),
    })
    // The late two are in these numbers as well.
    const by = (name: string): number => writes.filter(({ user }) => user.username === name).length
    const builtIn = by('system:serviceaccount:kube-system:endpointslice-controller')
    expect(builtIn).toBeGreaterThan(0)
    expect(by('sidenet')).toBeLessThanOrEqual(builtIn)

    const waited = await cluster().kubectl([
      ...['wait', '-n', namespace, 'nsvc/db', '--for=condition=EndpointsPublished', '--timeout=20s'],
    ])
    expect(waited.status).toBe(0)
    const hasRow = async (): Promise<boolean> => {
      const { stdout } = await cluster().kubectl(['get', '-n', namespace, 'nsvc', 'db', '--no-headers'])
      return /^db +core +248\/249 +EndpointsPublished /.test(stdout)
    }
    await eventually(hasRow, { what: 'kubectl get shows 248/249' })
    const status = async (name: string) => {
      const { body } = await request<{ status?: { observedGeneration?: number } }>(
        'GET',
        `${netServices}/${name}`,
      )
      return body.status
    }
    expect(await status('db')).toMatchObject({
      observedGeneration: 1,
      endpoints: { ready: 248, total: 249, skipped: 1 },
      skipped: [{ reason: 'NetworkNotAttached', count: 1, example: `${namespace}/bare` }],
    })

    await request('PATCH', servicePath(namespace, 'db'), { spec: { selector: { app: 'mine' } } })
    const isReverted = async (): Promise<boolean> => {
      const { body } = await request<{ spec: { selector?: object } }>('GET', servicePath(namespace, 'db'))
      return body.spec.selector === undefined
    }
    await eventually(isReverted, { what: 'a selector that somebody gave its Service is gone' })
    await request('PATCH', `${netServices}/db`, { spec: { selector: { app: 'nobody' } } })
    await eventually(async () => (await status('db'))?.observedGeneration === 2, {
      what: 'the status is that of the new generation',
    })
    expect(await status('db')).toMatchObject({ endpoints: { ready: 0, total: 0 } })
    expect((await at.events('db')).filter((reason) => reason === 'EndpointsPublished')).toHaveLength(1)
  }, 120_000)
})
