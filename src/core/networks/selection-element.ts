// What is one element of a selection: as rooms beyond the parser see it, and while it is being read.
// Never judges more of it than Multus does.

import type { Problem } from '../problem.ts'
import { isAddress, isCidr } from './address.ts'
import { quoted } from './quote.ts'
import { report } from './report.ts'

/** What a Pod, or somebody in a Service or NetService, asks for. */
export interface NetworkSelectionElement {
  /** Of the NetworkAttachmentDefinition; in a Pod's selection it may be empty or impossible and then names none. */
  readonly name: string
  readonly namespace: string
  /** The wanted name of the interface, or on a Service the interface that is meant. */
  readonly interface: string | undefined
  /** Addresses asked for, in the order they were written, each with or without a prefix length. */
  readonly ips: readonly string[]
  readonly mac: string | undefined
}

export interface PortMapping {
  readonly hostPort: number | undefined
  readonly containerPort: number | undefined
  readonly protocol: string | undefined
  readonly hostIP: string | undefined
}

export interface Bandwidth {
  readonly ingressRate: number | undefined
  readonly ingressBurst: number | undefined
  readonly egressRate: number | undefined
  readonly egressBurst: number | undefined
}

/** An element before it is judged. A text that is missing or null is undefined here, an empty one is empty. */
export interface DecodedElement {
  /** `[1]` in the JSON form, `at character 5` in the short form. */
  readonly place: string
  readonly form: 'short' | 'json'
  readonly name: string | undefined
  readonly namespace: string | undefined
  readonly interface: string | undefined
  /** The spelling of `interface` before Multus 3.2. */
  readonly interfaceRequest: string | undefined
  readonly ips: readonly string[] | undefined
  readonly mac: string | undefined
  readonly infinibandGuid: string | undefined
  readonly portMappings: readonly (PortMapping | undefined)[] | undefined
  readonly bandwidth: Bandwidth | undefined
  readonly defaultRoute: readonly string[] | undefined
  readonly deviceID: string | undefined
  readonly cniArgs: undefined
  readonly ipamClaimReference: string | undefined
}

export const EMPTY_ELEMENT: DecodedElement = {
  place: '',
  form: 'json',
  name: undefined,
  namespace: undefined,
  interface: undefined,
  interfaceRequest: undefined,
  ips: undefined,
  mac: undefined,
  infinibandGuid: undefined,
  portMappings: undefined,
  bandwidth: undefined,
  defaultRoute: undefined,
  deviceID: undefined,
  cniArgs: undefined,
  ipamClaimReference: undefined,
}

/** What was read from a text, and what Multus would refuse to read of it. */
export interface Draft {
  readonly elements: readonly DecodedElement[]
  readonly problems: readonly Problem[]
}

export function elementOf(element: DecodedElement, defaultNamespace: string): NetworkSelectionElement {
  return {
    name: element.name ?? '',
    namespace: element.namespace || defaultNamespace,
    interface: element.interface || element.interfaceRequest || undefined,
    ips: element.ips ?? [],
    mac: element.mac || undefined,
  }
}

/** The field of an element as a problem names it; the short form has no fields, only a place. */
export function fieldOf({ form, place }: DecodedElement, key: string): string {
  return form === 'json' ? `${place}.${key}` : place
}

/** Takes the key of an element's field and what is wrong with it. */
export type Tell = (key: string, message: string) => void

/** Looks at one element, and tells what is wrong with it. */
export type Rule = (element: DecodedElement, tell: Tell) => void

export function applyRules(rules: readonly Rule[], elements: readonly DecodedElement[]): Problem[] {
  const problems: Problem[] = []
  for (const element of elements) {
    for (const rule of rules)
      rule(element, (key, message) => report(problems, fieldOf(element, key), message))
  }
  return problems
}

/** The values that Multus itself checks. Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go, `parsePodNetworkAnnotation`. */
export const readableByMultus: Rule = ({ mac, infinibandGuid, ips }, tell) => {
  if (mac && !isHardwareAddress(mac)) tell('mac', `${quoted(mac)} is not a MAC address`)
  if (infinibandGuid && !isHardwareAddress(infinibandGuid)) {
    tell('infiniband-guid', `${quoted(infinibandGuid)} is not a GUID`)
  }
  for (const [index, ip] of (ips ?? []).entries()) {
    if (isAddress(ip) || isCidr(ip)) continue
    tell(`ips[${index}]`, `${quoted(ip)} is not an IP address, with or without a prefix length`)
  }
}

/** The bytes of a hardware address; undefined where Go's net.ParseMAC reads none (it takes 6, 8 or 20). */
export function hardwareAddressLength(text: string): number | undefined {
  const pairs = /^[0-9a-f]{2}([:-])(?:[0-9a-f]{2}\1)*[0-9a-f]{2}$/i.test(text)
  const quads = /^[0-9a-f]{4}(?:\.[0-9a-f]{4})+$/i.test(text)
  const length = pairs ? (text.length + 1) / 3 : quads ? (2 * (text.length + 1)) / 5 : 0
  return [6, 8, 20].includes(length) ? length : undefined
}

function isHardwareAddress(text: string): boolean {
  return hardwareAddressLength(text) !== undefined
}
