// What was a Service before its selector was taken over? Written into one annotation of it, and read from there,
// so that the Service itself is all that is needed to give it back.

import { ANNOTATIONS } from '../names.ts'
import type { IPFamily } from '../networks/address.ts'
import { quoted } from '../networks/quote.ts'
import { bad, good, type Result } from '../problem.ts'
import { checkSelector, type Selector } from './selector.ts'
import { familiesAt, type ServiceForm } from './service-form.ts'
import { fieldAt, textAt } from '../networks/untrusted.ts'

export interface Original {
  readonly selector: Selector
  /** As listed when the selector was taken; empty where the API server had not chosen yet. */
  readonly ipFamilies: readonly IPFamily[]
  readonly ipFamilyPolicy: string | undefined
}

/** The same original is always the same text: keys in a fixed order, nothing that is absent. */
export function writeOriginal({ selector, ipFamilies, ipFamilyPolicy }: Original): string {
  const labels = Object.entries(selector).sort(([a], [b]) => (a < b ? -1 : 1))
  return JSON.stringify({
    selector: Object.fromEntries(labels),
    ...(ipFamilies.length > 0 && { ipFamilies }),
    ...(ipFamilyPolicy !== undefined && { ipFamilyPolicy }),
  })
}

export function readOriginal(text: string, field: string): Result<Original> {
  const json = parse(text)
  if (json === undefined)
    return bad({ field, message: `${quoted(text)} is not the JSON that Sidenet writes there` })
  const selector = checkSelector(fieldAt(json, 'selector'), field)
  if (!selector.ok)
    return bad(...selector.problems.map(({ message }) => ({ field, message: `its selector ${message}` })))
  return good({
    selector: selector.value,
    ipFamilies: familiesAt(json, 'ipFamilies'),
    ipFamilyPolicy: textAt(json, 'ipFamilyPolicy'),
  })
}

/** What the Service was; undefined where it was not taken over, or nobody can read it any more. */
export function originalOf(service: Pick<ServiceForm, 'annotations'> | undefined): Original | undefined {
  const text = service?.annotations[ANNOTATIONS.originalSelector]
  const original = text === undefined ? undefined : readOriginal(text, '')
  return original?.ok ? original.value : undefined
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
