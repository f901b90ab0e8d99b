// How does text that somebody else wrote stand inside one of our sentences? Short, on one line, unable to disguise itself.
// Never judges the text.

const LONGEST = 60

/** The text in double quotes, cut at `longest` characters; control and invisible characters are spelled out. */
export function quoted(text: string, longest = LONGEST): string {
  const shown = text.length > longest ? `${text.slice(0, longest)}…` : text
  return JSON.stringify(shown.toWellFormed()).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, spelledOut)
}

function spelledOut(character: string): string {
  return `\\u{${(character.codePointAt(0) ?? 0).toString(16)}}`
}
