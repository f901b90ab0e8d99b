// Can this selection work as it is written? The standard's rules for what people give us.
// Never used for Pods: they are read as leniently as Multus reads them.
// Source: NPWG multi-network de-facto standard 1.3, section 4.1; Linux, net/core/dev.c, `dev_valid_name`.

import type { Problem } from '../problem.ts'
import { isAddress, writtenFamily } from './address.ts'
import {
  fieldOf,
  hardwareAddressLength,
  misreadElement,
  type Bandwidth,
  type DecodedElement,
  type PortMapping,
} from './selection-element.ts'
import { LONGEST_INTERFACE, utf8Length } from './selection-short.ts'
import { quoted } from './quote.ts'

type Rule = (element: DecodedElement) => readonly Problem[]

/** Everything that is wrong with each element, and then with the list as a whole. */
export function checkElements(elements: readonly DecodedElement[]): readonly Problem[] {
  return [
    ...elements.flatMap((element) => RULES.flatMap((rule) => rule(element))),
    ...interfacesAreUnique(elements),
    ...defaultRoutesFit(elements),
  ]
}

const RULES: readonly Rule[] = [
  nameCanExist,
  namespaceCanExist,
  interfaceCanExist,
  hardwareAddressesFit,
  misreadElement,
  ipsAreNotEmpty,
  ipsHaveOneSource,
  portMappingsAreInRange,
  bandwidthMakesSense,
  gatewaysAreAddresses,
]

/** Object names in the API: a DNS subdomain (RFC 1123), and for a Namespace a single label. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

function nameCanExist(element: DecodedElement): readonly Problem[] {
  const name = element.name ?? ''
  const field = fieldOf(element, 'name')
  if (name === '') return [{ field, message: 'the name of a NetworkAttachmentDefinition is missing' }]
  if (name.includes('/'))
    return [
      { field, message: `${quoted(name)} may not hold "/"; the JSON form has a key "namespace" for it` },
    ]
  if (name.length <= 253 && name.split('.').every((label) => LABEL.test(label))) return []
  return [
    {
      field,
      message: `${quoted(name)} cannot be the name of an object: lower case letters, digits, "-" and ".", a letter or digit at both ends, at most 253 characters`,
    },
  ]
}

function namespaceCanExist(element: DecodedElement): readonly Problem[] {
  const { namespace = '' } = element
  if (namespace === '' || (namespace.length <= 63 && LABEL.test(namespace))) return []
  return [
    {
      field: fieldOf(element, 'namespace'),
      message: `${quoted(namespace)} cannot be the name of a Namespace: lower case letters, digits and "-", a letter or digit at both ends, at most 63 characters`,
    },
  ]
}

function interfaceCanExist(element: DecodedElement): readonly Problem[] {
  return (['interface', 'interfaceRequest'] as const).flatMap((key) => {
    const name = element[key] ?? ''
    if (
      name === '' ||
      (utf8Length(name) <= LONGEST_INTERFACE && !/[\s/:]/.test(name) && name !== '.' && name !== '..')
    )
      return []
    return [
      {
        field: fieldOf(element, key),
        message: `${quoted(name)} cannot be the name of an interface: at most ${LONGEST_INTERFACE} characters, no blank, "/" or ":"`,
      },
    ]
  })
}

function hardwareAddressesFit(element: DecodedElement): readonly Problem[] {
  const { mac, infinibandGuid } = element
  const problems: Problem[] = []
  if (mac !== undefined && unfit(mac, 6))
    problems.push({
      field: fieldOf(element, 'mac'),
      message: `${quoted(mac)} must be six bytes, such as 02:23:45:67:89:01`,
    })
  if (infinibandGuid !== undefined && unfit(infinibandGuid, 8)) {
    problems.push({
      field: fieldOf(element, 'infiniband-guid'),
      message: `${quoted(infinibandGuid)} must be eight bytes, such as c2:11:22:33:44:55:66:77`,
    })
  }
  return problems
}

/** What is no hardware address at all is told by `misreadElement`, an empty text only here. */
function unfit(text: string, bytes: number): boolean {
  const length = hardwareAddressLength(text)
  return text === '' || (length !== undefined && length !== bytes)
}

function ipsAreNotEmpty(element: DecodedElement): readonly Problem[] {
  if (element.ips?.length !== 0) return []
  return [
    {
      field: fieldOf(element, 'ips'),
      message: 'must hold at least one address; leave the key out to have one chosen',
    },
  ]
}

function ipsHaveOneSource(element: DecodedElement): readonly Problem[] {
  if (!element.ipamClaimReference || element.ips === undefined) return []
  return [{ field: fieldOf(element, 'ips'), message: 'may not stand together with ipam-claim-reference' }]
}

function portMappingsAreInRange(element: DecodedElement): readonly Problem[] {
  return (element.portMappings ?? []).flatMap((mapping, index) =>
    mappingProblems(mapping).map(({ field, message }) => ({
      field: fieldOf(element, `portMappings[${index}]${field}`),
      message,
    })),
  )
}

function mappingProblems(mapping: PortMapping | undefined): readonly Problem[] {
  if (!mapping) return [{ field: '', message: 'must be an object with hostPort and containerPort' }]
  const { protocol = 'TCP', hostIP } = mapping
  const problems = (['hostPort', 'containerPort'] as const)
    .filter((key) => !isPort(mapping[key]))
    .map((key) => ({ field: `.${key}`, message: 'must be a port number from 1 to 65535' }))
  if (!['TCP', 'UDP', 'SCTP'].includes(protocol.toUpperCase()))
    problems.push({ field: '.protocol', message: `${quoted(protocol)} is none of TCP, UDP and SCTP` })
  if (hostIP && !isAddress(hostIP))
    problems.push({ field: '.hostIP', message: `${quoted(hostIP)} is not an IP address` })
  return problems
}

function isPort(port: number | undefined): boolean {
  return port !== undefined && port >= 1 && port <= 65535
}

function bandwidthMakesSense(element: DecodedElement): readonly Problem[] {
  const { bandwidth } = element
  if (!bandwidth) return []
  const negative = BANDWIDTH_KEYS.filter((key) => (bandwidth[key] ?? 0) < 0).map((key) => ({
    field: fieldOf(element, `bandwidth.${key}`),
    message: 'may not be negative',
  }))
  const rateless = (['ingress', 'egress'] as const)
    .filter((direction) => bandwidth[`${direction}Burst`] && !bandwidth[`${direction}Rate`])
    .map((direction) => ({
      field: fieldOf(element, `bandwidth.${direction}Burst`),
      message: `needs ${direction}Rate beside it`,
    }))
  return [...negative, ...rateless]
}

const BANDWIDTH_KEYS: readonly (keyof Bandwidth)[] = [
  'ingressRate',
  'ingressBurst',
  'egressRate',
  'egressBurst',
]

function gatewaysAreAddresses(element: DecodedElement): readonly Problem[] {
  return (element.defaultRoute ?? []).flatMap((gateway, index) =>
    gateway === ''
      ? [{ field: fieldOf(element, `default-route[${index}]`), message: 'must be an IP address, not empty' }]
      : [],
  )
}

/** An interface name asked for must be unused, so no two elements can have the same. */
function interfacesAreUnique(elements: readonly DecodedElement[]): readonly Problem[] {
  const taken = new Set<string>()
  return elements.flatMap((element) => {
    const name = element.interface || element.interfaceRequest || ''
    if (name === '') return []
    if (!taken.has(name)) {
      taken.add(name)
      return []
    }
    return [
      {
        field: fieldOf(element, 'interface'),
        message: `${quoted(name)} is used twice; each attachment needs an interface of its own`,
      },
    ]
  })
}

function defaultRoutesFit(elements: readonly DecodedElement[]): readonly Problem[] {
  const [first, ...others] = elements.filter((element) => (element.defaultRoute?.length ?? 0) > 0)
  if (!first) return []
  const problems = others.map((element) => ({
    field: fieldOf(element, 'default-route'),
    message: 'may stand on one element only',
  }))
  for (const family of ['IPv4', 'IPv6'] as const) {
    const gateways = (first.defaultRoute ?? []).filter(
      (gateway) => gateway !== '' && writtenFamily(gateway) === family,
    )
    if (gateways.length > 1)
      problems.push({
        field: fieldOf(first, 'default-route'),
        message: `may hold one ${family} gateway, not ${gateways.length}`,
      })
  }
  return problems
}
