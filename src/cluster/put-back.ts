// Creates a network that is gone once more, after a last look at the Namespace around it. One request, one answer.
// Never replaces anything: where something of that name exists, that is the network.

import { namespaceStanding } from '../core/admission/assemble.ts'
import type { KubernetesObject } from '../core/kubernetes.ts'
import type { NadCopy } from '../core/networks/kept-nad.ts'
import { namespaceRecord } from '../core/networks/namespace-record.ts'
import type { VerdictSettings } from '../core/settings.ts'
import { fieldsOf, refusalOf } from './asks-api.ts'
import { isSuccess, type ApiClient } from './client.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'
import { ApiUnreachable } from './unreachable.ts'

export interface PutBackParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly fieldManager: string
  readonly mayWrite: () => boolean
  readonly settings: () => VerdictSettings
}

export type PutBack =
  | { readonly kind: 'created'; readonly uid: string }
  /** Something of that name is there. */
  | { readonly kind: 'there' }
  | { readonly kind: 'refused'; readonly because: string }
  /** We lead no more. */
  | { readonly kind: 'over' }

export async function putBack(parts: PutBackParts, copy: NadCopy): Promise<PutBack> {
  try {
    const against = await namespaceAgainst(parts, copy.metadata?.namespace ?? '')
    if (against !== undefined) return { kind: 'refused', because: against }
    return parts.mayWrite() ? await create(parts, copy) : { kind: 'over' }
  } catch (error) {
    if (error instanceof ApiUnreachable) return { kind: 'refused', because: error.message }
    throw error
  }
}

/** Read anew: a label that was set a moment ago counts. */
async function namespaceAgainst(
  { client, settings }: PutBackParts,
  name: string,
): Promise<string | undefined> {
  const answer = await client.request({ path: objectPath(KINDS.namespace, { name }) })
  if (answer.status === 404) return `Namespace ${name} is gone`
  if (!isSuccess(answer.status)) return refusalOf(`read Namespace ${name}`, answer).message
  const { terminating, guard } = namespaceStanding(
    namespaceRecord(answer.body as KubernetesObject),
    settings(),
  )
  if (terminating) return `Namespace ${name} is being deleted`
  return guard === 'enforce' ? undefined : `the guard of Namespace ${name} is set to ${guard}`
}

async function create({ client, fieldManager }: PutBackParts, copy: NadCopy): Promise<PutBack> {
  const path = collectionPath(KINDS.nad, copy.metadata?.namespace)
  const answer = await client.request({ method: 'POST', path, query: { fieldManager }, body: copy })
  if (answer.status === 409) return { kind: 'there' }
  if (!isSuccess(answer.status)) return { kind: 'refused', because: refusalOf('create it', answer).message }
  const uid = fieldsOf(fieldsOf(answer.body)['metadata'])['uid']
  return { kind: 'created', uid: typeof uid === 'string' ? uid : '' }
}
