// Which Service does a NetService own? The whole of what we write there; a field that is not here is left to others.
// Never looks at a Service that exists: whose that is, `ownership.ts` tells.

import { LABELS, NET_SERVICE, type OLD_NET_SERVICE } from '../names.ts'
import { nameOf, namespaceOf } from '../object-key.ts'
import type { WishedPort } from './service-form.ts'
import type { ServiceWish } from './wish.ts'

export interface NetServiceIdentity {
  readonly group: typeof NET_SERVICE.group | typeof OLD_NET_SERVICE.group
  readonly uid: string
}

/**
 * A headless Service without selector: nobody else publishes for it. The policy of its families is always written
 * out, since without one the API server makes such a Service dual-stack on any cluster; `blockOwnerDeletion` is false,
 * since true needs rights on the NetService's finalizers where that is enforced.
 */
export function ownService({ group, uid }: NetServiceIdentity, wish: ServiceWish): object {
  const [namespace, name] = [namespaceOf(wish.service), nameOf(wish.service)]
  const apiVersion = `${group}/${NET_SERVICE.version}`
  const owner = { apiVersion, kind: NET_SERVICE.kind, name, uid, controller: true, blockOwnerDeletion: false }
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: { namespace, name, labels: { [LABELS.netServiceUid]: uid }, ownerReferences: [owner] },
    spec: {
      type: 'ClusterIP',
      clusterIP: 'None',
      ...familiesOf(wish),
      publishNotReadyAddresses: wish.publishNotReadyAddresses,
      ports: wish.ports.map(portOf),
    },
  }
}

/** Not said means every family that the Pods have: one without addresses costs an empty slice. */
function familiesOf({ ipFamilies }: ServiceWish): object {
  const families = ipFamilies.length > 0 ? ipFamilies : ['IPv4', 'IPv6']
  return { ipFamilies: families, ipFamilyPolicy: families.length > 1 ? 'RequireDualStack' : 'SingleStack' }
}

function portOf({ name, protocol, port, targetPort, appProtocol }: WishedPort): object {
  return { ...(name && { name }), protocol, port, targetPort, ...(appProtocol && { appProtocol }) }
}
