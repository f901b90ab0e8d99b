// The two policies that hold inside the API server, met by a user with the ordinary `edit` rights, by a kubelet's and
// Multus' way of writing, and by Pods that were there before.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, NO_POD_KEY } from '../../src/core/names.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { makes, podPath, type Makes } from '../support/objects.ts'
import '../support/time-limit.ts'
import { eventually } from '../support/wait.ts'

/** May edit namespace blue, as the owner of an application may. */
const EDITOR = 'editor'
/** May update `pods/status`, as Multus may, and `pods`, as its older versions. */
const MULTUS = 'multus'

const cluster = useControlPlane({
  users: [{ name: EDITOR }, { name: MULTUS }],
  // The rules of `edit` are put together by a controller.
  controllers: [
    'clusterrole-aggregation-controller',
    'serviceaccount-controller',
    'replicaset-controller',
    'validatingadmissionpolicy-status-controller',
  ],
})
let make: Makes

const RBAC = '/apis/rbac.authorization.k8s.io/v1'
const bind = (collection: string, kind: string, role: string, user: string) =>
  make.create(collection, {
    metadata: { name: user },
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: role },
    subjects: [{ apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: user }],
    kind,
  })

const KEY = { [NO_POD_KEY]: 'true' }
const STATUS = '[{"name":"blue/core","ips":["192.0.2.1"]}]'
const statusKeys = [ANNOTATIONS.networkStatus, ANNOTATIONS.networkStatusOld]

const patch = (name: string, body: object, user: string, part = '') =>
  cluster().request('PATCH', `${podPath('blue', name)}${part}`, body, { user })
const labelled = (labels: Readonly<Record<string, string | null>>) => ({ metadata: { labels } })
const annotated = (annotations: Readonly<Record<string, string | null>>) => ({ metadata: { annotations } })

beforeAll(async () => {
  make = makes(cluster())
  await make.namespace('blue')
  await make.pod('blue', 'old', { labels: { app: 'a', ...KEY } })
  await make.pod('blue', 'plain', { labels: { app: 'a' } })
  await make.pod('blue', 'attached', { status: ['blue/core'] })
  await bind(`${RBAC}/namespaces/blue/rolebindings`, 'RoleBinding', 'edit', EDITOR)
  await make.create(`${RBAC}/clusterroles`, {
    metadata: { name: MULTUS },
    rules: [{ apiGroups: [''], resources: ['pods', 'pods/status'], verbs: ['get', 'patch', 'update'] }],
  })
  await bind(`${RBAC}/clusterrolebindings`, 'ClusterRoleBinding', MULTUS, MULTUS)
  const applied = await cluster().kubectl([
    'apply',
    '-k',
    new URL('../../manifests/policies', import.meta.url).pathname,
  ])
  expect([applied.status, applied.stderr]).toEqual([0, ''])
  // A policy is not in force at the very moment it is written; both are tried until they refuse.
  const refuses = async (answer: Promise<{ readonly status: number }>): Promise<boolean> =>
    (await answer).status === 403
  await eventually(() => refuses(patch('plain', labelled({ ...KEY }), EDITOR, '?dryRun=All')), {
    what: 'the no-pod key is refused',
  })
  await eventually(
    () => refuses(patch('plain', annotated({ [ANNOTATIONS.networkStatus]: STATUS }), EDITOR, '?dryRun=All')),
    { what: 'a network-status is refused' },
  )
}, HOOK_TIMEOUT)

describe('the no-pod key', () => {
  const pod = { metadata: { name: 'forged', labels: KEY }, spec: { containers: [{ name: 'a', image: 'a' }] } }

  it('is refused on a new Pod, in a sentence that says what to do', async () => {
    const { status, body } = await cluster().request('POST', podPath('blue'), pod, { user: EDITOR })
    expect([status, body.reason, body.message]).toEqual([
      403,
      'Forbidden',
      expect.stringContaining(
        'no Pod may carry the label sidenet.io/no-pod: Services that are reached on a secondary network rely on it; remove the label',
      ),
    ])
  })

  it.each(['', '/status'])(
    'is refused on a Pod that is there, through pods%s, whoever writes',
    async (part) => {
      expect((await patch('plain', labelled(KEY), 'admin', part)).status).toBe(403)
      expect((await patch('plain', labelled({ [NO_POD_KEY]: '' }), 'admin', part)).status).toBe(403)
    },
  )

  it('is refused on the Pods of a template, and the ReplicaSet is told', async () => {
    const template = {
      metadata: { labels: { app: 'b', ...KEY } },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    }
    await make.create('/apis/apps/v1/namespaces/blue/replicasets', {
      metadata: { name: 'forged' },
      spec: { replicas: 1, selector: { matchLabels: { app: 'b' } }, template },
    })
    const events = '/api/v1/namespaces/blue/events?fieldSelector=involvedObject.name%3Dforged'
    const told = await eventually(
      async () => {
        const text = JSON.stringify((await cluster().request('GET', events)).body)
        return text.includes('FailedCreate') ? text : undefined
      },
      { what: 'the ReplicaSet is told' },
    )
    expect(told).toContain('no Pod may carry the label')
  })

  it('does not stop a Pod that had it before: its kubelet writes, and it may be removed', async () => {
    expect((await patch('old', { status: { phase: 'Running' } }, 'admin', '/status')).status).toBe(200)
    expect((await patch('old', annotated({ a: 'b' }), EDITOR)).status).toBe(200)
    expect((await patch('old', labelled({ [NO_POD_KEY]: null }), EDITOR)).status).toBe(200)
    expect((await patch('old', labelled(KEY), EDITOR)).status).toBe(403)
  })

  it('is nothing that other Pods notice', async () => {
    expect((await patch('plain', labelled({ tier: 'x' }), EDITOR)).status).toBe(200)
    expect((await patch('plain', { status: { phase: 'Running' } }, 'admin', '/status')).status).toBe(200)
    expect(
      (
        await cluster().request(
          'POST',
          podPath('blue'),
          { ...pod, metadata: { name: 'fine' } },
          { user: EDITOR },
        )
      ).status,
    ).toBe(201)
  })
})

describe('the network-status', () => {
  it.each(statusKeys)('%s is not written by who may only edit Pods', async (key) => {
    const { status, body } = await patch('plain', annotated({ [key]: STATUS }), EDITOR)
    expect([status, body.reason, body.message]).toEqual([
      403,
      'Forbidden',
      expect.stringContaining('only who may update pods/status may change'),
    ])
  })

  it('is not changed or removed by who may only edit Pods', async () => {
    const key = ANNOTATIONS.networkStatus
    expect((await patch('attached', annotated({ [key]: STATUS }), EDITOR)).status).toBe(403)
    expect((await patch('attached', annotated({ [key]: null }), EDITOR)).status).toBe(403)
  })

  it('is out of reach for an editor by the way of pods/status as well', async () => {
    expect(
      (await patch('plain', annotated({ [ANNOTATIONS.networkStatus]: STATUS }), EDITOR, '/status')).status,
    ).toBe(403)
  })

  it('does not stop an editor from changing anything else of an attached Pod', async () => {
    expect((await patch('attached', annotated({ a: 'b' }), EDITOR)).status).toBe(200)
    expect((await patch('attached', labelled({ app: 'a' }), EDITOR)).status).toBe(200)
    const { body } = await cluster().request('GET', podPath('blue', 'attached'))
    expect((await cluster().request('PUT', podPath('blue', 'attached'), body, { user: EDITOR })).status).toBe(
      200,
    )
  })

  it.each(['', '/status'])('is written by who may update pods/status, through pods%s', async (part) => {
    for (const key of statusKeys) {
      expect((await patch('plain', annotated({ [key]: STATUS }), MULTUS, part)).status).toBe(200)
      expect((await patch('plain', annotated({ [key]: null }), MULTUS, part)).status).toBe(200)
    }
  })

  it('may be part of a new Pod: a template with a copied one does not stop its ReplicaSet', async () => {
    const pod = {
      metadata: { name: 'copied', annotations: { [ANNOTATIONS.networkStatus]: STATUS } },
      spec: { containers: [{ name: 'a', image: 'a' }] },
    }
    expect((await cluster().request('POST', podPath('blue'), pod, { user: EDITOR })).status).toBe(201)
  })
})

describe('both policies', () => {
  it('compile and type-check without a warning', async () => {
    for (const name of ['sidenet-no-pod-key', 'sidenet-network-status']) {
      const path = `/apis/admissionregistration.k8s.io/v1/validatingadmissionpolicies/${name}`
      const checked = await eventually(
        async () => (await cluster().request<Policy>('GET', path)).body.status?.typeChecking,
        { what: `${name} is type-checked` },
      )
      expect(checked.expressionWarnings ?? []).toEqual([])
    }
  })
})

interface Policy {
  readonly status?: { readonly typeChecking?: { readonly expressionWarnings?: readonly object[] } }
}
