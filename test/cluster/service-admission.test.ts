// Services that name a network, and NetServices, on a real API server of one IP family with the real built-in
// controllers: what is stored, who is asked, what people read, and what happens while nobody answers.

import { beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { NOTHING_KNOWN } from '../../src/core/admission/surroundings.ts'
import { ANNOTATIONS, NET_SERVICE, NO_POD_KEY, SERVICE_WEBHOOKS } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import type { Answer, AuditEvent } from '../control-plane/start.ts'
import { makes, type Makes } from '../support/objects.ts'
import { admitServices, type ServiceAdmission } from '../support/service-admission.ts'
import '../support/time-limit.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

interface Service extends KubernetesObject {
  readonly spec: {
    readonly selector?: Readonly<Record<string, string>>
    readonly ipFamilies?: readonly string[]
    readonly ipFamilyPolicy?: string
    readonly type?: string
  }
}
interface Managed {
  readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: unknown }[]
}

const cluster = useControlPlane({ dualStack: false, auditLevel: 'Metadata' })
let make: Makes
let admission: ServiceAdmission

const NETWORKS = ANNOTATIONS.networks
const KEY = { [NO_POD_KEY]: 'true' }
const app = { app: 'a' }
const SERVICES = '/api/v1/namespaces/blue/services'
const NET_SERVICES = `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/namespaces/blue/${NET_SERVICE.plural}`

beforeAll(async () => {
  make = makes(cluster())
  await make.namespace('blue')
  // The built-in controllers leave a Pod out whose node they do not know.
  await make.create('/api/v1/nodes', { metadata: { name: 'node-1' } })
  await make.pod('blue', 'a-0', { labels: app, podIps: ['10.244.0.7'] })
  await cluster().request('POST', SERVICES, headless('before', { [NETWORKS]: 'br0' }))
  admission = await admitServices(cluster())
}, HOOK_TIMEOUT)
beforeEach(() => {
  admission.known.surroundings = NOTHING_KNOWN
  admission.forget()
})

function headless(
  name: string,
  annotations: Readonly<Record<string, string>> = {},
  spec: object = {},
): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { name, namespace: 'blue', annotations },
    spec: { clusterIP: 'None', selector: app, ports: [{ port: 80 }], ...spec },
  }
}

const get = async (name: string): Promise<Service> =>
  (await cluster().request<Service>('GET', `${SERVICES}/${name}`)).body
const post = (object: object) => cluster().request<Service & Refused>('POST', SERVICES, object)
const patch = (name: string, body: object): Promise<Answer<Service & Refused>> =>
  cluster().request<Service & Refused>('PATCH', `${SERVICES}/${name}`, body)
const poke = (name: string) => patch(name, {})
const annotate = (name: string, annotations: Readonly<Record<string, string | null>>) =>
  patch(name, { metadata: { annotations } })

interface Refused {
  readonly message?: string
  readonly reason?: string
  readonly details?: object
}

/** The addresses that anybody publishes for the Service. */
async function published(name: string): Promise<string[]> {
  const path = `/apis/discovery.k8s.io/v1/namespaces/blue/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D${name}`
  const { body } = await cluster().request<{ items: { endpoints?: { addresses: string[] }[] | null }[] }>(
    'GET',
    path,
  )
  return body.items.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses))
}
const shows = (name: string, ...addresses: string[]) =>
  eventually(async () => (await published(name)).join() === addresses.join(), {
    what: `${name} shows [${addresses.join()}]`,
  })

describe('a Service with the no-pod key', () => {
  it('gets it when it is made, and a dry run shows it', async () => {
    const { status, body } = await cluster().request<Service>(
      'POST',
      `${SERVICES}?dryRun=All`,
      headless('dry', { [NETWORKS]: 'br0' }),
    )
    expect([status, body.spec.selector]).toEqual([201, { ...app, ...KEY }])
    expect((await cluster().request('GET', `${SERVICES}/dry`)).status).toBe(404)
  })

  it('gets it when it is annotated, is emptied by the built-in controllers, and is filled again when it is not', async () => {
    await post(headless('late'))
    await shows('late', '10.244.0.7')
    expect((await annotate('late', { [NETWORKS]: 'br0' })).body.spec.selector).toEqual({ ...app, ...KEY })
    await shows('late')
    expect((await annotate('late', { [NETWORKS]: null })).body.spec.selector).toEqual(app)
    await shows('late', '10.244.0.7')
  })

  it('gets it by a poke when it was annotated while nobody looked, and the poke is booked to nobody', async () => {
    const managers = async (): Promise<readonly string[]> =>
      ((await get('before')).metadata as Managed).managedFields?.map(({ manager }) => manager) ?? []
    const before = await managers()
    expect((await get('before')).spec.selector).toEqual(app)
    expect((await poke('before')).body.spec.selector).toEqual({ ...app, ...KEY })
    expect(await managers()).toEqual(before)
    const version = (await get('before')).metadata?.resourceVersion
    await poke('before')
    expect((await get('before')).metadata?.resourceVersion).toBe(version)
  })

  it.each([
    ['client', [] as string[]],
    ['server', ['--server-side']],
  ])('is left alone when its manifest is applied again by the %s, and by a dry run', async (by, flags) => {
    const input = JSON.stringify(headless(`applied-by-${by}`, { [NETWORKS]: 'br0' }))
    const apply = (...more: string[]) => cluster().kubectl(['apply', ...flags, ...more, '-f', '-'], { input })
    expect((await apply()).status).toBe(0)
    const { metadata, spec } = await get(`applied-by-${by}`)
    expect(spec.selector).toEqual({ ...app, ...KEY })
    for (const more of [[], ['--dry-run=server'], []]) {
      const again = await apply(...more)
      expect([again.status, again.stderr]).toEqual([0, expect.not.stringContaining('conflict')])
    }
    expect((await get(`applied-by-${by}`)).metadata?.resourceVersion).toBe(metadata?.resourceVersion)
    const diff = await cluster().kubectl(['diff', ...flags, '-f', '-'], { input })
    expect([diff.status, diff.stdout]).toEqual([0, ''])
  })

  it('follows an edited selector without a conflict, although it was poked in between', async () => {
    const manifest = (label: string) =>
      JSON.stringify(headless('edited', { [NETWORKS]: 'br0' }, { selector: { app: label } }))
    const apply = (label: string) =>
      cluster().kubectl(['apply', '--server-side', '-f', '-'], { input: manifest(label) })
    await apply('a')
    await poke('edited')
    const { status, stderr } = await apply('b')
    expect([status, stderr]).toEqual([0, ''])
    expect((await get('edited')).spec.selector).toEqual({ app: 'b', ...KEY })
  })

  it('does not pass it on: what kubectl expose copies is mended', async () => {
    await post(headless('exposed', { [NETWORKS]: 'br0' }))
    const { status, stderr } = await cluster().kubectl([
      'expose',
      'service',
      'exposed',
      '--name=copy',
      '--port=80',
      '-n',
      'blue',
    ])
    expect([status, stderr]).toEqual([0, ''])
    expect((await get('copy')).spec.selector).toEqual(app)
  })

  it('comes back whole from being an ExternalName, with its annotation and without', async () => {
    await post(headless('external', { [NETWORKS]: 'br0' }))
    const away = {
      spec: { type: 'ExternalName', externalName: 'example.com', clusterIP: null, clusterIPs: null },
    }
    const back = { spec: { type: 'ClusterIP', externalName: null, clusterIP: 'None' } }
    expect((await patch('external', away)).status).toBe(200)
    expect((await patch('external', back)).body.spec.selector).toEqual({ ...app, ...KEY })
    expect((await patch('external', away)).status).toBe(200)
    expect((await annotate('external', { [NETWORKS]: null })).body.spec.selector).toEqual(app)
    expect((await patch('external', back)).body.spec.selector).toEqual(app)
  })

  it('is given back when its strategy says so, and stays its appliers own', async () => {
    const input = JSON.stringify(headless('released', { [NETWORKS]: 'br0' }))
    await cluster().kubectl(['apply', '--server-side', '-f', '-'], { input })
    expect((await annotate('released', { 'sidenet.io/strategy': 'release' })).body.spec.selector).toEqual(app)
    await shows('released', '10.244.0.7')
    const again = await cluster().kubectl(['apply', '--server-side', '-f', '-'], {
      input: input.replace('"app":"a"', '"app":"b"'),
    })
    expect([again.status, again.stderr]).toEqual([0, ''])
  })
})

describe('a Service that is taken over', () => {
  const taking = { [NETWORKS]: 'br0', [ANNOTATIONS.strategy]: 'takeover' }
  const mark = (name: string) => annotate(name, { [ANNOTATIONS.takeover]: 'ready' })
  const original = ({ metadata }: Service): unknown =>
    JSON.parse(metadata?.annotations?.[ANNOTATIONS.originalSelector] ?? 'null')

  it('goes by way of the key, and back by way of its families', async () => {
    await post(headless('taken'))
    await shows('taken', '10.244.0.7')
    expect((await annotate('taken', taking)).body.spec.selector).toEqual({ ...app, ...KEY })
    await shows('taken')
    const { body } = await mark('taken')
    expect(body.spec.selector).toBeUndefined()
    expect(body.metadata?.annotations).not.toHaveProperty([ANNOTATIONS.takeover])
    expect(original(body)).toEqual({ selector: app, ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' })

    // A family that the cluster lacks: taken now, and no obstacle on the way back.
    const six = await patch('taken', { spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' } })
    expect([six.status, six.body.spec.ipFamilies]).toEqual([200, ['IPv6']])
    expect(await published('taken')).toEqual([])
    const { status, body: free } = await annotate('taken', { [NETWORKS]: null })
    expect([status, free.spec]).toEqual([
      200,
      expect.objectContaining({ selector: app, ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }),
    ])
    expect(free.metadata?.annotations ?? {}).not.toHaveProperty([ANNOTATIONS.originalSelector])
    await shows('taken', '10.244.0.7')
  })

  it('may be born with a family that the cluster lacks, and is given back with one that it has', async () => {
    const born = await post(headless('six', taking, { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }))
    expect([born.status, born.body.message]).toEqual([201, undefined])
    expect(born.body.spec).toMatchObject({ ipFamilies: ['IPv6'] })
    expect(born.body.spec.selector).toBeUndefined()
    const { status, body } = await annotate('six', { [ANNOTATIONS.strategy]: 'release' })
    expect([status, body.message, body.spec.ipFamilies]).toEqual([200, undefined, ['IPv4']])
    await shows('six', '10.244.0.7')
  })

  it('may be born without a word about families, and is given back', async () => {
    const born = await post(headless('plain', taking))
    expect(born.body.spec.ipFamilyPolicy).toBe('RequireDualStack')
    const { status, body } = await annotate('plain', { [NETWORKS]: null })
    expect([status, body.message, body.spec.ipFamilies, body.spec.selector]).toEqual([
      200,
      undefined,
      ['IPv4'],
      app,
    ])
  })

  it('stays so when its manifest is applied again, and leads back to the key when its strategy goes', async () => {
    const manifest = (annotations: Readonly<Record<string, string>>) =>
      JSON.stringify(headless('again', annotations))
    for (const flags of [[], ['--server-side', '--force-conflicts']]) {
      const { status, stderr } = await cluster().kubectl(['apply', ...flags, '-f', '-'], {
        input: manifest(taking),
      })
      expect([status, stderr]).toEqual([0, expect.not.stringContaining('rror')])
      expect((await get('again')).spec.selector).toBeUndefined()
    }
    const { status, body } = await annotate('again', { [ANNOTATIONS.strategy]: null })
    expect([status, body.message, body.spec.selector]).toEqual([200, undefined, { ...app, ...KEY }])
    expect(await published('again')).toEqual([])
  })

  it('with a cluster IP keeps it on the way and back', async () => {
    await post(headless('with-ip', {}, { clusterIP: undefined }))
    const ip = (service: Service): unknown => (service.spec as { clusterIP?: string }).clusterIP
    const before = ip(await get('with-ip'))
    await annotate('with-ip', taking)
    await shows('with-ip')
    expect((await mark('with-ip')).body.spec.selector).toBeUndefined()
    const { status, body } = await annotate('with-ip', { [NETWORKS]: null, [ANNOTATIONS.strategy]: null })
    expect([status, body.message, body.spec.selector, ip(body)]).toEqual([200, undefined, app, before])
  })
})

describe('what people read', () => {
  it('is every mistake of a NetService behind its field, with a dry run as well', async () => {
    const bad = {
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'bad', namespace: 'blue' },
    }
    const spec = { netAttachDef: 'a,b', selector: {}, ports: [{ port: 80, name: 'Web' }] }
    for (const flags of [[], ['--dry-run=server']]) {
      const { status, stderr } = await cluster().kubectl(['create', ...flags, '-f', '-'], {
        input: JSON.stringify({ ...bad, spec }),
      })
      expect(status).toBe(1)
      expect(stderr.trim().split('\n')).toEqual([
        'The NetService "bad" is invalid: ',
        '* spec.netAttachDef: "a,b" names several networks; it must name exactly one, as name, namespace/name or either with @interface',
        '* spec.selector: is required and may not be empty: an empty selector would mean every Pod of the namespace',
        '* spec.ports[0].name: "Web" cannot be the name of a port: at most 63 lower case letters, digits and "-", a letter or digit at both ends',
      ])
    }
  })

  it('is every mistake of a Service behind its field', async () => {
    const service = headless('bad', { [NETWORKS]: 'a,b', [ANNOTATIONS.hostnames]: 'x' }, { selector: null })
    const { status, stderr } = await cluster().kubectl(['create', '-f', '-'], {
      input: JSON.stringify(service),
    })
    expect(status).toBe(1)
    expect(stderr.trim().split('\n')).toEqual([
      'The Service "bad" is invalid: ',
      '* metadata.annotations[k8s.v1.cni.cncf.io/networks]: names 2 networks; a Service is reached on exactly one',
      '* spec.selector: is missing, so no Pods are selected; add it, or put the labels into the annotation sidenet.io/selector',
    ])
  })

  it('are every default of a NetService, in a dry run', async () => {
    const input = JSON.stringify({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'short', namespace: 'blue' },
      spec: { netAttachDef: 'red / core', selector: app, ports: [{ port: 80 }] },
    })
    const { stdout } = await cluster().kubectl(['create', '--dry-run=server', '-o', 'json', '-f', '-'], {
      input,
    })
    expect((JSON.parse(stdout) as { spec: object }).spec).toEqual({
      netAttachDef: 'red/core',
      selector: app,
      ports: [{ port: 80, targetPort: 80, name: 'tcp-80', protocol: 'TCP' }],
      publishNotReadyAddresses: false,
      hostnames: 'None',
    })
  })

  it('is a warning where the network does not exist yet', async () => {
    admission.known.surroundings = { networkExists: false, suggestions: ['blue/core'], selected: [] }
    const input = JSON.stringify({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'early', namespace: 'blue' },
      spec: { netAttachDef: 'cor', selector: app },
    })
    const { status, stderr } = await cluster().kubectl(['apply', '-f', '-'], { input })
    expect([status, stderr.trim().split('\n')]).toEqual([
      0,
      [
        'Warning: NetService blue/early: NetworkAttachmentDefinition blue/cor does not exist yet; did you mean core?',
        'Warning: NetService blue/early: the selector app=a matches no Pod and no Pod template in namespace blue yet',
      ],
    ])
  })

  it('is both ways out where the name is taken', async () => {
    await post(headless('occupied'))
    admission.known.service = async (namespace, name) => {
      const { status, body } = await cluster().request(
        'GET',
        `/api/v1/namespaces/${namespace}/services/${name}`,
      )
      return status === 200 ? body : undefined
    }
    const input = JSON.stringify({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'occupied', namespace: 'blue' },
      spec: { netAttachDef: 'core', selector: app },
    })
    const { status, stderr } = await cluster().kubectl(['create', '-f', '-'], { input })
    expect([status, stderr]).toEqual([
      1,
      expect.stringContaining('metadata.name: Service blue/occupied exists and belongs to somebody else'),
    ])
    const way = /kubectl (annotate service .*)$/m.exec(stderr)?.[1] ?? ''
    expect((await cluster().kubectl(way.split(' '))).status).toBe(0)
    expect((await cluster().kubectl(['create', '-f', '-'], { input })).status).toBe(0)
  })
})

/** For each request about Services that was sent since: what the audit log says of webhooks. */
async function webhooksAudited(since: Date): Promise<readonly (readonly string[])[]> {
  const filter = ({ objectRef, user, verb }: AuditEvent): boolean =>
    objectRef?.resource === 'services' &&
    user.username === 'admin' &&
    ['create', 'patch', 'delete'].includes(verb)
  const events = await cluster().auditEvents({ since, filter })
  return events.map(({ annotations = {} }) =>
    Object.entries(annotations)
      .filter(([key]) => key.includes('webhook'))
      .map(([, value]) => value),
  )
}

describe('who is asked', () => {
  it('nobody about a Service that is none of our business, whatever happens to it', async () => {
    const since = new Date()
    await post(headless('unrelated', { a: 'b' }))
    await patch('unrelated', { metadata: { labels: { a: 'b' } }, spec: { ports: [{ port: 81 }] } })
    await patch('unrelated', { spec: { selector: null } })
    await post({ metadata: { name: 'bare' }, spec: { ports: [{ port: 80 }] } })
    await post({
      metadata: { name: 'elsewhere' },
      spec: { type: 'ExternalName', externalName: 'example.com' },
    })
    await cluster().request('DELETE', `${SERVICES}/unrelated`)
    expect(admission.asked()).toEqual([])
    expect(await webhooksAudited(since)).toEqual(Array.from({ length: 6 }, () => []))
    // The audit log would show it: one that is our business.
    await post(headless('related', { [NETWORKS]: 'br0' }))
    expect((await webhooksAudited(since)).at(-1)?.join()).toContain(SERVICE_WEBHOOKS.annotatedService)
  })

  it('both sides once about a Service with an annotation, a key, or one that had it', async () => {
    const both = (operation: string) => [`mutate ${operation} services`, `validate ${operation} services`]
    await post(headless('ours', { [NETWORKS]: 'br0' }))
    await annotate('ours', { [NETWORKS]: null })
    expect(admission.asked()).toEqual([...both('CREATE'), ...both('UPDATE')])
    admission.forget()
    await patch('ours', { metadata: { labels: { a: 'b' } } })
    expect(admission.asked()).toEqual([])
    await post(headless('keyed', {}, { selector: { ...app, ...KEY } }))
    // Once the key is gone there is nothing left to judge.
    expect(admission.asked()).toEqual(['mutate CREATE services'])
  })

  it('nobody about a NetService whose spec is unchanged, or which is going', async () => {
    const object = {
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'going', namespace: 'blue', finalizers: ['example.com/held'] },
      spec: { netAttachDef: 'core', selector: app },
    }
    await cluster().request('POST', NET_SERVICES, object)
    expect(admission.asked()).toEqual(['mutate CREATE netservices', 'validate CREATE netservices'])
    admission.forget()
    const change = (body: object) => cluster().request('PATCH', `${NET_SERVICES}/going`, body)
    expect((await change({ metadata: { labels: { a: 'b' } } })).status).toBe(200)
    expect(admission.asked()).toEqual([])
    await change({ spec: { hostnames: 'PodName' } })
    expect(admission.asked()).toEqual(['mutate UPDATE netservices', 'validate UPDATE netservices'])
    admission.forget()
    await cluster().request('DELETE', `${NET_SERVICES}/going`)
    await change({ spec: { hostnames: 'None' }, metadata: { finalizers: null } })
    expect((await cluster().request('GET', `${NET_SERVICES}/going`)).status).toBe(404)
    expect(admission.asked()).toEqual([])
  })

  it('without a condition having failed in all of this', async () => {
    const { body } = await cluster().request<string>('GET', '/metrics', undefined, { accept: 'text/plain' })
    expect(body).toMatch(/^apiserver_admission_match_condition_evaluation_seconds_count/m)
    expect(body.match(/^apiserver_admission_match_condition_evaluation_errors_total.*$/gm)).toBeNull()
  })
})

describe('while nobody answers', () => {
  beforeAll(() => admission.goDown())

  it('Services are written as ever, and mended later', async () => {
    expect((await post(headless('meanwhile', { [NETWORKS]: 'br0' }))).body.spec.selector).toEqual(app)
    expect((await patch('late', { metadata: { labels: { a: 'b' } } })).status).toBe(200)
  })

  it('a new NetService is refused, and an old one goes all the same', async () => {
    const object = {
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'NetService',
      metadata: { name: 'new', namespace: 'blue' },
      spec: { netAttachDef: 'core', selector: app },
    }
    expect((await cluster().request('POST', NET_SERVICES, object)).status).toBe(500)
    const foreground = { propagationPolicy: 'Foreground' }
    expect((await cluster().request('DELETE', `${NET_SERVICES}/early`, foreground)).status).toBe(200)
    // The garbage collector looks for kinds that are new to it twice a minute.
    await eventually(async () => (await cluster().request('GET', `${NET_SERVICES}/early`)).status === 404, {
      what: 'the NetService is gone',
      timeout: 100_000,
    })
  }, 120_000)
})
