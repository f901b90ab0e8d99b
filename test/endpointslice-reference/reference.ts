// What would the published EndpointSlice library do? Asks it, one state after the other.
// Never changes what it answers.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import type { EndpointSlice } from '../../src/core/endpoints/endpoint-slice.ts'
import { referenceProgram } from './program.ts'

/** Objects as JSON has them; what they are is said in main.go. */
export interface ReferenceState {
  readonly service: object
  readonly pods: readonly object[]
  readonly nodes: readonly object[]
  readonly slices: readonly object[]
  readonly maxPerSlice: number
  /** The controller's name, which it gives to its slices. */
  readonly managedBy: string
}

export interface ReferenceChanges {
  readonly create: readonly EndpointSlice[]
  readonly update: readonly EndpointSlice[]
  /** Names. */
  readonly remove: readonly string[]
}

export interface Reference {
  changes(state: ReferenceState): Promise<ReferenceChanges>
  close(): Promise<void>
}

export async function startReference(): Promise<Reference> {
  const program = spawn(await referenceProgram(), { stdio: ['pipe', 'pipe', 'inherit'] })
  const answers = createInterface({ input: program.stdout })[Symbol.asyncIterator]()
  return {
    async changes(state) {
      program.stdin.write(`${JSON.stringify(state)}\n`)
      const answer = await answers.next()
      if (answer.done) throw new Error('the reference has ended; it says above why')
      return JSON.parse(answer.value) as ReferenceChanges
    },
    async close() {
      const closed = once(program, 'close')
      program.stdin.end()
      await closed
    },
  }
}
