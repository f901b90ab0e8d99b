// What does this selection say that will not do what its author expects? It is read all the same.
// Never repeats what is wrong with it: that is for `checkSelection`.

import type { Problem } from '../problem.ts'
import { folded } from './go-decode.ts'
import { parseJson, type JsonNode, type Member } from './go-json.ts'
import { quoted } from './quote.ts'
import { report } from './report.ts'
import { isJson } from './selection.ts'
import { SELECTION_KEYS } from './selection-json.ts'

/** Old spellings, keys written twice, and keys that nobody reads; nothing for a selection that cannot be read. */
export function selectionWarnings(text: string): readonly Problem[] {
  const json = isJson(text) ? parseJson(text) : undefined
  const elements: readonly JsonNode[] = json?.ok && json.value.kind === 'array' ? json.value.items : []
  const warnings: Problem[] = []
  for (const [index, element] of elements.entries()) {
    if (element.kind === 'object') warnOfMembers(element.members, `[${index}]`, warnings)
  }
  return warnings
}

const KNOWN: ReadonlySet<string> = new Set(SELECTION_KEYS.map(folded))

function warnOfMembers(members: readonly Member[], place: string, warnings: Problem[]): void {
  const seen = new Set<string>()
  for (const { key } of members) {
    const warning = warningFor(folded(key), seen)
    if (warning !== undefined) report(warnings, place, `${quoted(key)} ${warning}`)
    seen.add(folded(key))
  }
}

/** Keys of others are named in reverse DNS, so they hold a dot. Source: NPWG de-facto standard 1.3, section 4.1.2.1. */
function warningFor(key: string, seen: ReadonlySet<string>): string | undefined {
  if (!KNOWN.has(key)) return key.includes('.') ? undefined : 'is no key of a selection and changes nothing'
  if (seen.has(key)) return 'is written twice; the last one counts'
  return key === folded('interfaceRequest') ? 'is the old spelling of "interface"' : undefined
}
