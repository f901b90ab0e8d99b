// How should the Service of a NetService look, and what has to change in the one that is there? Values in, values out.
// Never says anything of slices.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { ANNOTATIONS, LABELS, NET_SERVICE, OLD_NET_SERVICE } from '../core/names.ts'
import type { IPFamily } from '../core/networks/address.ts'
import type { ServiceForm, WishedPort } from '../core/services/service-form.ts'
import type { ServiceWish } from '../core/services/wish.ts'
import type { SeenNetService } from './scene.ts'

export function versionOf(group: SeenNetService['group']): string {
  const version = group === NET_SERVICE.group ? NET_SERVICE.version : OLD_NET_SERVICE.version
  return `${group}/${version}`
}

/** `families` are those that the Pods have. */
export function newService(
  netService: SeenNetService,
  wish: ServiceWish,
  families: readonly IPFamily[],
): KubernetesObject {
  const { namespace, name } = netService
  const spec = {
    clusterIP: 'None',
    ...familiesOf(wish.ipFamilies.length > 0 ? wish.ipFamilies : families),
    ports: wish.ports.map(portOf),
    publishNotReadyAddresses: wish.publishNotReadyAddresses,
  }
  const metadata = { namespace, name, ...belonging(netService) }
  return { apiVersion: 'v1', kind: 'Service', metadata, spec } as KubernetesObject
}

/**
 * A merge patch, undefined where nothing is to be changed. Without families in the wish those of the Pods are listed;
 * while no Pod has any, the Service keeps its own.
 */
export function servicePatch(
  netService: SeenNetService,
  wish: ServiceWish,
  families: readonly IPFamily[],
  { form, isOurs }: { readonly form: ServiceForm; readonly isOurs: boolean },
): object | undefined {
  const wanted = wish.ipFamilies.length > 0 ? wish.ipFamilies : inOrderOf(form.ipFamilies, families)
  const isRight = {
    selector: form.selector === undefined,
    ports: JSON.stringify(form.ports) === JSON.stringify(wish.ports),
    publishing: form.publishNotReadyAddresses === wish.publishNotReadyAddresses,
    families: wanted.length === 0 || sameFamilies(form, wanted),
  }
  if (isOurs && Object.values(isRight).every(Boolean)) return undefined
  const adopted = isOurs ? {} : { annotations: { [ANNOTATIONS.adopt]: null } }
  return {
    metadata: isOurs ? {} : { ...belonging(netService), ...adopted },
    spec: {
      ...(!isRight.selector && { selector: null }),
      ...(!isRight.ports && { ports: wish.ports.map(portOf) }),
      ...(!isRight.publishing && { publishNotReadyAddresses: wish.publishNotReadyAddresses }),
      ...(!isRight.families && familiesOf(wanted)),
    },
  }
}

/** Known by its owner, and by a label, since an orphaning deletion strips the owner. */
function belonging({ group, name, uid }: SeenNetService) {
  const owner = { apiVersion: versionOf(group), kind: NET_SERVICE.kind, name, uid }
  return {
    labels: { [LABELS.netServiceUid]: uid },
    // true would need rights on finalizers where OwnerReferencesPermissionEnforcement is on.
    ownerReferences: [{ ...owner, controller: true, blockOwnerDeletion: false }],
  }
}

/** The policy always stands there: a headless Service without selector otherwise becomes dual-stack on any cluster. */
function familiesOf(ipFamilies: readonly IPFamily[]) {
  if (ipFamilies.length === 0) return { ipFamilyPolicy: 'PreferDualStack' }
  return { ipFamilyPolicy: policyFor(ipFamilies), ipFamilies }
}

function policyFor(families: readonly IPFamily[]): string {
  return families.length === 1 ? 'SingleStack' : 'RequireDualStack'
}

function sameFamilies({ ipFamilies }: ServiceForm, wanted: readonly IPFamily[]): boolean {
  return ipFamilies.length === wanted.length && wanted.every((family, at) => ipFamilies[at] === family)
}

function inOrderOf(present: readonly IPFamily[], families: readonly IPFamily[]): readonly IPFamily[] {
  const kept = present.filter((family) => families.includes(family))
  return [...kept, ...families.filter((family) => !kept.includes(family))]
}

function portOf({ name, protocol, port, targetPort, appProtocol }: WishedPort) {
  return { ...(name && { name }), protocol, port, targetPort, ...(appProtocol && { appProtocol }) }
}
