// What is remembered of Services, NetServices, ServiceCIDRs and slices where EndpointSlices are kept.
// Never decides anything: each is read once, as it arrives.

import { endpointSlice, isOurs, type Endpoint, type EndpointSlice } from '../core/endpoints/endpoint-slice.ts'
import { serviceRecord, type ServiceRecord } from '../core/endpoints/service-record.ts'
import type { Pool } from '../core/endpoints/pool.ts'
import type { KubernetesObject, ObjectMeta } from '../core/kubernetes.ts'
import { ANNOTATIONS, DIALECT_ANNOTATIONS, LABELS, MANAGED_BY, SLICE_LABELS } from '../core/names.ts'
import { isTerminating } from '../core/networks/metadata.ts'
import { fieldAt, listAt, textAt } from '../core/networks/untrusted.ts'
import {
  askedBy,
  askedByNetService,
  hasNoPodKeyOrOriginal,
  SERVICE_ANNOTATIONS,
  type NetServiceGroup,
} from '../core/services/dialects.ts'
import { readServiceForm, type ServiceForm } from '../core/services/service-form.ts'
import type { Asked } from '../core/services/wish.ts'

export interface KnownService {
  readonly record: ServiceRecord
  /** With none but the annotations that say something about a network. */
  readonly form: ServiceForm
  /** What it asks for itself; a NetService asks for its own. */
  readonly asked: Asked | undefined
  /** It asks, is marked by us, or belongs to a NetService. */
  readonly concernsUs: boolean
  /** As much of its metadata as says whose it is. */
  readonly whose: KubernetesObject
  readonly clusterIPs: readonly string[]
}

const REMEMBERED: readonly string[] = [
  ...SERVICE_ANNOTATIONS,
  ...Object.values(DIALECT_ANNOTATIONS),
  ANNOTATIONS.adopt,
  ANNOTATIONS.endpointsWritten,
]

export function knownService(raw: KubernetesObject): KnownService | undefined {
  const record = serviceRecord(raw)
  if (record === undefined) return undefined
  const read = readServiceForm(raw)
  const annotations = Object.fromEntries(
    Object.entries(read.annotations).filter(([key]) => REMEMBERED.includes(key)),
  )
  const form: ServiceForm = { ...read, annotations, labels: record.labels, ports: read.ports }
  const asked = askedBy(form)
  const concernsUs =
    asked !== undefined ||
    hasNoPodKeyOrOriginal(form) ||
    form.labels[LABELS.netServiceUid] !== undefined ||
    annotations[ANNOTATIONS.endpointsWritten] !== undefined
  const clusterIPs = listAt(raw, 'spec', 'clusterIPs').filter((ip) => typeof ip === 'string')
  return { record, form, asked, concernsUs, whose: { metadata: whoseMetadata(raw, annotations) }, clusterIPs }
}

function whoseMetadata(raw: KubernetesObject, annotations: Readonly<Record<string, string>>): ObjectMeta {
  const { labels, ownerReferences, deletionTimestamp, uid, resourceVersion } = raw.metadata ?? {}
  const label = labels?.[LABELS.netServiceUid]
  return {
    annotations,
    ...(uid && { uid }),
    ...(resourceVersion && { resourceVersion }),
    ...(label !== undefined && { labels: { [LABELS.netServiceUid]: label } }),
    ...(ownerReferences && { ownerReferences }),
    ...(deletionTimestamp && { deletionTimestamp }),
  }
}

export interface KnownNetService {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly group: NetServiceGroup
  readonly generation: number
  readonly terminating: boolean
  readonly asked: Asked
  /** As the API server has it. */
  readonly status: unknown
}

export function knownNetService(group: NetServiceGroup) {
  return (raw: KubernetesObject): KnownNetService | undefined => {
    const namespace = textAt(raw, 'metadata', 'namespace')
    const name = textAt(raw, 'metadata', 'name')
    if (!namespace || !name) return undefined
    return {
      namespace,
      name,
      uid: textAt(raw, 'metadata', 'uid') ?? '',
      group,
      generation: Number(fieldAt(raw, 'metadata', 'generation') ?? 0),
      terminating: isTerminating(raw),
      asked: askedByNetService(raw, group),
      status: fieldAt(raw, 'status'),
    }
  }
}

export function serviceCidrs(raw: KubernetesObject): readonly string[] {
  return listAt(raw, 'spec', 'cidrs').filter((cidr) => typeof cidr === 'string')
}

/** Ours in full, since a slice is written back whole; of others' only what the plan compares. */
export function knownSlice(shared: Pool) {
  return (raw: KubernetesObject): EndpointSlice | undefined => {
    const slice = endpointSlice(raw)
    if (slice === undefined || isOurs(slice)) return slice
    return slice.metadata?.labels?.[SLICE_LABELS.service] === undefined ? undefined : slim(slice, shared)
  }
}

function slim({ metadata, addressType, endpoints }: EndpointSlice, shared: Pool): EndpointSlice {
  const { name, namespace, uid, deletionTimestamp, labels = {} } = metadata ?? {}
  const kept = [SLICE_LABELS.service, SLICE_LABELS.managedBy].flatMap((key) =>
    labels[key] === undefined ? [] : [[key, shared.text(labels[key])] as const],
  )
  return {
    metadata: {
      ...(name && { name }),
      ...(namespace && { namespace: shared.text(namespace) }),
      ...(uid && { uid }),
      ...(deletionTimestamp && { deletionTimestamp }),
      labels: Object.fromEntries(kept),
    },
    addressType,
    // The built-in controller's slices say who their endpoints are; anybody else's addresses matter alone.
    endpoints: endpoints.map((endpoint) => slimEndpoint(endpoint, labels[SLICE_LABELS.managedBy], shared)),
    ports: [],
  }
}

function slimEndpoint(
  { addresses, hostname, targetRef }: Endpoint,
  manager: string | undefined,
  shared: Pool,
): Endpoint {
  const { namespace, name, uid } = targetRef ?? {}
  return {
    addresses: manager === MANAGED_BY.builtIn ? addresses.slice(0, 1) : addresses,
    ...(hostname && { hostname }),
    ...(targetRef && {
      targetRef: {
        ...(namespace && { namespace: shared.text(namespace) }),
        ...(name && { name }),
        ...(uid && { uid }),
      },
    }),
  }
}
