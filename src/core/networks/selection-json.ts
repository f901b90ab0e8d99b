// What does the JSON form of a selection say? A list of objects, filled as Go fills them.
// Never judges the values, apart from what no Go struct could hold and what makes Multus crash.

import type { Problem } from '../problem.ts'
import { addressText, anyObject, integer, list, pointer, struct, text, type Fields } from './go-decode.ts'
import { report } from './report.ts'
import { parseJson, type JsonNode } from './go-json.ts'
import {
  EMPTY_ELEMENT,
  type Bandwidth,
  type DecodedElement,
  type Draft,
  type PortMapping,
} from './selection-element.ts'

const PORT_MAPPING: Fields<PortMapping> = {
  hostPort: ['hostPort', integer],
  containerPort: ['containerPort', integer],
  protocol: ['protocol', text],
  hostIP: ['hostIP', text],
}
const NO_PORT_MAPPING: PortMapping = {
  hostPort: undefined,
  containerPort: undefined,
  protocol: undefined,
  hostIP: undefined,
}

const BANDWIDTH: Fields<Bandwidth> = {
  ingressRate: ['ingressRate', integer],
  ingressBurst: ['ingressBurst', integer],
  egressRate: ['egressRate', integer],
  egressBurst: ['egressBurst', integer],
}
const NO_BANDWIDTH: Bandwidth = {
  ingressRate: undefined,
  ingressBurst: undefined,
  egressRate: undefined,
  egressBurst: undefined,
}

/** Source: multus-cni 4.3, pkg/types/types.go, `NetworkSelectionElement`. */
const MULTUS_FIELDS: Fields<DecodedElement> = {
  name: ['name', text],
  namespace: ['namespace', text],
  interface: ['interface', text],
  interfaceRequest: ['interfaceRequest', text],
  ips: ['ips', list<string>(text, '')],
  mac: ['mac', text],
  infinibandGuid: ['infiniband-guid', text],
  portMappings: ['portMappings', list(pointer(struct(PORT_MAPPING), NO_PORT_MAPPING), undefined)],
  bandwidth: ['bandwidth', pointer(struct(BANDWIDTH), NO_BANDWIDTH)],
  defaultRoute: ['default-route', list(addressText, '')],
  deviceID: ['deviceID', text],
  cniArgs: ['cni-args', anyObject],
}

/** Source: network-attachment-definition-client 1.7.6, types.go; Multus 4.3 itself does not know the last one. */
const STANDARD_FIELDS: Fields<DecodedElement> = {
  ...MULTUS_FIELDS,
  ipamClaimReference: ['ipam-claim-reference', text],
}

/** The keys of an element, as the standard spells them. */
export const SELECTION_KEYS: readonly string[] = Object.values(STANDARD_FIELDS).map(([key]) => key)

const multusElement = struct(MULTUS_FIELDS)
const standardElement = struct(STANDARD_FIELDS)

export function readJsonSelection(text: string): Draft {
  return readElements(text, multusElement)
}

/** The same, with the fields that the standard has and Multus ignores. */
export function readJsonSelectionFully(text: string): Draft {
  return readElements(text, standardElement)
}

function readElements(text: string, decode: typeof multusElement): Draft {
  const json = parseJson(text)
  if (!json.ok) return { elements: [], problems: json.problems }
  const node = json.value
  if (node.kind !== 'array') return { elements: [], problems: [{ field: '', message: wayOut(node) }] }
  const problems: Problem[] = []
  const elements = node.items.map((item, index) => readElement(item, `[${index}]`, decode, problems))
  return { elements, problems }
}

function readElement(
  item: JsonNode,
  place: string,
  decode: typeof multusElement,
  problems: Problem[],
): DecodedElement {
  const found: Problem[] = []
  // A null is legal for Go, and then Multus dereferences it.
  if (item.kind === 'null') report(found, '', 'must be an object, not null')
  if (item.kind === 'string')
    report(
      found,
      '',
      'must be an object such as {"name": "net1"}; the short form has neither brackets nor quotes',
    )
  const element = item.kind === 'string' ? EMPTY_ELEMENT : decode(item, EMPTY_ELEMENT, found)
  for (const { field, message } of found) report(problems, place + field, message)
  return { ...element, place }
}

function wayOut(node: JsonNode): string {
  if (node.kind === 'object') return 'must be a list of objects; put [ and ] around it'
  return 'must be a list of objects, or names without quotes, separated by commas'
}
