// What does a client hear that keeps asking for one name? Every answer that differs from the one before, in order.
// Never asks twice at once, so that no answer overtakes another; never judges by time.

import type { Resolver } from 'node:dns/promises'
import { setTimeout as pause } from 'node:timers/promises'
import type { Seen } from './courses.ts'
import { eventually, type Waiting } from './wait.ts'

export type RecordType = 'A' | 'AAAA' | 'SRV'

export interface DnsWatch {
  readonly name: string
  /** Answers in order, each different from its neighbours; one that says there is nothing is empty. */
  readonly seen: () => readonly Seen[]
  /** Waits until the newest answer fulfils the condition; one that was asked for after the call. */
  readonly until: (condition: (answer: Seen) => boolean, waiting: Waiting) => Promise<void>
  /** Ends the asking; throws where the server left a question without any answer. */
  readonly stop: () => Promise<void>
}

/** 50 questions a second. */
const INTERVAL = 20

/** The server's word for "there is no such name" and "no record of this type". */
const NOTHING: readonly unknown[] = ['ENOTFOUND', 'ENODATA']

/** Asks from now on; returns after the first answer. SRV answers read `target:port`. */
export async function watchDns(resolver: Resolver, name: string, type: RecordType = 'A'): Promise<DnsWatch> {
  const seen: Seen[] = []
  const failures: unknown[] = []
  let answers = 0
  let stopping = false

  const askOnce = async (): Promise<void> => {
    try {
      const answer = await ask(resolver, name, type)
      answers += 1
      if (String(answer) !== String(seen.at(-1)) || seen.length === 0) seen.push(answer)
    } catch (error) {
      failures.push(error)
    }
  }
  await askOnce()
  const asking = (async () => {
    while (!stopping) await Promise.all([askOnce(), pause(INTERVAL)])
  })()
  return {
    name,
    seen: () => seen,
    async until(condition, waiting) {
      // The question under way may have been asked before the call.
      const enough = answers + 2
      await eventually(() => answers >= enough && condition(seen.at(-1) ?? []), waiting).catch(
        (error: unknown) => {
          throw new Error(`${String(error)}; ${type} ${name} was answered ${JSON.stringify(seen)}`, {
            cause: error,
          })
        },
      )
    },
    async stop() {
      stopping = true
      await asking
      if (failures.length > 0)
        throw new AggregateError(failures, `${failures.length} questions for ${name} failed`)
    },
  }
}

async function ask(resolver: Resolver, name: string, type: RecordType): Promise<Seen> {
  try {
    return (await askFor[type](resolver, name)).sort()
  } catch (error) {
    if (NOTHING.includes((error as NodeJS.ErrnoException).code)) return []
    throw error
  }
}

const askFor: Readonly<Record<RecordType, (resolver: Resolver, name: string) => Promise<string[]>>> = {
  A: (resolver, name) => resolver.resolve4(name),
  AAAA: (resolver, name) => resolver.resolve6(name),
  SRV: async (resolver, name) =>
    (await resolver.resolveSrv(name)).map(({ name: target, port }) => `${target}:${port}`),
}
