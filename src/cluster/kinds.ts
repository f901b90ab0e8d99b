// Where does the API server serve each kind? The only place that builds its paths.
// Never asks the server: what it serves is a matter of discovery by trying.

import { NAD, NET_SERVICE, OLD_NET_SERVICE } from '../core/names.ts'

export interface Kind {
  /** Empty for the core group. */
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  /** Defined by a CRD or by newer servers only, so it may come later and go again; every other kind is always there. */
  readonly custom: boolean
}

export const KINDS = {
  pod: builtIn('', 'v1', 'Pod', 'pods'),
  service: builtIn('', 'v1', 'Service', 'services'),
  node: clusterWide('', 'v1', 'Node', 'nodes'),
  namespace: clusterWide('', 'v1', 'Namespace', 'namespaces'),
  configMap: builtIn('', 'v1', 'ConfigMap', 'configmaps'),
  secret: builtIn('', 'v1', 'Secret', 'secrets'),
  event: builtIn('events.k8s.io', 'v1', 'Event', 'events'),
  deployment: builtIn('apps', 'v1', 'Deployment', 'deployments'),
  statefulSet: builtIn('apps', 'v1', 'StatefulSet', 'statefulsets'),
  daemonSet: builtIn('apps', 'v1', 'DaemonSet', 'daemonsets'),
  job: builtIn('batch', 'v1', 'Job', 'jobs'),
  cronJob: builtIn('batch', 'v1', 'CronJob', 'cronjobs'),
  endpointSlice: builtIn('discovery.k8s.io', 'v1', 'EndpointSlice', 'endpointslices'),
  legacyEndpoints: builtIn('', 'v1', 'Endpoints', 'endpoints'),
  lease: builtIn('coordination.k8s.io', 'v1', 'Lease', 'leases'),
  validatingWebhookConfiguration: clusterWide(
    'admissionregistration.k8s.io',
    'v1',
    'ValidatingWebhookConfiguration',
    'validatingwebhookconfigurations',
  ),
  mutatingWebhookConfiguration: clusterWide(
    'admissionregistration.k8s.io',
    'v1',
    'MutatingWebhookConfiguration',
    'mutatingwebhookconfigurations',
  ),
  customResourceDefinition: clusterWide(
    'apiextensions.k8s.io',
    'v1',
    'CustomResourceDefinition',
    'customresourcedefinitions',
  ),
  subjectAccessReview: clusterWide(
    'authorization.k8s.io',
    'v1',
    'SubjectAccessReview',
    'subjectaccessreviews',
  ),
  selfSubjectAccessReview: clusterWide(
    'authorization.k8s.io',
    'v1',
    'SelfSubjectAccessReview',
    'selfsubjectaccessreviews',
  ),
  nad: {
    group: NAD.group,
    version: NAD.version,
    kind: NAD.kind,
    plural: NAD.plural,
    namespaced: true,
    custom: true,
  },
  netService: {
    group: NET_SERVICE.group,
    version: NET_SERVICE.version,
    kind: NET_SERVICE.kind,
    plural: NET_SERVICE.plural,
    namespaced: true,
    custom: true,
  },
  oldNetService: {
    group: OLD_NET_SERVICE.group,
    version: OLD_NET_SERVICE.version,
    kind: OLD_NET_SERVICE.kind,
    plural: OLD_NET_SERVICE.plural,
    namespaced: true,
    custom: true,
  },
  /** Not served before Kubernetes 1.33. */
  serviceCidr: {
    group: 'networking.k8s.io',
    version: 'v1',
    kind: 'ServiceCIDR',
    plural: 'servicecidrs',
    namespaced: false,
    custom: true,
  },
} as const satisfies Record<string, Kind>

/** `pods`, `deployments.apps`: as kubectl and the API server's refusals spell a resource. */
export function resourceName({ group, plural }: Kind): string {
  return group === '' ? plural : `${plural}.${group}`
}

/** The path of all objects of a kind: of one namespace, or of the whole cluster. */
export function collectionPath(kind: Kind, namespace?: string): string {
  const root = kind.group === '' ? `/api/${kind.version}` : `/apis/${kind.group}/${kind.version}`
  if (!kind.namespaced || namespace === undefined) return `${root}/${kind.plural}`
  return `${root}/namespaces/${segment(namespace)}/${kind.plural}`
}

export interface ObjectReference {
  /** Ignored for kinds without namespaces. */
  readonly namespace?: string
  readonly name: string
}

/** The path of one object, or of a part of it such as `status`. */
export function objectPath(kind: Kind, { namespace, name }: ObjectReference, subresource?: string): string {
  const path = `${collectionPath(kind, namespace)}/${segment(name)}`
  return subresource === undefined ? path : `${path}/${segment(subresource)}`
}

/**
 * Nothing can be called "", "." or "..", yet a path with them would mean another object. Nothing can be called "-"
 * either (RFC 1123), so it stands in for them and the API server answers the truth: not found.
 */
function segment(text: string): string {
  if (text === '' || text === '.' || text === '..') return '-'
  return encodeURIComponent(text.toWellFormed())
}

function builtIn(group: string, version: string, kind: string, plural: string): Kind {
  return { group, version, kind, plural, namespaced: true, custom: false }
}

function clusterWide(group: string, version: string, kind: string, plural: string): Kind {
  return { group, version, kind, plural, namespaced: false, custom: false }
}
