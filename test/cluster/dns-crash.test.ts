// What clients hear while Sidenet is killed in the middle of moving a crowd of Services from one network to the other,
// and as soon as it is back. Whichever step each Service was at: the promise is about all of them.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { ANNOTATIONS } from '../../src/core/names.ts'
import { courseOf, courseWithout, momentOf, type Moment, type Seen } from '../support/courses.ts'
import { useDnsScene, type Listening } from '../support/dns-scene.ts'
import { eventually } from '../support/wait.ts'

const scene = useDnsScene()
const NAMESPACE = 'blue'
const labels = { app: 'db' }
/** Annotated, taken over, annotated, … */
const CROWD = ['a', 'b', 'c', 'd', 'e', 'f'].map((name, index) => ({ name, takeover: index % 2 === 1 }))

beforeAll(async () => {
  const { make, space } = scene()
  await space(NAMESPACE)
  for (const index of [1, 2])
    await make.pod(NAMESPACE, `db-${index}`, {
      labels,
      status: [{ name: `${NAMESPACE}/core`, ips: [`192.0.2.${index}`] }],
    })
  for (const { name } of CROWD)
    await make.create(`/api/v1/namespaces/${NAMESPACE}/services`, {
      metadata: { name },
      spec: { clusterIP: 'None', selector: labels, ports: [{ port: 5432 }] },
    })
})

const listenToAll = () => Promise.all(CROWD.map(({ name }) => scene().listen(NAMESPACE, name)))

/** Kills Sidenet once half of the Services were asked to move and `moment` has come for one of them. */
async function moveAndCrash(
  crowd: readonly Listening[],
  annotations: (takeover: boolean) => object,
  moment: Moment,
): Promise<void> {
  const { patch, crash } = scene()
  const move = ({ name, takeover }: (typeof CROWD)[number]) =>
    patch(NAMESPACE, name, { metadata: { annotations: annotations(takeover) } })
  const half = CROWD.length / 2
  for (const service of CROWD.slice(0, half)) await move(service)
  const hasCome = () =>
    crowd.some((listening) => listening.seen().moments.some((seen) => momentOf(seen) === moment))
  await eventually(hasCome, { what: `a Service is at "${moment}"`, interval: 1 })
  await crash()
  for (const service of CROWD.slice(half)) await move(service)
}

async function courses(crowd: readonly Listening[], judge: (seen: readonly Seen[]) => unknown) {
  const all = await Promise.all(crowd.map((listening) => listening.end()))
  return all.flatMap(({ heard, moments }) => [judge(heard), judge(moments)])
}

const each = (value: unknown): unknown[] => CROWD.flatMap(() => [value, value])

describe('clients, while Sidenet is killed and comes back,', () => {
  it('never hear both networks where Services are annotated', async () => {
    const crowd = await listenToAll()
    for (const listening of crowd) await listening.until('first')
    await moveAndCrash(
      crowd,
      (takeover) => ({
        [ANNOTATIONS.networks]: 'core',
        ...(takeover && { [ANNOTATIONS.strategy]: 'takeover' }),
      }),
      'second',
    )
    await scene().revive()
    for (const listening of crowd) await listening.until('second')
    const judge = (seen: readonly Seen[]) => courseWithout('nothing', seen)
    expect(await courses(crowd, judge)).toEqual(each(['first', 'second']))
  }, 120_000)

  it('are never left without an answer where annotations go', async () => {
    const crowd = await listenToAll()
    await moveAndCrash(crowd, () => ({ [ANNOTATIONS.networks]: null, [ANNOTATIONS.strategy]: null }), 'mixed')
    await scene().revive()
    for (const listening of crowd) await listening.until('first')
    const judge = (seen: readonly Seen[]) => ({
      gaps: courseOf(seen).includes('nothing'),
      course: courseWithout('mixed', seen),
    })
    expect(await courses(crowd, judge)).toEqual(each({ gaps: false, course: ['second', 'first'] }))
  }, 120_000)
})
