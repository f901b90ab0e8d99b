// Which Pods offer the same ports? Their endpoints share slices. Never decides which Pod takes part.

import { writtenFamily, type IPFamily } from '../networks/address.ts'
import type { Endpoint } from './endpoint-slice.ts'
import type { PodOutcome } from './endpoint.ts'
import { portsKey, resolvePorts, type ServicePort } from './ports.ts'
import type { EndpointGroup } from './slices.ts'

/** Sorted by their ports; the endpoints of a group are in the order of the Pods. */
export function groupByPorts(
  servicePorts: readonly ServicePort[],
  outcomes: readonly PodOutcome[],
): readonly EndpointGroup[] {
  const offers = outcomes
    .filter(({ sound }) => sound.length > 0)
    .map(({ pod, endpoints }) => ({ ports: resolvePorts(servicePorts, pod.ports), endpoints }))
  const byPorts = Map.groupBy(offers, ({ ports }) => portsKey(ports))
  return [...byPorts.keys()].sort().map((key) => {
    const group = byPorts.get(key) ?? []
    const endpoints = group.flatMap((offer) => offer.endpoints)
    return {
      ports: group[0]?.ports ?? [],
      endpoints: { IPv4: ofFamily(endpoints, 'IPv4'), IPv6: ofFamily(endpoints, 'IPv6') },
    }
  })
}

function ofFamily(endpoints: readonly Endpoint[], family: IPFamily): readonly Endpoint[] {
  return endpoints.filter(({ addresses: [address = ''] }) => writtenFamily(address) === family)
}
