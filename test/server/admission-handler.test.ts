import { afterEach, describe, expect, it } from '@jest/globals'
import { allow, deny, type Decision } from '../../src/core/admission/decision.ts'
import type { AdmissionRequest } from '../../src/core/admission/review.ts'
import type { Decides } from '../../src/server/admission-handler.ts'
import { HandClock, until } from './hand-clock.ts'
import { deletionReview } from './reviews.ts'
import { start, type Started } from './start.ts'
import { hearsAnswer, post, type Parsed } from './wire.ts'

const UID = '705ab4f5-6393-11e8-b7cc-42010a800002'
const LIMIT = 7 * 1024 * 1024
const free: Decides = () => Promise.resolve(allow('NetworkFree'))

let webhook: Started
const serve = async (...parts: Parameters<typeof start>): Promise<Started> =>
  (webhook = await start(...parts))
afterEach(() => webhook.stop())

async function ask(bytes: Buffer | string): Promise<Parsed> {
  const wire = await webhook.open()
  return hearsAnswer(wire.send(bytes))
}

const response = ({ text }: Parsed): { uid: string; allowed: boolean; status?: Record<string, unknown> } =>
  JSON.parse(text).response

/** The good review of the size that is asked for. */
function reviewOfSize(bytes: number): string {
  const empty = JSON.stringify(deletionReview({ options: { padding: '' } }))
  return JSON.stringify(deletionReview({ options: { padding: 'x'.repeat(bytes - empty.length) } }))
}

async function expectGoodAnswer(): Promise<void> {
  expect(response(await ask(post(JSON.stringify(deletionReview()))))).toMatchObject({ uid: UID })
}

describe('a review', () => {
  it('reaches the decision and its answer goes back whole', async () => {
    const asked: AdmissionRequest[] = []
    const decision = deny('NetworkInUse', 'blue/macvlan-a is used by 7 Pods', {
      warnings: ['w'],
      audit: { decision: 'deny' },
    })
    await serve((request) => {
      asked.push(request)
      return Promise.resolve(decision)
    })
    const answer = await ask(post(JSON.stringify(deletionReview())))
    expect({
      status: answer.status,
      type: answer.headers['content-type'],
      body: JSON.parse(answer.text),
    }).toEqual({
      status: 200,
      type: 'application/json',
      body: {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: {
          uid: UID,
          allowed: false,
          warnings: ['w'],
          auditAnnotations: { decision: 'deny' },
          status: {
            status: 'Failure',
            code: 403,
            reason: 'Forbidden',
            message: 'blue/macvlan-a is used by 7 Pods',
          },
        },
      },
    })
    expect(asked).toMatchObject([{ uid: UID, operation: 'DELETE', namespace: 'blue', name: 'macvlan-a' }])
  })

  it('is answered in a few hundred bytes, however large it was', async () => {
    await serve(free)
    const answer = await ask(post(reviewOfSize(62_000)))
    expect(answer.text.length).toBeLessThan(200)
  })

  it('is counted once, by words from fixed lists', async () => {
    await serve(({ dryRun }) => Promise.resolve(dryRun ? allow('NetworkFree') : deny('NetworkInUse', 'no')))
    const odd = { group: 'g', version: 'v1', resource: 'anything-a-caller-likes' }
    await ask(post(JSON.stringify(deletionReview())))
    await ask(post(JSON.stringify(deletionReview({ dryRun: true, resource: odd }))))
    await ask(post('{'))
    expect(webhook.observations).toMatchObject([
      {
        operation: 'DELETE',
        resource: 'network-attachment-definitions',
        decision: 'deny',
        reason: 'NetworkInUse',
        dryRun: false,
        status: 200,
      },
      {
        operation: 'DELETE',
        resource: 'other',
        decision: 'allow',
        reason: 'NetworkFree',
        dryRun: true,
        status: 200,
      },
      { operation: '', resource: '', decision: 'refused', reason: '', dryRun: false, status: 400 },
    ])
  })
})

describe('what is no review', () => {
  const body = JSON.stringify(deletionReview())
  const cases: [string, Buffer, number, RegExp][] = [
    ['another path', post(body, { path: '/' }), 404, /reviews go to \/validate/],
    ['a path below ours', post(body, { path: '/validate/' }), 404, /nothing is served here/],
    ['a GET', Buffer.from('GET /validate HTTP/1.1\r\nHost: a\r\n\r\n'), 405, /by POST/],
    [
      'a PUT with a body',
      Buffer.from('PUT /validate HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\n{}'),
      405,
      /by POST/,
    ],
    ['a form', post(body, { type: 'application/x-www-form-urlencoded' }), 415, /must be application\/json/],
    ['YAML', post(body, { type: 'application/yaml' }), 415, /must be application\/json/],
    ['compressed JSON', post(body, { headers: 'Content-Encoding: gzip\r\n' }), 415, /not compressed/],
    ['nothing', post(''), 400, /the body is empty/],
    ['half a JSON', post(body.slice(0, 40)), 400, /the body is no JSON/],
    ['no UTF-8', post(Buffer.from([0x22, 0xff, 0xfe, 0x22])), 400, /no UTF-8/],
    ['a list', post('[]'), 400, /must be an AdmissionReview/],
    ['null', post('null'), 400, /must be an AdmissionReview/],
    [
      'a review without request',
      post('{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview"}'),
      400,
      /request: must be an object/,
    ],
    [
      'a request without uid',
      post(JSON.stringify(deletionReview({ uid: undefined }))),
      400,
      /request\.uid: is required/,
    ],
  ]
  it.each(cases)(
    '%s is refused with a sentence, and the next caller is served',
    async (_what, bytes, status, sentence) => {
      await serve(free)
      const answer = await ask(bytes)
      expect([answer.status, answer.text]).toEqual([status, expect.stringMatching(sentence)])
      expect(answer.text.trim()).not.toContain('\n')
      await expectGoodAnswer()
    },
  )

  it('a wrong method is told the right one', async () => {
    await serve(free)
    expect((await ask('GET /validate HTTP/1.1\r\nHost: a\r\n\r\n')).headers['allow']).toBe('POST')
  })

  it('never repeats what stood in a malformed body', async () => {
    await serve(free)
    const answer = await ask(post('{"request":{"object":{"data":{"password":hunter2}}}}'))
    expect(answer.text).toMatch(/the body is no JSON/)
    expect(answer.text).not.toContain('hunter2')
  })

  it('takes a content type with a parameter', async () => {
    await serve(free)
    expect((await ask(post(body, { type: 'Application/JSON; charset=utf-8' }))).status).toBe(200)
  })
})

describe('the size of a body', () => {
  it('may be exactly 7 MiB', async () => {
    await serve(free)
    const review = reviewOfSize(LIMIT)
    expect(Buffer.byteLength(review)).toBe(LIMIT)
    expect(response(await ask(post(review)))).toEqual({ uid: UID, allowed: true })
  })

  it('one byte more is refused as soon as it is announced', async () => {
    await serve(free)
    const wire = await webhook.open()
    const answer = await hearsAnswer(
      wire.send(
        `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${LIMIT + 1}\r\n\r\n`,
      ),
    )
    expect([answer.status, answer.headers['connection']]).toEqual([413, 'close'])
  })

  it('one byte more is refused where it comes in pieces', async () => {
    await serve(free)
    const wire = await webhook.open()
    wire.send(
      'POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n',
    )
    const piece = Buffer.alloc(1024 * 1024, ' ')
    for (let sent = 0; sent < LIMIT; sent += piece.length)
      wire.send(Buffer.concat([Buffer.from('100000\r\n'), piece, Buffer.from('\r\n')]))
    wire.send('1\r\n \r\n')
    expect((await hearsAnswer(wire)).status).toBe(413)
  })

  it('a caller who sends far too much before he listens still hears why, and the connection ends', async () => {
    await serve(free)
    const wire = await webhook.open()
    wire.socket.pause()
    wire.send(
      `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${4 * LIMIT}\r\n\r\n`,
    )
    for (let sent = 0; sent < 4; sent++) wire.send(Buffer.alloc(LIMIT, ' '))
    await until(() => wire.socket.writableLength === 0 || wire.ended)
    wire.socket.resume()
    expect((await hearsAnswer(wire)).status).toBe(413)
    await wire.untilEnd()
    await expectGoodAnswer()
  })

  it('who asks first whether it may come is told before it comes', async () => {
    await serve(free)
    const polite = 'Expect: 100-continue\r\n'
    const large = await webhook.open()
    large.send(
      `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\n${polite}Content-Length: ${LIMIT + 1}\r\n\r\n`,
    )
    expect(await large.untilEnd()).toMatch(/^HTTP\/1\.1 413 /)
    const small = await webhook.open()
    const bytes = post(JSON.stringify(deletionReview()), { headers: polite })
    const end = bytes.indexOf('\r\n\r\n') + 4
    await small.send(bytes.subarray(0, end)).hears(/^HTTP\/1\.1 100 Continue\r\n\r\n/)
    expect((await hearsAnswer(small.send(bytes.subarray(end)))).status).toBe(200)
  })

  it('all requests together may not hold more than a fixed amount', async () => {
    await serve(free)
    const head = `POST /validate HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: ${LIMIT}\r\n\r\n`
    const holders = await Promise.all(Array.from({ length: 5 }, () => webhook.open()))
    for (const wire of holders) wire.send(head).send(Buffer.alloc(LIMIT - 1, ' '))
    await until(() => holders.some((wire) => wire.received !== ''))
    const turnedAway = holders.filter((wire) => wire.received !== '')
    expect(turnedAway.map((wire) => wire.received.slice(0, 12))).toEqual(['HTTP/1.1 503'])
    for (const wire of holders) wire.close()
    await until(() => webhook.server.inFlight === 0)
    await expectGoodAnswer()
  })
})

describe('the depth of a body', () => {
  const half = LIMIT / 2
  const nested = (levels: number): string =>
    JSON.stringify(deletionReview({ options: 0 })).replace(
      '"options":0',
      `"options":${'['.repeat(levels)}${']'.repeat(levels)}`,
    )
  const bombs: [string, string][] = [
    ['7 MiB of opening brackets', '['.repeat(LIMIT)],
    ['brackets that all close', '['.repeat(half) + ']'.repeat(half)],
    ['7 MiB of opening braces', '{"":'.repeat(LIMIT / 4)],
    ['a review with one level too many', nested(511)],
  ]
  it.each(bombs)('%s is refused', async (_what, bomb) => {
    await serve(free)
    const answer = await ask(post(bomb))
    expect([answer.status, answer.text]).toEqual([400, 'the body is nested deeper than 512 levels\n'])
    await expectGoodAnswer()
  })

  it('may be 512 levels', async () => {
    await serve(free)
    expect((await ask(post(nested(510)))).status).toBe(200)
  })

  it('does not count brackets inside of texts', async () => {
    await serve(free)
    const config = `${'['.repeat(1_000)}"\\${'{'.repeat(1_000)}`
    expect(
      (await ask(post(JSON.stringify(deletionReview({ oldObject: { spec: { config } } }))))).status,
    ).toBe(200)
  })
})

describe('the time of a request', () => {
  const never: Decides = () => new Promise<Decision>(() => undefined)
  const limits: [string, string, number][] = [
    ['a fifth is kept for the way back', '?timeout=10s', 8_000],
    ['at least 250 ms', '?timeout=1s', 750],
    ['but never more than half', '?timeout=100ms', 50],
    ['Go writes 1m30s so, and nobody waits longer than 30 s', '?timeout=1m30s', 24_000],
    ['fractions count', '?timeout=1.5s', 1_200],
    ['without a time it is 10 s', '', 8_000],
    ['nonsense counts as none', '?timeout=soon', 8_000],
    ['a bare number counts as none', '?timeout=5', 8_000],
    ['nothing below zero', '?timeout=-1s', 8_000],
    ['zero counts as none', '?timeout=0s', 8_000],
    ['a wall of digits counts as none', `?timeout=${'9'.repeat(5_000)}s`, 8_000],
  ]
  it.each(limits)('%s', async (_sentence, query, patience) => {
    const clock = new HandClock()
    const deadlines: number[] = []
    const decides: Decides = (_request, { deadline }) => {
      deadlines.push(deadline - clock.now())
      return Promise.resolve(allow('NetworkFree'))
    }
    await serve(decides, { handler: { clock } })
    await ask(post(JSON.stringify(deletionReview()), { path: `/validate${query}` }))
    expect(deadlines).toEqual([patience])
  })

  it('is answered with try again when the decision does not come, before the caller gives up', async () => {
    const clock = new HandClock()
    const signals: AbortSignal[] = []
    const decides: Decides = (request, { signal }) => {
      signals.push(signal)
      return never(request, { deadline: 0, signal })
    }
    await serve(decides, { handler: { clock } })
    const wire = await webhook.open()
    wire.send(post(JSON.stringify(deletionReview())))
    await until(() => signals.length === 1)
    clock.advance(7_999)
    expect([wire.received, signals[0]?.aborted]).toEqual(['', false])
    clock.advance(1_000)
    const answer = await hearsAnswer(wire)
    expect(response(answer)).toMatchObject({
      uid: UID,
      allowed: false,
      status: { code: 503, details: { retryAfterSeconds: 1 } },
    })
    expect(signals[0]?.aborted).toBe(true)
    expect(webhook.observations).toMatchObject([{ decision: 'deny', reason: 'NetworkUseUnconfirmed' }])
  })

  it.each([
    ['comes too late', never],
    ['fails', () => Promise.reject(new Error('ours'))],
  ] as const)('that %s passes where its duty fails open, and says so', async (_what, decides) => {
    await serve(decides)
    const services = { group: '', version: 'v1', resource: 'services' }
    const review = deletionReview({ operation: 'CREATE', resource: services, object: {}, oldObject: null })
    const answer = await ask(post(JSON.stringify(review), { path: '/validate?timeout=1s' }))
    expect(response(answer)).toMatchObject({
      uid: UID,
      allowed: true,
      warnings: [expect.stringContaining('could not look at this Service in time')],
    })
  })

  it('leaves no timer behind', async () => {
    const clock = new HandClock()
    await serve(free, { handler: { clock } })
    await ask(post(JSON.stringify(deletionReview())))
    await until(() => webhook.server.inFlight === 0)
    expect(clock.timers).toBe(0)
  })

  it('also holds for a body that does not arrive', async () => {
    const clock = new HandClock()
    await serve(free, { handler: { clock } })
    const wire = await webhook.open()
    wire.send(post(JSON.stringify(deletionReview())).subarray(0, -1))
    await until(() => clock.timers === 1)
    clock.advance(8_000)
    expect((await hearsAnswer(wire)).status).toBe(408)
    clock.advance(1_000)
    await wire.untilEnd()
  })

  it('ends with the caller: who is gone needs no decision', async () => {
    const signals: AbortSignal[] = []
    await serve((_request, { signal }) => {
      signals.push(signal)
      return new Promise<Decision>((_resolve, reject) =>
        signal.addEventListener('abort', () => reject(new Error('nobody waits'))),
      )
    })
    const wire = await webhook.open()
    wire.send(post(JSON.stringify(deletionReview())))
    await until(() => signals.length === 1)
    wire.close()
    await until(() => signals[0]?.aborted === true)
    await until(() => webhook.server.inFlight === 0)
    expect(webhook.reports).toEqual([])
  })
})

describe('a decision that fails', () => {
  const failures: [string, Decides][] = [
    ['by rejecting', () => Promise.reject(new Error('boom'))],
    [
      'by throwing',
      () => {
        throw new Error('boom')
      },
    ],
  ]
  it.each(failures)(
    '%s is answered, counted and reported; the caller is not told the details',
    async (_how, decides) => {
      await serve(decides)
      const answer = await ask(post(JSON.stringify(deletionReview())))
      expect(response(answer)).toMatchObject({
        uid: UID,
        allowed: false,
        status: { code: 500, reason: 'InternalError' },
      })
      expect(answer.text).not.toContain('boom')
      expect(webhook.reports).toMatchObject([{ uid: UID, error: { message: 'boom' } }])
      expect(webhook.observations).toMatchObject([
        { decision: 'failed', resource: 'network-attachment-definitions' },
      ])
    },
  )

  it('after its time is nobody’s business any more', async () => {
    const clock = new HandClock()
    let fail = (_error: Error): void => undefined
    await serve(() => new Promise((_resolve, reject) => (fail = reject)), { handler: { clock } })
    const wire = await webhook.open()
    wire.send(post(JSON.stringify(deletionReview())))
    await until(() => clock.timers === 1)
    clock.advance(10_000)
    await hearsAnswer(wire)
    fail(new Error('too late'))
    expect(webhook.reports).toEqual([])
  })
})

describe('many at once', () => {
  it('wait for their turn, in order, and too many are asked to come again', async () => {
    const started: string[] = []
    const finish: (() => void)[] = []
    const decides: Decides = ({ uid }) => {
      started.push(uid)
      return new Promise((resolve) => finish.push(() => resolve(allow('NetworkFree'))))
    }
    await serve(decides, { handler: { decisionsAtOnce: 2, longestLine: 2 } })
    const review = (uid: string): Buffer => post(JSON.stringify(deletionReview({ uid })))
    const wires = []
    for (const uid of ['a', 'b', 'c', 'd']) {
      const wire = await webhook.open()
      wires.push(wire.send(review(uid)))
      await until(() => webhook.server.inFlight === wires.length)
    }
    await until(() => started.length === 2)
    const fifth = await ask(review('e'))
    expect(response(fifth)).toMatchObject({ uid: 'e', allowed: false, status: { code: 503 } })
    while (finish.length > 0) {
      finish.shift()?.()
      await until(() => finish.length > 0 || started.length === 4)
    }
    for (const wire of wires) expect((await hearsAnswer(wire)).status).toBe(200)
    expect(started).toEqual(['a', 'b', 'c', 'd'])
  })

  it('who leaves the line loses nobody’s turn', async () => {
    let finish = (): void => undefined
    let decisions = 0
    const decides: Decides = () => {
      decisions++
      return new Promise((resolve) => (finish = () => resolve(allow('NetworkFree'))))
    }
    await serve(decides, { handler: { decisionsAtOnce: 1 } })
    const [first, second] = [await webhook.open(), await webhook.open()]
    first.send(post(JSON.stringify(deletionReview())))
    await until(() => decisions === 1)
    second.send(post(JSON.stringify(deletionReview())))
    await until(() => webhook.server.inFlight === 2)
    second.close()
    await until(() => webhook.server.inFlight === 1)
    const third = await webhook.open()
    third.send(post(JSON.stringify(deletionReview())))
    finish()
    await hearsAnswer(first)
    await until(() => decisions === 2)
    finish()
    expect((await hearsAnswer(third)).status).toBe(200)
  })
})
