// Plain requests to an API server for tests: what is sent is what is written, what comes back is shown whole.
// Never retries, never interprets: a refusal is an answer like any other.

import { Agent, request as httpsRequest, type RequestOptions } from 'node:https'
import type { IncomingHttpHeaders, IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'

/** What most answers hold: an object, a list, or a Status. */
export interface ApiObject extends KubernetesObject {
  readonly items?: readonly KubernetesObject[]
  readonly message?: string
  readonly reason?: string
  readonly code?: number
  readonly details?: {
    readonly name?: string
    readonly kind?: string
    readonly retryAfterSeconds?: number
    readonly causes?: readonly {
      readonly reason?: string
      readonly message?: string
      readonly field?: string
    }[]
  }
}

export interface Answer<Body> {
  readonly status: number
  readonly body: Body
  readonly headers: IncomingHttpHeaders
}

/** One event of a watch, as the wire has it. */
export interface WatchEvent {
  readonly type: string
  readonly object: ApiObject
}

export interface RequestAs {
  /** Name of a user of the control plane; the admin when left out. */
  readonly user?: string
  /** Default `application/json`, and a merge patch for PATCH. */
  readonly contentType?: string
  readonly accept?: string
  readonly headers?: Readonly<Record<string, string>>
}

export interface ApiClient {
  readonly request: <Body = ApiObject>(
    method: string,
    path: string,
    body?: unknown,
    as?: RequestAs,
  ) => Promise<Answer<Body>>
  /** Opens a watch (`watch=1` is added) and gives its events until the server or `signal` ends it. */
  readonly watch: (
    path: string,
    options?: { readonly user?: string; readonly signal?: AbortSignal },
  ) => AsyncGenerator<WatchEvent>
  readonly close: () => void
}

/** `tokenOf` throws when the control plane has no such user. */
export function apiClient(server: string, ca: string, tokenOf: (user?: string) => string): ApiClient {
  const agent = new Agent({ keepAlive: true, ca })
  const send = (options: RequestOptions, path: string, body?: string): Promise<IncomingMessage> =>
    new Promise((resolve, reject) => {
      httpsRequest(new URL(path, server), { ...options, agent }, resolve)
        .once('error', reject)
        .end(body)
    })

  return {
    async request<Body>(method: string, path: string, body?: unknown, as: RequestAs = {}) {
      const content = body === undefined ? undefined : typeof body === 'string' ? body : JSON.stringify(body)
      const headers = {
        authorization: `Bearer ${tokenOf(as.user)}`,
        'user-agent': 'sidenet-test',
        accept: as.accept ?? 'application/json',
        ...(content === undefined ? {} : { 'content-type': as.contentType ?? contentTypeFor(method) }),
        ...(content === undefined ? {} : { 'content-length': String(Buffer.byteLength(content)) }),
        ...as.headers,
      }
      const answer = await send({ method, headers }, path, content)
      const received = await text(answer)
      const isJson = (answer.headers['content-type'] ?? '').includes('json')
      const parsed = (isJson ? JSON.parse(received) : received) as Body
      return { status: answer.statusCode ?? 0, headers: answer.headers, body: parsed }
    },

    async *watch(path, { user, signal } = {}) {
      const url = `${path}${path.includes('?') ? '&' : '?'}watch=1`
      const headers = {
        authorization: `Bearer ${tokenOf(user)}`,
        'user-agent': 'sidenet-test',
        accept: 'application/json',
      }
      const answer = await send({ headers, ...(signal ? { signal } : {}) }, url)
      if (answer.statusCode !== 200)
        throw new Error(`watch of ${path}: status ${answer.statusCode}: ${await text(answer)}`)
      for await (const line of lines(answer)) yield JSON.parse(line) as WatchEvent
    },

    close: () => agent.destroy(),
  }
}

const contentTypeFor = (method: string): string =>
  method === 'PATCH' ? 'application/merge-patch+json' : 'application/json'

async function* lines(stream: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of stream.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts.filter((part) => part !== '')
  }
}
