// What does this JSON text say, value by value? The grammar is that of Go's encoding/json, because Multus reads with it.
// Never throws, never recurses (200 kB of brackets are just text), never decides what the values mean.

import { bad, good, type Problem, type Result } from '../problem.ts'
import { quoted } from './quote.ts'

export type JsonNode =
  | { readonly kind: 'null' }
  | { readonly kind: 'boolean'; readonly value: boolean }
  | { readonly kind: 'string'; readonly value: string }
  /** As it was written: Go tells `1` from `1.0`, and a JavaScript number cannot hold every 64 bit integer. */
  | { readonly kind: 'number'; readonly text: string }
  | { readonly kind: 'array'; readonly items: readonly JsonNode[] }
  | { readonly kind: 'object'; readonly members: readonly Member[] }

/** Members stay in the order they were written, repeated keys included: for Go the last one wins. */
export interface Member {
  readonly key: string
  readonly value: JsonNode
}

type Container = { kind: 'array'; items: JsonNode[] } | { kind: 'object'; members: Member[] }

interface Cursor {
  readonly text: string
  at: number
  /** The key of the member whose value comes next. */
  key: string
  problem: Problem | undefined
}

/** Source: Go, encoding/json/scanner.go, `maxNestingDepth`. */
const DEEPEST = 10_000

/** Reads one JSON text. The only problem of a text that is none is its first: `at character N`, counted from 1. */
export function parseJson(text: string): Result<JsonNode> {
  const cursor: Cursor = { text, at: 0, key: '', problem: undefined }
  const root = readDocument(cursor)
  return root ? good(root) : bad(cursor.problem ?? { field: '', message: 'is not JSON' })
}

function readDocument(cursor: Cursor): JsonNode | undefined {
  const open: Container[] = []
  let root: JsonNode | undefined
  do {
    skipBlanks(cursor)
    const container = openContainer(cursor)
    const node = container ?? readScalar(cursor)
    if (!node) return undefined
    root ??= node
    attach(open.at(-1), cursor.key, node)
    if (container && open.push(container) > DEEPEST)
      return fail(cursor, `lies more than ${DEEPEST} levels deep`)
    if (!findNextValue(cursor, open, container !== undefined)) return undefined
  } while (open.length > 0)
  skipBlanks(cursor)
  return cursor.at === cursor.text.length ? root : unexpected(cursor, 'the end')
}

function attach(container: Container | undefined, key: string, value: JsonNode): void {
  if (container?.kind === 'array') container.items.push(value)
  else container?.members.push({ key, value })
}

/** Moves to where the next value stands and closes what ends before it; true as well where nothing is left open. */
function findNextValue(cursor: Cursor, open: Container[], opened: boolean): boolean {
  let first = opened
  for (let container = open.at(-1); container; container = open.at(-1)) {
    skipBlanks(cursor)
    const closer = container.kind === 'array' ? ']' : '}'
    if (cursor.text[cursor.at] === closer) {
      cursor.at++
      open.pop()
      first = false
      continue
    }
    if (!first) {
      if (!expect(cursor, ',', `"," or "${closer}"`)) return false
    }
    return container.kind === 'array' || readKey(cursor)
  }
  return true
}

function readKey(cursor: Cursor): boolean {
  skipBlanks(cursor)
  const key =
    cursor.text[cursor.at] === '"' ? readString(cursor) : unexpected(cursor, 'a key in double quotes')
  if (!key) return false
  cursor.key = key.value
  skipBlanks(cursor)
  return expect(cursor, ':', '":"')
}

/** Steps over one character, or tells what should be there instead of another. */
function expect(cursor: Cursor, character: string, wanted: string): boolean {
  const found = cursor.text[cursor.at] === character
  if (found) cursor.at++
  else unexpected(cursor, wanted)
  return found
}

function openContainer(cursor: Cursor): Container | undefined {
  const bracket = cursor.text[cursor.at]
  if (bracket !== '[' && bracket !== '{') return undefined
  cursor.at++
  return bracket === '[' ? { kind: 'array', items: [] } : { kind: 'object', members: [] }
}

function readScalar(cursor: Cursor): JsonNode | undefined {
  return cursor.text[cursor.at] === '"' ? readString(cursor) : readWord(cursor)
}

const WORD = /null|true|false|-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y

function readWord(cursor: Cursor): JsonNode | undefined {
  WORD.lastIndex = cursor.at
  const word = WORD.exec(cursor.text)?.[0]
  if (word === undefined) return unexpected(cursor, 'a value')
  cursor.at += word.length
  if (word === 'null') return { kind: 'null' }
  if (word === 'true' || word === 'false') return { kind: 'boolean', value: word === 'true' }
  return { kind: 'number', text: word }
}

const ESCAPE = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})/y

function readString(cursor: Cursor): { kind: 'string'; value: string } | undefined {
  const start = cursor.at
  let at = start + 1
  for (let unit = cursor.text.charCodeAt(at); unit !== QUOTE; unit = cursor.text.charCodeAt(at)) {
    const length = unit === BACKSLASH ? escapeLength(cursor.text, at) : unit >= SPACE ? 1 : 0
    if (length === 0) {
      cursor.at = at
      return unexpected(cursor, 'the rest of a string')
    }
    at += length
  }
  cursor.at = at + 1
  // JSON.parse resolves the escapes and gives a string of its own; a slice would keep the whole text in memory.
  const value = JSON.parse(cursor.text.slice(start, cursor.at)) as string
  // Go replaces what is no Unicode, written out or escaped, by U+FFFD.
  return { kind: 'string', value: value.toWellFormed() }
}

const QUOTE = 0x22
const BACKSLASH = 0x5c
const SPACE = 0x20

function escapeLength(text: string, at: number): number {
  ESCAPE.lastIndex = at
  return ESCAPE.exec(text)?.[0].length ?? 0
}

function skipBlanks(cursor: Cursor): void {
  while (BLANKS.includes(cursor.text.charCodeAt(cursor.at))) cursor.at++
}

/** Space, tab, line feed, carriage return: the only blanks that JSON knows. */
const BLANKS: readonly number[] = [0x20, 0x09, 0x0a, 0x0d]

function unexpected(cursor: Cursor, wanted: string): undefined {
  const character = cursor.text.codePointAt(cursor.at)
  const found =
    character === undefined ? 'the text ends' : `${quoted(String.fromCodePoint(character))} stands`
  return fail(cursor, `${found} where ${wanted} should be`)
}

function fail(cursor: Cursor, message: string): undefined {
  cursor.problem = { field: `at character ${cursor.at + 1}`, message }
}
