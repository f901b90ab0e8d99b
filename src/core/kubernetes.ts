// Kubernetes objects as JSON brings them: what we read of each, and nothing more.
// The client library's types promise `Date` where the wire has text, so they are not used for what we parse.
// Every field is optional: nothing that comes over a wire is trusted to be complete.

export interface OwnerReference {
  readonly apiVersion?: string
  readonly kind?: string
  readonly name?: string
  readonly uid?: string
  readonly controller?: boolean
  readonly blockOwnerDeletion?: boolean
}

export interface ObjectMeta {
  readonly name?: string
  readonly generateName?: string
  readonly namespace?: string
  readonly uid?: string
  readonly resourceVersion?: string
  readonly generation?: number
  readonly creationTimestamp?: string
  readonly deletionTimestamp?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly ownerReferences?: readonly OwnerReference[]
  readonly finalizers?: readonly string[]
}

export interface KubernetesObject {
  readonly apiVersion?: string
  readonly kind?: string
  readonly metadata?: ObjectMeta
}

export interface Pod extends KubernetesObject {
  readonly spec?: { readonly nodeName?: string; readonly hostNetwork?: boolean }
  readonly status?: { readonly phase?: string }
}

/** Deployment, StatefulSet, DaemonSet and Job have the template in `spec`, CronJob one level deeper. */
export interface Workload extends KubernetesObject {
  readonly spec?: {
    readonly template?: { readonly metadata?: ObjectMeta }
    readonly jobTemplate?: { readonly spec?: { readonly template?: { readonly metadata?: ObjectMeta } } }
  }
}

export interface NetService extends KubernetesObject {
  readonly spec?: { readonly netAttachDef?: string }
}
