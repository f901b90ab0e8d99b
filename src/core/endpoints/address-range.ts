// Does an address lie in a range, such as that of the cluster IPs? Asked for every address of every Pod, so quick.

import { Address4, Address6 } from 'ip-address'
import { isCidr, writtenFamily } from '../networks/address.ts'

export interface AddressRange {
  readonly cidr: string
  /** Whether a canonical address lies in it. */
  contains(address: string): boolean
}

/** Text that is no CIDR is no range. */
export function addressRange(cidr: string): AddressRange[] {
  if (!isCidr(cidr)) return []
  return [writtenFamily(cidr) === 'IPv4' ? range4(cidr) : range6(cidr)]
}

function range4(cidr: string): AddressRange {
  const network = new Address4(cidr)
  const [first, last] = [
    asNumber(network.startAddress().correctForm()),
    asNumber(network.endAddress().correctForm()),
  ]
  const contains = (address: string): boolean => {
    if (writtenFamily(address) !== 'IPv4') return false
    const number = asNumber(address)
    return first <= number && number <= last
  }
  return { cidr, contains }
}

function range6(cidr: string): AddressRange {
  const network = new Address6(cidr)
  return {
    cidr,
    contains: (address) => writtenFamily(address) === 'IPv6' && new Address6(address).isInSubnet(network),
  }
}

function asNumber(address: string): number {
  return address.split('.').reduce((number, part) => number * 256 + Number(part), 0)
}
