import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { identify, parseWatchLine } from '../../src/cluster/watch-event.ts'

const pod = { metadata: { name: 'db-0', namespace: 'blue', resourceVersion: '7' } }
const line = (type: unknown, object: unknown): string => JSON.stringify({ type, object })

describe('a line of a watch', () => {
  it.each([
    ['ADDED', 'present'],
    ['MODIFIED', 'present'],
    ['DELETED', 'gone'],
  ])('%s says that an object is %s', (type, kind) => {
    const wanted = { kind, namespace: 'blue', name: 'db-0', version: '7', object: pod }
    expect(parseWatchLine(line(type, pod))).toEqual(wanted)
  })

  it('BOOKMARK says how far everything is known', () => {
    const bookmark = { metadata: { resourceVersion: '9', creationTimestamp: null } }
    expect(parseWatchLine(line('BOOKMARK', bookmark))).toEqual({ kind: 'bookmark', version: '9' })
  })

  it('ERROR carries the status', () => {
    expect(parseWatchLine(line('ERROR', { code: 410, reason: 'Expired' }))).toMatchObject({
      kind: 'error',
      status: 410,
    })
    expect(parseWatchLine(line('ERROR', {}))).toMatchObject({ kind: 'error', status: 0 })
  })

  it.each([
    ['', 'not a JSON object'],
    ['{"type":"ADDED","object":{"metad', 'not a JSON object'],
    ['null', 'not a JSON object'],
    ['[1]', 'not a JSON object'],
    [line('RENAMED', pod), 'unknown type'],
    [line('constructor', pod), 'unknown type'],
    [line(undefined, pod), 'unknown type'],
    [line('ADDED', null), 'without an object'],
    [line('ADDED', []), 'without an object'],
    [line('ADDED', { metadata: { name: 'a' } }), 'without a resourceVersion'],
    [line('ADDED', { metadata: { resourceVersion: '7' } }), 'without a name'],
    [line('ADDED', { metadata: { name: '', resourceVersion: '7' } }), 'without a name'],
    [line('BOOKMARK', { metadata: { resourceVersion: 7 } }), 'without a resourceVersion'],
  ])('%s is unreadable', (text, problem) => {
    expect(parseWatchLine(text)).toEqual({ kind: 'unreadable', problem: expect.stringContaining(problem) })
  })

  it('never throws', () => {
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json()), (text) => void parseWatchLine(text)))
    fc.assert(fc.property(fc.anything(), (value) => void identify(value)))
    fc.assert(
      fc.property(fc.string(), fc.anything(), (type, object) => void parseWatchLine(safely(type, object))),
    )
  })
})

function safely(type: string, object: unknown): string {
  try {
    return line(type, object)
  } catch {
    return ''
  }
}
