// The overlay that sets the no-pod key inside the API server: the same key as the webhook's, on the same Services as far
// as it can tell, while nobody of us is there.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { defaultService } from '../../src/core/admission/annotated-service.ts'
import { ANNOTATIONS, LABELS, NO_POD_KEY } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import '../support/time-limit.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

interface Service extends KubernetesObject {
  readonly spec: { readonly selector?: Readonly<Record<string, string>> }
}
type Marks = Readonly<Record<string, string>>

const cluster = useControlPlane({ controllers: false })
const SERVICES = '/api/v1/namespaces/default/services'
const app = { app: 'a' }
const KEYED = { ...app, [NO_POD_KEY]: 'true' }

const object = (annotations: Marks, spec: object = {}, labels: Marks = {}): object => ({
  metadata: { name: 'web', namespace: 'default', annotations, labels },
  spec: { clusterIP: 'None', selector: app, ports: [{ port: 80 }], ...spec },
})
const dryRun = async (service: object): Promise<Service> =>
  (await cluster().request<Service>('POST', `${SERVICES}?dryRun=All`, service)).body

beforeAll(async () => {
  const path = new URL('../../manifests/overlays/in-process-key/no-pod-key.yaml', import.meta.url).pathname
  for (const flags of [['--server-side'], ['--server-side']]) {
    const applied = await cluster().kubectl(['apply', ...flags, '-f', path])
    expect([applied.status, applied.stderr]).toEqual([0, ''])
  }
  await eventually(
    async () =>
      (await dryRun(object({ [ANNOTATIONS.networks]: 'br0' }))).spec.selector?.[NO_POD_KEY] === 'true',
    { what: 'the policy is in force' },
  )
}, HOOK_TIMEOUT)

describe('the no-pod key of the API server itself', () => {
  it.each<[string, object]>([
    ['names a network', object({ [ANNOTATIONS.networks]: 'br0' })],
    ['names one of another namespace by interface', object({ [ANNOTATIONS.networks]: ' red/br0@net1 ' })],
    ['says how', object({ [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.strategy]: 'no-pod-key' })],
    ['has a cluster IP', object({ [ANNOTATIONS.networks]: 'br0' }, { clusterIP: undefined })],
  ])('is set on a Service that %s', async (_, service) => {
    expect((await dryRun(service)).spec.selector).toEqual(KEYED)
  })

  it.each<[string, object]>([
    ['names no network', object({})],
    ['names an empty one', object({ [ANNOTATIONS.networks]: '' })],
    ['names two', object({ [ANNOTATIONS.networks]: 'a,b' })],
    ['names one in JSON, which it cannot read', object({ [ANNOTATIONS.networks]: '[{"name":"br0"}]' })],
    ['is given back', object({ [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.strategy]: 'release' })],
    ['is to be taken over', object({ [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.strategy]: 'takeover' })],
    ['has two selectors', object({ [ANNOTATIONS.networks]: 'br0', [ANNOTATIONS.selector]: 'app=a' })],
    [
      'belongs to a NetService',
      object({ [ANNOTATIONS.networks]: 'br0' }, {}, { [LABELS.netServiceUid]: 'u' }),
    ],
    [
      'is an ExternalName',
      object(
        { [ANNOTATIONS.networks]: 'br0' },
        { type: 'ExternalName', externalName: 'example.com', clusterIP: undefined },
      ),
    ],
  ])('is not set on a Service that %s', async (_, service) => {
    expect((await dryRun(service)).spec.selector).toEqual(app)
  })

  it('comes when the annotation comes, stays, and is nothing that the webhook would change', async () => {
    await cluster().request('POST', SERVICES, object({}))
    const patch = { metadata: { annotations: { [ANNOTATIONS.networks]: 'br0' } } }
    const { body } = await cluster().request<Service>('PATCH', `${SERVICES}/web`, patch)
    expect(body.spec.selector).toEqual(KEYED)
    expect(
      (await cluster().request<Service>('PATCH', `${SERVICES}/web`, {})).body.metadata?.resourceVersion,
    ).toBe(body.metadata?.resourceVersion)
    const facts = { namespace: 'default', object: body, oldObject: object({}), clusterFamilies: undefined }
    expect(defaultService(facts).kind).toBe('allow')
  })
})
