// How does Go fill a struct from JSON? Rebuilt here rule by rule, so that a Pod is read as Multus reads it.
// Never stops at the first mistake: like Go it goes on, and unlike Go it tells them all.
// Source: Go, encoding/json/decode.go (keys match in any case, a later member overwrites, null changes no plain value).

import type { Problem } from '../problem.ts'
import { isAddress } from './address.ts'
import type { JsonNode } from './go-json.ts'
import { quoted } from './quote.ts'
import { report } from './report.ts'

/** Gives what stands there after this value was read; `before` is what stood there, its zero value at first. */
export type Decoder<T> = (node: JsonNode, before: T, problems: Problem[]) => T

/** Which JSON key fills which field, and how. */
export type Fields<T> = { readonly [K in keyof T]?: readonly [key: string, decoder: Decoder<T[K]>] }

export function text<T extends string | undefined>(
  node: JsonNode,
  before: T,
  problems: Problem[],
): T | string {
  return node.kind === 'string' ? node.value : unlessNull(node, before, 'text in double quotes', problems)
}

export function flag(node: JsonNode, before: boolean, problems: Problem[]): boolean {
  return node.kind === 'boolean' ? node.value : unlessNull(node, before, 'true or false', problems)
}

/** A whole number of 64 bits, written without fraction or exponent. */
export function integer<T extends number | undefined>(
  node: JsonNode,
  before: T,
  problems: Problem[],
): T | number {
  if (node.kind === 'number' && /^-?[0-9]{1,19}$/.test(node.text)) {
    const exact = BigInt(node.text)
    if (exact === BigInt.asIntN(64, exact)) return Number(exact)
  }
  return unlessNull(node, before, 'a whole number without quotes', problems)
}

/** An IP address as text; empty text is none. Source: Go, net/ip.go, `IP.UnmarshalText`. */
export function addressText(node: JsonNode, _before: string, problems: Problem[]): string {
  if (node.kind === 'string' && (node.value === '' || isAddress(node.value))) return node.value
  return unlessNull(node, '', 'an IP address in double quotes', problems)
}

/**
 * A list overwrites the one before it, but a null in it leaves the entry that stood there: Go fills the same memory.
 * (What an even earlier, longer list left in that memory is not rebuilt; it takes a key written three times to see it.)
 */
export function list<T>(item: Decoder<T>, zero: T): Decoder<readonly T[] | undefined> {
  return (node, before, problems) => {
    if (node.kind !== 'array')
      return node.kind === 'null' ? undefined : mismatch(node, before, 'a list', problems)
    return node.items.map((element, index) =>
      at(`[${index}]`, problems, () => item(element, before?.[index] ?? zero, problems)),
    )
  }
}

/** A Go pointer: null clears it. */
export function pointer<T>(decoder: Decoder<T>, zero: T): Decoder<T | undefined> {
  return (node, before, problems) =>
    node.kind === 'null' ? undefined : decoder(node, before ?? zero, problems)
}

export function struct<T extends object>(fields: Fields<T>): Decoder<T> {
  const setters = new Map<string, (node: JsonNode, target: T, problems: Problem[]) => void>()
  for (const name of Object.keys(fields) as (keyof T)[]) addSetter(setters, fields, name)
  return (node, before, problems) => {
    if (node.kind !== 'object') return unlessNull(node, before, 'an object', problems)
    const value = { ...before }
    for (const member of node.members) {
      const setter = setters.get(member.key) ?? setters.get(folded(member.key))
      setter?.(member.value, value, problems)
    }
    return value
  }
}

function addSetter<T, K extends keyof T>(
  setters: Map<string, (node: JsonNode, target: T, problems: Problem[]) => void>,
  fields: Fields<T>,
  name: K,
): void {
  const field: Fields<T>[K] = fields[name]
  if (!field) return
  const [key, decoder] = field
  const set = (node: JsonNode, target: T, problems: Problem[]): void => {
    target[name] = at(`.${key}`, problems, () => decoder(node, target[name], problems))
  }
  setters.set(key, set)
  setters.set(folded(key), set)
}

/** An object with any content, of which only Go's one complaint matters: a number that is too large for 64 bit floating point. */
export function anyObject(node: JsonNode, before: undefined, problems: Problem[]): undefined {
  if (node.kind !== 'object') return unlessNull(node, before, 'an object', problems)
  const left: JsonNode[] = [node]
  for (let next = left.pop(); next; next = left.pop()) {
    if (next.kind === 'array') for (const item of next.items) left.push(item)
    if (next.kind === 'object') for (const member of next.members) left.push(member.value)
    if (next.kind === 'number' && !Number.isFinite(Number(next.text)))
      report(problems, '', `holds ${quoted(next.text)}, which no number can hold`)
  }
}

/** Two keys are one for Go where they differ in case only. Source: Go, encoding/json/fold.go. */
export function folded(key: string): string {
  return key
    .replace(/[A-Z]/g, (letter) => letter.toLowerCase())
    .replaceAll('\u017f', 's')
    .replaceAll('\u212a', 'k')
}

function unlessNull<T>(node: JsonNode, before: T, wanted: string, problems: Problem[]): T {
  return node.kind === 'null' ? before : mismatch(node, before, wanted, problems)
}

function mismatch<T>(node: JsonNode, before: T, wanted: string, problems: Problem[]): T {
  report(problems, '', `must be ${wanted}, not ${described(node)}`)
  return before
}

function described(node: JsonNode): string {
  switch (node.kind) {
    case 'null':
      return 'null'
    case 'boolean':
      return String(node.value)
    case 'string':
      return `the text ${quoted(node.value)}`
    case 'number':
      return `the number ${quoted(node.text).slice(1, -1)}`
    case 'array':
      return 'a list'
    case 'object':
      return 'an object'
  }
}

/** Puts `place` in front of the field of every problem that reading finds. */
function at<T>(place: string, problems: Problem[], read: () => T): T {
  const known = problems.length
  const value = read()
  for (const [index, problem] of problems.entries()) {
    if (index >= known) problems[index] = { ...problem, field: place + problem.field }
  }
  return value
}
