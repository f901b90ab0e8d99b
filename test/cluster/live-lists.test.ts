import { describe, expect, it } from '@jest/globals'
import type { ApiAnswer, ApiRequest } from '../../src/cluster/client.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { LiveLists } from '../../src/cluster/live-lists.ts'

const settled = () => new Promise((resolve) => setImmediate(resolve))

/** Lists that are answered when the test says so. */
function scene() {
  let now = 0
  const asked: { readonly request: ApiRequest; readonly answer: (answer: Partial<ApiAnswer>) => void }[] = []
  const request = (request: ApiRequest): Promise<ApiAnswer> =>
    new Promise((resolve) => {
      asked.push({
        request,
        answer: (answer) => resolve({ status: 200, headers: {}, body: undefined, ...answer }),
      })
    })
  const lists = new LiveLists<string>({
    client: { request },
    clock: { now: () => now, after: () => () => undefined },
    kind: KINDS.pod,
    project: ({ name }) => name,
    namesOf: (name) => [name.toUpperCase()],
  })
  const page = (version: string, names: readonly string[], rest = '') => {
    const items = names.map((name) => ({ metadata: { name, namespace: 'a', resourceVersion: '1' } }))
    return {
      body: {
        kind: 'PartialObjectMetadataList',
        metadata: { resourceVersion: version, continue: rest },
        items,
      },
    }
  }
  return { lists, asked, page, pass: (milliseconds: number) => (now += milliseconds) }
}

describe('live lists', () => {
  it('file what they read under its names', async () => {
    const { lists, asked, page } = scene()
    lists.saw('5')
    const { answer } = lists.join('5', 1)
    asked[0]?.answer(page('6', ['x'], 'more'))
    await settled()
    asked[1]?.answer(page('6', ['y']))
    const list = await answer
    if (list.kind !== 'listed') throw new Error(list.message)
    expect(list.version).toBe('6')
    expect(list.candidates.map(([key]) => key)).toEqual(['a/x', 'a/y'])
    expect(list.candidatesByName.get('Y')?.map(([key]) => key)).toEqual(['a/y'])
    expect(asked[0]?.request).toMatchObject({
      query: { limit: 500 },
      accept: expect.stringContaining('PartialObjectMetadataList'),
    })
  })

  it('are shared by all whose version was known when they began', () => {
    const { lists, asked } = scene()
    lists.saw('7')
    lists.join('5', 10)
    lists.join('7', 10)
    expect(asked).toHaveLength(1)
  })

  it('are not shared with who has seen a newer version, until it is known that they show it', async () => {
    const { lists, asked, page } = scene()
    lists.saw('5')
    const early = lists.join('5', 10)
    lists.saw('9')
    const late = lists.join('9', 10)
    asked[0]?.answer(page('8', ['x']))
    expect(await early.answer).toMatchObject({ version: '8' })
    await settled()
    expect(asked).toHaveLength(2)
    asked[1]?.answer(page('9', ['y']))
    expect(await late.answer).toMatchObject({ version: '9' })

    await settled()
    lists.saw('20')
    lists.join('20', 10)
    asked[2]?.answer(page('25', [], 'more'))
    await settled()
    lists.saw('24')
    lists.join('24', 10)
    await settled()
    expect(asked).toHaveLength(4)
  })

  it('wait for each other where they are long, and not where they are short', () => {
    const long = scene()
    const short = scene()
    for (const version of ['1', '2', '3', '4', '5', '6']) {
      long.lists.saw(version)
      long.lists.join(version, 10)
      short.lists.saw(version)
      short.lists.join(version, 1)
    }
    expect(long.asked).toHaveLength(1)
    expect(short.asked).toHaveLength(4)
  })

  it('prove nothing across a restored database', () => {
    const { lists, asked } = scene()
    lists.saw('100')
    lists.join('100', 10)
    lists.forget()
    lists.saw('50')
    lists.join('50', 10)
    expect(asked).toHaveLength(2)
  })

  it('are paid for by the page: twenty of twenty pages in a burst, then two a second', async () => {
    const { lists, asked, page, pass } = scene()
    const read = async (): Promise<string> => {
      const before = asked.length
      const ticket = lists.join('1', 20)
      asked[before]?.answer(page('1', []))
      const { kind } = await ticket.answer
      await settled()
      return kind
    }
    for (let i = 0; i < 20; i++) expect(await read()).toBe('listed')
    expect(await read()).toBe('broken')
    pass(500)
    expect(await read()).toBe('listed')
    expect(await read()).toBe('broken')
    expect(asked).toHaveLength(21)
  })

  it('leave the API server alone for as long as it asks', async () => {
    const { lists, asked, page, pass } = scene()
    const refused = lists.join('1', 1)
    asked[0]?.answer({ status: 429, headers: { 'retry-after': '2' } })
    expect(await refused.answer).toMatchObject({ kind: 'broken', retryAfterMs: 2_000 })
    await settled()
    expect(await lists.join('1', 1).answer).toMatchObject({ message: expect.stringContaining('left alone') })
    expect(asked).toHaveLength(1)
    pass(2_000)
    await settled()
    const again = lists.join('1', 1)
    asked[1]?.answer(page('1', []))
    expect(await again.answer).toMatchObject({ kind: 'listed' })
  })

  it('are called off when nobody waits, and not joined any more', async () => {
    const { lists, asked } = scene()
    const ticket = lists.join('1', 10)
    ticket.leave()
    expect(asked[0]?.request.signal?.aborted).toBe(true)
    lists.join('1', 10)
    asked[0]?.answer({ status: 500 })
    await settled()
    expect(asked).toHaveLength(2)
    expect(asked[1]?.request.signal?.aborted).toBe(false)
  })
})
