// What stands in a Service, as far as it matters for its network: read once, from an object that nobody vouches for.
// Never judges: what is of the wrong shape counts as absent, since the API server refuses it anyway.

import type { IPFamily } from '../networks/address.ts'
import { fieldAt, listAt, textAt } from '../networks/untrusted.ts'
import { isTerminating } from '../networks/metadata.ts'
import { textMapAt } from '../endpoints/text-map.ts'
import type { Selector } from './selector.ts'

/** One port of a Service; a missing `targetPort` is its `port`. */
export interface WishedPort {
  /** May be empty where it is the only one. */
  readonly name: string
  readonly protocol: string
  readonly port: number
  readonly targetPort: number | string
  readonly appProtocol: string | undefined
}

export interface ServiceForm {
  readonly namespace: string
  /** Empty where the API server has yet to make one up (`generateName`). */
  readonly name: string
  readonly labels: Readonly<Record<string, string>>
  readonly annotations: Readonly<Record<string, string>>
  /** As it stands, the no-pod key included; undefined where there is none or it is empty. */
  readonly selector: Selector | undefined
  readonly type: string
  /** As listed, primary first; empty where the API server has yet to choose. */
  readonly ipFamilies: readonly IPFamily[]
  readonly ipFamilyPolicy: string | undefined
  readonly headless: boolean
  readonly ports: readonly WishedPort[]
  readonly publishNotReadyAddresses: boolean
  readonly terminating: boolean
}

/** `namespace` is that of a request, where the object itself may lack it. */
export function readServiceForm(service: unknown, namespace = ''): ServiceForm {
  const selector = textMapAt(service, 'spec', 'selector')
  return {
    namespace: textAt(service, 'metadata', 'namespace') ?? namespace,
    name: textAt(service, 'metadata', 'name') ?? '',
    labels: textMapAt(service, 'metadata', 'labels'),
    annotations: textMapAt(service, 'metadata', 'annotations'),
    selector: Object.keys(selector).length > 0 ? selector : undefined,
    type: textAt(service, 'spec', 'type') ?? 'ClusterIP',
    ipFamilies: familiesAt(service, 'spec', 'ipFamilies'),
    ipFamilyPolicy: textAt(service, 'spec', 'ipFamilyPolicy'),
    headless: textAt(service, 'spec', 'clusterIP') === 'None',
    ports: portsAt(service, 'spec', 'ports'),
    publishNotReadyAddresses: fieldAt(service, 'spec', 'publishNotReadyAddresses') === true,
    terminating: isTerminating(service),
  }
}

export function familiesAt(object: unknown, ...path: readonly string[]): readonly IPFamily[] {
  return listAt(object, ...path).filter(isIPFamily)
}

export function isIPFamily(value: unknown): value is IPFamily {
  return value === 'IPv4' || value === 'IPv6'
}

/** The same fields in a Service and in a NetService. */
export function portsAt(object: unknown, ...path: readonly string[]): readonly WishedPort[] {
  return listAt(object, ...path).flatMap((entry) => {
    const port = fieldAt(entry, 'port')
    const targetPort = fieldAt(entry, 'targetPort')
    if (typeof port !== 'number') return []
    const known = typeof targetPort === 'number' || (typeof targetPort === 'string' && targetPort !== '')
    return [
      {
        name: textAt(entry, 'name') ?? '',
        protocol: textAt(entry, 'protocol') || 'TCP',
        port,
        targetPort: known ? targetPort : port,
        appProtocol: textAt(entry, 'appProtocol') || undefined,
      },
    ]
  })
}
