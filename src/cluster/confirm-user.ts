// Does this Pod, which the index names as a user, still live and still name what it named? One GET tells.
// Never says yes for any other reason than having seen it just now.

import type { PodRecord } from '../core/networks/records.ts'
import { objectKey } from '../core/object-key.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { readPod } from './complete-pods.ts'
import type { Project } from './projection.ts'
import { untilDeadline } from './racing.ts'

export interface ConfirmUserParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly project: Project<PodRecord>
  readonly clock: Clock
  /** Told of every confirmation that needed a GET: the index is asked and has heard nothing for a while. */
  readonly onSilence: () => void
}

/** How long one confirmation serves for the same Pod, so that a user who tries again and again costs little. */
const REMEMBERED_MS = 3_000
const MOST_REMEMBERED = 1_000

export class ConfirmUser {
  readonly #parts: ConfirmUserParts
  /** Confirmed Pods by uid, in the order in which they are forgotten. */
  readonly #confirmedUntil = new Map<string, number>()

  constructor(parts: ConfirmUserParts) {
    this.#parts = parts
  }

  /** `deadline` is a time on the clock. False where it cannot be known by then. */
  async confirm(record: PodRecord, deadline: number): Promise<boolean> {
    const { client, project, clock, onSilence } = this.#parts
    if ((this.#confirmedUntil.get(record.uid) ?? 0) > clock.now()) return true
    onSilence()
    const key = objectKey(record.namespace, record.name)
    const pod = await untilDeadline(clock, deadline, (signal) =>
      readPod(key, { client, signal, project: ({ object }) => project(object) }),
    )
    if (pod === undefined || pod === 'nothing' || !isStill(record, pod)) return false
    this.#remember(record.uid, clock.now())
    return true
  }

  #remember(uid: string, now: number): void {
    this.#confirmedUntil.delete(uid)
    this.#confirmedUntil.set(uid, now + REMEMBERED_MS)
    for (const [oldest, until] of this.#confirmedUntil) {
      if (until > now && this.#confirmedUntil.size <= MOST_REMEMBERED) return
      this.#confirmedUntil.delete(oldest)
    }
  }
}

/** The same Pod, not ended, and holding at least by the fields by which it held. */
function isStill(known: PodRecord, now: PodRecord): boolean {
  if (now.uid !== known.uid || now.finished || now.hostNetwork) return false
  return known.uses.every(({ nad, field }) => now.uses.some((use) => use.nad === nad && use.field === field))
}
