// Every group, kind, key and reason that Sidenet reads or writes, once.
// Never builds anything from them: what a name means is said where it is used.

export const GROUP = 'sidenet.io'
export const VERSION = 'v1alpha1'

/** Where people put what they tell us, and what Multus and the platform write. */
export const ANNOTATIONS = {
  /** On a Pod: the networks it asks for. On a Service: the one network it is reached on. */
  networks: 'k8s.v1.cni.cncf.io/networks',
  /** On a Pod: replaces its first network. Source: Multus, `docs/configuration.md`. */
  defaultNetwork: 'v1.multus-cni.io/default-network',
  /** On a Pod: the networks it got, written by Multus through `pods/status`. */
  networkStatus: 'k8s.v1.cni.cncf.io/network-status',
  /** The same before Multus 4.0. Where both are present the newer key wins. */
  networkStatusOld: 'k8s.v1.cni.cncf.io/networks-status',
  /** On a NAD, its CRD or its Namespace: break glass. The value is the reason. */
  allowDeletion: `${GROUP}/allow-deletion`,
  /** On a NAD: refuse its deletion even without users. The value is the reason. */
  protected: `${GROUP}/protected`,
} as const

export const LABELS = {
  /** On a Namespace: `enforce`, `warn` or `off`. */
  guard: `${GROUP}/guard`,
} as const

export const NAD = {
  group: 'k8s.cni.cncf.io',
  version: 'v1',
  kind: 'NetworkAttachmentDefinition',
  plural: 'network-attachment-definitions',
  crd: 'network-attachment-definitions.k8s.cni.cncf.io',
} as const

export const NET_SERVICE = {
  group: GROUP,
  version: VERSION,
  kind: 'NetService',
  plural: 'netservices',
} as const

/** What stands in the cluster when Sidenet is installed. */
export const INSTALLED = {
  namespace: 'sidenet-system',
  name: 'sidenet',
  webhookService: 'sidenet-webhook',
  tlsSecret: 'sidenet-tls',
  configMap: 'sidenet-config',
  webhookConfiguration: 'sidenet',
} as const

/** The entries of our webhook configuration; each is a duty with a failure policy of its own. */
export const WEBHOOKS = {
  nadDeletion: `nad-deletion.${GROUP}`,
  systemNadDeletion: `system-nad-deletion.${GROUP}`,
  nadCrdDeletion: `nad-crd-deletion.${GROUP}`,
  namespaceDeletion: `namespace-deletion.${GROUP}`,
} as const

/** The namespaces whose NADs are guarded by an entry that fails open, so that they can always be repaired. */
export const SYSTEM_NAMESPACE = 'kube-system'

/**
 * The catalogue of reasons. One sentence each, the same in denials, Events, conditions, metrics and
 * `docs/reasons.md`; a reason is never used for a second meaning.
 */
export const REASONS = {
  NetworkInUse: 'Pods hold on to the NetworkAttachmentDefinition, so it may not be deleted.',
  NetworkProtected:
    'The NetworkAttachmentDefinition is marked as protected, so it may not be deleted even without users.',
  NetworkUseUnconfirmed:
    'It could not be confirmed in time that nothing uses the NetworkAttachmentDefinition; the same request may pass in a moment.',
  NetworkFree: 'Nothing that counts uses the NetworkAttachmentDefinition, so it may be deleted.',
  AlreadyTerminating: 'The object is being deleted already; that was decided before.',
  DeletionOverridden: 'Somebody allowed the deletion by annotation and said why.',
  GuardOff: 'The guard is switched off for this namespace.',
  NotGuarded: 'The request is about nothing that Sidenet guards.',
  ReviewIncomplete: 'The API server sent no old object, so it cannot be told what is to be deleted.',
  NetworkRequested:
    'A Pod of another namespace names the NetworkAttachmentDefinition but has not started; it is warned about and does not count.',
  NetworkReferenced:
    'A workload template, NetService or Service names the NetworkAttachmentDefinition; it is warned about and does not count unless blockOn says so.',
  AnnotationUnreadable:
    'A network annotation cannot be read, so Multus cannot attach what it asks for; it counts as no use.',
} as const

export type Reason = keyof typeof REASONS
