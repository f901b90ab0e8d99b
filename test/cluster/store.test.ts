import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { Store, type Seen } from '../../src/cluster/store.ts'
import type { ObjectKey } from '../../src/core/object-key.ts'

type Pod = { readonly id: string; readonly networks: readonly string[] }

const pod = (id: string, ...networks: string[]): Pod => ({ id, networks })
const seen = (version: string, record: Pod): Seen<Pod> => ({ version, record })
const listOf = (entries: Readonly<Record<string, Seen<Pod>>>) =>
  new Map(Object.entries(entries) as [ObjectKey, Seen<Pod>][])

/** A store that was filled with these at version 10, and the history in which it may be fed. */
function filled(entries: Readonly<Record<string, Seen<Pod>>> = {}) {
  const store = new Store<Pod>(({ networks }) => networks)
  store.beginList()
  store.replace(listOf(entries), '10', 0)
  return { store, history: store.moment.history }
}

describe('a store', () => {
  it('is empty, unfilled and older than everything at first, and takes nothing from a stream', () => {
    const store = new Store<Pod>()
    expect(store).toMatchObject({
      filled: false,
      size: 0,
      resourceVersion: '',
      lastLife: Number.NEGATIVE_INFINITY,
    })
    expect(store.apply({ key: 'a/b', version: '1', record: pod('b') }, 0, 0)).toBe(false)
    expect(store.size).toBe(0)
  })

  it('files records under every name of the index, and forgets names with their last record', () => {
    const { store, history } = filled({ 'a/one': seen('3', pod('one', 'red', 'blue')) })
    store.apply({ key: 'a/two', version: '11', record: pod('two', 'blue') }, history, 1)
    expect(store.by('blue').map(({ id }) => id)).toEqual(['one', 'two'])
    store.apply({ key: 'a/one', version: '12', record: pod('one', 'green') }, history, 2)
    expect(store.by('red')).toEqual([])
    expect(store.by('blue').map(({ id }) => id)).toEqual(['two'])
    store.apply({ key: 'a/two', version: '13', record: undefined }, history, 3)
    expect(store.by('blue')).toEqual([])
    expect([...store.records()].map(({ id }) => id)).toEqual(['one'])
  })

  it('ignores what is not newer, so a late stream cannot bring back what is gone', () => {
    const { store, history } = filled({ 'a/one': seen('3', pod('one')) })
    store.apply({ key: 'a/one', version: '12', record: undefined }, history, 1)
    expect(store.apply({ key: 'a/one', version: '11', record: pod('one') }, history, 2)).toBe(false)
    expect(store.apply({ key: 'a/one', version: '12', record: pod('one') }, history, 2)).toBe(false)
    expect(store).toMatchObject({ size: 0, resourceVersion: '12', lastLife: 1 })
  })

  it('knows nothing from the moment it is distrusted until the next whole list', () => {
    const { store, history } = filled({ 'a/one': seen('3', pod('one')) })
    store.distrust()
    expect(store).toMatchObject({ filled: false, lastLife: Number.NEGATIVE_INFINITY })
    for (const { history: any, version } of [{ history, version: '10' }, store.moment])
      expect(store.knows({ history: any, version })).toBe(false)
    expect(store.apply({ key: 'a/two', version: '11', record: pod('two') }, store.moment.history, 1)).toBe(
      false,
    )
    store.beginList()
    store.replace(listOf({}), '10', 2)
    expect(store).toMatchObject({ filled: true, size: 0, lastLife: 2 })
  })

  it('moves with a bookmark, and counts one that says "still here" as life', () => {
    const { store, history } = filled()
    store.bookmark('15', history, 5)
    expect(store).toMatchObject({ resourceVersion: '15', lastLife: 5 })
    store.bookmark('15', history, 6)
    expect(store.lastLife).toBe(6)
    store.bookmark('14', history, 7)
    expect(store).toMatchObject({ resourceVersion: '15', lastLife: 6 })
  })

  it('knows a moment once it has reached it, and never one of another history', () => {
    const { store, history } = filled()
    expect(store.knows({ history, version: '10' })).toBe(true)
    expect(store.knows({ history, version: '11' })).toBe(false)
    store.bookmark('11', history, 0)
    expect(store.knows({ history, version: '11' })).toBe(true)
    expect(store.knows({ history: history - 1, version: '5' })).toBe(false)
  })

  it('takes a list that is older than what it knew: the database was restored', () => {
    const { store } = filled({ 'a/one': seen('3', pod('one')) })
    store.beginList()
    store.replace(listOf({ 'a/two': seen('2', pod('two')) }), '5', 1)
    expect([...store.records()].map(({ id }) => id)).toEqual(['two'])
    expect(store.resourceVersion).toBe('5')
  })

  it('takes nothing any more from a stream that was opened before the list', () => {
    const { store, history } = filled()
    store.beginList()
    expect(store.apply({ key: 'a/one', version: '20', record: pod('one') }, history, 1)).toBe(false)
    store.replace(listOf({}), '12', 2)
    expect(store.apply({ key: 'a/one', version: '21', record: pod('one') }, history, 3)).toBe(false)
    store.bookmark('22', history, 3)
    expect(store).toMatchObject({ size: 0, resourceVersion: '12', lastLife: 2 })
  })

  it('is filled and empty when the kind is not served', () => {
    const { store, history } = filled({ 'a/one': seen('3', pod('one', 'red')) })
    store.clear(4)
    expect(store).toMatchObject({ filled: true, size: 0, resourceVersion: '', lastLife: 4 })
    expect(store.by('red')).toEqual([])
    expect(store.apply({ key: 'a/one', version: '20', record: pod('one') }, history, 5)).toBe(false)
  })

  it('tells subscribers old and new of what differs, also across a whole list, until they leave', () => {
    const one = pod('one')
    const two = pod('two')
    const { store, history } = filled({ 'a/one': seen('3', one), 'a/two': seen('4', two) })
    const heard: unknown[] = []
    const leave = store.onChange((before, after) => heard.push([before?.id, after?.id]))
    store.apply({ key: 'a/three', version: '11', record: pod('three') }, history, 0)
    store.apply({ key: 'a/nothing', version: '12', record: undefined }, history, 0)
    store.beginList()
    store.replace(listOf({ 'a/two': seen('4', two), 'a/three': seen('13', pod('three')) }), '14', 0)
    expect(heard).toEqual([
      [undefined, 'three'],
      ['one', undefined],
      ['three', 'three'],
    ])
    leave()
    store.clear(0)
    expect(heard).toHaveLength(3)
  })

  it('stays whole when a subscriber throws, and the others hear all the same', () => {
    const { store, history } = filled()
    const heard: unknown[] = []
    store.onChange(() => {
      throw new Error('no')
    })
    store.onChange((_, after) => heard.push(after?.id))
    const apply = () => store.apply({ key: 'a/one', version: '11', record: pod('one', 'red') }, history, 0)
    expect(apply).toThrow('no')
    expect(heard).toEqual(['one'])
    expect(store.by('red')).toHaveLength(1)
    expect(store.resourceVersion).toBe('11')
  })

  it('wakes those who wait for a moment at every move, and not at any other time', () => {
    const { store, history } = filled()
    let moves = 0
    const leave = store.onMoment(() => moves++)
    store.bookmark('11', history, 0)
    store.bookmark('11', history, 0)
    store.apply({ key: 'a/one', version: '12', record: undefined }, history, 0)
    leave()
    store.bookmark('13', history, 0)
    expect(moves).toBe(2)
  })
})

describe('streams side by side', () => {
  const change = fc.record({ name: fc.constantFrom('a', 'b', 'c'), gone: fc.boolean() })

  it('leave the same store as one stream alone, however they interleave', () => {
    fc.assert(
      fc.property(
        fc.array(change),
        fc.array(fc.nat(2)),
        fc.tuple(fc.nat(5), fc.nat(5)),
        (changes, order, starts) => {
          const events = changes.map(({ name, gone }, at) => {
            const record = gone ? undefined : pod(`${name}@${at}`, name)
            return { key: `ns/${name}`, version: String(11 + at), record } as const
          })
          const alone = filled()
          for (const event of events) alone.store.apply(event, alone.history, 0)

          // The main stream begins with the list; each further one begins at the moment in which the store is then.
          const { store, history } = filled()
          const next = [0, -1, -1]
          const step = (stream: number): void => {
            if (stream > 0 && next[stream] === -1) next[stream] = Number(store.resourceVersion) - 10
            const event = events[next[stream] ?? 0]
            if (event) store.apply(event, history, 0)
            next[stream] = (next[stream] ?? 0) + 1
          }
          for (const start of starts) for (let i = 0; i < start; i++) step(0)
          for (const stream of order) step(stream)
          while ((next[0] ?? 0) < events.length) step(0)
          expect([...store.records()].sort(byId)).toEqual([...alone.store.records()].sort(byId))
          expect(store.moment.version).toBe(alone.store.moment.version)
          for (const name of ['a', 'b', 'c']) expect(store.by(name)).toEqual(alone.store.by(name))
        },
      ),
    )
  })
})

const byId = (a: Pod, b: Pod): number => (a.id < b.id ? -1 : 1)
