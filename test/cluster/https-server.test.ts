// Our server and certificates as a real API server meets them: what it believes, how long it waits, what it passes on.

import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { issueCa, issueLeaf, issueSet } from '../../src/certificates/issue.ts'
import type { CertificateSet } from '../../src/certificates/certificate-set.ts'
import { allow, deny } from '../../src/core/admission/decision.ts'
import { NAD } from '../../src/core/names.ts'
import type { Decides } from '../../src/server/admission-handler.ts'
import type { ApiObject } from '../control-plane/start.ts'
import { start, testSet, type Started } from '../server/start.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes, nadPath } from '../support/objects.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ controllers: false })
const CONFIGURATION = '/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations/guard'

const no: Decides = () => Promise.resolve(deny('NetworkInUse', 'blue/a is used by 7 Pods'))
let decides: Decides
let webhook: Started
let set: CertificateSet

/** What the API server is told of us: where we are, whom to believe, and how long to wait. */
const entry = (caBundle: string, timeoutSeconds = 10): object => ({
  name: 'nad-deletion.example.org',
  admissionReviewVersions: ['v1'],
  clientConfig: {
    url: `https://127.0.0.1:${webhook.port}/validate`,
    caBundle: Buffer.from(caBundle).toString('base64'),
  },
  failurePolicy: 'Fail',
  sideEffects: 'None',
  timeoutSeconds,
  rules: [{ operations: ['DELETE'], apiGroups: [NAD.group], apiVersions: ['*'], resources: [NAD.plural] }],
})
const configure = (...how: Parameters<typeof entry>): Promise<number> =>
  cluster()
    .request('PATCH', CONFIGURATION, { webhooks: [entry(...how)] })
    .then(({ status }) => status)
const tryDeletion = () => cluster().request('DELETE', `${nadPath('blue', 'a')}?dryRun=All`)

beforeAll(async () => {
  await installNadCrd(cluster())
  const make = makes(cluster())
  await make.namespace('blue')
  await make.nad('blue', 'a')
  webhook = await start((...asked) => decides(...asked))
  await cluster().request('POST', CONFIGURATION.replace('/guard', ''), { metadata: { name: 'guard' } })
}, HOOK_TIMEOUT)
afterAll(() => webhook?.stop())

beforeEach(async () => {
  decides = no
  set = await testSet()
  webhook.server.setCertificate(set.leaf)
  expect(await configure(set.ca.cert)).toBe(200)
  await eventually(async () => (await tryDeletion()).body.message?.includes('7 Pods'), {
    what: 'the API server asks us',
  })
})

describe('a real API server', () => {
  it('believes our certificate by address, and passes on the refusal, its causes and its warnings', async () => {
    const causes = [{ reason: 'NetworkInUse', message: 'Pod blue/db-0', field: '' } as const]
    decides = () =>
      Promise.resolve(
        deny('NetworkInUse', 'blue/a is used by 7 Pods', { causes, warnings: ['first', 'zwei "ü"'] }),
      )
    const { status, body, headers } = await tryDeletion()
    expect([status, body.reason, body.message, body.details?.causes, headers['warning']]).toEqual([
      403,
      'Forbidden',
      'admission webhook "nad-deletion.example.org" denied the request: blue/a is used by 7 Pods',
      [{ reason: 'NetworkInUse', message: 'Pod blue/db-0' }],
      expect.stringMatching(/^299 - "first", 299 - "zwei \\"(ü|Ã¼)\\""$/),
    ])
  })

  it('passes on that trying again helps, and kubectl then does', async () => {
    let calls = 0
    decides = () =>
      Promise.resolve(
        ++calls < 3 ? deny('NetworkUseUnconfirmed', 'try again', { again: true }) : allow('NetworkFree'),
      )
    const { status, body } = await tryDeletion()
    expect([status, body.reason, body.details?.retryAfterSeconds]).toEqual([503, 'ServiceUnavailable', 1])
    const kubectl = await cluster().kubectl(['delete', 'nad', 'a', '-n', 'blue', '--dry-run=server'])
    expect([kubectl.status, kubectl.stderr, calls]).toEqual([0, '', 3])
  })

  it('hears from us before it gives up, however long a decision takes', async () => {
    await configure(set.ca.cert, 1)
    const deadlines: number[] = []
    const late: Decides = (_request, { deadline }) => {
      deadlines.push(deadline - Date.now())
      return new Promise(() => undefined)
    }
    decides = late
    const answer = await eventually(
      async () => {
        const tried = await tryDeletion()
        return deadlines.some((left) => left < 1_000) ? tried : undefined
      },
      { what: 'the API server waits for one second only' },
    )
    expect([answer.status, answer.body.message]).toEqual([
      503,
      expect.stringMatching(/denied the request: .*could not decide in the time/),
    ])
  })

  it('hears of a failure of ours as a refusal with a sentence', async () => {
    decides = () => Promise.reject(new Error('boom'))
    const { status, body } = await tryDeletion()
    expect([status, body.message]).toEqual([
      500,
      expect.stringMatching(/denied the request: Sidenet failed while deciding/),
    ])
  })

  it('loses no call while leaves are swapped', async () => {
    const refusals: ApiObject[] = []
    let swapping = true
    const callers = Array.from({ length: 4 }, async () => {
      while (swapping) refusals.push((await tryDeletion()).body)
    })
    for (let swap = 1; swap <= 20; swap++) {
      webhook.server.setCertificate(
        await issueLeaf(set.ca, ['127.0.0.1'], { now: Date.now(), caEnds: Date.now() + 1e9 }),
      )
      await eventually(() => refusals.length >= swap * 10, { what: 'calls go on', interval: 5 })
    }
    swapping = false
    await Promise.all(callers)
    expect(new Set(refusals.map(({ message }) => message))).toEqual(
      new Set(['admission webhook "nad-deletion.example.org" denied the request: blue/a is used by 7 Pods']),
    )
  })

  it('believes two CAs in one bundle, which is how one follows the other', async () => {
    const next = await issueSet(['127.0.0.1'], Date.now())
    const bundle = `${(await issueCa(Date.now())).cert}${set.ca.cert}${next.ca.cert}`
    expect(await configure(bundle)).toBe(200)
    for (const { leaf } of [next, set]) {
      webhook.server.setCertificate(leaf)
      await eventually(async () => (await tryDeletion()).body.message?.includes('7 Pods'), {
        what: 'the leaf is believed',
      })
    }
  })

  it('does not believe a certificate that somebody else’s CA signed', async () => {
    webhook.server.setCertificate((await issueSet(['127.0.0.1'], Date.now())).leaf)
    await configure((await issueCa(Date.now())).cert)
    const { status, body } = await eventually(
      async () => {
        const answer = await tryDeletion()
        return answer.body.message?.includes('7 Pods') ? undefined : answer
      },
      { what: 'the API server connects anew' },
    )
    expect([status, body.message]).toEqual([
      500,
      expect.stringMatching(/x509: certificate signed by unknown authority/),
    ])
  })
})
