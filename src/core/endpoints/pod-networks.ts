// Which networks does a Pod have, by its network-status, and which addresses there? Says why where it is not believed.
// Never says whether an address may be published for a Service: that needs to know the Service and the other Pods.

import { readAddress } from '../networks/address.ts'
import { networkOf, networkStatusOf, type NetworkStatus } from '../networks/status.ts'
import { ownCopy } from '../networks/untrusted.ts'
import { describeProblem } from '../problem.ts'
import type { ObjectKey } from '../object-key.ts'
import type { LeftOut } from './publishable.ts'
import type { Pool } from './pool.ts'

/** One entry of the status that comes from a NetworkAttachmentDefinition. */
export interface Attachment {
  readonly network: ObjectKey
  /** Empty where the writer named none. */
  readonly interface: string
  /** Canonical and of a kind that may be published; sorted. */
  readonly addresses: readonly string[]
  /** What stands there besides, and why it is left out, as sentences. */
  readonly unusable: readonly string[]
}

/** The Pod's attachments, or the one reason why none of them counts. */
export type PodNetworks = { readonly attachments: readonly Attachment[] } | LeftOut

/**
 * A Pod's annotations may be written by whoever may edit the Pod. A status that names another address than the Pod's
 * own as its first is a copy or a forgery, and then nothing in it counts.
 */
export function podNetworks(
  annotations: unknown,
  podNamespace: string,
  firstAddresses: readonly string[],
  pool: Pool,
): PodNetworks {
  const reading = networkStatusOf(annotations)
  if (reading === undefined) return NO_STATUS
  if (!reading.statuses.ok) {
    const problems = reading.statuses.problems.slice(0, 3).map(describeProblem)
    return {
      reason: 'NetworkStatusUnreadable',
      message: ownCopy(`${reading.annotation}: ${problems.join('; ')}`),
    }
  }
  const statuses = reading.statuses.value
  const claimed = statuses.filter((status) => status.default).flatMap(({ ips }) => usable(ips))
  const others = claimed.filter((address) => !firstAddresses.includes(address))
  if (others[0] !== undefined) return notBelieved(others[0], firstAddresses)
  const attachments = statuses.flatMap((status) => attachment(status, podNamespace, pool))
  return attachments.length > 0 ? { attachments: attachments.sort(inOrder) } : NO_ATTACHMENTS
}

const NO_STATUS: PodNetworks = Object.freeze<PodNetworks>({
  reason: 'NetworkStatusMissing',
  message: 'it has no network-status: Multus has not attached it to any network (yet)',
})
const NO_ATTACHMENTS: PodNetworks = Object.freeze({ attachments: Object.freeze([]) })
const NONE: readonly never[] = Object.freeze([])

function notBelieved(claimed: string, own: readonly string[]): PodNetworks {
  if (own.length === 0)
    return {
      reason: 'PodAddressUnknown',
      message: `its first address, by its network-status ${claimed}, is not in its status yet`,
    }
  return {
    reason: 'NetworkStatusNotBelieved',
    message: `its network-status calls ${claimed} its first address, but that is ${own.join(' and ')}`,
  }
}

function attachment(status: NetworkStatus, podNamespace: string, pool: Pool): Attachment[] {
  const network = networkOf(status, podNamespace)
  if (network === undefined) return []
  const addresses = usable(status.ips)
  const unusable = status.ips
    .map(readAddress)
    .flatMap((read) => (read.ok ? [] : read.problems.map(describeProblem)))
  return [
    {
      network: pool.text(network),
      interface: pool.text(status.interface),
      addresses: addresses.length > 0 ? addresses.map(ownCopy) : NONE,
      unusable: unusable.length > 0 ? unusable.sort().map(ownCopy) : NONE,
    },
  ]
}

function usable(ips: readonly string[]): string[] {
  const addresses = ips.map(readAddress).flatMap((read) => (read.ok ? [read.value.text] : []))
  return [...new Set(addresses)].sort()
}

function inOrder(a: Attachment, b: Attachment): number {
  const [left, right] = [JSON.stringify(a), JSON.stringify(b)]
  return left < right ? -1 : Number(left > right)
}
