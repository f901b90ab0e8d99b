// What does not stop the deletion of a NAD but should be known before it: told as warnings, a few lines at most.

import type { NadFacts } from './facts.ts'
import { describeNad } from './refusal.ts'
import { isVisible, NAMED, plural, quotedReason } from './wording.ts'
import type { Reason } from '../names.ts'
import type { PodRecord, ReferrerRecord } from '../networks/records.ts'
import type { NetworkUser } from '../networks/users.ts'

export interface SideWarning {
  readonly reason: Reason
  readonly message: string
}

export function sideWarnings(facts: NadFacts): SideWarning[] {
  const { referrers, blockOn, users, unreadable, visible } = facts
  const uncounted = referrers.filter(({ kind }) => !blockOn.has(kind))
  return [
    ...because('NetworkProtected', unprotected(facts)),
    ...because('NetworkReferenced', told(uncounted, visible, warnReferrer, 'object')),
    ...because('NetworkRequested', told(users.requested, visible, warnRequested, 'Pod')),
    ...because('AnnotationUnreadable', told(unreadable, visible, warnUnreadable, 'Pod')),
  ]
}

function because(reason: Reason, messages: readonly string[]): SideWarning[] {
  return messages.map((message) => ({ reason, message }))
}

/** In a namespace that is going, `protected` yields: else it would hang for ever on a NAD without a single user. */
function unprotected({ nad, namespace }: NadFacts): string[] {
  if (nad.protected === undefined || !namespace.terminating) return []
  return [
    `${describeNad(nad)} was protected (${quotedReason(nad.protected)}); it goes because its Namespace is being deleted`,
  ]
}

function told<T extends { readonly namespace: string }>(
  items: readonly T[],
  visible: NadFacts['visible'],
  warn: (item: T) => string,
  noun: string,
): string[] {
  const shown = items.filter(({ namespace }) => isVisible(namespace, visible)).slice(0, NAMED)
  const rest = items.length - shown.length
  const warnings = shown.map(warn)
  if (rest === 0) return warnings
  if (shown.length === 0)
    return [`${plural(rest, noun)} of other namespaces ${rest === 1 ? 'names' : 'name'} this network`]
  return [...warnings, `and ${plural(rest, `more ${noun}`)}`]
}

function warnReferrer({ kind, namespace, name }: ReferrerRecord): string {
  const what =
    kind === 'Service' || kind === 'NetService'
      ? 'names this network'
      : 'names this network in its Pod template'
  const then =
    kind === 'Service' || kind === 'NetService'
      ? 'it will find no new addresses'
      : 'its new Pods will not start'
  return `${kind} ${namespace}/${name} ${what}; ${then}`
}

function warnRequested({ namespace, name }: NetworkUser): string {
  return `Pod ${namespace}/${name} asks for this network and has not started; it will not start without it`
}

function warnUnreadable({ namespace, name, unreadable }: PodRecord): string {
  const [first] = unreadable
  return `Pod ${namespace}/${name} counts as no user: its ${first?.annotation ?? 'annotation'} cannot be read (${first?.problem ?? ''})`
}
