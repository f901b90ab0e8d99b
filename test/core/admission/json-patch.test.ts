// The steps between two JSON values: they lead there, none is too many, and keys of any spelling are found.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import type { JsonValue } from '../../../src/core/admission/decision.ts'
import { difference } from '../../../src/core/admission/json-patch.ts'

const applied = (before: JsonValue, operations: readonly object[]): unknown =>
  jsonPatch.applyPatch(structuredClone({ root: before }), structuredClone(operations) as never).newDocument
    .root

describe('the steps between two values', () => {
  it.each<[string, JsonValue | undefined, JsonValue | undefined, readonly object[]]>([
    ['nothing and nothing', undefined, undefined, []],
    ['the same', { a: [1, { b: null }] }, { a: [1, { b: null }] }, []],
    ['something new', undefined, { a: 1 }, [{ op: 'add', path: '/root', value: { a: 1 } }]],
    ['something gone', { a: 1 }, undefined, [{ op: 'remove', path: '/root' }]],
    ['a key more', { a: 1 }, { a: 1, b: 2 }, [{ op: 'add', path: '/root/b', value: 2 }]],
    ['a list', { a: [1, 2] }, { a: [1] }, [{ op: 'replace', path: '/root/a', value: [1] }]],
    ['an object instead of a list', [], {}, [{ op: 'replace', path: '/root', value: {} }]],
    ['a key with / and ~', { 'a/b~c': 1 }, {}, [{ op: 'remove', path: '/root/a~1b~0c' }]],
    [
      'a key that every object inherits',
      {},
      { toString: 1 },
      [{ op: 'add', path: '/root/toString', value: 1 }],
    ],
  ])('%s', (_, before, after, operations) => {
    expect(difference('/root', before, after)).toEqual(operations)
  })

  const key = fc.constantFrom('a', 'b', 'c/d', 'e~f', 'g~1h', '')
  const { value } = fc.letrec<{ value: JsonValue }>((tie) => ({
    value: fc.oneof(
      { maxDepth: 3 },
      fc.constantFrom(1, 'x', null, true),
      fc.array(tie('value'), { maxLength: 2 }),
      fc.dictionary(key, tie('value'), { maxKeys: 3 }),
    ),
  }))

  it('lead from one to the other', () => {
    fc.assert(
      fc.property(value, value, (before, after) => {
        expect(applied(before, difference('/root', before, after))).toEqual(after)
      }),
    )
  })
})
