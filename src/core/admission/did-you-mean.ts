// Which of the names that exist did somebody mean who wrote one that does not? The nearest one, or none.
// Never guesses from afar: at most a third of the letters may differ.

import { nameOf, namespaceOf, type ObjectKey } from '../object-key.ts'

export function didYouMean(wanted: ObjectKey, known: readonly ObjectKey[]): ObjectKey | undefined {
  const near = known.map((key) => ({ key, far: distance(wanted, key) })).filter(({ far }) => far < Infinity)
  near.sort((a, b) => a.far - b.far || (a.key < b.key ? -1 : 1))
  return near[0]?.key
}

/** A network of the same namespace is nearer than one of the same name elsewhere. */
function distance(wanted: ObjectKey, key: ObjectKey): number {
  const [a, b] = [nameOf(wanted), nameOf(key)]
  if (namespaceOf(wanted) !== namespaceOf(key)) return a === b ? LONGEST_NAME : Infinity
  const most = Math.max(1, Math.floor(a.length / 3))
  // Names of very different length are far apart without being compared letter by letter.
  if (Math.abs(a.length - b.length) > most) return Infinity
  const edits = editDistance(a, b)
  return edits <= most ? edits : Infinity
}

const LONGEST_NAME = 253

/** Levenshtein's distance, with two neighbours swapped as one edit. Source: Damerau, CACM 7(3), 1964. */
function editDistance(a: string, b: string): number {
  let beforeLast: number[] = []
  let last = Array.from({ length: b.length + 1 }, (_, column) => column)
  for (let row = 1; row <= a.length; row++) {
    const current = [row]
    for (let column = 1; column <= b.length; column++) {
      const same = a[row - 1] === b[column - 1]
      const swapped = row > 1 && column > 1 && a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1]
      current[column] = Math.min(
        at(last, column) + 1,
        at(current, column - 1) + 1,
        at(last, column - 1) + (same ? 0 : 1),
        swapped ? at(beforeLast, column - 2) + 1 : Infinity,
      )
    }
    beforeLast = last
    last = current
  }
  return at(last, b.length)
}

function at(row: readonly number[], column: number): number {
  return row[column] ?? Infinity
}
