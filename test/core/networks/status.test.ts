import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import {
  networkOf,
  networkStatusOf,
  parseNetworkStatus,
  type NetworkStatus,
} from '../../../src/core/networks/status.ts'
import { annotationText, anyJson, HUGE } from './arbitraries.ts'

const entry = (wanted: Partial<NetworkStatus>): NetworkStatus => ({
  name: '',
  interface: '',
  ips: [],
  mac: '',
  default: false,
  ...wanted,
})

describe('a status is decoded as Go decodes it', () => {
  it.each<
    readonly [sentence: string, text: string, wanted: readonly Partial<NetworkStatus>[] | 'unreadable']
  >([
    ['null is an empty list', 'null', []],
    ['an empty list is one', '[]', []],
    ['empty text is no JSON', '', 'unreadable'],
    ['an empty string is no list', '""', 'unreadable'],
    ['an object is no list', '{}', 'unreadable'],
    ['a null entry has no name', '[null]', [{}]],
    ['an empty entry has no name', '[{}]', [{}]],
    ['missing addresses are none', '[{"name":"b/a"}]', [{ name: 'b/a' }]],
    ['null addresses are none', '[{"name":"b/a","ips":null}]', [{ name: 'b/a' }]],
    ['an empty list of addresses is none', '[{"name":"b/a","ips":[]}]', [{ name: 'b/a' }]],
    [
      'addresses keep their order',
      '[{"name":"b/a","ips":["fd00::2","10.0.0.1/24"]}]',
      [{ name: 'b/a', ips: ['fd00::2', '10.0.0.1/24'] }],
    ],
    [
      'addresses as one text spoil the list',
      '[{"name":"b/a"},{"name":"b/c","ips":"10.0.0.1"}]',
      'unreadable',
    ],
    ['a default in quotes spoils the list', '[{"name":"b/a","default":"true"}]', 'unreadable'],
    ['an MTU in quotes spoils the list', '[{"name":"b/a","mtu":"1500"}]', 'unreadable'],
    [
      'a wrong type in what nobody needs spoils it as well',
      '[{"name":"b/a","dns":{"nameservers":"x"}}]',
      'unreadable',
    ],
    [
      'a device is read and dropped',
      '[{"name":"b/a","device-info":{"type":"pci","pci":{"pci-address":"x"}}}]',
      [{ name: 'b/a' }],
    ],
    [
      'keys match in any case',
      '[{"NAME":"b/a","IPs":["10.0.0.1"],"Default":true}]',
      [{ name: 'b/a', ips: ['10.0.0.1'], default: true }],
    ],
    ['unknown keys are ignored', '[{"name":"b/a","default-route":5,"__proto__":{}}]', [{ name: 'b/a' }]],
    [
      'what Multus writes',
      '[{"name":"cbr0","interface":"eth0","ips":["10.1.0.7"],"mac":"02:00:00:00:00:01","default":true,"dns":{}},{"name":"b/a","interface":"net1","mtu":9000,"dns":{}}]',
      [
        { name: 'cbr0', interface: 'eth0', ips: ['10.1.0.7'], mac: '02:00:00:00:00:01', default: true },
        { name: 'b/a', interface: 'net1' },
      ],
    ],
  ])('%s', (_sentence, text, wanted) => {
    const result = parseNetworkStatus(text)
    expect(result.ok ? result.value : 'unreadable').toEqual(
      wanted === 'unreadable' ? wanted : wanted.map(entry),
    )
  })

  it('a problem names the entry and the field', () => {
    const result = parseNetworkStatus('[{"name":"a"},{"device-info":{"pci":{"pci-address":5}}}]')
    expect(result).toEqual({
      ok: false,
      problems: [
        {
          field: '[1].device-info.pci.pci-address',
          message: 'must be text in double quotes, not the number 5',
        },
      ],
    })
  })
})

const NEW = 'k8s.v1.cni.cncf.io/network-status'
const OLD = 'k8s.v1.cni.cncf.io/networks-status'

describe('the status among the annotations', () => {
  it.each<
    readonly [
      sentence: string,
      annotations: unknown,
      annotation: string | undefined,
      names: readonly string[] | 'unreadable',
    ]
  >([
    ['is missing where there are no annotations', undefined, undefined, []],
    ['is missing where neither key is there', { other: 'x' }, undefined, []],
    ['is read under its new key', { [NEW]: '[{"name":"b/a"}]' }, NEW, ['b/a']],
    ['is read under its old key', { [OLD]: '[{"name":"b/a"}]' }, OLD, ['b/a']],
    [
      'is the newer one where both are there',
      { [OLD]: '[{"name":"old"}]', [NEW]: '[{"name":"new"}]' },
      NEW,
      ['new'],
    ],
    [
      'is the newer one even where it cannot be read',
      { [OLD]: '[{"name":"old"}]', [NEW]: '' },
      NEW,
      'unreadable',
    ],
    ['cannot be read where it is no text', { [NEW]: 5 }, NEW, 'unreadable'],
    ['is missing where it is null', { [NEW]: null }, undefined, []],
    ['is never inherited', Object.create({ [NEW]: '[]' }), undefined, []],
  ])('%s', (_sentence, annotations, annotation, names) => {
    const reading = networkStatusOf(annotations)
    const statuses = reading?.statuses
    expect(reading?.annotation).toBe(annotation)
    expect(statuses && !statuses.ok ? 'unreadable' : (statuses?.value ?? []).map(({ name }) => name)).toEqual(
      names,
    )
  })
})

describe('the network of an entry', () => {
  it.each<readonly [sentence: string, status: Partial<NetworkStatus>, wanted: string | undefined]>([
    ['is exact where the name has a namespace', { name: 'red/a' }, 'red/a'],
    ['is of the own namespace where the name is bare', { name: 'a' }, 'blue/a'],
    ['is exact in the default entry, too', { name: 'red/a', default: true }, 'red/a'],
    ['is none where a default entry has a bare name', { name: 'cbr0', default: true }, undefined],
    ['is none where the name is empty', { name: '' }, undefined],
    ['is none where a part is empty', { name: '/a' }, undefined],
    ['is none where the other part is empty', { name: 'a/' }, undefined],
    ['is none where there are too many parts', { name: 'a/b/c' }, undefined],
  ])('%s', (_sentence, status, wanted) => {
    expect(networkOf(entry(status), 'blue')).toBe(wanted)
  })
})

describe("the client library's own code, as it answered", () => {
  const fixture = new URL('../../fixtures/network-status.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
    cases: { text: string; elements?: NetworkStatus[] }[]
  }

  it.each(cases.map(({ text, elements }) => [text, elements] as const))(
    '%j is read alike',
    (text, elements) => {
      const result = parseNetworkStatus(text)
      expect(result.ok ? result.value : undefined).toEqual(elements)
    },
  )
})

describe('whatever the text', () => {
  it('no status makes the reader throw', () => {
    fc.assert(
      fc.property(annotationText, anyJson, (text, annotations) => {
        const result = parseNetworkStatus(text)
        expect(result.ok || result.problems.length > 0).toBe(true)
        networkStatusOf(annotations)
        for (const status of result.ok ? result.value : []) networkOf(status, 'blue')
      }),
      { numRuns: 2000 },
    )
  })

  it.each(HUGE)('a flood of %s harms nobody', (_what, text) => {
    const result = parseNetworkStatus(text)
    expect(result.ok ? 0 : result.problems.length).toBeLessThanOrEqual(100)
  })
})
