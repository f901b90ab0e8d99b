import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { BEGINNING, nextStep, REAL_LIFE_MS, type Course, type StepEnd } from '../../src/cluster/next-step.ts'

const middle = () => 0.5
const broken = { kind: 'broken', message: '', retryAfterMs: undefined } as const
const expired = { kind: 'expired', message: '', retryAfterMs: undefined } as const
const forbidden = { kind: 'forbidden', message: '', retryAfterMs: undefined } as const
const absent = { kind: 'absent', message: '', retryAfterMs: undefined } as const
const unreadable = { kind: 'unreadable', message: '' } as const
type WatchEnd = Extract<StepEnd, { step: 'watch' }>['end']
const list = (end: Extract<StepEnd, { step: 'list' }>['end']): StepEnd => ({ step: 'list', end })
const probe = (end: Extract<StepEnd, { step: 'probe' }>['end']): StepEnd => ({ step: 'probe', end })
const watch = (end: WatchEnd, lived = 0, advanced = false): StepEnd => ({
  step: 'watch',
  end,
  lived,
  advanced,
})
const LONG = REAL_LIFE_MS
const course = (some: Partial<Course>): Course => ({ ...BEGINNING, next: 'watch', listed: true, ...some })

describe('what a reflector does next', () => {
  const cases: readonly (readonly [string, Course, StepEnd, Partial<Course>])[] = [
    [
      'a list is followed by a watch at once',
      BEGINNING,
      list({ kind: 'listed' }),
      { next: 'watch', waitMs: 0 },
    ],
    [
      'a failed list is tried again later',
      BEGINNING,
      list(broken),
      { next: 'list', failures: 1, waitMs: 750 },
    ],
    ['each failure doubles the wait', course({ failures: 3 }), list(broken), { waitMs: 6_000 }],
    ['the wait has a cap', course({ failures: 99 }), list(broken), { waitMs: 22_500 }],
    [
      'a server that names a time is left alone for it',
      BEGINNING,
      list({ ...broken, retryAfterMs: 8_000 }),
      { waitMs: 9_000 },
    ],
    [
      'a list whose pages keep expiring is no way of the world',
      BEGINNING,
      list(expired),
      { next: 'list', waitMs: 750 },
    ],
    ['a missing right is asked for again later', BEGINNING, list(forbidden), { next: 'list', waitMs: 750 }],
    [
      'an absent kind is looked for now and then',
      course({ failures: 5 }),
      list(absent),
      { next: 'list', failures: 0, waitMs: 30_000 },
    ],
    [
      'a watch that ends after a while is opened anew at once',
      course({ failures: 5 }),
      watch({ kind: 'ended' }, LONG),
      { next: 'watch', failures: 0, waitMs: 0 },
    ],
    [
      'a watch that ends at once is opened anew later',
      course({}),
      watch({ kind: 'ended' }, 10, true),
      { next: 'watch', failures: 1, waitMs: 750 },
    ],
    [
      'a broken watch is gone on with, after a look at the history',
      course({}),
      watch(broken, LONG),
      { next: 'probe', failures: 1, waitMs: 750 },
    ],
    ['a silent watch likewise', course({}), watch({ kind: 'stalled' }, LONG), { next: 'probe', waitMs: 750 }],
    [
      'the same history: the watch goes on',
      course({ next: 'probe' }),
      probe({ kind: 'same-history' }),
      { next: 'watch', waitMs: 0 },
    ],
    [
      'another history: everything is listed',
      course({ next: 'probe' }),
      probe({ kind: 'other-history' }),
      { next: 'list', waitMs: 0 },
    ],
    [
      'no answer to the look: it is repeated later',
      course({ next: 'probe', failures: 1 }),
      probe(broken),
      { next: 'probe', failures: 2, waitMs: 1_500 },
    ],
    [
      'a watch too old to go on is listed at once',
      course({ listed: false, failures: 4 }),
      watch(expired),
      { next: 'list', waitMs: 0 },
    ],
    ['after a long life too', course({}), watch(expired, LONG), { next: 'list', waitMs: 0 }],
    [
      'but not over and over',
      course({ failures: 1 }),
      watch(expired, 10, true),
      { next: 'list', failures: 2, waitMs: 1_500 },
    ],
    [
      'one unreadable line is read again',
      course({}),
      watch(unreadable),
      { next: 'watch', unreadable: 1, waitMs: 750 },
    ],
    [
      'the second in the same place is passed by with a list',
      course({ unreadable: 1, failures: 1 }),
      watch(unreadable),
      { next: 'list', waitMs: 1_500 },
    ],
    [
      'the second in another place is read again',
      course({ unreadable: 1, failures: 1 }),
      watch(unreadable, 0, true),
      { next: 'watch', unreadable: 1 },
    ],
    [
      'a kind whose watch is not found is absent',
      course({}),
      watch(absent),
      { next: 'list', waitMs: 30_000 },
    ],
  ]
  it.each(cases)('%s', (_, before, ended, wanted) => {
    expect(nextStep(before, ended, middle)).toMatchObject(wanted)
  })

  it('never hammers: without a watch that lives, the calls of an hour are few, whatever the failures', () => {
    const failure = fc.constantFrom(
      list(broken),
      list(expired),
      list({ kind: 'listed' }),
      probe(broken),
      probe({ kind: 'same-history' }),
      probe({ kind: 'other-history' }),
      watch(broken, 100, true),
      watch(expired, 100, true),
      watch({ kind: 'ended' }, 100, true),
      watch({ kind: 'stalled' }, 100),
      watch(unreadable, 100, true),
    )
    fc.assert(
      fc.property(
        fc.infiniteStream(failure),
        fc.infiniteStream(fc.double({ min: 0, max: 0.999, noNaN: true })),
        (ends, numbers) => {
          const random = () => numbers.next().value ?? 0
          let now = 0
          let calls = 0
          for (let state = BEGINNING; now < 3_600_000; calls++) {
            // Whatever is asked, it ends in one of the ways in which it can.
            let ended = ends.next().value
            while (ended?.step !== state.next) ended = ends.next().value
            state = nextStep(state, ended, random)
            now += state.waitMs
          }
          // With a cap of 30 s half of it at least between failures, and at most a list and a probe with each.
          expect(calls).toBeLessThan(3 * 260)
        },
      ),
      { numRuns: 50 },
    )
  })
})
