import { describe, expect, it } from '@jest/globals'
import { servedNames } from '../../src/certificates/names.ts'

const OWN = [
  'sidenet-webhook',
  'sidenet-webhook.net',
  'sidenet-webhook.net.svc',
  'sidenet-webhook.net.svc.cluster.local',
  'localhost',
  '127.0.0.1',
  '::1',
]

describe('the names we are reached under', () => {
  const cases: [string, { listenHost?: string; more?: string[] }, string[]][] = [
    ['are those of the Service and of this machine', {}, []],
    ['include where we listen', { listenHost: '192.0.2.7' }, ['192.0.2.7']],
    ['read an address as a URL writes it', { listenHost: '[2001:db8::7]' }, ['2001:db8::7']],
    ['do not include everywhere', { listenHost: '0.0.0.0', more: ['::', '[::]', ''] }, []],
    [
      'name nothing twice',
      { listenHost: 'LocalHost', more: ['127.0.0.1', 'a.example', 'a.example'] },
      ['a.example'],
    ],
    [
      'leave out what no certificate can carry',
      { more: ['a_b', 'a,b', 'x'.repeat(64), '-a', '*.a', 'a b'] },
      [],
    ],
  ]
  it.each(cases)('%s', (_sentence, reached, expected) => {
    expect(servedNames({ namespace: 'net', ...reached })).toEqual([...OWN, ...expected])
  })
})
