import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { compareVersions, isNewer, isVersion, NO_VERSION, reaches } from '../../src/cluster/versions.ts'

describe('resourceVersions', () => {
  it('are ordered as the numbers they are, however long', () => {
    const version = fc.bigInt({ min: 0n, max: 2n ** 80n })
    fc.assert(
      fc.property(version, version, (a, b) => {
        const wanted = a < b ? -1 : a > b ? 1 : 0
        expect(Math.sign(compareVersions(String(a), String(b)))).toBe(wanted)
      }),
    )
  })

  it.each([
    ['9', '10', false],
    ['10', '9', true],
    ['10', '10', false],
    ['9007199254740993', '9007199254740992', true],
    ['1', NO_VERSION, true],
    [NO_VERSION, NO_VERSION, false],
  ])('"%s" is newer than "%s": %s', (a, b, wanted) => {
    expect(isNewer(a, b)).toBe(wanted)
    expect(reaches(b, a)).toBe(!wanted)
  })

  it.each(['0', '1', '12345678901234567890'])('%j is one', (text) => expect(isVersion(text)).toBe(true))
  it.each(['', '01', '-1', '1.5', '1e3', ' 1', 'abc', 7, null, undefined, {}])('%j is none', (value) =>
    expect(isVersion(value)).toBe(false),
  )
})
