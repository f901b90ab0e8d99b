// What has the owner of an object been told, and what is new? Tells on change only, and what passes by itself not at all.
// Never writes an Event itself.

import type { Reason } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'

export interface Tiding {
  readonly reason: Reason
  readonly message: string
}

/** Fulfilled by whoever writes Events. */
export type TellsOwner<Owner> = (owner: Owner, type: 'Normal' | 'Warning', tiding: Tiding) => void

interface Heard {
  readonly uid: string
  /** Reason to when it was seen first, and whether it was told since. */
  readonly reasons: Map<Reason, { readonly since: number; told: boolean }>
}

/** These hold for a moment in every transition, and are worth a word only when they stay. */
const PASSING: ReadonlySet<Reason> = new Set(['NoPodKeyMissing', 'HeldBackByOtherSlice', 'ReleasePending'])
const PATIENCE_MS = 2_000

export class Warnings<Owner extends { readonly uid: string }> {
  readonly #tell: TellsOwner<Owner>
  readonly #now: () => number
  readonly #heard = new Map<ObjectKey, Heard>()

  constructor(tell: TellsOwner<Owner>, now: () => number) {
    this.#tell = tell
    this.#now = now
  }

  /** Everything that is wrong now; what is no longer here may be told anew. Answers when to look again, if at all. */
  settle(key: ObjectKey, owner: Owner, notes: readonly Tiding[]): number | undefined {
    const before = this.#heard.get(key)
    const old = before?.uid === owner.uid ? before.reasons : undefined
    const reasons: Heard['reasons'] = new Map()
    let lookAgain: number | undefined
    for (const note of notes) {
      if (reasons.has(note.reason)) continue
      const state = old?.get(note.reason) ?? { since: this.#now(), told: false }
      reasons.set(note.reason, state)
      if (state.told) continue
      const left = PASSING.has(note.reason) ? state.since + PATIENCE_MS - this.#now() : 0
      if (left > 0) lookAgain = Math.min(lookAgain ?? left, left)
      else {
        state.told = true
        this.#tell(owner, 'Warning', note)
      }
    }
    if (reasons.size === 0) this.#heard.delete(key)
    else this.#heard.set(key, { uid: owner.uid, reasons })
    return lookAgain
  }

  forget(key: ObjectKey): void {
    this.#heard.delete(key)
  }
}
