// How objects and lists of them are told in one line. Knows no verdict.

import type { Visible } from './facts.ts'
import type { Holders } from './holders.ts'
import { quoted } from '../networks/quote.ts'
import type { NetworkUser } from '../networks/users.ts'

/** How many are told by name before the rest is counted. */
export const NAMED = 5

export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** `a`, `a and b`, `a, b and c`. */
export function sentenceList(parts: readonly string[]): string {
  if (parts.length < 2) return parts.join('')
  return `${parts.slice(0, -1).join(', ')} and ${parts.at(-1)}`
}

/** A reason that a person gave, as they wrote it: one line, and no longer than a line. */
export function quotedReason(reason: string): string {
  return quoted(reason, 120)
}

export function isVisible(namespace: string, visible: Visible): boolean {
  return visible === 'all' || visible.has(namespace)
}

/** `blue/db-0, blue/db-1 and 3 in other namespaces`: the first few by name, the rest and the hidden by number. */
function named<T extends { readonly namespace: string }>(
  items: readonly T[],
  visible: Visible,
  describe: (item: T) => string,
): string {
  const shown = items.filter((item) => isVisible(item.namespace, visible))
  const hidden = items.length - shown.length
  const parts = shown.slice(0, NAMED).map(describe)
  if (shown.length > NAMED) parts.push(`${shown.length - NAMED} more`)
  if (hidden > 0) parts.push(`${hidden} in other namespaces`)
  return sentenceList(parts)
}

/** A Pod as the list names it. One that takes longer to end than it was granted is told with its node. */
export function describeUser(
  { namespace, name, deletionTimestamp, nodeName }: NetworkUser,
  now: number,
): string {
  const key = `${namespace}/${name}`
  if (deletionTimestamp === undefined) return key
  const overdue = Date.parse(deletionTimestamp) < now
  return overdue && nodeName !== undefined
    ? `${key} (still terminating on ${nodeName})`
    : `${key} (terminating)`
}

/** `7 Pods: blue/db-0, …`; where the caller may see none of them, `7 Pods in other namespaces`. */
export function podList(users: readonly NetworkUser[], visible: Visible, now: number): string {
  const count = plural(users.length, 'Pod')
  if (!users.some((user) => isVisible(user.namespace, visible))) return `${count} in other namespaces`
  return `${count}: ${named(users, visible, (user) => describeUser(user, now))}`
}

/** `used by 2 Pods: … and named by Deployment blue/web`. */
export function describeHolders({ users, referrers }: Holders, visible: Visible, now: number): string {
  const parts: string[] = []
  if (users.length > 0) parts.push(`used by ${podList(users, visible, now)}`)
  if (referrers.length > 0) {
    parts.push(
      `named by ${named(referrers, visible, ({ kind, namespace, name }) => `${kind} ${namespace}/${name}`)}`,
    )
  }
  return parts.join('; and ')
}
