import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { apiClient, type ApiClient } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { FreshList } from '../../src/cluster/fresh-list.ts'
import { PodFreshness } from '../../src/cluster/freshness.ts'
import { KINDS, type Kind } from '../../src/cluster/kinds.ts'
import { Reflector } from '../../src/cluster/reflector.ts'
import { Store } from '../../src/cluster/store.ts'
import { podRecord } from '../../src/core/networks/pod-record.ts'
import type { PodRecord } from '../../src/core/networks/records.ts'
import * as faults from '../faults/behaviours.ts'
import { gate } from '../faults/gate.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import type { SeenRequest } from '../faults/kind-of-request.ts'
import { fastClock } from '../support/fast-clock.ts'
import { makes, podPath, type Makes, type PodOptions } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const ASKER = 'asker'
const users = [{ name: ASKER, groups: ['system:masters'] }]
const controlPlane = useControlPlane({ controllers: false, users })
const SPACE = 'green'
const log = { info: () => undefined, warn: () => undefined }
const project = (pod: object): PodRecord | undefined => podRecord(pod, 'kube-system')

let proxy: FaultProxy
let client: ApiClient
let make: Makes
let store: Store<PodRecord>
let reflector: Reflector<PodRecord>
let freshness: PodFreshness
let made = 0

beforeAll(async () => {
  make = makes(controlPlane())
  await make.namespace(SPACE)
  await make.namespace('elsewhere')
  proxy = await startFaultProxy(controlPlane())
  client = apiClient(loadCredentials(proxy.kubeconfig(ASKER)), { version: 'test', clock: systemClock })
})
afterAll(async () => {
  client.close()
  await proxy.stop()
})
beforeEach(async () => {
  store = new Store<PodRecord>(({ uses }) => uses.map(({ nad }) => nad))
  const common = { client, store, project, random: Math.random }
  reflector = new Reflector<PodRecord>({
    ...common,
    kind: KINDS.pod,
    clock: fastClock(20),
    log,
    stallMs: 1e9,
  })
  freshness = new PodFreshness({ ...common, clock: systemClock, reflector })
  reflector.start()
  await eventually(() => store.filled && isWatching(), { what: 'the index is filled and watches' })
})
afterEach(async () => {
  proxy.clearRules()
  await reflector.stop()
})

const WATCH = 'WATCH pods'
const LIST = 'LIST pods'
const isWatching = (): boolean => proxy.watches(WATCH).length > 0
/** The small list that tells the present version, and the live lists of all Pods. */
const asksVersion = ({ kind, query }: SeenRequest): boolean => kind === LIST && query.get('limit') === '1'
const listsPods = ({ kind, query }: SeenRequest): boolean => kind === LIST && query.get('limit') === '500'
/** The watch of the reflector asks for minutes, a pulse for seconds. */
const isPulse = ({ kind, query }: SeenRequest): boolean =>
  kind === WATCH && query.get('timeoutSeconds') === '3'
const isMainWatch = (request: SeenRequest): boolean => request.kind === WATCH && !isPulse(request)

const aNetwork = (): string => `${SPACE}/net-${++made}`
const aPod = async (network: string, options: PodOptions = {}, namespace = SPACE): Promise<string> => {
  const name = `pod-${++made}`
  await make.pod(namespace, name, { networks: network, ...options })
  return name
}
const remove = (name: string, namespace = SPACE) =>
  controlPlane().request('DELETE', `${podPath(namespace, name)}?gracePeriodSeconds=0`)
const look = (milliseconds = 10_000) => freshness.freshLook(systemClock.now() + milliseconds)
const usersOf = async (network: string, milliseconds?: number): Promise<string[] | undefined> =>
  (await (await look(milliseconds))?.podsNaming(network))?.map(({ name }) => name).sort()
/** Something else in the cluster happens, so that the version moves while Pods stand still. */
const elsewhere = () =>
  make.create('/api/v1/namespaces/elsewhere/configmaps', { metadata: { name: `c-${++made}` } })
/** From now on nothing that happens reaches the index by its own watch. */
async function blind(how: faults.Behaviour = faults.heldAt(gate())): Promise<void> {
  proxy.rule(isMainWatch, how)
  const watch = proxy.watches(isMainWatch)[0]
  if (how.kind === 'gate') {
    // What the rule holds is a new watch, which is open but brings nothing.
    watch?.end()
    await eventually(() => !proxy.watches(isMainWatch).includes(watch as never) && isWatching(), {
      what: 'the new watch is open',
    })
  } else watch?.cut()
}
const asked = async (since: Date) => {
  const filter = ({ user, objectRef }: { user: { username: string }; objectRef?: { resource?: string } }) =>
    user.username === ASKER && objectRef?.resource === 'pods'
  return controlPlane().auditEvents({ since, filter })
}

describe('a fresh look', () => {
  it('comes from the index where that is as new as the cluster, for one small question', async () => {
    const network = aNetwork()
    const name = await aPod(network)
    await eventually(() => store.by(network).length === 1, { what: 'the index knows it' })
    const began = new Date()
    const fresh = await look()
    expect(fresh?.source).toBe('index')
    expect((await fresh?.podsNaming(network))?.map((pod) => pod.name)).toEqual([name])
    expect((await asked(began)).map(({ requestURI }) => requestURI)).toEqual(['/api/v1/pods?limit=1'])
  })

  it('shows every Pod there is a record of', async () => {
    const networks = [aNetwork(), aNetwork()]
    for (const network of networks) await aPod(network)
    const fromIndex = (await (await look())?.allPods())?.map(({ uid }) => uid).sort()
    await blind()
    await elsewhere()
    proxy.rule(isPulse, faults.internalError())
    const fresh = await look()
    expect(fresh?.source).toBe('list')
    expect((await fresh?.allPods())?.map(({ uid }) => uid).sort()).toEqual(fromIndex)
  })

  const blindness: readonly (readonly [string, faults.Behaviour])[] = [
    ['is delayed', faults.heldAt(gate())],
    ['is reset', faults.reset()],
    ['is silent', faults.silence()],
    ['answers 429', faults.tooManyRequests(1)],
    ['answers 500', faults.internalError()],
    ['answers 410', faults.gone()],
    ['says 410', faults.errorEvent()],
    ['says nonsense', faults.garbage()],
  ]
  it.each(blindness)(
    'sees through a watch that %s: who came, who went, and who never was',
    async (_, how) => {
      const [network, free, freed] = [aNetwork(), aNetwork(), aNetwork()]
      const [stays, goes] = [await aPod(network), await aPod(network)]
      const leaves = await aPod(freed)
      await eventually(() => store.by(network).length === 2 && store.by(freed).length === 1, {
        what: 'the index knows them',
      })
      await blind(how)
      // The pulse is a watch as well: what befalls the one befalls the other.
      proxy.rule(isPulse, how)
      await remove(goes)
      await remove(leaves)
      const comes = await aPod(network)
      expect(await usersOf(network)).toEqual([comes, stays].sort())
      expect(await usersOf(freed)).toEqual([])
      expect(await usersOf(free)).toEqual([])
    },
  )

  const refusals: readonly (readonly [string, faults.Behaviour])[] = [
    ['429', faults.tooManyRequests(1)],
    ['500', faults.internalError()],
    ['410', faults.gone()],
    ['403', faults.answer(403, { body: faults.failure(403, 'Forbidden', 'no') })],
    ['a reset', faults.reset()],
    ['half an answer', faults.truncate(10)],
    ['nonsense', faults.answer(200, { body: '{}' })],
    ['no answer', faults.silence()],
  ]
  it.each(refusals)('is helped by a pulse where lists of Pods meet %s', async (_, how) => {
    const network = aNetwork()
    await blind()
    proxy.rule(listsPods, how)
    const name = await aPod(network)
    const fresh = await look()
    expect(fresh?.source).toBe('index')
    expect((await fresh?.podsNaming(network))?.map((pod) => pod.name)).toEqual([name])
  })

  it('waits for the index where that is about to get there by itself', async () => {
    const held = gate()
    await blind(faults.heldAt(held))
    proxy.rule(isPulse, faults.silence())
    const listing = gate()
    proxy.rule(listsPods, faults.heldAt(listing, 'answer'))
    const network = aNetwork()
    const name = await aPod(network)
    const users = usersOf(network)
    await eventually(() => listing.waiting() > 0 && held.waiting() > 0, {
      what: 'list and event are on their way',
    })
    held.release()
    expect(await users).toEqual([name])
    // Nobody needs the list any more, so it is called off.
    await eventually(() => listing.waiting() === 0, { what: 'the list is called off' })
  })

  it('tries again where the first question fails', async () => {
    const network = aNetwork()
    const name = await aPod(network)
    const rule = proxy.rule(asksVersion, faults.internalError(), { times: 2 })
    expect(await usersOf(network)).toEqual([name])
    expect(rule.hits()).toBe(2)
  })

  it('is not had where nothing answers, and leaves at its deadline', async () => {
    const rule = proxy.rule(() => true, faults.tooManyRequests(1))
    expect(await look(300)).toBeUndefined()
    expect(rule.hits()).toBeLessThanOrEqual(3)
    proxy.rule(() => true, faults.silence())
    expect(await look(300)).toBeUndefined()
    proxy.clearRules()
    await blind()
    await elsewhere()
    proxy.rule(listsPods, faults.silence())
    proxy.rule(isPulse, faults.silence())
    expect(await look(300)).toBeUndefined()
  })

  it('is had before the index was ever filled', async () => {
    const network = aNetwork()
    const name = await aPod(network)
    const empty = new Store<PodRecord>(({ uses }) => uses.map(({ nad }) => nad))
    const idle = { feed: () => undefined, relist: () => undefined }
    const parts = { client, project, random: Math.random, clock: systemClock, store: empty, reflector: idle }
    const fresh = await new PodFreshness(parts).freshLook(systemClock.now() + 10_000)
    expect(fresh?.source).toBe('list')
    expect((await fresh?.podsNaming(network))?.map((pod) => pod.name)).toEqual([name])
  })
})

describe('a look through a list of metadata', () => {
  beforeEach(() => {
    proxy.rule(isPulse, faults.internalError())
  })
  const recordsOf = async (network: string) => {
    const fresh = await look()
    expect(fresh?.source).toBe('list')
    return fresh?.podsNaming(network)
  }

  it('knows node and host network of Pods that the index never saw', async () => {
    const network = aNetwork()
    await blind()
    const bound = await aPod(network)
    const onHost = await aPod(network, { hostNetwork: true })
    const waiting = await aPod(network, { nodeName: null })
    const records = await recordsOf(network)
    const told = records?.map(({ name, nodeName, hostNetwork }) => ({ name, nodeName, hostNetwork }))
    expect(told).toHaveLength(3)
    expect(told).toEqual(
      expect.arrayContaining([
        { name: bound, nodeName: 'node-1', hostNetwork: false },
        { name: onHost, nodeName: 'node-1', hostNetwork: true },
        { name: waiting, nodeName: undefined, hostNetwork: false },
      ]),
    )
  })

  it('sees that a Pod was bound since the index last heard of it', async () => {
    const network = aNetwork()
    const name = await aPod(network, { nodeName: null })
    await eventually(() => store.by(network).length === 1, { what: 'the index knows it' })
    await blind()
    await make.run(SPACE, name)
    expect(await recordsOf(network)).toMatchObject([{ name, nodeName: 'node-1' }])
  })

  it('sees a status that was written since, and asks nobody about Pods that the index knows', async () => {
    const [network, attached] = [aNetwork(), aNetwork()]
    const name = await aPod(network)
    await eventually(() => store.by(network)[0]?.nodeName !== undefined, { what: 'the index knows it' })
    await blind()
    await make.attach(SPACE, name, [attached])
    const began = new Date()
    expect(await recordsOf(attached)).toMatchObject([{ name, nodeName: 'node-1', hostNetwork: false }])
    expect((await asked(began)).filter(({ verb }) => verb === 'get')).toEqual([])
  })

  it('leaves out who has finished, and who went while it was read', async () => {
    const network = aNetwork()
    await blind()
    const [finishes, goes, stays] = [await aPod(network), await aPod(network), await aPod(network)]
    await make.setPhase(SPACE, finishes, 'Succeeded')
    const fresh = await look()
    expect(fresh?.source).toBe('list')
    await remove(goes)
    expect((await fresh?.podsNaming(network))?.map(({ name }) => name)).toEqual([stays])
  })

  it('meets the same name again as another Pod, and tells of that one', async () => {
    const network = aNetwork()
    const name = await aPod(network)
    await eventually(() => store.by(network).length === 1, { what: 'the index knows it' })
    const known = store.by(network)[0]
    await blind()
    await remove(name)
    await make.pod(SPACE, name, { networks: network, hostNetwork: true })
    const records = await recordsOf(network)
    expect(records).toMatchObject([{ name, hostNetwork: true }])
    expect(records?.[0]?.uid).not.toBe(known?.uid)
  })

  it('does not answer where a Pod cannot be read', async () => {
    const network = aNetwork()
    await blind()
    await aPod(network)
    proxy.rule('GET pods', faults.internalError())
    const fresh = await look()
    expect(fresh?.source).toBe('list')
    expect(await fresh?.podsNaming(network)).toBeUndefined()
    expect(await fresh?.podsNaming(aNetwork())).toEqual([])
  })

  it('reads many unknown Pods by one list instead of one by one', async () => {
    const network = aNetwork()
    await blind()
    let left = 230
    const maker = async (): Promise<void> => {
      while (left-- > 0) await aPod(network, { nodeName: null })
    }
    await Promise.all(Array.from({ length: 16 }, maker))
    const fresh = await look()
    const began = new Date()
    expect(await fresh?.podsNaming(network)).toHaveLength(230)
    expect(await asked(began)).toHaveLength(1)
    await controlPlane().request('DELETE', `${podPath(SPACE)}?gracePeriodSeconds=0`)
  })
})

describe('many who ask at once', () => {
  it('share a handful of calls', async () => {
    const [network, free] = [aNetwork(), aNetwork()]
    await blind()
    const name = await aPod(network)
    const began = new Date()
    const answers = await Promise.all(
      Array.from({ length: 100 }, async (_, i) => usersOf(i % 2 === 0 ? network : free)),
    )
    expect(answers.every((users, i) => users?.join() === (i % 2 === 0 ? name : ''))).toBe(true)
    const calls = (await asked(began)).filter(({ verb }) => verb !== 'get')
    expect(calls.length).toBeLessThanOrEqual(8)
  })

  it('never get the proof of a time before they asked', async () => {
    const network = aNetwork()
    await blind()
    await elsewhere()
    const held = gate()
    proxy.rule(isPulse, faults.internalError())
    proxy.rule(listsPods, faults.heldAt(held, 'answer'), { times: 1 })
    const early = usersOf(network)
    // The first list has been read by the server and is on its way; what comes now is not in it.
    await eventually(() => held.waiting() > 0, { what: 'the first list is on its way' })
    const name = await aPod(network)
    const questions = () => proxy.requests().filter(asksVersion).length
    const before = questions()
    const late = usersOf(network)
    await eventually(() => questions() > before, { what: 'the second has asked for the version' })
    // Whatever was asked after it is answered after it.
    for (let i = 0; i < 3; i++) await client.request({ path: '/version' })
    held.release()
    expect(await early).toEqual([])
    expect(await late).toEqual([name])
  })

  it('cost nothing more once the last has gone', async () => {
    await blind()
    await elsewhere()
    proxy.rule(isPulse, faults.silence())
    const held = gate()
    proxy.rule(listsPods, faults.heldAt(held, 'answer'))
    const looks = [look(200), look(250)]
    await eventually(() => held.waiting() > 0, { what: 'the list is on its way' })
    expect(await Promise.all(looks)).toEqual([undefined, undefined])
    await eventually(() => held.waiting() === 0, { what: 'the list is called off' })
  })
})

describe('a user that the index names', () => {
  const deadline = () => systemClock.now() + 10_000
  async function known(options: PodOptions = {}): Promise<PodRecord> {
    const network = aNetwork()
    await aPod(network, options)
    await eventually(() => store.by(network)[0]?.nodeName, { what: 'the index knows it' })
    const [record] = store.by(network)
    if (!record) throw new Error('the index has forgotten it')
    await blind()
    return record
  }

  it('is confirmed by one call, and for a while by none', async () => {
    const record = await known()
    const began = new Date()
    expect(await freshness.confirmUser(record, deadline())).toBe(true)
    expect(await freshness.confirmUser(record, deadline())).toBe(true)
    expect((await asked(began)).filter(({ verb }) => verb === 'get')).toHaveLength(1)
  })

  it('that is gone is none, nor is another of its name', async () => {
    const record = await known()
    await remove(record.name)
    expect(await freshness.confirmUser(record, deadline())).toBe(false)
    await make.pod(SPACE, record.name, { networks: record.uses[0]?.nad ?? '' })
    expect(await freshness.confirmUser(record, deadline())).toBe(false)
  })

  it('that has finished is none', async () => {
    const record = await known()
    await make.setPhase(SPACE, record.name, 'Failed')
    expect(await freshness.confirmUser(record, deadline())).toBe(false)
  })

  it('that no longer names what it named is none', async () => {
    const record = await known()
    const annotations = { 'k8s.v1.cni.cncf.io/networks': aNetwork() }
    await controlPlane().request('PATCH', podPath(SPACE, record.name), { metadata: { annotations } })
    expect(await freshness.confirmUser(record, deadline())).toBe(false)
  })

  it('that cannot be asked about is not confirmed', async () => {
    const record = await known()
    proxy.rule('GET pods', faults.silence())
    expect(await freshness.confirmUser(record, systemClock.now() + 100)).toBe(false)
  })

  it('makes the index listen, so that it knows the present by itself soon', async () => {
    const record = await known()
    const network = aNetwork()
    const silent = store.lastLife
    const pulses = () => proxy.requests().filter(isPulse).length
    const before = pulses()
    const name = await aPod(network)
    await freshness.confirmUser(record, deadline())
    await eventually(() => store.by(network)[0]?.name === name, { what: 'the index has heard' })
    expect(store.lastLife).toBeGreaterThan(silent)
    await freshness.confirmUser({ ...record, uid: 'another' }, deadline())
    expect(pulses() - before).toBe(1)
  })
})

describe('a fresh list of a small kind', () => {
  const names = (kind: Kind = KINDS.configMap) =>
    new FreshList<string>({
      client,
      kind,
      namespace: 'elsewhere',
      clock: systemClock,
      random: Math.random,
      project: ({ metadata }) => metadata?.name,
    })

  it('holds what was there when it was asked for, and is shared', async () => {
    const list = names()
    await elsewhere()
    const began = new Date()
    const answers = await Promise.all(
      Array.from({ length: 50 }, () => list.records(systemClock.now() + 10_000)),
    )
    for (const answer of answers) expect(answer).toContain(`c-${made}`)
    const filter = ({ user, objectRef }: { user: { username: string }; objectRef?: { resource?: string } }) =>
      user.username === ASKER && objectRef?.resource === 'configmaps'
    expect((await controlPlane().auditEvents({ since: began, filter })).length).toBe(2)
  })

  it('is empty for a kind that is not served', async () => {
    expect(await names(KINDS.netService).records(systemClock.now() + 10_000)).toEqual([])
  })

  it('tries again, and gives up at its deadline', async () => {
    proxy.rule('LIST configmaps', faults.internalError(), { times: 1 })
    expect(await names().records(systemClock.now() + 10_000)).toContain(`c-${made}`)
    proxy.rule('LIST configmaps', faults.internalError())
    expect(await names().records(systemClock.now() + 300)).toBeUndefined()
  })
})
