// The database behind the API server is replaced by an older one under the feet of whoever follows it: versions go
// back, and a watch from a version that is yet to come would stay silent until it has.

import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { apiClient, type ApiClient, type Credentials } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { PodFreshness } from '../../src/cluster/freshness.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { Reflector } from '../../src/cluster/reflector.ts'
import { Store } from '../../src/cluster/store.ts'
import { podRecord } from '../../src/core/networks/pod-record.ts'
import type { PodRecord } from '../../src/core/networks/records.ts'
import { startControlPlane, type ControlPlane } from '../control-plane/start.ts'
import { makes } from '../support/objects.ts'
import { startRelay, type Relay } from '../support/relay.ts'
import { HOOK_TIMEOUT } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

let relay: Relay
let controlPlane: ControlPlane | undefined
let client: ApiClient
const following: Pick<Reflector<unknown>, 'start' | 'stop'>[] = []

function follow(reflector: Pick<Reflector<unknown>, 'start' | 'stop'>): void {
  following.push(reflector)
  reflector.start()
}

/** Both databases are behind one address; each has its own certificate and token. */
const credentials = (): Credentials => ({
  getCurrentCluster: () => ({ server: `https://127.0.0.1:${relay.port}` }),
  applyToHTTPSOptions: async (options) => {
    options.rejectUnauthorized = false
    options.headers = { ...options.headers, authorization: `Bearer ${controlPlane?.token() ?? ''}` }
  },
})

async function standBehindRelay(): Promise<ControlPlane> {
  relay.leadTo(undefined)
  await controlPlane?.stop()
  controlPlane = await startControlPlane({ controllers: false })
  relay.leadTo(Number(new URL(controlPlane.url).port))
  return controlPlane
}

beforeAll(async () => {
  relay = await startRelay()
  client = apiClient(credentials(), { version: 'test', clock: systemClock })
}, HOOK_TIMEOUT)
afterAll(async () => {
  for (const reflector of following) await reflector.stop()
  client.close()
  await relay.stop()
  await controlPlane?.stop()
}, HOOK_TIMEOUT)

const NETWORK = 'default/blue'
const networks = { networks: 'blue' }
const project = (pod: object): PodRecord | undefined => podRecord(pod, 'kube-system')
const names = (pods: Iterable<PodRecord> | undefined): string[] | undefined =>
  pods && [...pods].map(({ name }) => name)

it(
  'a restored database is noticed by whoever asks first, and followed from then on',
  async () => {
    const before = makes(await standBehindRelay())
    for (let i = 0; i < 150; i++)
      await before.create('/api/v1/namespaces/default/configmaps', { metadata: { name: `c-${i}` } })
    await before.pod('default', 'lost', networks)

    const store = new Store<PodRecord>(({ uses }) => uses.map(({ nad }) => nad))
    const said: string[] = []
    const log = { info: (text: string) => void said.push(text), warn: (text: string) => void said.push(text) }
    const common = { client, store, project, clock: systemClock, random: Math.random }
    const reflector = new Reflector<PodRecord>({ ...common, kind: KINDS.pod, log })
    // Of this kind nobody ever asks whether it is fresh.
    const unasked = new Store<string>()
    const other = new Reflector<string>({
      ...{ client, store: unasked, clock: systemClock, random: Math.random, log },
      ...{ kind: KINDS.configMap, namespace: 'default', project: ({ metadata }) => metadata?.name },
    })
    follow(other)
    const freshness = new PodFreshness({ ...common, reflector })
    const look = () => freshness.freshLook(systemClock.now() + 10_000)
    follow(reflector)
    await eventually(() => store.by(NETWORK).length === 1, { what: 'the index knows the Pod' })
    const known = store.resourceVersion

    const after = makes(await standBehindRelay())
    await after.pod('default', 'kept', networks)
    const fresh = await look()
    expect(names(await fresh?.podsNaming(NETWORK))).toEqual(['kept'])
    expect(Number(fresh?.version)).toBeLessThan(Number(known))

    await eventually(() => names(store.by(NETWORK))?.join() === 'kept', {
      what: 'the index has begun anew',
      timeout: 40_000,
    })
    expect(Number(store.resourceVersion)).toBeLessThan(Number(known))
    await after.pod('default', 'late', networks)
    await eventually(() => store.by(NETWORK).length === 2, { what: 'the index sees what is made now' })
    expect(names(await (await look())?.podsNaming(NETWORK))?.sort()).toEqual(['kept', 'late'])

    await after.create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'late' } })
    const begunAnew = () => [...unasked.records()].join() === 'late'
    await eventually(begunAnew, { what: 'the other index has begun anew too', timeout: 40_000 })
  },
  HOOK_TIMEOUT,
)
