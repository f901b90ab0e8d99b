// How do we ask the API server? One pool of kept connections, credentials fresh on every request.
// Never judges an answer: every status is a value; only a missing or unreadable answer is thrown.

import http from 'node:http'
import https from 'node:https'
import type { Clock } from './clock.ts'
import { send, type Opened } from './exchange.ts'
import { LineTooLong, linesOf } from './lines.ts'
import { ApiUnreachable, unreachable } from './unreachable.ts'

/** What we need of a kubeconfig; the client library's KubeConfig fulfils it. */
export interface Credentials {
  getCurrentCluster(): { readonly server: string; readonly proxyUrl?: string } | null
  /** Fills in CA, client certificate and headers, refreshing tokens that need it. */
  applyToHTTPSOptions(options: https.RequestOptions): Promise<void>
}

export interface ApiRequest {
  /** GET where absent. */
  readonly method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** As kinds.ts builds it, encoded. */
  readonly path: string
  readonly query?: Readonly<Record<string, string | number | boolean | undefined>>
  /** Sent as JSON. */
  readonly body?: unknown
  readonly contentType?: string
  readonly accept?: string
  readonly signal?: AbortSignal | undefined
  /** For a request the time until the whole answer is there, for a stream until its headers are. */
  readonly timeoutMs?: number
}

export interface ApiAnswer {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** Parsed JSON; of a refusal that is none, the text. */
  readonly body: unknown
}

export interface ApiStream {
  readonly status: number
  readonly headers: http.IncomingHttpHeaders
  /** What a refusal says; undefined when the status is 2xx. */
  readonly refusal: unknown
  /** Ends when the server ends the stream or after close(); throws ApiUnreachable when it breaks. To be read once. */
  readonly lines: AsyncIterable<string>
  close(): void
}

/** Both calls throw ApiUnreachable and nothing else. */
export interface ApiClient {
  /** The server's address, for people. */
  readonly host: string
  request(request: ApiRequest): Promise<ApiAnswer>
  openStream(request: ApiRequest): Promise<ApiStream>
  /** Drops every connection; what is under way fails. */
  close(): void
}

export interface ApiClientOptions {
  /** Ours, for the User-Agent. */
  readonly version: string
  readonly clock: Clock
}

const DEFAULT_TIMEOUT_MS = 30_000
/** Shorter than the API server's own 90 s, so that we seldom use a connection which it is about to close. */
const IDLE_MS = 60_000
/** About 15 watches and what a busy moment asks beside them. */
const MOST_SOCKETS = 128

/** Throws an Error for people where the kubeconfig names no usable server. */
export function apiClient(credentials: Credentials, { version, clock }: ApiClientOptions): ApiClient {
  const cluster = credentials.getCurrentCluster()
  if (!cluster) throw new Error('the kubeconfig has no current context that names a cluster')
  const server = serverUrl(cluster.server)
  const host = server.origin
  const pool = { keepAlive: true, maxSockets: MOST_SOCKETS, timeout: IDLE_MS }
  const agent = server.protocol === 'https:' ? new https.Agent(pool) : new http.Agent(pool)

  async function open(request: ApiRequest): Promise<Opened> {
    const body = request.body === undefined ? undefined : JSON.stringify(request.body)
    const options: https.RequestOptions = {
      method: request.method ?? 'GET',
      headers: headersOf(request, body, version),
    }
    await authenticate(options)
    return send({
      url: urlOf(server, request),
      options,
      body,
      clock,
      timeoutMs: request.timeoutMs ?? DEFAULT_TIMEOUT_MS,
      signal: request.signal,
    })
  }

  async function authenticate(options: https.RequestOptions): Promise<void> {
    try {
      await credentials.applyToHTTPSOptions(options)
    } catch (error) {
      // The library refuses plain HTTP, but only after it has set the headers, and HTTP needs nothing else.
      if (server.protocol === 'https:') throw noCredentials(host, error)
    }
    // The library's own agent keeps no connection; only a proxied cluster needs it.
    if (cluster?.proxyUrl === undefined) options.agent = agent
  }

  /** A server that fell silent takes every idle connection with it: the next request shall open a new one. */
  function mistrustIdleConnections(error: unknown): void {
    if (!(error instanceof ApiUnreachable) || error.reason !== 'timeout') return
    for (const sockets of Object.values(agent.freeSockets))
      for (const socket of sockets ?? []) socket.destroy()
  }

  async function guarded<T>(run: () => Promise<T>): Promise<T> {
    try {
      return await run()
    } catch (error) {
      mistrustIdleConnections(error)
      throw unreachable(host, error)
    }
  }

  return {
    host,
    request: (request) => guarded(async () => readAnswer(await open(request), host)),
    openStream: (request) => guarded(async () => readStream(await open(request), host)),
    close: () => agent.destroy(),
  }
}

async function readAnswer({ response, release, explain }: Opened, host: string): Promise<ApiAnswer> {
  try {
    const chunks: Buffer[] = []
    for await (const chunk of response as AsyncIterable<Buffer>) chunks.push(chunk)
    const status = response.statusCode ?? 0
    return { status, headers: response.headers, body: parsed(Buffer.concat(chunks), status, host) }
  } catch (error) {
    throw explain(error)
  } finally {
    release()
  }
}

function parsed(bytes: Buffer, status: number, host: string): unknown {
  const text = bytes.toString()
  if (text === '') return undefined
  try {
    return JSON.parse(text)
  } catch (error) {
    if (!isSuccess(status)) return text
    throw new ApiUnreachable(host, 'unreadable', 'sent an answer that is not JSON', error)
  }
}

async function readStream(opened: Opened, host: string): Promise<ApiStream> {
  const { response, endTimeLimit } = opened
  const { headers, statusCode: status = 0 } = response
  if (!isSuccess(status)) {
    const { body } = await readAnswer(opened, host)
    return { status, headers, refusal: body, lines: NO_LINES, close: () => undefined }
  }
  endTimeLimit()
  let closed = false
  const close = () => {
    closed = true
    response.destroy()
    opened.release()
  }
  return { status, headers, refusal: undefined, lines: streamedLines(opened, host, () => closed), close }
}

async function* streamedLines(
  opened: Opened,
  host: string,
  closed: () => boolean,
): AsyncGenerator<string, void, undefined> {
  try {
    yield* linesOf(opened.response as AsyncIterable<Buffer>)
  } catch (error) {
    if (closed()) return
    throw error instanceof LineTooLong
      ? new ApiUnreachable(host, 'unreadable', `sent too much: ${error.message}`)
      : opened.explain(error)
  } finally {
    opened.release()
    opened.response.destroy()
  }
}

const NO_LINES: AsyncIterable<string> = {
  [Symbol.asyncIterator]: () => ({ next: async () => ({ done: true, value: undefined }) }),
}

export function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}

function serverUrl(server: string): URL {
  const url = URL.canParse(server) ? new URL(server) : undefined
  if (url?.protocol === 'https:' || url?.protocol === 'http:') return url
  throw new Error(`the kubeconfig's server "${server}" is not an https:// or http:// address`)
}

/** The server's address may have a path of its own, as behind a management plane. */
function urlOf(server: URL, { path, query = {} }: ApiRequest): URL {
  const url = new URL(server)
  url.pathname = server.pathname.replace(/\/$/, '') + path
  for (const [key, value] of Object.entries(query))
    if (value !== undefined) url.searchParams.set(key, String(value))
  return url
}

// No compressed answers: at ten thousand Pods the API server would spend more time on it than a cluster's network does.
function headersOf(
  { contentType, accept }: ApiRequest,
  body: string | undefined,
  version: string,
): http.OutgoingHttpHeaders {
  const headers: http.OutgoingHttpHeaders = {
    'User-Agent': `sidenet/${version}`,
    Accept: accept ?? 'application/json',
  }
  if (body === undefined) return headers
  return {
    ...headers,
    'Content-Type': contentType ?? 'application/json',
    // Node leaves it out of a DELETE, and the server would take the body for the beginning of the next request.
    'Content-Length': Buffer.byteLength(body),
  }
}

function noCredentials(host: string, error: unknown): ApiUnreachable {
  const why = error instanceof Error ? error.message : String(error)
  return new ApiUnreachable(
    host,
    'connection',
    `was not asked, because no credentials could be had: ${why}`,
    error,
  )
}
