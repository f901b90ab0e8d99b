// What slices need to know of a Service. Never says which Pods or which network: that depends on who asks for it.

import { SLICE_ANNOTATIONS } from '../names.ts'
import { writtenFamily, type IPFamily } from '../networks/address.ts'
import { isTerminating } from '../networks/metadata.ts'
import { fieldAt, listAt, textAt } from '../networks/untrusted.ts'
import type { HintRule } from './hints.ts'
import type { ServicePort } from './ports.ts'
import { textMapAt, type TextMap } from './text-map.ts'

export interface ServiceRecord {
  readonly namespace: string
  readonly name: string
  readonly uid: string
  readonly labels: TextMap
  /** `spec.selector` as it stands, the no-pod key included; undefined where there is none. */
  readonly selector: TextMap | undefined
  readonly ports: readonly ServicePort[]
  /** The families of its slices, IPv4 first. */
  readonly families: readonly IPFamily[]
  /** It has no cluster IP. */
  readonly headless: boolean
  readonly externalName: boolean
  readonly publishNotReadyAddresses: boolean
  readonly terminating: boolean
  readonly hints: HintRule
}

/** Reads a Service as the API sends it; undefined where it lacks what every stored object has. */
export function serviceRecord(raw: unknown): ServiceRecord | undefined {
  const namespace = textAt(raw, 'metadata', 'namespace')
  const name = textAt(raw, 'metadata', 'name')
  if (!namespace || !name) return undefined
  const selector = textMapAt(raw, 'spec', 'selector')
  return {
    namespace,
    name,
    uid: textAt(raw, 'metadata', 'uid') ?? '',
    labels: textMapAt(raw, 'metadata', 'labels'),
    selector: Object.keys(selector).length > 0 ? selector : undefined,
    ports: listAt(raw, 'spec', 'ports').flatMap(servicePort),
    families: familiesOf(raw),
    headless: isHeadless(raw),
    externalName: textAt(raw, 'spec', 'type') === 'ExternalName',
    publishNotReadyAddresses: fieldAt(raw, 'spec', 'publishNotReadyAddresses') === true,
    terminating: isTerminating(raw),
    hints: hintRule(raw),
  }
}

function servicePort(raw: unknown): ServicePort[] {
  const port = fieldAt(raw, 'port')
  const targetPort = fieldAt(raw, 'targetPort')
  if (typeof port !== 'number') return []
  return [
    {
      name: textAt(raw, 'name') ?? '',
      protocol: textAt(raw, 'protocol') || 'TCP',
      targetPort:
        typeof targetPort === 'number' || typeof targetPort === 'string' ? targetPort || port : port,
      appProtocol: textAt(raw, 'appProtocol') || undefined,
    },
  ]
}

function isHeadless(raw: unknown): boolean {
  return ['', 'None'].includes(textAt(raw, 'spec', 'clusterIP') ?? '')
}

/** Without a list: the family of the cluster IP, or both. Source: k8s.io/endpointslice, utils.go. */
function familiesOf(raw: unknown): readonly IPFamily[] {
  const listed = listAt(raw, 'spec', 'ipFamilies')
  const families = FAMILIES.filter((family) => listed.includes(family))
  if (families.length > 0) return families
  return isHeadless(raw) ? FAMILIES : [writtenFamily(textAt(raw, 'spec', 'clusterIP') ?? '')]
}
const FAMILIES = ['IPv4', 'IPv6'] as const

/** Hints by CPU share need every Node's CPUs; where they are asked for there are none. Same source. */
function hintRule(raw: unknown): HintRule {
  const annotations = textMapAt(raw, 'metadata', 'annotations')
  const mode =
    annotations[SLICE_ANNOTATIONS.topologyAwareHints] ?? annotations[SLICE_ANNOTATIONS.topologyMode]
  if (mode === 'Auto' || mode === 'auto') return 'none'
  const distribution = textAt(raw, 'spec', 'trafficDistribution')
  if (distribution === 'PreferClose' || distribution === 'PreferSameZone') return 'zone'
  return distribution === 'PreferSameNode' ? 'zone-and-node' : 'none'
}
