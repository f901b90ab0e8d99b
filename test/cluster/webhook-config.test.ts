// What `sidenet manifests` prints, on a real API server: it applies, it asks about the right requests and no others,
// its conditions never fail, and its rights are enough and no more.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals'
import { INSTALLED, NAD, NET_SERVICE, SERVICE_WEBHOOKS, WEBHOOKS } from '../../src/core/names.ts'
import { askedByNetService } from '../../src/core/services/dialects.ts'
import { ownService } from '../../src/core/services/own-service.ts'
import { ownershipOf } from '../../src/core/services/ownership.ts'
import { startControlPlane, type ApiObject, type ControlPlane } from '../control-plane/start.ts'
import { recordingWebhook, type Asked, type RecordingWebhook } from '../support/recording-webhook.ts'
import { eventually } from '../support/wait.ts'

jest.setTimeout(180_000)

/** Has the printed rights and nothing else. */
const SERVER = 'who-serves'
const sidenet = join(import.meta.dirname, '../../bin/sidenet')
const printed = async (...args: readonly string[]): Promise<string> =>
  (await promisify(execFile)(sidenet, ['manifests', ...args])).stdout

const ENTRIES = [...Object.values(WEBHOOKS), ...Object.values(SERVICE_WEBHOOKS)]

let cluster: ControlPlane
let webhook: RecordingWebhook

beforeAll(async () => {
  cluster = await startControlPlane({
    users: [{ name: SERVER }],
    apiServerFlags: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
  })
  webhook = await recordingWebhook()
  await create('/apis/apiextensions.k8s.io/v1/customresourcedefinitions', nadCrd)
  await eventually(async () => (await cluster.request('GET', nads())).status === 200, {
    what: 'NADs are served',
  })
})

afterAll(async () => {
  await cluster?.stop()
  await webhook?.close()
})

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const configuration = `${CONFIGURATIONS}/${INSTALLED.webhookConfiguration}`
const mutating = configuration.replace('validating', 'mutating')
const netServices = (namespace?: string, name?: string): string =>
  `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/${namespace ? `namespaces/${namespace}/` : ''}${NET_SERVICE.plural}${name ? `/${name}` : ''}`

const schema = { type: 'object', 'x-kubernetes-preserve-unknown-fields': true }
const crd = (group: string, plural: string, kind: string) => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.${group}`, labels: { of: group } },
  spec: {
    group,
    scope: 'Namespaced',
    names: { plural, singular: kind.toLowerCase(), kind },
    versions: [{ name: 'v1', served: true, storage: true, schema: { openAPIV3Schema: schema } }],
  },
})
const nadCrd = crd(NAD.group, NAD.plural, NAD.kind)

const nads = (namespace?: string, name?: string): string =>
  `/apis/${NAD.group}/${NAD.version}/${namespace ? `namespaces/${namespace}/` : ''}${NAD.plural}${name ? `/${name}` : ''}`

async function create(path: string, body: object): Promise<void> {
  const { status, body: answer } = await cluster.request('POST', path, body)
  if (status !== 201) throw new Error(`POST ${path}: ${status} ${answer.message}`)
}

const namespace = (name: string, labels: Record<string, string> = {}): Promise<void> =>
  create('/api/v1/namespaces', { metadata: { name, labels } })

const nad = (space: string, name: string, more: { metadata?: object; spec?: object } = {}): Promise<void> =>
  create(nads(space), {
    apiVersion: `${NAD.group}/${NAD.version}`,
    kind: NAD.kind,
    ...more,
    metadata: { name, namespace: space, ...more.metadata },
  })

const remove = (path: string, user?: string) =>
  cluster.request('DELETE', path, undefined, user ? { user } : {})

interface Stored {
  readonly metadata: {
    readonly resourceVersion: string
    readonly ownerReferences?: readonly object[]
    readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: object }[]
  }
  readonly webhooks: readonly {
    readonly name: string
    readonly clientConfig: { readonly caBundle?: string }
  }[]
}
const stored = async (path = configuration): Promise<Stored> =>
  (await cluster.request<Stored>('GET', path)).body

/** What kubectl says it did, object by object. */
const outcomes = (stdout: string): string[] =>
  stdout
    .trim()
    .split('\n')
    .map((line) => line.replace(/^\S+ /, ''))

async function apply(yaml: string, ...flags: readonly string[]): Promise<string[]> {
  const { status, stdout, stderr } = await cluster.kubectl(['apply', ...flags, '-f', '-'], { input: yaml })
  if (status !== 0) throw new Error(stderr)
  return outcomes(stdout)
}

/** What the serving process writes into one of its configurations, as the serving process. */
async function writeTrust(path: string): Promise<number> {
  const { webhooks } = await stored(path)
  const { body: own } = await cluster.request('GET', `/api/v1/namespaces/${INSTALLED.namespace}`, undefined, {
    user: SERVER,
  })
  const owner = { apiVersion: 'v1', kind: 'Namespace', name: INSTALLED.namespace, uid: own.metadata?.uid }
  const patch = [
    ...webhooks.flatMap(({ name }, index) => [
      { op: 'test', path: `/webhooks/${index}/name`, value: name },
      { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value: webhook.caBundle },
    ]),
    { op: 'add', path: '/metadata/ownerReferences', value: [owner] },
  ]
  const how = { user: SERVER, contentType: 'application/json-patch+json' }
  return (await cluster.request('PATCH', path, patch, how)).status
}

/** What changes when an object is written; the controller writes the Deployment's status at any time. */
async function versions(yaml: string): Promise<readonly string[]> {
  const { stdout } = await cluster.kubectl(['get', '-f', '-', '-o', 'json'], { input: yaml })
  const { items = [] } = JSON.parse(stdout) as ApiObject
  return items.map(({ kind, metadata }) => {
    const version = kind === 'Deployment' ? metadata?.generation : metadata?.resourceVersion
    return `${kind} ${metadata?.name} ${version}`
  })
}

describe('what sidenet manifests prints for a cluster', () => {
  it('is created by kubectl apply, and applying it again changes nothing', async () => {
    const yaml = await printed()
    expect(new Set(await apply(yaml))).toEqual(new Set(['created']))
    const before = await versions(yaml)
    expect(before).toHaveLength(20)
    // kubectl replaces the selector of every PodDisruptionBudget by the same one, which it calls configured.
    expect(await apply(yaml)).toEqual(before.map((line) => (/^PodD/.test(line) ? 'configured' : 'unchanged')))
    expect(await versions(yaml)).toEqual(before)
  })

  it('is applied by the server too, and the second time changes nothing', async () => {
    const yaml = await printed()
    await apply(yaml, '--server-side')
    const before = await versions(yaml)
    await apply(yaml, '--server-side')
    expect(await versions(yaml)).toEqual(before)
  })

  it('makes Pods that the restricted Pod security level admits', async () => {
    const { body } = await cluster.request<{ spec: { template: { metadata: object; spec: object } } }>(
      'GET',
      `/apis/apps/v1/namespaces/${INSTALLED.namespace}/deployments/${INSTALLED.name}`,
    )
    const { metadata, spec } = body.spec.template
    const pods = `/api/v1/namespaces/${INSTALLED.namespace}/pods?dryRun=All`
    const admitted = await cluster.request('POST', pods, { metadata: { ...metadata, name: 'try' }, spec })
    expect([admitted.status, admitted.body.message]).toEqual([201, undefined])
    const root = { ...spec, securityContext: {} }
    expect(
      (await cluster.request('POST', pods, { metadata: { ...metadata, name: 'try' }, spec: root })).status,
    ).toBe(403)
  })

  it('is what kustomize builds from the same files', async () => {
    const built = await cluster.kubectl(['kustomize', join(import.meta.dirname, '../../manifests/base')])
    expect([built.status, built.stderr]).toEqual([0, ''])
    // kubectl diff ends with 0 only where nothing differs from what was applied before.
    const diff = await cluster.kubectl(['diff', '-f', '-'], { input: built.stdout })
    expect([diff.status, diff.stdout]).toEqual([0, ''])
  })
})

describe('what it prints for a Sidenet outside the cluster', () => {
  let yaml: string
  beforeAll(async () => {
    yaml = await printed('--webhook-url', webhook.url, '--subject', `User:${SERVER}`)
    // As somebody who tries it first would: nothing of the above is there.
    await remove(configuration)
    await remove(mutating)
    await apply(yaml)
  })

  it('gives whoever serves just what serving needs: caBundle and owner can be written', async () => {
    expect(await writeTrust(configuration)).toBe(200)
    expect(await writeTrust(mutating)).toBe(200)
  })

  it('leaves caBundle and owner as they stand when it is applied again, by client and by server', async () => {
    const before = await stored()
    expect(new Set(await apply(yaml))).toEqual(new Set(['unchanged']))
    expect((await stored()).metadata.resourceVersion).toBe(before.metadata.resourceVersion)
    await apply(yaml, '--server-side')
    const after = await stored()
    expect(after.webhooks.map(({ clientConfig }) => clientConfig.caBundle)).toEqual(
      ENTRIES.map(() => webhook.caBundle),
    )
    expect(after.metadata.ownerReferences).toHaveLength(1)
    await apply(yaml, '--server-side')
    expect((await stored()).metadata.resourceVersion).toBe(after.metadata.resourceVersion)
  })
})

describe('the printed rights', () => {
  const secrets = `/api/v1/namespaces/${INSTALLED.namespace}/secrets`
  const configMaps = `/api/v1/namespaces/${INSTALLED.namespace}/configmaps`
  const byName = (path: string, name: string): string => `${path}?fieldSelector=metadata.name%3D${name}`

  beforeAll(async () => {
    await eventually(async () => (await cluster.request('GET', netServices())).status === 200, {
      what: 'NetServices are served',
    })
  })

  it.each([
    ['GET', '/api/v1/pods'],
    ['GET', '/api/v1/namespaces'],
    ['GET', '/api/v1/namespaces/default'],
    ['GET', '/api/v1/services'],
    ['GET', '/apis/apps/v1/deployments'],
    ['GET', '/apis/apps/v1/statefulsets'],
    ['GET', '/apis/apps/v1/daemonsets'],
    ['GET', '/apis/batch/v1/jobs'],
    ['GET', '/apis/batch/v1/cronjobs'],
    ['GET', '/api/v1/nodes'],
    ['GET', '/apis/discovery.k8s.io/v1/endpointslices'],
    ['GET', '/apis/networking.k8s.io/v1/servicecidrs'],
    ['GET', netServices()],
    ['GET', mutating],
    ['GET', nads()],
    ['GET', configuration],
    ['GET', byName(configMaps, INSTALLED.configMap)],
  ])('allow %s %s', async (method, path) => {
    expect((await cluster.request(method, path, undefined, { user: SERVER })).status).toBe(200)
  })

  it('allow to list a kind that is not served yet, so that its coming is noticed', async () => {
    const { status } = await cluster.request(
      'GET',
      '/apis/svcctl.metaswitch.com/v1alpha1/netservices',
      undefined,
      {
        user: SERVER,
      },
    )
    expect(status).toBe(404)
  })

  it('allow to make and to change the one Secret', async () => {
    const secret = { metadata: { name: INSTALLED.tlsSecret }, data: {} }
    const as = { user: SERVER }
    expect((await cluster.request('POST', secrets, secret, as)).status).toBe(201)
    expect((await cluster.request('GET', `${secrets}/${INSTALLED.tlsSecret}`, undefined, as)).status).toBe(
      200,
    )
    expect((await cluster.request('PATCH', `${secrets}/${INSTALLED.tlsSecret}`, secret, as)).status).toBe(200)
  })

  it('allow to ask whether somebody else may list Pods', async () => {
    const review = {
      spec: { user: 'jane', resourceAttributes: { verb: 'list', resource: 'pods', namespace: 'default' } },
    }
    const path = '/apis/authorization.k8s.io/v1/subjectaccessreviews'
    expect((await cluster.request('POST', path, review, { user: SERVER })).status).toBe(201)
  })

  it.each([
    ['GET', '/api/v1/secrets'],
    ['GET', secrets],
    ['GET', `${secrets}/another`],
    ['GET', '/api/v1/configmaps'],
    ['GET', `${configMaps}/another`],
    ['GET', CONFIGURATIONS],
    ['GET', CRDS],
    ['GET', byName(CONFIGURATIONS, INSTALLED.webhookConfiguration)],
    ['GET', nads('default', 'any')],
    ['PATCH', '/api/v1/nodes/any'],
    ['DELETE', '/api/v1/namespaces/default/services/any'],
    ['POST', '/api/v1/namespaces/default/pods'],
    ['POST', '/api/v1/namespaces/default/secrets'],
    ['POST', CONFIGURATIONS],
    ['PATCH', `${CONFIGURATIONS}/another`],
    ['PATCH', '/api/v1/namespaces/default'],
    ['PATCH', nads('default', 'any')],
    ['DELETE', nads('default', 'any')],
    ['DELETE', '/api/v1/namespaces/default/pods/any'],
    ['DELETE', '/api/v1/namespaces/default'],
    ['DELETE', `${CRDS}/${NAD.crd}`],
  ])('forbid %s %s', async (method, path) => {
    const body = method === 'GET' || method === 'DELETE' ? undefined : {}
    const { status, body: answer } = await cluster.request(method, path, body, { user: SERVER })
    expect([status, answer.message]).toEqual([403, expect.stringContaining(`User "${SERVER}" cannot`)])
  })
})

describe('the rights to publish', () => {
  const as = { user: SERVER }
  const applying = { user: SERVER, contentType: 'application/apply-patch+yaml' }
  const services = '/api/v1/namespaces/green/services'
  const manager = '?fieldManager=sidenet&force=true'
  let netService: ApiObject

  beforeAll(async () => {
    await namespace('green')
    const spec = { netAttachDef: 'core', selector: { app: 'a' }, ports: [{ name: 'web', port: 80 }] }
    // The API server may not trust the webhook at the very moment it is told to.
    await eventually(
      async () => {
        const object = {
          apiVersion: `${NET_SERVICE.group}/${NET_SERVICE.version}`,
          kind: NET_SERVICE.kind,
          metadata: { name: 'web' },
          spec,
        }
        const { status } = await cluster.request('POST', netServices('green'), object)
        return status === 201 || status === 409
      },
      { what: 'a NetService is admitted' },
    )
    netService = (await cluster.request('GET', netServices('green', 'web'))).body
  })

  it('allow the Service of a NetService, owned by it, and applying it again changes nothing', async () => {
    const { wish } = askedByNetService(netService, NET_SERVICE.group)
    if (!wish.ok) throw new Error(JSON.stringify(wish.problems))
    const identity = { group: NET_SERVICE.group, uid: netService.metadata?.uid ?? '' }
    const object = ownService(identity, wish.value, ['IPv4', 'IPv6'])
    const apply = () =>
      cluster.request<Owned>('PATCH', `${services}/web${manager}`, JSON.stringify(object), applying)
    const created = await apply()
    expect([created.status, created.body.message]).toEqual([201, undefined])
    // The API server does not store a false.
    expect({
      ...created.body,
      spec: { publishNotReadyAddresses: false, ...created.body.spec },
    }).toMatchObject(object)
    expect(ownershipOf(created.body, { name: 'web', uid: netService.metadata?.uid ?? '' })).toBe('ours')
    const again = await apply()
    expect([again.status, again.body.metadata?.resourceVersion]).toEqual([
      200,
      created.body.metadata?.resourceVersion,
    ])
  })

  it('allow its slices, owned by the Service', async () => {
    const { body: service } = await cluster.request('GET', `${services}/web`)
    const owner = {
      apiVersion: 'v1',
      kind: 'Service',
      name: 'web',
      uid: service.metadata?.uid,
      controller: true,
      blockOwnerDeletion: false,
    }
    const slice = {
      metadata: { name: 'web-1', ownerReferences: [owner] },
      addressType: 'IPv4',
      endpoints: [],
      ports: [],
    }
    const slices = '/apis/discovery.k8s.io/v1/namespaces/green/endpointslices'
    expect((await cluster.request('POST', slices, slice, as)).status).toBe(201)
    expect((await cluster.request('PUT', `${slices}/web-1`, slice, as)).status).toBe(200)
    expect((await cluster.request('DELETE', `${slices}/web-1`, undefined, as)).status).toBe(200)
  })

  it('allow the status of a NetService and not its spec', async () => {
    const path = netServices('green', 'web')
    expect(
      (await cluster.request('PATCH', `${path}/status`, { status: { observedGeneration: 1 } }, as)).status,
    ).toBe(200)
    expect((await cluster.request('PATCH', path, { spec: { hostnames: 'PodName' } }, as)).status).toBe(403)
  })

  it('allow a poke, Events, the Lease and legacy Endpoints', async () => {
    const lease = '/apis/coordination.k8s.io/v1/namespaces/sidenet-system/leases'
    const event = {
      metadata: { name: 'web.1' },
      eventTime: '2026-01-01T00:00:00.000000Z',
      reportingController: 'sidenet.io/sidenet',
      reportingInstance: 'a',
      action: 'Publish',
      reason: 'EndpointsPublished',
      type: 'Normal',
      regarding: { apiVersion: 'v1', kind: 'Service', namespace: 'green', name: 'web' },
    }
    for (const [method, path, body, status] of [
      ['PATCH', `${services}/web`, {}, 200],
      ['POST', '/apis/events.k8s.io/v1/namespaces/green/events', event, 201],
      [
        'PATCH',
        '/apis/events.k8s.io/v1/namespaces/green/events/web.1',
        { series: { count: 2, lastObservedTime: '2026-01-01T00:01:00.000000Z' } },
        200,
      ],
      ['POST', lease, { metadata: { name: INSTALLED.name }, spec: {} }, 201],
      ['PATCH', `${lease}/${INSTALLED.name}`, { spec: { holderIdentity: 'a' } }, 200],
      ['POST', '/api/v1/namespaces/green/endpoints', { metadata: { name: 'web' } }, 201],
      ['DELETE', '/api/v1/namespaces/green/endpoints/web', undefined, 200],
    ] as const) {
      const answer = await cluster.request(method, path, body, as)
      expect([path, answer.status, answer.body.message]).toEqual([path, status, undefined])
    }
  })
})

interface Owned extends ApiObject {
  readonly spec?: object
}

describe('the webhook configuration asks', () => {
  beforeAll(async () => {
    await namespace('blue')
    await namespace('unguarded', { 'sidenet.io/guard': 'off' })
    await namespace('warned', { 'sidenet.io/guard': 'warn' })
    // A configuration is not in force at the very moment it is written.
    await eventually(
      async () => {
        await nad('blue', 'probe')
        await remove(nads('blue', 'probe'))
        return webhook.asked().length > 0
      },
      { what: 'the API server asks the webhook' },
    )
  })
  beforeEach(() => {
    webhook.forget()
    webhook.allowIf(() => true)
  })

  const names = (): (string | undefined)[] =>
    webhook.asked().map((request) => request.oldObject?.metadata.name)

  it.each([
    ['with a configuration', { spec: { config: '{}' } }],
    ['without spec', {}],
    ['with an empty spec', { spec: {} }],
    ['with annotations and labels', { metadata: { annotations: { a: 'b' }, labels: { a: 'b' } } }],
  ])(
    'once about the deletion of a NAD %s, with the old object alone',
    async (_, more: { metadata?: object; spec?: object }) => {
      await nad('blue', 'one', more)
      expect((await remove(nads('blue', 'one'))).status).toBe(200)
      expect(webhook.asked()).toMatchObject([
        {
          operation: 'DELETE',
          name: 'one',
          namespace: 'blue',
          object: null,
          oldObject: { metadata: { name: 'one' }, ...(more.spec && { spec: more.spec }) },
        },
      ])
    },
  )

  it('about every NAD of a delete-collection, which carries no name', async () => {
    await nad('blue', 'one')
    await nad('blue', 'two')
    expect((await remove(nads('blue'))).status).toBe(200)
    expect(names().sort()).toEqual(['one', 'two'])
    expect(webhook.asked().map((request) => request.name)).toEqual([undefined, undefined])
  })

  it('about a NAD in a namespace that only warns', async () => {
    await nad('warned', 'one')
    await remove(nads('warned', 'one'))
    expect(names()).toEqual(['one'])
  })

  it.each(['kube-system', INSTALLED.namespace])('about a NAD in %s, by one entry alone', async (space) => {
    await nad(space, 'one')
    await remove(nads(space, 'one'))
    expect(names()).toEqual(['one'])
  })

  it('not about a NAD that is terminating already', async () => {
    await nad('blue', 'held', { metadata: { finalizers: ['example.com/held'] } })
    await remove(nads('blue', 'held'))
    expect(names()).toEqual(['held'])
    webhook.forget()
    await remove(nads('blue', 'held'))
    await remove(nads('blue'))
    await cluster.request('PATCH', nads('blue', 'held'), { metadata: { finalizers: null } })
    expect((await cluster.request('GET', nads('blue', 'held'))).status).toBe(404)
    expect(names()).toEqual([])
  })

  it('not about a namespace whose guard is off, nor its NADs', async () => {
    await nad('unguarded', 'one')
    await remove(nads('unguarded', 'one'))
    await remove('/api/v1/namespaces/unguarded')
    expect(names()).toEqual([])
  })

  it('not about a NAD that is made or changed', async () => {
    await nad('blue', 'changed')
    await cluster.request('PATCH', nads('blue', 'changed'), { spec: { config: '{' } })
    expect(names()).toEqual([])
  })

  it('once about the deletion of a Namespace, and not again while it goes', async () => {
    await namespace('leaving')
    await create('/api/v1/namespaces/leaving/configmaps', {
      metadata: { name: 'held', finalizers: ['example.com/held'] },
    })
    await remove('/api/v1/namespaces/leaving')
    await remove('/api/v1/namespaces/leaving')
    await cluster.request('PATCH', '/api/v1/namespaces/leaving/configmaps/held', {
      metadata: { finalizers: null },
    })
    await eventually(
      async () => (await cluster.request('GET', '/api/v1/namespaces/leaving')).status === 404,
      {
        what: 'the Namespace is gone',
      },
    )
    expect(names()).toEqual(['leaving'])
  })

  it('about the CRD of NADs and about no other, one by one and by delete-collection', async () => {
    webhook.allowIf((request: Asked) => request.resource.resource !== 'customresourcedefinitions')
    const other = crd('example.com', 'things', 'Thing')
    await create(CRDS, other)
    expect((await remove(`${CRDS}/${other.metadata.name}`)).status).toBe(200)
    await eventually(
      async () => (await cluster.request('GET', `${CRDS}/${other.metadata.name}`)).status === 404,
      {
        what: 'the other CRD is gone',
      },
    )
    await create(CRDS, other)
    expect((await remove(`${CRDS}?labelSelector=of%3Dexample.com`)).status).toBe(200)
    expect(names()).toEqual([])
    expect((await remove(`${CRDS}/${NAD.crd}`)).status).toBe(403)
    expect((await remove(`${CRDS}?labelSelector=of%3D${NAD.group}`)).status).toBe(403)
    expect(names()).toEqual([NAD.crd, NAD.crd])
    expect((await cluster.request('GET', nads())).status).toBe(200)
  })

  it('with conditions that do not fail even where there is no old object', async () => {
    const { body } = await cluster.request<{
      webhooks: readonly { readonly name: string; readonly rules: readonly object[] }[]
    }>('GET', configuration)
    const everything = body.webhooks.map((entry) => ({
      ...entry,
      name: `any.${entry.name}`,
      failurePolicy: 'Fail',
      rules: entry.rules.map((rule) => ({ ...rule, operations: ['*'] })),
    }))
    await create(CONFIGURATIONS, { metadata: { name: 'every-operation' }, webhooks: everything })
    await eventually(
      async () => {
        await cluster.request('PATCH', '/api/v1/namespaces/blue', {
          metadata: { labels: { a: String(Math.random()) } },
        })
        return webhook.asked().length > 0
      },
      { what: 'the second configuration is in force' },
    )
    webhook.forget()
    await nad('blue', 'made')
    await create(CRDS, crd('example.org', 'things', 'Thing'))
    await namespace('made')
    expect(
      webhook.asked().map(({ operation, resource, oldObject }) => [operation, resource.resource, oldObject]),
    ).toEqual([
      ['CREATE', NAD.plural, null],
      ['CREATE', 'namespaces', null],
    ])
    await remove(`${CONFIGURATIONS}/every-operation`)
  })

  it('without a single condition having failed in all of this', async () => {
    const { body } = await cluster.request<string>('GET', '/metrics', undefined, { accept: 'text/plain' })
    expect(body).toMatch(/^apiserver_admission_match_condition_evaluation_seconds_count/m)
    expect(body.match(/^apiserver_admission_match_condition_evaluation_errors_total.*$/gm)).toBeNull()
  })
})

describe('while nobody answers', () => {
  beforeAll(() => webhook.close())

  it('a NAD stays, and its refusal names the entry', async () => {
    await nad('blue', 'kept')
    const { status, body } = await remove(nads('blue', 'kept'))
    expect([status, body.message]).toEqual([500, expect.stringContaining(WEBHOOKS.nadDeletion)])
    expect((await cluster.request('GET', nads('blue', 'kept'))).status).toBe(200)
  })

  it('the CRD of NADs stays, and every other goes', async () => {
    expect((await remove(`${CRDS}/${NAD.crd}`)).status).toBe(500)
    expect((await remove(`${CRDS}/things.example.org`)).status).toBe(200)
  })

  it.each(['kube-system', INSTALLED.namespace])('a NAD in %s can be repaired', async (space) => {
    await nad(space, 'broken')
    expect((await remove(nads(space, 'broken'))).status).toBe(200)
  })

  it('a Namespace without NADs goes', async () => {
    expect((await remove('/api/v1/namespaces/made')).status).toBe(200)
  })

  it('deleting our Namespace takes the configuration along, and everything is open again', async () => {
    expect((await remove(`/api/v1/namespaces/${INSTALLED.namespace}`)).status).toBe(200)
    for (const path of [configuration, mutating])
      await eventually(async () => (await cluster.request('GET', path)).status === 404, {
        what: 'the webhook configuration is collected',
        timeout: 90_000,
      })
    await eventually(async () => (await remove(nads('blue', 'kept'))).status === 200, {
      what: 'the NAD goes',
    })
  })
})
