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
  /** On a Service without selector: the labels of its Pods, as `app=a,tier=b`. */
  selector: `${GROUP}/selector`,
  /** On a Service: how the built-in controllers are kept away from it, or that they may have it back. */
  strategy: `${GROUP}/strategy`,
  /** On a Service that was taken over: what it was before, as JSON. Written by our webhook only. */
  originalSelector: `${GROUP}/original-selector`,
  /** On a Service with strategy takeover: `ready`, once the built-in controllers' slices are empty. */
  takeover: `${GROUP}/takeover`,
  /** On a Service: `PodName` publishes `<pod>.<service>`. */
  hostnames: `${GROUP}/hostnames`,
  /** On a Service without selector: `true` writes the deprecated Endpoints as well. */
  writeEndpoints: `${GROUP}/write-endpoints`,
  /** On a Service: our loop wrote its Endpoints, so they are ours to take away. Written by the loop only. */
  endpointsWritten: `${GROUP}/endpoints-written`,
  /** On a Service: the name of the NetService that may have it from now on. */
  adopt: `${GROUP}/adopt`,
} as const

/** What Services were told by the systems that Sidenet replaces. */
export const DIALECT_ANNOTATIONS = {
  /** multus-service, `docs/`: one network; counts only beside the label of `DIALECT_LABELS`. */
  serviceNetwork: 'k8s.v1.cni.cncf.io/service-network',
  /** DANM, `pkg/svccontrol/utils.go`: the labels of the Pods as a JSON object. The newer key wins. */
  danmSelector: 'danm.io/selector',
  danmSelectorOld: 'danm.k8s.io/selector',
  /** DANM: one network, by the kind it is described with there. */
  danmNetwork: 'danm.io/network',
  danmTenantNetwork: 'danm.io/tenantNetwork',
  danmClusterNetwork: 'danm.io/clusterNetwork',
  danmNetworkOld: 'danm.k8s.io/network',
  danmTenantNetworkOld: 'danm.k8s.io/tenantNetwork',
  danmClusterNetworkOld: 'danm.k8s.io/clusterNetwork',
} as const

/** Source: Kubernetes, `pkg/proxy/apis/well_known_labels.go`; the value is multus-service's. */
export const DIALECT_LABELS = {
  serviceProxyName: 'service.kubernetes.io/service-proxy-name',
} as const
export const MULTUS_PROXY = 'multus-proxy'

export const LABELS = {
  /** On a Namespace: `enforce`, `warn` or `off`. */
  guard: `${GROUP}/guard`,
  /** On a Service that we made: the uid of its NetService, by which it is ours even when its owner was stripped. */
  netServiceUid: `${GROUP}/net-service-uid`,
} as const

/** Labels and annotations of Services and EndpointSlices. Source: k8s.io/api, discovery/v1 and core/v1. */
export const SLICE_LABELS = {
  service: 'kubernetes.io/service-name',
  managedBy: 'endpointslice.kubernetes.io/managed-by',
  headless: 'service.kubernetes.io/headless',
} as const

export const SLICE_ANNOTATIONS = {
  /** On a slice: when the change behind it happened. */
  lastChangeTriggerTime: 'endpoints.kubernetes.io/last-change-trigger-time',
  /** On a Service: hints by the CPUs of the zones. The older key wins where both are present. */
  topologyAwareHints: 'service.kubernetes.io/topology-aware-hints',
  topologyMode: 'service.kubernetes.io/topology-mode',
} as const

/** On the deprecated Endpoints. Source: kubernetes/kubernetes, pkg/apis/core; k8s.io/api, core/v1 and discovery/v1. */
export const ENDPOINTS_LABELS = {
  skipMirror: 'endpointslice.kubernetes.io/skip-mirror',
  managedBy: 'endpoints.kubernetes.io/managed-by',
} as const

export const ENDPOINTS_ANNOTATIONS = {
  overCapacity: 'endpoints.kubernetes.io/over-capacity',
} as const

/** Who looks after a slice: ours, and the two built-in controllers. */
export const MANAGED_BY = {
  sidenet: `endpointslice-controller.${GROUP}`,
  builtIn: 'endpointslice-controller.k8s.io',
  mirroring: 'endpointslicemirroring-controller.k8s.io',
} as const

/** On a Node. */
export const ZONE_LABEL = 'topology.kubernetes.io/zone'

/** In a Service's selector: no Pod carries it, so the built-in controllers select nothing. */
export const NO_POD_KEY = `${GROUP}/no-pod`

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

/** The group of net-service-controller, whose objects are served where its CRD is installed. */
export const OLD_NET_SERVICE = {
  group: 'svcctl.metaswitch.com',
  version: 'v1alpha1',
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

/** The entries of both configurations that look after NetServices and Services; one duty, asked twice. */
export const SERVICE_WEBHOOKS = {
  netService: `net-service.${GROUP}`,
  annotatedService: `annotated-service.${GROUP}`,
} as const

/** What holds in the API server itself, whether we are up or not. */
export const POLICIES = {
  /** No Pod carries the no-pod key. */
  noPodKey: `${INSTALLED.name}-no-pod-key`,
  /** Only who may update `pods/status` changes a network-status. */
  networkStatus: `${INSTALLED.name}-network-status`,
} as const

/** The namespaces whose NADs are guarded by an entry that fails open, so that they can always be repaired. */
export const SYSTEM_NAMESPACE = 'kube-system'

/** What the deletion guard answers, and what it warns about beside its answer. */
export const GUARD_REASONS = {
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

/**
 * The catalogue of reasons. One sentence each, the same in denials, Events, conditions, metrics and
 * `docs/reasons.md`; a reason is never used for a second meaning.
 */
export const REASONS = {
  ...GUARD_REASONS,
  DecisionLate: 'No decision was made in the time that the request allows.',

  // A NetService or annotated Service, as it is admitted.
  NetServiceInvalid: 'A field of the NetService cannot work as it is written.',
  NetServiceAccepted: 'The NetService can work as it is written.',
  NetServiceDefaulted: 'Fields of the NetService that were left out, or written unusually, were filled in.',
  ServiceTaken:
    'A Service of that name exists and does not belong to the NetService, so it is left alone and nothing is published.',
  NetServiceTaken: 'A NetService of the same name exists in the group sidenet.io, which goes first.',
  ServiceInvalid: 'What the Service says about its network cannot work as it is written.',
  ServiceAccepted: 'What the Service says about its network can work as it is written.',
  NoPodKeySet:
    'The no-pod key was put into the selector of the Service, so that the built-in controllers select no Pod for it.',
  SelectorTaken:
    'The selector of the Service was moved into an annotation, so that the built-in controllers leave the Service alone.',
  SelectorGivenBack: 'The Service has its own selector again, so the built-in controllers serve it.',
  ServiceTidied: 'Annotations that had become meaningless were removed from the Service.',
  NetworkNotFound:
    'The NetworkAttachmentDefinition does not exist (yet); addresses that Pods have there are published all the same.',
  NetworkFound: 'The NetworkAttachmentDefinition exists.',
  NothingSelected: 'The selector matches no Pod and no Pod template of the namespace.',
  NetworkNotRequested: 'Nothing that the selector matches asks for the network.',

  // One Pod of a Service: published, or why not.
  EndpointsPublished: 'Addresses of the network are published in EndpointSlices of the Service.',
  PodFinished: 'The Pod has succeeded or failed, so it has no network any more.',
  PodOnHostNetwork: 'The Pod uses the network of its node, so it has no other network.',
  NetworkStatusMissing: 'The Pod has no network-status: Multus has not attached it to any network (yet).',
  NetworkStatusUnreadable: "The Pod's network-status cannot be read, so nothing in it is believed.",
  NetworkStatusNotBelieved:
    "The Pod's network-status names a first address that is not the Pod's own, so nothing in it is believed.",
  PodAddressUnknown: 'The Pod has no first address yet by which its network-status could be believed.',
  NetworkNotAttached: "The Pod's network-status does not hold the network of the Service.",
  AttachmentWithoutAddress: 'The Pod is attached to the network but has no address there.',
  AddressUnusable: 'The address is malformed, or of a kind that is never published.',
  AddressOfServiceRange: 'The address lies in the range of cluster IPs, so it cannot be an address of a Pod.',
  AddressOfAnotherPod: 'The address is the first address of another Pod.',
  AddressFamilyNotServed: 'The address is of an IP family that the Service does not list.',
  NodeUnknown: 'The Node of the Pod is not known (yet), so the Pod waits for it.',

  // A Service as a whole.
  AddressDuplicate: 'More than one Pod of the Service has the same address; each of them is published.',
  NoPodKeyMissing:
    'The built-in controllers select Pods for this Service, so nothing is published beside their first addresses.',
  HeldBackByOtherSlice:
    "Another controller's EndpointSlice of the Service holds addresses, so nothing is published beside them.",
  OtherSliceBeside:
    "Another controller's EndpointSlice of the Service holds addresses beside the ones published by Sidenet.",
  EndpointsTaken: 'Somebody else wrote the Endpoints of the Service, so they are left alone.',
  ReleasePending:
    "The Service is given back: its endpoints stay until the built-in controllers' slices hold the same Pods.",

  // What only `sidenet why` says.
  NetworkNotNamed: 'The Service names no secondary network.',
  SlicesNotWritten: 'EndpointSlices of the Service are not (yet) as they should be.',

  // A NetworkAttachmentDefinition that went although Pods use it.
  NetworkVanished: 'The NetworkAttachmentDefinition is gone although Pods hold on to it.',
  NetworkTerminating:
    'The NetworkAttachmentDefinition is being deleted and only waits for its finalizers, so no further Pod should count on it.',
  NetworkRecreated: 'The NetworkAttachmentDefinition had gone and was put back as it was last known.',
} as const

export type Reason = keyof typeof REASONS
