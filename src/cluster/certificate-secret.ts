// Where do the replicas keep the certificate that they share? One Secret in our Namespace, read and written here only.
// Never judges what stands there: a text that is missing is read as empty, and whoever checks it will say so.

import { KINDS, collectionPath, objectPath } from './kinds.ts'
import { fieldsOf, refusalOf, type AsksApi } from './asks-api.ts'

/** Certificate and key of the CA and of the leaf, as PEM. */
export interface StoredCertificates {
  readonly ca: { readonly cert: string; readonly key: string }
  readonly leaf: { readonly cert: string; readonly key: string }
}

export interface SecretReference {
  readonly namespace: string
  readonly name: string
  /** Under which name our fields are booked in `managedFields`. */
  readonly fieldManager: string
}

export interface CertificateSecret {
  /** Undefined where there is no such Secret. `version` is its resourceVersion. */
  read(): Promise<{ readonly set: StoredCertificates; readonly version: string } | undefined>
  /** False where it exists already. */
  create(set: StoredCertificates): Promise<boolean>
  /** False where it is no longer the one of this resourceVersion. */
  replace(set: StoredCertificates, version: string): Promise<boolean>
}

/** All three reject, with a sentence, where the API server cannot be reached or refuses for another reason. */
export function certificateSecret(
  api: AsksApi,
  { namespace, name, fieldManager }: SecretReference,
): CertificateSecret {
  const path = objectPath(KINDS.secret, { namespace, name })
  const what = `Secret ${namespace}/${name}`
  return {
    async read() {
      const answer = await api.request({ method: 'GET', path })
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw refusalOf(`read ${what}`, answer)
      return {
        set: decode(answer.body),
        version: String(fieldsOf(fieldsOf(answer.body)['metadata'])['resourceVersion']),
      }
    },
    async create(set) {
      const body = {
        apiVersion: 'v1',
        kind: 'Secret',
        metadata: { namespace, name },
        type: 'kubernetes.io/tls',
        data: encode(set),
      }
      const answer = await api.request({
        method: 'POST',
        path: collectionPath(KINDS.secret, namespace),
        query: { fieldManager },
        body,
      })
      if (answer.status === 409) return false
      if (answer.status !== 201) throw refusalOf(`create ${what}`, answer)
      return true
    },
    async replace(set, version) {
      // A merge patch leaves labels, type and other keys as they are.
      const answer = await api.request({
        method: 'PATCH',
        path,
        query: { fieldManager },
        contentType: 'application/merge-patch+json',
        body: { metadata: { resourceVersion: version }, data: encode(set) },
      })
      if (answer.status === 409 || answer.status === 404) return false
      if (answer.status !== 200) throw refusalOf(`update ${what}`, answer)
      return true
    },
  }
}

function encode({ ca, leaf }: StoredCertificates): Record<string, string> {
  const texts = { 'ca.crt': ca.cert, 'ca.key': ca.key, 'tls.crt': leaf.cert, 'tls.key': leaf.key }
  return Object.fromEntries(
    Object.entries(texts).map(([key, text]) => [key, Buffer.from(text).toString('base64')]),
  )
}

function decode(secret: unknown): StoredCertificates {
  const data = fieldsOf(fieldsOf(secret)['data'])
  const text = (key: string): string => {
    const value = data[key]
    return typeof value === 'string' ? Buffer.from(value, 'base64').toString('utf8') : ''
  }
  return {
    ca: { cert: text('ca.crt'), key: text('ca.key') },
    leaf: { cert: text('tls.crt'), key: text('tls.key') },
  }
}
