// Every reason that the guard can give is given once on a real API server, and read where people read it: in the audit
// log and in the metrics. A reason that is new in the catalogue and produced by nothing makes these tests fail.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, GUARD_REASONS, LABELS, NAD, type Reason } from '../../src/core/names.ts'
import { silence } from '../faults/behaviours.ts'
import { nadDefinition } from '../support/crds.ts'
import { useGuarded } from '../support/guarded.ts'
import { nadPath } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const cluster = useGuarded()

const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAD.crd}`
const GATED = { nodeName: null, schedulingGates: ['example.com/wait'] }

/** A NAD `net` in a Namespace of its own. */
async function network(
  namespace: string,
  nad: object = {},
  labels: Record<string, string> = {},
): Promise<string> {
  await cluster().space(namespace, { labels })
  await cluster().make.nad(namespace, 'net', nad)
  return nadPath(namespace, 'net')
}

/** Deletes, and tells what the audit log says under this key about the last time. */
async function saidOf(
  path: string,
  key: 'reason' | 'warned' = 'reason',
  how = {},
): Promise<string | undefined> {
  await cluster().remove(path, how)
  return (await cluster().audited(path)).at(-1)?.[key]
}

/** Each ends with the word from the audit log. */
const PRODUCED: Readonly<Record<string, () => Promise<string | undefined>>> = {
  NetworkInUse: async () => {
    const path = await network('in-use')
    await cluster().make.pod('in-use', 'db', { networks: 'net' })
    return saidOf(path)
  },
  NetworkProtected: async () =>
    saidOf(await network('protected', { annotations: { [ANNOTATIONS.protected]: 'storage' } })),
  NetworkUseUnconfirmed: async () => {
    const path = await network('unconfirmed')
    const rule = cluster().proxy.rule('LIST pods', silence())
    const removal = await cluster().remove(path, { query: 'timeout=3s' })
    rule.remove()
    expect(removal).toMatchObject({ status: 503, reason: 'ServiceUnavailable', retryAfterSeconds: 1 })
    expect(removal.message).toBe(
      'could not confirm in time that nothing uses NetworkAttachmentDefinition unconfirmed/net; nothing was changed, try again in a moment',
    )
    return (await cluster().audited(path)).at(-1)?.['reason']
  },
  NetworkFree: async () => saidOf(await network('free')),
  DeletionOverridden: async () =>
    saidOf(await network('overridden', { annotations: { [ANNOTATIONS.allowDeletion]: 'moving' } })),
  NetworkRequested: async () => {
    const path = await network('requested')
    await cluster().space('requests')
    await cluster().make.pod('requests', 'db', { networks: 'requested/net', ...GATED })
    return saidOf(path, 'warned')
  },
  NetworkReferenced: async () => {
    const path = await network('referenced')
    await cluster().make.create('/api/v1/namespaces/referenced/services', {
      metadata: { name: 'web', annotations: { [ANNOTATIONS.networks]: 'net' } },
      spec: { clusterIP: 'None', selector: { app: 'a' }, ports: [{ port: 80 }] },
    })
    const warned = () => saidOf(path, 'warned', { dryRun: true })
    return eventually(warned, { what: 'Sidenet has heard of the Service' })
  },
  AnnotationUnreadable: async () => {
    const path = await network('unreadable')
    await cluster().make.pod('unreadable', 'db', { networks: '[null]' })
    return saidOf(path, 'warned')
  },
  // The rest only where another configuration sends more than Sidenet's own.
  AlreadyTerminating: async () => {
    const path = await network('terminating', { finalizers: ['example.com/hold'] }, { more: 'yes' })
    await cluster().remove(path)
    return saidOf(path)
  },
  GuardOff: async () => saidOf(await network('off', {}, { more: 'yes', [LABELS.guard]: 'off' })),
  NotGuarded: async () => {
    await cluster().space('unguarded', { labels: { more: 'yes' } })
    const path = '/api/v1/namespaces/unguarded/configmaps'
    await cluster().make.create(path, { metadata: { name: 'any' } })
    return saidOf(`${path}/any`)
  },
  // Such a definition is nobody's: its networks are of no namespace, and so the old object does not say which it is.
  ReviewIncomplete: async () => {
    const { controlPlane, remove, make, standing } = cluster()
    const allow = { metadata: { annotations: { [ANNOTATIONS.allowDeletion]: 'to make it anew' } } }
    await controlPlane.request('PATCH', CRD, allow)
    const { body } = await controlPlane.request('GET', nadPath('terminating', 'net'))
    if (body.metadata?.finalizers)
      await controlPlane.request('PATCH', nadPath('terminating', 'net'), { metadata: { finalizers: null } })
    expect(await remove(CRD)).toMatchObject({ status: 200 })
    await eventually(async () => (await standing(CRD)) === undefined, { what: 'the definition is gone' })
    const definition = await nadDefinition()
    await make.create(CRD.slice(0, CRD.lastIndexOf('/')), {
      ...definition,
      spec: { ...definition.spec, scope: 'Cluster' },
    })
    const networks = `/apis/${NAD.group}/${NAD.version}/${NAD.plural}`
    const net = { apiVersion: `${NAD.group}/${NAD.version}`, kind: NAD.kind, metadata: { name: 'net' } }
    const isMade = async () => (await controlPlane.request('POST', networks, net)).status === 201
    await eventually(isMade, { what: 'a network of no namespace can be made' })
    return saidOf(`${networks}/net`)
  },
}

beforeAll(async () => {
  const { controlPlane, make } = cluster()
  const { body } = await controlPlane.request<{
    readonly webhooks: readonly { readonly clientConfig: object }[]
  }>('GET', `${CONFIGURATIONS}/sidenet`)
  await make.create(CONFIGURATIONS, {
    metadata: { name: 'sends-more' },
    webhooks: [
      {
        name: 'sends-more.sidenet.io',
        admissionReviewVersions: ['v1'],
        sideEffects: 'None',
        clientConfig: body.webhooks[0]?.clientConfig,
        namespaceSelector: { matchLabels: { more: 'yes' } },
        rules: [
          {
            operations: ['DELETE'],
            apiGroups: [NAD.group, ''],
            apiVersions: ['*'],
            resources: [NAD.plural, 'configmaps'],
          },
        ],
      },
    ],
  })
  await make.namespace('more-probe', { labels: { more: 'yes' } })
  const probe = '/api/v1/namespaces/more-probe/configmaps'
  await make.create(probe, { metadata: { name: 'probe' } })
  const isAsked = async () => {
    await cluster().remove(`${probe}/probe`, { dryRun: true })
    return (await cluster().audited(`${probe}/probe`)).length > 0
  }
  await eventually(isAsked, { what: 'the other configuration is followed' })
})

describe('the guard’s part of the catalogue', () => {
  it('holds what is produced here, and nothing else', () => {
    expect(Object.keys(PRODUCED).sort()).toEqual(Object.keys(GUARD_REASONS).sort())
  })

  it.each(Object.keys(PRODUCED))('%s is produced by the real thing', async (reason) => {
    expect(await PRODUCED[reason]?.()).toBe(reason)
  })

  it('is what the metrics count answers by', async () => {
    const metrics = await cluster().sidenet.metrics()
    const counted = new Set(
      [...metrics.matchAll(/^sidenet_admission_requests_total\{.*operation="DELETE".*reason="(\w+)"/gm)].map(
        ([, word]) => word,
      ),
    )
    const warnedAbout: readonly Reason[] = ['NetworkRequested', 'NetworkReferenced', 'AnnotationUnreadable']
    const answers = Object.keys(PRODUCED).filter(
      (reason) => !(warnedAbout as readonly string[]).includes(reason),
    )
    expect([...counted].sort()).toEqual(answers.sort())
  })
})
