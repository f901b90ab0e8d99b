import { describe, expect, it } from '@jest/globals'
import { folded } from '../../../src/core/networks/go-decode.ts'

describe('two keys are one where they differ in case only, as Go sees it', () => {
  it.each<readonly [sentence: string, one: string, other: string, same: boolean]>([
    ['letters', 'hostPort', 'HOSTPORT', true],
    ['the long s', 'ips', 'ip\u017f', true],
    ['the Kelvin sign', 'k', '\u212a', true],
    ['the Turkish dotless i is another letter', 'ips', '\u0131ps', false],
    ['the Turkish dotted I is another letter', 'ips', '\u0130ps', false],
    ['signs', 'cni-args', 'cni_args', false],
  ])('%s', (_sentence, one, other, same) => {
    expect(folded(one) === folded(other)).toBe(same)
  })
})
