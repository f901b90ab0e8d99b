// Reads labels, annotations and selectors: maps of texts. Never keeps an entry that is no text.

import { fieldAt } from '../networks/untrusted.ts'

export type TextMap = Readonly<Record<string, string>>

/** The map at the path with its keys sorted, so that equal maps are equal as JSON too; empty where there is none. */
export function textMapAt(object: unknown, ...path: readonly string[]): TextMap {
  const value = fieldAt(object, ...path)
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return NO_TEXTS
  const entries = Object.entries(value).filter(
    (entry): entry is [string, string] => typeof entry[1] === 'string',
  )
  return entries.length > 0 ? Object.fromEntries(entries.sort(([a], [b]) => (a < b ? -1 : 1))) : NO_TEXTS
}

export const NO_TEXTS: TextMap = Object.freeze({})
