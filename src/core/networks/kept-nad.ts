// What of a NetworkAttachmentDefinition is needed to put it back? Kept only where that is wanted.
// Never judges whether it should be put back, and never reads what `spec` means.

import type { KubernetesObject, OwnerReference } from '../kubernetes.ts'
import { ANNOTATIONS, NAD } from '../names.ts'
import type { NadRecord } from './records.ts'
import { nadRecord } from './nad-record.ts'
import { fieldAt } from './untrusted.ts'

/** An object to be created. Without uid, version, finalizers and managed fields: those belonged to the one that went. */
export interface NadCopy extends KubernetesObject {
  readonly spec?: unknown
}

export interface KnownNad extends NadRecord {
  /** Absent where nothing is put back. */
  readonly copy?: NadCopy
}

export function keptNad(nad: KubernetesObject): KnownNad | undefined {
  const record = nadRecord(nad)
  return record && { ...record, copy: copyOf(nad, record) }
}

function copyOf(nad: KubernetesObject, { namespace, name }: NadRecord): NadCopy {
  const { labels, annotations = {}, ownerReferences } = nad.metadata ?? {}
  const { [ANNOTATIONS.allowDeletion]: _, ...kept } = annotations
  const spec = fieldAt(nad, 'spec')
  return {
    apiVersion: `${NAD.group}/${NAD.version}`,
    kind: NAD.kind,
    metadata: {
      namespace,
      name,
      ...(labels && { labels }),
      ...(Object.keys(kept).length > 0 && { annotations: kept }),
      ...(ownerReferences && { ownerReferences: ownerReferences.map(withoutBlocking) }),
    },
    ...(spec !== undefined && { spec }),
  }
}

/** Who sets `blockOwnerDeletion` must be allowed to change the owner. Source: OwnerReferencesPermissionEnforcement. */
function withoutBlocking({ blockOwnerDeletion: _, ...owner }: OwnerReference): OwnerReference {
  return owner
}
