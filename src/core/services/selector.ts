// Can this selector work: as a map of labels, as text, as JSON? Reads it and holds it to what a Service's selector is.
// Never knows whose selector it is, or which Pods it selects.

import { parseSelector, withoutNoPodKey } from '../endpoints/selector.ts'
import { NO_POD_KEY } from '../names.ts'
import { quoted } from '../networks/quote.ts'
import { bad, good, type Problem, type Result } from '../problem.ts'

/** Labels that a Pod must all carry; never empty. */
export type Selector = Readonly<Record<string, string>>

/** The selector as people meant it; undefined where nothing else is left. */
export function ownSelectorOf(selector: Selector | undefined): Selector | undefined {
  const own = withoutNoPodKey(selector)
  return Object.keys(own).length > 0 ? own : undefined
}

export function hasNoPodKey(selector: Selector | undefined): boolean {
  return selector !== undefined && Object.hasOwn(selector, NO_POD_KEY)
}

/**
 * Holds a value to what a selector is: an object of labels, not empty, without the no-pod key. Every problem stands
 * under `field`.
 */
export function checkSelector(value: unknown, field: string): Result<Selector> {
  if (value === undefined || value === null) return bad({ field, message: MISSING })
  if (typeof value !== 'object' || Array.isArray(value))
    return bad({ field, message: 'must be an object of labels, such as {app: db}' })
  const entries = Object.entries(value)
  if (entries.length === 0) return bad({ field, message: MISSING })
  const problems = entries.flatMap(([key, label]) => labelProblems(key, label, field))
  return problems.length > 0 ? bad(...problems) : good(Object.fromEntries(entries))
}

const MISSING = 'is required and may not be empty: an empty selector would mean every Pod of the namespace'

function labelProblems(key: string, value: unknown, field: string): Problem[] {
  const problems: Problem[] = []
  if (key === NO_POD_KEY)
    problems.push({
      field,
      message: `may not hold ${NO_POD_KEY}, which no Pod carries; Sidenet sets it itself`,
    })
  if (!isLabelKey(key))
    problems.push({ field, message: `${quoted(key)} cannot be the key of a label: ${LABEL_KEY_RULE}` })
  if (typeof value !== 'string')
    problems.push({
      field: `${field}[${shortened(key)}]`,
      message: 'must be text; write true or 1 in quotes',
    })
  else if (!isLabelValue(value))
    problems.push({
      field: `${field}[${shortened(key)}]`,
      message: `${quoted(value)} cannot be the value of a label: ${LABEL_VALUE_RULE}`,
    })
  return problems
}

/** A key that somebody made very long does not make the field very long. */
function shortened(key: string): string {
  return quoted(key).slice(1, -1)
}

/** Reads `app=a,tier=b`. A text has no places, so every problem stands under `field` alone. */
export function readSelector(text: string, field: string): Result<Selector> {
  const parsed = parseSelector(text)
  const checked = parsed.ok ? checkSelector(parsed.value, field) : parsed
  return checked.ok ? checked : bad(...checked.problems.map(({ message }) => ({ field, message })))
}

/** Reads `{"app":"a"}`, as DANM has it. Source: nokia/danm, pkg/svccontrol/utils.go. */
export function parseJsonSelector(text: string, field: string): Result<Selector> {
  try {
    return checkSelector(JSON.parse(text), field)
  } catch {
    return bad({ field, message: `${quoted(text)} is not JSON; write it like {"app":"db"}` })
  }
}

const NAME = /^[A-Za-z0-9](?:[-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/
const SUBDOMAIN = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*$/
const LABEL_KEY_RULE =
  'at most 63 letters, digits, "-", "_" and ".", a letter or digit at both ends, and before it perhaps a domain and "/"'
const LABEL_VALUE_RULE = 'at most 63 letters, digits, "-", "_" and ".", with a letter or digit at both ends'

/** Source: Kubernetes, apimachinery/pkg/util/validation, `IsQualifiedName`. */
export function isLabelKey(key: string): boolean {
  const slash = key.indexOf('/')
  if (slash < 0) return NAME.test(key)
  const prefix = key.slice(0, slash)
  return prefix.length <= 253 && SUBDOMAIN.test(prefix) && NAME.test(key.slice(slash + 1))
}

/** Source: Kubernetes, apimachinery/pkg/util/validation, `IsValidLabelValue`. */
function isLabelValue(value: string): boolean {
  return value === '' || NAME.test(value)
}
