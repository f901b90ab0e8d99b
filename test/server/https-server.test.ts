import { afterEach, describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { issueCa, issueLeaf, issueSet } from '../../src/certificates/issue.ts'
import { allow, deny } from '../../src/core/admission/decision.ts'
import type { Decides } from '../../src/server/admission-handler.ts'
import { SERVER_LIMITS, type ServerLimits } from '../../src/server/https-server.ts'
import { HandClock, until } from './hand-clock.ts'
import { deletionReview } from './reviews.ts'
import { start, type Started } from './start.ts'
import { hearsAnswer, openTcp, openTls, post, type Parsed, type Wire } from './wire.ts'

const free: Decides = () => Promise.resolve(allow('NetworkFree'))
const REVIEW = post(JSON.stringify(deletionReview()))

let webhook: Started
const serve = async (parts: Parameters<typeof start>[1] = {}, decides: Decides = free): Promise<Started> =>
  (webhook = await start(decides, parts))
const limited = (limits: Partial<ServerLimits>): Promise<Started> => serve({ server: { limits } })
afterEach(() => webhook.stop())

async function ask(wire?: Wire): Promise<Parsed> {
  return hearsAnswer((wire ?? (await webhook.open())).send(REVIEW))
}

async function expectServing(): Promise<void> {
  expect((await ask()).status).toBe(200)
}

describe('TLS', () => {
  const versions: [string, 'TLSv1.2' | 'TLSv1.3' | undefined, 'TLSv1.2' | 'TLSv1.3', string | undefined][] = [
    ['1.3 by default', undefined, 'TLSv1.3', 'TLSv1.3'],
    ['1.2 is refused by default', undefined, 'TLSv1.2', undefined],
    ['1.2 where it is allowed', 'TLSv1.2', 'TLSv1.2', 'TLSv1.2'],
    ['1.3 where 1.2 is allowed', 'TLSv1.2', 'TLSv1.3', 'TLSv1.3'],
  ]
  it.each(versions)('%s', async (_sentence, minVersion, version, expected) => {
    await serve({ server: minVersion === undefined ? {} : { minVersion } })
    const opened = await webhook.open({ minVersion: version, maxVersion: version }).catch(() => undefined)
    expect(opened?.socket.getProtocol()).toBe(expected)
  })

  it('keeps its lowest version when the certificate is swapped', async () => {
    await serve()
    webhook.server.setCertificate(webhook.set.leaf)
    await expect(webhook.open({ maxVersion: 'TLSv1.2' })).rejects.toThrow()
  })

  const weak = ['ECDHE-ECDSA-AES128-SHA256', 'ECDHE-ECDSA-AES256-SHA', 'AES128-GCM-SHA256', 'AES128-SHA']
  it.each(weak)('1.2 does not take the cipher %s', async (ciphers) => {
    await serve({ server: { minVersion: 'TLSv1.2' } })
    await expect(webhook.open({ maxVersion: 'TLSv1.2', ciphers })).rejects.toThrow()
  })

  it('speaks HTTP/1.1 only, so that calls spread over replicas', async () => {
    await serve()
    const wire = await webhook.open({ ALPNProtocols: ['h2', 'http/1.1'] })
    expect(wire.socket.alpnProtocol).toBe('http/1.1')
    await expect(webhook.open({ ALPNProtocols: ['h2'] })).rejects.toThrow()
  })

  it.each([{ servername: 'localhost' }, { host: '127.0.0.1', servername: '' }])(
    'is believed under %j by whoever has the CA',
    async (options) => {
      await serve()
      expect((await webhook.open(options)).socket.authorized).toBe(true)
    },
  )

  it('is not believed with another CA or under another name', async () => {
    await serve()
    const other = await issueCa(Date.now())
    await expect(openTls(webhook.port, other.cert)).rejects.toThrow()
    await expect(webhook.open({ servername: 'elsewhere' })).rejects.toThrow(/elsewhere/)
  })

  it('a connection that ends before TLS stands is counted', async () => {
    await serve()
    const wire = await openTcp(webhook.port)
    await wire.send('GET / HTTP/1.1\r\n\r\n').untilEnd()
    await until(() => webhook.tlsErrors.length === 1)
    expect([webhook.tlsErrors, webhook.brokenRequests]).toEqual([['ERR_SSL_HTTP_REQUEST'], []])
    await expectServing()
  })
})

describe('the certificate', () => {
  const serial = (wire: {
    socket: { getPeerX509Certificate(): { serialNumber: string } | undefined }
  }): string | undefined => wire.socket.getPeerX509Certificate()?.serialNumber

  it('is swapped for new connections while a kept one stays usable', async () => {
    await serve()
    const kept = await webhook.open()
    await ask(kept)
    const { ca } = webhook.set
    webhook.server.setCertificate(
      await issueLeaf(ca, ['localhost'], { now: Date.now(), caEnds: Date.now() + 1e9 }),
    )
    const fresh = await webhook.open()
    expect((await ask(kept)).status).toBe(200)
    expect((await ask(fresh)).status).toBe(200)
    expect(serial(fresh)).not.toBe(serial(kept))
  })

  it('may come from a new CA', async () => {
    await serve()
    const next = await issueSet(['localhost'], Date.now())
    webhook.server.setCertificate(next.leaf)
    expect((await openTls(webhook.port, next.ca.cert)).socket.authorized).toBe(true)
    await expect(webhook.open()).rejects.toThrow()
  })

  const garbage = { cert: '-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n', key: 'x' }
  it.each(['a pair that does not match', 'nonsense', 'nothing'])(
    '%s is refused and the old one serves on',
    async (what) => {
      await serve()
      const before = serial(await webhook.open())
      const other = await issueSet(['localhost'], Date.now())
      const pair =
        what === 'nonsense'
          ? garbage
          : what === 'nothing'
            ? { cert: '', key: '' }
            : { cert: other.leaf.cert, key: webhook.set.leaf.key }
      expect(() => webhook.server.setCertificate(pair)).toThrow()
      expect(serial(await webhook.open())).toBe(before)
      await expectServing()
    },
  )
})

describe('a kept connection', () => {
  it('is kept for longer than the API server keeps it, so that nobody is cut off between two calls', async () => {
    await serve()
    expect(SERVER_LIMITS.keepAlive).toBeGreaterThan(90_000)
    expect((await ask()).headers).toMatchObject({
      connection: 'keep-alive',
      'keep-alive': `timeout=${SERVER_LIMITS.keepAlive / 1_000}`,
    })
  })

  it('serves one call after the other, also several sent at once', async () => {
    await serve()
    const wire = await webhook.open()
    for (let call = 0; call < 5; call++) expect((await ask(wire)).status).toBe(200)
    wire.send(Buffer.concat([REVIEW, REVIEW, REVIEW]))
    await wire.hears(/(HTTP\/1\.1 200 OK[^]*){3}/)
    await until(() => webhook.observations.length === 8)
  })

  it('ends when it was idle for too long', async () => {
    await limited({ keepAlive: 50 })
    const wire = await webhook.open()
    await ask(wire)
    expect(await wire.untilEnd()).toBe('')
  })
})

describe('who is too slow is cut off', () => {
  it('saying nothing at all over TCP', async () => {
    await limited({ handshake: 50 })
    const wire = await openTcp(webhook.port)
    expect(await wire.untilEnd()).toBe('')
    await until(() => webhook.tlsErrors.length === 1)
    expect(webhook.tlsErrors).toEqual(['ERR_TLS_HANDSHAKE_TIMEOUT'])
  })

  it('saying nothing after TLS stands', async () => {
    await limited({ headers: 50, request: 100 })
    const wire = await webhook.open()
    await wire.untilEnd()
    await expectServing()
  })

  it('sending its headers byte by byte', async () => {
    await limited({ headers: 100, request: 200 })
    const wire = await webhook.open()
    wire.send('POST /validate HTTP/1.1\r\nHost: a\r\n')
    const drip = setInterval(() => wire.send('X'), 10)
    expect(await wire.untilEnd()).toMatch(/^HTTP\/1\.1 408 Request Timeout\r\nConnection: close\r\n/)
    clearInterval(drip)
    expect(webhook.brokenRequests).toEqual(['ERR_HTTP_REQUEST_TIMEOUT'])
  })

  it('sending its body byte by byte', async () => {
    await limited({ headers: 100, request: 150 })
    const wire = await webhook.open()
    wire.send(REVIEW.subarray(0, 250))
    const drip = setInterval(() => wire.send(' '), 10)
    expect(await wire.untilEnd()).toMatch(/^HTTP\/1\.1 408 /)
    clearInterval(drip)
    await until(() => webhook.server.inFlight === 0)
  })

  const endless = deny('NetworkInUse', 'x'.repeat(32 * 1024 * 1024))
  it.each([false, true])('never reading a long answer (its half closed: %s)', async (halfClosed) => {
    await serve({ server: { limits: { silence: 100 } } }, ({ dryRun }) =>
      Promise.resolve(dryRun ? allow('NetworkFree') : endless),
    )
    const wire = await webhook.open()
    wire.socket.pause()
    wire.send(REVIEW)
    if (halfClosed) wire.socket.end()
    await until(() => webhook.observations.length === 1)
    await until(() => webhook.server.inFlight === 0)
    wire.socket.resume()
    await wire.untilEnd()
    expect(wire.received.length).toBeLessThan(endless.message.length)
    const dryRun = post(JSON.stringify(deletionReview({ dryRun: true })))
    expect((await hearsAnswer((await webhook.open()).send(dryRun))).status).toBe(200)
  })
})

describe('what is no HTTP', () => {
  const cases: [string, string, RegExp][] = [
    ['noise', '\u0000\u0001\u0002\r\n\r\n', /^HTTP\/1\.1 400 Bad Request\r\n/],
    [
      'two lengths',
      'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'length and pieces',
      'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n',
      /^HTTP\/1\.1 400 /,
    ],
    [
      'endless headers',
      `GET /validate HTTP/1.1\r\nHost: a\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`,
      /^HTTP\/1\.1 431 /,
    ],
    ['a tunnel', 'CONNECT a:443 HTTP/1.1\r\nHost: a\r\n\r\n', /^$/],
    [
      'an upgrade',
      'GET /validate HTTP/1.1\r\nHost: a\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\r\n',
      /^HTTP\/1\.1 405 /,
    ],
    ['HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', /^HTTP\/1\.1 (400|505) /],
    [
      'pieces of a bad size',
      'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n',
      /^HTTP\/1\.1 400 /,
    ],
  ]
  it.each(cases)('%s is answered and ends, and the next caller is served', async (_what, bytes, expected) => {
    await serve()
    const wire = await webhook.open()
    expect(await wire.send(bytes).untilEnd()).toMatch(expected)
    await expectServing()
  })

  const bytes = fc.uint8Array({ maxLength: 2_000 })
  const almostHttp = fc
    .tuple(
      fc.constantFrom('POST', 'GET', 'OPTIONS', 'x'),
      fc.constantFrom('/validate', '/validate?timeout=1s', '*', 'http://a/', '//', '/%'),
      fc.array(
        fc.constantFrom(
          'Host: a',
          'Content-Type: application/json',
          'Content-Length: 3',
          'Content-Length: -1',
          'Transfer-Encoding: chunked',
          'Expect: 100-continue',
          'Expect: x',
          'Connection: close',
          'Connection: upgrade',
          'Upgrade: h2c',
          ':',
          ' folded',
        ),
      ),
      fc.string({ unit: 'binary', maxLength: 200 }),
    )
    .map(([method, path, headers, body]) =>
      Buffer.from(
        `${method} ${path} HTTP/1.1\r\n${headers.map((line) => `${line}\r\n`).join('')}\r\n${body}`,
      ),
    )

  it('no bytes on the socket, before TLS or after, keep it from answering the next caller', async () => {
    await limited({ handshake: 500, headers: 200, request: 400 })
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom('tcp', 'tls'),
        fc.oneof(bytes, almostHttp),
        fc.boolean(),
        async (layer, noise, abruptly) => {
          const wire = layer === 'tcp' ? await openTcp(webhook.port) : await webhook.open()
          wire.send(Buffer.from(noise))
          if (abruptly) wire.close()
          else wire.socket.end()
          await expectServing()
          wire.close()
        },
      ),
      { numRuns: 300 },
    )
    expect(webhook.reports).toEqual([])
  })

  it('no JSON in a review keeps it from answering the next caller', async () => {
    await serve()
    const wire = await webhook.open()
    const review = fc.oneof(
      fc.json(),
      fc
        .jsonValue()
        .map((value) => JSON.stringify(deletionReview({ oldObject: value, userInfo: { extra: value } }))),
      fc.jsonValue().map((request) => JSON.stringify({ ...deletionReview(), request })),
    )
    await fc.assert(
      fc.asyncProperty(review, async (text) => {
        const { status } = await hearsAnswer(wire.send(post(text)))
        return [200, 400].includes(status)
      }),
      { numRuns: 500 },
    )
    await expectServing()
  })
})

describe('a drain', () => {
  const draining = async (decides: Decides = free): Promise<HandClock> => {
    const clock = new HandClock()
    await serve({ server: { clock } }, decides)
    return clock
  }

  it('answers what comes, asks every caller to reconnect elsewhere, and ends after ten quiet seconds', async () => {
    const clock = await draining()
    const [kept, idle] = [await webhook.open(), await webhook.open()]
    expect((await ask(kept)).headers['connection']).toBe('keep-alive')
    await ask(idle)
    let over = false
    const drained = webhook.server.drain().then(() => (over = true))
    clock.advance(9_000)
    expect([webhook.server.draining, (await ask(kept)).headers['connection']]).toEqual([true, 'close'])
    await kept.untilEnd()
    await until(() => webhook.server.inFlight === 0)
    clock.advance(9_000)
    expect((await ask()).headers['connection']).toBe('close')
    await until(() => webhook.server.inFlight === 0)
    clock.advance(9_999)
    expect([over, idle.ended]).toEqual([false, false])
    clock.advance(1)
    await drained
    await idle.untilEnd()
    await expect(webhook.open()).rejects.toThrow(/ECONNREFUSED/)
  })

  it('waits for a decision that takes its time', async () => {
    let finish = (): void => undefined
    const clock = await draining(
      () => new Promise((resolve) => (finish = () => resolve(allow('NetworkFree')))),
    )
    const wire = await webhook.open()
    wire.send(REVIEW)
    await until(() => webhook.server.inFlight === 1)
    const drained = webhook.server.drain()
    clock.advance(30_000)
    finish()
    const answer = await hearsAnswer(wire)
    expect([answer.status, answer.headers['connection']]).toEqual([200, 'close'])
    await until(() => webhook.server.inFlight === 0)
    clock.advance(10_000)
    await drained
  })

  it('ends at last, even where it never becomes quiet', async () => {
    const clock = await draining(() => new Promise(() => undefined))
    const wire = await webhook.open()
    wire.send(REVIEW)
    await until(() => webhook.server.inFlight === 1)
    const drained = webhook.server.drain()
    clock.advance(45_000)
    await drained
    await wire.untilEnd()
    expect(clock.timers).toBe(0)
  })
})

it('a place that is taken is told', async () => {
  await serve()
  const taken = await start(free).then((second) => second.stop().then(() => second.server))
  await expect(taken.listen('127.0.0.1', webhook.port)).rejects.toThrow(/EADDRINUSE/)
})
