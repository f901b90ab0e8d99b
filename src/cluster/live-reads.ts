// The small reads that a fresh look needs beside the Pods: NADs, Namespaces, referrers. Undefined where one fails or
// does not come in time; what that means is for the verdict to say.

import type { Subject } from '../core/admission/subject.ts'
import type { KubernetesObject } from '../core/kubernetes.ts'
import { nadRecord } from '../core/networks/nad-record.ts'
import { namespaceRecord } from '../core/networks/namespace-record.ts'
import type { NadRecord, NamespaceRecord, ReferrerRecord } from '../core/networks/records.ts'
import type { ReferrerKind } from '../core/settings.ts'
import { isSuccess, type ApiClient } from './client.ts'
import { KINDS, objectPath } from './kinds.ts'
import { listRecords, METADATA_ONLY, type ListRequest } from './list.ts'

type Client = Pick<ApiClient, 'request'>

/** The NADs that the subject would take along; none for a NAD, which is the subject itself. */
export async function nadsNow(
  client: Client,
  subject: Subject,
  timeoutMs: number,
): Promise<readonly NadRecord[] | undefined> {
  if (subject.kind === 'nad') return []
  const namespace = subject.kind === 'namespace' ? subject.namespace.name : undefined
  return readAll({ client, kind: KINDS.nad, namespace, accept: METADATA_ONLY, timeoutMs }, nadRecord)
}

/** The Namespaces whose state the verdict depends on, by name. */
export async function namespacesNow(
  client: Client,
  subject: Subject,
  timeoutMs: number,
): Promise<ReadonlyMap<string, NamespaceRecord> | undefined> {
  switch (subject.kind) {
    case 'nad': {
      const record = await readNamespace(client, subject.nad.namespace, timeoutMs)
      return record && new Map([[record.name, record]])
    }
    case 'namespace':
      return new Map([[subject.namespace.name, subject.namespace]])
    case 'nad-crd': {
      const records = await readAll(
        { client, kind: KINDS.namespace, accept: METADATA_ONLY, timeoutMs },
        namespaceRecord,
      )
      return records && new Map(records.map((record) => [record.name, record]))
    }
  }
}

export async function readNamespace(
  client: Client,
  name: string,
  timeoutMs = 1_000,
): Promise<NamespaceRecord | undefined> {
  try {
    const { status, body } = await client.request({ path: objectPath(KINDS.namespace, { name }), timeoutMs })
    return isSuccess(status) ? namespaceRecord(body as KubernetesObject) : undefined
  } catch {
    // Unreachable counts like any other failure here: the caller decides without it.
    return undefined
  }
}

/** Looks at every object of one kind that can name networks; undefined where no list came before the deadline. */
export type LooksAtReferrers = (
  kind: ReferrerKind,
  deadline: number,
) => Promise<readonly ReferrerRecord[] | undefined>

/** Those kinds that `blockOn` counts; the others are only warned about, for which the index is good enough. */
export async function referrersNow(
  look: LooksAtReferrers,
  promoted: ReadonlySet<ReferrerKind>,
  deadline: number,
): Promise<readonly ReferrerRecord[] | undefined> {
  const records = await Promise.all([...promoted].map((kind) => look(kind, deadline)))
  return records.some((list) => list === undefined) ? undefined : records.flatMap((list) => list ?? [])
}

/** A kind that is not served has no objects. */
async function readAll<T>(
  request: ListRequest,
  project: (object: KubernetesObject) => T | undefined,
): Promise<readonly T[] | undefined> {
  const list = await listRecords<T>(request, ({ object }) => project(object))
  if (list.kind === 'listed') return [...list.records.values()].map(({ record }) => record)
  return list.kind === 'absent' ? [] : undefined
}
