// Random histories against a simple model: Pods come and go while the watch is delayed, cut or refused and lists fail.
// Whoever asks must be told of every Pod that was there when he asked, of none that had gone, and must get an answer.

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { apiClient, type ApiClient } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { PodFreshness } from '../../src/cluster/freshness.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { Reflector } from '../../src/cluster/reflector.ts'
import { Store } from '../../src/cluster/store.ts'
import { podRecord } from '../../src/core/networks/pod-record.ts'
import type { PodRecord } from '../../src/core/networks/records.ts'
import * as faults from '../faults/behaviours.ts'
import { gate } from '../faults/gate.ts'
import type { SeenRequest } from '../faults/kind-of-request.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { fastClock } from '../support/fast-clock.ts'
import { podObject, podPath } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const controlPlane = useControlPlane({ controllers: false })
const SPACE = 'default'
const project = (pod: object): PodRecord | undefined => podRecord(pod, 'kube-system')
const log = { info: () => undefined, warn: () => undefined }

let proxy: FaultProxy
let client: ApiClient
let store: Store<PodRecord>
let reflector: Reflector<PodRecord>
let freshness: PodFreshness
let runs = 0

beforeAll(async () => {
  proxy = await startFaultProxy(controlPlane())
  client = apiClient(loadCredentials(proxy.kubeconfig('admin')), { version: 'test', clock: systemClock })
  store = new Store<PodRecord>(({ uses }) => uses.map(({ nad }) => nad))
  const common = { client, store, project, random: Math.random }
  reflector = new Reflector<PodRecord>({ ...common, kind: KINDS.pod, clock: fastClock(20), log })
  freshness = new PodFreshness({ ...common, clock: systemClock, reflector })
  reflector.start()
  await eventually(() => store.filled, { what: 'the index is filled' })
})
afterAll(async () => {
  await reflector.stop()
  client.close()
  await proxy.stop()
})

const isWatch = ({ kind }: SeenRequest): boolean => kind === 'WATCH pods'
const asksVersion = ({ kind, query }: SeenRequest): boolean =>
  kind === 'LIST pods' && query.get('limit') === '1'
const listsPods = ({ kind, query }: SeenRequest): boolean =>
  kind === 'LIST pods' && query.get('limit') === '500'
const isList = ({ kind }: SeenRequest): boolean => kind === 'LIST pods'

/** What happens; `wait`: the next thing happens only after it has come to its end. */
type Act = { readonly what: What; readonly network: number; readonly wait: boolean }
const WHAT = [
  'create',
  'create',
  'remove',
  'ask',
  'ask',
  'ask',
  'hold',
  'pass',
  'cut',
  'refuse',
  'allow',
  'fail a list',
  'hold lists',
  'hold lists',
  'pass lists',
  'stall',
] as const
type What = (typeof WHAT)[number]

/** What is most likely to mislead somebody: two ask about one network while it changes and a list is on its way. */
const races = fc
  .record({ network: fc.nat(1), list: fc.nat(1), what: fc.constantFrom('create', 'remove') })
  .map(({ network, list, what }): Act[] => {
    const ask: Act = { what: 'ask', network, wait: false }
    // Gives what is on its way the time to get there; should it take longer, the race is merely another one.
    const meanwhile: Act[] = [1, 2, 3].map(() => ({ what: 'create', network: 1 - network, wait: true }))
    return [
      { what: 'hold', network, wait: true },
      { what: 'hold lists', network: list, wait: true },
      ...[ask, ...meanwhile],
      ...[{ what, network, wait: true }, ask, ...meanwhile],
      { what: 'pass lists', network: list, wait: true },
    ]
  })

/** One Pod's life as those who made it know it: the times at which a step was asked for and was done. */
interface Life {
  readonly name: string
  readonly network: string
  created: number
  removing: number
  removed: number
}

class World {
  readonly #id = ++runs
  readonly #lives: Life[] = []
  readonly #held = gate({ held: false })
  /** The small lists that tell the version, and those of all Pods: held apart, so that they overlap in every way. */
  readonly #lists = [gate({ held: false }), gate({ held: false })] as const
  /** What was found wrong, told at the end. */
  readonly wrongs: string[] = []
  #now = 0

  constructor() {
    this.#rules()
    for (const watch of proxy.watches(isWatch)) watch.end()
  }

  async act({ what, network }: Act): Promise<void> {
    const name = `run-${this.#id}-net-${network}`
    switch (what) {
      case 'create':
        return this.#create(`${SPACE}/${name}`)
      case 'remove':
        return this.#remove(`${SPACE}/${name}`)
      case 'ask':
        return this.#ask(`${SPACE}/${name}`)
      case 'hold':
        return this.#held.hold()
      case 'pass':
        return this.#held.release()
      case 'cut':
        for (const watch of proxy.watches(isWatch)) watch.cut()
        return
      case 'stall':
        return proxy.watches(isWatch)[0]?.stall()
      case 'refuse':
        proxy.rule(isWatch, network === 0 ? faults.tooManyRequests(1) : faults.gone(), { times: 2 })
        return
      case 'allow':
        proxy.clearRules()
        this.#rules()
        return
      case 'hold lists':
        return this.#lists[network === 0 ? 0 : 1].hold()
      case 'pass lists':
        return this.#lists[network === 0 ? 0 : 1].release()
      case 'fail a list':
        proxy.rule(isList, network === 0 ? faults.internalError() : faults.truncate(30), { times: 1 })
        return
    }
  }

  #rules(): void {
    proxy.rule(isWatch, faults.heldAt(this.#held))
    proxy.rule(asksVersion, faults.heldAt(this.#lists[0], 'answer'))
    proxy.rule(listsPods, faults.heldAt(this.#lists[1], 'answer'))
  }

  async #create(network: string): Promise<void> {
    const life: Life = {
      name: `pod-${this.#id}-${this.#lives.length}`,
      network,
      created: Infinity,
      removing: Infinity,
      removed: Infinity,
    }
    this.#lives.push(life)
    const { status } = await controlPlane().request(
      'POST',
      podPath(SPACE),
      podObject(life.name, { networks: network }),
    )
    expect(status).toBe(201)
    life.created = ++this.#now
  }

  async #remove(network: string): Promise<void> {
    const life = this.#lives.find(
      (one) => one.network === network && one.created < Infinity && one.removing === Infinity,
    )
    if (!life) return
    life.removing = ++this.#now
    const { status } = await controlPlane().request(
      'DELETE',
      `${podPath(SPACE, life.name)}?gracePeriodSeconds=0`,
    )
    expect(status).toBe(200)
    life.removed = ++this.#now
  }

  async #ask(network: string): Promise<void> {
    const asked = ++this.#now
    const look = await freshness.freshLook(systemClock.now() + 20_000)
    const pods = await look?.podsNaming(network)
    const answered = ++this.#now
    if (pods === undefined) return void this.wrongs.push(`no answer about ${network}`)
    const told = new Set(pods.map(({ name }) => name))
    for (const { name, created, removing, removed } of this.#lives.filter(
      (life) => life.network === network,
    )) {
      const how = `${name} (created ${created}, removed ${removing} to ${removed}; asked ${asked}, answered ${answered} by ${look?.source})`
      if (created < asked && removing > answered && !told.has(name)) this.wrongs.push(`missed ${how}`)
      if (removed < asked && told.has(name)) this.wrongs.push(`invented ${how}`)
    }
  }

  /** Lists are answered in the end, and then everybody is. What else was broken stays so. */
  async end(underWay: readonly Promise<void>[]): Promise<void> {
    for (const lists of this.#lists) lists.release()
    await Promise.all(underWay)
    for (const network of [0, 1]) await this.act({ what: 'ask', network, wait: true })
    this.#held.release()
    proxy.clearRules()
  }
}

it('nobody is told that a network is free while a Pod holds it, and nobody is left without an answer', async () => {
  const any = fc.record({ what: fc.constantFrom(...WHAT), network: fc.nat(1), wait: fc.boolean() })
  const acts = fc.oneof({ weight: 6, arbitrary: any.map((act) => [act]) }, { weight: 1, arbitrary: races })
  await fc.assert(
    fc.asyncProperty(fc.array(acts, { minLength: 5, maxLength: 30 }), async (several) => {
      const world = new World()
      const underWay: Promise<void>[] = []
      for (const one of several.flat()) {
        const done = world.act(one)
        underWay.push(done)
        if (one.wait && one.what !== 'ask') await done
      }
      await world.end(underWay)
      expect(world.wrongs).toEqual([])
    }),
    { numRuns: 60 },
  )
  // After all that the index itself still follows.
  const name = `last-${runs}`
  await controlPlane().request('POST', podPath(SPACE), podObject(name, { networks: 'last' }))
  await eventually(() => store.by(`${SPACE}/last`).length === 1, { what: 'the index sees the last Pod' })
}, 180_000)
