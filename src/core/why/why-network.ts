// Does a Pod hold this network, and if not, what keeps it from it? The first thing to look at, as one clause.
// Never asks which Service wants it.

import { didYouMean } from '../admission/did-you-mean.ts'
import type { Attachment } from '../endpoints/pod-networks.ts'
import { NAD, type Reason } from '../names.ts'
import { quoted } from '../networks/quote.ts'
import type { ObjectKey } from '../object-key.ts'
import type { WhyPodFacts } from './facts.ts'

export type NetworkVerdict =
  | {
      readonly held: true
      /** Under each interface: its addresses, perhaps none. */
      readonly attachments: readonly Pick<Attachment, 'interface' | 'addresses'>[]
      /** What should be known all the same. */
      readonly message: string
    }
  | { readonly held: false; readonly reason: Reason; readonly message: string }

export function whyNetwork(network: ObjectKey, facts: WhyPodFacts): NetworkVerdict {
  const { pod } = facts
  const exists = facts.networkExists(network)
  if (pod.finished) return not('PodFinished', 'it has succeeded or failed, its networks are gone')
  if (pod.hostNetwork)
    return not('PodOnHostNetwork', 'it uses the network of its node, where Multus attaches nothing')
  const attachments =
    'reason' in pod.networks ? [] : pod.networks.attachments.filter((each) => each.network === network)
  if (attachments.length > 0) return held(attachments, exists)
  if (!exists) return not('NetworkNotFound', missing(network, facts))
  if ('reason' in pod.networks) return not(pod.networks.reason, pod.networks.message)
  return not('NetworkNotAttached', `its network-status does not hold it; ${EVENTS} ${pod.name}"`)
}

const EVENTS = 'Multus says why in the Events of the Pod: "kubectl describe pod'

function held(attachments: readonly Attachment[], exists: boolean): NetworkVerdict {
  const notes = [
    ...(exists ? [] : [`its ${NAD.kind} does not exist any more, so the Pod cannot start again`]),
    ...(attachments.some(({ addresses }) => addresses.length > 0) ? [] : ['it has no address there']),
    ...attachments.flatMap(({ unusable }) => unusable),
  ]
  const shown = attachments.map(({ interface: device, addresses }) => ({ interface: device, addresses }))
  return { held: true, attachments: shown, message: notes.join('; ') }
}

function missing(network: ObjectKey, { networks }: WhyPodFacts): string {
  const meant = didYouMean(network, networks)
  const hint = meant === undefined ? '' : `; did you mean ${meant}?`
  return `${NAD.kind} ${quoted(network, 300)} does not exist${hint || ', and the Pod cannot start without it'}`
}

function not(reason: Reason, message: string): NetworkVerdict {
  return { held: false, reason, message }
}
