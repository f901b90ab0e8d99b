import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { LineSplitter, linesOf, LineTooLong } from '../../src/cluster/lines.ts'

async function* cut(text: string, sizes: readonly number[]): AsyncGenerator<Buffer> {
  let rest = Buffer.from(text)
  for (const size of sizes) {
    yield rest.subarray(0, size)
    rest = rest.subarray(size)
  }
  yield rest
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const found: string[] = []
  for await (const line of lines) found.push(line)
  return found
}

describe('a stream of bytes', () => {
  it('gives the same lines wherever the network cuts it, in the middle of a character too', async () => {
    const line = fc
      .string({ unit: 'binary', minLength: 1 })
      .map((text) => `x${text.replaceAll('\n', '').toWellFormed()}`)
    await fc.assert(
      fc.asyncProperty(
        fc.array(line),
        fc.array(fc.nat(7), { maxLength: 60 }),
        fc.boolean(),
        async (lines, sizes, ended) => {
          const text = lines.join('\n') + (ended ? '\n' : '')
          expect(await all(linesOf(cut(text, sizes)))).toEqual(lines)
        },
      ),
    )
  })

  it('leaves out empty lines', async () => {
    expect(await all(linesOf(cut('\n\na\n \r\nb\n', [])))).toEqual(['a', 'b'])
  })

  it('refuses a line that never ends instead of holding all of it', () => {
    const splitter = new LineSplitter(10)
    expect(splitter.push(Buffer.from('0123456789\n01234'))).toEqual(['0123456789'])
    expect(splitter.push(Buffer.from('56789'))).toEqual([])
    expect(() => splitter.push(Buffer.from('0'))).toThrow(LineTooLong)
  })
})
