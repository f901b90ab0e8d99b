// Which Pods a selector means, and how one is written.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { parseSelector, selects, withoutNoPodKey } from '../../../src/core/endpoints/selector.ts'

describe('a selector', () => {
  it.each([
    [{ app: 'a' }, { app: 'a', tier: 'x' }, true],
    [{ app: 'a', tier: 'x' }, { app: 'a', tier: 'x' }, true],
    [{ app: 'a', tier: 'x' }, { app: 'a' }, false],
    [{ app: 'a' }, { app: 'b' }, false],
    [{ app: '' }, { app: '' }, true],
    [{ app: '' }, {}, false],
    [{}, { app: 'a' }, false],
    [{ toString: '' }, {}, false],
  ])('%j for labels %j: %s', (selector, labels, expected) => {
    expect(selects(selector as Record<string, string>, labels as Record<string, string>)).toBe(expected)
  })

  it('is what the user wrote, without the no-pod key', () => {
    expect(withoutNoPodKey({ app: 'a', 'sidenet.io/no-pod': 'true' })).toEqual({ app: 'a' })
    expect(withoutNoPodKey(undefined)).toEqual({})
  })
})

describe('the text of a selector', () => {
  it.each([
    ['app=a', { app: 'a' }],
    [' app = a , tier=b ', { app: 'a', tier: 'b' }],
    ['app==a', { app: 'a' }],
    ['app=', { app: '' }],
    ['app=a,app=a', { app: 'a' }],
    ['example.com/app.kubernetes_io=A-b.c_1', { 'example.com/app.kubernetes_io': 'A-b.c_1' }],
  ])('%j is %j', (text, selector) => {
    expect(parseSelector(text)).toEqual({ ok: true, value: selector })
  })

  it.each([
    ['', ['has an empty part; write it as key=value, separated by commas']],
    ['app=a,', ['has an empty part; write it as key=value, separated by commas']],
    ['app', ['"app" is not of the form key=value; only equality is supported']],
    ['app!=a', ['"app!=a" is not of the form key=value; only equality is supported']],
    ['app in (a b)', ['"app in (a b)" is not of the form key=value; only equality is supported']],
    ['=a', ['"=a" is not of the form key=value; only equality is supported']],
    ['a=b=c', ['"a=b=c" is not of the form key=value; only equality is supported']],
    ['-a=b', ['"-a" is not the key of a label']],
    ['a/b/c=d', ['"a/b/c" is not the key of a label']],
    ['A.b/c=d', ['"A.b/c" is not the key of a label']],
    [`${'x'.repeat(64)}=a`, [expect.stringMatching(/is not the key of a label$/)]],
    ['a=b/c', ['"b/c" is not the value of a label']],
    ['a=-b', ['"-b" is not the value of a label']],
    ['a=b,a=c', ['"a" is given two values, which no Pod can have']],
    ['a,b,c=!', [/a/, /b/, /c=!/].map((part) => expect.stringMatching(part))],
  ])('%j is refused with every mistake told', (text, messages) => {
    const result = parseSelector(text)
    expect(result).toEqual({ ok: false, problems: messages.map((message) => ({ field: '', message })) })
  })

  it('never breaks the reader', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), (text) => typeof parseSelector(text).ok === 'boolean'),
    )
  })

  it('reads what it would write', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]([-A-Za-z0-9_.]{0,20}[A-Za-z0-9])?$/)
    fc.assert(
      fc.property(fc.dictionary(word, word, { minKeys: 1, noNullPrototype: true }), (selector) => {
        const text = Object.entries(selector).map(([key, value]) => `${key}=${value}`)
        expect(parseSelector(text.join(','))).toEqual({ ok: true, value: selector })
      }),
    )
  })
})
