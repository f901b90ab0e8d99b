// What do we remember of this NetworkAttachmentDefinition? Who it is, and what people wrote on it about its deletion.
// Never reads `spec`: a NAD with broken JSON must stay deletable.

import type { KubernetesObject } from '../kubernetes.ts'
import { ANNOTATIONS } from '../names.ts'
import { isTerminating, reasonIn } from './metadata.ts'
import type { NadRecord } from './records.ts'
import { fieldAt, listAt, textAt } from './untrusted.ts'

/** The record of a NAD, or of its metadata alone; undefined where the object does not say who it is. */
export function nadRecord(nad: KubernetesObject): NadRecord | undefined {
  const namespace = textAt(nad, 'metadata', 'namespace')
  const name = textAt(nad, 'metadata', 'name')
  if (!namespace || !name) return undefined
  return {
    namespace,
    name,
    uid: textAt(nad, 'metadata', 'uid') ?? '',
    terminating: isTerminating(nad),
    allowDeletion: reasonIn(nad, ANNOTATIONS.allowDeletion),
    protected: reasonIn(nad, ANNOTATIONS.protected),
    owner: controllingOwner(nad),
  }
}

function controllingOwner(object: unknown): string | undefined {
  const owner = listAt(object, 'metadata', 'ownerReferences').find(
    (reference) => fieldAt(reference, 'controller') === true,
  )
  const kind = textAt(owner, 'kind')
  const name = textAt(owner, 'name')
  return kind && name ? `${kind} ${name}` : undefined
}
