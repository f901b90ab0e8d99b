// A NetService from manifest to answer to deletion, as a client hears it from a real DNS server.

import { beforeAll, describe, expect, it } from '@jest/globals'
import { NET_SERVICE } from '../../src/core/names.ts'
import { dnsName } from '../support/core-dns.ts'
import { courseOf, isFirst } from '../support/courses.ts'
import { useDnsScene } from '../support/dns-scene.ts'

const scene = useDnsScene()
const NAMESPACE = 'blue'
const collection = `/apis/${NET_SERVICE.group}/${NET_SERVICE.version}/namespaces/${NAMESPACE}/${NET_SERVICE.plural}`

const create = (name: string, spec: object) =>
  scene().make.create(collection, {
    apiVersion: `${NET_SERVICE.group}/${NET_SERVICE.version}`,
    kind: NET_SERVICE.kind,
    metadata: { name },
    spec,
  })
const edit = async (name: string, spec: object) => {
  const { status, body } = await scene().controlPlane.request('PATCH', `${collection}/${name}`, { spec })
  expect({ status, message: body.message }).toEqual({ status: 200, message: undefined })
}
const remove = (name: string) => scene().controlPlane.request('DELETE', `${collection}/${name}`)

beforeAll(async () => {
  const { make, space } = scene()
  await space(NAMESPACE)
  for (const [app, index] of [
    ['db', 1],
    ['db', 2],
    ['cache', 3],
  ] as const)
    await make.pod(NAMESPACE, `${app}-${index}`, {
      labels: { app },
      status: [
        { name: `${NAMESPACE}/core`, ips: [`192.0.2.${index}`, `2001:db8::${index}`] },
        { name: `${NAMESPACE}/backup`, ips: [`198.51.100.${index}`] },
      ],
    })
})

const CORE = ['192.0.2.1', '192.0.2.2']
const BACKUP = ['198.51.100.1', '198.51.100.2']

describe('clients of a NetService', () => {
  it('hear the addresses of its network from its first answer to its deletion, and nothing else', async () => {
    const listening = await scene().listen(NAMESPACE, 'whole')
    await create('whole', { netAttachDef: 'core', selector: { app: 'db' }, ipFamilies: ['IPv4'] })
    await listening.until(CORE)
    await remove('whole')
    await listening.until('nothing')
    const { heard, moments } = await listening.end()
    expect([courseOf(heard), courseOf(moments)]).toEqual([
      ['nothing', 'second', 'nothing'],
      ['nothing', 'second', 'nothing'],
    ])
  })

  it('hear both families, the ports, and each Pod under its own name', async () => {
    const { resolves } = scene()
    const name = dnsName(NAMESPACE, 'named')
    await create('named', {
      netAttachDef: 'core',
      selector: { app: 'db' },
      ports: [{ name: 'sql', port: 5432 }],
      hostnames: 'PodName',
    })
    await resolves(name, 'A', CORE)
    await resolves(name, 'AAAA', ['2001:db8::1', '2001:db8::2'])
    await resolves(dnsName(NAMESPACE, 'db-2', 'named'), 'A', ['192.0.2.2'])
    await resolves(dnsName(NAMESPACE, 'db-1', 'named'), 'AAAA', ['2001:db8::1'])
    const ports = [`db-1.${name}:5432`, `db-2.${name}:5432`]
    expect(await resolves(dnsName(NAMESPACE, '_sql', '_tcp', 'named'), 'SRV', ports)).toEqual(ports)
  })

  it('follow its network and its Pods when it is edited, and are never left without an answer', async () => {
    await create('edited', { netAttachDef: 'core', selector: { app: 'db' }, ipFamilies: ['IPv4'] })
    const { listen, resolves } = scene()
    await resolves(dnsName(NAMESPACE, 'edited'), 'A', CORE)
    const listening = await listen(NAMESPACE, 'edited')
    await edit('edited', { netAttachDef: 'backup' })
    await listening.until(BACKUP)
    await edit('edited', { selector: { app: 'cache' } })
    await listening.until(['198.51.100.3'])
    const { heard, moments } = await listening.end()
    expect([courseOf(heard), courseOf(moments)]).toEqual([['second'], ['second']])
  })

  it('hear of a Pod once it has its second address, though it was ready before', async () => {
    const { make, listen } = scene()
    const labels = { app: 'late' }
    await create('late', { netAttachDef: 'core', selector: labels, ipFamilies: ['IPv4'] })
    await make.pod(NAMESPACE, 'late', { labels })
    const listening = await listen(NAMESPACE, 'late')
    await make.attach(NAMESPACE, 'late', [{ name: `${NAMESPACE}/core`, ips: ['192.0.2.9'] }])
    await listening.until(['192.0.2.9'])
    const { heard } = await listening.end()
    expect(heard.flat().some(isFirst)).toBe(false)
  })
})
