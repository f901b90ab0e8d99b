// Who uses this NAD, read from the cluster here and now, once? For the command line, which has no index.
// Every read begins after the question, so the facts are fresh. Has no rule.

import { nadFacts, nadStanding } from '../core/admission/assemble.ts'
import type { NadFacts } from '../core/admission/facts.ts'
import type { KubernetesObject } from '../core/kubernetes.ts'
import { nameOf, namespaceOf, type ObjectKey } from '../core/object-key.ts'
import { nadRecord } from '../core/networks/nad-record.ts'
import { namespaceRecord } from '../core/networks/namespace-record.ts'
import { podRecord } from '../core/networks/pod-record.ts'
import type { NadRecord, PodRecord, ReferrerRecord } from '../core/networks/records.ts'
import { referrerRecord } from '../core/networks/referrer-record.ts'
import type { VerdictSettings } from '../core/settings.ts'
import { isSuccess, type ApiClient } from './client.ts'
import { refused } from './failure.ts'
import { KINDS, objectPath, type Kind } from './kinds.ts'
import { listRecords } from './list.ts'
import { REFERRERS } from './referrers.ts'

export interface LiveFacts {
  readonly facts: NadFacts
  /** Every Pod that names a network or has an annotation that cannot be read. */
  readonly pods: readonly PodRecord[]
}

type Client = Pick<ApiClient, 'request'>

const CANNOT_TELL = 'cannot tell who uses the network'

/** Throws an Error for people where something that the verdict needs cannot be read. */
export async function readLiveFacts(
  client: Client,
  key: ObjectKey,
  settings: VerdictSettings,
  now: number,
): Promise<LiveFacts> {
  const nad = await readNad(client, key)
  const [namespace, pods, referrers] = await Promise.all([
    readOne(client, KINDS.namespace, { name: nad.namespace }),
    readAll(client, KINDS.pod, (pod) => podRecord(pod, settings.multusNamespace)),
    readReferrers(client, settings),
  ])
  const record = namespace && namespaceRecord(namespace)
  const standing = nadStanding(nad, record, { pods, referrers }, settings)
  const circumstances = { evidence: 'fresh', visible: 'all', now } as const
  return { facts: nadFacts(standing, pods, circumstances, settings), pods }
}

async function readNad(client: Client, key: ObjectKey): Promise<NadRecord> {
  const object = await readOne(client, KINDS.nad, { namespace: namespaceOf(key), name: nameOf(key) })
  const nad = object && nadRecord(object)
  if (!nad)
    throw new Error(
      `there is no NetworkAttachmentDefinition ${key}; "kubectl get nad -A" lists those there are`,
    )
  return nad
}

async function readReferrers(
  client: Client,
  { multusNamespace }: VerdictSettings,
): Promise<ReferrerRecord[]> {
  const lists = REFERRERS.map(({ kind, served }) =>
    readAll(client, served, (object) => referrerRecord(kind, object, multusNamespace)),
  )
  return (await Promise.all(lists)).flat()
}

async function readOne(
  client: Client,
  kind: Kind,
  reference: { readonly namespace?: string; readonly name: string },
): Promise<KubernetesObject | undefined> {
  const { status, headers, body } = await client.request({ path: objectPath(kind, reference) })
  if (isSuccess(status)) return body as KubernetesObject
  if (status === 404) return undefined
  const { message } = refused('get', kind, { status, headers, said: body })
  throw new Error(`${CANNOT_TELL}: ${message}`)
}

/** A kind that is not served has no objects. */
async function readAll<T>(
  client: Client,
  kind: Kind,
  project: (object: KubernetesObject) => T | undefined,
): Promise<T[]> {
  const list = await listRecords<T>({ client, kind }, ({ object }) => project(object))
  if (list.kind === 'listed') return [...list.records.values()].map(({ record }) => record)
  if (list.kind === 'absent' && kind.custom) return []
  throw new Error(`${CANNOT_TELL}: ${list.message}`)
}
