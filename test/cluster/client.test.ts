import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { chmodSync, writeFileSync } from 'node:fs'
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { apiClient, type ApiClient, type ApiRequest, type Credentials } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { ApiUnreachable } from '../../src/cluster/unreachable.ts'
import * as faults from '../faults/behaviours.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const controlPlane = useControlPlane({ controllers: false })
let proxy: FaultProxy
let client: ApiClient
const opened: ApiClient[] = []

const connect = (credentials: Credentials, clock = systemClock): ApiClient => {
  const made = apiClient(credentials, { version: 'test', clock })
  opened.push(made)
  return made
}

beforeAll(async () => {
  proxy = await startFaultProxy(controlPlane())
  client = connect(loadCredentials(proxy.kubeconfig('admin')))
})
afterEach(() => proxy.clearRules())
afterAll(async () => {
  for (const one of opened) one.close()
  await proxy.stop()
})

const PODS = { path: '/api/v1/pods' }
const WATCH = { path: '/api/v1/pods', query: { watch: 1, timeoutSeconds: 30 } }
const failureOf = (request: ApiRequest, by = client): Promise<unknown> =>
  by.request(request).then(
    ({ status }) => `answered ${status}`,
    (error: unknown) => error,
  )
const sockets = (): number =>
  process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length

describe('a request', () => {
  it('carries credentials, says who asks, and brings parsed JSON', async () => {
    const { status, body, headers } = await client.request({
      ...PODS,
      query: { limit: 1, continue: undefined },
    })
    expect({ status, body }).toMatchObject({ status: 200, body: { kind: 'PodList' } })
    expect(headers['content-type']).toContain('json')
    const [event] = (
      await controlPlane().auditEvents({ filter: (e) => e.requestURI === '/api/v1/pods?limit=1' })
    ).slice(-1)
    expect(event).toMatchObject({ userAgent: 'sidenet/test', user: { username: 'admin' } })
  })

  it('sends a body as JSON or as what it is said to be', async () => {
    const metadata = { name: 'from-client', namespace: 'default' }
    const path = '/api/v1/namespaces/default/configmaps'
    expect(
      await client.request({ method: 'POST', path, body: { metadata, data: { a: 'ü' } } }),
    ).toMatchObject({ status: 201 })
    const patched = await client.request({
      method: 'PATCH',
      path: `${path}/from-client`,
      contentType: 'application/merge-patch+json',
      body: { data: { b: '2' } },
    })
    expect(patched).toMatchObject({ status: 200, body: { data: { a: 'ü', b: '2' } } })
  })

  it('that deletes brings its conditions along, and harms no request after it on the same connection', async () => {
    await client.request({ method: 'POST', path: '/api/v1/namespaces', body: { metadata: { name: 'kept' } } })
    const path = '/api/v1/namespaces/kept'
    const body = { kind: 'DeleteOptions', apiVersion: 'v1', preconditions: { uid: 'of another' } }
    expect((await client.request({ method: 'DELETE', path, body })).status).toBe(409)
    expect((await client.request({ path })).status).toBe(200)
  })

  it('that is refused is a value, with what the server says', async () => {
    expect(await client.request({ path: '/api/v1/namespaces/none' })).toMatchObject({
      status: 404,
      body: { reason: 'NotFound' },
    })
    proxy.rule(
      'LIST pods',
      faults.answer(429, { headers: { 'content-type': 'text/plain' }, body: 'Too many requests' }),
    )
    expect(await client.request(PODS)).toMatchObject({ status: 429, body: 'Too many requests' })
  })

  it('shares one connection with those before it', async () => {
    await client.request(PODS)
    const before = sockets()
    for (let i = 0; i < 30; i++) await client.request(PODS)
    // What is counted are both ends on this machine, and the proxy's own connection to the server.
    expect(sockets()).toBe(before)
  })

  it('is repeated when the server closed a kept connection in that moment, but never if it might change something', async () => {
    await client.request(PODS)
    const rule = proxy.rule(() => true, faults.reset(), { times: 1 })
    expect(await client.request(PODS)).toMatchObject({ status: 200 })
    expect(rule.hits()).toBe(1)
    const again = proxy.rule(() => true, faults.reset(), { times: 1 })
    const path = '/api/v1/namespaces/default/configmaps'
    const error = await failureOf({ method: 'POST', path, body: { metadata: { name: 'never' } } })
    expect(error).toBeInstanceOf(ApiUnreachable)
    expect(again.hits()).toBe(1)
  })
})

describe('no answer is told for people', () => {
  it('where nothing listens', async () => {
    const kubeConfig = loadCredentials(proxy.kubeconfig('admin'))
    const server = await listening(createServer())
    const url = urlOf(server, 'https')
    await closed(server)
    const credentials = { ...through(kubeConfig), getCurrentCluster: () => ({ server: url }) }
    const error = await failureOf(PODS, connect(credentials))
    expect(error).toMatchObject({
      reason: 'connection',
      message: `the API server at ${url} cannot be reached: nothing listens there (ECONNREFUSED)`,
    })
  })

  it('where the certificate is not of the CA we were given', async () => {
    const credentials = {
      getCurrentCluster: () => ({ server: proxy.url }),
      applyToHTTPSOptions: async () => undefined,
    }
    const error = await failureOf(PODS, connect(credentials))
    expect(error).toMatchObject({
      message: expect.stringContaining('shows a certificate that the given CA did not sign'),
    })
  })

  it('where the credentials cannot be had', async () => {
    const credentials = {
      getCurrentCluster: () => ({ server: proxy.url }),
      applyToHTTPSOptions: () => Promise.reject(new Error('the plugin is not installed')),
    }
    const error = await failureOf(PODS, connect(credentials))
    expect(error).toMatchObject({
      message: expect.stringContaining('no credentials could be had: the plugin is not installed'),
    })
  })

  it('where none comes in time; the next request then opens a connection of its own', async () => {
    proxy.rule('LIST pods', faults.silence(), { times: 1 })
    const error = await failureOf({ ...PODS, timeoutMs: 50 })
    expect(error).toMatchObject({
      reason: 'timeout',
      message: `the API server at ${proxy.url} did not answer GET /api/v1/pods within 0.05 s`,
    })
    expect(await client.request(PODS)).toMatchObject({ status: 200 })
  })

  it('where the body breaks off', async () => {
    proxy.rule('LIST pods', faults.truncate(20))
    expect(await failureOf(PODS)).toMatchObject({
      reason: 'connection',
      message: expect.stringContaining('broke the connection'),
    })
  })

  it('where the body is no JSON', async () => {
    proxy.rule('LIST pods', faults.answer(200, { body: '{"kind":"PodList","items":[' }))
    expect(await failureOf(PODS)).toMatchObject({
      reason: 'unreadable',
      message: expect.stringContaining('not JSON'),
    })
  })

  it('where nobody waits for it any more, before and while it is asked', async () => {
    const given = AbortSignal.abort()
    expect(await failureOf({ ...PODS, signal: given })).toMatchObject({ reason: 'cancelled' })
    const later = new AbortController()
    const rule = proxy.rule('LIST pods', faults.silence())
    const error = failureOf({ ...PODS, signal: later.signal })
    await eventually(() => rule.hits() === 1, { what: 'the request has arrived' })
    later.abort()
    expect(await error).toMatchObject({ reason: 'cancelled' })
  })

  it.each(['nonsense', 'ftp://somewhere', ''])('a server called %j is refused at once', (server) => {
    const credentials = { getCurrentCluster: () => ({ server }), applyToHTTPSOptions: async () => undefined }
    expect(() => connect(credentials)).toThrow('is not an https:// or http:// address')
  })
})

describe('a stream', () => {
  const isNamespace = (line: string): boolean => line.includes('"Namespace"')

  it('brings lines until it is closed', async () => {
    const stream = await client.openStream({ ...WATCH, path: '/api/v1/namespaces' })
    expect(stream).toMatchObject({ status: 200, refusal: undefined })
    const lines: string[] = []
    for await (const line of stream.lines) {
      lines.push(line)
      if (lines.length === 3) stream.close()
    }
    expect(lines.length).toBeGreaterThanOrEqual(3)
    expect(lines.every(isNamespace)).toBe(true)
    await eventually(() => proxy.watches().length === 0, { what: 'the server knows that it is closed' })
  })

  it('may take longer than the time that its headers may take', async () => {
    const due = new Set<() => void>()
    const after = (_: number, run: () => void) => {
      due.add(run)
      return () => due.delete(run)
    }
    const credentials = loadCredentials(proxy.kubeconfig('admin'))
    const patient = connect(credentials, { now: () => 0, after })
    const stream = await patient.openStream({ ...WATCH, path: '/api/v1/namespaces' })
    for (const run of due) run()
    const { value } = await stream.lines[Symbol.asyncIterator]().next()
    expect(isNamespace(String(value))).toBe(true)
    stream.close()
  })

  it('that the server ends is over', async () => {
    const stream = await client.openStream({ ...WATCH, query: { watch: 1, timeoutSeconds: 1 } })
    const lines: string[] = []
    for await (const line of stream.lines) lines.push(line)
    expect(lines).toEqual([])
  })

  it('that breaks throws', async () => {
    const stream = await client.openStream(WATCH)
    await eventually(() => proxy.watches().length === 1, { what: 'the watch is open' })
    const read = async () => {
      for await (const line of stream.lines) expect(line).toBeDefined()
    }
    const reading = read()
    for (const watch of proxy.watches()) watch.cut()
    await expect(reading).rejects.toMatchObject({
      reason: 'connection',
      message: expect.stringContaining('broke the connection'),
    })
  })

  it('that breaks while nobody reads it harms nobody', async () => {
    const stream = await client.openStream(WATCH)
    await eventually(() => proxy.watches().length === 1, { what: 'the watch is open' })
    for (const watch of proxy.watches()) watch.cut()
    await eventually(() => proxy.watches().length === 0, { what: 'it is cut' })
    expect(await client.request(PODS)).toMatchObject({ status: 200 })
    stream.close()
  })

  it('that is refused says why', async () => {
    proxy.rule('WATCH pods', faults.gone())
    expect(await client.openStream(WATCH)).toMatchObject({ status: 410, refusal: { reason: 'Expired' } })
  })

  it('whose line never ends is ended', async () => {
    const stream = await client.openStream(WATCH)
    const read = async () => {
      for await (const line of stream.lines) expect(line).toBeDefined()
    }
    const failure = read().then(
      () => undefined,
      (error: unknown) => error,
    )
    await eventually(() => proxy.watches().length === 1, { what: 'the watch is open' })
    const [watch] = proxy.watches()
    for (let i = 0; i < 5; i++) watch?.say('x'.repeat(4 * 1024 * 1024))
    expect(await failure).toMatchObject({
      reason: 'unreadable',
      message: expect.stringContaining('sent too much'),
    })
  })

  it('can be called off from outside', async () => {
    const off = new AbortController()
    const stream = await client.openStream({ ...WATCH, signal: off.signal })
    const reading = stream.lines[Symbol.asyncIterator]().next()
    off.abort()
    await expect(reading).rejects.toMatchObject({ reason: 'cancelled' })
  })
})

describe('a kubeconfig may point', () => {
  let server: Server
  const seen: IncomingMessage[] = []
  beforeAll(async () => {
    server = await listening(
      createServer((request: IncomingMessage, response: ServerResponse) => {
        seen.push(request)
        response.setHeader('content-type', 'application/json').end(JSON.stringify({ url: request.url }))
      }),
    )
  })
  afterAll(() => closed(server))

  const kubeconfig = (name: string, user: object, server: string): string => {
    const path = `${controlPlane().folder}/${name}.kubeconfig`
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      'current-context': 'it',
      contexts: [{ name: 'it', context: { cluster: 'it', user: 'it' } }],
      clusters: [{ name: 'it', cluster: { server } }],
      users: [{ name: 'it', user }],
    }
    writeFileSync(path, JSON.stringify(config))
    return path
  }

  it('to plain HTTP and to a server with a path of its own', async () => {
    const path = kubeconfig('plain', { token: 'secret' }, `${urlOf(server, 'http')}/k8s/clusters/c-1/`)
    const plain = connect(loadCredentials(path))
    expect(await plain.request({ ...PODS, query: { fieldSelector: 'a!=b,c' } })).toMatchObject({
      status: 200,
      body: { url: '/k8s/clusters/c-1/api/v1/pods?fieldSelector=a%21%3Db%2Cc' },
    })
    expect(seen.at(-1)?.headers).toMatchObject({
      authorization: 'Bearer secret',
      'user-agent': 'sidenet/test',
    })
  })

  it('to a plugin, whose token is renewed when it has expired', async () => {
    const plugin = `${controlPlane().folder}/plugin.sh`
    const status = (token: string) => ({ token, expirationTimestamp: '2001-01-01T00:00:00Z' })
    const credential = (token: string) =>
      JSON.stringify({
        apiVersion: 'client.authentication.k8s.io/v1',
        kind: 'ExecCredential',
        status: status(token),
      })
    const say = (token: string) => writeFileSync(plugin, `#!/bin/sh\necho '${credential(token)}'\n`)
    say('first')
    chmodSync(plugin, 0o755)
    const exec = { apiVersion: 'client.authentication.k8s.io/v1', command: plugin, interactiveMode: 'Never' }
    const byPlugin = connect(loadCredentials(kubeconfig('plugin', { exec }, urlOf(server, 'http'))))
    await byPlugin.request(PODS)
    expect(seen.at(-1)?.headers.authorization).toBe('Bearer first')
    say('second')
    await byPlugin.request(PODS)
    expect(seen.at(-1)?.headers.authorization).toBe('Bearer second')
  })
})

/** The library's methods read `this`. */
const through = (credentials: Credentials): Credentials => ({
  getCurrentCluster: () => credentials.getCurrentCluster(),
  applyToHTTPSOptions: (options) => credentials.applyToHTTPSOptions(options),
})

const listening = (server: Server): Promise<Server> =>
  new Promise((resolve) => void server.listen(0, '127.0.0.1', () => resolve(server)))
const closed = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections()
    server.close(() => resolve())
  })
const urlOf = (server: Server, scheme: 'http' | 'https'): string =>
  `${scheme}://127.0.0.1:${(server.address() as AddressInfo).port}`
