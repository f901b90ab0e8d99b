// How a refusal reads, on a real API server: through kubectl, plain requests and dry runs, for callers who may see
// everything and for those who may not; and the command line, which says the same to the byte.

import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, INSTALLED, LABELS, WEBHOOKS } from '../../src/core/names.ts'
import { useGuarded, type Removal } from '../support/guarded.ts'
import { nadPath, podPath, type PodOptions } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded({
  users: [{ name: 'tenant' }, { name: 'auditor', groups: ['auditors'] }, { name: 'asks' }],
})

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const CONFIG_MAPS = `/api/v1/namespaces/${INSTALLED.namespace}/configmaps`
const configMapPath = `${CONFIG_MAPS}/${INSTALLED.configMap}`
const SIDENET = join(import.meta.dirname, '../../bin/sidenet')

const subjects = (kind: 'User' | 'Group', name: string) => [
  { apiGroup: 'rbac.authorization.k8s.io', kind, name },
]
const roleRef = (name: string) => ({ apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name })

/** Grants a ClusterRole in one namespace. */
const grant = (namespace: string, role: string, user: string) =>
  cluster().make.create(`${RBAC}/namespaces/${namespace}/rolebindings`, {
    metadata: { name: `${role}-${user}` },
    roleRef: roleRef(role),
    subjects: subjects('User', user),
  })

/** The API server's authorizer hears of new roles a moment after they were made. */
const untilSeen = (path: string, user: string): Promise<unknown> =>
  eventually(
    async () => (await cluster().controlPlane.request('GET', path, undefined, { user })).status === 200,
    {
      what: `${user} may read ${path}`,
    },
  )

/** Pods that name a network; `count` of them, called `db-0` and so on. */
async function users(namespace: string, nad: string, count: number, more: PodOptions = {}): Promise<void> {
  const make = (_: unknown, index: number) =>
    cluster().make.pod(namespace, `db-${index}`, { networks: nad, ...more })
  await Promise.all(Array.from({ length: count }, make))
}

beforeAll(async () => {
  const { make } = cluster()
  await make.create(`${RBAC}/clusterroles`, {
    metadata: { name: 'deletes-networks' },
    rules: [
      {
        apiGroups: ['k8s.cni.cncf.io'],
        resources: ['*'],
        verbs: ['get', 'list', 'delete', 'deletecollection'],
      },
    ],
  })
  await make.create(`${RBAC}/clusterroles`, {
    metadata: { name: 'sees-pods' },
    rules: [{ apiGroups: [''], resources: ['pods'], verbs: ['list'] }],
  })
  await make.create(`${RBAC}/clusterrolebindings`, {
    metadata: { name: 'auditors-see-pods' },
    roleRef: roleRef('sees-pods'),
    subjects: subjects('Group', 'auditors'),
  })
})

describe('a refusal', () => {
  const path = nadPath('seven', 'net')
  const sentence =
    'NetworkAttachmentDefinition seven/net is used by 7 Pods: seven/db-0, seven/db-1, seven/db-2, seven/db-3, seven/db-4 and 2 more; see "kubectl sidenet users seven/net". Detach or delete them first, or annotate sidenet.io/allow-deletion=<reason>'
  beforeAll(async () => {
    const { space, make } = cluster()
    await space('seven')
    await make.nad('seven', 'net')
    await users('seven', 'net', 7)
    await cluster().untilTold(path, sentence)
  })

  it('is one line, the same through kubectl, plain requests and dry runs', async () => {
    const { controlPlane, remove } = cluster()
    const kubectl = (...more: readonly string[]) =>
      controlPlane.kubectl(['delete', 'nad', 'net', '-n', 'seven', ...more])
    const printed = {
      status: 1,
      stdout: '',
      stderr: `Error from server (Forbidden): admission webhook "${WEBHOOKS.nadDeletion}" denied the request: ${sentence}\n`,
    }
    expect(await Promise.all([kubectl(), kubectl('--dry-run=server')])).toEqual([printed, printed])
    const expected = {
      status: 403,
      reason: 'Forbidden',
      by: WEBHOOKS.nadDeletion,
      message: sentence,
      warnings: [],
    }
    for (const how of [{}, { dryRun: true }]) {
      expect(await remove(path, how)).toMatchObject(expected)
      expect(await remove(nadPath('seven'), how)).toMatchObject(expected)
    }
  })

  it('names every user as a cause, for programs', async () => {
    expect((await cluster().remove(path)).causes).toEqual(
      Array.from({ length: 7 }, (_, index) => ({
        reason: 'NetworkInUse',
        message: `Pod seven/db-${index} by networks`,
      })),
    )
  })

  it('is in the audit log with how it was decided and the first five users', async () => {
    const entries = await cluster().audited(path)
    expect(entries.length).toBeGreaterThan(3)
    for (const entry of entries) {
      expect(entry).toEqual({
        webhook: WEBHOOKS.nadDeletion,
        decision: 'deny',
        reason: 'NetworkInUse',
        evidence: expect.stringMatching(/^(alive|fresh)$/),
        users: 'seven/db-0,seven/db-1,seven/db-2,seven/db-3,seven/db-4',
        'users-total': '7',
      })
    }
  })

  it('stays readable with more users than anybody reads', async () => {
    const { space, make, remove } = cluster()
    await space('crowd')
    await make.nad('crowd', 'net')
    await users('crowd', 'net', 104, { nodeName: null })
    const sentence =
      'used by 104 Pods: crowd/db-0, crowd/db-1, crowd/db-10, crowd/db-100, crowd/db-101 and 99 more;'
    await cluster().untilTold(nadPath('crowd', 'net'), sentence)
    const { causes } = await remove(nadPath('crowd', 'net'))
    expect(causes).toHaveLength(101)
    expect(causes.at(-1)).toEqual({ reason: 'NetworkInUse', message: 'and 4 more holders' })
  })

  it('tells those who are terminating, and their node where it takes long', async () => {
    const { space, make, remove, controlPlane } = cluster()
    await space('ending')
    await make.nad('ending', 'net')
    await users('ending', 'net', 2)
    const end = (name: string, gracePeriodSeconds: number) =>
      controlPlane.request('DELETE', podPath('ending', name), { gracePeriodSeconds })
    await end('db-0', 600)
    const path = nadPath('ending', 'net')
    await cluster().untilTold(path, 'used by 2 Pods: ending/db-0 (terminating) and ending/db-1; see')
    await end('db-1', 1)
    const late =
      'used by 2 Pods: ending/db-0 (terminating) and ending/db-1 (still terminating on node-1); all of them are terminating already: run the same command again in a moment'
    await cluster().untilTold(path, late)
    expect((await remove(path)).message).toContain(late)
  })
})

describe('warnings', () => {
  it('fit into what the API server lets through, whole lines each, and the last one says what was left out', async () => {
    const { space, make, remove, controlPlane } = cluster()
    const long = (name: string): string => name.padEnd(200, 'x')
    const home = 'verbose'.padEnd(63, 'x')
    const other = 'elsewhere'.padEnd(63, 'x')
    for (const name of [home, other]) await space(name)
    await make.nad(home, 'net', { annotations: { [ANNOTATIONS.allowDeletion]: 'because '.repeat(100) } })
    const containers = [{ name: 'main', image: 'app.example/app:1' }]
    for (let index = 0; index < 7; index += 1) {
      const annotations = { [ANNOTATIONS.networks]: 'net' }
      await make.create(`/apis/apps/v1/namespaces/${home}/deployments`, {
        metadata: { name: long(`web-${index}-`) },
        spec: {
          replicas: 0,
          selector: { matchLabels: { app: 'a' } },
          template: { metadata: { labels: { app: 'a' }, annotations }, spec: { containers } },
        },
      })
      await make.pod(home, long(`db-${index}-`), { networks: 'net' })
      await make.pod(home, long(`odd-${index}-`), { networks: '["net"' })
      await make.pod(other, long(`wait-${index}-`), {
        networks: `${home}/net`,
        nodeName: null,
        schedulingGates: ['example.com/wait'],
      })
    }
    const path = nadPath(home, 'net')
    const isKnown = async () => {
      const said = (await remove(path, { dryRun: true })).warnings.join()
      return said.includes('used by 7 Pods') && said.includes('and 2 more objects')
    }
    await eventually(isKnown, { what: 'the Pods and the Deployments are known' })
    const { status, warnings } = await remove(path, { dryRun: true })
    expect(status).toBe(200)
    expect(warnings.join('').length).toBeLessThan(4_096)
    expect(warnings[0]).toMatch(/^NetworkAttachmentDefinition \S+ is used by 7 Pods: .* and 2 more; .*…"$/)
    for (const line of warnings.slice(1, -1))
      expect(line).toMatch(/start$|start without it$|more objects$|\)$/)
    expect(warnings.at(-1)).toMatch(/^\d+ more warnings left out$/)
    const printed = await controlPlane.kubectl(['delete', 'nad', 'net', '-n', home, '--dry-run=server'])
    expect(printed.stderr).toBe(warnings.map((line) => `Warning: ${line}\n`).join(''))
  })
})

describe('a caller who may not list the Pods of other namespaces', () => {
  const path = nadPath('lent', 'net')
  beforeAll(async () => {
    const { space, make } = cluster()
    for (const name of ['lent', 'lent-seen', 'lent-hidden']) await space(name)
    await make.nad('lent', 'net')
    await users('lent', 'net', 1)
    await users('lent-seen', 'lent/net', 1)
    await users('lent-hidden', 'lent/net', 2)
    await cluster().untilTold(path, 'used by 4 Pods')
    await grant('lent-seen', 'sees-pods', 'tenant')
    await untilSeen(podPath('lent-seen'), 'tenant')
    await grant('lent', 'deletes-networks', 'tenant')
  })
  const told = (who: string): string =>
    `NetworkAttachmentDefinition lent/net is used by 4 Pods: ${who}; see "kubectl sidenet users lent/net". Detach or delete them first, or annotate sidenet.io/allow-deletion=<reason>`

  it('learns how many there are, not which', async () => {
    const { remove, controlPlane } = cluster()
    await untilSeen(path, 'tenant')
    const some = told('lent/db-0, lent-seen/db-0 and 2 in other namespaces')
    for (const how of [{ user: 'tenant' }, { user: 'tenant', dryRun: true }]) {
      expect(await remove(path, how)).toMatchObject({ status: 403, message: some })
      expect((await remove(path, how)).causes).toEqual([
        { reason: 'NetworkInUse', message: 'Pod lent/db-0 by networks' },
        { reason: 'NetworkInUse', message: 'Pod lent-seen/db-0 by networks' },
        { reason: 'NetworkInUse', message: '2 holders in other namespaces' },
      ])
    }
    const printed = await controlPlane.kubectl(['delete', 'nad', 'net', '-n', 'lent'], { user: 'tenant' })
    expect(printed.stderr).toContain(some)
    expect((await cluster().audited(path)).at(-1)).toMatchObject({
      'users-total': '4',
      users: expect.stringContaining('lent-hidden/'),
    })
  })

  it('learns no more from warnings', async () => {
    const { make, space, remove } = cluster()
    await space('asked')
    await make.nad('asked', 'net')
    await grant('asked', 'deletes-networks', 'tenant')
    const networks = 'asked/net'
    await make.pod('lent-hidden', 'waits', {
      networks,
      nodeName: null,
      schedulingGates: ['example.com/wait'],
    })
    await untilSeen(nadPath('asked', 'net'), 'tenant')
    expect(await remove(nadPath('asked', 'net'), { user: 'tenant', dryRun: true })).toMatchObject({
      warnings: ['1 Pod of other namespaces names this network'],
    })
    expect(await remove(nadPath('asked', 'net'), { dryRun: true })).toMatchObject({
      warnings: [
        'Pod lent-hidden/waits asks for this network and has not started; it will not start without it',
      ],
    })
  })

  it('is told apart from one who may, by group or by being an admin', async () => {
    await grant('lent', 'deletes-networks', 'auditor')
    const { remove } = cluster()
    const all = told('lent/db-0, lent-hidden/db-0, lent-hidden/db-1 and lent-seen/db-0')
    await untilSeen(path, 'auditor')
    await untilSeen('/api/v1/pods', 'auditor')
    expect((await remove(path, { user: 'auditor' })).message).toBe(all)
    expect((await remove(path)).message).toBe(all)
  })

  it.each([
    'system:serviceaccount:kube-system:namespace-controller',
    'system:serviceaccount:kube-system:generic-garbage-collector',
    'system:kube-controller-manager',
  ])('is also %s, whose words end up where tenants read them', async (impersonate) => {
    const { remove } = cluster()
    const { message, causes } = await remove(path, { impersonate })
    expect(message).toBe(told('lent/db-0 and 3 in other namespaces'))
    expect(JSON.stringify(causes)).not.toMatch(/lent-(seen|hidden)/)
  })
})

describe('sidenet can-delete and sidenet users', () => {
  interface Told {
    readonly status: number
    readonly stdout: string
    readonly stderr: string
  }
  const sidenet = (args: readonly string[], kubeconfig = cluster().controlPlane.kubeconfig): Promise<Told> =>
    new Promise((resolve) =>
      execFile(SIDENET, [...args, '--kubeconfig', kubeconfig], (error, stdout, stderr) =>
        resolve({ status: error === null ? 0 : Number(error.code), stdout, stderr }),
      ),
    )

  const GATED = { nodeName: null, schedulingGates: ['example.com/wait'] }
  /** One scene per kind of answer: NAD `net` in a namespace of that name. */
  const SCENES: Readonly<Record<string, () => Promise<unknown>>> = {
    'said-used': async () => {
      await cluster().make.nad('said-used', 'net')
      await users('said-used', 'net', 6, { status: ['said-used/net'] })
      await users('lent-seen', 'said-used/net', 0)
      await cluster().make.pod('lent-hidden', 'borrows', { networks: 'said-used/net@eth7' })
    },
    'said-protected': () =>
      cluster().make.nad('said-protected', 'net', {
        annotations: { [ANNOTATIONS.protected]: 'the "storage" network' },
      }),
    'said-free': async () => {
      await cluster().make.nad('said-free', 'net')
      await cluster().make.pod('said-free', 'done', { networks: 'net', phase: 'Succeeded' })
    },
    'said-broken': async () => {
      const annotations = { [ANNOTATIONS.allowDeletion]: 'moving to b', [ANNOTATIONS.protected]: 'x' }
      await cluster().make.nad('said-broken', 'net', { annotations })
      await users('said-broken', 'net', 1)
    },
    'said-warned': async () => {
      await cluster().make.nad('said-warned', 'net')
      await users('said-warned', 'net', 1)
    },
    'said-aside': async () => {
      await cluster().make.nad('said-aside', 'net')
      await cluster().make.pod('said-aside', 'odd', { networks: '[null]' })
      await cluster().make.pod('lent-hidden', 'waits-too', { networks: 'said-aside/net', ...GATED })
    },
  }
  let removals: Readonly<Record<string, Removal>> = {}
  let texts: Readonly<Record<string, Told>> = {}
  let objects: Readonly<Record<string, Told>> = {}

  const IN_JSON = ['said-used', 'said-broken', 'said-aside']

  const forEach = async <T>(
    ask: (namespace: string) => Promise<T>,
    namespaces = Object.keys(SCENES),
  ): Promise<Record<string, T>> => {
    const entries = namespaces.map(async (namespace) => [namespace, await ask(namespace)] as const)
    return Object.fromEntries(await Promise.all(entries))
  }
  beforeAll(async () => {
    const { space, remove } = cluster()
    for (const [namespace, make] of Object.entries(SCENES)) {
      const labels = namespace === 'said-warned' ? { [LABELS.guard]: 'warn' } : {}
      await space(namespace, { labels })
      await make()
    }
    await cluster().untilTold(nadPath('said-used', 'net'), 'used by 7 Pods')
    const path = nadPath('said-aside', 'net')
    const isKnown = async () => (await remove(path, { dryRun: true })).warnings.length === 2
    await eventually(isKnown, { what: 'the index knows of the odd ones' })
    removals = await forEach((namespace) => remove(nadPath(namespace, 'net'), { dryRun: true }))
    texts = await forEach((namespace) => sidenet(['can-delete', `${namespace}/net`]))
    objects = await forEach((name) => sidenet(['can-delete', 'net', '-n', name, '-o', 'json']), IN_JSON)
  })

  it.each(Object.keys(SCENES))('say of %s what the webhook says, to the byte', (namespace) => {
    const removal = removals[namespace]
    const allowed = removal?.status === 200
    const answer = allowed
      ? expect.stringMatching(new RegExp(`^yes: ${namespace}/net may be deleted \\([A-Za-z]+\\)$`))
      : `no: ${removal?.message}`
    const { status, stdout, stderr } = texts[namespace] ?? { status: 9, stdout: '', stderr: '' }
    expect(stdout.trimEnd().split('\n')).toEqual([
      answer,
      ...(removal?.warnings ?? []).map((line) => `Warning: ${line}`),
    ])
    expect([status, stderr]).toEqual([allowed ? 0 : 1, ''])
  })

  it.each(IN_JSON)('say of %s in JSON what the webhook says, to the byte', (namespace) => {
    const removal = removals[namespace]
    const { status, stdout } = objects[namespace] ?? { status: 9, stdout: '{}' }
    const { causes = [], ...verdict } = JSON.parse(stdout) as { readonly causes?: readonly object[] }
    expect(verdict).toEqual({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'DeletionVerdict',
      networkAttachmentDefinition: `${namespace}/net`,
      allowed: removal?.status === 200,
      reason: expect.any(String),
      ...(removal?.status === 403 ? { message: removal.message } : {}),
      warnings: removal?.warnings,
    })
    expect(causes.map((cause) => ({ ...cause, field: '' }))).toEqual(
      (removal?.causes ?? []).map((cause) => ({ ...cause, field: '' })),
    )
    expect(status).toBe(removal?.status === 200 ? 0 : 1)
  })

  it('have the reason of the audit log', async () => {
    for (const namespace of IN_JSON) {
      const [entry] = await cluster().audited(nadPath(namespace, 'net'))
      expect(JSON.parse(objects[namespace]?.stdout ?? '{}')).toMatchObject({ reason: entry?.['reason'] })
    }
  })

  it('list who holds a network and by which field, and what names it without counting', async () => {
    const [used, aside, json] = await Promise.all([
      sidenet(['users', 'said-used/net']),
      sidenet(['users', 'said-aside/net']),
      sidenet(['users', 'said-used/net', '-o', 'json']),
    ])
    expect(used).toMatchObject({ status: 0, stderr: '' })
    const lines = used.stdout.trimEnd().split('\n')
    expect(lines[0]).toBe('NetworkAttachmentDefinition said-used/net is used by 7 Pods.')
    expect(lines.slice(2).map((line) => line.split(/ {2,}/).slice(0, 2))).toEqual([
      ...Array.from({ length: 6 }, (_, index) => [`said-used/db-${index}`, 'networks, network-status']),
      ['lent-hidden/borrows', 'networks'],
    ])
    expect(aside.stdout).toContain('NetworkAttachmentDefinition said-aside/net is used by no Pod.\n')
    expect(aside.stdout).toMatch(
      /^Pod lent-hidden\/waits-too +it is in another namespace and has not started$/m,
    )
    const { users: listed } = JSON.parse(json.stdout) as {
      readonly users: readonly {
        readonly namespace: string
        readonly name: string
        readonly fields: string[]
      }[]
    }
    expect(
      listed.map(({ namespace, name, fields }) => `Pod ${namespace}/${name} by ${fields.join(', ')}`),
    ).toEqual(removals['said-used']?.causes.map((cause) => (cause as { readonly message: string }).message))
  })

  it('read the settings of the cluster, which flags override', async () => {
    const { make, controlPlane } = cluster()
    await make.create(CONFIG_MAPS, { metadata: { name: INSTALLED.configMap }, data: { guard: 'warn' } })
    const [asSet, asFlagged] = await Promise.all([
      sidenet(['can-delete', 'said-used/net']),
      sidenet(['can-delete', 'said-used/net', '--guard', 'enforce']),
    ])
    expect([asSet?.status, asFlagged?.status]).toEqual([0, 1])
    await controlPlane.request('PATCH', configMapPath, { data: { guard: 'off' } })
    const wrong = await sidenet(['can-delete', 'said-used/net'])
    expect(wrong).toEqual({
      status: 2,
      stdout: '',
      stderr: `sidenet: the settings are wrong; ConfigMap ${INSTALLED.namespace}/${INSTALLED.configMap}: guard: must be enforce or warn\n`,
    })
    await controlPlane.request('DELETE', configMapPath)
  })

  it('end with 2 and a sentence where they cannot tell', async () => {
    const { controlPlane } = cluster()
    const nowhere = join(controlPlane.folder, 'nowhere.kubeconfig')
    await writeFile(nowhere, kubeconfigOf('https://127.0.0.1:1'))
    const [absent, mute, unseen, users] = await Promise.all([
      sidenet(['can-delete', 'said-used/nothing']),
      sidenet(['can-delete', 'said-used/net'], nowhere),
      sidenet(['can-delete', 'said-used/net'], controlPlane.kubeconfigFor('asks')),
      sidenet(['users', 'said-used/net'], controlPlane.kubeconfigFor('asks')),
    ])
    expect([absent, mute, unseen, users].map(({ status, stdout }) => [status, stdout])).toEqual(
      Array.from({ length: 4 }, () => [2, '']),
    )
    expect(absent.stderr).toBe(
      'sidenet: there is no NetworkAttachmentDefinition said-used/nothing; "kubectl get nad -A" lists those there are\n',
    )
    expect(mute.stderr).toMatch(/^sidenet: .*127\.0\.0\.1:1.*\n$/)
    expect(unseen.stderr).toBe(
      'sidenet: cannot read the settings, which change the answer: the API server refused to get configmaps: configmaps "sidenet-config" is forbidden: User "asks" cannot get resource "configmaps" in API group "" in the namespace "sidenet-system" (403)\n',
    )
    expect(users.stderr).toBe(unseen.stderr)
  })

  it('end with 2 and a sentence that names the right a user lacks, until none is lacking', async () => {
    const { make, controlPlane } = cluster()
    const configMaps = { apiGroups: [''], resources: ['configmaps'], verbs: ['get'] }
    const single = { apiGroups: ['', 'k8s.cni.cncf.io'], resources: ['*'], verbs: ['get'] }
    const lists = {
      apiGroups: ['', 'apps', 'batch', 'sidenet.io'],
      resources: ['services', 'deployments', 'statefulsets', 'daemonsets', 'jobs', 'cronjobs', 'netservices'],
      verbs: ['list'],
    }
    const pods = { apiGroups: [''], resources: ['pods'], verbs: ['list'] }
    const steps: [string, readonly object[]][] = [
      [configMapPath, [configMaps]],
      ['/apis/apps/v1/deployments', [configMaps, single, lists]],
      ['/api/v1/pods', [configMaps, single, lists, pods]],
    ]
    await make.create(CONFIG_MAPS, { metadata: { name: INSTALLED.configMap } })
    await make.create(`${RBAC}/clusterroles`, { metadata: { name: 'asks' }, rules: [] })
    await make.create(`${RBAC}/clusterrolebindings`, {
      metadata: { name: 'asks' },
      roleRef: roleRef('asks'),
      subjects: subjects('User', 'asks'),
    })
    const answers: Told[] = []
    for (const [path, rules] of steps) {
      await controlPlane.request('PATCH', `${RBAC}/clusterroles/asks`, { rules })
      await untilSeen(path, 'asks')
      answers.push(await sidenet(['can-delete', 'said-used/net'], controlPlane.kubeconfigFor('asks')))
    }
    const lacks = (right: string, resource: string): Told => ({
      status: 2,
      stdout: '',
      stderr: expect.stringMatching(
        `^sidenet: cannot tell who uses the network: the API server refused to ${right}: ${resource} is forbidden: User "asks" cannot .*\n$`,
      ) as unknown as string,
    })
    expect(answers).toEqual([
      lacks(
        'get network-attachment-definitions.k8s.cni.cncf.io',
        'network-attachment-definitions.k8s.cni.cncf.io "net"',
      ),
      lacks('list pods', 'pods'),
      { status: 1, stdout: `no: ${removals['said-used']?.message}\n`, stderr: '' },
    ])
  })

  it('end with 64 for wrong usage', async () => {
    const wrong = [
      ['can-delete'],
      ['can-delete', 'a/b/c'],
      ['users', 'a/b', '-n', 'c'],
      ['users', 'a/b', '-o', 'xml'],
    ]
    const answers = await Promise.all(wrong.map((args) => sidenet(args)))
    for (const { status, stdout, stderr } of answers) {
      expect([status, stdout]).toEqual([64, ''])
      expect(stderr).toMatch(/^error: .+\n/)
    }
  })
})

const kubeconfigOf = (server: string): string =>
  JSON.stringify({
    apiVersion: 'v1',
    kind: 'Config',
    clusters: [{ name: 'c', cluster: { server } }],
    users: [{ name: 'u', user: { token: 't' } }],
    contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
    'current-context': 'x',
  })
