import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals'
import { apiClient, type ApiClient, type WatchEvent } from '../control-plane/api-client.ts'
import * as faults from '../faults/behaviours.ts'
import { gate } from '../faults/gate.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const WATCH = 'WATCH configmaps'

const controlPlane = useControlPlane({ controllers: false })
let proxy: FaultProxy
let client: ApiClient
let made = 0

beforeAll(async () => {
  proxy = await startFaultProxy(controlPlane())
  client = apiClient(proxy.url, controlPlane().ca, controlPlane().token)
})
afterEach(async () => {
  proxy.clearRules()
  for (const stream of proxy.watches()) stream.cut()
  await noneOpen()
})
afterAll(async () => {
  client.close()
  await proxy.stop()
})

/** Makes one, past the proxy; returns its name. */
async function configMap(): Promise<string> {
  made += 1
  const name = `made-${made}`
  const { status } = await controlPlane().request('POST', CONFIG_MAPS, { metadata: { name } })
  expect(status).toBe(201)
  return name
}

/** A watch through the proxy that begins now, and what it has brought so far. */
async function watchFromNow(): Promise<{
  names: () => string[]
  events: WatchEvent[]
  ended: () => string | undefined
  leave: () => void
}> {
  const { body } = await controlPlane().request('GET', CONFIG_MAPS)
  const leaving = new AbortController()
  const events: WatchEvent[] = []
  let ended: string | undefined
  const stream = client.watch(`${CONFIG_MAPS}?resourceVersion=${body.metadata?.resourceVersion}`, {
    signal: leaving.signal,
  })
  const read = async (): Promise<string> => {
    for await (const event of stream) events.push(event)
    return 'by the server'
  }
  void read().then(
    (how) => (ended = how),
    (error: unknown) => (ended = String(error)),
  )
  await eventually(() => ended ?? proxy.watches(WATCH).length > 0, { what: 'the watch is open' })
  return {
    names: () => events.map(({ object }) => object.metadata?.name ?? ''),
    events,
    ended: () => ended,
    leave: () => leaving.abort(),
  }
}

const noneOpen = (): Promise<boolean> =>
  eventually(() => proxy.watches().length === 0, { what: 'no watch is open' })

describe('without a rule', () => {
  it('answers are the real ones: reads, writes, refusals, bodies and all', async () => {
    const direct = await controlPlane().request('GET', '/version')
    expect((await client.request('GET', '/version')).body).toEqual(direct.body)
    expect(
      await client.request('POST', CONFIG_MAPS, {
        metadata: { name: 'through' },
        data: { text: 'x'.repeat(300_000) },
      }),
    ).toMatchObject({ status: 201 })
    expect(await client.request('GET', `${CONFIG_MAPS}/through`)).toMatchObject({
      status: 200,
      body: { data: { text: 'x'.repeat(300_000) } },
    })
    expect(await client.request('GET', `${CONFIG_MAPS}/none`)).toMatchObject({
      status: 404,
      body: { reason: 'NotFound' },
    })
  })

  it('a kubeconfig leads kubectl through it', async () => {
    const before = proxy.count('LIST namespaces')
    const { kubectl } = controlPlane()
    const seen = await kubectl(['get', 'namespaces', '-o', 'name', '--kubeconfig', proxy.kubeconfig('admin')])
    expect(seen).toMatchObject({ status: 0, stdout: expect.stringContaining('namespace/default') })
    expect(proxy.count('LIST namespaces')).toBe(before + 1)
  })

  it('a watch brings what happens while it is open, and leaves with its client', async () => {
    const watch = await watchFromNow()
    const names = [await configMap(), await configMap()]
    await eventually(() => watch.events.length === 2, { what: 'both are seen' })
    expect(watch.names()).toEqual(names)
    expect(proxy.watches(WATCH).map((stream) => stream.lines())).toEqual([2])
    watch.leave()
    await noneOpen()
  })
})

describe('a rule for requests', () => {
  it('resets the connection', async () => {
    proxy.rule('LIST configmaps', faults.reset())
    await expect(client.request('GET', CONFIG_MAPS)).rejects.toThrow(/ECONNRESET|hang up/)
    expect(await client.request('GET', '/version')).toMatchObject({ status: 200 })
  })

  it('answers as an API server in trouble would, and counts how often', async () => {
    proxy.rule('LIST configmaps', faults.internalError())
    const busy = proxy.rule('LIST configmaps', faults.tooManyRequests(3), { times: 2 })
    for (let time = 0; time < 2; time += 1) {
      const { status, headers, body } = await client.request('GET', CONFIG_MAPS)
      expect([status, headers['retry-after'], body.reason]).toEqual([429, '3', 'TooManyRequests'])
    }
    expect(await client.request('GET', CONFIG_MAPS)).toMatchObject({ status: 500 })
    expect(busy.hits()).toBe(2)
    proxy.rule('LIST configmaps', faults.gone())
    expect(await client.request('GET', CONFIG_MAPS)).toMatchObject({
      status: 410,
      body: { reason: 'Expired' },
    })
  })

  it('takes a request and stays silent until the client gives up', async () => {
    let isAnswered = false
    const leaving = new AbortController()
    const silent = client.watch(CONFIG_MAPS, { signal: leaving.signal })
    proxy.rule(WATCH, faults.silence())
    const before = proxy.count(WATCH)
    const waiting = silent.next().finally(() => (isAnswered = true))
    await eventually(() => proxy.count(WATCH) === before + 1, { what: 'the request has arrived' })
    expect(await client.request('GET', '/version')).toMatchObject({ status: 200 })
    expect(isAnswered).toBe(false)
    leaving.abort()
    await expect(waiting).rejects.toThrow('aborted')
  })

  it('breaks an answer off in the middle', async () => {
    proxy.rule('LIST configmaps', faults.truncate(40))
    await expect(client.request('GET', CONFIG_MAPS)).rejects.toThrow(/aborted|ECONNRESET/)
  })

  it('holds a request before the server sees it, or its answer after', async () => {
    const before = gate()
    const rule = proxy.rule('LIST configmaps', faults.heldAt(before, 'request'))
    const late = client.request('GET', CONFIG_MAPS)
    await eventually(() => before.waiting() === 1, { what: 'the request is held' })
    const seenLate = await configMap()
    before.release()
    expect((await late).body.items?.map(({ metadata }) => metadata?.name)).toContain(seenLate)

    rule.remove()
    const after = gate()
    proxy.rule('LIST configmaps', faults.heldAt(after, 'answer'))
    const early = client.request('GET', CONFIG_MAPS)
    await eventually(() => after.waiting() === 1, { what: 'the answer is held' })
    const notSeen = await configMap()
    after.release()
    expect((await early).body.items?.map(({ metadata }) => metadata?.name)).not.toContain(notSeen)
  })

  it('forgets a held request whose client has left', async () => {
    const held = gate()
    proxy.rule(WATCH, faults.heldAt(held, 'request'))
    const leaving = new AbortController()
    const waiting = client.watch(CONFIG_MAPS, { signal: leaving.signal }).next()
    await eventually(() => held.waiting() === 1, { what: 'the request is held' })
    leaving.abort()
    await expect(waiting).rejects.toThrow('aborted')
    await eventually(() => held.waiting() === 0, { what: 'nobody waits any more' })
  })
})

describe('a rule for the lines of a watch', () => {
  it('holds them until they are let pass, one by one or all', async () => {
    const held = gate()
    proxy.rule(WATCH, faults.heldAt(held))
    const watch = await watchFromNow()
    const names = [await configMap(), await configMap(), await configMap()]
    await eventually(() => held.waiting() === 1, { what: 'the first line is held' })
    expect(watch.names()).toEqual([])
    held.letPass(1)
    await eventually(() => watch.events.length === 1 && held.waiting() === 1, { what: 'one has passed' })
    expect(watch.names()).toEqual(names.slice(0, 1))
    held.release()
    await eventually(() => watch.events.length === 3, { what: 'all have passed' })
    expect(watch.names()).toEqual(names)
    watch.leave()
    await noneOpen()
  })

  it('sends half of a line and ends', async () => {
    proxy.rule(WATCH, faults.halfLine(1))
    const watch = await watchFromNow()
    const whole = await configMap()
    await configMap()
    expect(await eventually(watch.ended, { what: 'the watch has ended' })).toBe('by the server')
    expect(watch.names()).toEqual([whole])
    await noneOpen()
  })

  it('begins with nonsense', async () => {
    proxy.rule(WATCH, faults.garbage())
    const watch = await watchFromNow()
    expect(await eventually(watch.ended, { what: 'the client has stumbled' })).toContain('SyntaxError')
    await noneOpen()
  })

  it('begins with an ERROR event and ends, as after a compaction', async () => {
    proxy.rule(WATCH, faults.errorEvent())
    const watch = await watchFromNow()
    expect(await eventually(watch.ended, { what: 'the watch has ended' })).toBe('by the server')
    expect(watch.events).toMatchObject([
      { type: 'ERROR', object: { kind: 'Status', code: 410, reason: 'Expired' } },
    ])
  })
})

describe('a watch that is open', () => {
  it('is cut', async () => {
    const watch = await watchFromNow()
    for (const stream of proxy.watches(WATCH)) stream.cut()
    expect(await eventually(watch.ended, { what: 'the watch has ended' })).toMatch(/ECONNRESET|aborted/)
    await noneOpen()
  })

  it('is ended in order', async () => {
    const watch = await watchFromNow()
    for (const stream of proxy.watches(WATCH)) stream.end()
    expect(await eventually(watch.ended, { what: 'the watch has ended' })).toBe('by the server')
    await noneOpen()
  })

  it('falls silent and stays open', async () => {
    const watch = await watchFromNow()
    const other = await watchFromNow()
    proxy.watches(WATCH)[0]?.stall()
    const name = await configMap()
    await eventually(() => other.events.length === 1, { what: 'the other watch has seen it' })
    expect(other.names()).toEqual([name])
    expect([watch.names(), watch.ended()]).toEqual([[], undefined])
    watch.leave()
    other.leave()
    await noneOpen()
  })

  it('is told something that never happened', async () => {
    const watch = await watchFromNow()
    const bookmark = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '1' } } }
    proxy.watches(WATCH)[0]?.say(`${JSON.stringify(bookmark)}\n`)
    await eventually(() => watch.events.length === 1, { what: 'it has arrived' })
    expect(watch.events).toEqual([bookmark])
    watch.leave()
    await noneOpen()
  })
})

describe('the whole proxy', () => {
  it('goes down and comes up again on the same port', async () => {
    const watch = await watchFromNow()
    await proxy.down()
    expect(await eventually(watch.ended, { what: 'the watch has ended' })).toMatch(/ECONNRESET|aborted/)
    await expect(client.request('GET', '/version')).rejects.toThrow('ECONNREFUSED')
    await proxy.up()
    expect(await client.request('GET', '/version')).toMatchObject({ status: 200 })
  })

  it('passes on that the API server is away, and works again after', async () => {
    await controlPlane().stopApiServer()
    await expect(client.request('GET', '/version')).rejects.toThrow(/ECONNRESET|hang up/)
    await controlPlane().startApiServer()
    expect(await client.request('GET', '/version')).toMatchObject({ status: 200 })
  })

  it('calls requests by verb and resource', () => {
    const kinds = new Set(proxy.requests().map(({ kind }) => kind))
    expect([...kinds]).toEqual(
      expect.arrayContaining([
        'GET /version',
        'LIST configmaps',
        'GET configmaps',
        'CREATE configmaps',
        WATCH,
      ]),
    )
  })
})
