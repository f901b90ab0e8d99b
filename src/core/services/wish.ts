// What somebody asks for when they want Pods found on a secondary network, in whichever dialect they asked.
// A value, and nothing else: who reads it decides what to do about it.

import type { IPFamily } from '../networks/address.ts'
import type { ObjectKey } from '../object-key.ts'
import type { Problem, Result } from '../problem.ts'
import type { Selector } from './selector.ts'
import type { WishedPort } from './service-form.ts'

export type DialectName =
  'annotated' | 'takeover' | 'selector-less' | 'multus-service' | 'danm' | 'net-service' | 'old-net-service'

/**
 * How the built-in controllers are to be kept away from the Service:
 * `no-pod-key` and `takeover` need our webhook, `none` needs nothing because the Service has no selector of its own,
 * `release` means that they get it back and we publish nothing.
 */
export type Strategy = 'no-pod-key' | 'takeover' | 'none' | 'release'

/**
 * What keeps them away as the Service stands now. `missing`: nothing does, so nothing may be published.
 * `unknown`: a NetService's Service is another object, and has to be looked at itself.
 */
export type Guard = 'no-pod-key' | 'no-selector' | 'missing' | 'unknown'

export interface ServiceWish {
  /** The Service whose slices carry the addresses. */
  readonly service: ObjectKey
  readonly network: ObjectKey
  /** Only addresses of this interface; undefined: of every interface on the network. */
  readonly interface: string | undefined
  /** Pods of the Service's own namespace; never empty, never with the no-pod key. */
  readonly selector: Selector
  readonly ports: readonly WishedPort[]
  /** Empty: not said. In a Service the API server then chooses; in a NetService every family that the Pods have. */
  readonly ipFamilies: readonly IPFamily[]
  readonly publishNotReadyAddresses: boolean
  readonly hostnames: 'None' | 'PodName'
  readonly strategy: Strategy
  readonly guard: Guard
  /** The deprecated Endpoints are wanted as well. */
  readonly writeEndpoints: boolean
  /** What is wrong without making the wish unclear; the default was taken instead. */
  readonly problems: readonly Problem[]
}

/** Where somebody asks for a network: in which dialect, and for what; problems where that cannot be told. */
export interface Asked {
  readonly dialect: DialectName
  /** Where the network is named, as the path of a field. */
  readonly networkField: string
  readonly wish: Result<ServiceWish>
}
