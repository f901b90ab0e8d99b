// Every way to ask for a secondary network gives the same slices, on the real control plane with all of Sidenet.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import {
  ANNOTATIONS,
  DIALECT_ANNOTATIONS,
  NET_SERVICE,
  NO_POD_KEY,
  OLD_NET_SERVICE,
} from '../../src/core/names.ts'
import { installNadCrd, installNetServiceCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { addressesIn, ourSlices } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await installNetServiceCrd(cluster(), OLD_NET_SERVICE)
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

const labels = { app: 'db' }
const V4 = '192.0.2.41'
const V6 = '2001:db8:77::41'

type Group = typeof NET_SERVICE | typeof OLD_NET_SERVICE

const services = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name && `/${name}`}`
const netServices = ({ group, version, plural }: Group, namespace: string, name = ''): string =>
  `/apis/${group}/${version}/namespaces/${namespace}/${plural}${name && `/${name}`}`

/** As its documentation writes one. */
const manifest = ({ group, version }: Group, name = 'db'): string =>
  [
    `apiVersion: ${group}/${version}`,
    'kind: NetService',
    `metadata: { name: ${name} }`,
    'spec: { netAttachDef: br0, selector: { app: db } }',
  ].join('\n')

const apply = async (namespace: string, text: string): Promise<void> => {
  const { status, stderr } = await cluster().kubectl(['apply', '-n', namespace, '-f', '-'], { input: text })
  expect({ status, stderr }).toEqual({ status: 0, stderr: expect.not.stringContaining('rror') })
}

/** A Namespace with the network br0 and one Pod on it, with an address of each family. */
async function scene(namespace: string) {
  const make = makes(cluster())
  await make.namespace(namespace)
  await make.nad(namespace, 'br0')
  await make.pod(namespace, 'db-0', { labels, status: [{ name: `${namespace}/br0`, ips: [V4, V6] }] })
  return make
}

const published = (namespace: string, name: string, addresses: readonly string[]) =>
  eventually(
    async () => addressesIn(await ourSlices(cluster(), namespace, name)).join() === addresses.join(),
    { what: `${namespace}/${name} is published as ${addresses.join()}`, timeout: 15_000 },
  )

const eventsOf = async (namespace: string) =>
  (await cluster().request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)).body.items ?? []

/** Everything of them but what is different in every slice there is. */
async function slicesAndService(namespace: string, name: string): Promise<object> {
  const slices = await ourSlices(cluster(), namespace, name)
  const { body } = await cluster().request<{ spec: object }>('GET', services(namespace, name))
  const text = JSON.stringify({
    spec: body.spec,
    slices: slices
      .map(({ metadata, ...rest }) => ({
        ...rest,
        endpoints: rest.endpoints?.map((endpoint) => ({ ...endpoint, targetRef: undefined })),
        labels: {
          ...metadata?.labels,
          'sidenet.io/net-service-uid': 'one',
          'kubernetes.io/service-name': 'one',
        },
      }))
      .sort((a, b) => (JSON.stringify(a) < JSON.stringify(b) ? -1 : 1)),
  })
  return JSON.parse(text) as object
}

describe('a NetService of the old group', () => {
  it(
    'has the same Service and the same slices as one whose apiVersion line is changed',
    async () => {
      await scene('old')
      await scene('new')
      await apply('old', manifest(OLD_NET_SERVICE))
      await apply('new', manifest(NET_SERVICE))
      await published('old', 'db', [V4, V6])
      await published('new', 'db', [V4, V6])
      expect(await slicesAndService('old', 'db')).toEqual(await slicesAndService('new', 'db'))
      const others = (await cluster().request('GET', services('old'))).body.items ?? []
      expect(others.map(({ metadata }) => metadata?.name)).toEqual(['db'])

      const changed = { spec: { netAttachDef: 'br0', selector: { app: 'nobody' } } }
      await cluster().request('PATCH', netServices(OLD_NET_SERVICE, 'old', 'db'), changed)
      await published('old', 'db', [])
      await cluster().request('DELETE', netServices(OLD_NET_SERVICE, 'old', 'db'))
      await eventually(async () => (await cluster().request('GET', services('old', 'db'))).status === 404, {
        what: 'the Service goes with it',
        // The garbage collector finds a new kind within half a minute.
        timeout: 90_000,
      })
    },
    HOOK_TIMEOUT,
  )

  it('stands back where one of sidenet.io has its name, and is told so once', async () => {
    const make = await scene('both')
    await make.pod('both', 'other-0', {
      labels: { app: 'other' },
      status: [{ name: 'both/br0', ips: ['192.0.2.42'] }],
    })
    await apply('both', manifest(NET_SERVICE))
    await published('both', 'db', [V4, V6])
    await apply('both', manifest(OLD_NET_SERVICE).replace('app: db', 'app: other'))
    const taken = async () =>
      (await eventsOf('both')).filter((event) => JSON.stringify(event).includes('"NetServiceTaken"'))
    await eventually(async () => (await taken()).length > 0, { what: 'the old one is told' })
    expect(JSON.stringify(await taken())).toContain('svcctl.metaswitch.com/v1alpha1')
    await make.attach('both', 'db-0', [{ name: 'both/br0', ips: ['192.0.2.43'] }])
    await published('both', 'db', ['192.0.2.43'])
    expect(await taken()).toHaveLength(1)
    const { body } = await cluster().request<{ status?: { conditions?: object[] } }>(
      'GET',
      netServices(OLD_NET_SERVICE, 'both', 'db'),
    )
    expect(body.status?.conditions).toMatchObject([
      { type: 'Accepted', status: 'False', reason: 'NetServiceTaken' },
    ])

    await cluster().request('DELETE', netServices(NET_SERVICE, 'both', 'db'))
    await published('both', 'db', ['192.0.2.42'])
  })
})

describe('a Service', () => {
  const service = (namespace: string, metadata: object, spec: object = {}) =>
    makes(cluster()).create(services(namespace), {
      metadata: { name: 'db', ...metadata },
      spec: { clusterIP: 'None', ports: [{ port: 80 }], ...spec },
    })

  it('of multus-service is published on the network of its annotation', async () => {
    await scene('proxied')
    await service(
      'proxied',
      {
        labels: { 'service.kubernetes.io/service-proxy-name': 'multus-proxy' },
        annotations: { [DIALECT_ANNOTATIONS.serviceNetwork]: 'br0' },
      },
      { selector: labels },
    )
    await published('proxied', 'db', [V4])
    const { body } = await cluster().request<{ spec: object }>('GET', services('proxied', 'db'))
    expect(body.spec).toMatchObject({ selector: { ...labels, [NO_POD_KEY]: 'true' } })
  })

  it.each([
    ['danm-new', { 'danm.io/selector': JSON.stringify(labels), 'danm.io/network': 'br0' }],
    ['danm-old', { 'danm.k8s.io/selector': JSON.stringify(labels), 'danm.k8s.io/tenantNetwork': 'br0' }],
    ['plain', { [ANNOTATIONS.selector]: 'app=db', [ANNOTATIONS.networks]: 'br0' }],
  ])('without a selector, as %s writes it, is published as it stands', async (namespace, annotations) => {
    await scene(namespace)
    await service(namespace, { annotations }, { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })
    await published(namespace, 'db', [V4])
    const { body } = await cluster().request<KubernetesObject & { spec: object }>(
      'GET',
      services(namespace, 'db'),
    )
    expect(body.spec).not.toHaveProperty('selector')
    expect(body.metadata?.annotations).toEqual(annotations)
  })

  it('that is dual-stack has a slice for each family', async () => {
    await scene('dual')
    const annotations = { [ANNOTATIONS.selector]: 'app=db', [ANNOTATIONS.networks]: 'br0' }
    await service('dual', { annotations }, { ipFamilyPolicy: 'RequireDualStack' })
    await published('dual', 'db', [V4, V6])
    const slices = await ourSlices(cluster(), 'dual', 'db')
    expect(
      slices.map((slice) => [(slice as { addressType?: string }).addressType, addressesIn([slice])]).sort(),
    ).toEqual([
      ['IPv4', [V4]],
      ['IPv6', [V6]],
    ])
  })

  it('of somebody else is handed over to a NetService by annotation', async () => {
    await scene('adopted')
    await service('adopted', { annotations: { [ANNOTATIONS.adopt]: 'db' } })
    await apply('adopted', manifest(NET_SERVICE))
    await published('adopted', 'db', [V4, V6])
    const { body } = await cluster().request('GET', services('adopted', 'db'))
    expect(body.metadata).toMatchObject({ ownerReferences: [{ kind: 'NetService', name: 'db' }] })
    expect(body.metadata?.annotations?.[ANNOTATIONS.adopt]).toBeUndefined()
  })
})
