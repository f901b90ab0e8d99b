// What exactly gets installed with these options? Changes the objects of the files where an option says so.
// Never reads a file or talks to a cluster; the same input gives the same objects.

import { INSTALLED } from '../core/names.ts'
import { isObject, type Json, type JsonObject, type Manifest } from './manifest.ts'
import type { RenderOptions, Subject } from './options.ts'

/** The objects to install, in the order of `manifests`. */
export function render(manifests: readonly Manifest[], options: RenderOptions): Manifest[] {
  return manifests
    .filter((manifest) => isNeeded(manifest, options))
    .map((manifest) => withImage(manifest, options.image))
    .map((manifest) => withRecovery(manifest, options.recreates))
    .map((manifest) => withUrl(manifest, options.webhookUrl))
    .map((manifest) => inNamespace(manifest, options.namespace))
    .map((manifest) => boundTo(manifest, options))
}

const WORKLOADS = ['Deployment', 'Service', 'PodDisruptionBudget']

function isNeeded({ kind }: Manifest, { webhookUrl, subjects }: RenderOptions): boolean {
  if (webhookUrl === undefined) return true
  return !WORKLOADS.includes(kind) && !(kind === 'ServiceAccount' && subjects.length > 0)
}

/** Every value that names our Namespace names the other one: its own name, references, selectors. */
function inNamespace(manifest: Manifest, namespace: string | undefined): Manifest {
  if (namespace === undefined) return manifest
  return change(manifest, (value) => (value === INSTALLED.namespace ? namespace : value)) as Manifest
}

function withImage(manifest: Manifest, image: string | undefined): Manifest {
  if (image === undefined || manifest.kind !== 'Deployment') return manifest
  return change(manifest, (value, key) => (key === 'image' ? image : value)) as Manifest
}

function withRecovery(manifest: Manifest, recreates: boolean): Manifest {
  if (!recreates || manifest.kind !== 'Deployment') return manifest
  return change(manifest, (value, key) =>
    key === 'args' && Array.isArray(value) ? [...(value as readonly Json[]), '--recover=recreate'] : value,
  ) as Manifest
}

function withUrl(manifest: Manifest, url: string | undefined): Manifest {
  if (url === undefined || !manifest.kind.endsWith('WebhookConfiguration')) return manifest
  return change(manifest, (value, key) =>
    key === 'clientConfig' ? { url: `${url}${pathOf(value)}` } : value,
  ) as Manifest
}

/** The path that the entry of the file calls on our Service. */
function pathOf(clientConfig: Json): string {
  const service = isObject(clientConfig) ? clientConfig['service'] : undefined
  const path = isObject(service) ? service['path'] : undefined
  return typeof path === 'string' ? path : ''
}

/** Who serves from outside gets what the ServiceAccount has; without a workload, instead of the ServiceAccount. */
function boundTo(manifest: Manifest, { webhookUrl, subjects }: RenderOptions): Manifest {
  if (!manifest.kind.endsWith('RoleBinding') || subjects.length === 0) return manifest
  const own = webhookUrl === undefined ? (manifest['subjects'] as readonly Json[]) : []
  return { ...manifest, subjects: [...own, ...subjects.map(subjectOf)] }
}

function subjectOf(subject: Subject): JsonObject {
  if (subject.kind === 'ServiceAccount') return { ...subject }
  return { apiGroup: 'rbac.authorization.k8s.io', ...subject }
}

/** A copy in which every value was offered to `replace`, outermost first, with the key it stands under. */
function change(value: Json, replace: (value: Json, key: string) => Json, key = ''): Json {
  const replaced = replace(value, key)
  if (replaced !== value) return replaced
  if (Array.isArray(value)) return value.map((item: Json) => change(item, replace, key))
  if (!isObject(value)) return value
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [name, change(inner, replace, name)]),
  )
}
