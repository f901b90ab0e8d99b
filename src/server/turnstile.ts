// Who may come in now? Lets a bounded number of tasks run at once and the next ones wait in line.
// Never runs a task itself, and never lets anybody overtake.

export class Turnstile {
  #inside = 0
  readonly #line: (() => void)[] = []
  readonly #atOnce: number
  readonly #longestLine: number

  constructor(atOnce: number, longestLine: number) {
    this.#atOnce = atOnce
    this.#longestLine = longestLine
  }

  get inside(): number {
    return this.#inside
  }

  get waiting(): number {
    return this.#line.length
  }

  /**
   * Resolves with true when it is our turn (then `leave` must follow), with false when `signal` was aborted before.
   * Undefined where the line is full.
   */
  enter(signal: AbortSignal): Promise<boolean> | undefined {
    if (signal.aborted) return Promise.resolve(false)
    if (this.#inside < this.#atOnce) {
      this.#inside++
      return Promise.resolve(true)
    }
    if (this.#line.length >= this.#longestLine) return undefined
    return this.#waitInLine(signal)
  }

  leave(): void {
    const next = this.#line.shift()
    if (next) next()
    else this.#inside--
  }

  #waitInLine(signal: AbortSignal): Promise<boolean> {
    return new Promise((resolve) => {
      const ourTurn = (): void => {
        signal.removeEventListener('abort', giveUp)
        resolve(true)
      }
      const giveUp = (): void => {
        this.#line.splice(this.#line.indexOf(ourTurn), 1)
        resolve(false)
      }
      this.#line.push(ourTurn)
      signal.addEventListener('abort', giveUp, { once: true })
    })
  }
}
