import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { apiClient, type ApiClient } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { Reflector, type ReflectorOptions } from '../../src/cluster/reflector.ts'
import { Store } from '../../src/cluster/store.ts'
import { NAD } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import * as faults from '../faults/behaviours.ts'
import { gate } from '../faults/gate.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { installNadCrd } from '../support/crds.ts'
import { fastClock } from '../support/fast-clock.ts'
import { makes, nadPath } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const FOLLOWER = 'follower'
const controlPlane = useControlPlane({
  controllers: false,
  users: [{ name: FOLLOWER, groups: ['system:masters'] }, { name: 'stranger' }],
})
const CONFIG_MAPS = '/api/v1/namespaces/default/configmaps'
const LIST = 'LIST configmaps'
const WATCH = 'WATCH configmaps'
/** A minute and a half of silence is four and a half seconds of ours; a first back-off 25 to 50 milliseconds. */
const SPEED = 20

let proxy: FaultProxy
let client: ApiClient
let made = 0
const said: string[] = []
const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }

beforeAll(async () => {
  proxy = await startFaultProxy(controlPlane())
  client = apiClient(loadCredentials(proxy.kubeconfig(FOLLOWER)), { version: 'test', clock: systemClock })
})
afterAll(async () => {
  client.close()
  await proxy.stop()
})

type Name = { readonly name: string; readonly color: string | undefined }
const nameAndColor = ({ metadata }: KubernetesObject): Name => ({
  name: metadata?.name ?? '',
  color: metadata?.labels?.['color'],
})

function follow(options: Partial<ReflectorOptions<Name>> = {}) {
  const store = new Store<Name>(({ color }) => (color === undefined ? [] : [color]))
  const reflector = new Reflector<Name>({
    client,
    store,
    kind: KINDS.configMap,
    namespace: 'default',
    project: nameAndColor,
    clock: fastClock(SPEED),
    random: Math.random,
    log,
    ...options,
  })
  reflector.start()
  return { store, reflector }
}

/** Makes one, past the proxy; answers its name. */
async function configMap(labels?: Record<string, string>): Promise<string> {
  const name = `made-${++made}`
  await makes(controlPlane()).create(CONFIG_MAPS, { metadata: { name, labels } })
  return name
}
const remove = (name: string) => controlPlane().request('DELETE', `${CONFIG_MAPS}/${name}`)
const names = ({ store }: { store: Store<Name> }): string[] => [...store.records()].map(({ name }) => name)
const sees = (followed: { store: Store<Name> }, name: string): Promise<unknown> =>
  eventually(() => names(followed).includes(name), { what: `${name} is seen`, interval: 10 })

/** What the API server itself was asked by the reflector, by its own book. */
async function askedOf(since: Date): Promise<{ lists: number; watches: number }> {
  const events = await controlPlane().auditEvents({
    since,
    filter: ({ user, objectRef }) => user.username === FOLLOWER && objectRef?.resource === 'configmaps',
  })
  const count = (verb: string): number => events.filter((event) => event.verb === verb).length
  return { lists: count('list'), watches: count('watch') }
}

describe('a reflector', () => {
  let followed: ReturnType<typeof follow>
  let began: Date

  beforeEach(async () => {
    said.length = 0
    followed = follow()
    await eventually(() => followed.store.filled && proxy.watches(WATCH).length === 1, {
      what: 'the watch is open',
    })
    began = new Date()
  })
  afterEach(async () => {
    proxy.clearRules()
    await followed.reflector.stop()
  })

  it('sees what is made, changed and removed, and files it', async () => {
    const name = await configMap({ color: 'red' })
    await sees(followed, name)
    expect(followed.store.by('red').map((one) => one.name)).toContain(name)
    await controlPlane().request('PATCH', `${CONFIG_MAPS}/${name}`, {
      metadata: { labels: { color: 'blue' } },
    })
    await eventually(() => followed.store.by('blue').length === 1, { what: 'it is blue' })
    expect(followed.store.by('red')).toEqual([])
    await remove(name)
    await eventually(() => !names(followed).includes(name), { what: 'it is gone' })
    expect(followed.store.by('blue')).toEqual([])
    expect(followed.reflector.state).toMatchObject({
      filled: true,
      absent: false,
      lists: 1,
      watches: 1,
      failures: 0,
    })
  })

  interface Scenario {
    readonly name: string
    /** Breaks the watch that is open, or those to come; resolves when it has happened. */
    readonly breaks: () => Promise<void> | void
    /** What the API server and the proxy may have been asked meanwhile, at most. */
    readonly most: { readonly lists: number; readonly watches: number }
    readonly says?: string
  }
  const openWatch = () => {
    const [watch] = proxy.watches(WATCH)
    if (!watch) throw new Error('no watch is open')
    return watch
  }
  const cut = () => openWatch().cut()
  const hit = (rule: { hits: () => number }, times = 1) =>
    eventually(() => rule.hits() >= times, { what: 'the fault has happened' })
  const throughNext =
    (behaviour: faults.Behaviour, { kind = WATCH, times = 1 } = {}) =>
    async () => {
      const rule = proxy.rule(kind, behaviour, { times })
      cut()
      await hit(rule, times)
    }
  const scenarios: readonly Scenario[] = [
    {
      name: 'the connection is reset',
      breaks: cut,
      most: { lists: 1, watches: 1 },
      says: 'broke the connection',
    },
    {
      name: 'the server ends the watch in good order',
      breaks: () => openWatch().end(),
      most: { lists: 0, watches: 1 },
    },
    {
      name: 'the watch falls silent',
      breaks: () => openWatch().stall(),
      most: { lists: 1, watches: 2 },
      says: 'nothing came for too long',
    },
    {
      name: 'the next watch is silent from the start',
      breaks: throughNext(faults.heldAt(gate())),
      most: { lists: 3, watches: 3 },
    },
    {
      name: '429 with Retry-After',
      breaks: throughNext(faults.tooManyRequests(3), { times: 2 }),
      most: { lists: 3, watches: 3 },
      says: '(429)',
    },
    {
      name: '500',
      breaks: throughNext(faults.internalError(), { times: 3 }),
      most: { lists: 4, watches: 4 },
      says: '(500)',
    },
    {
      name: '410 as an answer',
      breaks: throughNext(faults.gone()),
      most: { lists: 2, watches: 2 },
      says: '(410)',
    },
    {
      name: '410 as an event',
      breaks: throughNext(faults.errorEvent()),
      most: { lists: 2, watches: 2 },
      says: '(410)',
    },
    {
      name: 'another error as an event',
      breaks: throughNext(faults.errorEvent(faults.failure(500, 'InternalError', 'etcd is away'))),
      most: { lists: 2, watches: 2 },
      says: 'etcd is away',
    },
    {
      name: 'half a line',
      breaks: async () => {
        const rule = proxy.rule(WATCH, faults.halfLine(0), { times: 1 })
        cut()
        await hit(rule)
        await configMap()
      },
      most: { lists: 1, watches: 3 },
      says: 'not a JSON object',
    },
    {
      name: 'a line that is no JSON',
      breaks: throughNext(faults.garbage()),
      most: { lists: 1, watches: 2 },
      says: 'not a JSON object',
    },
    {
      name: 'lines that are no JSON, over and over',
      breaks: throughNext(faults.garbage(), { times: 3 }),
      most: { lists: 3, watches: 4 },
      says: 'not a JSON object',
    },
    {
      name: 'an event of an unknown type',
      breaks: () => openWatch().say('{"type":"RENAMED","object":{}}\n'),
      most: { lists: 1, watches: 2 },
      says: 'unknown type',
    },
    {
      name: 'an object without a name',
      breaks: () =>
        openWatch().say('{"type":"ADDED","object":{"metadata":{"resourceVersion":"99999999"}}}\n'),
      most: { lists: 1, watches: 2 },
      says: 'without a name',
    },
    {
      name: 'no answer to the look at the history',
      breaks: throughNext(faults.internalError(), { kind: LIST, times: 2 }),
      most: { lists: 3, watches: 1 },
      says: 'probe of configmaps',
    },
    {
      name: 'the server is away for a while',
      breaks: async () => {
        await proxy.down()
        await eventually(() => said.some((text) => text.includes('nothing listens there')), {
          what: 'it was tried',
        })
        await proxy.up()
      },
      most: { lists: 2, watches: 1 },
      says: 'nothing listens there',
    },
    {
      name: 'a 410, and then the list breaks off',
      breaks: async () => {
        const gone = proxy.rule(WATCH, faults.gone(), { times: 1 })
        const truncated = proxy.rule(
          ({ kind, query }) => kind === LIST && query.get('limit') === '500',
          faults.truncate(50),
          { times: 2 },
        )
        cut()
        await hit(gone)
        await hit(truncated, 2)
      },
      most: { lists: 4, watches: 2 },
      says: 'broke the connection',
    },
    {
      name: 'a 410, and then the list is no list',
      breaks: async () => {
        const gone = proxy.rule(WATCH, faults.gone(), { times: 1 })
        const nonsense = proxy.rule(
          ({ kind, query }) => kind === LIST && query.get('limit') === '500',
          faults.answer(200, { body: { kind: 'Status', metadata: {} } }),
          { times: 1 },
        )
        cut()
        await hit(gone)
        await hit(nonsense)
      },
      most: { lists: 3, watches: 2 },
      says: 'is not a list of configmaps',
    },
    {
      name: 'a delayed stream',
      breaks: async () => {
        const held = gate()
        const rule = proxy.rule(WATCH, faults.heldAt(held), { times: 1 })
        cut()
        await hit(rule)
        await configMap()
        await eventually(() => held.waiting() > 0, { what: 'an event waits' })
        held.release()
      },
      most: { lists: 1, watches: 1 },
    },
  ]
  it.each(scenarios)('goes on after: $name', async ({ breaks, most, says }) => {
    const before = proxy.requests().length
    await breaks()
    const late = await configMap()
    await sees(followed, late)
    const gone = await configMap()
    await sees(followed, gone)
    await remove(gone)
    await eventually(() => !names(followed).includes(gone), { what: 'a removal is seen' })

    const asked = await askedOf(began)
    expect(asked.lists).toBeLessThanOrEqual(most.lists)
    expect(asked.watches).toBeLessThanOrEqual(most.watches)
    expect(proxy.requests().length - before).toBeLessThanOrEqual(most.lists + most.watches)
    if (says !== undefined) expect(said.join('\n')).toContain(says)
    await eventually(() => followed.reflector.state.lastError === undefined, { what: 'all is well again' })
  })

  it('missed nothing while the watch was cut: what was made, changed and removed meanwhile', async () => {
    const [stays, goes] = [await configMap(), await configMap()]
    await sees(followed, goes)
    const held = proxy.rule(WATCH, faults.internalError())
    cut()
    await hit(held)
    await remove(goes)
    await controlPlane().request('PATCH', `${CONFIG_MAPS}/${stays}`, {
      metadata: { labels: { color: 'green' } },
    })
    const comes = await configMap()
    held.remove()
    await sees(followed, comes)
    expect(names(followed)).not.toContain(goes)
    expect(followed.store.by('green').map(({ name }) => name)).toEqual([stays])
    expect(followed.reflector.state.lists).toBe(1)
  })

  it('lists anew when the API server restarts and no longer knows what came before', async () => {
    await controlPlane().stopApiServer()
    await controlPlane().startApiServer()
    await configMap()
    const late = await configMap()
    await sees(followed, late)
    const asked = await askedOf(began)
    expect(asked.lists + asked.watches).toBeLessThanOrEqual(10)
  })

  it('does not hammer a server that refuses everything', async () => {
    const rule = proxy.rule(() => true, faults.internalError())
    cut()
    // With waits of 0.5, 1, 2, 4 ... seconds at least, a minute of that clock has room for seven calls or so.
    const start = performance.now()
    await eventually(() => performance.now() - start > 60_000 / SPEED, {
      what: 'a minute has passed on that clock',
    })
    expect(rule.hits()).toBeGreaterThanOrEqual(3)
    expect(rule.hits()).toBeLessThanOrEqual(10)
    expect(followed.reflector.state.lastError).toContain('(500)')
    rule.remove()
    await sees(followed, await configMap())
  })

  it('does not hammer a server whose every watch brings something and then breaks', async () => {
    const old = { type: 'BOOKMARK', object: { metadata: { resourceVersion: '1' } } }
    const rule = proxy.rule(WATCH, {
      kind: 'lines',
      first: { write: `${JSON.stringify(old)}\n`, then: 'reset' },
    })
    cut()
    const start = performance.now()
    await eventually(() => performance.now() - start > 60_000 / SPEED, {
      what: 'a minute has passed on that clock',
    })
    expect(rule.hits()).toBeLessThanOrEqual(10)
    rule.remove()
    await sees(followed, await configMap())
  })

  it('outlives objects that its projection throws at, and counts them', async () => {
    const followed = follow({
      project: (object) => {
        if (object.metadata?.labels?.['color'] === 'bad') throw new Error('a bad color')
        return nameAndColor(object)
      },
    })
    const fine = await configMap()
    await sees(followed, fine)
    const bad = await configMap({ color: 'bad' })
    await sees(followed, await configMap())
    // What was known of an object stays known while nobody can tell what has become of it.
    await controlPlane().request('PATCH', `${CONFIG_MAPS}/${fine}`, {
      metadata: { labels: { color: 'bad' } },
    })
    await sees(followed, await configMap())
    expect(names(followed)).toContain(fine)
    expect(names(followed)).not.toContain(bad)
    followed.reflector.relist()
    await eventually(() => followed.reflector.state.lists === 2, { what: 'it is listed anew' })
    expect(names(followed)).toContain(fine)
    expect(followed.reflector.state).toMatchObject({ stumbles: 4, failures: 0 })
    expect(said.filter((text) => text.includes('a bad color'))).toHaveLength(3)
    await followed.reflector.stop()
  })

  it('outlives subscribers that throw', async () => {
    const leave = followed.store.onChange(() => {
      throw new Error('not today')
    })
    const name = await configMap()
    await sees(followed, name)
    expect(followed.reflector.state).toMatchObject({ stumbles: 1, failures: 0, watches: 1 })
    leave()
  })

  it('lists anew when told, and once more when told while it lists', async () => {
    const held = gate()
    const rule = proxy.rule(LIST, faults.heldAt(held, 'answer'), { times: 1 })
    followed.reflector.relist()
    await hit(rule)
    followed.reflector.relist()
    followed.reflector.relist()
    held.release()
    await eventually(() => followed.reflector.state.lists === 3, { what: 'it has listed twice more' })
    await sees(followed, await configMap())
    expect(followed.reflector.state.lists).toBe(3)
  })

  it('ends at once when stopped, whatever it does', async () => {
    const silent = follow()
    const rule = proxy.rule(() => true, faults.silence())
    silent.reflector.relist()
    await hit(rule)
    await silent.reflector.stop()
    expect(silent.reflector.state.filled).toBe(false)
  })
})

describe('a list of several pages', () => {
  const COUNT = 520
  beforeAll(async () => {
    const { create, namespace } = makes(controlPlane())
    await namespace('paged')
    const indexes = Array.from({ length: COUNT }, (_, i) => i).values()
    const maker = async (): Promise<void> => {
      for (const i of indexes)
        await create('/api/v1/namespaces/paged/configmaps', { metadata: { name: `page-${i}` } })
    }
    await Promise.all(Array.from({ length: 16 }, maker))
  })
  afterEach(() => proxy.clearRules())
  const isContinued = ({ kind, query }: { kind: string; query: URLSearchParams }) =>
    kind === LIST && query.has('continue')

  it.each([
    ['passes', faults.pass(), 0],
    ['expires once', faults.gone(), 1],
    ['expires whenever it is continued', faults.gone(), Infinity],
    ['fails once', faults.internalError(), 1],
  ])('is whole when it %s', async (_, behaviour, times) => {
    const rule = proxy.rule(isContinued, behaviour, { times })
    const followed = follow({ namespace: 'paged' })
    await eventually(() => followed.store.filled, { what: 'it is listed' })
    expect(followed.store.size).toBe(COUNT)
    expect(rule.hits()).toBeLessThanOrEqual(2)
    await followed.reflector.stop()
  })
})

describe('a kind that comes and goes', () => {
  const CRD = `/apis/apiextensions.k8s.io/v1/customresourcedefinitions/${NAD.crd}`

  it('is absent, comes, goes and comes again', async () => {
    said.length = 0
    const followed = follow({ kind: KINDS.nad })
    const heard: unknown[] = []
    followed.store.onChange((before, after) => heard.push([before?.name, after?.name]))
    await eventually(() => followed.reflector.state.absent, { what: 'the kind is absent' })
    expect(followed.store).toMatchObject({ filled: true, size: 0 })
    expect(followed.reflector.state).toMatchObject({ lastError: undefined, failures: 0 })
    for (const round of ['first', 'second']) {
      await installNadCrd(controlPlane())
      followed.reflector.relist()
      await makes(controlPlane()).nad('default', round)
      await sees(followed, round)
      expect(followed.reflector.state).toMatchObject({ absent: false })
      await controlPlane().request('DELETE', CRD)
      await eventually(() => followed.reflector.state.absent, { what: 'the kind is absent again' })
      expect(followed.store).toMatchObject({ filled: true, size: 0 })
    }
    expect(heard).toEqual([
      [undefined, 'first'],
      ['first', undefined],
      [undefined, 'second'],
      ['second', undefined],
    ])
    await followed.reflector.stop()
    expect(said.filter((text) => text.includes('not served'))).toHaveLength(3)
  })

  it('is looked for again without being told', async () => {
    const followed = follow({ kind: KINDS.nad })
    await eventually(() => followed.reflector.state.absent, { what: 'the kind is absent' })
    await installNadCrd(controlPlane())
    const { status } = await controlPlane().request('GET', nadPath('default'))
    expect(status).toBe(200)
    await eventually(() => !followed.reflector.state.absent, { what: 'the kind has come' })
    await followed.reflector.stop()
    await controlPlane().request('DELETE', CRD)
  })

  it('is never taken for absent where it belongs to Kubernetes itself', async () => {
    const rule = proxy.rule(LIST, faults.answer(404, { body: 'no such page' }))
    const followed = follow()
    await eventually(() => followed.reflector.state.lastError, { what: 'it says what is wrong' })
    expect(followed.store.filled).toBe(false)
    expect(followed.reflector.state).toMatchObject({
      absent: false,
      lastError: expect.stringContaining('no such page'),
    })
    rule.remove()
    await eventually(() => followed.store.filled, { what: 'it is filled' })
    await followed.reflector.stop()
  })
})

describe('a right that is missing', () => {
  it('is named, and used as soon as it is there', async () => {
    const stranger = apiClient(loadCredentials(proxy.kubeconfig('stranger')), {
      version: 'test',
      clock: systemClock,
    })
    const followed = follow({ client: stranger })
    await eventually(() => followed.reflector.state.lastError, { what: 'it says what is wrong' })
    expect(followed.store.filled).toBe(false)
    expect(followed.reflector.state.lastError).toMatch(
      /refused to list configmaps: .*"stranger" cannot list resource "configmaps".*\(403\)/,
    )
    const rules = [{ apiGroups: [''], resources: ['configmaps'], verbs: ['list', 'watch'] }]
    const { create } = makes(controlPlane())
    const rbac = '/apis/rbac.authorization.k8s.io/v1/namespaces/default'
    await create(`${rbac}/roles`, { metadata: { name: 'follower' }, rules })
    await create(`${rbac}/rolebindings`, {
      metadata: { name: 'follower' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name: 'follower' },
      subjects: [{ kind: 'User', name: 'stranger' }],
    })
    await sees(followed, await configMap())
    await followed.reflector.stop()
    stranger.close()
  })
})
