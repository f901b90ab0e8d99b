// The deprecated Endpoints of a Service, only where it asks for them, beside the built-in controllers.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { ANNOTATIONS, ENDPOINTS_LABELS, MANAGED_BY, SLICE_LABELS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { addressesIn, ourSlices, slicePath, type Slice } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

const labels = { app: 'db' }
const FIRST = '10.244.66.1'
const SECOND = '192.0.2.61'

interface Endpoints extends KubernetesObject {
  readonly subsets?: readonly { readonly addresses?: readonly { readonly ip: string }[] }[]
}

const path = (namespace: string, kind: string, name = 'db'): string =>
  `/api/v1/namespaces/${namespace}/${kind}${name && `/${name}`}`
const endpointsOf = async (namespace: string): Promise<Endpoints | undefined> => {
  const { status, body } = await cluster().request<Endpoints>('GET', path(namespace, 'endpoints'))
  return status === 200 ? body : undefined
}
const addressesOf = (endpoints: Endpoints | undefined): string =>
  (endpoints?.subsets ?? [])
    .flatMap(({ addresses = [] }) => addresses.map(({ ip }) => ip))
    .sort()
    .join()
const hold = (namespace: string, addresses: string) =>
  eventually(async () => addressesOf(await endpointsOf(namespace)) === addresses, {
    what: `the Endpoints hold "${addresses}"`,
    timeout: 20_000,
  })
const annotate = (namespace: string, annotations: object) =>
  cluster().request('PATCH', path(namespace, 'services'), { metadata: { annotations } })

async function scene(namespace: string, annotations: object, spec: object = {}) {
  const make = makes(cluster())
  await make.namespace(namespace)
  await make.nad(namespace, 'br0')
  await make.pod(namespace, 'db-0', {
    labels,
    podIps: [FIRST],
    status: [{ name: `${namespace}/br0`, ips: [SECOND] }],
  })
  await make.create(path(namespace, 'services', ''), {
    metadata: { name: 'db', annotations: { [ANNOTATIONS.networks]: 'br0', ...annotations } },
    spec: {
      clusterIP: 'None',
      ipFamilyPolicy: 'SingleStack',
      ipFamilies: ['IPv4'],
      ports: [{ port: 80 }],
      ...spec,
    },
  })
}

/** A Service and Endpoints of somebody else, once they are mirrored. */
async function mirrorAnother(namespace: string): Promise<void> {
  const make = makes(cluster())
  await make.create(path(namespace, 'services', ''), {
    metadata: { name: 'other' },
    spec: { ports: [{ port: 80 }] },
  })
  await make.create(path(namespace, 'endpoints', ''), {
    metadata: { name: 'other' },
    subsets: [{ addresses: [{ ip: '198.51.100.9' }], ports: [{ port: 80 }] }],
  })
  await eventually(async () => (await mirrored(namespace, 'other')).length === 1, {
    what: 'Endpoints of somebody else are mirrored',
  })
}

/** What the mirroring controller made of them. */
async function mirrored(namespace: string, service = 'db'): Promise<readonly string[]> {
  const query = encodeURIComponent(
    `${SLICE_LABELS.service}=${service},${SLICE_LABELS.managedBy}=${MANAGED_BY.mirroring}`,
  )
  const { body } = await cluster().request('GET', `${slicePath(namespace)}?labelSelector=${query}`)
  return addressesIn((body.items ?? []) as readonly Slice[])
}

describe('legacy Endpoints', () => {
  it('are not touched, nor asked for, where nobody wants them', async () => {
    const since = new Date()
    await scene('silent', { [ANNOTATIONS.selector]: 'app=db' })
    await eventually(async () => addressesIn(await ourSlices(cluster(), 'silent', 'db')).join() === SECOND, {
      what: 'the slices are published',
    })
    const used = await cluster().auditEvents({
      since,
      filter: ({ user, objectRef }) => user.username === 'sidenet' && objectRef?.resource === 'endpoints',
    })
    expect(used).toEqual([])
    expect(await endpointsOf('silent')).toBeUndefined()
  })

  it('of a Service without selector are written, followed, never mirrored, and taken away', async () => {
    await scene('asks', { [ANNOTATIONS.selector]: 'app=db', [ANNOTATIONS.writeEndpoints]: 'true' })
    await hold('asks', SECOND)
    expect((await endpointsOf('asks'))?.metadata).toMatchObject({
      labels: { [ENDPOINTS_LABELS.skipMirror]: 'true', [ENDPOINTS_LABELS.managedBy]: MANAGED_BY.sidenet },
      ownerReferences: [{ kind: 'Service', name: 'db' }],
    })
    await makes(cluster()).attach('asks', 'db-0', [{ name: 'asks/br0', ips: ['192.0.2.62'] }])
    await hold('asks', '192.0.2.62')
    // The mirroring controller sees changes in their order: what it did with a later one, it had the chance to do before.
    await mirrorAnother('asks')
    expect(await mirrored('asks')).toEqual([])

    const written = await cluster().auditEvents({
      filter: ({ user, verb, objectRef }) =>
        user.username === 'sidenet' && verb !== 'get' && objectRef?.resource === 'endpoints',
    })
    expect(written.map(({ verb }) => verb)).toEqual(['create', 'update'])

    // A process that never wrote them takes them away.
    await sidenet.stop()
    await annotate('asks', { [ANNOTATIONS.writeEndpoints]: null })
    sidenet = await startSidenet(cluster(), { install: false, port: sidenet.port })
    await eventually(async () => (await endpointsOf('asks')) === undefined, {
      what: 'the Endpoints go when nobody wants them any more',
      timeout: 30_000,
    })
    await eventually(
      async () => {
        const { body } = await cluster().request('GET', path('asks', 'services'))
        return body.metadata?.annotations?.[ANNOTATIONS.endpointsWritten] === undefined
      },
      { what: 'the mark goes with them' },
    )
    expect(addressesIn(await ourSlices(cluster(), 'asks', 'db'))).toEqual(['192.0.2.62'])
  })

  it('of a Service that is taken over are ours until it is given back', async () => {
    const asks = { [ANNOTATIONS.strategy]: 'takeover', [ANNOTATIONS.writeEndpoints]: 'true' }
    await scene('takes', asks, { selector: labels })
    await hold('takes', SECOND)
    await annotate('takes', {
      [ANNOTATIONS.networks]: null,
      [ANNOTATIONS.strategy]: null,
      [ANNOTATIONS.writeEndpoints]: null,
    })
    await hold('takes', FIRST)
    await eventually(
      async () => {
        const { body } = await cluster().request('GET', path('takes', 'services'))
        return body.metadata?.annotations?.[ANNOTATIONS.endpointsWritten] === undefined
      },
      { what: 'the mark goes', timeout: 20_000 },
    )
    expect(addressesOf(await endpointsOf('takes'))).toBe(FIRST)
  })

  it('of somebody else are left alone, and the owner is told', async () => {
    await scene('foreign', { [ANNOTATIONS.selector]: 'app=db' })
    await makes(cluster()).create(path('foreign', 'endpoints', ''), {
      metadata: { name: 'db', labels: { [ENDPOINTS_LABELS.skipMirror]: 'true' } },
      subsets: [{ addresses: [{ ip: '198.51.100.7' }] }],
    })
    await annotate('foreign', { [ANNOTATIONS.writeEndpoints]: 'true' })
    await eventually(
      async () => {
        const events = await cluster().request('GET', '/apis/events.k8s.io/v1/namespaces/foreign/events')
        return JSON.stringify(events.body).includes('EndpointsTaken')
      },
      { what: 'a Warning says so' },
    )
    expect(addressesOf(await endpointsOf('foreign'))).toBe('198.51.100.7')
  })

  it('are refused where the built-in controller writes them', async () => {
    const answer = await cluster().request('POST', path('foreign', 'services', ''), {
      metadata: {
        name: 'keyed',
        annotations: { [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.writeEndpoints]: 'true' },
      },
      spec: { selector: labels, ports: [{ port: 80 }] },
    })
    expect([answer.status, answer.body.message]).toEqual([
      422,
      expect.stringContaining('works only without a selector'),
    ])
  })
})
