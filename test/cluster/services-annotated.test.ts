// An annotated Service through its transitions, beside the real built-in controllers. The loop is alone: what our
// webhook would write into the Service is written by the test.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, NO_POD_KEY } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { addressesIn, answersOver, ourSlices } from '../support/service-slices.ts'
import { installSidenet, startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
const LOOP = { install: false, flags: ['--only', 'reconcile'] } as const
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  await cluster().request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
  await installSidenet(cluster(), 9443)
  for (const kind of ['mutating', 'validating'])
    await cluster().request(
      'DELETE',
      `/apis/admissionregistration.k8s.io/v1/${kind}webhookconfigurations/sidenet`,
    )
  sidenet = await startSidenet(cluster(), LOOP)
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.stop(), HOOK_TIMEOUT)

const labels = { app: 'db' }
const FIRST = '10.244.77.1'
const SECOND = '192.0.2.31'
const servicePath = (namespace: string, name = ''): string =>
  `/api/v1/namespaces/${namespace}/services${name && `/${name}`}`
const patch = (namespace: string, body: object) =>
  cluster().request('PATCH', servicePath(namespace, 'db'), body)

/** A Namespace with a Pod on both networks and a Service; answers what a client is told, from now on. */
async function scene(namespace: string, service: object) {
  const make = makes(cluster())
  await make.namespace(namespace)
  await make.pod(namespace, 'db-0', {
    labels,
    podIps: [FIRST],
    status: [{ name: `${namespace}/br0`, ips: [SECOND] }],
  })
  await make.create(servicePath(namespace), service)
  const answers: string[] = []
  const ending = new AbortController()
  const watching = (async () => {
    try {
      for await (const answer of answersOver(cluster(), namespace, 'db', ending.signal))
        if (answers.at(-1) !== answer.join()) answers.push(answer.join())
    } catch (error) {
      if (!ending.signal.aborted) throw error
    }
  })()
  const told = (answer: string) =>
    eventually(() => answers.at(-1) === answer, { what: `clients are told "${answer}"` })
  const end = async () => {
    ending.abort()
    await watching
  }
  return { answers, told, end }
}

const eventsOf = async (namespace: string): Promise<readonly string[]> => {
  const { body } = await cluster().request('GET', `/apis/events.k8s.io/v1/namespaces/${namespace}/events`)
  return (body.items ?? []).map((event) => String((event as { reason?: string }).reason))
}

const plain = {
  metadata: { name: 'db' },
  spec: { clusterIP: 'None', selector: labels, ports: [{ port: 80 }] },
}
const ANNOTATED = { [ANNOTATIONS.networks]: 'br0' }

describe('an annotated Service', () => {
  it('is annotated without a mixture and given back without a gap', async () => {
    const { answers, told, end } = await scene('moves', plain)
    await told(FIRST)
    answers.length = 0
    await patch('moves', {
      metadata: { annotations: ANNOTATED },
      spec: { selector: { [NO_POD_KEY]: 'true' } },
    })
    await told(SECOND)
    // The watch may tell of the last first address, then of nobody, then of the second network.
    expect(answers.filter((answer) => answer.includes(FIRST) && answer.includes(SECOND))).toEqual([])

    answers.length = 0
    await patch('moves', {
      metadata: { annotations: { [ANNOTATIONS.networks]: null } },
      spec: { selector: { [NO_POD_KEY]: null } },
    })
    await told(FIRST)
    expect(answers).toEqual([`${FIRST},${SECOND}`, FIRST])
    expect(await ourSlices(cluster(), 'moves', 'db')).toEqual([])
    await end()
  })

  it('without the key has nothing published, is poked once, and a Warning says why', async () => {
    const since = new Date()
    const annotated = { ...plain, metadata: { name: 'db', annotations: ANNOTATED } }
    const { told, end } = await scene('lacks-key', annotated)
    await told(FIRST)
    await eventually(async () => (await eventsOf('lacks-key')).includes('NoPodKeyMissing'), {
      what: 'a Warning says that the key is missing',
    })
    const pokes = await cluster().auditEvents({
      since,
      filter: ({ verb, user, objectRef }) =>
        user.username === 'sidenet' && verb === 'patch' && objectRef?.namespace === 'lacks-key',
    })
    expect(pokes.map(({ objectRef }) => objectRef?.resource)).toEqual(['services'])
    expect(addressesIn(await ourSlices(cluster(), 'lacks-key', 'db'))).toEqual([])
    await patch('lacks-key', { spec: { selector: { [NO_POD_KEY]: 'true' } } })
    await told(SECOND)
    const { body } = await cluster().request('GET', servicePath('lacks-key', 'db'))
    expect(JSON.stringify(body.metadata)).not.toContain('"manager":"sidenet"')
    await end()
  })

  it('that is to be taken over is marked once the built-in slices are empty', async () => {
    const { told, end } = await scene('takes', plain)
    await told(FIRST)
    await patch('takes', {
      metadata: { annotations: { ...ANNOTATED, [ANNOTATIONS.strategy]: 'takeover' } },
      spec: { selector: { [NO_POD_KEY]: 'true' } },
    })
    await told(SECOND)
    await eventually(
      async () => {
        const { body } = await cluster().request('GET', servicePath('takes', 'db'))
        return body.metadata?.annotations?.[ANNOTATIONS.takeover] === 'ready'
      },
      { what: 'it is marked' },
    )
    expect(addressesIn(await ourSlices(cluster(), 'takes', 'db'))).toEqual([SECOND])
    await end()
  })

  it('without a selector of its own needs nobody else', async () => {
    const { answers, told, end } = await scene('selects', {
      metadata: { name: 'db', annotations: { ...ANNOTATED, [ANNOTATIONS.selector]: 'app=db' } },
      spec: { clusterIP: 'None', ipFamilyPolicy: 'SingleStack', ipFamilies: ['IPv4'], ports: [{ port: 80 }] },
    })
    await told(SECOND)
    expect(answers.filter((answer) => answer.includes(FIRST))).toEqual([])
    const [slice] = await ourSlices(cluster(), 'selects', 'db')
    expect(slice).toMatchObject({
      addressType: 'IPv4',
      endpoints: [
        {
          addresses: [SECOND],
          conditions: { ready: true, serving: true, terminating: false },
          nodeName: 'node-1',
          targetRef: { kind: 'Pod', namespace: 'selects', name: 'db-0' },
        },
      ],
      metadata: {
        labels: { 'service.kubernetes.io/headless': '' },
        ownerReferences: [{ kind: 'Service', name: 'db', controller: true, blockOwnerDeletion: false }],
      },
    })
    await patch('selects', { metadata: { annotations: { [ANNOTATIONS.networks]: null } } })
    await eventually(async () => (await ourSlices(cluster(), 'selects', 'db')).length === 0, {
      what: 'slices go when nobody asks any more',
    })
    await end()
  })
})
