// What is there now, all of it? Reads a kind page by page and projects each object as it comes.
// Never keeps a page, never tries again: what a failure means is for the caller to decide.

import type { ObjectKey } from '../core/object-key.ts'
import type { ApiAnswer, ApiClient } from './client.ts'
import { isSuccess } from './client.ts'
import { broken, failureFrom, refused, type Failure } from './failure.ts'
import { collectionPath, resourceName, type Kind } from './kinds.ts'
import { keyOf } from './projection.ts'
import type { Seen } from './store.ts'
import { isVersion } from './versions.ts'
import { identify, type Identified } from './watch-event.ts'

/** Which objects: a kind, perhaps of one namespace, perhaps selected. */
export interface Selected {
  readonly kind: Kind
  readonly namespace?: string | undefined
  readonly fieldSelector?: string | undefined
  readonly labelSelector?: string | undefined
}

export interface ListRequest extends Selected {
  readonly client: Pick<ApiClient, 'request'>
  readonly signal?: AbortSignal | undefined
  /** For each page. */
  readonly timeoutMs?: number
  /** 0: everything at once. */
  readonly limit?: number
  /** As it is without `accept`: whole objects. */
  readonly accept?: string
}

/** Metadata of any kind, a third of the bytes of whole Pods. Source: kubernetes.io, "Kubernetes API Concepts". */
export const METADATA_ONLY = 'application/json;as=PartialObjectMetadataList;g=meta.k8s.io;v=v1'

/** As client-go's pager; big enough to need few calls, small enough to be parsed in a blink. */
export const PAGE = 500

export interface Listed {
  readonly kind: 'listed'
  /** The moment that the whole list shows. */
  readonly version: string
}

interface Page {
  readonly kind: 'page'
  readonly version: string
  readonly items: readonly unknown[]
  readonly rest: string | undefined
  readonly remaining: number | undefined
}

/**
 * Calls `take` for every object of one consistent moment, not before this call began. Objects without a
 * name or resourceVersion make the answer unreadable. `onVersion` hears the moment as soon as it is known.
 */
export async function listPages(
  request: ListRequest,
  take: (object: Identified) => void,
  onVersion: (version: string) => void = () => undefined,
): Promise<Listed | Failure> {
  let rest: string | undefined
  let version: string | undefined
  do {
    const page = await readPage(request, request.limit ?? PAGE, rest)
    if (page.kind !== 'page') return page
    if (version === undefined) onVersion(page.version)
    if ((version ??= page.version) !== page.version)
      return broken(`the pages of ${resourceName(request.kind)} are of different moments`)
    for (const item of page.items) {
      const identified = identify(item)
      if (!identified)
        return broken(
          `the list of ${resourceName(request.kind)} holds an object without name or resourceVersion`,
        )
      take(identified)
    }
    rest = page.rest
  } while (rest !== undefined)
  return { kind: 'listed', version }
}

export interface RecordList<T> extends Listed {
  readonly records: Map<ObjectKey, Seen<T>>
}

/** Pages that expire while being read: try again, then all at once, as client-go's pager does. */
const LIMITS = [PAGE, PAGE, 0]

/** Everything of a kind, projected, of one consistent moment; starts over where its pages expire. */
export async function listRecords<T>(
  request: ListRequest,
  project: (object: Identified, otherwise: T | undefined) => T | undefined,
): Promise<RecordList<T> | Failure> {
  let last: Failure = broken('nothing was listed')
  for (const limit of LIMITS) {
    const records = new Map<ObjectKey, Seen<T>>()
    const listed = await listPages({ ...request, limit }, (object) => {
      const record = project(object, undefined)
      if (record !== undefined) records.set(keyOf(object), { record, version: object.version })
    })
    if (listed.kind === 'listed') return { ...listed, records }
    last = listed
    if (listed.kind !== 'expired') break
  }
  return last
}

export interface SomeListed {
  readonly kind: 'some'
  readonly objects: readonly unknown[]
  /** Whether there are others. */
  readonly more: boolean
}

/** As many as one page holds, in one call: for questions that a part may answer. */
export async function listSome(
  request: ListRequest & { readonly limit: number },
): Promise<SomeListed | Failure> {
  const page = await readPage(request, request.limit, undefined)
  if (page.kind !== 'page') return page
  return { kind: 'some', objects: page.items, more: page.rest !== undefined }
}

export interface Present {
  readonly kind: 'present'
  /** Not older than anything that was committed when the question was asked. */
  readonly version: string
  /** How many objects there are; undefined where the server does not say. */
  readonly count: number | undefined
}

/** The present moment of a kind and its size, for the price of one small answer. */
export async function presentVersion(request: ListRequest): Promise<Present | Failure> {
  const page = await readPage({ ...request, accept: METADATA_ONLY }, 1, undefined)
  if (page.kind !== 'page') return page
  const { version, items, rest, remaining } = page
  const count =
    rest === undefined ? items.length : remaining === undefined ? undefined : items.length + remaining
  return { kind: 'present', version, count }
}

async function readPage(
  request: ListRequest,
  limit: number,
  rest: string | undefined,
): Promise<Page | Failure> {
  const { client, kind, namespace, fieldSelector, labelSelector, signal, accept, timeoutMs } = request
  try {
    const answer = await client.request({
      path: collectionPath(kind, namespace),
      query: { limit: limit || undefined, continue: rest, fieldSelector, labelSelector },
      signal,
      ...(accept === undefined ? {} : { accept }),
      ...(timeoutMs === undefined ? {} : { timeoutMs }),
    })
    return pageOf(answer, kind)
  } catch (error) {
    return failureFrom(error)
  }
}

interface ListBody {
  readonly kind?: unknown
  readonly metadata?: {
    readonly resourceVersion?: unknown
    readonly continue?: unknown
    readonly remainingItemCount?: unknown
  } | null
  readonly items?: unknown
}

function pageOf({ status, headers, body }: ApiAnswer, kind: Kind): Page | Failure {
  if (!isSuccess(status)) return refused('list', kind, { status, headers, said: body })
  const { kind: listKind, metadata, items }: ListBody = typeof body === 'object' && body !== null ? body : {}
  const version = metadata?.resourceVersion
  const isList =
    typeof listKind === 'string' &&
    listKind.endsWith('List') &&
    (Array.isArray(items) || items === null || items === undefined)
  if (!isList || !isVersion(version))
    return broken(`the API server's answer is not a list of ${resourceName(kind)}`)
  const rest =
    typeof metadata?.continue === 'string' && metadata.continue !== '' ? metadata.continue : undefined
  const remaining = typeof metadata?.remainingItemCount === 'number' ? metadata.remainingItemCount : undefined
  return { kind: 'page', version, items: Array.isArray(items) ? items : [], rest, remaining }
}
