// The definition of NetService on a real API server: what it refuses by itself, fills in, shows and keeps apart.

import { readFile } from 'node:fs/promises'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { NET_SERVICE } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { BAD_NET_SERVICES } from '../core/services/bad-net-services.ts'
import { netService } from '../core/services/make.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import '../support/time-limit.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ controllers: false })
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const COLLECTION = `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/namespaces/blue/${NET_SERVICE.plural}`

interface NetServiceObject extends KubernetesObject {
  readonly spec: Readonly<Record<string, unknown>>
  readonly status?: Readonly<Record<string, unknown>>
}

beforeAll(async () => {
  const crd = parse(
    await readFile(new URL('../../manifests/crds/netservices.yaml', import.meta.url), 'utf8'),
  ) as object
  const created = await cluster().request('POST', CRDS, crd)
  expect([created.status, created.body.message]).toEqual([201, undefined])
  await cluster().request('POST', '/api/v1/namespaces', { metadata: { name: 'blue' } })
  await eventually(async () => (await cluster().request('GET', COLLECTION)).status === 200, {
    what: 'NetServices are served',
  })
}, HOOK_TIMEOUT)

const create = (object: object) => cluster().request<NetServiceObject & Refusal>('POST', COLLECTION, object)

interface Refusal {
  readonly message?: string
  readonly details?: { readonly causes?: readonly { readonly field?: string; readonly message?: string }[] }
}

describe('a NetService that cannot work', () => {
  it.each(BAD_NET_SERVICES)(
    'with $what is refused under its field',
    async ({ object, fields, crdFields = fields }) => {
      const { status, body } = await create(object)
      expect([status, body.message]).toEqual([422, expect.stringContaining('is invalid')])
      const told = body.details?.causes?.map(({ field }) => field) ?? []
      expect(told).toEqual(expect.arrayContaining([...crdFields]))
    },
  )

  it.each([
    ['of an older Kubernetes Service', '1a', 422],
    ['of a Kubernetes Service', 'a1', 201],
  ])('by a name %s: %s is answered %d', async (_, name, status) => {
    expect((await create(netService({}, { name }))).status).toBe(status)
  })
})

describe('a NetService that can work', () => {
  it('is the smallest one, and gets its defaults', async () => {
    const { status, body } = await create(netService({}, { name: 'smallest' }))
    expect(status).toBe(201)
    expect(body.spec).toEqual({
      netAttachDef: 'core',
      selector: { app: 'a' },
      publishNotReadyAddresses: false,
      hostnames: 'None',
    })
  })

  it('is the largest one', async () => {
    const spec = {
      netAttachDef: `${'n'.repeat(63)}/${'a.'.repeat(126)}a@${'i'.repeat(15)}`,
      selector: {
        app: 'a',
        'example.com/Tier_1': '',
        [`${'d'.repeat(63)}.example/${'k'.repeat(63)}`]: 'V.1',
      },
      ports: [
        { name: 'http', port: 80, targetPort: 'web', appProtocol: 'kubernetes.io/h2c' },
        { name: 'dns', port: 53, protocol: 'UDP', targetPort: 5353 },
        { name: 'dns-tcp', port: 53, protocol: 'TCP' },
      ],
      ipFamilies: ['IPv6', 'IPv4'],
      publishNotReadyAddresses: true,
      hostnames: 'PodName',
    }
    const { status, body } = await create(netService(spec, { name: 'a'.repeat(63) }))
    expect([status, body.message]).toEqual([201, undefined])
    expect(body.spec).toEqual({
      ...spec,
      ports: [{ ...spec.ports[0], protocol: 'TCP' }, ...spec.ports.slice(1)],
    })
  })

  it.each(['core', 'my.net', 'red/core', 'core@net1', 'red/my.net@eth0.100', 'core@bond0_v'])(
    'names its network as %s',
    async (netAttachDef) => {
      const { status } = await create(
        netService({ netAttachDef }, { name: undefined, generateName: 'network-' }),
      )
      expect(status).toBe(201)
    },
  )

  it('may be an old manifest whose apiVersion line was changed', async () => {
    const old =
      'apiVersion: svcctl.metaswitch.com/v1alpha1\nkind: NetService\nmetadata:\n  name: old\nspec:\n  netAttachDef: blah\n  selector:\n    app: nginx\n'
    const input = old.replace(/^apiVersion: .*$/m, `apiVersion: ${NET_SERVICE.group}/${NET_SERVICE.version}`)
    const applied = await cluster().kubectl(['apply', '-n', 'blue', '-f', '-'], { input })
    expect([applied.status, applied.stderr]).toEqual([0, ''])
  })
})

describe('its status', () => {
  const path = `${COLLECTION}/shown`
  const condition = (type: string, status: string, reason: string) => ({
    type,
    status,
    reason,
    message: `said of ${type}`,
    lastTransitionTime: '2026-01-01T00:00:00Z',
  })
  const apply = (status: object, manager: string) =>
    cluster().request<NetServiceObject>(
      'PATCH',
      `${path}/status?fieldManager=${manager}`,
      JSON.stringify({
        apiVersion: `${NET_SERVICE.group}/${NET_SERVICE.version}`,
        kind: NET_SERVICE.kind,
        status,
      }),
      { contentType: 'application/apply-patch+yaml' },
    )

  beforeAll(async () => {
    await create({
      ...netService({ netAttachDef: 'red/core' }, { name: 'shown' }),
      status: { observedGeneration: 7 },
    })
  })

  it('is written through its own door only', async () => {
    expect((await cluster().request<NetServiceObject>('GET', path)).body.status).toBeUndefined()
    const status = {
      observedGeneration: 1,
      endpoints: { ready: 2, total: 3, skipped: 1, summary: '2/3' },
      skipped: [{ reason: 'NetworkNotAttached', count: 1, example: 'db-0' }],
      conditions: [condition('EndpointsPublished', 'True', 'EndpointsPublished')],
    }
    const { body } = await cluster().request<NetServiceObject>('PATCH', `${path}/status`, {
      spec: { netAttachDef: 'x' },
      status,
    })
    expect(body).toMatchObject({ metadata: { generation: 1 }, spec: { netAttachDef: 'red/core' }, status })
  })

  it('keeps one condition of each type, whoever writes them', async () => {
    await apply({ conditions: [condition('Accepted', 'True', 'NetServiceAccepted')] }, 'one')
    const { body } = await apply(
      { conditions: [condition('NetworkResolved', 'False', 'NetworkNotFound')] },
      'two',
    )
    expect((body.status?.['conditions'] as { type: string }[]).map(({ type }) => type).sort()).toEqual([
      'Accepted',
      'EndpointsPublished',
      'NetworkResolved',
    ])
  })

  it('is what kubectl get shows, under the short name too', async () => {
    const shown = async (...flags: string[]) =>
      (await cluster().kubectl(['get', 'nsvc', 'shown', '-n', 'blue', ...flags])).stdout
        .trim()
        .split('\n')
        .map((line) => line.split(/ {2,}/))
    const [head, row] = await shown()
    expect(head).toEqual(['NAME', 'NETWORK', 'READY', 'REASON', 'AGE'])
    expect(row?.slice(0, 4)).toEqual(['shown', 'red/core', '2/3', 'EndpointsPublished'])
    const [wideHead, wideRow] = await shown('-o', 'wide')
    expect(wideHead).toEqual([
      'NAME',
      'NETWORK',
      'READY',
      'REASON',
      'AGE',
      'SKIPPED',
      'HOSTNAMES',
      'SELECTOR',
      'MESSAGE',
    ])
    expect(wideRow?.slice(5)).toEqual(['1', 'None', '{"app":"a"}', 'said of EndpointsPublished'])
  })

  it('can be waited for', async () => {
    const { status, stdout } = await cluster().kubectl([
      'wait',
      '--for=condition=EndpointsPublished',
      'nsvc/shown',
      '-n',
      'blue',
      '--timeout=10s',
    ])
    expect([status, stdout.trim()]).toEqual([0, 'netservice.sidenet.io/shown condition met'])
  })
})
