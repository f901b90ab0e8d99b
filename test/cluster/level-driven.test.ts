// Whatever happened in whatever order, and however often the process was killed meanwhile: the slices are those of the
// world as it is. Real API server, built-in controllers, and the whole of Sidenet with its webhook.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS } from '../../src/core/names.ts'
import { installNadCrd } from '../support/crds.ts'
import { wrongIn } from '../support/fresh-world.ts'
import { history, type Step } from '../support/histories.ts'
import { makes, type Makes } from '../support/objects.ts'
import { addressesIn, ourSlices } from '../support/service-slices.ts'
import { startSidenet, type Sidenet } from '../support/sidenet.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const cluster = useControlPlane({ users: [{ name: 'sidenet' }] })
let sidenet: Sidenet

beforeAll(async () => {
  await installNadCrd(cluster())
  const zones = { 'node-1': 'east', 'node-2': 'west' }
  for (const [name, zone] of Object.entries(zones)) {
    const labels = { 'topology.kubernetes.io/zone': zone }
    await cluster().request('POST', '/api/v1/nodes', { metadata: { name, labels } })
  }
  sidenet = await startSidenet(cluster())
}, HOOK_TIMEOUT)
afterAll(() => sidenet?.kill(), HOOK_TIMEOUT)

const revive = async (): Promise<void> => {
  const { port, metricsPort } = sidenet
  sidenet = await startSidenet(cluster(), { port, metricsPort, install: false })
}

/** A killed process keeps its Lease until it runs out. */
const PATIENCE = 60_000
const CHAPTERS = 4
const STEPS = 60

interface Story {
  readonly namespace: string
  readonly steps: readonly Step[]
}
const STORIES: readonly Story[] = [11, 12, 13, 14].map((seed) => ({
  namespace: `story-${seed}`,
  steps: history(seed, CHAPTERS * STEPS),
}))

const chapter = ({ steps }: Story, at: number): readonly Step[] => steps.slice(at * STEPS, (at + 1) * STEPS)

/** Everything at once in each namespace, one after the other within it. */
async function tell(from: (story: Story) => readonly Step[]): Promise<readonly number[]> {
  const answers = STORIES.map(async (story) => {
    const statuses: number[] = []
    for (const step of from(story)) statuses.push(await step(cluster(), story.namespace))
    return statuses
  })
  return (await Promise.all(answers)).flat()
}

const slicesAreRight = async (what: string): Promise<void> => {
  for (const { namespace } of STORIES)
    await eventually(async () => expect(await wrongIn(cluster(), namespace)).toEqual([]) ?? true, {
      what: `the slices of ${namespace} are those of the world ${what}`,
      timeout: PATIENCE,
      interval: 250,
    })
}

const writesSince = async (since: Date): Promise<readonly string[]> => {
  const written = ['endpointslices', 'endpoints', 'services', 'netservices', 'events']
  const events = await cluster().auditEvents({
    since,
    // An Event that is there already is refused, and nothing is written.
    filter: ({ user, verb, objectRef, responseStatus }) =>
      user.username === 'sidenet' &&
      (responseStatus?.code ?? 0) < 300 &&
      ['create', 'update', 'patch', 'delete'].includes(verb) &&
      written.includes(objectRef?.resource ?? ''),
  })
  return events.map(({ verb, objectRef }) => `${verb} ${objectRef?.resource} ${objectRef?.namespace}`)
}

describe('the slices', () => {
  it('are those of the world, whatever happened and wherever the process was killed in between', async () => {
    const make = makes(cluster())
    for (const { namespace } of STORIES) await make.namespace(namespace)
    for (let at = 0; at < CHAPTERS; at += 1) {
      // Where it is killed differs from chapter to chapter; a part of each happens while nobody looks.
      const killed = 15 + 10 * at
      const before = await tell((story) => chapter(story, at).slice(0, killed))
      await sidenet.kill()
      const meanwhile = await tell((story) => chapter(story, at).slice(killed, killed + 10))
      await revive()
      const after = await tell((story) => chapter(story, at).slice(killed + 10))
      const done = [...before, ...meanwhile, ...after].filter((status) => status < 300)
      expect(done.length).toBeGreaterThan(STEPS)
      await slicesAreRight(`after chapter ${at + 1}`)
    }
  }, 300_000)

  it.each([
    ['it was killed and comes back', 'quiet-1', killAndRevive],
    ['another replica takes over from it', 'quiet-2', killBesideAnother],
  ])(
    'are not written again where nothing changed while %s, and a change made afterwards is served',
    async (_, namespace, change) => {
      const make = makes(cluster())
      await quietPlace(make, namespace)
      const since = new Date()
      await change()
      const ips = ['198.51.100.2']
      await make.pod(namespace, 'b', {
        labels: { app: 'quiet' },
        status: [{ name: `${namespace}/core`, ips }],
      })
      await eventually(
        async () => addressesIn(await ourSlices(cluster(), namespace, 'quiet')).includes('198.51.100.2'),
        { what: 'the change is served', timeout: PATIENCE },
      )
      expect(await writesSince(since)).toEqual([`update endpointslices ${namespace}`])
      await slicesAreRight('still')
    },
    120_000,
  )
})

/** A Service of its own, so that the last write of the stories is long over when it is served. */
async function quietPlace(make: Makes, namespace: string): Promise<void> {
  await make.namespace(namespace)
  const ips = ['198.51.100.1']
  await make.pod(namespace, 'a', { labels: { app: 'quiet' }, status: [{ name: `${namespace}/core`, ips }] })
  const annotations = { [ANNOTATIONS.networks]: 'core' }
  const since = new Date()
  await make.create(`/api/v1/namespaces/${namespace}/services`, {
    metadata: { name: 'quiet', annotations },
    spec: { clusterIP: 'None', selector: { app: 'quiet' }, ports: [{ port: 80 }] },
  })
  await eventually(async () => (await writesSince(since)).includes(`create events ${namespace}`), {
    what: 'the quiet Service is served, and that is told',
  })
}

async function killAndRevive(): Promise<void> {
  await sidenet.kill()
  await revive()
}

async function killBesideAnother(): Promise<void> {
  const other = await startSidenet(cluster(), { install: false })
  await sidenet.kill()
  sidenet = other
}
