// The EndpointSlices of a Service as any consumer sees them: the union of everybody's. Never judges them.

import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import { MANAGED_BY, SLICE_LABELS } from '../../src/core/names.ts'
import type { ControlPlane } from '../control-plane/start.ts'

export interface Slice extends KubernetesObject {
  readonly endpoints: readonly { readonly addresses: readonly string[] }[] | null
}

export const slicePath = (namespace: string, name = ''): string =>
  `/apis/discovery.k8s.io/v1/namespaces/${namespace}/endpointslices${name && `/${name}`}`

/** Managed by us. */
export async function ourSlices(
  { request }: Pick<ControlPlane, 'request'>,
  namespace: string,
  service: string,
): Promise<readonly Slice[]> {
  const selector = `${SLICE_LABELS.service}=${service},${SLICE_LABELS.managedBy}=${MANAGED_BY.sidenet}`
  const { body } = await request(
    'GET',
    `${slicePath(namespace)}?labelSelector=${encodeURIComponent(selector)}`,
  )
  return (body.items ?? []) as readonly Slice[]
}

export function addressesIn(slices: readonly Slice[]): readonly string[] {
  return slices.flatMap(({ endpoints }) => (endpoints ?? []).flatMap(({ addresses }) => addresses)).sort()
}

/** What a client could be told of a Service, once for every change: all addresses of all of its slices. */
export async function* answersOver(
  { watch }: Pick<ControlPlane, 'watch'>,
  namespace: string,
  service: string,
  signal: AbortSignal,
): AsyncGenerator<readonly string[]> {
  const slices = new Map<string, Slice>()
  const selector = encodeURIComponent(`${SLICE_LABELS.service}=${service}`)
  for await (const { type, object } of watch(`${slicePath(namespace)}?labelSelector=${selector}`, {
    signal,
  })) {
    const name = object.metadata?.name ?? ''
    if (type === 'DELETED') slices.delete(name)
    else if (type === 'ADDED' || type === 'MODIFIED') slices.set(name, object as unknown as Slice)
    yield addressesIn([...slices.values()])
  }
}
