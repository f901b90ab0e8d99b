// How a Service's addresses went from one network to another: the order of what was seen, and what must not be in it.
// Never knows times: how long a state lasted says nothing about a promise.

import { BlockList, isIPv6 } from 'node:net'

/** The addresses of one answer or moment, sorted; empty where there were none. */
export type Seen = readonly string[]

/** Whose addresses a moment held: the cluster's own network, an attached one, both, or none. */
export type Moment = 'first' | 'second' | 'mixed' | 'nothing'

/** Where the test kit's nodes take the addresses of the first network from. */
const FIRST = new BlockList()
FIRST.addSubnet('10.244.0.0', 16)
FIRST.addSubnet('fd00:10:244::', 48, 'ipv6')

export const isFirst = (address: string): boolean => FIRST.check(address, isIPv6(address) ? 'ipv6' : 'ipv4')

export function momentOf(seen: Seen): Moment {
  const first = seen.filter(isFirst).length
  if (seen.length === 0) return 'nothing'
  return first === seen.length ? 'first' : first === 0 ? 'second' : 'mixed'
}

/** The moments in order, each different from its neighbours. */
export const courseOf = (seen: readonly Seen[]): readonly Moment[] =>
  seen.map(momentOf).filter((moment, index, all) => moment !== all[index - 1])

/**
 * The moments in order without those that may be too short to be seen: whoever looks now and then misses a short gap,
 * and a promise holds however long it is.
 */
export function courseWithout(passing: Moment, seen: readonly Seen[]): readonly Moment[] {
  const others = courseOf(seen).filter((moment) => moment !== passing)
  return others.filter((moment, index) => moment !== others[index - 1])
}
