// The two doors around the guard, on a real API server: Namespaces that take their networks along, and the definition
// that takes all of them. Nothing hangs on its own users, and what must not go is refused before anything is begun.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, LABELS, NAD, WEBHOOKS } from '../../src/core/names.ts'
import { useGuarded, type Removal } from '../support/guarded.ts'
import { nadPath, namespacePath, podPath } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded({ users: [{ name: 'tenant' }] })

const NAMESPACE_CONTROLLER = 'system:serviceaccount:kube-system:namespace-controller'
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/sidenet'
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'

interface Conditions {
  readonly status?: {
    readonly phase?: string
    readonly conditions?: readonly {
      readonly type: string
      readonly status: string
      readonly message: string
    }[]
  }
}

const phaseOf = async (name: string): Promise<string | undefined> => {
  const { status, body } = await cluster().controlPlane.request<Conditions>('GET', namespacePath(name))
  return status === 404 ? undefined : body.status?.phase
}
const untilGone = (name: string): Promise<unknown> =>
  eventually(async () => (await phaseOf(name)) === undefined, {
    what: `Namespace ${name} is gone`,
    timeout: 40_000,
    interval: 200,
  })

/** Their end takes the namespace controller five seconds, so it is waited for once, after all of them began. */
const letGo: string[] = []

/** What the namespace controller says why it cannot go on. */
const failureOf = async (name: string): Promise<string | undefined> => {
  const { body } = await cluster().controlPlane.request<Conditions>('GET', namespacePath(name))
  const isFailure = ({ type, status }: { readonly type: string; readonly status: string }) =>
    type === 'NamespaceDeletionContentFailure' && status === 'True'
  return body.status?.conditions?.find(isFailure)?.message
}

/** A Pod in a namespace of its own that uses `NAMESPACE/net`; returns its namespace. */
async function usedFrom(namespace: string, elsewhere = `${namespace}-user`): Promise<string> {
  const { space, make } = cluster()
  await space(elsewhere)
  await make.pod(elsewhere, 'db', { networks: `${namespace}/net`, status: [`${namespace}/net`] })
  return elsewhere
}

async function holding(namespace: string, nad: object = {}, marks: object = {}): Promise<string> {
  await cluster().space(namespace, marks)
  await cluster().make.nad(namespace, 'net', nad)
  return namespacePath(namespace)
}

const free = (namespace: string) =>
  cluster().controlPlane.request('DELETE', podPath(namespace, 'db'), { gracePeriodSeconds: 0 })

const refusal = (namespace: string, why: string): string =>
  `Namespace ${namespace} holds networks that must not go with it: ${namespace}/net (${why}). Free them first, or annotate sidenet.io/allow-deletion=<reason> on the Namespace`

async function expectRefused(path: string, by: string, message: string): Promise<Removal> {
  const { remove, standing, untilTold } = cluster()
  await untilTold(path, message)
  const before = await standing(path)
  const removal = await remove(path)
  expect(removal).toMatchObject({ status: 403, reason: 'Forbidden', by, message })
  expect(await standing(path)).toBe(before)
  return removal
}

describe('a Namespace', () => {
  it('goes with its networks and the Pods that use them', async () => {
    const path = await holding('own')
    await cluster().make.pod('own', 'db', { networks: 'net', status: ['own/net'], nodeName: null })
    expect(await cluster().remove(path)).toMatchObject({ status: 200, warnings: [] })
    letGo.push('own')
  })

  it('does not hang on a Pod of its own that is slow to end', async () => {
    const path = await holding('slow')
    const { make, remove, controlPlane, standing } = cluster()
    await make.pod('slow', 'db', { networks: 'net', status: ['slow/net'], finalizers: ['example.com/hold'] })
    expect(await remove(path)).toMatchObject({ status: 200 })
    await eventually(async () => (await phaseOf('slow')) === 'Terminating', {
      what: 'the Namespace terminates',
    })
    // Older API servers delete networks before Pods, and whoever is impatient does so by hand.
    expect(await remove(nadPath('slow', 'net'))).toMatchObject({ status: 200, warnings: [] })
    expect(await standing(nadPath('slow', 'net'))).toBeUndefined()
    await controlPlane.request('PATCH', podPath('slow', 'db'), { metadata: { finalizers: null } })
    await free('slow')
    letGo.push('slow')
  })

  it('is refused while another namespace uses its network, by kubectl too, and goes when that has ended', async () => {
    const path = await holding('lent')
    await usedFrom('lent')
    const sentence = refusal('lent', 'used by 1 Pod: lent-user/db')
    const { causes } = await expectRefused(path, WEBHOOKS.namespaceDeletion, sentence)
    expect(causes).toEqual([
      {
        reason: 'NetworkInUse',
        message: 'NetworkAttachmentDefinition lent/net is used by 1 Pod: lent-user/db',
      },
    ])
    const printed = `Error from server (Forbidden): admission webhook "${WEBHOOKS.namespaceDeletion}" denied the request: ${sentence}\n`
    const kubectl = (...more: readonly string[]) =>
      cluster().controlPlane.kubectl(['delete', 'namespace', 'lent', '--wait=false', ...more])
    expect(await kubectl('--dry-run=server')).toEqual({ status: 1, stdout: '', stderr: printed })
    expect(await kubectl()).toEqual({ status: 1, stdout: '', stderr: printed })
    expect(await phaseOf('lent')).toBe('Active')
    await free('lent-user')
    await cluster().untilFree(path)
    expect(await kubectl()).toMatchObject({ status: 0, stderr: '' })
    letGo.push('lent')
  })

  it('is refused while it holds a protected network, and goes when it is protected no more', async () => {
    const path = await holding('vault', { annotations: { [ANNOTATIONS.protected]: 'storage' } })
    await expectRefused(path, WEBHOOKS.namespaceDeletion, refusal('vault', 'protected: "storage"'))
    await cluster().controlPlane.request('PATCH', nadPath('vault', 'net'), {
      metadata: { annotations: { [ANNOTATIONS.protected]: null } },
    })
    await cluster().untilFree(path)
    expect(await cluster().remove(path)).toMatchObject({ status: 200 })
    letGo.push('vault')
  })

  it.each([
    ['has break glass', { annotations: { [ANNOTATIONS.allowDeletion]: 'moved' } }],
    ['is nobody’s', {}],
  ])('goes where the network %s', async (how, nad) => {
    const name = how.startsWith('has') ? 'let-go' : 'empty'
    const path = await holding(name, nad)
    if (name === 'let-go') await usedFrom(name)
    expect(await cluster().remove(path)).toMatchObject({ status: 200, warnings: [] })
    letGo.push(name)
  })

  it('with break glass goes whole, with a warning that names who is hurt', async () => {
    const path = await holding('broken', {}, { annotations: { [ANNOTATIONS.allowDeletion]: 'site closed' } })
    await usedFrom('broken')
    expect(await cluster().remove(path)).toMatchObject({
      status: 200,
      warnings: [
        'Namespace broken takes networks along that must not go: broken/net (used by 1 Pod: broken-user/db). Allowed by sidenet.io/allow-deletion: "site closed"',
      ],
    })
    letGo.push('broken')
    expect(await cluster().audited(path)).toMatchObject([
      { reason: 'DeletionOverridden', override: 'site closed', users: 'broken-user/db' },
    ])
  })

  it('that only warns goes whole, with the refusal as its warning', async () => {
    const path = await holding('warned', {}, { labels: { [LABELS.guard]: 'warn' } })
    await usedFrom('warned')
    expect(await cluster().remove(path)).toMatchObject({
      status: 200,
      warnings: [refusal('warned', 'used by 1 Pod: warned-user/db')],
    })
    letGo.push('warned')
  })

  it('that is off goes whole, and nobody is asked', async () => {
    const path = await holding('off', {}, { labels: { [LABELS.guard]: 'off' } })
    await usedFrom('off')
    expect(await cluster().remove(path)).toMatchObject({ status: 200, warnings: [] })
    letGo.push('off')
    expect(await cluster().audited(path)).toEqual([])
  })

  it('that was let go in any of these ways is gone in the end, and none hangs', async () => {
    expect(letGo.length).toBeGreaterThan(8)
    await Promise.all(letGo.map(untilGone))
  })

  it('with break glass has lent its reason to its networks', async () => {
    expect(await cluster().audited(nadPath('broken'))).toMatchObject([
      { reason: 'DeletionOverridden', override: 'site closed', users: 'broken-user/db' },
    ])
  })
})

describe('a Namespace that is half gone', () => {
  /** It began although a network is used elsewhere, as while Sidenet is away: that entry fails open. */
  beforeAll(async () => {
    const { controlPlane, remove } = cluster()
    const paths = [
      await holding('stuck'),
      await holding('half', { annotations: { [ANNOTATIONS.protected]: 'storage' } }),
      await holding('unstuck'),
    ]
    for (const namespace of ['stuck', 'half', 'unstuck']) await usedFrom(namespace)
    const { body } = await controlPlane.request<{ webhooks: readonly { name: string }[] }>(
      'GET',
      CONFIGURATION,
    )
    const index = body.webhooks.findIndex(({ name }) => name === WEBHOOKS.namespaceDeletion)
    const change = async (operation: object): Promise<void> => {
      const how = { contentType: 'application/json-patch+json' }
      expect((await controlPlane.request('PATCH', CONFIGURATION, [operation], how)).status).toBe(200)
    }
    await change({ op: 'remove', path: `/webhooks/${index}` })
    const isOpen = async () => (await remove(paths[0] ?? '', { dryRun: true })).status === 200
    await eventually(isOpen, { what: 'nobody is asked about Namespaces' })
    for (const path of paths) expect(await remove(path)).toMatchObject({ status: 200 })
    await change({ op: 'add', path: `/webhooks/${index}`, value: body.webhooks[index] })
    const isClosed = async () => (await remove(namespacePath('witness'), { dryRun: true })).status === 403
    await holding('witness', { annotations: { [ANNOTATIONS.protected]: 'a witness' } })
    await eventually(isClosed, { what: 'Sidenet is asked about Namespaces again' })
  })

  it('says on itself why it cannot go on, without names of other tenants, and goes on when that has ended', async () => {
    const message = await eventually(() => failureOf('stuck'), { what: 'the Namespace says why' })
    expect(message).toContain(
      'denied the request: NetworkAttachmentDefinition stuck/net is used by 1 Pod in other namespaces; see "kubectl sidenet users stuck/net"',
    )
    expect(message).not.toContain('stuck-user')
    const refused = await cluster().audited(nadPath('stuck'))
    expect(refused[0]).toMatchObject({ decision: 'deny', users: 'stuck-user/db' })
    await free('stuck-user')
    await untilGone('stuck')
  })

  it('does not count its own users, nor protection', async () => {
    const { remove, controlPlane } = cluster()
    const path = nadPath('half', 'net')
    await cluster().untilTold(path, 'used by 1 Pod: half-user/db;')
    expect(await remove(path)).toMatchObject({ status: 403 })
    await free('half-user')
    await untilGone('half')
    const deletions = await controlPlane.auditEvents({
      filter: ({ user, requestURI, responseStatus }) =>
        user.username === NAMESPACE_CONTROLLER &&
        requestURI.startsWith(nadPath('half')) &&
        responseStatus?.code === 200,
    })
    expect(deletions.length).toBeGreaterThan(0)
  })

  it('is helped along by break glass on it', async () => {
    await eventually(() => failureOf('unstuck'), { what: 'the Namespace says why' })
    const annotated = await cluster().controlPlane.kubectl([
      ...['annotate', 'namespace', 'unstuck', `${ANNOTATIONS.allowDeletion}=site closed`],
    ])
    expect(annotated).toMatchObject({ status: 0 })
    await untilGone('unstuck')
  })
})

describe('a Namespace that has changed', () => {
  const inUse = (namespace: string, pods: string): string =>
    `NetworkAttachmentDefinition ${namespace}/net is used by ${pods}; see "kubectl sidenet users ${namespace}/net". Detach or delete`

  it('by being made again under the same name is judged by what it is now, and by who still names its networks', async () => {
    const { remove, make, space } = cluster()
    expect(await phaseOf('warned')).toBeUndefined()
    await space('warned')
    await make.nad('warned', 'net')
    const path = nadPath('warned', 'net')
    await cluster().untilTold(path, inUse('warned', '1 Pod: warned-user/db'))
    await free('warned-user')
    await cluster().untilFree(path)
    await make.pod('warned', 'db', { networks: 'net' })
    await cluster().untilTold(path, inUse('warned', '1 Pod: warned/db'))
    expect(await remove(path)).toMatchObject({ status: 403 })
  })

  it.each(['warn', 'off'])(
    'from %s a moment ago is asked for before a yes, however alive the watch looks',
    async (guard) => {
      const { remove, make, proxy, controlPlane, sidenet } = cluster()
      const name = `was-${guard}`
      const path = await holding(name, {}, { labels: { [LABELS.guard]: guard } })
      await make.pod(name, 'db', { networks: 'net' })
      await eventually(async () => knownNamespaces(await sidenet.metrics()) >= (await namespaces()), {
        what: 'Sidenet knows of the Namespace',
      })
      const [watch] = proxy.watches('WATCH namespaces')
      watch?.stall()
      await controlPlane.request('PATCH', path, { metadata: { labels: { [LABELS.guard]: null } } })
      const isAsked = async () => (await cluster().audited(nadPath(name, 'net'))).length > 0
      await eventually(
        async () => (await remove(nadPath(name, 'net'), { dryRun: true })) && (await isAsked()),
        {
          what: 'the API server asks about the network',
        },
      )
      expect(await remove(nadPath(name, 'net'))).toMatchObject({
        status: 403,
        message: expect.stringContaining(inUse(name, `1 Pod: ${name}/db`)),
      })
      watch?.cut()
    },
  )
})

const knownNamespaces = (metrics: string): number =>
  Number(/^sidenet_watch_objects\{resource="namespaces"\} (\d+)$/m.exec(metrics)?.[1])
const namespaces = async (): Promise<number> =>
  (await cluster().controlPlane.request('GET', namespacePath())).body.items?.length ?? 0

describe('the definition of networks', () => {
  const path = `${CRDS}/${NAD.crd}`
  const label = { query: 'labelSelector=of%3Dsidenet' }
  const sentence = (list: string, count = 1): string =>
    `Deleting CustomResourceDefinition ${NAD.crd} would delete ${count} NetworkAttachmentDefinition${count === 1 ? '' : 's'} unasked: ${list}. Free them first, or annotate sidenet.io/allow-deletion=<reason> on the CustomResourceDefinition`
  const annotate = (target: string, annotations: object) =>
    cluster().controlPlane.request('PATCH', target, { metadata: { annotations } })

  it('is refused while a network is used, one by one and in a collection, and no other definition is hindered', async () => {
    const { remove, make, space, controlPlane, standing } = cluster()
    await controlPlane.request('PATCH', path, { metadata: { labels: { of: 'sidenet' } } })
    for (const plural of ['aas', 'zzs']) await make.create(CRDS, otherCrd(plural))
    await space('defined')
    await make.nad('defined', 'net')
    await make.pod('defined', 'db', { networks: 'net' })
    await usedFrom('defined')
    const list = 'defined/net (used by 2 Pods: defined/db and defined-user/db)'
    // Networks of the tests before this one may be there too; they are not to be looked at here.
    await everyOther('defined')
    const before = await standing(nadPath('defined', 'net'))
    await expectRefused(path, WEBHOOKS.nadCrdDeletion, sentence(list))
    const kubectl = await controlPlane.kubectl(['delete', 'crd', NAD.crd, '--wait=false'])
    expect(kubectl).toMatchObject({ status: 1, stdout: '' })
    expect(kubectl.stderr).toContain(`denied the request: ${sentence(list)}\n`)
    expect(await remove(CRDS, label)).toMatchObject({
      status: 403,
      by: WEBHOOKS.nadCrdDeletion,
      message: sentence(list),
    })
    expect(await standing(nadPath('defined', 'net'))).toBe(before)
    const seen = await cluster().audited(CRDS)
    expect(seen).toMatchObject([{ decision: 'deny', reason: 'NetworkInUse' }])
    expect(await remove(`${CRDS}/aas.example.com`)).toMatchObject({ status: 200 })
    expect(await cluster().audited(`${CRDS}/aas.example.com`)).toEqual([])
  })

  it('tells a caller who may not list Pods how many, not which', async () => {
    const { make, remove } = cluster()
    await make.create('/apis/rbac.authorization.k8s.io/v1/clusterroles', {
      metadata: { name: 'deletes-definitions' },
      rules: [
        { apiGroups: ['apiextensions.k8s.io'], resources: ['customresourcedefinitions'], verbs: ['delete'] },
      ],
    })
    await make.create('/apis/rbac.authorization.k8s.io/v1/clusterrolebindings', {
      metadata: { name: 'deletes-definitions' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'deletes-definitions' },
      subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'tenant' }],
    })
    await cluster().untilTold(path, 'would delete 1 NetworkAttachmentDefinition unasked', { user: 'tenant' })
    const removal = await remove(path, { user: 'tenant' })
    expect(removal).toMatchObject({ status: 403, by: WEBHOOKS.nadCrdDeletion })
    expect(JSON.stringify([removal.message, removal.causes])).not.toMatch(/defined/)
  })

  it('does not count networks with break glass, nor those of namespaces that warn or are off', async () => {
    const { remove, space, make } = cluster()
    for (const guard of ['warn', 'off']) {
      await space(`counts-${guard}`, { labels: { [LABELS.guard]: guard } })
      await make.nad(`counts-${guard}`, 'net')
      await make.pod(`counts-${guard}`, 'db', { networks: 'net' })
    }
    const nad = nadPath('defined', 'net')
    await annotate(nad, { [ANNOTATIONS.allowDeletion]: 'moved' })
    await cluster().untilFree(path)
    await annotate(nad, { [ANNOTATIONS.allowDeletion]: null, [ANNOTATIONS.protected]: 'storage' })
    await free('defined')
    await free('defined-user')
    await expectRefused(path, WEBHOOKS.nadCrdDeletion, sentence('defined/net (protected: "storage")'))
    await annotate(nad, { [ANNOTATIONS.protected]: null })
    await cluster().untilFree(path)
    expect(await remove(path, { dryRun: true })).toMatchObject({ status: 200, warnings: [] })
  })

  it('goes by break glass, with a warning that names who is hurt, and by then is not asked about again', async () => {
    const { remove, make, standing, audited } = cluster()
    await make.pod('defined', 'last', { networks: 'net' })
    await annotate(path, { [ANNOTATIONS.allowDeletion]: 'leaving Multus' })
    const list = 'defined/net (used by 1 Pod: defined/last)'
    const expected = {
      status: 200,
      warnings: [
        `Deleting CustomResourceDefinition ${NAD.crd} would delete 1 NetworkAttachmentDefinition unasked: ${list}. Allowed by sidenet.io/allow-deletion: "leaving Multus"`,
      ],
    }
    expect(await remove(path, { dryRun: true })).toMatchObject(expected)
    const asked = (await audited(path)).length
    expect(await remove(path)).toMatchObject(expected)
    await eventually(async () => (await standing(path)) === undefined, { what: 'the definition is gone' })
    expect((await audited(path)).length).toBe(asked + 1)
  })
})

/** Takes away the networks of every other namespace. */
async function everyOther(kept: string): Promise<void> {
  const { controlPlane } = cluster()
  const { body } = await controlPlane.request('GET', `/apis/${NAD.group}/${NAD.version}/${NAD.plural}`)
  for (const { metadata } of body.items ?? []) {
    if (metadata?.namespace === undefined || metadata.namespace === kept) continue
    const path = nadPath(metadata.namespace, metadata.name)
    await controlPlane.request('PATCH', path, {
      metadata: { annotations: { [ANNOTATIONS.allowDeletion]: 'another test made it' } },
    })
    await controlPlane.request('DELETE', path)
  }
}

const otherCrd = (plural: string): object => ({
  apiVersion: 'apiextensions.k8s.io/v1',
  kind: 'CustomResourceDefinition',
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, singular: plural.slice(0, -1), kind: plural.toUpperCase() },
    versions: [
      {
        name: 'v1',
        served: true,
        storage: true,
        schema: { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } },
      },
    ],
  },
})
