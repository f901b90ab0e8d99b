// Which networks does this selection name? The only reader of `k8s.v1.cni.cncf.io/networks` and
// `v1.multus-cni.io/default-network`: one grammar, read leniently for Pods and strictly for what people give us.
// Never looks whether a network exists, or may be used.

import { bad, good, type Problem, type Result } from '../problem.ts'
import {
  applyRules,
  elementOf,
  readableByMultus,
  type DecodedElement,
  type Draft,
  type NetworkSelectionElement,
} from './selection-element.ts'
import { readJsonSelection, readJsonSelectionFully } from './selection-json.ts'
import { readShortSelection } from './selection-short.ts'
import { checkElements } from './selection-rules.ts'

export type { NetworkSelectionElement } from './selection-element.ts'

/**
 * Reads a selection as leniently as Multus does; what Multus cannot read, or crashes on, is a problem here.
 * An element may have an empty name (`net1,` ends in one): Multus accepts it and then finds no such network,
 * so it names none. Names from the JSON form are not checked either.
 * Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go, `parsePodNetworkAnnotation`.
 */
export function readSelection(
  text: string,
  defaultNamespace: string,
): Result<readonly NetworkSelectionElement[]> {
  if (text === '') return good([])
  return finish(
    isJson(text) ? readJsonSelection(text) : readShortSelection(text),
    defaultNamespace,
    findMisread,
  )
}

/**
 * Reads a selection that somebody gives us (on a Service, in a NetService, to the linter) and holds it to the standard:
 * every element names a network that can exist, and every value is one that can work. All problems are told at once.
 * Whatever passes here is read alike by `readSelection`.
 * Source: NPWG multi-network de-facto standard 1.3, section 4.1.
 */
export function checkSelection(
  text: string,
  defaultNamespace: string,
): Result<readonly NetworkSelectionElement[]> {
  if (text === '') return good([])
  return finish(
    isJson(text) ? readJsonSelectionFully(text) : readShortSelection(text),
    defaultNamespace,
    checkElements,
  )
}

/**
 * Reads `v1.multus-cni.io/default-network`: the same grammar, exactly one element, and a bare name means Multus' own
 * namespace. Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go, `tryLoadK8sPodDefaultNetwork`.
 */
export function readDefaultNetwork(text: string, multusNamespace: string): Result<NetworkSelectionElement> {
  const selection = readSelection(text, multusNamespace)
  if (!selection.ok) return selection
  const [element, ...others] = selection.value
  if (!element) return bad({ field: '', message: 'names no network; it must name exactly one' })
  if (others.length > 0)
    return bad({ field: '', message: `names ${others.length + 1} networks; it must name exactly one` })
  return good(element)
}

/** Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go: text with any of these is read as JSON, and else as a comma list. */
export function isJson(text: string): boolean {
  return /[[{"]/.test(text)
}

function finish(
  { elements, problems }: Draft,
  defaultNamespace: string,
  judge: (elements: readonly DecodedElement[]) => readonly Problem[],
): Result<readonly NetworkSelectionElement[]> {
  // A value of the wrong type is told once, not again as a value that is missing.
  const news = judge(elements).filter(({ field }) => !problems.some((known) => covers(known.field, field)))
  if (problems.length + news.length > 0) return bad(...problems, ...news)
  return good(elements.map((element) => elementOf(element, defaultNamespace)))
}

function covers(outer: string, inner: string): boolean {
  return inner === outer || (inner.startsWith(outer) && /^[.[]/.test(inner.slice(outer.length)))
}

function findMisread(elements: readonly DecodedElement[]): readonly Problem[] {
  return applyRules([readableByMultus], elements)
}
