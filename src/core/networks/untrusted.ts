// How is a field read from an object that nobody vouches for? Any shape is possible; what is not there is undefined.
// Never throws, and never sees what an object inherits.

export function fieldAt(object: unknown, ...path: readonly string[]): unknown {
  let value = object
  for (const key of path) {
    if (typeof value !== 'object' || value === null || !Object.hasOwn(value, key)) return undefined
    value = (value as Record<string, unknown>)[key]
  }
  return value
}

/** The text at the path; undefined where there is none, or something else. */
export function textAt(object: unknown, ...path: readonly string[]): string | undefined {
  const value = fieldAt(object, ...path)
  return typeof value === 'string' ? value : undefined
}

/** The entries of the list at the path; none where there is no list. */
export function listAt(object: unknown, ...path: readonly string[]): readonly unknown[] {
  const value = fieldAt(object, ...path)
  return Array.isArray(value) ? value : []
}

/**
 * The same text in memory of its own. Text cut out of a longer one, or put together from several, keeps those alive:
 * a record of a hundred bytes could hold an annotation of 256 KiB.
 */
export function ownCopy<T extends string>(text: T): T {
  return JSON.parse(JSON.stringify(text)) as T
}
