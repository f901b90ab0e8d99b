// The served Sidenet as it admits NetServices and Services: what people read and what is stored, on a real API server,
// by a Sidenet that has only the printed rights and finds its facts itself.

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import {
  ANNOTATIONS,
  INSTALLED,
  NAD,
  NET_SERVICE,
  NO_POD_KEY,
  OLD_NET_SERVICE,
  SERVICE_WEBHOOKS,
} from '../../src/core/names.ts'
import type { Answer, ApiObject, AuditEvent } from '../control-plane/start.ts'
import type { KubectlResult } from '../control-plane/kubectl.ts'
import * as faults from '../faults/behaviours.ts'
import { installNetServiceCrd } from '../support/crds.ts'
import { useGuarded, warningsIn } from '../support/guarded.ts'
import { nadPath } from '../support/objects.ts'
import { HOOK_TIMEOUT } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded({
  dualStack: false,
  before: (controlPlane) => installNetServiceCrd(controlPlane, OLD_NET_SERVICE),
})

const SPACE = 'blue'
const SERVICES = `/api/v1/namespaces/${SPACE}/services`
const NET_SERVICES = `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/namespaces/${SPACE}/${NET_SERVICE.plural}`
const OLD_ONES = `/apis/${OLD_NET_SERVICE.group}/${OLD_NET_SERVICE.version}/namespaces/${SPACE}/${OLD_NET_SERVICE.plural}`
const NETWORKS = ANNOTATIONS.networks
const KEY = { [NO_POD_KEY]: 'true' }
const app = { app: 'a' }

interface Written extends ApiObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>
    readonly ipFamilies?: readonly string[]
    readonly type?: string
  }
}

type Annotations = Readonly<Record<string, string>>

const service = (name: string, annotations: Annotations = {}, spec: object = {}): KubernetesObject => ({
  apiVersion: 'v1',
  kind: 'Service',
  metadata: { name, namespace: SPACE, annotations },
  ...{ spec: { clusterIP: 'None', selector: app, ports: [{ port: 80 }], ...spec } },
})
const netService = (name: string, spec: object = {}): KubernetesObject => ({
  apiVersion: `${NET_SERVICE.group}/${NET_SERVICE.version}`,
  kind: NET_SERVICE.kind,
  metadata: { name, namespace: SPACE },
  ...{ spec: { netAttachDef: 'core', selector: app, ...spec } },
})

const ask = (method: string, path: string, body?: object): Promise<Answer<Written>> =>
  cluster().controlPlane.request<Written>(method, path, body)
const post = (object: KubernetesObject): Promise<Answer<Written>> =>
  ask('POST', object.kind === 'Service' ? SERVICES : NET_SERVICES, object)
const stored = async (name: string): Promise<Written> => (await ask('GET', `${SERVICES}/${name}`)).body
const patch = (name: string, body: object): Promise<Answer<Written>> =>
  ask('PATCH', `${SERVICES}/${name}`, body)
const annotate = (
  name: string,
  annotations: Readonly<Record<string, string | null>>,
): Promise<Answer<Written>> => patch(name, { metadata: { annotations } })
const kubectl = (args: readonly string[], object?: KubernetesObject): Promise<KubectlResult> =>
  cluster().controlPlane.kubectl(
    [...args, ...(object ? ['-f', '-'] : [])],
    object ? { input: JSON.stringify(object) } : {},
  )
const warnings = ({ headers }: Answer<unknown>): string[] => warningsIn(headers['warning'])
const lines = (text: string): string[] => text.trim().split('\n')

/** What the API server asked Sidenet about Services and NetServices so far, by Sidenet's own count. */
async function asked(): Promise<number> {
  const text = await cluster().sidenet.metrics()
  const counted = [...text.matchAll(/^sidenet_admission_requests_total\{([^}]*)\} (\d+)$/gm)]
  return counted
    .filter(([, labels = '']) => /resource="(services|netservices)"/.test(labels))
    .reduce((sum, [, , count]) => sum + Number(count), 0)
}

/** Both configurations are trusted by Sidenet's word; that the API server has noticed shows in a dry run only. */
const inForce = (): Promise<boolean> =>
  eventually(
    async () => {
      const probe = service('probe', { [NETWORKS]: 'core', [ANNOTATIONS.hostnames]: 'None' })
      const { status, body } = await ask('POST', `${SERVICES}?dryRun=All`, probe)
      const refused = await ask('POST', `${SERVICES}?dryRun=All`, service('probe', { [NETWORKS]: 'a,b' }))
      return status === 201 && body.spec.selector?.[NO_POD_KEY] === 'true' && refused.status === 422
    },
    { what: 'the API server asks both sides about Services' },
  )

afterEach(() => cluster().proxy.clearRules())

beforeAll(async () => {
  const { make } = cluster()
  await make.namespace(SPACE)
  await make.nad(SPACE, 'core')
  await make.pod(SPACE, 'a-0', { labels: app, networks: 'core', status: [`${SPACE}/core`] })
  await inForce()
}, HOOK_TIMEOUT)

describe('both configurations', () => {
  it.each(['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'])(
    'trust Sidenet and go with its Namespace: %s',
    async (collection) => {
      const path = `/apis/admissionregistration.k8s.io/v1/${collection}/${INSTALLED.webhookConfiguration}`
      const { body } = await cluster().controlPlane.request<{
        readonly metadata: { readonly ownerReferences?: readonly object[] }
        readonly webhooks: readonly { readonly clientConfig: { readonly caBundle?: string } }[]
      }>('GET', path)
      expect(body.webhooks.map(({ clientConfig }) => typeof clientConfig.caBundle)).toEqual(
        body.webhooks.map(() => 'string'),
      )
      expect(body.metadata.ownerReferences).toMatchObject([{ kind: 'Namespace', name: INSTALLED.namespace }])
    },
  )
})

describe('a NetService', () => {
  it('hears every mistake behind its field when it is made, with a dry run as well', async () => {
    const bad = netService('bad', {
      netAttachDef: 'a,b',
      selector: {},
      ports: [{ port: 80, name: 'Web' }],
    })
    for (const flags of [[], ['--dry-run=server']]) {
      const { status, stderr } = await kubectl(['create', ...flags], bad)
      expect([status, lines(stderr).map((line) => line.split(': ')[0])]).toEqual([
        1,
        ['The NetService "bad" is invalid', '* spec.netAttachDef', '* spec.selector', '* spec.ports[0].name'],
      ])
    }
    const { status, body } = await post(bad)
    expect([status, body.reason, body.details?.causes?.map(({ field }) => field)]).toEqual([
      422,
      'Invalid',
      ['spec.netAttachDef', 'spec.selector', 'spec.ports[0].name'],
    ])
  })

  it('hears them when it is changed, and nothing has changed', async () => {
    expect((await post(netService('changed'))).status).toBe(201)
    const before = await cluster().standing(`${NET_SERVICES}/changed`)
    const spec = { netAttachDef: 'a@b@c', ports: [{ port: 80 }, { port: 80 }] }
    const { status, body } = await ask('PATCH', `${NET_SERVICES}/changed`, { spec })
    expect([status, body.details?.causes?.map(({ field }) => field)]).toEqual([
      422,
      expect.arrayContaining(['spec.netAttachDef', 'spec.ports[1].port']),
    ])
    expect(await cluster().standing(`${NET_SERVICES}/changed`)).toBe(before)
  })

  it('shows its defaults in a dry run', async () => {
    const { status, stdout } = await kubectl(
      ['create', '--dry-run=server', '-o', 'yaml'],
      netService('short', { netAttachDef: ' core ', ports: [{ port: 80 }] }),
    )
    expect([status, stdout]).toEqual([0, expect.stringContaining('name: tcp-80\n')])
    expect(stdout).toContain('netAttachDef: core\n')
    expect(stdout).toContain('targetPort: 80\n')
    expect((await ask('GET', `${NET_SERVICES}/short`)).status).toBe(404)
  })

  it('is not let at a Service of somebody else, until that is handed over as the refusal says', async () => {
    await post(service('occupied'))
    const refused = await kubectl(['create'], netService('occupied'))
    expect([refused.status, refused.stderr]).toEqual([
      1,
      expect.stringContaining(`metadata.name: Service ${SPACE}/occupied exists and belongs to somebody else`),
    ])
    const way = /kubectl (annotate service .*)$/m.exec(refused.stderr)?.[1] ?? ''
    expect((await kubectl(way.split(' '))).status).toBe(0)
    expect(await kubectl(['create'], netService('occupied'))).toMatchObject({ status: 0, stderr: '' })
  })

  it('is told that its namesake in the older group is not served any more', async () => {
    const { group, version, kind } = OLD_NET_SERVICE
    const apiVersion = `${group}/${version}`
    const old = {
      apiVersion,
      kind,
      metadata: { name: 'twin' },
      spec: { netAttachDef: 'core', selector: app },
    }
    expect((await ask('POST', OLD_ONES, old)).status).toBe(201)
    const { status, stderr } = await kubectl(['create'], netService('twin'))
    expect([status, stderr.trim()]).toEqual([
      0,
      `Warning: NetService ${SPACE}/twin: ${OLD_NET_SERVICE.group} has a NetService of the same name, which is not served any more`,
    ])
  })

  it('is stored by a name that the API server makes up', async () => {
    const object = { ...netService(''), metadata: { generateName: 'made-' } }
    const { status, body } = await ask('POST', NET_SERVICES, object)
    expect([status, body.metadata?.name]).toEqual([201, expect.stringMatching(/^made-/)])
  })
})

describe('what is around', () => {
  const about = (name: string): string => `NetService ${SPACE}/${name}`
  const told = async (name: string, spec: object): Promise<readonly string[]> => {
    const answer = await ask('POST', `${NET_SERVICES}?dryRun=All`, netService(name, spec))
    expect([answer.status, answer.body.message]).toEqual([201, undefined])
    return warnings(answer)
  }
  const missing = (network: string, hint = ''): string =>
    `NetworkAttachmentDefinition ${network} does not exist yet${hint}`

  it('is not worth a word where all is well', async () => {
    expect(await told('well', {})).toEqual([])
  })

  it('lacks a network: the one that may be meant is named, one of another tenant is not', async () => {
    await cluster().make.namespace('red')
    await cluster().make.nad('red', 'secret-lan')
    await cluster().make.nad('default', 'everybodys')
    const [typo] = await told('typo', { netAttachDef: 'croe' })
    expect(typo).toBe(`${about('typo')}: ${missing(`${SPACE}/croe`, '; did you mean core?')}`)
    const [globally] = await told('globally', { netAttachDef: 'everybodys' })
    expect(globally).toContain(missing(`${SPACE}/everybodys`, '; did you mean default/everybodys?'))
    for (const netAttachDef of ['secret-lan', 'red/secret-lam']) {
      const [hidden = ''] = await told('hidden', { netAttachDef })
      expect(hidden).toMatch(/does not exist yet$/)
    }
  })

  it('holds a network that was made a moment before, in the same breath', async () => {
    const { proxy, make } = cluster()
    const watches = proxy.watches(`WATCH ${NAD.plural}`)
    expect(watches.length).toBeGreaterThan(0)
    // From now on Sidenet's own view stands still.
    for (const watch of watches) watch.stall()
    await make.nad(SPACE, 'fresh')
    const heard = await told('fresh', { netAttachDef: 'fresh' })
    expect(heard).toEqual([expect.stringContaining('asks for network')])
    for (const watch of watches) watch.cut()
  })

  it('holds nothing that the selector matches', async () => {
    expect(await told('lonely', { selector: { app: 'nobody' } })).toEqual([
      `${about('lonely')}: the selector app=nobody matches no Pod and no Pod template in namespace ${SPACE} yet`,
    ])
  })

  it('holds only Pods that are attached to nothing, or to something else', async () => {
    await cluster().make.pod(SPACE, 'plain-0', { labels: { app: 'plain' } })
    const nothing = `nothing that the selector matches asks for network ${SPACE}/core`
    expect(await told('plain', { selector: { app: 'plain' } })).toEqual([
      `${about('plain')}: ${nothing} (Pod plain-0); add it to ${NETWORKS} in the Pod template`,
    ])
  })

  it.each([
    ['deployments', 'apps/v1', (template: object) => ({ replicas: 0, template })],
    ['statefulsets', 'apps/v1', (template: object) => ({ replicas: 0, serviceName: 'x', template })],
    ['daemonsets', 'apps/v1', (template: object) => ({ template })],
    [
      'cronjobs',
      'batch/v1',
      (template: object) => ({ schedule: '0 0 1 1 *', jobTemplate: { spec: { template } } }),
    ],
  ])('holds a template that asks for it, among %s', async (plural, version, spec) => {
    const labels = { app: plural }
    const make = (name: string, annotations: Annotations): Promise<unknown> => {
      const restartPolicy = plural === 'cronjobs' ? 'Never' : 'Always'
      const containers = [{ name: 'main', image: 'app.example/app:1' }]
      const template = { metadata: { labels, annotations }, spec: { restartPolicy, containers } }
      const selector = plural === 'cronjobs' ? {} : { selector: { matchLabels: labels } }
      return cluster().make.create(`/apis/${version}/namespaces/${SPACE}/${plural}`, {
        metadata: { name },
        spec: { ...spec(template), ...selector },
      })
    }
    await make(`${plural}-without`, {})
    expect(await told('template', { selector: labels })).toEqual([
      expect.stringContaining(`asks for network ${SPACE}/core (`),
    ])
    await make(`${plural}-with`, { [NETWORKS]: 'core' })
    expect(await told('template', { selector: labels })).toEqual([])
  })

  it('is not guessed where the API server does not answer', async () => {
    const { proxy } = cluster()
    const isRead = ({ kind, query }: { kind: string; query: URLSearchParams }): boolean =>
      /^(LIST|GET) (pods|network-attachment-definitions|services|netservices)$/.test(kind) &&
      !query.has('watch')
    for (const fault of [faults.internalError(), faults.reset(), faults.silence()]) {
      const rule = proxy.rule(isRead, fault)
      expect(await told('unknown', { netAttachDef: 'croe', selector: { app: 'nobody' } })).toEqual([])
      expect(rule.hits()).toBeGreaterThan(0)
      rule.remove()
    }
    expect(await told('unknown', { netAttachDef: 'croe' })).toHaveLength(2)
  })
})

describe('a Service that names a network', () => {
  it('gets the key, is released and gets it again', async () => {
    expect((await post(service('keyed', { [NETWORKS]: 'core' }))).body.spec.selector).toEqual({
      ...app,
      ...KEY,
    })
    expect((await annotate('keyed', { [ANNOTATIONS.strategy]: 'release' })).body.spec.selector).toEqual(app)
    expect((await annotate('keyed', { [ANNOTATIONS.strategy]: null })).body.spec.selector).toEqual({
      ...app,
      ...KEY,
    })
    expect((await annotate('keyed', { [NETWORKS]: null })).body.spec.selector).toEqual(app)
  })

  it('hears every mistake, and what is around', async () => {
    const bad = await kubectl(['create'], service('bad', { [NETWORKS]: 'a,b' }, { selector: null }))
    expect([bad.status, lines(bad.stderr).map((line) => line.split(': ')[0])]).toEqual([
      1,
      ['The Service "bad" is invalid', `* metadata.annotations[${NETWORKS}]`, '* spec.selector'],
    ])
    const { stderr } = await kubectl(['create', '--dry-run=server'], service('typo', { [NETWORKS]: 'cora' }))
    expect(stderr).toContain(
      `Warning: Service ${SPACE}/typo: NetworkAttachmentDefinition ${SPACE}/cora does not exist yet; did you mean core?`,
    )
  })

  it('is taken over once it is marked, and comes back with families that the cluster has', async () => {
    await post(service('taken'))
    const taking = { [NETWORKS]: 'core', [ANNOTATIONS.strategy]: 'takeover' }
    expect((await annotate('taken', taking)).body.spec.selector).toEqual({ ...app, ...KEY })
    const taken = await annotate('taken', { [ANNOTATIONS.takeover]: 'ready' })
    expect(taken.body.spec.selector).toBeUndefined()
    expect(taken.body.metadata?.annotations?.[ANNOTATIONS.originalSelector]).toContain('"app":"a"')
    // A family that the cluster lacks, which only a Service without selector may have.
    const six = { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }
    expect((await patch('taken', { spec: six })).body.spec.ipFamilies).toEqual(['IPv6'])
    const free = await annotate('taken', { [NETWORKS]: null, [ANNOTATIONS.strategy]: null })
    expect([free.status, free.body.message, free.body.spec]).toEqual([
      200,
      undefined,
      expect.objectContaining({ selector: app, ipFamilies: ['IPv4'] }),
    ])
    expect(free.body.metadata?.annotations ?? {}).not.toHaveProperty([ANNOTATIONS.originalSelector])
  })

  it('that was born with a family which the cluster lacks is given back with one that it has', async () => {
    const taking = { [NETWORKS]: 'core', [ANNOTATIONS.strategy]: 'takeover' }
    const born = await post(service('six', taking, { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }))
    expect([born.status, born.body.message, born.body.spec.ipFamilies]).toEqual([201, undefined, ['IPv6']])
    const { status, body } = await annotate('six', { [ANNOTATIONS.strategy]: 'release' })
    expect([status, body.message, body.spec.ipFamilies]).toEqual([200, undefined, ['IPv4']])
  })

  it('loses a key that was copied', async () => {
    await post(service('source', { [NETWORKS]: 'core' }))
    const expose = ['expose', 'service', 'source', '--name=copied', '--port=80', '-n', SPACE]
    expect(await kubectl(expose)).toMatchObject({ status: 0, stderr: '' })
    expect((await stored('copied')).spec.selector).toEqual(app)
  })

  it('comes back whole from being an ExternalName', async () => {
    await post(service('external', { [NETWORKS]: 'core' }))
    const away = {
      spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null },
    }
    expect((await patch('external', away)).status).toBe(200)
    const back = { spec: { type: 'ClusterIP', externalName: null, clusterIP: 'None' } }
    expect((await patch('external', back)).body.spec.selector).toEqual({ ...app, ...KEY })
  })

  it.each([
    ['client', [] as readonly string[]],
    ['server', ['--server-side']],
  ])('is left alone when it is applied again by the %s, and conflicts with nobody', async (by, flags) => {
    const name = `applied-by-${by}`
    const apply = (selector: object): Promise<KubectlResult> =>
      kubectl(['apply', ...flags], service(name, { [NETWORKS]: 'core' }, { selector }))
    expect((await apply(app)).status).toBe(0)
    const { metadata, spec } = await stored(name)
    expect(spec.selector).toEqual({ ...app, ...KEY })
    const again = await apply(app)
    expect([again.status, again.stderr]).toEqual([0, expect.not.stringContaining('onflict')])
    expect((await stored(name)).metadata?.resourceVersion).toBe(metadata?.resourceVersion)
    const diff = await kubectl(['diff', ...flags], service(name, { [NETWORKS]: 'core' }))
    expect([diff.status, diff.stdout]).toEqual([0, ''])
    const edited = await apply({ app: 'b' })
    expect([edited.status, edited.stderr]).toEqual([0, expect.not.stringContaining('onflict')])
    expect((await stored(name)).spec.selector).toEqual({ app: 'b', ...KEY })
  })
})

describe('what was decided', () => {
  it('stands in the audit log, for both sides', async () => {
    const since = new Date()
    await post(service('audited', { [NETWORKS]: 'core' }))
    const isIt = ({ verb, objectRef, requestURI }: AuditEvent): boolean =>
      verb === 'create' && objectRef?.resource === 'services' && !requestURI.includes('dryRun')
    const [event] = await cluster().controlPlane.auditEvents({ since, filter: isIt })
    const entry = SERVICE_WEBHOOKS.annotatedService
    expect(event?.annotations).toMatchObject({
      [`${entry}/decision`]: expect.any(String),
      [`${entry}/reason`]: expect.any(String),
    })
    const text = await cluster().sidenet.metrics()
    for (const reason of ['NoPodKeySet', 'ServiceAccepted', 'ServiceInvalid', 'NetServiceInvalid'])
      expect(text).toContain(`reason="${reason}"`)
    expect(text).not.toContain('decision="failed"')
  })
})

describe('an unrelated Service', () => {
  it('never reaches Sidenet, whatever happens to it', async () => {
    const before = await asked()
    expect(before).toBeGreaterThan(0)
    await post(service('unrelated', { a: 'b' }))
    await patch('unrelated', { metadata: { labels: { a: 'b' } }, spec: { ports: [{ port: 81 }] } })
    await patch('unrelated', { spec: { selector: null } })
    await post(service('elsewhere', {}, { type: 'ExternalName', externalName: 'example.com' }))
    await ask('DELETE', `${SERVICES}/unrelated`)
    expect(await asked()).toBe(before)
    await post(service('related', { [NETWORKS]: 'core' }))
    expect(await asked()).toBe(before + 2)
  })
})

describe('while Sidenet is down', () => {
  beforeAll(async () => {
    await post({ ...netService('held'), metadata: { name: 'held', finalizers: ['example.com/held'] } })
    await post(service('held', { [NETWORKS]: 'core' }))
    await ask('DELETE', `${NET_SERVICES}/held`)
    await cluster().crash()
  })

  it('a finalizer can be removed, and labels be changed', async () => {
    expect((await ask('GET', `${NET_SERVICES}/held`)).body.metadata).toHaveProperty('deletionTimestamp')
    const labelled = await ask('PATCH', `${NET_SERVICES}/changed`, { metadata: { labels: { a: 'b' } } })
    expect([labelled.status, labelled.body.message]).toEqual([200, undefined])
    const { status } = await ask('PATCH', `${NET_SERVICES}/held`, { metadata: { finalizers: null } })
    expect([status, (await ask('GET', `${NET_SERVICES}/held`)).status]).toEqual([200, 404])
  })

  it('Services are written as ever, related or not', async () => {
    expect((await post(service('meanwhile', { [NETWORKS]: 'core' }))).body.spec.selector).toEqual(app)
    expect((await post(service('also-meanwhile'))).status).toBe(201)
    expect((await patch('held', { metadata: { labels: { a: 'b' } } })).body.spec.selector).toEqual({
      ...app,
      ...KEY,
    })
    expect((await ask('DELETE', `${SERVICES}/held`)).status).toBe(200)
  })

  it('a NetService is not, and the refusal says who did not answer', async () => {
    const { status, body } = await post(netService('unheard'))
    expect([status, body.message]).toEqual([500, expect.stringContaining(SERVICE_WEBHOOKS.netService)])
  })

  it('and up again, an empty patch mends what was written meanwhile', async () => {
    await cluster().revive()
    await inForce()
    const { status, body } = await patch('meanwhile', {})
    expect([status, body.spec.selector]).toEqual([200, { ...app, ...KEY }])
    expect((await ask('GET', nadPath(SPACE, 'core'))).status).toBe(200)
  })
})
