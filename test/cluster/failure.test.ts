import { describe, expect, it } from '@jest/globals'
import { broken, failureFrom, refused } from '../../src/cluster/failure.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { ApiUnreachable } from '../../src/cluster/unreachable.ts'

const refusal = (status: number, said: unknown = undefined, headers = {}) => ({ status, headers, said })

describe('a refusal', () => {
  it.each([
    [410, KINDS.pod, 'expired'],
    [401, KINDS.pod, 'forbidden'],
    [403, KINDS.nad, 'forbidden'],
    [404, KINDS.nad, 'absent'],
    [404, KINDS.netService, 'absent'],
    [404, KINDS.pod, 'broken'],
    [429, KINDS.pod, 'broken'],
    [500, KINDS.pod, 'broken'],
    [503, KINDS.nad, 'broken'],
    [0, KINDS.pod, 'broken'],
  ] as const)('with %i of %o is told apart', (status, kind, wanted) => {
    expect(refused('list', kind, refusal(status)).kind).toBe(wanted)
  })

  it.each([
    [{ message: 'pods is forbidden' }, 'the API server refused to watch pods: pods is forbidden (403)'],
    ['  plain text\n', 'the API server refused to watch pods: plain text (403)'],
    [undefined, 'the API server refused to watch pods: it gave no reason (403)'],
    [{ message: 7 }, 'the API server refused to watch pods: it gave no reason (403)'],
    [null, 'the API server refused to watch pods: it gave no reason (403)'],
  ])('that says %j is told in one sentence', (said, wanted) => {
    expect(refused('watch', KINDS.pod, refusal(403, said)).message).toBe(wanted)
  })

  it('that says a book is told in part', () => {
    expect(refused('list', KINDS.pod, refusal(500, 'x'.repeat(1e6))).message.length).toBeLessThan(600)
  })

  it.each([
    [{ 'retry-after': '3' }, undefined, 3_000],
    [{}, { details: { retryAfterSeconds: 2 } }, 2_000],
    [{ 'retry-after': '86400' }, undefined, 60_000],
    [{ 'retry-after': '0' }, undefined, undefined],
    [{ 'retry-after': '-1' }, undefined, undefined],
    [{ 'retry-after': 'Fri, 31 Dec 1999 23:59:59 GMT' }, undefined, undefined],
    [{}, { details: { retryAfterSeconds: 'soon' } }, undefined],
    [{}, undefined, undefined],
  ])('with %j and %j asks to be left alone for %j ms', (headers, said, wanted) => {
    expect(refused('list', KINDS.pod, refusal(429, said, headers)).retryAfterMs).toBe(wanted)
  })
})

it('no answer is a failure like any other, our own mistake is not', () => {
  const unreachable = new ApiUnreachable('https://a', 'timeout', 'did not answer')
  expect(failureFrom(unreachable)).toEqual(broken('the API server at https://a did not answer'))
  expect(() => failureFrom(new TypeError('oops'))).toThrow('oops')
})
