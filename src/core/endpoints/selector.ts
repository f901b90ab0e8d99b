// Which Pods does a selector mean? Only equality, as in a Service. Never matches everything by matching nothing.

import { NO_POD_KEY } from '../names.ts'
import { quoted } from '../networks/quote.ts'
import { bad, good, type Problem, type Result } from '../problem.ts'
import { NO_TEXTS, type TextMap } from './text-map.ts'

/** A selector without keys selects nothing: it is what is left where somebody forgot it. */
export function selects(selector: TextMap, labels: TextMap): boolean {
  const keys = Object.keys(selector)
  return keys.length > 0 && keys.every((key) => Object.hasOwn(labels, key) && labels[key] === selector[key])
}

/** The selector that the user wrote: as it stands, without the key that keeps the built-in controllers out. */
export function withoutNoPodKey(selector: TextMap | undefined): TextMap {
  const { [NO_POD_KEY]: _, ...rest } = selector ?? NO_TEXTS
  return rest
}

/** `app=a,tier=b`, with blanks where people put them. Every mistake is told; at least one pair is needed. */
export function parseSelector(text: string): Result<TextMap> {
  const problems: Problem[] = []
  const pairs = new Map<string, string>()
  for (const part of text.split(',')) {
    const problem = addPair(part.trim(), pairs)
    if (problem) problems.push({ field: '', message: problem })
  }
  if (problems.length > 0) return bad(...problems)
  return good(Object.fromEntries([...pairs].sort(([a], [b]) => (a < b ? -1 : 1))))
}

function addPair(part: string, pairs: Map<string, string>): string | undefined {
  if (part === '') return 'has an empty part; write it as key=value, separated by commas'
  const match = PAIR.exec(part)
  const [, key = '', value = ''] = match ?? []
  if (match === null) return `${quoted(part)} is not of the form key=value; only equality is supported`
  if (!KEY.test(key)) return `${quoted(key)} is not the key of a label`
  if (!VALUE.test(value)) return `${quoted(value)} is not the value of a label`
  if ((pairs.get(key) ?? value) !== value) return `${quoted(key)} is given two values, which no Pod can have`
  pairs.set(key, value)
  return undefined
}

const PAIR = /^([^=!\s]+)\s*==?\s*([^=!\s]*)$/
/** An optional prefix (a DNS subdomain) and a name. Source: Kubernetes, apimachinery, util/validation. */
const KEY =
  /^(?=[^/]{1,253}\/|[^/]+$)([a-z0-9]([-a-z0-9.]*[a-z0-9])?\/)?[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const VALUE = /^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$/
