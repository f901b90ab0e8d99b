// Where the cluster has no controllers for the deprecated Endpoints, nothing is missing.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { ANNOTATIONS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { addressesIn, ourSlices } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const CONTROLLERS = ['endpointslice-controller', 'namespace-controller', 'serviceaccount-controller']
const cluster = useControlPlane({ users: [{ name: 'sidenet' }], controllers: CONTROLLERS })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

const NAMESPACE = 'blue'
const labels = { app: 'db' }
const SECOND = '192.0.2.71'
const services = `/api/v1/namespaces/${NAMESPACE}/services`
const endpointsOf = (name: string) =>
  cluster().request<KubernetesObject & { subsets?: object[] }>(
    'GET',
    `/api/v1/namespaces/${NAMESPACE}/endpoints/${name}`,
  )

describe('without controllers for Endpoints', () => {
  it('slices are published, and Endpoints only where they are asked for', async () => {
    const make = makes(cluster())
    await make.namespace(NAMESPACE)
    await make.nad(NAMESPACE, 'br0')
    await make.pod(NAMESPACE, 'db-0', { labels, status: [{ name: 'blue/br0', ips: [SECOND] }] })
    const networks = { [ANNOTATIONS.networks]: 'br0' }
    const service = (name: string, annotations: object, spec: object = {}) =>
      make.create(services, {
        metadata: { name, annotations: { ...networks, ...annotations } },
        spec: { clusterIP: 'None', ports: [{ port: 80 }], ...spec },
      })
    const asks = { [ANNOTATIONS.writeEndpoints]: 'true' }
    const single = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }
    await service('keyed', {}, { selector: labels })
    await service('selects', { [ANNOTATIONS.selector]: 'app=db' }, single)
    await service('asks', { [ANNOTATIONS.selector]: 'app=db', ...asks }, single)
    await service('takes', { [ANNOTATIONS.strategy]: 'takeover', ...asks }, { selector: labels })
    for (const name of ['keyed', 'selects', 'asks', 'takes'])
      await eventually(
        async () => addressesIn(await ourSlices(cluster(), NAMESPACE, name)).join() === SECOND,
        {
          what: `${name} is published`,
        },
      )
    for (const name of ['asks', 'takes'])
      await eventually(async () => JSON.stringify((await endpointsOf(name)).body.subsets)?.includes(SECOND), {
        what: `${name} has Endpoints`,
      })
    for (const name of ['keyed', 'selects']) expect((await endpointsOf(name)).status).toBe(404)
  })
})
