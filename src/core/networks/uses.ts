// Which networks do these annotations name or hold, and through which of them?
// Never drops an annotation silently: what cannot be read, or goes on for too long, is told.

import { ANNOTATIONS } from '../names.ts'
import type { ObjectKey } from '../object-key.ts'
import { bad, describeProblem, good, type Result } from '../problem.ts'
import { networkKey } from './network-key.ts'
import type { NetworkUse, Unreadable, UseField } from './records.ts'
import { readDefaultNetwork, readSelection, type NetworkSelectionElement } from './selection.ts'
import { networkOf, networkStatusOf } from './status.ts'
import { fieldAt, ownCopy } from './untrusted.ts'

export interface Uses {
  /** Each pair of network and field once, in the order they were read. */
  readonly uses: readonly NetworkUse[]
  readonly unreadable: readonly Unreadable[]
}

/** No node attaches so many networks to one Pod; an annotation of 256 KiB could name a hundred times as many. */
export const MOST_NETWORKS = 1000

/** What the annotations of a Pod ask for and report. */
export function usesOf(annotations: unknown, namespace: string, multusNamespace: string): Uses {
  const requested = requestsOf(annotations, namespace, multusNamespace)
  const reading = networkStatusOf(annotations)
  if (!reading) return requested
  const attached = gather(
    'network-status',
    reading.annotation,
    networksIn(reading.statuses, (status) => networkOf(status, namespace)),
  )
  return both(requested, attached)
}

/** What the annotations of a Pod, or of a template for Pods, ask for. */
export function requestsOf(annotations: unknown, namespace: string, multusNamespace: string): Uses {
  const networks = readAnnotation(annotations, ANNOTATIONS.networks, (text) =>
    networksIn(readSelection(text, namespace), networkNamed),
  )
  const first = readAnnotation(annotations, ANNOTATIONS.defaultNetwork, (text) => {
    const element = readDefaultNetwork(text, multusNamespace)
    return element.ok ? networksIn(good([element.value]), networkNamed) : element
  })
  return both(
    gather('networks', ANNOTATIONS.networks, networks),
    gather('default-network', ANNOTATIONS.defaultNetwork, first),
  )
}

/** The NAD that an element names; undefined where it names none that could exist. */
export function networkNamed({ namespace, name }: NetworkSelectionElement): ObjectKey | undefined {
  return networkKey(namespace, name)
}

type Networks = Result<readonly ObjectKey[]>

function networksIn<T>(
  entries: Result<readonly T[]>,
  networkFor: (entry: T) => ObjectKey | undefined,
): Networks {
  if (!entries.ok) return entries
  return good(entries.value.map(networkFor).filter((nad) => nad !== undefined))
}

function readAnnotation(
  annotations: unknown,
  annotation: string,
  read: (text: string) => Networks,
): Networks {
  const value = fieldAt(annotations, annotation)
  if (value === undefined || value === null) return good([])
  return typeof value === 'string' ? read(value) : bad({ field: '', message: 'is not text' })
}

function gather(field: UseField, annotation: string, networks: Networks): Uses {
  if (!networks.ok)
    return { uses: [], unreadable: [unreadable(annotation, networks.problems.map(describeProblem))] }
  const different = [...new Set(networks.value)]
  const uses = different.slice(0, MOST_NETWORKS).map((nad) => ({ nad: ownCopy(nad), field }))
  const tooMany = `names ${different.length} networks; only the first ${MOST_NETWORKS} are looked at`
  return { uses, unreadable: different.length > MOST_NETWORKS ? [unreadable(annotation, [tooMany])] : [] }
}

/** The first three problems: enough to act on, in a record that thousands of Pods may need. */
function unreadable(annotation: string, problems: readonly string[]): Unreadable {
  const told = problems.slice(0, 3).join('; ')
  return {
    annotation,
    problem: ownCopy(problems.length > 3 ? `${told}; and ${problems.length - 3} more` : told),
  }
}

function both(one: Uses, other: Uses): Uses {
  return { uses: [...one.uses, ...other.uses], unreadable: [...one.unreadable, ...other.unreadable] }
}
