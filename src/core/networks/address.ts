// Which address does this text name, and may an EndpointSlice publish it?
// Never looks at the cluster: whether an address is free, or somebody else's, is decided elsewhere.

import { Address4, Address6 } from 'ip-address'
import { bad, good, type Result } from '../problem.ts'
import { quoted } from './quote.ts'

export type IPFamily = 'IPv4' | 'IPv6'

export interface Address {
  /** Canonical, as RFC 5952 has it: no prefix length, no zone, never an IPv4-mapped IPv6 address. */
  readonly text: string
  readonly family: IPFamily
}

/**
 * The address to publish for what a network status says: with or without a prefix length or zone, in any spelling that
 * is unambiguous. Refused is what the API server refuses in an EndpointSlice (unspecified, loopback, link-local;
 * source: Kubernetes, pkg/apis/core/validation, `ValidateEndpointIP`), and multicast and broadcast, which no Pod can own.
 */
export function readAddress(text: string): Result<Address> {
  const [beforePrefix = '', ...prefixes] = text.split('/')
  const zone = beforePrefix.indexOf('%')
  const bare = zone < 0 ? beforePrefix : beforePrefix.slice(0, zone)
  const address = canonical(bare)
  if (!address || (zone >= 0 && address.family === 'IPv4')) return refused(text, 'is not an IP address')
  if (prefixes.length > 1 || !prefixes.every((prefix) => isPrefix(prefix, bare)))
    return refused(text, 'has a prefix length that is none')
  const reason = whyNotPublished(address)
  return reason === undefined ? good(address) : refused(text, reason)
}

/** Whether Go's net.ParseIP reads it: no prefix, no zone, no leading zeros in IPv4. */
export function isAddress(text: string): boolean {
  return canonical(text) !== undefined
}

/** Whether Go's net.ParseCIDR reads it. */
export function isCidr(text: string): boolean {
  const slash = text.indexOf('/')
  const address = text.slice(0, slash)
  return slash >= 0 && isAddress(address) && isPrefix(text.slice(slash + 1), address)
}

/** The family of text that `isAddress` or `isCidr` accepts, as it is written. */
export function writtenFamily(text: string): IPFamily {
  return text.includes(':') ? 'IPv6' : 'IPv4'
}

function isPrefix(text: string, address: string): boolean {
  return /^[0-9]{1,9}$/.test(text) && Number(text) <= (writtenFamily(address) === 'IPv4' ? 32 : 128)
}

/** The library also reads prefixes, zones and text around them: let none of these reach it. */
const IPV4 = /^[0-9.]{7,15}$/
const IPV6 = /^[0-9a-fA-F:.]{2,45}$/

function canonical(text: string): Address | undefined {
  if (IPV4.test(text)) return Address4.isValid(text) ? { text, family: 'IPv4' } : undefined
  if (!IPV6.test(text) || !text.includes(':') || !Address6.isValid(text)) return undefined
  const address = new Address6(text)
  if (address.isMapped4()) return { text: address.to4().correctForm(), family: 'IPv4' }
  return { text: address.correctForm(), family: 'IPv6' }
}

const UNPUBLISHABLE: readonly (readonly [network: Address4 | Address6, reason: string])[] = [
  [new Address4('0.0.0.0/32'), 'is the unspecified address and names no host'],
  [new Address4('127.0.0.0/8'), 'is a loopback address, which every host uses for itself'],
  [new Address4('169.254.0.0/16'), 'is a link-local address, which means something on its own link only'],
  [new Address4('224.0.0.0/4'), 'is a multicast address, which no Pod owns'],
  [new Address4('255.255.255.255/32'), 'is the broadcast address, which no Pod owns'],
  [new Address6('::/128'), 'is the unspecified address and names no host'],
  [new Address6('::1/128'), 'is a loopback address, which every host uses for itself'],
  [new Address6('fe80::/10'), 'is a link-local address, which means something on its own link only'],
  [new Address6('ff00::/8'), 'is a multicast address, which no Pod owns'],
]

function whyNotPublished({ text, family }: Address): string | undefined {
  const address = family === 'IPv4' ? new Address4(text) : new Address6(text)
  return UNPUBLISHABLE.find(([network]) => network.v4 === address.v4 && address.isInSubnet(network))?.[1]
}

function refused(text: string, reason: string): Result<never> {
  return bad({ field: '', message: `${quoted(text)} ${reason}` })
}
