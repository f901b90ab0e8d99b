// Which addresses did a Service have, moment by moment? From the API server's own sequence of slice events, so that no
// state is too short to be seen. Never tells whose slice it was: whoever resolves the name is not told either.

import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { SLICE_LABELS } from '../../src/core/names.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { KIT } from '../control-plane/users.ts'
import type { Seen } from './courses.ts'
import { eventually } from './wait.ts'

interface Slice extends KubernetesObject {
  readonly endpoints?:
    | readonly { readonly addresses: readonly string[]; readonly conditions?: { readonly ready?: boolean } }[]
    | null
}

export interface SliceWatch {
  /** The Service's ready addresses, all families and slices together, after every event. */
  readonly seen: () => readonly Seen[]
  /** Catches up with everything written so far, then ends; throws where the watch broke. */
  readonly stop: () => Promise<void>
}

/** Watches from now on; what is there already is the first moment. */
export async function watchSlices(
  { request, watch }: Pick<ControlPlane, 'request' | 'watch'>,
  namespace: string,
  service: string,
): Promise<SliceWatch> {
  const selector = encodeURIComponent(`${SLICE_LABELS.service}=${service}`)
  const collection = `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices`
  const as = { user: KIT.name }
  const list = (await request('GET', `${collection}?labelSelector=${selector}`, undefined, as)).body
  const slices = new Map((list.items ?? []).map((slice) => [slice.metadata?.name ?? '', slice as Slice]))
  const seen: Seen[] = [readyAddresses(slices)]
  const from = list.metadata?.resourceVersion ?? ''
  const ending = new AbortController()
  let broken: unknown

  const query = `labelSelector=${selector}&resourceVersion=${from}`
  const watching = (async () => {
    for await (const { type, object } of watch(`${collection}?${query}`, { ...as, signal: ending.signal })) {
      if (type === 'ERROR') throw new Error(object.message ?? 'the watch ended with an error')
      const name = object.metadata?.name ?? ''
      if (type === 'DELETED') slices.delete(name)
      else slices.set(name, object)
      seen.push(readyAddresses(slices))
    }
    throw new Error('the API server ended the watch')
  })().catch((error: unknown) => {
    if (!ending.signal.aborted) broken = error
  })
  // What a list shows now must have come by event; only then is the record whole.
  const isCaughtUp = async (): Promise<boolean> => {
    if (broken !== undefined) return true
    const { items = [] } = (await request('GET', `${collection}?labelSelector=${selector}`, undefined, as))
      .body
    const told = [...slices.values()].map(version).sort()
    return String(items.map(version).sort()) === String(told)
  }
  return {
    seen: () => seen,
    async stop() {
      await eventually(isCaughtUp, { what: `the slices of ${service} are known to the watch` })
      ending.abort()
      await watching
      if (broken !== undefined)
        throw new Error(`the slices of ${service} were not seen to the end`, { cause: broken })
    },
  }
}

const version = ({ metadata }: KubernetesObject): string => `${metadata?.uid} ${metadata?.resourceVersion}`

// Nothing said about readiness means ready. Source: k8s.io/api, discovery/v1, EndpointConditions.
function readyAddresses(slices: ReadonlyMap<string, Slice>): Seen {
  const endpoints = [...slices.values()].flatMap(({ endpoints }) => endpoints ?? [])
  const ready = endpoints.filter(({ conditions }) => conditions?.ready !== false)
  return ready.flatMap(({ addresses }) => addresses).sort()
}
