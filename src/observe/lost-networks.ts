// What is counted of networks that are gone although Pods use them. Holds the numbers only.

import { Counter, type Registry } from 'prom-client'

/** `missing`: nobody saw it go, and perhaps it never was there. `failed`: it could not be put back. */
type LostNetworkOutcome = 'reported' | 'recreated' | 'failed' | 'missing'
export type ObservesLostNetwork = (outcome: LostNetworkOutcome) => void

export function lostNetworks(registry: Registry): ObservesLostNetwork {
  const lost = new Counter({
    name: 'sidenet_networks_lost_total',
    help: 'NetworkAttachmentDefinitions that Pods use and that are gone, by what became of them.',
    labelNames: ['outcome'],
    registers: [registry],
  })
  return (outcome) => lost.inc({ outcome })
}
