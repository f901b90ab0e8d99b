// A network that Pods use goes although nothing may delete it: the webhook configurations are not there, so nobody is
// asked. What the Pods are told, and what comes back.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { readManifests } from '../../src/manifests/read.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { ANNOTATIONS, LABELS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { installSidenet, startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({
  users: [{ name: 'sidenet' }],
  controllers: ['namespace-controller', 'garbage-collector-controller'],
})
const RECREATE = { install: false, flags: ['--only', 'reconcile', '--recover', 'recreate'] } as const
const REPORT = { install: false, flags: ['--only', 'reconcile'] } as const
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await installSidenet(cluster(), 9443, 'sidenet', ['--recover', 'recreate'])
  for (const kind of ['mutating', 'validating'])
    await cluster().request(
      'DELETE',
      `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/sidenet`,
    )
  sidenet = await startSidenet(cluster(), RECREATE)
  await leads()
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

const leads = () =>
  eventually(async () => (await sidenet.metrics()).includes('sidenet_reconcile_leads 1'), {
    what: 'this replica may write',
    timeout: 40_000,
  })
const lost = async (outcome: string): Promise<number> =>
  Number(
    new RegExp(`networks_lost_total{outcome="${outcome}"} (\\d+)`).exec(await sidenet.metrics())?.[1] ?? 0,
  )

const nadPath = (namespace: string, name = ''): string =>
  `/apis/k8s.cni.cncf.io/v1/namespaces/${namespace}/network-attachment-definitions${name && `/${name}`}`
const nad = (namespace: string, name: string) =>
  cluster().request<KubernetesObject & { spec?: object }>('GET', nadPath(namespace, name))
const remove = (namespace: string, name: string) => cluster().request('DELETE', nadPath(namespace, name))

interface Told {
  readonly reason: string
  readonly note: string
  readonly regarding: { readonly name: string }
}

/** The Events of a Namespace. */
async function told(namespace: string): Promise<readonly Told[]> {
  const { body } = await cluster().request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
  return (body.items ?? []) as unknown as readonly Told[]
}
const notes = async (namespace: string, reason: string): Promise<readonly string[]> =>
  (await told(namespace)).filter((event) => event.reason === reason).map(({ note }) => note)
const untilTold = (namespace: string, reason: string, text: string) =>
  eventually(async () => (await notes(namespace, reason)).some((note) => note.includes(text)), {
    what: `Pods of ${namespace} are told ${reason}: ${text}`,
  })

/** Every Pod that there is, is known: what is deleted from now on is seen to have users. */
const untilKnown = () =>
  eventually(
    async () => {
      const { body } = await cluster().request('GET', '/api/v1/pods')
      return (await sidenet.metrics()).includes(`watch_objects{resource="pods"} ${body.items?.length}\n`)
    },
    { what: 'Sidenet knows the Pods' },
  )

/** A Namespace with a network and a Pod that is attached to it. */
async function scene(namespace: string, { marks = {}, pods = 1, nadMarks = {} } = {}) {
  const make = makes(cluster())
  await make.namespace(namespace, marks)
  await make.nad(namespace, 'br0', { config: '{"type":"bridge"}', ...nadMarks })
  for (let i = 0; i < pods; i++)
    await make.pod(namespace, `db-${i}`, { networks: 'br0', status: [`${namespace}/br0`] })
  await untilKnown()
  return make
}

describe('a network in use that vanishes while Sidenet runs', () => {
  it('comes back with spec, labels, annotations and owners, and the Pods are told of both', async () => {
    await cluster().request('POST', '/api/v1/namespaces', { metadata: { name: 'back' } })
    const owner = await cluster().request('POST', '/api/v1/namespaces/back/configmaps', {
      metadata: { name: 'maker' },
    })
    const reference = { apiVersion: 'v1', kind: 'ConfigMap', name: 'maker', uid: owner.body.metadata?.uid }
    const make = makes(cluster())
    await make.nad('back', 'br0', {
      config: '{"type":"bridge"}',
      labels: { team: 'a' },
      annotations: { 'k8s.v1.cni.cncf.io/resourceName': 'example.com/br0' },
      ownerReferences: [{ ...reference, controller: true, blockOwnerDeletion: true }],
    })
    for (let i = 0; i < 7; i++) await make.pod('back', `db-${i}`, { networks: 'br0', status: ['back/br0'] })
    await untilKnown()
    const before = (await nad('back', 'br0')).body

    await remove('back', 'br0')
    await untilTold('back', 'NetworkRecreated', 'back/br0 was put back')

    const after = (await nad('back', 'br0')).body
    expect(after.metadata?.uid).not.toBe(before.metadata?.uid)
    expect(after.spec).toEqual(before.spec)
    expect(after.metadata?.labels).toEqual(before.metadata?.labels)
    expect(after.metadata?.annotations).toEqual(before.metadata?.annotations)
    expect(after.metadata?.ownerReferences).toEqual([{ ...reference, controller: true }])
    await eventually(async () => (await notes('back', 'NetworkVanished')).length === 5, {
      what: 'five Pods are told that it is gone',
    })
    for (const note of await notes('back', 'NetworkVanished')) expect(note).toContain('and 6 other Pods')
    expect(await lost('recreated')).toBe(1)

    await remove('back', 'br0')
    await untilTold('back', 'NetworkVanished', 'had put it back before, and it went again')
    expect((await nad('back', 'br0')).status).toBe(404)
  })

  it.each([
    [
      'after break glass',
      'glass',
      { nadMarks: { annotations: { [ANNOTATIONS.allowDeletion]: 'moved' } } },
      'its deletion was allowed by annotation',
    ],
    [
      'in a namespace set to warn',
      'warned',
      { marks: { labels: { [LABELS.guard]: 'warn' } } },
      'is set to warn',
    ],
    [
      'in a namespace set to off',
      'switched',
      { marks: { labels: { [LABELS.guard]: 'off' } } },
      'is set to off',
    ],
  ])('stays gone %s, and the Pods are told why', async (_, namespace, given, because) => {
    await scene(namespace, given)
    await remove(namespace, 'br0')
    await untilTold(namespace, 'NetworkVanished', because)
    expect((await nad(namespace, 'br0')).status).toBe(404)
  })

  it('stays gone with its namespace, and the Pods of other namespaces are told why', async () => {
    const make = await scene('going', { pods: 0 })
    await make.namespace('beside')
    await make.pod('beside', 'guest', { networks: 'going/br0', status: ['going/br0'] })
    await untilKnown()
    await cluster().request('DELETE', '/api/v1/namespaces/going')
    await untilTold('beside', 'NetworkVanished', 'Namespace going is')
    expect((await nad('going', 'br0')).status).toBe(404)
  })

  it('is left to whoever puts something of that name there first', async () => {
    const make = await scene('replaced')
    await remove('replaced', 'br0')
    await make.nad('replaced', 'br0', { config: '{"type":"macvlan"}' })
    await scene('after-it')
    await remove('after-it', 'br0')
    await untilTold('after-it', 'NetworkRecreated', 'was put back')
    expect((await nad('replaced', 'br0')).body.spec).toEqual({ config: '{"type":"macvlan"}' })
    expect(await notes('replaced', 'NetworkVanished')).toEqual([])
  })

  it('stays gone where its users went in the same breath', async () => {
    await scene('whole')
    await scene('after-whole')
    await remove('whole', 'br0')
    await cluster().request('DELETE', '/api/v1/namespaces/whole/pods/db-0', { gracePeriodSeconds: 0 })
    await remove('after-whole', 'br0')
    await untilTold('after-whole', 'NetworkRecreated', 'was put back')
    expect((await nad('whole', 'br0')).status).toBe(404)
  })
})

it('a Pod that names a network that is terminating is told so', async () => {
  const make = await scene('ending', { nadMarks: { finalizers: ['example.com/hold'] } })
  await remove('ending', 'br0')
  await untilTold('ending', 'NetworkTerminating', 'waits for its finalizers')
  await make.pod('ending', 'late', { networks: 'br0' })
  const toldEnding = async () =>
    (await told('ending'))
      .filter(({ reason }) => reason === 'NetworkTerminating')
      .map(({ regarding }) => regarding.name)
  await eventually(async () => (await toldEnding()).includes('late'), { what: 'the late Pod is told too' })
  expect((await toldEnding()).sort()).toEqual(['db-0', 'late'])
  await cluster().request('PATCH', nadPath('ending', 'br0'), { metadata: { finalizers: null } })
  await untilTold('ending', 'NetworkVanished', 'its deletion was decided before')
  expect((await nad('ending', 'br0')).status).toBe(404)
})

it('a network in use that vanishes while Sidenet is down is reported by the next one, which has no spec of it', async () => {
  await scene('between')
  await sidenet.kill()
  await remove('between', 'br0')
  sidenet = await startSidenet(cluster(), RECREATE)
  await untilTold('between', 'NetworkVanished', 'its spec is not known and it cannot be put back')
  expect((await nad('between', 'br0')).status).toBe(404)
  expect(await lost('missing')).toBeGreaterThan(0)
})

it('without --recover=recreate it is only reported', async () => {
  await sidenet.stop()
  sidenet = await startSidenet(cluster(), REPORT)
  await leads()
  await scene('reported')
  await remove('reported', 'br0')
  await untilTold('reported', 'NetworkVanished', 'Sidenet only reports')
  expect((await nad('reported', 'br0')).status).toBe(404)
})

it('the right to create networks is not among what is installed otherwise', () => {
  const rules = readManifests(new URL('../..', import.meta.url).pathname).map((object) =>
    JSON.stringify(object),
  )
  expect(
    rules.filter((text) => /network-attachment-definitions\"\],\"verbs\":\[[^\]]*create/.test(text)),
  ).toEqual([])
})
