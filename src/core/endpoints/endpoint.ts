// One Pod of a Service: its endpoints, or the one reason why it has none. Never looks at slices or at other Pods.

import { quoted } from '../networks/quote.ts'
import type { EndpointPod } from './pod-facts.ts'
import type { Endpoint } from './endpoint-slice.ts'
import type { Hostnames, WantedAttachment } from './facts.ts'
import type { Attachment } from './pod-networks.ts'
import { sortAddresses, type AddressRules, type LeftOut } from './publishable.ts'
import type { ServiceRecord } from './service-record.ts'

/** What holds for every Pod of the Service alike. */
export interface EndpointRules extends AddressRules {
  readonly service: ServiceRecord
  readonly attachment: WantedAttachment
  readonly hostnames: Hostnames
  readonly zonesByNode: ReadonlyMap<string, string | undefined>
}

export interface PodOutcome {
  readonly pod: EndpointPod
  /** Empty where the Pod is left out. */
  readonly endpoints: readonly Endpoint[]
  /** Why there are none: the first of all that stands against the Pod. Undefined where there are some. */
  readonly leftOut: LeftOut | undefined
  /** Single addresses that are left out. */
  readonly problems: readonly LeftOut[]
  /** Everything that its attachment names as an address, canonical: what might be published one day. */
  readonly considered: readonly string[]
  /** Those that are its own, of every family. Where there is one the Pod's ports count, published or not. */
  readonly sound: readonly string[]
}

/** The checks in order: what the Pod is, what its status says, what its addresses are, where it runs. */
export function endpointsOf(pod: EndpointPod, rules: EndpointRules): PodOutcome {
  const attachments = attachmentsTo(rules.attachment, pod)
  if ('reason' in attachments) return leftOut(pod, attachments)
  const { published, ...addresses } = sortAddresses(pod, attachments.attachments, rules)
  const why = published.length === 0 ? (addresses.problems[0] ?? WITHOUT_ADDRESS) : nodeMissing(pod, rules)
  if (why) return leftOut(pod, why, addresses)
  const endpoints = published.map((address) => endpoint(pod, address, rules))
  return { pod, endpoints, leftOut: undefined, ...addresses }
}

const WITHOUT_ADDRESS: LeftOut = {
  reason: 'AttachmentWithoutAddress',
  message: 'it is attached to the network but has no address there',
}

function leftOut(pod: EndpointPod, why: LeftOut, more: Partial<PodOutcome> = {}): PodOutcome {
  return { pod, endpoints: [], leftOut: why, problems: [], considered: [], sound: [], ...more }
}

function attachmentsTo(
  wanted: WantedAttachment,
  { finished, hostNetwork, networks }: EndpointPod,
): { readonly attachments: readonly Attachment[] } | LeftOut {
  if (finished) return because('PodFinished', 'it has succeeded or failed')
  if (hostNetwork) return because('PodOnHostNetwork', 'it uses the network of its node')
  if ('reason' in networks) return networks
  const here = networks.attachments.filter(({ network }) => network === wanted.network)
  const attachments = here.filter((each) => !wanted.interface || each.interface === wanted.interface)
  if (attachments.length > 0) return { attachments }
  if (here.length > 0)
    return notAttached(
      `${wanted.network} as ${wanted.interface}`,
      here.map((each) => each.interface),
    )
  return notAttached(
    wanted.network,
    networks.attachments.map(({ network }) => network),
  )
}

/** What it holds instead was written by whoever may write the Pod, so it is quoted. */
function notAttached(what: string, instead: readonly string[]): LeftOut {
  const [first, ...more] = new Set(instead)
  const rest = more.length > 0 ? ` and ${more.length} more` : ''
  const only = first === undefined ? '' : `, only ${quoted(first)}${rest}`
  return because('NetworkNotAttached', `its network-status does not hold ${what}${only}`)
}

/** A Node that is not there (yet) holds back its Pods, unless addresses are wanted whatever the state of the Pods. */
function nodeMissing(pod: EndpointPod, { service, zonesByNode }: EndpointRules): LeftOut | undefined {
  if (service.publishNotReadyAddresses || zonesByNode.has(pod.nodeName ?? '')) return undefined
  const what = pod.nodeName ? `its Node ${pod.nodeName} is not known (yet)` : 'it is not bound to a Node'
  return because('NodeUnknown', what)
}

function because(reason: LeftOut['reason'], message: string): LeftOut {
  return { reason, message }
}

/** The conditions are upstream's: k8s.io/endpointslice, utils.go, podToEndpoint. */
function endpoint(pod: EndpointPod, address: string, rules: EndpointRules): Endpoint {
  const { namespace, name, uid, nodeName, ready: serving, terminating } = pod
  const ready = rules.service.publishNotReadyAddresses || (serving && !terminating)
  const hostname = hostnameOf(pod, rules)
  const zone = nodeName && rules.zonesByNode.get(nodeName)
  return {
    addresses: [address],
    conditions: { ready, serving, terminating },
    ...(hostname && { hostname }),
    targetRef: { kind: 'Pod', namespace, name, uid },
    ...(nodeName && { nodeName }),
    ...(zone && { zone }),
  }
}

/** By default only where the Pod says that this is its Service: a StatefulSet's Pods have names in one Service. */
function hostnameOf(pod: EndpointPod, { service, hostnames }: EndpointRules): string | undefined {
  if (hostnames === 'PodName' && DNS_LABEL.test(pod.name)) return pod.name
  const { hostname, subdomain } = pod
  return hostname && subdomain === service.name && DNS_LABEL.test(hostname) ? hostname : undefined
}
/** What the API server accepts as hostname of an endpoint (RFC 1123). */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/
