// What should be known about a network and its Pods before one relies on them? Warnings, since objects may be applied in
// any order. Never refuses anything.

import { ANNOTATIONS } from '../names.ts'
import type { ReferrerKind } from '../settings.ts'
import { nameOf, namespaceOf, objectKey, type ObjectKey } from '../object-key.ts'
import type { ServiceWish } from '../services/wish.ts'
import { didYouMean } from './did-you-mean.ts'
import { NAMED, sentenceList } from './wording.ts'

/** Something whose labels the selector matches, and the networks it asks for or is attached to. */
export interface Selected {
  readonly kind: 'Pod' | ReferrerKind
  readonly name: string
  readonly networks: readonly ObjectKey[]
}

export interface Surroundings {
  /** Whether the NetworkAttachmentDefinition is there; undefined where that is not known. */
  readonly networkExists: boolean | undefined
  /** Networks that may be suggested to this caller. */
  readonly suggestions: readonly ObjectKey[]
  /** Pods and workloads of the Service's namespace that the selector matches; undefined where that is not known. */
  readonly selected: readonly Selected[] | undefined
}

export const NOTHING_KNOWN: Surroundings = { networkExists: undefined, suggestions: [], selected: undefined }

/** `subject` begins every sentence: `NetService blue/db`. */
export function surroundingWarnings(
  subject: string,
  { network, selector, service }: ServiceWish,
  { networkExists, suggestions, selected }: Surroundings,
): string[] {
  const warnings: string[] = []
  if (networkExists === false) {
    const meant = didYouMean(network, suggestions)
    const hint = meant ? `; did you mean ${shortest(meant, namespaceOf(service))}?` : ''
    warnings.push(`${subject}: NetworkAttachmentDefinition ${network} does not exist yet${hint}`)
  }
  if (selected?.length === 0)
    warnings.push(
      `${subject}: the selector ${written(selector)} matches no Pod and no Pod template in namespace ${namespaceOf(service)} yet`,
    )
  else if (selected && !selected.some(({ networks }) => networks.includes(network)))
    warnings.push(
      `${subject}: nothing that the selector matches asks for network ${network} (${listed(selected)}); add it to ${ANNOTATIONS.networks} in the Pod template`,
    )
  return warnings
}

function listed(selected: readonly Selected[]): string {
  const names = selected.slice(0, NAMED).map(({ kind, name }) => `${kind} ${name}`)
  const rest = selected.length - names.length
  return sentenceList(rest > 0 ? [...names, `${rest} more`] : names)
}

function written(selector: ServiceWish['selector']): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .sort()
    .join(',')
}

/** As one would write it in an object of that namespace. */
function shortest(key: ObjectKey, namespace: string): string {
  return key === objectKey(namespace, nameOf(key)) ? nameOf(key) : key
}
