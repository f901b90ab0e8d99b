// What do we remember of this Pod? The networks it names or holds, and the few facts that say whether that counts.
// Never decides whether it counts; a Pod that has nothing to do with networks leaves no record.

import type { Pod } from '../kubernetes.ts'
import type { PodRecord } from './records.ts'
import { fieldAt, textAt } from './untrusted.ts'
import { usesOf } from './uses.ts'

/**
 * The record of a Pod, or of its metadata alone (then it counts as bound to no node, not finished, on no host network).
 * Undefined where there is nothing to remember: no network named or held, and no annotation that cannot be read.
 */
export function podRecord(pod: Pod, multusNamespace: string): PodRecord | undefined {
  const namespace = textAt(pod, 'metadata', 'namespace')
  const name = textAt(pod, 'metadata', 'name')
  if (!namespace || !name) return undefined
  const { uses, unreadable } = usesOf(fieldAt(pod, 'metadata', 'annotations'), namespace, multusNamespace)
  if (uses.length === 0 && unreadable.length === 0) return undefined
  return {
    namespace,
    name,
    uid: textAt(pod, 'metadata', 'uid') ?? '',
    nodeName: textAt(pod, 'spec', 'nodeName') || undefined,
    finished: ['Succeeded', 'Failed'].includes(textAt(pod, 'status', 'phase') ?? ''),
    hostNetwork: fieldAt(pod, 'spec', 'hostNetwork') === true,
    deletionTimestamp: textAt(pod, 'metadata', 'deletionTimestamp'),
    uses,
    unreadable,
  }
}
