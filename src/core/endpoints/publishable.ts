// Which addresses of a Pod's attachment may be published for this Service, and why not the others?
// Never asks whether the Pod itself counts.

import { Address4, Address6 } from 'ip-address'
import type { Reason } from '../names.ts'
import { isCidr, writtenFamily, type IPFamily } from '../networks/address.ts'
import { objectKey, type ObjectKey } from '../object-key.ts'
import type { EndpointPod } from './pod-facts.ts'
import type { Attachment } from './pod-networks.ts'

export interface AddressRules {
  readonly families: readonly IPFamily[]
  readonly serviceRanges: readonly Range[]
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
  const unusable = attachments.flatMap((attachment) => attachment.unusable)
  const considered = [...new Set(attachments.flatMap(({ addresses }) => addresses))].sort()
  const foreign = new Map(considered.map((address) => [address, whoseAddress(address, pod, rules)]))
  const sound = considered.filter((address) => foreign.get(address) === undefined)
  const published = sound.filter((address) => rules.families.includes(writtenFamily(address)))
  const problems = [
    ...[...foreign.values()].filter((problem) => problem !== undefined),
    ...unusable.map((message): LeftOut => ({ reason: 'AddressUnusable', message })),
    ...sound.filter((address) => !published.includes(address)).map(notServed),
  ]
  return { considered, sound, published, problems }
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

export interface Range {
  readonly cidr: string
  /** Whether a canonical address lies in it. */
  contains(address: string): boolean
}

/** Ranges of one family never hold addresses of the other; what is no CIDR holds none. */
export function addressRanges(cidrs: readonly string[]): readonly Range[] {
  return cidrs.filter(isCidr).map((cidr) => {
    const family = writtenFamily(cidr)
    const network = read(cidr, family)
    return {
      cidr,
      contains: (address) => writtenFamily(address) === family && read(address, family).isInSubnet(network),
    }
  })
}

function read(text: string, family: IPFamily): Address4 | Address6 {
  return family === 'IPv4' ? new Address4(text) : new Address6(text)
}
