// Which text may stand in a line that people read, and how many warnings fit into one answer?
// Never rewords anything: it takes out what would break the line, and says how much was left out.

/**
 * The API server begins to cut warnings at 4,096 characters of all webhooks together, so ours stay below.
 * Source: Kubernetes, `apiserver/pkg/endpoints/filters/warning.go`.
 */
export const MOST_WARNING_TEXT = 4_000

/** Room for "12345 more warnings left out". */
const ROOM_FOR_REST = 40

/** A warning becomes an HTTP header: no control characters, no line ends, no halves of characters. */
export function inOneLine(text: string): string {
  return text
    .replace(/[\p{Cc}\u2028\u2029]+/gu, ' ')
    .toWellFormed()
    .trim()
}

/** Whole warnings, as many as fit; the last line then says how many do not. */
export function fittingWarnings(warnings: readonly string[]): string[] {
  const lines = warnings.map(inOneLine).filter((line) => line !== '')
  if (lengthOf(lines) < MOST_WARNING_TEXT) return lines
  const kept: string[] = []
  for (const line of lines) {
    const room = MOST_WARNING_TEXT - ROOM_FOR_REST - lengthOf(kept)
    if (line.length < room) kept.push(line)
    else break
  }
  if (kept.length === 0) kept.push(shortened(lines[0] ?? ''))
  const rest = lines.length - kept.length
  if (rest === 0) return kept
  return [...kept, `${rest} more ${rest === 1 ? 'warning' : 'warnings'} left out`]
}

/** The first warning alone is too long: its beginning says more than nothing. */
function shortened(line: string): string {
  return `${line.slice(0, MOST_WARNING_TEXT / 2).toWellFormed()}…`
}

function lengthOf(lines: readonly string[]): number {
  return lines.reduce((sum, line) => sum + line.length, 0)
}
