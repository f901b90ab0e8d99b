// A Pod that takes the name of another, hostnames, a Service that is an ExternalName for a while or comes again under
// its name, and a slice that two write at once. On a real API server, with the whole of Sidenet and its webhook.

import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { ANNOTATIONS, MANAGED_BY, SLICE_LABELS } from '../../src/core/names.ts'
import { gone, heldAt } from '../faults/behaviours.ts'
import { gate } from '../faults/gate.ts'
import type { SeenRequest } from '../faults/kind-of-request.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { installNadCrd } from '../support/crds.ts'
import { podPath } from '../support/objects.ts'
import { slicePath } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { onCore, sliceScene } from '../support/slice-scene.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let proxy: FaultProxy
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  proxy = await startFaultProxy(cluster())
  sidenet = await startSidenet(cluster(), { kubeconfig: proxy.kubeconfig('sidenet') })
}, HOOK_TIMEOUT)
afterEach(() => proxy.clearRules())
afterAll(async () => {
  await sidenet?.kill()
  await proxy?.stop()
}, HOOK_TIMEOUT)

const scene = (namespace: string) => sliceScene(cluster(), namespace)
const servicePath = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name && `/${name}`}`
const request: ReturnType<typeof cluster>['request'] = (...args) => cluster().request(...args)

/** What Sidenet tried on slices of a namespace, and how it was answered, in order. */
async function triesSince(since: Date, namespace: string) {
  const events = await cluster().auditEvents({
    since,
    filter: ({ user, verb, objectRef }) =>
      user.username === 'sidenet' &&
      objectRef?.resource === 'endpointslices' &&
      objectRef.namespace === namespace &&
      ['create', 'update', 'patch', 'delete'].includes(verb),
  })
  return events.map(({ verb, objectRef, responseStatus }) => ({
    verb,
    name: objectRef?.name,
    code: responseStatus?.code,
  }))
}

describe('a Pod that is replaced under its name and addresses', () => {
  it('is exchanged in place, with one write of the same slice, where both are seen at once', async () => {
    const { namespace, ...at } = await scene('replaced')
    const parts = { entries: [onCore(namespace, '192.0.2.1')], firstAddress: '10.244.9.1' }
    await at.service('db')
    await at.pod('db', 'db-0', parts)
    await at.pod('db', 'db-1', { entries: [onCore(namespace, '192.0.2.2')] })
    const [before] = await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    await at.told('db', 'EndpointsPublished')

    const lists = gate()
    // A list of one is only a look at the present version.
    const isWhole = ({ kind, query }: SeenRequest) => kind === 'LIST pods' && query.get('limit') !== '1'
    proxy.rule(isWhole, heldAt(lists, 'request'))
    const expired = proxy.rule('WATCH pods', gone(), { times: 1 })
    for (const watch of proxy.watches('WATCH pods')) watch.cut()
    await eventually(() => expired.hits() === 1 && lists.waiting() > 0, { what: 'Pods are listed again' })
    const since = new Date()
    await request('DELETE', podPath(namespace, 'db-0'), { gracePeriodSeconds: 0 })
    await at.pod('db', 'db-0', parts)
    const { body: pod } = await request('GET', podPath(namespace, 'db-0'))
    lists.release()

    const isNew = async () => {
      const [first] = await at.endpoints('db')
      return first?.targetRef?.uid === pod.metadata?.uid ? first : undefined
    }
    const after = await eventually(isNew, { what: 'the endpoint is that of the new Pod' })
    expect(after.targetRef?.uid).not.toBe(before?.targetRef?.uid)
    expect((await at.endpoints('db')).map(({ addresses }) => addresses)).toEqual([
      ['192.0.2.1'],
      ['192.0.2.2'],
    ])
    const name = before?.slice.metadata?.name
    expect(after.slice.metadata?.uid).toBe(before?.slice.metadata?.uid)
    expect(await triesSince(since, namespace)).toEqual([{ verb: 'update', name, code: 200 }])
  })
})

describe('hostnames', () => {
  const PODS = {
    both: { hostname: 'db-0', subdomain: 'db' },
    'of-another-service': { hostname: 'db-1', subdomain: 'web' },
    'hostname-alone': { hostname: 'db-2' },
    'subdomain-alone': { subdomain: 'db' },
    neither: {},
  }

  it.each([
    ['has a selector', {}, {}],
    [
      'has none, and names its Pods in an annotation',
      { selector: undefined, ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'] },
      { [ANNOTATIONS.selector]: 'app=db' },
    ],
  ])('are those of Pods whose subdomain is the Service, where it %s', async (sentence, spec, annotations) => {
    const { namespace, ...at } = await scene(`hostnames-${sentence.includes('none') ? 'free' : 'selected'}`)
    await at.service('db', { spec, annotations })
    const all = Object.entries(PODS)
    for (const [index, [name, spec]] of all.entries())
      await at.pod('db', name, { spec, entries: [onCore(namespace, `192.0.2.${index + 1}`)] })
    const endpoints = await at.shows(
      'db',
      all.map((_, index) => `192.0.2.${index + 1}`),
    )
    const hostnames = endpoints.map(({ targetRef, hostname }) => [targetRef?.name, hostname])
    expect(Object.fromEntries(hostnames)).toEqual({
      both: 'db-0',
      'of-another-service': undefined,
      'hostname-alone': undefined,
      'subdomain-alone': undefined,
      neither: undefined,
    })
  })
})

describe('a Service that becomes an ExternalName', () => {
  it.each([
    ['headless', 'None', ['']],
    ['balanced', undefined, []],
  ])('loses its slices, and gets right ones when it is %s again', async (kind, clusterIP, headless) => {
    const { namespace, ...at } = await scene(`external-${kind}`)
    // It was the other kind before, so a label that is kept would be wrong.
    await at.service('db', { spec: { clusterIP: clusterIP === 'None' ? undefined : 'None' } })
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    await at.shows('db', ['192.0.2.1'])
    await at.patchService('db', { spec: { type: 'ExternalName', externalName: 'db.example' } })
    await eventually(async () => (await at.slices('db')).length === 0, { what: 'its slices are gone' })
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2')] })
    await at.patchService('db', {
      spec: { type: 'ClusterIP', externalName: null, ...(clusterIP && { clusterIP }) },
    })
    await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    const slices = await at.slices('db')
    expect(slices.length).toBe(1)
    expect(slices.flatMap(({ metadata }) => metadata?.labels?.[SLICE_LABELS.headless] ?? [])).toEqual(
      headless,
    )
  })
})

describe('slices of another owner', () => {
  it('are not adopted by a Service that comes again under its name: they go, and it gets its own', async () => {
    const { namespace, ...at } = await scene('again')
    await at.service('other')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    const [old] = await at.shows('db', ['192.0.2.1'])
    const deleted = await cluster().kubectl([
      ...['delete', 'service', 'db', '-n', namespace, '--cascade=orphan', '--timeout=20s'],
    ])
    expect(deleted.status).toBe(0)

    // The collector leaves it alone, since this owner is there.
    const { body: other } = await request('GET', servicePath(namespace, 'other'))
    const owner = { apiVersion: 'v1', kind: 'Service', name: 'other', uid: other.metadata?.uid }
    const foreign = await at.make.create<KubernetesObject>(slicePath(namespace), {
      metadata: {
        name: 'by-hand',
        labels: { [SLICE_LABELS.service]: 'db', [SLICE_LABELS.managedBy]: MANAGED_BY.sidenet },
        ownerReferences: [owner],
      },
      addressType: 'IPv4',
      endpoints: [{ addresses: ['192.0.2.1'] }],
      ports: [{ name: 'http', port: 80, protocol: 'TCP' }],
    })
    const since = new Date()
    await at.service('db')
    const { body: service } = await request('GET', servicePath(namespace, 'db'))
    const [slice] = await eventually(
      async () => {
        const slices = await at.slices('db')
        const owners = slices.flatMap(({ metadata }) => metadata?.ownerReferences ?? [])
        expect(owners.map(({ uid }) => uid)).toEqual([service.metadata?.uid])
        return slices
      },
      { what: 'there is one slice, owned by the new Service' },
    )
    await at.shows('db', ['192.0.2.1'])
    expect([old?.slice.metadata?.uid, foreign.metadata?.uid]).not.toContain(slice?.metadata?.uid)
    const tries = await triesSince(since, namespace)
    expect(tries).toContainEqual({ verb: 'delete', name: 'by-hand', code: 200 })
    const names = [old?.slice.metadata?.name, 'by-hand']
    expect(tries.filter(({ verb, name }) => verb !== 'delete' && names.includes(name))).toEqual([])
  })
})

describe('a slice that somebody else changes while it is being written', () => {
  it('is refused, read again and put right', async () => {
    const { namespace, ...at } = await scene('conflict')
    await at.service('db')
    await at.pod('db', 'a', { entries: [onCore(namespace, '192.0.2.1')] })
    const [before] = await at.shows('db', ['192.0.2.1'])
    const name = before?.slice.metadata?.name ?? ''
    const since = new Date()
    const writes = gate()
    proxy.rule(
      ({ method, path }) => method === 'PUT' && path === slicePath(namespace, name),
      heldAt(writes, 'request'),
    )
    await at.pod('db', 'b', { entries: [onCore(namespace, '192.0.2.2')] })
    await eventually(() => writes.waiting() === 1, { what: 'the second Pod is being written' })
    const changed = await request('PATCH', slicePath(namespace, name), {
      metadata: { labels: { [SLICE_LABELS.headless]: null } },
      endpoints: [{ addresses: ['203.0.113.1'] }],
    })
    expect(changed.status).toBe(200)
    writes.release()
    const [after] = await at.shows('db', ['192.0.2.1', '192.0.2.2'])
    expect(after?.slice.metadata?.uid).toBe(before?.slice.metadata?.uid)
    expect(after?.slice.metadata?.labels).toEqual(before?.slice.metadata?.labels)
    const tries = await triesSince(since, namespace)
    // Refused more than once only where the other's change is slow to be seen.
    expect(tries.length).toBeGreaterThan(1)
    expect(tries).toEqual(
      tries.map((_, index) => ({ verb: 'update', name, code: index < tries.length - 1 ? 409 : 200 })),
    )
  })
})
