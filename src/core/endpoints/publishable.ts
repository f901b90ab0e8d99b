// Which addresses of a Pod's attachment may be published for this Service, and why not the others?
// Never asks whether the Pod itself counts.

import type { Reason } from '../names.ts'
import { writtenFamily, type IPFamily } from '../networks/address.ts'
import { objectKey, type ObjectKey } from '../object-key.ts'
import type { AddressRange } from './address-range.ts'
import type { EndpointPod } from './pod-facts.ts'
import type { Attachment } from './pod-networks.ts'

export interface AddressRules {
  readonly families: readonly IPFamily[]
  readonly serviceRanges: readonly AddressRange[]
  readonly podsByFirstAddress: ReadonlyMap<string, readonly ObjectKey[]>
}

/** Why an address is left out; the message is a clause about the Pod. */
export interface LeftOut {
  readonly reason: Exclude<Reason, 'EndpointsPublished'>
  readonly message: string
}

export interface SortedAddresses {
  /** All, each once and sorted. */
  readonly considered: readonly string[]
  /** The Pod's own, also of families that the Service does not list. */
  readonly sound: readonly string[]
  readonly published: readonly string[]
  readonly problems: readonly LeftOut[]
}

/** Several attachments to one network are one set of addresses. */
export function sortAddresses(
  pod: EndpointPod,
  attachments: readonly Attachment[],
  rules: AddressRules,
): SortedAddresses {
  const considered = addressesOf(attachments)
  const foreign = considered.map((address) => whoseAddress(address, pod, rules))
  const sound = considered.filter((_, at) => foreign[at] === undefined)
  const published = sound.filter((address) => rules.families.includes(writtenFamily(address)))
  const problems = [
    ...foreign.filter((problem) => problem !== undefined),
    ...attachments.flatMap(({ unusable }) => unusable.map(notUsable)),
    ...sound.filter((address) => !published.includes(address)).map(notServed),
  ]
  return { considered, sound, published, problems }
}

/** Nearly always there is one attachment, whose addresses are sorted and each there once. */
function addressesOf(attachments: readonly Attachment[]): readonly string[] {
  const [first, ...more] = attachments
  if (first === undefined || more.length === 0) return first?.addresses ?? []
  return [...new Set(attachments.flatMap(({ addresses }) => addresses))].sort()
}

function notUsable(message: string): LeftOut {
  return { reason: 'AddressUnusable', message }
}

function whoseAddress(address: string, pod: EndpointPod, rules: AddressRules): LeftOut | undefined {
  const owner = rules.podsByFirstAddress
    .get(address)
    ?.find((key) => key !== objectKey(pod.namespace, pod.name))
  if (owner !== undefined)
    return { reason: 'AddressOfAnotherPod', message: `${address} is the first address of another Pod` }
  const range = rules.serviceRanges.find((range) => range.contains(address))
  if (range === undefined) return undefined
  return {
    reason: 'AddressOfServiceRange',
    message: `${address} lies in the range of cluster IPs, ${range.cidr}`,
  }
}

function notServed(address: string): LeftOut {
  return {
    reason: 'AddressFamilyNotServed',
    message: `${address} is an ${writtenFamily(address)} address, and the Service does not list that family`,
  }
}
