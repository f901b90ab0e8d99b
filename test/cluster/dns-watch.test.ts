// The instruments that judge what a client hears, shown to hear and to tell: slices written by hand, a real DNS server.

import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startCoreDns, dnsName, type CoreDns } from '../support/core-dns.ts'
import { courseOf, courseWithout, momentOf } from '../support/courses.ts'
import { watchDns } from '../support/dns-watch.ts'
import { makes } from '../support/objects.ts'
import { watchSlices } from '../support/slice-watch.ts'
import { HOOK_TIMEOUT, useControlPlane } from '../support/use-control-plane.ts'

const NAMESPACE = 'blue'
const SLICES = `/apis/discovery.k8s.io/v1/namespaces/${NAMESPACE}/endpointslices`
const cluster = useControlPlane({ controllers: ['namespace-controller'] })
let dns: CoreDns

beforeAll(async () => {
  await makes(cluster()).namespace(NAMESPACE)
  dns = await startCoreDns(cluster())
}, HOOK_TIMEOUT * 3)
afterAll(() => dns?.stop())

const makeService = (name: string) =>
  makes(cluster()).create(`/api/v1/namespaces/${NAMESPACE}/services`, {
    metadata: { name },
    spec: { clusterIP: 'None', ports: [{ name: 'http', port: 80 }], ipFamilyPolicy: 'PreferDualStack' },
  })

const makeSlice = (service: string, name: string, addresses: readonly string[], ready = true) =>
  makes(cluster()).create(SLICES, {
    metadata: { name, labels: { 'kubernetes.io/service-name': service } },
    addressType: addresses[0]?.includes(':') ? 'IPv6' : 'IPv4',
    ports: [{ name: 'http', port: 8080, protocol: 'TCP' }],
    endpoints: addresses.map((address, index) => ({
      addresses: [address],
      hostname: `${name}-${index}`,
      conditions: { ready },
    })),
  })

const removeSlice = (name: string) => cluster().request('DELETE', `${SLICES}/${name}`)

describe('a client that keeps asking for a name', () => {
  it('hears every change in order, from no such name over nothing to two addresses and back', async () => {
    const watch = await watchDns(dns.resolver, dnsName(NAMESPACE, 'changes'))
    await makeService('changes')
    await makeSlice('changes', 'changes-1', ['192.0.2.1'])
    await watch.until((answer) => answer.length === 1, { what: 'one address is answered' })
    await makeSlice('changes', 'changes-2', ['192.0.2.2'])
    await watch.until((answer) => answer.length === 2, { what: 'both addresses are answered' })
    await removeSlice('changes-1')
    await watch.until((answer) => answer.length === 1, { what: 'the other address is answered' })
    await removeSlice('changes-2')
    await watch.until((answer) => answer.length === 0, { what: 'nothing is answered' })
    await watch.stop()
    expect(watch.seen()).toEqual([[], ['192.0.2.1'], ['192.0.2.1', '192.0.2.2'], ['192.0.2.2'], []])
  })

  it('hears addresses of both families, ports, and the hostname of one endpoint', async () => {
    await makeService('kinds')
    await makeSlice('kinds', 'kinds-v4', ['192.0.2.7'])
    await makeSlice('kinds', 'kinds-v6', ['2001:db8::7'])
    const heard = async (name: string, type: 'A' | 'AAAA' | 'SRV', count: number) => {
      const watch = await watchDns(dns.resolver, name, type)
      await watch.until((answer) => answer.length === count, { what: `${type} ${name} is answered` })
      await watch.stop()
      return watch.seen().at(-1)
    }
    expect(await heard(dnsName(NAMESPACE, 'kinds'), 'A', 1)).toEqual(['192.0.2.7'])
    expect(await heard(dnsName(NAMESPACE, 'kinds'), 'AAAA', 1)).toEqual(['2001:db8::7'])
    expect(await heard(dnsName(NAMESPACE, '_http', '_tcp', 'kinds'), 'SRV', 2)).toEqual([
      `kinds-v4-0.${dnsName(NAMESPACE, 'kinds')}:8080`,
      `kinds-v6-0.${dnsName(NAMESPACE, 'kinds')}:8080`,
    ])
    expect(await heard(dnsName(NAMESPACE, 'kinds-v4-0', 'kinds'), 'A', 1)).toEqual(['192.0.2.7'])
  })

  it('does not hear of endpoints that are not ready', async () => {
    await makeService('unready')
    await makeSlice('unready', 'unready-1', ['192.0.2.1'], false)
    const watch = await watchDns(dns.resolver, dnsName(NAMESPACE, 'unready'))
    await makeSlice('unready', 'unready-2', ['192.0.2.2'])
    await watch.until((answer) => answer.length > 0, { what: 'something is answered' })
    await watch.stop()
    expect(watch.seen()).toEqual([[], ['192.0.2.2']])
  })

  it('says so where a question stays without an answer', async () => {
    const own = await startCoreDns(cluster())
    const watch = await watchDns(own.resolver, dnsName(NAMESPACE, 'nobody'))
    await own.stop()
    await expect(watch.stop()).rejects.toThrow('questions for nobody.blue.svc.cluster.local failed')
  })
})

describe('the sequence of slice events', () => {
  it('shows a state however short it was', async () => {
    await makeService('short')
    await makeSlice('short', 'short-first', ['10.244.0.9'])
    const watch = await watchSlices(cluster(), NAMESPACE, 'short')
    await Promise.all([
      makeSlice('short', 'short-second', ['192.0.2.9']),
      makeSlice('other', 'o', ['192.0.2.8']),
    ])
    await Promise.all([removeSlice('short-first'), removeSlice('o')])
    await removeSlice('short-second')
    await watch.stop()
    expect(watch.seen()).toEqual([['10.244.0.9'], ['10.244.0.9', '192.0.2.9'], ['192.0.2.9'], []])
    expect(courseOf(watch.seen())).toEqual(['first', 'mixed', 'second', 'nothing'])
  })
})

describe('a course', () => {
  it.each([
    ['nothing', []],
    ['first', ['10.244.0.1']],
    ['first', ['10.244.0.1', 'fd00:10:244::1']],
    ['second', ['192.0.2.1']],
    ['second', ['192.0.2.1', '2001:db8::1']],
    ['mixed', ['10.244.0.1', '192.0.2.1']],
    ['mixed', ['192.0.2.1', 'fd00:10:244::1']],
  ] as const)('calls a moment %s that held %j', (moment, seen) => {
    expect(momentOf(seen)).toBe(moment)
  })

  it('joins equal neighbours, also around a moment that is left out', () => {
    const seen = [['10.244.0.1'], ['10.244.0.2'], [], ['10.244.0.2'], [], ['192.0.2.1']]
    expect(courseOf(seen)).toEqual(['first', 'nothing', 'first', 'nothing', 'second'])
    expect(courseWithout('nothing', seen)).toEqual(['first', 'second'])
  })
})
