// How does a stream of bytes become lines of text? Splits bytes, not characters, so a character cut in two by
// the network arrives whole. Never holds more than one unfinished line.

/** A watch event is one object of at most 3 MB or so; what goes far beyond is not one. */
export const LONGEST_LINE = 16 * 1024 * 1024

const NEWLINE = 0x0a

export class LineTooLong extends Error {
  constructor(limit: number) {
    super(`a line has more than ${limit} bytes, which no object of the API server has`)
    this.name = 'LineTooLong'
  }
}

export class LineSplitter {
  readonly #limit: number
  #parts: Buffer[] = []
  #size = 0

  constructor(limit = LONGEST_LINE) {
    this.#limit = limit
  }

  /** The lines that this chunk completes, without their newline. Empty lines are left out. Throws LineTooLong. */
  push(chunk: Buffer): string[] {
    const lines: string[] = []
    let start = 0
    for (let end = chunk.indexOf(NEWLINE); end !== -1; end = chunk.indexOf(NEWLINE, start)) {
      this.#keep(chunk.subarray(start, end))
      start = end + 1
      const line = this.end()
      if (line !== undefined) lines.push(line)
    }
    this.#keep(chunk.subarray(start))
    return lines
  }

  /** What stands after the last newline, or undefined; afterwards the splitter is as new. */
  end(): string | undefined {
    const [first, ...rest] = this.#parts
    const text =
      first === undefined ? '' : rest.length === 0 ? first.toString() : Buffer.concat(this.#parts).toString()
    this.#parts = []
    this.#size = 0
    return text.trim() === '' ? undefined : text
  }

  #keep(part: Buffer): void {
    if (part.length === 0) return
    this.#size += part.length
    if (this.#size > this.#limit) throw new LineTooLong(this.#limit)
    this.#parts.push(part)
  }
}

/** The lines of a stream of bytes; a last line without a newline is one too. */
export async function* linesOf(
  chunks: AsyncIterable<Buffer>,
  limit = LONGEST_LINE,
): AsyncGenerator<string, void, undefined> {
  const splitter = new LineSplitter(limit)
  for await (const chunk of chunks) yield* splitter.push(chunk)
  const last = splitter.end()
  if (last !== undefined) yield last
}
