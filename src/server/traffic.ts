// Is anybody still asking? Counts open requests and, while draining, waits for silence.
// Never opens or closes a connection.

import type { ServerResponse } from 'node:http'
import type { Duplex } from 'node:stream'
import type { Clock } from './clock.ts'

export class Traffic {
  /** Every response from its request's headers until it is sent or its connection is gone. */
  readonly #open = new Map<ServerResponse, Duplex | null>()
  readonly #clock: Clock
  #draining = false
  #changed: () => void = () => undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  get draining(): boolean {
    return this.#draining
  }

  get inFlight(): number {
    return this.#open.size
  }

  /** True while an answer on this connection has begun: nothing else may be written in between. */
  isAnswering(socket: Duplex): boolean {
    for (const [response, owner] of this.#open) if (owner === socket && response.headersSent) return true
    return false
  }

  begin(response: ServerResponse): void {
    this.#open.set(response, response.socket)
    this.#changed()
    if (this.#draining) askToReconnect(response)
    response.once('close', () => {
      this.#open.delete(response)
      this.#changed()
    })
  }

  /** Resolves when no request was open for `quiet` milliseconds, or after `atMost`. Never cuts anybody off. */
  drain(quiet: number, atMost: number): Promise<void> {
    this.#draining = true
    for (const response of this.#open.keys()) askToReconnect(response)
    return new Promise((resolve) => {
      const done = (): void => {
        forgetQuiet()
        forgetEnd()
        this.#changed = (): void => undefined
        resolve()
      }
      const waitForQuiet = (): (() => void) =>
        this.#open.size === 0 ? this.#clock.after(quiet, done) : () => undefined
      const forgetEnd = this.#clock.after(atMost, done)
      let forgetQuiet = waitForQuiet()
      this.#changed = (): void => {
        forgetQuiet()
        forgetQuiet = waitForQuiet()
      }
    })
  }
}

/** On the answer, so that the caller drops the connection between two requests and none is lost on the way. */
function askToReconnect(response: ServerResponse): void {
  if (!response.headersSent) response.setHeader('Connection', 'close')
}
