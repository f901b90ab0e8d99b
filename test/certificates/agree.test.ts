import { describe, expect, it } from '@jest/globals'
import { agreeOnCertificate, loadsFromStore } from '../../src/certificates/agree.ts'
import { LIFETIMES, type CertificateSet } from '../../src/certificates/certificate-set.ts'
import { checkCa, checkLeaf } from '../../src/certificates/check.ts'
import { issueSet } from '../../src/certificates/issue.ts'
import { Shelf } from './shelf.ts'

const DAY = 86_400_000
const now = Date.parse('2030-01-01T00:00:00Z')
const names = ['localhost', '127.0.0.1']
const wanted = { names, lifetimes: LIFETIMES, now }
const set = await issueSet(names, now)
const other = await issueSet(names, now)

function expectGood(good: CertificateSet, at = now): void {
  expect([checkCa(good.ca, at).ok, checkLeaf(good, { now: at, names }).ok]).toEqual([true, true])
}

describe('one replica', () => {
  it('makes the set where there is none', async () => {
    const shelf = new Shelf()
    const agreed = await agreeOnCertificate(shelf, wanted)
    expectGood(agreed.set)
    expect([shelf.stored, agreed.news]).toEqual([
      agreed.set,
      ['there is no certificate yet; made a new CA and leaf'],
    ])
  })

  it('takes what is there, and writes nothing', async () => {
    const shelf = new Shelf(set)
    const agreed = await agreeOnCertificate(shelf, wanted)
    expect([agreed.set, agreed.news, shelf.writes]).toEqual([set, [], 0])
  })

  it('makes a new leaf once two thirds of its life are over, not before', async () => {
    const shelf = new Shelf(set)
    const early = await agreeOnCertificate(shelf, { ...wanted, now: now + 4.6 * DAY })
    expect(early.set).toEqual(set)
    const late = await agreeOnCertificate(shelf, { ...wanted, now: now + 4.7 * DAY })
    expect(late.set.ca).toEqual(set.ca)
    expect(late.set.leaf).not.toEqual(set.leaf)
    expectGood(late.set, now + 4.7 * DAY)
    expect(late.news).toEqual(['two thirds of the leaf’s life are over; made a new leaf'])
  })

  it('makes a new leaf that covers the names wanted now and those covered before', async () => {
    const shelf = new Shelf(set)
    const agreed = await agreeOnCertificate(shelf, { ...wanted, names: ['b.example', '::1'] })
    expect(agreed.set.ca).toEqual(set.ca)
    expect(agreed.leaf.names).toEqual(['b.example', '::1', 'localhost', '127.0.0.1'])
    const again = await agreeOnCertificate(shelf, wanted)
    expect(again.set).toEqual(agreed.set)
  })

  it('makes a new CA before the old one is too short for a leaf', async () => {
    const lifetimes = { ca: 10 * DAY, leaf: 7 * DAY }
    const shelf = new Shelf(await issueSet(names, now, lifetimes))
    const agreed = await agreeOnCertificate(shelf, { names, lifetimes, now: now + 5 * DAY })
    expect(agreed.set.ca).not.toEqual(set.ca)
    expect(agreed.news).toEqual(['the stored CA ends soon; made a new CA and leaf'])
  })
})

describe('what stands there and cannot be used', () => {
  const empty = { cert: '', key: '' }
  const cases: [string, CertificateSet, number, string, 'leaf' | 'all'][] = [
    [
      'nothing but keys of the Secret',
      { ca: empty, leaf: empty },
      now,
      'the stored CA cannot be used: certificate: is no certificate in PEM',
      'all',
    ],
    [
      'a CA without its key',
      { ...set, ca: { ...set.ca, key: '' } },
      now,
      'the stored CA cannot be used: key: is no unencrypted private key in PEM',
      'all',
    ],
    [
      'a CA with the key of another',
      { ...set, ca: { ...set.ca, key: other.ca.key } },
      now,
      'the stored CA cannot be used: key: does not belong to the certificate',
      'all',
    ],
    [
      'a leaf in the place of the CA',
      { ...set, ca: set.leaf },
      now,
      'the stored CA cannot be used: certificate: is not the certificate of a CA',
      'all',
    ],
    [
      'a CA that has ended',
      set,
      now + 366 * DAY,
      'the stored CA cannot be used: certificate: ended at 2031-01-01T00:00:00.000Z',
      'all',
    ],
    [
      'a leaf that has ended',
      set,
      now + 8 * DAY,
      'the stored leaf cannot be used: certificate: ended at 2030-01-08T00:00:00.000Z',
      'leaf',
    ],
    [
      'half a leaf',
      { ...set, leaf: { ...set.leaf, cert: set.leaf.cert.slice(0, 200) } },
      now,
      'the stored leaf cannot be used: certificate: is no certificate in PEM',
      'leaf',
    ],
    [
      'a leaf of another CA',
      { ...set, leaf: other.leaf },
      now,
      'the stored leaf cannot be used: certificate: is not signed by the CA beside it',
      'leaf',
    ],
  ]
  it.each(cases)('%s is told and healed', async (_what, stored, at, why, healed) => {
    const shelf = new Shelf(stored)
    const agreed = await agreeOnCertificate(shelf, { ...wanted, now: at })
    expectGood(agreed.set, at)
    expect(agreed.news).toEqual([
      `${why}; ${healed === 'leaf' ? 'made a new leaf' : 'made a new CA and leaf'}`,
    ])
    expect(agreed.set.ca.cert === stored.ca.cert).toBe(healed === 'leaf')
  })

  it('is replaced by what we serve, where that is good, so that callers notice nothing', async () => {
    const shelf = new Shelf(set)
    const load = loadsFromStore(shelf, { names, lifetimes: LIFETIMES })
    await load(now)
    shelf.stored = { ca: empty, leaf: empty }
    const loaded = await load(now)
    expect([loaded.pair, loaded.caBundle, shelf.stored]).toEqual([set.leaf, set.ca.cert, set])
    shelf.stored = undefined
    expect((await load(now)).news).toEqual(['there is no certificate yet; put back the set that we serve'])
  })

  it('gives way to a good set of another replica, even where we hold one', async () => {
    const shelf = new Shelf(set)
    const load = loadsFromStore(shelf, { names, lifetimes: LIFETIMES })
    await load(now)
    shelf.stored = other
    expect((await load(now)).pair).toEqual(other.leaf)
  })
})

describe('two replicas', () => {
  it('that start in the same instant agree', async () => {
    const shelf = new Shelf()
    const [one, two] = await Promise.all([
      agreeOnCertificate(shelf, wanted),
      agreeOnCertificate(shelf, wanted),
    ])
    expect(one.set).toEqual(two.set)
    expect(shelf.writes).toBe(1)
    expect([...one.news, ...two.news]).toHaveLength(1)
  })

  it('that renew in the same instant agree', async () => {
    const shelf = new Shelf(set)
    const late = { ...wanted, now: now + 5 * DAY }
    const [one, two] = await Promise.all([agreeOnCertificate(shelf, late), agreeOnCertificate(shelf, late)])
    expect(one.set).toEqual(two.set)
    expect(shelf.writes).toBe(1)
  })

  it('with different names end with a leaf for both', async () => {
    const shelf = new Shelf()
    const mine = { ...wanted, names: ['a.example'] }
    const theirs = { ...wanted, names: ['b.example'] }
    await Promise.all([agreeOnCertificate(shelf, mine), agreeOnCertificate(shelf, theirs)])
    const agreed = await agreeOnCertificate(shelf, mine)
    expect([...agreed.leaf.names].sort()).toEqual(['a.example', 'b.example'])
    expect(await agreeOnCertificate(shelf, theirs)).toMatchObject({ set: agreed.set, news: [] })
  })

  it('never write over what the other wrote in between', async () => {
    const shelf = new Shelf({ ca: { cert: '', key: '' }, leaf: { cert: '', key: '' } })
    shelf.between = () => {
      shelf.between = () => Promise.resolve()
      return agreeOnCertificate(shelf, wanted).then(() => undefined)
    }
    const agreed = await agreeOnCertificate(shelf, wanted)
    expect([agreed.set, shelf.writes]).toEqual([shelf.stored, 1])
  })

  it('that never agree end with a sentence', async () => {
    const shelf = new Shelf()
    shelf.create = () => Promise.resolve(false)
    await expect(agreeOnCertificate(shelf, wanted)).rejects.toThrow(/they do not agree with us/)
  })
})
