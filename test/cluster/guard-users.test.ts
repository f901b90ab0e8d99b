// What counts as a user of a network, on a real API server: every form a Pod can hold it by, known from the index, from
// a live list and from a short extra watch alike; and what only names it, which is warned about.

import { afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, INSTALLED } from '../../src/core/names.ts'
import { REFERRER_KINDS, type ReferrerKind } from '../../src/core/settings.ts'
import type { UseField } from '../../src/core/networks/records.ts'
import { internalError, silence } from '../faults/behaviours.ts'
import type { Matches } from '../faults/proxy.ts'
import { installNetServiceCrd } from '../support/crds.ts'
import { useGuarded, type Removal } from '../support/guarded.ts'
import { nadPath, podPath, type PodOptions } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded({ before: installNetServiceCrd })

/** Where a row plays: NAD `net` of `home`, a Pod `db` of `home` or of `other`. */
interface Scene {
  readonly home: string
  readonly other: string
}

interface Row {
  readonly pod: (scene: Scene) => PodOptions
  /** Default `home`. */
  readonly podIn?: 'home' | 'other'
  /** What happens to the Pod after it was created. */
  readonly then?: (scene: Scene) => Promise<unknown>
  /** Default `net` in `home`. */
  readonly nad?: (scene: Scene) => readonly [namespace: string, name: string]
  /** The fields by which it holds the network; none where it does not count. */
  readonly by: readonly UseField[]
  readonly warning?: RegExp
}

const json = (...elements: readonly object[]): string => JSON.stringify(elements)
const GATED = { nodeName: null, schedulingGates: ['example.com/wait'] }
const inKubeSystem = ({ home }: Scene) => ['kube-system', home] as const
const attached = ({ home }: Scene): string[] => [`${home}/net`]
const annotate = (annotations: object) => (scene: Scene) =>
  cluster().controlPlane.request('PATCH', podPath(scene.home, 'db'), { metadata: { annotations } })

const ROWS: Readonly<Record<string, Row>> = {
  'a bare name means its own namespace': { pod: () => ({ networks: 'net' }), by: ['networks'] },
  'a bare name means no other namespace': { pod: () => ({ networks: 'net' }), podIn: 'other', by: [] },
  'namespace/name': { pod: ({ home }) => ({ networks: `${home}/net` }), by: ['networks'] },
  'namespace/name from elsewhere, bound to a node': {
    pod: ({ home }) => ({ networks: `${home}/net`, phase: 'Pending' }),
    podIn: 'other',
    by: ['networks'],
  },
  'name@interface': { pod: () => ({ networks: 'net@eth7' }), by: ['networks'] },
  'one of several, with blanks': {
    pod: ({ home }) => ({ networks: `elsewhere/a@x , ${home}/net@eth7` }),
    by: ['networks'],
  },
  'JSON with a name': { pod: () => ({ networks: json({ name: 'net' }) }), by: ['networks'] },
  'JSON with a namespace, from elsewhere': {
    pod: ({ home }) => ({ networks: json({ name: 'net', namespace: home, interface: 'x' }) }),
    podIn: 'other',
    by: ['networks'],
  },
  'JSON with a slash in its name names nothing that exists': {
    pod: ({ home }) => ({ networks: json({ name: `${home}/net` }) }),
    by: [],
  },
  'a default network, bare, means Multus’ namespace': {
    pod: ({ home }) => ({ defaultNetwork: home }),
    nad: inKubeSystem,
    by: ['default-network'],
  },
  'a default network, bare, does not mean its own namespace': {
    pod: () => ({ defaultNetwork: 'net' }),
    by: [],
  },
  'a default network with its namespace': {
    pod: ({ home }) => ({ defaultNetwork: `${home}/net` }),
    podIn: 'other',
    by: ['default-network'],
  },
  'a status under the present key': { pod: (scene) => ({ status: attached(scene) }), by: ['network-status'] },
  'a status under the old key': {
    pod: (scene) => ({ status: attached(scene), statusKey: ANNOTATIONS.networkStatusOld }),
    by: ['network-status'],
  },
  'a status under both keys: the present one counts': {
    pod: (scene) => ({
      status: ['elsewhere/a'],
      annotations: {
        [ANNOTATIONS.networkStatusOld]: JSON.stringify(attached(scene).map((name) => ({ name }))),
      },
    }),
    by: [],
  },
  'a bare name in a status, as before Multus 3.8': {
    pod: () => ({ status: ['net'] }),
    by: ['network-status'],
  },
  'the name of a CNI configuration in a status is no network': {
    pod: () => ({ status: json({ name: 'net', interface: 'eth0', default: true, dns: {} }) }),
    by: [],
  },
  'a default network in a status': {
    pod: ({ home }) => ({ status: json({ name: `${home}/net`, interface: 'eth0', default: true, dns: {} }) }),
    podIn: 'other',
    by: ['network-status'],
  },
  'both annotation and status': {
    pod: (scene) => ({ networks: 'net', status: attached(scene) }),
    by: ['networks', 'network-status'],
  },
  'its annotation edited away while it is attached': {
    pod: (scene) => ({ networks: 'net', status: attached(scene) }),
    then: annotate({ [ANNOTATIONS.networks]: null }),
    by: ['network-status'],
  },
  'its annotation edited away before it was attached': {
    pod: () => ({ networks: 'net' }),
    then: annotate({ [ANNOTATIONS.networks]: 'elsewhere/a' }),
    by: [],
  },
  'one that has succeeded': {
    pod: (scene) => ({ networks: 'net', status: attached(scene), phase: 'Succeeded' }),
    by: [],
  },
  'one that has failed': {
    pod: (scene) => ({ networks: 'net', status: attached(scene), phase: 'Failed' }),
    by: [],
  },
  'one on the host’s network': { pod: () => ({ networks: 'net', hostNetwork: true }), by: [] },
  'one that is terminating': {
    pod: () => ({ networks: 'net' }),
    then: ({ home }) =>
      cluster().controlPlane.request('DELETE', podPath(home, 'db'), { gracePeriodSeconds: 600 }),
    by: ['networks'],
  },
  'one of its own namespace that is not scheduled yet': {
    pod: () => ({ networks: 'net', ...GATED }),
    by: ['networks'],
  },
  'one from elsewhere that is not scheduled yet is only warned about': {
    pod: ({ home }) => ({ networks: `${home}/net`, ...GATED }),
    podIn: 'other',
    by: [],
    warning: /^Pod \S+-other\/db asks for this network and has not started; it will not start without it$/,
  },
  'one from elsewhere that is not scheduled and yet attached': {
    pod: (scene) => ({
      nodeName: null,
      annotations: { [ANNOTATIONS.networkStatus]: JSON.stringify(attached(scene).map((name) => ({ name }))) },
    }),
    podIn: 'other',
    by: ['network-status'],
  },
}

const UNREADABLE: Readonly<Record<string, PodOptions>> = {
  '[null], on which Multus crashes': { networks: '[null]' },
  '200 kB of brackets': { networks: '['.repeat(200_000) },
  '200 kB of nested lists': { networks: `${'['.repeat(100_000)}${']'.repeat(100_000)}` },
  'halves of characters': { networks: 'net\ud800,\udc00' },
  'a name that JavaScript knows': { networks: '__proto__' },
  'JSON that is no list': { networks: '{"__proto__":{"name":"net"}}' },
  'a bare JSON text': { networks: '"net"' },
  'two default networks': { defaultNetwork: 'net,net' },
  'a broken status': { status: '[{"name":"net"' },
  'a status with a null': { status: '{"toString":null}' },
}
for (const [name, pod] of Object.entries(UNREADABLE)) {
  Object.assign(ROWS, {
    [`unreadable: ${name}`]: {
      pod: () => pod,
      by: [],
      warning: /^Pod \S+\/db counts as no user: its \S+ cannot be read \(.+\)$/,
    } satisfies Row,
  })
}

/** The watch behind the index, which lasts for minutes; a short extra one does not. */
const isIndex: Matches = ({ kind, query }) =>
  kind === 'WATCH pods' && Number(query.get('timeoutSeconds')) > 60

/** Not the question for the present version, which asks for one Pod. */
const isWholeList: Matches = ({ kind, query }) => kind === 'LIST pods' && query.get('limit') !== '1'

/** In which each row plays; the shortest spelling of "this row in this way". */
const scene = (way: string, index: number): Scene => ({
  home: `${way}-${index}`,
  other: `${way}-${index}-other`,
})

const networkOf = (row: Row, here: Scene): readonly [namespace: string, name: string] =>
  row.nad?.(here) ?? [here.home, 'net']

async function makeNetworks(way: string): Promise<void> {
  const { space, make } = cluster()
  for (const [index, row] of Object.values(ROWS).entries()) {
    const here = scene(way, index)
    await space(here.home)
    await space(here.other)
    await make.nad(...networkOf(row, here))
    await make.nad(here.other, 'net')
  }
}

async function makePods(way: string): Promise<void> {
  for (const [index, row] of Object.values(ROWS).entries()) {
    const here = scene(way, index)
    await cluster().make.pod(here[row.podIn ?? 'home'], 'db', row.pod(here))
    await row.then?.(here)
  }
}

/** What a row is told, in the words of the refusal's causes and the warnings. */
const expected = (here: Scene, { by, warning, podIn = 'home' }: Row): object =>
  by.length > 0
    ? {
        status: 403,
        causes: [{ reason: 'NetworkInUse', message: `Pod ${here[podIn]}/db by ${by.join(', ')}` }],
      }
    : { status: 200, causes: [], warnings: warning ? [expect.stringMatching(warning)] : [] }

interface Way {
  readonly name: string
  readonly how: string
  /** Breaks every other way; undefined where the index is told everything. */
  readonly blind: (() => void) | undefined
  /** What Sidenet asks the API server in this way. */
  readonly isProof: Matches
  /** How the audit log calls what is known so. */
  readonly evidence: RegExp
}

const WAYS: readonly Way[] = [
  { name: 'index', how: 'from the index', blind: undefined, isProof: isIndex, evidence: /^alive$/ },
  {
    name: 'list',
    how: 'from a live list, while the index is blind',
    blind: () => cluster().proxy.rule('WATCH pods', silence()),
    isProof: isWholeList,
    evidence: /^fresh$/,
  },
  {
    name: 'pulse',
    how: 'from a short extra watch, while the index is blind and lists fail',
    blind: () => cluster().proxy.rule(isWholeList, internalError()),
    isProof: (request) => request.kind === 'WATCH pods' && !isIndex(request),
    // The first of those who ask at once; the index then knows what the extra watch has brought.
    evidence: /^(fresh|alive)$/,
  },
]

describe.each(WAYS)('users, known $how', ({ name: way, blind, isProof, evidence }) => {
  let removals: readonly Removal[] = []
  beforeAll(async () => {
    const { proxy, remove } = cluster()
    await makeNetworks(way)
    // The first refusal asks what the caller may see; later ones remember it.
    await lend(way, 'warm-up')
    await remove(nadPath(way, 'warm-up'), { dryRun: true })
    const watch = await eventually(() => proxy.watches(isIndex)[0], { what: 'the index watches Pods' })
    if (blind) watch.stall()
    await makePods(way)
    if (blind) blind()
    else await untilIndexed(way)
    const before = proxy.requests().length
    removals = await Promise.all(
      Object.values(ROWS).map((row, index) => {
        const here = scene(way, index)
        return remove(nadPath(...networkOf(row, here)), { dryRun: true })
      }),
    )
    if (blind) expect(proxy.requests().slice(before).some(isProof)).toBe(true)
    proxy.clearRules()
    if (blind) watch.cut()
  })

  it.each(Object.entries(ROWS).map(([name, row], index) => [name, row, index] as const))(
    '%s',
    (_name, row, index) => {
      expect(removals[index]).toMatchObject(expected(scene(way, index), row))
    },
  )

  it('and the audit log says how each was known', async () => {
    for (const [index, row] of Object.values(ROWS).entries()) {
      const [entry] = await cluster().audited(nadPath(...networkOf(row, scene(way, index))))
      expect(entry).toMatchObject(
        row.by.length > 0
          ? { reason: 'NetworkInUse', evidence: expect.stringMatching(evidence) }
          : { reason: 'NetworkFree', evidence: 'fresh' },
      )
    }
  })
})

/** Events come in order: when the index knows this Pod, it knows all that were made before. */
async function untilIndexed(way: string): Promise<void> {
  await lend(`${way}-last`, 'net')
  const path = nadPath(`${way}-last`, 'net')
  const isIndexed = async () => {
    await cluster().remove(path, { dryRun: true })
    return (await cluster().audited(path)).at(-1)?.['evidence'] === 'alive'
  }
  await eventually(isIndexed, { what: 'the index knows of every Pod' })
}

/** A network that a Pod of another namespace uses. */
async function lend(namespace: string, name: string): Promise<void> {
  const { space, make } = cluster()
  await space(namespace)
  await space(`${namespace}-user`)
  await make.nad(namespace, name)
  await make.pod(`${namespace}-user`, 'db', { networks: `${namespace}/${name}` })
}

const CONFIG_MAPS = `/api/v1/namespaces/${INSTALLED.namespace}/configmaps`
const CONFIG_MAP = `${CONFIG_MAPS}/${INSTALLED.configMap}`

/** Sets exactly these settings. */
async function settings(data: Readonly<Record<string, string>>): Promise<void> {
  const { controlPlane, make } = cluster()
  await controlPlane.request('DELETE', CONFIG_MAP)
  await make.create(CONFIG_MAPS, { metadata: { name: INSTALLED.configMap }, data })
}

/** Waits until a setting holds, seen by a verdict. */
const untilStatus = (path: string, status: number): Promise<unknown> =>
  eventually(async () => (await cluster().remove(path, { dryRun: true })).status === status, {
    what: `the deletion of ${path} is answered ${status}`,
  })

describe('whatever is written on Pods', () => {
  it('the unreadable is counted', async () => {
    expect(await cluster().sidenet.metrics()).toContain(
      `\nsidenet_unreadable_pods ${WAYS.length * Object.keys(UNREADABLE).length}\n`,
    )
  })

  it('breaks nothing: Sidenet has not stumbled once', () => {
    expect(cluster().sidenet.log()).not.toMatch(/threw|decision failed|could not be sent/)
  })
})

describe('what names a network without holding on to it', () => {
  const template = { metadata: { labels: { app: 'a' }, annotations: { [ANNOTATIONS.networks]: 'net@eth7' } } }
  const pods = { ...template, spec: { containers: [{ name: 'main', image: 'app.example/app:1' }] } }
  const selector = { matchLabels: { app: 'a' } }
  const once = { ...pods, spec: { ...pods.spec, restartPolicy: 'Never' } }
  const OBJECTS: Readonly<Record<ReferrerKind, readonly [collection: string, object: object]>> = {
    Deployment: ['apps/v1/deployments', { spec: { replicas: 0, selector, template: pods } }],
    StatefulSet: [
      'apps/v1/statefulsets',
      { spec: { replicas: 0, serviceName: 'a', selector, template: pods } },
    ],
    DaemonSet: ['apps/v1/daemonsets', { spec: { selector, template: pods } }],
    Job: ['batch/v1/jobs', { spec: { suspend: true, template: once } }],
    CronJob: [
      'batch/v1/cronjobs',
      { spec: { schedule: '0 0 1 1 *', suspend: true, jobTemplate: { spec: { template: once } } } },
    ],
    NetService: [
      'sidenet.io/v1alpha1/netservices',
      {
        apiVersion: 'sidenet.io/v1alpha1',
        kind: 'NetService',
        spec: { netAttachDef: 'net', selector: { app: 'a' } },
      },
    ],
    Service: [
      'v1/services',
      {
        metadata: { annotations: { [ANNOTATIONS.networks]: 'net' } },
        spec: { clusterIP: 'None', selector: { app: 'a' }, ports: [{ port: 80 }] },
      },
    ],
  }
  const home = (kind: ReferrerKind): string => `named-by-${kind.toLowerCase()}`
  const warning = (kind: ReferrerKind): string =>
    kind === 'NetService' || kind === 'Service'
      ? `${kind} ${home(kind)}/web names this network; it will find no new addresses`
      : `${kind} ${home(kind)}/web names this network in its Pod template; its new Pods will not start`

  beforeAll(async () => {
    const { make, space } = cluster()
    for (const kind of REFERRER_KINDS) {
      const [collection, object] = OBJECTS[kind]
      const [version = '', plural = ''] = splitLast(collection)
      await space(home(kind))
      await make.nad(home(kind), 'net')
      const root = version === 'v1' ? '/api/v1' : `/apis/${version}`
      const { metadata = {}, ...rest } = object as { readonly metadata?: object }
      await make.create(`${root}/namespaces/${home(kind)}/${plural}`, {
        ...rest,
        metadata: { ...metadata, name: 'web' },
      })
    }
  })
  afterEach(() => cluster().controlPlane.request('DELETE', CONFIG_MAP))

  it.each(REFERRER_KINDS)('a %s is warned about, also while it has no Pods', async (kind) => {
    const warned = async (): Promise<void> =>
      expect(await cluster().remove(nadPath(home(kind), 'net'), { dryRun: true })).toMatchObject({
        status: 200,
        warnings: [warning(kind)],
      })
    await eventually(() => warned().then(() => true), { what: `the ${kind} is warned about` })
    const entries = await cluster().audited(nadPath(home(kind), 'net'))
    expect(entries.at(-1)).toMatchObject({ reason: 'NetworkFree', warned: 'NetworkReferenced' })
  })

  it.each(REFERRER_KINDS)('a %s counts where blockOn says so, and no other kind', async (kind) => {
    await settings({ blockOn: kind })
    const path = nadPath(home(kind), 'net')
    await untilStatus(path, 403)
    const sentence = `NetworkAttachmentDefinition ${home(kind)}/net is named by ${kind} ${home(kind)}/web; see "kubectl sidenet users ${home(kind)}/net". Remove the name there first, or annotate sidenet.io/allow-deletion=<reason>`
    expect(await cluster().remove(path)).toMatchObject({
      message: sentence,
      causes: [{ reason: 'NetworkInUse', message: `${kind} ${home(kind)}/web by name` }],
    })
    const [other] = REFERRER_KINDS.filter((one) => one !== kind)
    expect(await cluster().remove(nadPath(home(other ?? kind), 'net'), { dryRun: true })).toMatchObject({
      status: 200,
      warnings: [warning(other ?? kind)],
    })
  })

  it('counts by what is there now, however blind the index is', async () => {
    const { proxy, controlPlane, remove } = cluster()
    await settings({ blockOn: 'Deployment' })
    const path = nadPath(home('Deployment'), 'net')
    await untilStatus(path, 403)
    const [watch] = proxy.watches('WATCH deployments')
    watch?.stall()
    proxy.rule('WATCH deployments', silence())
    const deployment = `/apis/apps/v1/namespaces/${home('Deployment')}/deployments/web`
    const { body } = await controlPlane.request('GET', deployment)
    await controlPlane.request('DELETE', deployment)
    await untilStatus(path, 200)
    const { metadata: _metadata, ...rest } = body
    await cluster().make.create(`/apis/apps/v1/namespaces/${home('Deployment')}/deployments`, {
      ...rest,
      metadata: { name: 'web' },
    })
    expect(await remove(path, { dryRun: true })).toMatchObject({ status: 403 })
    proxy.clearRules()
    watch?.cut()
  })
})

describe('the settings that are Multus’ own', () => {
  afterEach(() => cluster().controlPlane.request('DELETE', CONFIG_MAP))

  it('namespaceIsolation: an annotation counts only where Multus would let it, a status always', async () => {
    const { space, make, remove } = cluster()
    for (const name of ['walled', 'walled-user', 'shared', 'attached']) await space(name)
    for (const name of ['walled', 'shared', 'attached']) await make.nad(name, 'net')
    await make.pod('walled-user', 'db', { networks: 'walled/net,shared/net' })
    await make.pod('walled-user', 'attached', { networks: 'attached/net', status: ['attached/net'] })
    await make.pod('walled-user', 'first', { defaultNetwork: 'attached/net' })
    const verdict = async (name: string) => {
      const { status, causes } = await remove(nadPath(name, 'net'), { dryRun: true })
      return [status, ...causes.map((cause) => (cause as { readonly message: string }).message)]
    }
    expect(await verdict('walled')).toEqual([403, 'Pod walled-user/db by networks'])
    await settings({ namespaceIsolation: 'true', globalNamespaces: 'default, shared' })
    await untilStatus(nadPath('walled', 'net'), 200)
    expect([await verdict('walled'), await verdict('shared'), await verdict('attached')]).toEqual([
      [200],
      [403, 'Pod walled-user/db by networks'],
      [403, 'Pod walled-user/attached by network-status', 'Pod walled-user/first by default-network'],
    ])
    await make.pod('walled', 'own', { networks: 'net' })
    expect(await verdict('walled')).toEqual([403, 'Pod walled/own by networks'])
  })

  it('multusNamespace: a bare default network points elsewhere as soon as the setting changes', async () => {
    const { space, make, remove } = cluster()
    for (const name of ['multus-home', 'multus-user']) await space(name)
    for (const name of ['multus-home', 'kube-system']) await make.nad(name, 'first')
    await make.pod('multus-user', 'db', { defaultNetwork: 'first' })
    const status = async (namespace: string) =>
      (await remove(nadPath(namespace, 'first'), { dryRun: true })).status
    expect([await status('kube-system'), await status('multus-home')]).toEqual([403, 200])
    await settings({ multusNamespace: 'multus-home' })
    await untilStatus(nadPath('multus-home', 'first'), 403)
    expect([await status('kube-system'), await status('multus-home')]).toEqual([200, 403])
  })

  it('multusNamespace: a Sidenet that starts reads Pods by it', async () => {
    const { crash, revive, remove } = cluster()
    await settings({ multusNamespace: 'multus-home' })
    await crash()
    await revive()
    const status = async (namespace: string) =>
      (await remove(nadPath(namespace, 'first'), { dryRun: true })).status
    expect([await status('kube-system'), await status('multus-home')]).toEqual([200, 403])
  })
})

function splitLast(path: string): readonly [string, string] {
  const at = path.lastIndexOf('/')
  return [path.slice(0, at), path.slice(at + 1)]
}
