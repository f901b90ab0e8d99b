// Is this JSON nested deeper than we care to follow? Looks at the bytes, before anything is parsed.
// Never judges whether the JSON is valid otherwise.

/** Kubernetes objects stay below a few dozen levels; schemas in CRDs go deeper. */
export const DEEPEST = 512

const QUOTE = 0x22
const BACKSLASH = 0x5c

/** True as soon as more than `deepest` brackets and braces are open at once; those inside of texts do not count. */
export function isTooDeep(json: Uint8Array, deepest: number = DEEPEST): boolean {
  let depth = 0
  for (let at = 0; at < json.length; at++) {
    const byte = json[at]
    if (byte === QUOTE) at = endOfText(json, at)
    else if (byte === 0x5b || byte === 0x7b) {
      if (++depth > deepest) return true
    } else if (byte === 0x5d || byte === 0x7d) depth--
  }
  return false
}

/** The position of the quote that closes the text opened at `start`, or the end where none does. */
function endOfText(json: Uint8Array, start: number): number {
  let at = start + 1
  while (at < json.length && json[at] !== QUOTE) at += json[at] === BACKSLASH ? 2 : 1
  return at
}
