// Which Service does a NetService own? The whole of what we write there; a field that is not here is left to others.
// Never tells whose a Service that exists is: that is `ownership.ts`.

import { ANNOTATIONS, LABELS, NET_SERVICE, type OLD_NET_SERVICE } from '../names.ts'
import type { KubernetesObject } from '../kubernetes.ts'
import type { IPFamily } from '../networks/address.ts'
import { nameOf, namespaceOf } from '../object-key.ts'
import type { ServiceForm, WishedPort } from './service-form.ts'
import type { ServiceWish } from './wish.ts'

export interface NetServiceIdentity {
  readonly group: typeof NET_SERVICE.group | typeof OLD_NET_SERVICE.group
  readonly uid: string
}

/** `sidenet.io/v1alpha1`: both groups serve the same version. */
export function versionOf(group: NetServiceIdentity['group']): string {
  return `${group}/${NET_SERVICE.version}`
}

/**
 * A headless Service without selector: nobody else publishes for it. `families` are those that its Pods have, which
 * count where the wish names none.
 */
export function ownService(
  identity: NetServiceIdentity,
  wish: ServiceWish,
  families: readonly IPFamily[],
): KubernetesObject {
  const [namespace, name] = [namespaceOf(wish.service), nameOf(wish.service)]
  const spec = {
    type: 'ClusterIP',
    clusterIP: 'None',
    ...familiesOf(wish.ipFamilies.length > 0 ? wish.ipFamilies : families),
    publishNotReadyAddresses: wish.publishNotReadyAddresses,
    ports: wish.ports.map(portOf),
  }
  const metadata = { namespace, name, ...belonging(identity, name) }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec } as KubernetesObject
}

/**
 * What makes a Service that is there the same: a merge patch, undefined where nothing is to be changed. While no Pod
 * has an address and the wish names no family, the Service keeps its own.
 */
export function ownServicePatch(
  identity: NetServiceIdentity,
  wish: ServiceWish,
  families: readonly IPFamily[],
  { form, isOurs }: { readonly form: ServiceForm; readonly isOurs: boolean },
): object | undefined {
  const wanted = wish.ipFamilies.length > 0 ? wish.ipFamilies : inOrderOf(form.ipFamilies, families)
  const spec = {
    ...(form.selector !== undefined && { selector: null }),
    ...(!samePorts(form, wish) && { ports: wish.ports.map(portOf) }),
    ...(form.publishNotReadyAddresses !== wish.publishNotReadyAddresses && {
      publishNotReadyAddresses: wish.publishNotReadyAddresses,
    }),
    ...(wanted.length > 0 && !sameFamilies(form, wanted) && familiesOf(wanted)),
  }
  if (isOurs) return Object.keys(spec).length === 0 ? undefined : { metadata: {}, spec }
  const adopted = { annotations: { [ANNOTATIONS.adopt]: null } }
  return { metadata: { ...belonging(identity, nameOf(wish.service)), ...adopted }, spec }
}

/**
 * Known by its owner, and by a label, since an orphaning deletion strips the owner. `blockOwnerDeletion` is false,
 * since true needs rights on the NetService's finalizers where that is enforced.
 */
function belonging({ group, uid }: NetServiceIdentity, name: string) {
  const owner = { apiVersion: versionOf(group), kind: NET_SERVICE.kind, name, uid }
  return {
    labels: { [LABELS.netServiceUid]: uid },
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: false }],
  }
}

/** The policy is always written out, since without one the API server makes such a Service dual-stack on any cluster. */
function familiesOf(ipFamilies: readonly IPFamily[]): object {
  if (ipFamilies.length === 0) return { ipFamilyPolicy: 'PreferDualStack' }
  return { ipFamilyPolicy: ipFamilies.length > 1 ? 'RequireDualStack' : 'SingleStack', ipFamilies }
}

function samePorts(form: ServiceForm, wish: ServiceWish): boolean {
  return JSON.stringify(form.ports) === JSON.stringify(wish.ports)
}

function sameFamilies({ ipFamilies }: ServiceForm, wanted: readonly IPFamily[]): boolean {
  return ipFamilies.length === wanted.length && wanted.every((family, at) => ipFamilies[at] === family)
}

/** The first family of a Service cannot be changed. */
function inOrderOf(present: readonly IPFamily[], families: readonly IPFamily[]): readonly IPFamily[] {
  const kept = present.filter((family) => families.includes(family))
  return [...kept, ...families.filter((family) => !kept.includes(family))]
}

function portOf({ name, protocol, port, targetPort, appProtocol }: WishedPort): object {
  return { ...(name && { name }), protocol, port, targetPort, ...(appProtocol && { appProtocol }) }
}
