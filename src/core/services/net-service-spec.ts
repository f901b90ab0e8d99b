// What does a NetService ask for, and can it work as it is written? Every rule that needs the object alone.
// The CRD holds the same rules for whoever writes without our webhook; a test holds the two together.

import { quoted } from '../networks/quote.ts'
import { fieldAt, textAt } from '../networks/untrusted.ts'
import { objectKey } from '../object-key.ts'
import { bad, good, type Problem, type Result } from '../problem.ts'
import { checkPorts } from './net-service-ports.ts'
import { readNetAttachDef, type NetAttachDef } from './one-network.ts'
import { checkSelector, type Selector } from './selector.ts'
import { familiesAt, isIPFamily, portsAt } from './service-form.ts'
import type { ServiceWish } from './wish.ts'

export const NET_ATTACH_DEF_FIELD = 'spec.netAttachDef'

/**
 * The wish of a NetService, or everything that is wrong with it, each with its field. `inNamespace` is that of a
 * request, where the object itself may lack it.
 */
export function readNetService(netService: unknown, inNamespace = ''): Result<ServiceWish> {
  const namespace = textAt(netService, 'metadata', 'namespace') ?? inNamespace
  const spec = fieldAt(netService, 'spec')
  if (typeof spec !== 'object' || spec === null || Array.isArray(spec))
    return bad(...checkName(netService), {
      field: 'spec',
      message: 'is required, with netAttachDef and selector',
    })
  const network = readNetwork(spec, namespace)
  const selector = checkSelector(fieldAt(spec, 'selector'), 'spec.selector')
  const problems = [
    ...checkName(netService),
    ...(network.ok ? [] : network.problems),
    ...(selector.ok ? [] : selector.problems),
    ...checkPorts(fieldAt(spec, 'ports'), 'spec.ports'),
    ...checkFamilies(fieldAt(spec, 'ipFamilies')),
    ...checkPublishing(spec),
  ]
  if (problems.length > 0 || !network.ok || !selector.ok) return bad(...problems)
  return good(wishOf(netService, namespace, network.value, selector.value))
}

function wishOf(
  netService: unknown,
  namespace: string,
  { network, interface: device }: NetAttachDef,
  selector: Selector,
): ServiceWish {
  return {
    service: objectKey(namespace, textAt(netService, 'metadata', 'name') ?? ''),
    network,
    interface: device,
    selector,
    ports: portsAt(netService, 'spec', 'ports'),
    ipFamilies: familiesAt(netService, 'spec', 'ipFamilies'),
    publishNotReadyAddresses: fieldAt(netService, 'spec', 'publishNotReadyAddresses') === true,
    hostnames: textAt(netService, 'spec', 'hostnames') === 'PodName' ? 'PodName' : 'None',
    strategy: 'none',
    guard: 'unknown',
    writeEndpoints: false,
    problems: [],
  }
}

/**
 * Its Service has the same name, and before Kubernetes 1.36 a Service's name begins with a letter (DNS-1035).
 * A name that the API server has yet to make up is judged when it is there.
 */
function checkName(netService: unknown): Problem[] {
  const name = textAt(netService, 'metadata', 'name') ?? ''
  if (name === '' || /^[a-z](?:[-a-z0-9]{0,61}[a-z0-9])?$/.test(name)) return []
  return [
    {
      field: 'metadata.name',
      message: `${quoted(name)} cannot be the name of its Service: at most 63 lower case letters, digits and "-", beginning with a letter, ending with a letter or digit`,
    },
  ]
}

function readNetwork(spec: object, namespace: string): Result<NetAttachDef> {
  const field = NET_ATTACH_DEF_FIELD
  const text = fieldAt(spec, 'netAttachDef') ?? ''
  if (typeof text !== 'string') return bad({ field, message: 'must be text, such as core or blue/core' })
  if (text.trim() === '')
    return bad({
      field,
      message: 'is required: the name of the NetworkAttachmentDefinition, or namespace/name',
    })
  return readNetAttachDef(text, namespace, field)
}

function checkFamilies(families: unknown): Problem[] {
  const field = 'spec.ipFamilies'
  if (families === undefined || families === null) return []
  if (!Array.isArray(families)) return [{ field, message: 'must be a list of IPv4 and IPv6' }]
  if (families.length === 0)
    return [{ field, message: 'may not be empty; leave it out for every family that the Pods have' }]
  return families.flatMap((family: unknown, index) => {
    const place = `${field}[${index}]`
    if (!isIPFamily(family)) return [{ field: place, message: 'must be IPv4 or IPv6' }]
    return families.indexOf(family) < index ? [{ field: place, message: `${family} is listed twice` }] : []
  })
}

function checkPublishing(spec: object): Problem[] {
  const problems: Problem[] = []
  const notReady = fieldAt(spec, 'publishNotReadyAddresses') ?? false
  if (typeof notReady !== 'boolean')
    problems.push({
      field: 'spec.publishNotReadyAddresses',
      message: 'must be true or false, without quotes',
    })
  const hostnames = fieldAt(spec, 'hostnames') ?? 'None'
  if (hostnames !== 'None' && hostnames !== 'PodName')
    problems.push({ field: 'spec.hostnames', message: 'must be None or PodName' })
  return problems
}
