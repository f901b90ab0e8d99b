// A webhook that writes down what the API server asks and answers as it is told: shows which requests reach a webhook
// at all, independent of what Sidenet would decide.

import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { issueSet } from '../../src/certificates/issue.ts'

/** The part of an admission request that tests look at, as it was sent: absent fields stay absent. */
export interface Asked {
  readonly uid: string
  readonly operation: string
  readonly name?: string
  readonly namespace?: string
  readonly resource: { readonly resource: string }
  readonly dryRun?: boolean
  readonly object: object | null
  readonly oldObject: { readonly metadata: { readonly name: string }; readonly spec?: unknown } | null
}

export interface RecordingWebhook {
  readonly url: string
  /** Base64, as a `caBundle` has it. */
  readonly caBundle: string
  /** Every request since the last `forget`, in order. */
  readonly asked: () => readonly Asked[]
  readonly forget: () => void
  /** Who is allowed; at first everybody. */
  readonly allowIf: (allowed: (request: Asked) => boolean) => void
  readonly close: () => Promise<void>
}

export async function recordingWebhook(): Promise<RecordingWebhook> {
  const { ca, leaf } = await issueSet(['127.0.0.1'], Date.now())
  let asked: Asked[] = []
  let allowed: (request: Asked) => boolean = () => true
  const server = createServer({ cert: leaf.cert, key: leaf.key }, (request, response) => {
    void text(request).then((body) => {
      const review = JSON.parse(body) as { readonly request: Asked }
      asked.push(review.request)
      response.setHeader('Content-Type', 'application/json')
      response.end(JSON.stringify(answerTo(review.request, allowed(review.request))))
    })
  })
  // The API server keeps connections; one that we close at the wrong moment is a failed call.
  server.keepAliveTimeout = 0
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `https://127.0.0.1:${(server.address() as AddressInfo).port}`,
    caBundle: Buffer.from(ca.cert).toString('base64'),
    asked: () => asked,
    forget: () => (asked = []),
    allowIf: (rule) => (allowed = rule),
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

const answerTo = ({ uid }: Asked, allowed: boolean): object => ({
  apiVersion: 'admission.k8s.io/v1',
  kind: 'AdmissionReview',
  response: {
    uid,
    allowed,
    ...(allowed ? {} : { status: { code: 403, reason: 'Forbidden', message: 'refused by the test' } }),
  },
})
