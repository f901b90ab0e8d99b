// What is there of a small kind now, all of it, as of a moment not before the question? Reads it live, shared by all
// who asked before the reading began. Never asks an index: for few objects a list is as quick as any proof.

import type { ApiClient } from './client.ts'
import { backOffMs } from './back-off.ts'
import { pause, type Clock } from './clock.ts'
import type { Failure } from './failure.ts'
import { listRecords, type RecordList, type Selected } from './list.ts'
import type { Project } from './projection.ts'
import { untilDeadline } from './racing.ts'
import { InTurn, waitFor } from './shared-run.ts'

export interface FreshListParts<T> extends Selected {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
  readonly random: () => number
  /** Must not throw. */
  readonly project: Project<T>
}

const TRY_AGAIN = { baseMs: 200, capMs: 1_000 }
const PAGE_TIMEOUT_MS = 3_000

/**
 * Answers by a deadline, a time on the clock; undefined where no list came before it. A kind that is not served has
 * no objects.
 */
export class FreshList<T> {
  readonly #parts: FreshListParts<T>
  readonly #lists: InTurn<RecordList<T> | Failure>

  constructor(parts: FreshListParts<T>) {
    this.#parts = parts
    this.#lists = new InTurn((signal) =>
      listRecords<T>({ ...parts, signal, timeoutMs: PAGE_TIMEOUT_MS }, ({ object }) => parts.project(object)),
    )
  }

  records(deadline: number): Promise<readonly T[] | undefined> {
    const { clock, random } = this.#parts
    return untilDeadline(clock, deadline, async (signal) => {
      for (let failures = 0; !signal.aborted; failures++) {
        const list = await waitFor(this.#lists.join(), signal)
        if (list?.kind === 'listed') return [...list.records.values()].map(({ record }) => record)
        if (list?.kind === 'absent') return []
        await pause(clock, Math.max(list?.retryAfterMs ?? 0, backOffMs(failures, random, TRY_AGAIN)), signal)
      }
      return undefined
    })
  }
}
