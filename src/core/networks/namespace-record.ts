// What do we remember of this Namespace? Whether it is going, and how its NADs are to be guarded.
// Never decides what its label means: that takes the cluster's settings.

import type { KubernetesObject } from '../kubernetes.ts'
import { ANNOTATIONS, LABELS } from '../names.ts'
import { isTerminating, reasonIn } from './metadata.ts'
import type { NamespaceRecord } from './records.ts'
import { textAt } from './untrusted.ts'

/** The record of a Namespace, or of its metadata alone; undefined where the object has no name. */
export function namespaceRecord(namespace: KubernetesObject): NamespaceRecord | undefined {
  const name = textAt(namespace, 'metadata', 'name')
  if (!name) return undefined
  return {
    name,
    uid: textAt(namespace, 'metadata', 'uid') ?? '',
    terminating: isTerminating(namespace) || textAt(namespace, 'status', 'phase') === 'Terminating',
    guardLabel: textAt(namespace, 'metadata', 'labels', LABELS.guard),
    allowDeletion: reasonIn(namespace, ANNOTATIONS.allowDeletion),
  }
}
