// Writes what a plan says, and nothing else. Never re-reads and never decides: a conflict is an answer.

import type { EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import type { SliceChanges } from '../core/endpoints/slices.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import { fieldsOf, refusalOf } from './asks-api.ts'
import { isSuccess, type ApiAnswer, type ApiClient, type ApiRequest } from './client.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'
import type { OwnWrites } from './own-writes.ts'

export interface ApplyParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly own: Pick<OwnWrites, 'wrote' | 'removed'>
  readonly fieldManager: string
  /** Asked before every write: has another replica taken over? */
  readonly mayWrite: () => boolean
  readonly observe: (write: SliceWrite) => void
}

export interface SliceWrite {
  readonly verb: 'create' | 'update' | 'delete'
  readonly status: number
}

/**
 * `conflict`: what was read is no longer so; read again. `over`: the Namespace or the Service is going, or we lead no
 * more, so there is nothing left to do.
 */
export type Applied =
  | { readonly kind: 'applied'; readonly writes: number }
  | { readonly kind: 'conflict'; readonly writes: number }
  | { readonly kind: 'over'; readonly writes: number }

/** Rejects with an error for people where the API server refuses for another reason, or cannot be reached. */
export async function applySlices(
  parts: ApplyParts,
  service: ObjectKey,
  changes: SliceChanges,
): Promise<Applied> {
  let writes = 0
  for (const step of stepsOf(changes)) {
    if (!parts.mayWrite()) return { kind: 'over', writes }
    const answer = await parts.client.request(step.request(parts.fieldManager))
    parts.observe({ verb: step.verb, status: answer.status })
    const verdict = verdictOn(step, answer)
    if (verdict !== 'written') return { kind: verdict, writes }
    writes++
    remember(parts.own, service, step, answer)
  }
  return { kind: 'applied', writes }
}

interface Step {
  readonly verb: SliceWrite['verb']
  readonly slice: EndpointSlice
  readonly request: (fieldManager: string) => ApiRequest
}

/** What is new goes first and what is old goes last, so that no address is missing in between. */
function stepsOf({ create, update, remove }: SliceChanges): readonly Step[] {
  return [...create.map(creation), ...update.map(rewriting), ...remove.map(removal)]
}

function creation(slice: EndpointSlice): Step {
  return writing('create', 'POST', collectionPath(KINDS.endpointSlice, slice.metadata?.namespace), slice)
}

function rewriting(slice: EndpointSlice): Step {
  return writing('update', 'PUT', slicePath(slice), slice)
}

function writing(verb: Step['verb'], method: 'POST' | 'PUT', path: string, slice: EndpointSlice): Step {
  return { verb, slice, request: (fieldManager) => ({ method, path, query: { fieldManager }, body: slice }) }
}

/** Only the one that was read, not another of its name. */
function removal(slice: EndpointSlice): Step {
  const uid = slice.metadata?.uid
  const body = { apiVersion: 'v1', kind: 'DeleteOptions', ...(uid && { preconditions: { uid } }) }
  return { verb: 'delete', slice, request: () => ({ method: 'DELETE', path: slicePath(slice), body }) }
}

function slicePath({ metadata }: EndpointSlice): string {
  return objectPath(KINDS.endpointSlice, {
    namespace: metadata?.namespace ?? '',
    name: metadata?.name ?? '',
  })
}

function verdictOn({ verb, slice }: Step, answer: ApiAnswer): 'written' | 'conflict' | 'over' {
  const { status } = answer
  if (isSuccess(status) || (verb === 'delete' && status === 404)) return 'written'
  if (isNamespaceGoing(answer)) return 'over'
  if (status === 409 || (verb === 'update' && status === 404)) return 'conflict'
  const { namespace = '', name, generateName = '' } = slice.metadata ?? {}
  throw refusalOf(`${verb} EndpointSlice ${namespace}/${name ?? generateName}`, answer)
}

/** The Namespace is being deleted, or is gone. Source: k8s.io/apiserver, plugin/namespace/lifecycle/admission.go. */
function isNamespaceGoing({ status, body }: ApiAnswer): boolean {
  const { details, reason } = fieldsOf(body)
  const { causes, kind } = fieldsOf(details)
  const going =
    Array.isArray(causes) && causes.some((cause) => fieldsOf(cause)['reason'] === 'NamespaceTerminating')
  return (status === 403 && going) || (status === 404 && reason === 'NotFound' && kind === 'namespaces')
}

function remember(
  own: ApplyParts['own'],
  service: ObjectKey,
  { verb, slice }: Step,
  { body }: ApiAnswer,
): void {
  const { namespace = '', name = '', uid = '' } = slice.metadata ?? {}
  if (verb === 'delete') return own.removed(service, objectKey(namespace, name), uid)
  const version = fieldsOf(fieldsOf(body)['metadata'])['resourceVersion']
  if (typeof version === 'string') own.wrote(service, version)
}
