// Reads and writes the deprecated Endpoints of one Service. Never lists or watches any, and never decides.

import type { EndpointsStep } from '../core/endpoints/legacy-endpoints.ts'
import { nameOf, namespaceOf, type ObjectKey } from '../core/object-key.ts'
import { fieldsOf, refusalOf } from './asks-api.ts'
import { isSuccess, type ApiClient, type ApiRequest } from './client.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'

export interface EndpointsWriterParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly fieldManager: string
  readonly mayWrite: () => boolean
}

type Deed = Exclude<EndpointsStep, { kind: 'nothing' | 'taken' }>

export class EndpointsWriter {
  readonly #parts: EndpointsWriterParts

  constructor(parts: EndpointsWriterParts) {
    this.#parts = parts
  }

  /** Undefined where there are none. Rejects with an error for people where they cannot be read. */
  async read(key: ObjectKey): Promise<unknown> {
    const answer = await this.#parts.client.request({ path: pathOf(key) })
    if (isSuccess(answer.status)) return answer.body
    if (answer.status === 404) return undefined
    throw refusalOf(`read Endpoints ${key}`, answer)
  }

  /** False where what was read is no longer so, or nothing may be written. Rejects with an error for people otherwise. */
  async carryOut(key: ObjectKey, deed: Deed): Promise<boolean> {
    const { client, fieldManager, mayWrite } = this.#parts
    if (!mayWrite()) return false
    const answer = await client.request(requestFor(key, deed, fieldManager))
    if (isSuccess(answer.status) || (deed.kind === 'remove' && answer.status === 404)) return true
    if (answer.status === 409 || answer.status === 404) return false
    throw refusalOf(`${deed.kind} Endpoints ${key}`, answer)
  }
}

function requestFor(key: ObjectKey, { kind, endpoints }: Deed, fieldManager: string): ApiRequest {
  const query = { fieldManager }
  switch (kind) {
    case 'create':
      return {
        method: 'POST',
        path: collectionPath(KINDS.legacyEndpoints, namespaceOf(key)),
        query,
        body: endpoints,
      }
    case 'update':
      return { method: 'PUT', path: pathOf(key), query, body: endpoints }
    case 'remove':
      return { method: 'DELETE', path: pathOf(key), body: asItWasRead(endpoints) }
  }
}

function asItWasRead({ metadata }: Deed['endpoints']): object {
  const { uid, resourceVersion } = fieldsOf(metadata)
  return { apiVersion: 'v1', kind: 'DeleteOptions', preconditions: { uid, resourceVersion } }
}

function pathOf(key: ObjectKey): string {
  return objectPath(KINDS.legacyEndpoints, { namespace: namespaceOf(key), name: nameOf(key) })
}
