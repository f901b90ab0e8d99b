// The Secret that replicas share and the trust in their CA, on a real API server, as a user with the printed rights.

import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { loadsFromStore } from '../../src/certificates/agree.ts'
import { LIFETIMES } from '../../src/certificates/certificate-set.ts'
import { issueSet } from '../../src/certificates/issue.ts'
import type { AsksApi } from '../../src/cluster/asks-api.ts'
import { publishesTrust, type Published } from '../../src/cluster/ca-bundle.ts'
import { certificateSecret } from '../../src/cluster/certificate-secret.ts'
import { apiClient, type ApiClient } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { INSTALLED } from '../../src/core/names.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'

/** Has the printed rights and nothing else. */
const SERVER = 'who-serves'
const NAMES = ['localhost', '127.0.0.1']
const { namespace, tlsSecret: name, name: fieldManager, webhookConfiguration } = INSTALLED

const cluster = useControlPlane({
  users: [{ name: SERVER }],
  apiServerFlags: ['--enable-admission-plugins=OwnerReferencesPermissionEnforcement'],
  controllers: false,
})
let api: ApiClient

beforeAll(async () => {
  const sidenet = join(import.meta.dirname, '../../bin/sidenet')
  const args = ['manifests', '--webhook-url', 'https://127.0.0.1:9443', '--subject', `User:${SERVER}`]
  const { stdout: input } = await promisify(execFile)(sidenet, args)
  const { status, stderr } = await cluster().kubectl(['apply', '-f', '-'], { input })
  if (status !== 0) throw new Error(stderr)
  api = apiClient(loadCredentials(cluster().kubeconfigFor(SERVER)), { version: 'test', clock: systemClock })
}, HOOK_TIMEOUT)
afterAll(() => api?.close())

const SECRETS = `/api/v1/namespaces/${namespace}/secrets`
const secretPath = `${SECRETS}/${name}`
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'
const configuration = `${CONFIGURATIONS}/${webhookConfiguration}`

describe('the Secret', () => {
  const reference = { namespace, name, fieldManager }
  const store = () => certificateSecret(api, reference)
  beforeEach(() => cluster().request('DELETE', secretPath))

  it('is created once, read back as written, and replaced only by who knows its version', async () => {
    const [first, second] = [await issueSet(NAMES, Date.now()), await issueSet(NAMES, Date.now())]
    expect(await store().read()).toBeUndefined()
    expect([await store().create(first), await store().create(second)]).toEqual([true, false])
    const read = await store().read()
    expect(read?.set).toEqual(first)
    const version = read?.version ?? ''
    expect([await store().replace(second, version), await store().replace(first, version)]).toEqual([
      true,
      false,
    ])
    expect((await store().read())?.set).toEqual(second)
    await cluster().request('DELETE', secretPath)
    expect(await store().replace(first, version)).toBe(false)
  })

  it('is one that other tools know, and keeps what others put into it', async () => {
    await store().create(await issueSet(NAMES, Date.now()))
    const more = { metadata: { labels: { by: 'somebody' } }, data: { note: 'aGk=' } }
    await cluster().request('PATCH', secretPath, more)
    const read = await store().read()
    await store().replace(await issueSet(NAMES, Date.now()), read?.version ?? '')
    const { body } = await cluster().request<{ type: string; data: object; metadata: { labels: object } }>(
      'GET',
      secretPath,
    )
    expect([body.type, body.metadata.labels, Object.keys(body.data).sort()]).toEqual([
      'kubernetes.io/tls',
      { by: 'somebody' },
      ['ca.crt', 'ca.key', 'note', 'tls.crt', 'tls.key'],
    ])
  })

  const broken: [string, object][] = [
    ['empty', { metadata: { name } }],
    [
      'half-written',
      { metadata: { name }, stringData: { 'tls.crt': '-----BEGIN CERTIFICATE-----\n', 'ca.crt': 'x' } },
    ],
    ['no text at all', { metadata: { name }, data: { 'ca.crt': '//79', 'ca.key': 'AAAA' } }],
  ]
  it.each(broken)('that is %s is healed', async (_how, secret) => {
    await cluster().request('POST', SECRETS, secret)
    const loaded = await loadsFromStore(store(), { names: NAMES, lifetimes: LIFETIMES })(Date.now())
    expect(loaded.news).toEqual([
      'the stored CA cannot be used: certificate: is no certificate in PEM; made a new CA and leaf',
    ])
    expect((await store().read())?.set.leaf).toEqual(loaded.pair)
  })

  it('is the same for replicas that start in the same instant', async () => {
    const replicas = Array.from({ length: 4 }, () =>
      loadsFromStore(store(), { names: NAMES, lifetimes: LIFETIMES }),
    )
    const loaded = await Promise.all(replicas.map((load) => load(Date.now())))
    expect(new Set(loaded.map(({ pair }) => pair.cert)).size).toBe(1)
    expect(loaded.flatMap(({ news }) => news)).toEqual([
      'there is no certificate yet; made a new CA and leaf',
    ])
  })

  it('that may not be touched is told with the API server’s own words', async () => {
    const forbidden = certificateSecret(api, { ...reference, name: 'another' })
    const set = await issueSet(NAMES, Date.now())
    await expect(forbidden.read()).rejects.toThrow(
      `cannot read Secret ${namespace}/another: the API server answers 403, secrets "another" is forbidden`,
    )
    await expect(forbidden.replace(set, '1')).rejects.toThrow(/cannot update Secret .* 403/)
    await expect(certificateSecret(api, { ...reference, namespace: 'default' }).create(set)).rejects.toThrow(
      /cannot create Secret .* 403/,
    )
  })
})

interface Configuration {
  readonly metadata: {
    readonly resourceVersion: string
    readonly ownerReferences?: readonly object[]
    readonly managedFields?: readonly { readonly manager: string; readonly fieldsV1: object }[]
  }
  readonly webhooks: { readonly name: string; readonly clientConfig: { readonly caBundle?: string } }[]
}

describe('the trust', () => {
  const own = {
    name: webhookConfiguration,
    namespace,
    fieldManager,
    kinds: ['ValidatingWebhookConfiguration'] as const,
  }
  const publish = (caBundle: string | undefined, through: AsksApi = api): Promise<Published[]> =>
    publishesTrust(through, own)(caBundle)
  const read = async (): Promise<Configuration> =>
    (await cluster().request<Configuration>('GET', configuration)).body
  const outcome = (kind: Published['outcome']): Published[] => [
    { kind: 'ValidatingWebhookConfiguration', outcome: kind },
  ]
  const bundles = ({ webhooks }: Configuration): string[] =>
    webhooks.map(({ clientConfig }) => Buffer.from(clientConfig.caBundle ?? '', 'base64').toString())
  let printed: Configuration
  let ca: string
  let nextCa: string

  beforeAll(async () => {
    printed = await read()
    ca = (await issueSet(NAMES, Date.now())).ca.cert
    nextCa = (await issueSet(NAMES, Date.now())).ca.cert
  })
  beforeEach(async () => {
    await cluster().request('DELETE', configuration)
    const { resourceVersion: _version, managedFields: _fields, ...metadata } = printed.metadata
    await cluster().request('POST', CONFIGURATIONS, { ...printed, metadata })
  })

  /** Somebody's change just before the first write gets through. */
  const withChangeBefore = (change: () => Promise<unknown>): AsksApi => {
    let changed = false
    return {
      request: async (request) => {
        if (request.method === 'PATCH' && !changed) {
          changed = true
          await change()
        }
        return api.request(request)
      },
    }
  }

  it('is written into every entry, and a second time nothing is written', async () => {
    expect(await publish(ca)).toEqual(outcome('written'))
    const after = await read()
    expect(bundles(after)).toEqual(printed.webhooks.map(() => ca))
    expect(await publish(ca)).toEqual(outcome('unchanged'))
    expect((await read()).metadata.resourceVersion).toBe(after.metadata.resourceVersion)
  })

  it('touches caBundle and ownerReferences and nothing else, booked under one name', async () => {
    await publish(ca)
    const after = await read()
    const others = ({ webhooks }: Configuration): object[] =>
      webhooks.map(({ clientConfig: { caBundle: _, ...clientConfig }, ...webhook }) => ({
        ...webhook,
        clientConfig,
      }))
    expect(others(after)).toEqual(others(printed))
    const booked = after.metadata.managedFields?.filter(({ manager }) => manager === fieldManager) ?? []
    expect(booked).toHaveLength(1)
    expect(booked[0]?.fieldsV1).toEqual({
      'f:metadata': { 'f:ownerReferences': { '.': {}, [`k:{"uid":"${await namespaceUid()}"}`]: {} } },
      'f:webhooks': Object.fromEntries(
        printed.webhooks.map((webhook) => [
          `k:{"name":"${webhook.name}"}`,
          { 'f:clientConfig': { 'f:caBundle': {} } },
        ]),
      ),
    })
  })

  const namespaceUid = async (): Promise<string> =>
    (await cluster().request('GET', `/api/v1/namespaces/${namespace}`)).body.metadata?.uid ?? ''

  it('goes with our Namespace, beside the owners that others wrote', async () => {
    const other = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', uid: 'u' }
    await cluster().request('PATCH', configuration, { metadata: { ownerReferences: [other] } })
    await publish(ca)
    const owner = { apiVersion: 'v1', kind: 'Namespace', name: namespace, uid: await namespaceUid() }
    expect((await read()).metadata.ownerReferences).toEqual([other, owner])
  })

  it('of somebody else’s CA is left alone, the owner is written', async () => {
    await publish(undefined)
    const after = await read()
    expect([bundles(after), after.metadata.ownerReferences?.length]).toEqual([
      printed.webhooks.map(() => ''),
      1,
    ])
    expect(await publish(undefined)).toEqual(outcome('unchanged'))
  })

  it('is repaired where one entry has drifted, and follows a new CA', async () => {
    await publish(ca)
    const drift = [
      { op: 'add', path: '/webhooks/1/clientConfig/caBundle', value: Buffer.from(nextCa).toString('base64') },
    ]
    await cluster().request('PATCH', configuration, drift, { contentType: 'application/json-patch+json' })
    expect(await publish(ca)).toEqual(outcome('written'))
    expect(bundles(await read())).toEqual(printed.webhooks.map(() => ca))
    await publish(nextCa)
    expect(bundles(await read())).toEqual(printed.webhooks.map(() => nextCa))
  })

  it('never lands in another entry where somebody reorders them in between', async () => {
    const reversed = {
      webhooks: [{ ...printed.webhooks[0], name: 'new.example.org' }, ...printed.webhooks.slice().reverse()],
    }
    await publish(ca)
    const reorder = (): Promise<unknown> => cluster().request('PATCH', configuration, reversed)
    const seen: unknown[] = []
    const change = withChangeBefore(reorder)
    const recording: AsksApi = {
      request: async (request) => {
        const answer = await change.request(request)
        if (request.method === 'PATCH') seen.push(answer.status)
        return answer
      },
    }
    expect(await publish(nextCa, recording)).toEqual(outcome('written'))
    expect(seen).toEqual([422, 200])
    expect(bundles(await read())).toEqual(reversed.webhooks.map(() => nextCa))
  })

  it('never overwrites an owner that somebody else wrote in between', async () => {
    const other = { apiVersion: 'v1', kind: 'Namespace', name: 'kube-system', uid: 'u' }
    const racing = withChangeBefore(() =>
      cluster().request('PATCH', configuration, { metadata: { ownerReferences: [other] } }),
    )
    await publish(ca, racing)
    expect((await read()).metadata.ownerReferences).toMatchObject([other, { name: namespace }])
  })

  it('is fine where there is no configuration, and told where it never settles', async () => {
    await cluster().request('DELETE', configuration)
    expect(await publish(ca)).toEqual(outcome('absent'))
    const never: AsksApi = {
      request: (request) =>
        request.method === 'PATCH' ? Promise.resolve({ status: 409, body: {} }) : api.request(request),
    }
    await cluster().request('POST', CONFIGURATIONS, { metadata: { name: webhookConfiguration } })
    await expect(publish(ca, never)).rejects.toThrow(
      'cannot write into ValidatingWebhookConfiguration sidenet: it was changed 4 times while we tried',
    )
  })

  it('never reaches other people’s configurations, which the rights do not even allow', async () => {
    await cluster().request('POST', CONFIGURATIONS, { metadata: { name: 'another' } })
    await publish(ca)
    expect((await cluster().request('GET', `${CONFIGURATIONS}/another`)).body.metadata?.generation).toBe(1)
    await expect(publishesTrust(api, { ...own, name: 'another' })(ca)).rejects.toThrow(
      /cannot read ValidatingWebhookConfiguration another: the API server answers 403/,
    )
  })
})
