// Whose is the Service of a NetService's name? Ours is known twice over: by its owner and by a label, because an
// orphaning deletion strips the owner. Never takes over a Service of somebody else who did not ask for it.

import { ANNOTATIONS, LABELS, NET_SERVICE, OLD_NET_SERVICE } from '../names.ts'
import { isTerminating } from '../networks/metadata.ts'
import { listAt, textAt } from '../networks/untrusted.ts'
import { textMapAt } from '../endpoints/text-map.ts'

/**
 * `free`: there is no such Service. `ours`: it belongs to this NetService. `offered`: somebody else's, handed over by
 * `sidenet.io/adopt`. `leaving`: of an earlier NetService of the name, and on its way out. `foreign`: anything else.
 */
export type Ownership = 'free' | 'ours' | 'offered' | 'leaving' | 'foreign'

/** `uid` is empty where the NetService is only being created. */
export function ownershipOf(
  service: unknown,
  netService: { readonly name: string; readonly uid: string },
): Ownership {
  if (service === undefined || service === null) return 'free'
  const owners = netServiceOwners(service)
  const labelled = textMapAt(service, 'metadata', 'labels')[LABELS.netServiceUid]
  const { uid } = netService
  if (uid !== '' && (owners.includes(uid) || (labelled === uid && owners.length === 0))) return 'ours'
  if (isTerminating(service) || owners.length > 0) return 'leaving'
  const offer = textMapAt(service, 'metadata', 'annotations')[ANNOTATIONS.adopt]
  return offer === netService.name ? 'offered' : 'foreign'
}

/** The uids of the NetServices of either group that own it: with the last of them the garbage collector takes it away. */
function netServiceOwners(service: unknown): readonly string[] {
  const groups: readonly string[] = [NET_SERVICE.group, OLD_NET_SERVICE.group]
  return listAt(service, 'metadata', 'ownerReferences')
    .filter(
      (owner) =>
        textAt(owner, 'kind') === NET_SERVICE.kind &&
        groups.includes((textAt(owner, 'apiVersion') ?? '').split('/')[0] ?? ''),
    )
    .map((owner) => textAt(owner, 'uid') ?? '')
}
