// The conditions on NetServices and Services, put to the API server's own evaluation on objects that lack whatever can
// be lacking, in every operation: they never fail, and they ask exactly where they should.

import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parse } from 'yaml'
import { NO_POD_KEY, SERVICE_WEBHOOKS } from '../../src/core/names.ts'
import { SERVICE_ANNOTATIONS } from '../../src/core/services/dialects.ts'
import { recordingWebhook, type RecordingWebhook } from '../support/recording-webhook.ts'
import '../support/time-limit.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ controllers: false })
let webhook: RecordingWebhook

/** One kind without a schema for each entry: whatever is in an object, the conditions see. */
const KINDS = {
  [SERVICE_WEBHOOKS.netService]: 'nets',
  [SERVICE_WEBHOOKS.annotatedService]: 'services',
} as const
const things = (plural: string, name = ''): string =>
  `/apis/example.com/v1/namespaces/default/${plural}${name && `/${name}`}`
const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const CONFIGURATIONS = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations'

interface Entry {
  readonly name: string
  readonly matchConditions: readonly object[]
}

beforeAll(async () => {
  webhook = await recordingWebhook()
  const file = new URL('../../webhook-config/validating.yaml', import.meta.url)
  const { webhooks } = parse(await readFile(file, 'utf8')) as { webhooks: readonly Entry[] }
  const entries = Object.entries(KINDS).map(([name, plural]) => ({
    name,
    admissionReviewVersions: ['v1'],
    clientConfig: { url: webhook.url, caBundle: webhook.caBundle },
    sideEffects: 'None',
    failurePolicy: 'Fail',
    rules: [{ operations: ['*'], apiGroups: ['example.com'], apiVersions: ['v1'], resources: [plural] }],
    matchConditions: webhooks.find((entry) => entry.name === name)?.matchConditions,
  }))
  for (const plural of Object.values(KINDS))
    expect((await cluster().request('POST', CRDS, crd(plural))).status).toBe(201)
  const created = await cluster().request('POST', CONFIGURATIONS, {
    metadata: { name: 'conditions' },
    webhooks: entries,
  })
  expect([created.status, created.body.message]).toEqual([201, undefined])
  for (const plural of Object.values(KINDS))
    await eventually(
      async () => {
        await write(
          'POST',
          plural,
          '',
          { metadata: { name: 'probe', annotations: { 'sidenet.io/selector': 'a' } }, spec: {} },
          '?dryRun=All',
        )
        return webhook.asked().some(({ resource }) => resource.resource === plural)
      },
      { what: `the API server asks about ${plural}` },
    )
}, HOOK_TIMEOUT)
afterAll(() => webhook?.close())

const crd = (plural: string): object => ({
  metadata: { name: `${plural}.example.com` },
  spec: {
    group: 'example.com',
    scope: 'Namespaced',
    names: { plural, singular: plural.slice(0, -1), kind: plural },
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

const write = (method: string, plural: string, name: string, object: object, query = '') =>
  cluster().request(method, `${things(plural, name)}${query}`, {
    apiVersion: 'example.com/v1',
    kind: plural,
    ...object,
  })

/** Writes the object over what there was (or anew), then deletes it; tells in which operations the webhook was asked. */
async function operationsAsked(
  plural: string,
  before: object | undefined,
  after: object,
  index: number,
): Promise<string[]> {
  const name = `${plural}-${index}`
  const named = (object: object): object => ({
    ...object,
    metadata: { ...('metadata' in object ? (object.metadata as object) : {}), name },
  })
  if (before) await write('POST', plural, '', named(before))
  webhook.forget()
  const stored = before
    ? (await cluster().request('GET', things(plural, name))).body.metadata?.resourceVersion
    : undefined
  const written = named(after) as { metadata: object }
  const { status, body } = before
    ? await write('PUT', plural, name, {
        ...written,
        metadata: { ...written.metadata, resourceVersion: stored },
      })
    : await write('POST', plural, '', written)
  expect([status, body.message]).toEqual([before ? 200 : 201, undefined])
  const asked = webhook.asked().map(({ operation }) => operation)
  await cluster().request('DELETE', things(plural, name))
  return asked
}

const selector = (...keys: string[]): object => ({
  spec: { selector: Object.fromEntries(keys.map((key) => [key, 'true'])) },
})
const annotations = (...keys: string[]): object => ({
  metadata: { annotations: Object.fromEntries(keys.map((key) => [key, 'x'])) },
})

const UNRELATED: readonly (readonly [what: string, object: object])[] = [
  ['nothing at all', {}],
  ['an empty spec', { spec: {} }],
  ['no selector', { spec: { ports: [] } }],
  ['a spec that is null', { spec: null }],
  ['an empty selector', { spec: { selector: {} } }],
  ['another selector', selector('app')],
  ['another annotation', annotations('example.com/a')],
  ['labels', { metadata: { labels: { [NO_POD_KEY]: 'true' } } }],
]
const RELATED: readonly (readonly [what: string, object: object])[] = [
  ...SERVICE_ANNOTATIONS.map((key) => [key, annotations(key)] as const),
  ['the no-pod key', selector(NO_POD_KEY)],
  ['the no-pod key among others', selector('app', NO_POD_KEY)],
]

describe('the condition on Services', () => {
  const plural = KINDS[SERVICE_WEBHOOKS.annotatedService]
  let count = 0
  const asked = (before: object | undefined, after: object) =>
    operationsAsked(plural, before, after, (count += 1))

  it.each(UNRELATED)('never asks about one with %s', async (_, object) => {
    expect(await asked(undefined, object)).toEqual([])
    for (const [, other] of UNRELATED) expect(await asked(object, other)).toEqual([])
  })

  it.each(RELATED)(
    'asks about one with %s: when it comes, when it goes, and when it stays',
    async (_, object) => {
      expect(await asked(undefined, object)).toEqual(['CREATE'])
      expect(await asked(object, { metadata: { labels: { a: 'b' } } })).toEqual(['UPDATE'])
      expect(await asked({}, object)).toEqual(['UPDATE'])
      // An unchanged one is how the reconcile loop makes the webhook look.
      expect(await asked(object, object)).toEqual(['UPDATE'])
      const changed = { ...object, more: 'x' }
      expect(await asked(object, changed)).toEqual(['UPDATE'])
    },
  )

  it('asks in a DELETE too, where there is no new object, since the entry alone leaves that operation out', async () => {
    await write('POST', plural, '', {
      metadata: { name: 'deleted', annotations: { 'sidenet.io/strategy': 'x' } },
    })
    webhook.forget()
    expect((await cluster().request('DELETE', things(plural, 'deleted'))).status).toBe(200)
    expect(webhook.asked().map(({ operation, object }) => [operation, object])).toEqual([['DELETE', null]])
  })
})

describe('the condition on NetServices', () => {
  const plural = KINDS[SERVICE_WEBHOOKS.netService]
  let count = 0
  const asked = (before: object | undefined, after: object) =>
    operationsAsked(plural, before, after, (count += 1))

  it.each([
    ['with a spec', { spec: { a: 'b' } }],
    ['with an empty spec', { spec: {} }],
    ['without a spec', {}],
  ])('asks about a new one %s', async (_, object) => {
    expect(await asked(undefined, object)).toEqual(['CREATE'])
  })

  it.each([
    [
      'the same',
      { spec: { a: { b: [1] } } },
      { spec: { a: { b: [1] } }, metadata: { labels: { a: 'b' } } },
      [],
    ],
    ['another', { spec: { a: { b: [1] } } }, { spec: { a: { b: [2] } } }, ['UPDATE']],
    ['gone', { spec: { a: 'b' } }, {}, ['UPDATE']],
    ['new', {}, { spec: { a: 'b' } }, ['UPDATE']],
    ['absent as before', {}, { status: { a: 'b' } }, []],
  ])('asks about a changed one by its spec: %s', async (_, before, after, operations) => {
    expect(await asked(before, after)).toEqual(operations)
  })
})

describe('both', () => {
  it.each(Object.values(KINDS))('let %s go that are being deleted', async (plural) => {
    await write('POST', plural, '', {
      metadata: {
        name: 'held',
        finalizers: ['example.com/held'],
        annotations: { 'sidenet.io/selector': 'a' },
      },
      spec: { a: 'b' },
    })
    const deleted = await cluster().request('DELETE', things(plural, 'held'))
    expect([deleted.status, deleted.body.message]).toEqual([200, undefined])
    webhook.forget()
    const patch = { spec: { a: 'c' }, metadata: { finalizers: null } }
    expect((await cluster().request('PATCH', things(plural, 'held'), patch)).status).toBe(200)
    expect(webhook.asked()).toEqual([])
    expect((await cluster().request('GET', things(plural, 'held'))).status).toBe(404)
  })

  it('never failed in all of this', async () => {
    const { body } = await cluster().request<string>('GET', '/metrics', undefined, { accept: 'text/plain' })
    expect(body).toMatch(/^apiserver_admission_match_condition_evaluation_seconds_count/m)
    expect(body.match(/^apiserver_admission_match_condition_evaluation_errors_total.*$/gm)).toBeNull()
  })
})
