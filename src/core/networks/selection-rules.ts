// Can this selection work as it is written? The standard's rules for what people give us.
// Never used for Pods: they are read as leniently as Multus reads them.
// Source: NPWG multi-network de-facto standard 1.3, section 4.1.

import type { Problem } from '../problem.ts'
import { isAddress, writtenFamily } from './address.ts'
import { quoted } from './quote.ts'
import { report } from './report.ts'
import {
  applyRules,
  fieldOf,
  hardwareAddressLength,
  readableByMultus,
  type DecodedElement,
  type PortMapping,
  type Rule,
  type Tell,
} from './selection-element.ts'
import { fitsInterface, LONGEST_INTERFACE } from './selection-short.ts'

/** Everything that is wrong with each element, and then with the list as a whole. */
export function checkElements(elements: readonly DecodedElement[]): readonly Problem[] {
  return [...applyRules(RULES, elements), ...interfacesAreUnique(elements), ...defaultRoutesFit(elements)]
}

/** A DNS label (RFC 1123): a Namespace is one, other objects are one or several with dots between. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

const nameCanExist: Rule = ({ name = '' }, tell) => {
  if (name === '') tell('name', 'the name of a NetworkAttachmentDefinition is missing')
  else if (name.includes('/')) {
    tell('name', `${quoted(name)} may not hold "/"; the JSON form has a key "namespace" for it`)
  } else if (name.length > 253 || !name.split('.').every((label) => LABEL.test(label))) {
    tell('name', `${quoted(name)} cannot be the name of an object: ${NAME_RULE}`)
  }
}
const NAME_RULE =
  'lower case letters, digits, "-" and ".", a letter or digit at both ends, at most 253 characters'

const namespaceCanExist: Rule = ({ namespace = '' }, tell) => {
  if (namespace === '' || (namespace.length <= 63 && LABEL.test(namespace))) return
  tell('namespace', `${quoted(namespace)} cannot be the name of a Namespace: ${NAMESPACE_RULE}`)
}
const NAMESPACE_RULE =
  'lower case letters, digits and "-", a letter or digit at both ends, at most 63 characters'

const interfaceCanExist: Rule = (element, tell) => {
  for (const key of ['interface', 'interfaceRequest'] as const) {
    const name = element[key] ?? ''
    if (!isInterfaceName(name))
      tell(key, `${quoted(name)} cannot be the name of an interface: ${INTERFACE_RULE}`)
  }
}
const INTERFACE_RULE = `at most ${LONGEST_INTERFACE} characters, no blank, "/" or ":"`

/** Empty asks for none. Source: Linux, net/core/dev.c, `dev_valid_name`. */
function isInterfaceName(text: string): boolean {
  return fitsInterface(text) && !/[\s/:]/.test(text) && text !== '.' && text !== '..'
}

/** What is no hardware address at all is told by `readableByMultus`, an empty text only here. */
const hardwareAddressesFit: Rule = ({ mac, infinibandGuid }, tell) => {
  if (mac !== undefined && isUnfit(mac, 6))
    tell('mac', `${quoted(mac)} must be six bytes, such as 02:23:45:67:89:01`)
  if (infinibandGuid !== undefined && isUnfit(infinibandGuid, 8)) {
    tell('infiniband-guid', `${quoted(infinibandGuid)} must be eight bytes, such as c2:11:22:33:44:55:66:77`)
  }
}

function isUnfit(text: string, bytes: number): boolean {
  const length = hardwareAddressLength(text)
  return text === '' || (length !== undefined && length !== bytes)
}

const ipsAreNamedOnce: Rule = ({ ips, ipamClaimReference }, tell) => {
  if (ips?.length === 0) tell('ips', 'must hold at least one address; leave the key out to have one chosen')
  if (ips && ipamClaimReference) tell('ips', 'may not stand together with ipam-claim-reference')
}

const portMappingsFit: Rule = ({ portMappings }, tell) => {
  for (const [index, mapping] of (portMappings ?? []).entries()) {
    checkPortMapping(mapping, (key, message) => tell(`portMappings[${index}]${key}`, message))
  }
}

function checkPortMapping(mapping: PortMapping | undefined, tell: Tell): void {
  if (!mapping) return tell('', 'must be an object with hostPort and containerPort')
  const { protocol = 'TCP', hostIP } = mapping
  for (const key of ['hostPort', 'containerPort'] as const) {
    const port = mapping[key] ?? 0
    if (port < 1 || port > 65535) tell(`.${key}`, 'must be a port number from 1 to 65535')
  }
  if (!['TCP', 'UDP', 'SCTP'].includes(protocol.toUpperCase())) {
    tell('.protocol', `${quoted(protocol)} is none of TCP, UDP and SCTP`)
  }
  if (hostIP && !isAddress(hostIP)) tell('.hostIP', `${quoted(hostIP)} is not an IP address`)
}

const bandwidthFits: Rule = ({ bandwidth }, tell) => {
  if (!bandwidth) return
  for (const direction of ['ingress', 'egress'] as const) {
    const rate = bandwidth[`${direction}Rate`] ?? 0
    const burst = bandwidth[`${direction}Burst`] ?? 0
    if (rate < 0) tell(`bandwidth.${direction}Rate`, 'may not be negative')
    if (burst < 0) tell(`bandwidth.${direction}Burst`, 'may not be negative')
    if (burst > 0 && rate === 0) tell(`bandwidth.${direction}Burst`, `needs ${direction}Rate beside it`)
  }
}

const gatewaysAreNotEmpty: Rule = ({ defaultRoute }, tell) => {
  for (const [index, gateway] of (defaultRoute ?? []).entries()) {
    if (gateway === '') tell(`default-route[${index}]`, 'must be an IP address, not empty')
  }
}

const RULES: readonly Rule[] = [
  nameCanExist,
  namespaceCanExist,
  interfaceCanExist,
  hardwareAddressesFit,
  readableByMultus,
  ipsAreNamedOnce,
  portMappingsFit,
  bandwidthFits,
  gatewaysAreNotEmpty,
]

/** An interface that is asked for must be unused, so no two elements can ask for the same. */
function interfacesAreUnique(elements: readonly DecodedElement[]): readonly Problem[] {
  const problems: Problem[] = []
  const taken = new Set<string>()
  for (const element of elements) {
    const name = element.interface || element.interfaceRequest || ''
    if (taken.has(name)) report(problems, fieldOf(element, 'interface'), `${quoted(name)} is asked for twice`)
    if (name !== '') taken.add(name)
  }
  return problems
}

/** One element leads out of the Pod, by one gateway of each family. */
function defaultRoutesFit(elements: readonly DecodedElement[]): readonly Problem[] {
  const problems: Problem[] = []
  const [first, ...others] = elements.filter(({ defaultRoute }) => defaultRoute && defaultRoute.length > 0)
  for (const element of others)
    report(problems, fieldOf(element, 'default-route'), 'may stand on one element only')
  for (const family of ['IPv4', 'IPv6'] as const) {
    const gateways =
      first?.defaultRoute?.filter((gateway) => gateway !== '' && writtenFamily(gateway) === family) ?? []
    if (first && gateways.length > 1) {
      report(
        problems,
        fieldOf(first, 'default-route'),
        `may hold one ${family} gateway, not ${gateways.length}`,
      )
    }
  }
  return problems
}
