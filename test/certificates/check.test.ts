import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { checkCa, checkLeaf, checkPair } from '../../src/certificates/check.ts'
import { issueSet } from '../../src/certificates/issue.ts'
import { describeProblem, type Result } from '../../src/core/problem.ts'

const DAY = 86_400_000
const now = Date.parse('2030-01-01T00:00:00Z')
const set = await issueSet(['localhost', 'a.example', '127.0.0.1', '2001:db8::1'], now)
const other = await issueSet(['localhost'], now)

const wrong = (result: Result<unknown>): string[] => (result.ok ? [] : result.problems.map(describeProblem))
const encrypted = createPrivateKey(set.leaf.key)
  .export({ type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' })
  .toString()

describe('a pair', () => {
  const cases: [string, Parameters<typeof checkPair>, string[]][] = [
    ['is good', [set.leaf, { now }], []],
    [
      'covers names and addresses',
      [set.leaf, { now, names: ['localhost', 'a.example', '127.0.0.1', '2001:db8:0::1'] }],
      [],
    ],
    [
      'lacks names',
      [set.leaf, { now, names: ['localhost', 'b.example', '::1'] }],
      ['certificate: does not cover b.example, ::1'],
    ],
    [
      'is not for subdomains',
      [set.leaf, { now, names: ['x.a.example'] }],
      ['certificate: does not cover x.a.example'],
    ],
    ['is none', [{ cert: '', key: '' }, { now }], ['certificate: is no certificate in PEM']],
    [
      'lost half of its certificate',
      [{ ...set.leaf, cert: set.leaf.cert.slice(0, 300) }, { now }],
      ['certificate: is no certificate in PEM'],
    ],
    [
      'lost half of its key',
      [{ ...set.leaf, key: set.leaf.key.slice(0, 100) }, { now }],
      ['key: is no unencrypted private key in PEM'],
    ],
    [
      'has a key that asks for a password',
      [{ ...set.leaf, key: encrypted }, { now }],
      ['key: is no unencrypted private key in PEM'],
    ],
    [
      'is of two',
      [{ ...set.leaf, key: other.leaf.key }, { now }],
      ['key: does not belong to the certificate'],
    ],
    ['has ended', [set.leaf, { now: now + 7 * DAY }], ['certificate: ended at 2030-01-08T00:00:00.000Z']],
    [
      'has not begun',
      [set.leaf, { now: now - DAY }],
      ['certificate: is not valid before 2029-12-31T23:55:00.000Z'],
    ],
  ]
  it.each(cases)('%s', (_sentence, args, expected) => {
    expect(wrong(checkPair(...args))).toEqual(expected)
  })

  it('tells its dates, its names and when two thirds of its life are over', () => {
    const notBefore = now - 5 * 60_000
    const notAfter = now + 7 * DAY
    expect(checkPair(set.leaf, { now })).toEqual({
      ok: true,
      value: {
        notBefore,
        notAfter,
        renewAt: notBefore + ((notAfter - notBefore) * 2) / 3,
        names: ['localhost', 'a.example', '127.0.0.1', '2001:db8::1'],
      },
    })
  })

  it('of any nonsense is told, never thrown', () => {
    const text = fc.oneof(
      fc.string(),
      fc
        .constantFrom(set.leaf.cert, set.leaf.key, other.ca.cert)
        .chain((pem) => fc.nat(pem.length).map((at) => `${pem.slice(0, at)}!${pem.slice(at + 1)}`)),
    )
    fc.assert(
      fc.property(text, text, (cert, key) => typeof checkPair({ cert, key }, { now }).ok === 'boolean'),
    )
  })
})

describe('a CA', () => {
  it('is good where it may sign', () => {
    expect(wrong(checkCa(set.ca, now))).toEqual([])
    expect(wrong(checkCa(set.leaf, now))).toEqual(['certificate: is not the certificate of a CA'])
  })
})

describe('a leaf', () => {
  it('is good where the CA beside it signed it', () => {
    expect(wrong(checkLeaf(set, { now }))).toEqual([])
    expect(wrong(checkLeaf({ ca: other.ca, leaf: set.leaf }, { now }))).toEqual([
      'certificate: is not signed by the CA beside it',
    ])
    expect(wrong(checkLeaf({ ca: { cert: 'x', key: '' }, leaf: set.leaf }, { now }))).toEqual([
      'certificate: is not signed by the CA beside it',
    ])
  })

  it('names of other spellings than ours are passed over', () => {
    expect(new X509Certificate(set.leaf.cert).subjectAltName).toContain('2001:DB8:0:0:0:0:0:1')
  })
})
