// What is to be deleted, read from the review's `oldObject` alone: `object` is null on DELETE, and in a
// delete-collection even the request's name is absent. Decides nothing.

import type { AdmissionRequest } from './review.ts'
import type { KubernetesObject } from '../kubernetes.ts'
import { ANNOTATIONS, NAD } from '../names.ts'
import { isTerminating, reasonIn } from '../networks/metadata.ts'
import { nadRecord } from '../networks/nad-record.ts'
import { namespaceRecord } from '../networks/namespace-record.ts'
import type { NadRecord, NamespaceRecord } from '../networks/records.ts'

export interface NadCrdRecord {
  readonly name: string
  readonly terminating: boolean
  readonly allowDeletion: string | undefined
}

export type Subject =
  | { readonly kind: 'nad'; readonly nad: NadRecord }
  | { readonly kind: 'namespace'; readonly namespace: NamespaceRecord }
  | { readonly kind: 'nad-crd'; readonly crd: NadCrdRecord }

/** `not ours`: no rule of the guard is about this request. `no object`: it is, and the review lacks the old object. */
export function subjectOf(request: AdmissionRequest): Subject | 'not ours' | 'no object' {
  const read = request.operation === 'DELETE' ? READERS[`${request.group}/${request.resource}`] : undefined
  if (read === undefined || request.subresource !== undefined) return 'not ours'
  const { oldObject } = request
  if (typeof oldObject !== 'object' || oldObject === null) return 'no object'
  return read(oldObject)
}

type Reads = (object: KubernetesObject) => Subject | 'not ours' | 'no object'

const READERS: Readonly<Record<string, Reads>> = {
  [`${NAD.group}/${NAD.plural}`]: (object) => {
    const nad = nadRecord(object)
    return nad ? { kind: 'nad', nad } : 'no object'
  },
  '/namespaces': (object) => {
    const namespace = namespaceRecord(object)
    return namespace ? { kind: 'namespace', namespace } : 'no object'
  },
  'apiextensions.k8s.io/customresourcedefinitions': (object) => {
    const crd = nadCrdRecord(object)
    return crd.name === NAD.crd ? { kind: 'nad-crd', crd } : 'not ours'
  },
}

function nadCrdRecord(object: KubernetesObject): NadCrdRecord {
  return {
    name: object.metadata?.name ?? '',
    terminating: isTerminating(object),
    allowDeletion: reasonIn(object, ANNOTATIONS.allowDeletion),
  }
}
