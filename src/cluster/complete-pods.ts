// A Pod's metadata names networks; is it bound to a node, is it on the host's network? Known from the index where
// that is certain, read in full where it is not. Never guesses.

import type { PodRecord } from '../core/networks/records.ts'
import { nameOf, namespaceOf, type ObjectKey } from '../core/object-key.ts'
import { isSuccess, type ApiClient } from './client.ts'
import { KINDS, objectPath } from './kinds.ts'
import { listRecords } from './list.ts'
import type { Candidate } from './live-lists.ts'
import type { Store } from './store.ts'
import { ApiUnreachable } from './unreachable.ts'
import { identify, type Identified } from './watch-event.ts'

export interface CompletePodsParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly store: Pick<Store<PodRecord>, 'seen'>
  /** Of a whole Pod; must not throw. */
  readonly project: (pod: Identified) => PodRecord | undefined
  readonly signal: AbortSignal
}

/** Beyond this many a list of whole Pods is cheaper than reading one by one. */
const MOST_READ = 200
const READ_AT_ONCE = 16
const READ_TIMEOUT_MS = 3_000

/** Undefined where a Pod could not be read before the signal. A Pod that is gone by now is left out. */
export async function completePods(
  candidates: readonly Candidate<PodRecord>[],
  parts: CompletePodsParts,
): Promise<readonly PodRecord[] | undefined> {
  const complete: PodRecord[] = []
  const unclear: ObjectKey[] = []
  for (const candidate of candidates) {
    const record = fromIndex(candidate, parts.store)
    if (record) complete.push(record)
    else unclear.push(candidate[0])
  }
  const read = unclear.length > MOST_READ ? await listWhole(unclear, parts) : await readWhole(unclear, parts)
  return read && [...complete, ...read]
}

/** What the index knows of the very same Pod and what never changes again: host network, and being bound once it is. */
function fromIndex(
  [key, { record, version }]: Candidate<PodRecord>,
  store: CompletePodsParts['store'],
): PodRecord | undefined {
  const known = store.seen(key)
  if (known?.record.uid !== record.uid) return undefined
  if (known.version === version) return known.record
  const { hostNetwork, nodeName } = known.record
  return hostNetwork || nodeName !== undefined ? { ...record, hostNetwork, nodeName } : undefined
}

async function readWhole(
  keys: readonly ObjectKey[],
  parts: CompletePodsParts,
): Promise<PodRecord[] | undefined> {
  const found: PodRecord[] = []
  const waiting = keys.values()
  let failed = false
  const reader = async () => {
    for (const key of waiting) {
      const pod = failed ? undefined : await readPod(key, parts)
      if (pod === undefined) return void (failed = true)
      if (pod !== 'nothing') found.push(pod)
    }
  }
  await Promise.all(Array.from({ length: Math.min(READ_AT_ONCE, keys.length) }, reader))
  return failed ? undefined : found
}

/** `nothing` where the Pod is gone or has no business with networks any more; undefined where it cannot be known. */
export async function readPod(
  key: ObjectKey,
  { client, project, signal }: Pick<CompletePodsParts, 'client' | 'project' | 'signal'>,
): Promise<PodRecord | 'nothing' | undefined> {
  try {
    const path = objectPath(KINDS.pod, { namespace: namespaceOf(key), name: nameOf(key) })
    const { status, body } = await client.request({ path, signal, timeoutMs: READ_TIMEOUT_MS })
    if (status === 404) return 'nothing'
    const pod = isSuccess(status) ? identify(body) : undefined
    return pod && (project(pod) ?? 'nothing')
  } catch (error) {
    if (error instanceof ApiUnreachable) return undefined
    throw error
  }
}

/** A whole list is newer than the candidates, so what it does not hold is gone. */
async function listWhole(
  keys: readonly ObjectKey[],
  { client, project, signal }: CompletePodsParts,
): Promise<PodRecord[] | undefined> {
  const list = await listRecords<PodRecord>({ client, kind: KINDS.pod, signal }, (pod) => project(pod))
  if (list.kind !== 'listed') return undefined
  return keys.flatMap((key) => list.records.get(key)?.record ?? [])
}
