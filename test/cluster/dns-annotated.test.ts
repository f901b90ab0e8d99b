// What clients of an annotated Service hear, by a real DNS server, from its first answer to its last. The order of what
// they hear is judged, never how long it lasts.

import { describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, NO_POD_KEY } from '../../src/core/names.ts'
import { dnsName } from '../support/core-dns.ts'
import { courseOf, courseWithout, isFirst, type Seen } from '../support/courses.ts'
import { useDnsScene, type DnsScene, type Heard } from '../support/dns-scene.ts'
import type { PodObject } from '../support/objects.ts'
import { eventually } from '../support/wait.ts'

const scene = useDnsScene()
const labels = { app: 'db' }
const ON_CORE = { [ANNOTATIONS.networks]: 'core' }
const NONE = Object.fromEntries([ANNOTATIONS.networks, ANNOTATIONS.strategy].map((key) => [key, null]))

const services = (namespace: string): string => `/api/v1/namespaces/${namespace}/services`
const service = (annotations: object = {}) => ({
  metadata: { name: 'db', annotations },
  spec: { clusterIP: 'None', selector: labels, ports: [{ name: 'sql', port: 5432 }] },
})

const FIRST = ['10.244.90.1', '10.244.90.2']
const SECOND = ['192.0.2.1', '192.0.2.2']

/** A Namespace with two ready Pods on both networks. */
async function spaceWithPods({ space, make }: DnsScene, name: string): Promise<string> {
  await space(name)
  for (const [index, ip] of SECOND.entries())
    await make.pod(name, `db-${index}`, {
      labels,
      podIps: [FIRST[index] ?? ''],
      status: [{ name: `${name}/core`, ips: [ip] }],
    })
  return name
}

/** The same promise for those who ask now and then and for every single moment. */
function everywhere(seen: Heard, judge: (seen: readonly Seen[]) => unknown): unknown[] {
  return [judge(seen.heard), judge(seen.moments)]
}

const both = (value: unknown): unknown[] => [value, value]

/** Annotated, first addresses go before second ones come. */
const movedOver = (seen: readonly Seen[]) => courseWithout('nothing', seen)
/** Given back, first addresses are there before second ones go. */
const movedBack = (seen: readonly Seen[]) => ({
  gaps: seen.filter((addresses) => addresses.length === 0).length,
  course: courseWithout('mixed', seen),
})

describe('clients of an annotated Service hear', () => {
  it('second addresses only, from the first answer to the last', async () => {
    const namespace = await spaceWithPods(scene(), 'born')
    const listening = await scene().listen(namespace, 'db')
    await scene().make.create(services(namespace), service(ON_CORE))
    await listening.until(SECOND)
    await scene().resolves(
      dnsName(namespace, '_sql', '_tcp', 'db'),
      'SRV',
      SECOND.map((ip) => `${ip.replaceAll('.', '-')}.${dnsName(namespace, 'db')}:5432`),
    )
    await scene().controlPlane.request('DELETE', `${services(namespace)}/db`)
    await listening.until('nothing')
    expect(everywhere(await listening.end(), courseOf)).toEqual(both(['nothing', 'second', 'nothing']))
  })

  it('never both networks while it is annotated, and never nothing while the annotation goes', async () => {
    const namespace = await spaceWithPods(scene(), 'moved')
    await scene().make.create(services(namespace), service())
    const over = await scene().listen(namespace, 'db')
    await over.until(FIRST)
    await scene().patch(namespace, 'db', { metadata: { annotations: ON_CORE } })
    await over.until(SECOND)
    const there = await over.end()
    expect(everywhere(there, movedOver)).toEqual(both(['first', 'second']))

    const back = await scene().listen(namespace, 'db')
    await scene().patch(namespace, 'db', { metadata: { annotations: NONE } })
    await back.until(FIRST)
    expect(everywhere(await back.end(), movedBack)).toEqual(both({ gaps: 0, course: ['second', 'first'] }))
    const { body } = await scene().controlPlane.request<{ spec: object }>('GET', `${services(namespace)}/db`)
    expect(body.spec).toMatchObject({ selector: labels })
  })

  it('the same while it is taken over, and while it is given back', async () => {
    const namespace = await spaceWithPods(scene(), 'taken')
    await scene().make.create(services(namespace), service())
    const over = await scene().listen(namespace, 'db')
    await over.until(FIRST)
    const annotations = { ...ON_CORE, [ANNOTATIONS.strategy]: 'takeover' }
    await scene().patch(namespace, 'db', { metadata: { annotations } })
    await over.until(SECOND)
    await untilSelectorIs(namespace, undefined)
    expect(everywhere(await over.end(), movedOver)).toEqual(both(['first', 'second']))

    const back = await scene().listen(namespace, 'db')
    await scene().patch(namespace, 'db', { metadata: { annotations: NONE } })
    await back.until(FIRST)
    expect(everywhere(await back.end(), movedBack)).toEqual(both({ gaps: 0, course: ['second', 'first'] }))
    await untilSelectorIs(namespace, labels)
  })

  it('the same where the built-in controllers are slow, and its owner is told what it waits for', async () => {
    const { listen, patch, told, withControllersPaused } = scene()
    const namespace = await spaceWithPods(scene(), 'slow')
    await scene().make.create(services(namespace), service())
    const over = await listen(namespace, 'db')
    await over.until(FIRST)
    await withControllersPaused(async () => {
      await patch(namespace, 'db', { metadata: { annotations: ON_CORE } })
      await told(namespace, 'db', 'HeldBackByOtherSlice')
    })
    await over.until(SECOND)
    expect(everywhere(await over.end(), movedOver)).toEqual(both(['first', 'second']))

    const back = await listen(namespace, 'db')
    await withControllersPaused(async () => {
      await patch(namespace, 'db', { metadata: { annotations: NONE } })
      await told(namespace, 'db', 'ReleasePending')
    })
    await back.until(FIRST)
    expect(everywhere(await back.end(), movedBack)).toEqual(both({ gaps: 0, course: ['second', 'first'] }))
  })

  it('second addresses only, and never nothing, while its Pods are rolled out anew', async () => {
    const { space, make, listen, controlPlane } = scene()
    const namespace = await space('rolled')
    const deployments = `/apis/apps/v1/namespaces/${namespace}/deployments`
    await make.create(deployments, deployment('old'))
    await make.create(services(namespace), service(ON_CORE))
    const listening = await listen(namespace, 'db')
    await listening.until('second')
    const old = await addressesOfPods(namespace, 'old', 3)
    await listening.until(old)
    const before = listening.seen()
    await controlPlane.request('PATCH', `${deployments}/db`, { spec: template('new') })
    const renewed = await addressesOfPods(namespace, 'new', 3)
    await listening.until(renewed)
    const after = await listening.end()
    expect(old.filter((ip) => renewed.includes(ip))).toEqual([])
    expect(courseOf(after.heard.slice(before.heard.length - 1))).toEqual(['second'])
    expect(courseOf(after.moments.slice(before.moments.length - 1))).toEqual(['second'])
  })
})

describe('a selector with the no-pod key', () => {
  it('that was copied to a Service without annotation is mended, and its clients hear first addresses', async () => {
    const namespace = await spaceWithPods(scene(), 'copied')
    const copy = service()
    const listening = await scene().listen(namespace, 'db')
    await scene().make.create(services(namespace), {
      ...copy,
      spec: { ...copy.spec, selector: { ...labels, [NO_POD_KEY]: 'true' } },
    })
    await listening.until(FIRST)
    expect((await listening.end()).heard.flat().every(isFirst)).toBe(true)
    await untilSelectorIs(namespace, labels)
  })
})

const template = (version: string) => ({
  template: {
    metadata: { labels: { ...labels, version }, annotations: { [ANNOTATIONS.networks]: 'core' } },
    spec: {
      automountServiceAccountToken: false,
      terminationGracePeriodSeconds: 1,
      containers: [{ name: 'main', image: 'app.example/db:1' }],
    },
  },
})

const deployment = (version: string) => ({
  metadata: { name: 'db' },
  spec: {
    replicas: 3,
    selector: { matchLabels: labels },
    strategy: { rollingUpdate: { maxSurge: 1, maxUnavailable: 0 } },
    ...template(version),
  },
})

async function untilSelectorIs(namespace: string, wanted: object | undefined): Promise<void> {
  await eventually(
    async () => {
      const { body } = await scene().controlPlane.request<{ spec: { selector?: object } }>(
        'GET',
        `${services(namespace)}/db`,
      )
      return JSON.stringify(body.spec.selector) === JSON.stringify(wanted)
    },
    { what: `the selector of ${namespace}/db is ${JSON.stringify(wanted)}` },
  )
}

/** The second addresses of the Pods of a version, once it alone has ready ones. */
async function addressesOfPods(
  namespace: string,
  version: string,
  count: number,
): Promise<readonly string[]> {
  const statuses = async (): Promise<readonly string[] | undefined> => {
    const { body } = await scene().controlPlane.request('GET', `/api/v1/namespaces/${namespace}/pods`)
    const pods = (body.items ?? []) as readonly PodObject[]
    const isWanted = ({ metadata }: PodObject) => metadata?.labels?.['version'] === version
    const written = pods.map(({ metadata }) => metadata?.annotations?.[ANNOTATIONS.networkStatus])
    const isDone = pods.length === count && pods.every(isWanted)
    return isDone ? written.filter((status) => status !== undefined) : undefined
  }
  const texts = await eventually(
    async () => ((await statuses())?.length === count ? statuses() : undefined),
    { what: `there are ${count} ${version} Pods and no others`, timeout: 40_000 },
  )
  const entries = texts.flatMap((text) => JSON.parse(text) as { default?: boolean; ips: string[] }[])
  return entries.filter((entry) => !entry.default).flatMap(({ ips }) => ips)
}
