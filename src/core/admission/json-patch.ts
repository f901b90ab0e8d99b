// What turns one JSON value into another? The fewest steps of a JSON patch, in a fixed order.
// Never looks inside lists: a list that differs is replaced whole, since none that we change has more than two entries.

import type { JsonValue, PatchOperation } from './decision.ts'

type JsonObject = { readonly [key: string]: JsonValue }

/** Undefined on either side: there is nothing at `path`. Its parent must exist. */
export function difference(
  path: string,
  before: JsonValue | undefined,
  after: JsonValue | undefined,
): PatchOperation[] {
  if (after === undefined) return before === undefined ? [] : [{ op: 'remove', path }]
  if (before === undefined) return [{ op: 'add', path, value: after }]
  if (isObject(before) && isObject(after)) return differenceOfObjects(path, before, after)
  return isSame(before, after) ? [] : [{ op: 'replace', path, value: after }]
}

function differenceOfObjects(path: string, before: JsonObject, after: JsonObject): PatchOperation[] {
  const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])].sort()
  return keys.flatMap((key) => difference(`${path}/${escaped(key)}`, own(before, key), own(after, key)))
}

/** Source: RFC 6901, section 3. */
function escaped(key: string): string {
  return key.replaceAll('~', '~0').replaceAll('/', '~1')
}

function isSame(a: JsonValue, b: JsonValue): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}

function own(object: JsonObject, key: string): JsonValue | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function isObject(value: JsonValue): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
