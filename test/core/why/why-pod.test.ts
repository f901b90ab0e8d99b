// What is said of a Pod: every network it asks for or holds, and every Service that selects it.

import { describe, expect, it } from '@jest/globals'
import { ANNOTATIONS, MANAGED_BY } from '../../../src/core/names.ts'
import type { ObjectKey } from '../../../src/core/object-key.ts'
import { usesOf } from '../../../src/core/networks/uses.ts'
import { fieldAt } from '../../../src/core/networks/untrusted.ts'
import { whyPod, type WhyPod } from '../../../src/core/why/why-pod.ts'
import type { WhyService } from '../../../src/core/why/why-service.ts'
import { podOf, sliceOf } from '../endpoints/makers.ts'
import { otherSlice, rawPod, rawService, rawSlice, statusText } from '../endpoints/pods.ts'
import { annotated, netService, why } from './makers.ts'

const ours = sliceOf(rawSlice())

function ask(
  raw: object,
  services: readonly WhyService[] = [],
  networks: readonly ObjectKey[] = ['blue/br0', 'blue/br1'],
): WhyPod {
  const annotations = fieldAt(raw, 'metadata', 'annotations')
  const { uses, unreadable } = usesOf(annotations, 'blue', 'kube-system')
  const networkExists = (nad: ObjectKey): boolean => networks.includes(nad)
  return whyPod({ pod: podOf(raw), uses, unreadable, networks, networkExists }, services)
}

const asking = (networks: string, status?: string, more: object = {}): object =>
  rawPod({
    annotations: { [ANNOTATIONS.networks]: networks, ...(status && { [ANNOTATIONS.networkStatus]: status }) },
    ...more,
  })
const holding = (...names: readonly string[]): string =>
  statusText(
    '10.244.0.1',
    names.map((name, at) => ({ name, interface: `net${at + 1}`, ips: [`10.1.0.${at + 1}`] })),
  )

describe('a network', () => {
  it.each<[string, object, ObjectKey[], string, string, RegExp]>([
    ['is held with its addresses', asking('br0', holding('blue/br0')), ['blue/br0'], 'yes', '10.1.0.1', /^$/],
    [
      'is held though its definition has gone',
      asking('br0', holding('blue/br0')),
      [],
      'yes',
      '10.1.0.1',
      /does not exist any more/,
    ],
    [
      'is held without an address',
      asking('br0', statusText('10.244.0.1', [{ name: 'blue/br0', interface: 'net1' }])),
      ['blue/br0'],
      'yes',
      '',
      /^it has no address there$/,
    ],
    [
      'does not exist, and another was meant',
      asking('br0'),
      ['blue/br1'],
      'NetworkNotFound',
      '',
      /"blue\/br0" does not exist; did you mean blue\/br1\?$/,
    ],
    ['does not exist', asking('br0'), [], 'NetworkNotFound', '', /the Pod cannot start without it$/],
    [
      'is asked for, and there is no status yet',
      asking('br0'),
      ['blue/br0'],
      'NetworkStatusMissing',
      '',
      /no network-status/,
    ],
    [
      'is asked for, and the status holds others',
      asking('br0', holding()),
      ['blue/br0'],
      'NetworkNotAttached',
      '',
      /kubectl describe pod db-0"$/,
    ],
    [
      'is asked for, and the status cannot be read',
      asking('br0', '{'),
      ['blue/br0'],
      'NetworkStatusUnreadable',
      '',
      /network-status: /,
    ],
    [
      'is asked for on the host network',
      asking('br0', undefined, { spec: { hostNetwork: true } }),
      ['blue/br0'],
      'PodOnHostNetwork',
      '',
      /network of its node/,
    ],
    [
      'was asked for by a Pod that has ended',
      asking('br0', holding('blue/br0'), { status: { phase: 'Failed' } }),
      ['blue/br0'],
      'PodFinished',
      '',
      /succeeded or failed/,
    ],
  ])('%s', (_, raw, networks, verdict, addresses, message) => {
    const [row, ...more] = ask(raw, [], networks).networks
    expect([row?.network, row?.askedBy, more]).toEqual(['blue/br0', ['networks'], []])
    expect(row?.held ? 'yes' : row?.reason).toBe(verdict)
    expect(row?.held ? row.attachments.flatMap((each) => each.addresses).join() : '').toBe(addresses)
    expect(row?.message).toMatch(message)
  })

  it('that is held without being asked for is told too, and sorted', () => {
    const { networks, complete } = ask(asking('br1', holding('blue/br1', 'blue/br0')))
    expect(networks.map(({ network, askedBy }) => [network, askedBy])).toEqual([
      ['blue/br0', []],
      ['blue/br1', ['networks']],
    ])
    expect(complete).toBe(true)
  })

  it('annotation that cannot be read is told with the place, and is not complete', () => {
    const { networks, unreadable, complete } = ask(asking('[{"name": 5}]'))
    expect([networks, unreadable.map(({ annotation }) => annotation), complete]).toEqual([
      [],
      [ANNOTATIONS.networks],
      false,
    ])
  })
})

describe('a Service', () => {
  it.each<[string, WhyService, string, string, boolean]>([
    [
      'that publishes the Pod',
      why({ service: annotated(), slices: [ours] }),
      'yes',
      'EndpointsPublished',
      true,
    ],
    ['that will', why({ service: annotated() }), 'not yet', 'SlicesNotWritten', false],
    [
      'that is held back',
      why({ service: annotated(), slices: [otherSlice(MANAGED_BY.builtIn)] }),
      'no',
      'HeldBackByOtherSlice',
      false,
    ],
    ['that is on no network', why({ service: rawService() }), 'no', 'NetworkNotNamed', true],
    [
      'of another network',
      why({ service: annotated({ [ANNOTATIONS.networks]: 'br1' }) }),
      'no',
      'NetworkNotAttached',
      false,
    ],
    [
      'of a NetService that is not there yet',
      why({ netService: netService() }),
      'no',
      'SlicesNotWritten',
      false,
    ],
  ])('%s says so', (_, service, published, reason, complete) => {
    const told = ask(asking('br0', holding('blue/br0')), [service])
    expect(told.services.map((row) => [row.service, row.published, row.reason])).toEqual([
      ['blue/db', published, reason],
    ])
    expect(told.complete).toBe(complete)
  })

  it('that does not select the Pod is not told of', () => {
    const other = why({ service: annotated({}, { selector: { app: 'web' } }) })
    expect(ask(asking('br0', holding('blue/br0')), [other]).services).toEqual([])
  })

  it('that publishes other Pods but not this one leaves it incomplete', () => {
    const raw = asking('br0', undefined, { metadata: { name: 'db-1', uid: 'pod-1' } })
    const service = why({ service: annotated(), slices: [ours], pods: [podOf(rawPod()), podOf(raw)] })
    expect(ask(raw, [service]).services.map(({ reason }) => reason)).toEqual(['NetworkStatusMissing'])
  })

  it('asks nothing more of a Pod that has ended', () => {
    const raw = asking('br0', undefined, { status: { phase: 'Succeeded' } })
    const told = ask(raw, [why({ service: annotated(), pods: [podOf(raw)] })])
    expect([told.services.map(({ reason }) => reason), told.complete]).toEqual([['PodFinished'], true])
  })
})
