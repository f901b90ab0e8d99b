import { describe, expect, it } from '@jest/globals'
import { ServingCertificate, type Loaded } from '../../src/server/serving-certificate.ts'
import { HandClock, until } from './hand-clock.ts'

const DAY = 86_400_000

/** A stage on which a test sets what can be loaded, served and published, and reads what happened. */
function stage(): {
  clock: HandClock
  story: ServingCertificate
  told: string[]
  next: { loaded: Loaded | Error; serve?: Error; publish?: Error; published?: string[] }
  done: string[]
} {
  const clock = new HandClock()
  const told: string[] = []
  const done: string[] = []
  const next: ReturnType<typeof stage>['next'] = { loaded: pair('a', clock.now() + 7 * DAY) }
  const story = new ServingCertificate({
    clock,
    interval: 60_000,
    publishInterval: 60_000,
    load: () => {
      done.push('load')
      return next.loaded instanceof Error ? Promise.reject(next.loaded) : Promise.resolve(next.loaded)
    },
    serve: ({ cert }) => {
      if (next.serve) throw next.serve
      done.push(`serve ${cert}`)
    },
    publish: (caBundle) => {
      done.push(`publish ${String(caBundle)}`)
      return next.publish ? Promise.reject(next.publish) : Promise.resolve(next.published ?? [])
    },
    report: ({ level, message }) => told.push(`${level}: ${message}`),
  })
  return { clock, story, told, next, done }
}

function pair(name: string, notAfter: number, more: Partial<Loaded> = {}): Loaded {
  return {
    pair: { cert: name, key: `key of ${name}` },
    notAfter,
    caBundle: `CA of ${name}`,
    news: [],
    ...more,
  }
}

describe('the serving certificate', () => {
  it('is loaded, served, then published, and only then is all ready', async () => {
    const { story, done, clock } = stage()
    expect(story.whyNotReady()).toBe('there is no certificate yet')
    await story.refresh()
    expect(done).toEqual(['load', 'serve a', 'publish CA of a'])
    expect([story.whyNotReady(), story.notAfter]).toEqual([undefined, clock.now() + 7 * DAY])
  })

  it('is looked at every interval, swapped only where it changed, and published again against drift', async () => {
    const { story, done, clock, next } = stage()
    const stop = new AbortController()
    const kept = story.keep(stop.signal)
    await until(() => clock.timers === 1)
    clock.advance(60_000)
    await until(() => clock.timers === 1 && done.length === 5)
    next.loaded = pair('b', clock.now() + DAY)
    clock.advance(60_000)
    await until(() => clock.timers === 1 && done.length === 8)
    expect(done).toEqual([
      'load',
      'serve a',
      'publish CA of a',
      'load',
      'publish CA of a',
      'load',
      'serve b',
      'publish CA of b',
    ])
    stop.abort()
    await kept
    expect(clock.timers).toBe(0)
  })

  it('is published seldom where files are looked at often, but at once where the CA changed', async () => {
    const { story, done, clock, next } = stage()
    await story.refresh()
    clock.advance(5_000)
    await story.refresh()
    next.loaded = pair('b', clock.now() + DAY)
    await story.refresh()
    expect(done.filter((what) => what.startsWith('publish'))).toEqual(['publish CA of a', 'publish CA of b'])
  })

  it('that cannot be had is tried again, soon at first, then less often, and told once', async () => {
    const { story, done, clock, next, told } = stage()
    next.loaded = new Error('the Secret cannot be read')
    const stop = new AbortController()
    const kept = story.keep(stop.signal)
    const waits: number[] = []
    for (let look = 1; look <= 10; look++) {
      await until(() => done.length === look && clock.timers === 1)
      const before = clock.now()
      while (clock.timers > 0) clock.advance(500)
      waits.push(clock.now() - before)
    }
    expect(waits).toEqual([500, 1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000, 60_000])
    expect([story.whyNotReady(), told]).toEqual([
      'the Secret cannot be read',
      ['warn: the Secret cannot be read'],
    ])
    await until(() => done.length === 11 && clock.timers === 1)
    next.loaded = pair('a', clock.now() + DAY)
    clock.advance(60_000)
    await until(() => story.whyNotReady() === undefined)
    expect(told.at(-1)).toBe('info: the certificate is all right again')
    stop.abort()
    await kept
  })

  it('that serves is kept when a newer one cannot be had or served', async () => {
    const { story, next, clock } = stage()
    await story.refresh()
    next.loaded = new Error('the Secret cannot be read')
    await story.refresh()
    expect(story.whyNotReady()).toBeUndefined()
    next.loaded = pair('b', clock.now() + DAY)
    next.serve = new Error('the key does not belong to the certificate')
    await story.refresh()
    expect([story.whyNotReady(), story.notAfter]).toEqual([undefined, clock.now() + 7 * DAY])
  })

  it('that has ended is not ready', async () => {
    const { story, next, clock } = stage()
    await story.refresh()
    clock.advance(7 * DAY)
    expect(story.whyNotReady()).toBe('the certificate has ended; there is no new one yet')
    next.loaded = new Error('the Secret cannot be read')
    await story.refresh()
    expect(story.whyNotReady()).toBe('the certificate has ended; the Secret cannot be read')
  })

  it('whose CA the API server does not know is not ready', async () => {
    const { story, next, clock } = stage()
    next.publish = new Error('the API server answers 403')
    await story.refresh()
    expect(story.whyNotReady()).toBe('the API server answers 403')
    delete next.publish
    await story.refresh()
    expect(story.whyNotReady()).toBeUndefined()
    next.publish = new Error('the API server answers 503')
    next.loaded = pair('b', clock.now() + DAY)
    await story.refresh()
    expect(story.whyNotReady()).toBe('the API server answers 503')
  })

  it('whose CA is known stays ready when it cannot be published again', async () => {
    const { story, next, clock } = stage()
    await story.refresh()
    next.publish = new Error('the API server answers 503')
    clock.advance(60_000)
    await story.refresh()
    expect(story.whyNotReady()).toBeUndefined()
  })

  it('tells news once, not at every look', async () => {
    const { story, next, clock, told } = stage()
    next.loaded = pair('a', clock.now() + DAY, { news: ['does not cover a.example'] })
    next.published = ['no configuration is there']
    await story.refresh()
    clock.advance(60_000)
    await story.refresh()
    next.published = []
    clock.advance(60_000)
    await story.refresh()
    expect(told.slice(0, 3)).toEqual([
      'info: does not cover a.example',
      `info: serving a certificate that is valid until ${new Date(next.loaded.notAfter).toISOString()}`,
      'info: no configuration is there',
    ])
    expect(told).toHaveLength(3)
  })
})
