// What does this selector match in its namespace, and which networks does that ask for? Looks now, cheaply: one page of
// Pods, and templates only where the Pods leave a doubt. Undefined where there is more than that, or no answer.

import type { Selected } from '../core/admission/surroundings.ts'
import { networksOfTemplate, podTemplateOf } from '../core/networks/referrer-record.ts'
import { fieldAt, textAt } from '../core/networks/untrusted.ts'
import { usesOf } from '../core/networks/uses.ts'
import { namespaceOf } from '../core/object-key.ts'
import type { ReferrerKind, WorkloadKind } from '../core/settings.ts'
import { selects } from '../core/endpoints/selector.ts'
import { textMapAt, type TextMap } from '../core/endpoints/text-map.ts'
import type { ServiceWish } from '../core/services/wish.ts'
import type { ApiClient } from './client.ts'
import { listSome, METADATA_ONLY } from './list.ts'
import { REFERRERS } from './referrers.ts'
import { KINDS, type Kind } from './kinds.ts'

export interface Looking {
  readonly client: Pick<ApiClient, 'request'>
  readonly timeoutMs: number
  readonly multusNamespace: string
}

/** More is not looked at: a warning is not worth it. */
const MOST_PODS = 100
const MOST_WORKLOADS = 200

export async function selectedBy(
  wish: ServiceWish,
  looking: Looking,
): Promise<readonly Selected[] | undefined> {
  const pods = await podsSelected(wish, looking)
  if (pods === undefined || asksFor(wish, pods.found)) return pods?.found
  const templates = await Promise.all(WORKLOADS.map((workload) => templatesSelected(wish, workload, looking)))
  const all = [pods, ...templates]
  const found = all.flatMap((some) => some?.found ?? [])
  return asksFor(wish, found) || all.every((some) => some?.whole) ? found : undefined
}

interface Found {
  readonly found: readonly Selected[]
  /** Nothing was left out. */
  readonly whole: boolean
}

function asksFor({ network }: ServiceWish, selected: readonly Selected[]): boolean {
  return selected.some(({ networks }) => networks.includes(network))
}

async function podsSelected(
  { service, selector }: ServiceWish,
  { client, timeoutMs, multusNamespace }: Looking,
): Promise<Found | undefined> {
  const namespace = namespaceOf(service)
  const list = await listSome({
    ...{ client, kind: KINDS.pod, namespace, timeoutMs, accept: METADATA_ONLY, limit: MOST_PODS },
    labelSelector: written(selector),
    fieldSelector: 'status.phase!=Succeeded,status.phase!=Failed',
  })
  if (list.kind !== 'some') return undefined
  const found = list.objects.map((pod): Selected => {
    const { uses } = usesOf(fieldAt(pod, 'metadata', 'annotations'), namespace, multusNamespace)
    return { kind: 'Pod', name: nameOf(pod), networks: uses.map(({ nad }) => nad) }
  })
  return { found, whole: !list.more }
}

interface Workload {
  readonly kind: WorkloadKind
  readonly served: Kind
}

const WORKLOADS: readonly Workload[] = REFERRERS.flatMap(({ kind, served }) =>
  isWorkload(kind) ? [{ kind, served }] : [],
)

function isWorkload(kind: ReferrerKind): kind is WorkloadKind {
  return kind !== 'NetService' && kind !== 'Service'
}

async function templatesSelected(
  { service, selector }: ServiceWish,
  { kind, served }: Workload,
  { client, timeoutMs, multusNamespace }: Looking,
): Promise<Found | undefined> {
  const namespace = namespaceOf(service)
  const list = await listSome({ client, kind: served, namespace, timeoutMs, limit: MOST_WORKLOADS })
  if (list.kind !== 'some') return undefined
  const found = list.objects.flatMap((workload): Selected[] => {
    const template = podTemplateOf(kind, workload)
    if (!selects(selector, textMapAt(template, 'metadata', 'labels'))) return []
    const networks = networksOfTemplate(template, namespace, multusNamespace)
    return [{ kind, name: nameOf(workload), networks }]
  })
  return { found, whole: !list.more }
}

function nameOf(object: unknown): string {
  return textAt(object, 'metadata', 'name') ?? ''
}

function written(selector: TextMap): string {
  return Object.entries(selector)
    .map(([key, value]) => `${key}=${value}`)
    .join(',')
}
