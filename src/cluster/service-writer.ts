// Writes Services: the one of a NetService, a poke that makes our webhook look, and the marks of the loop.
// Never writes a selector into a Service that somebody else wrote, save one that was handed over.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { ANNOTATIONS } from '../core/names.ts'
import { nameOf, namespaceOf, type ObjectKey } from '../core/object-key.ts'
import { fieldsOf, refusalOf } from './asks-api.ts'
import { isSuccess, type ApiAnswer, type ApiClient } from './client.ts'
import { collectionPath, KINDS, objectPath } from './kinds.ts'
import type { OwnWrites } from './own-writes.ts'

export interface ServiceWriterParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly own: Pick<OwnWrites, 'wrote'>
  readonly fieldManager: string
  readonly mayWrite: () => boolean
}

export class ServiceWriter {
  readonly #parts: ServiceWriterParts

  constructor(parts: ServiceWriterParts) {
    this.#parts = parts
  }

  /** False where there is one already, or the Namespace is going. Rejects with an error for people otherwise. */
  async create(key: ObjectKey, service: KubernetesObject): Promise<boolean> {
    const { client, fieldManager } = this.#parts
    if (!this.#parts.mayWrite()) return false
    const path = collectionPath(KINDS.service, namespaceOf(key))
    const answer = await client.request({ method: 'POST', path, query: { fieldManager }, body: service })
    if (answer.status === 409 || answer.status === 404 || isTerminatingRefusal(answer)) return false
    return this.#written('create', key, answer)
  }

  /** False where it is gone or changed meanwhile. A merge patch leaves everything that it does not name. */
  async patch(key: ObjectKey, patch: object): Promise<boolean> {
    const { fieldManager } = this.#parts
    return this.#merge(key, patch, { fieldManager })
  }

  /** Runs the mutating webhook and books nothing to anybody. */
  async poke(key: ObjectKey): Promise<boolean> {
    return this.#merge(key, {}, {})
  }

  /** The built-in controllers' slices are empty, so the webhook may take the selector away. */
  async markReady(key: ObjectKey): Promise<boolean> {
    return this.patch(key, { metadata: { annotations: { [ANNOTATIONS.takeover]: 'ready' } } })
  }

  /** Our Endpoints are there to be taken away some day, or are gone. */
  async markEndpoints(key: ObjectKey, written: boolean): Promise<boolean> {
    return this.patch(key, {
      metadata: { annotations: { [ANNOTATIONS.endpointsWritten]: written ? 'true' : null } },
    })
  }

  async #merge(key: ObjectKey, body: object, query: Readonly<Record<string, string>>): Promise<boolean> {
    if (!this.#parts.mayWrite()) return false
    const path = objectPath(KINDS.service, { namespace: namespaceOf(key), name: nameOf(key) })
    const contentType = 'application/merge-patch+json'
    const answer = await this.#parts.client.request({ method: 'PATCH', path, query, contentType, body })
    if (answer.status === 409 || answer.status === 404) return false
    return this.#written('patch', key, answer)
  }

  #written(verb: string, key: ObjectKey, answer: ApiAnswer): boolean {
    if (!isSuccess(answer.status)) throw refusalOf(`${verb} Service ${key}`, answer)
    const version = fieldsOf(fieldsOf(answer.body)['metadata'])['resourceVersion']
    if (typeof version === 'string') this.#parts.own.wrote(key, version)
    return true
  }
}

function isTerminatingRefusal({ status, body }: ApiAnswer): boolean {
  const { causes } = fieldsOf(fieldsOf(body)['details'])
  return (
    status === 403 &&
    Array.isArray(causes) &&
    causes.some((cause) => fieldsOf(cause)['reason'] === 'NamespaceTerminating')
  )
}
