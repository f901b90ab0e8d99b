// Can these ports of a NetService work? The rules of a Service's ports, told port by port.
// Never fills anything in. Source: Kubernetes, pkg/apis/core/validation, `validateServicePort`.

import { fieldAt, textAt } from '../networks/untrusted.ts'
import { quoted } from '../networks/quote.ts'
import type { Problem } from '../problem.ts'
import { isLabelKey } from './selector.ts'

/** As in a Service and in an EndpointSlice. */
const MOST_PORTS = 100
const PROTOCOLS: readonly unknown[] = ['TCP', 'UDP', 'SCTP']

export function checkPorts(ports: unknown, field: string): Problem[] {
  if (ports === undefined || ports === null) return []
  if (!Array.isArray(ports)) return [{ field, message: 'must be a list of ports' }]
  if (ports.length > MOST_PORTS)
    return [{ field, message: `holds ${ports.length} ports; it may hold at most ${MOST_PORTS}` }]
  const each = ports.flatMap((port: unknown, index) => [
    ...checkNumber(port, `${field}[${index}].port`),
    ...checkName(port, ports.length > 1, `${field}[${index}].name`),
    ...checkProtocol(port, `${field}[${index}].protocol`),
    ...checkTargetPort(port, `${field}[${index}].targetPort`),
    ...checkAppProtocol(port, `${field}[${index}].appProtocol`),
  ])
  return [...each, ...namesAreUnique(ports, field), ...portsAreUnique(ports, field)]
}

function checkNumber(entry: unknown, field: string): Problem[] {
  return isPortNumber(fieldAt(entry, 'port')) ? [] : [{ field, message: 'must be a number from 1 to 65535' }]
}

function isPortNumber(value: unknown): boolean {
  return typeof value === 'number' && Number.isInteger(value) && value >= 1 && value <= 65535
}

/** One port may go without, since it gets a name of its own. */
function checkName(entry: unknown, isOneOfMany: boolean, field: string): Problem[] {
  const name = given(entry, 'name')
  if (name === undefined)
    return isOneOfMany ? [{ field, message: 'is required where there are several ports' }] : []
  if (typeof name === 'string' && PORT_NAME.test(name)) return []
  return [
    {
      field,
      message: `${said(name)} cannot be the name of a port: at most 63 lower case letters, digits and "-", a letter or digit at both ends`,
    },
  ]
}

/** A DNS label (RFC 1123). */
const PORT_NAME = /^[a-z0-9](?:[-a-z0-9]{0,61}[a-z0-9])?$/

function checkProtocol(entry: unknown, field: string): Problem[] {
  const protocol = given(entry, 'protocol') ?? 'TCP'
  return PROTOCOLS.includes(protocol)
    ? []
    : [{ field, message: `${said(protocol)} is none of TCP, UDP and SCTP` }]
}

function checkTargetPort(entry: unknown, field: string): Problem[] {
  const target = given(entry, 'targetPort')
  if (target === undefined || isPortNumber(target)) return []
  if (typeof target === 'string' && isContainerPortName(target)) return []
  return [
    {
      field,
      message: `${said(target)} is neither a number from 1 to 65535 nor the name of a container's port (at most 15 lower case letters, digits and single "-", one letter at least)`,
    },
  ]
}

/** Source: Kubernetes, apimachinery/pkg/util/validation, `IsValidPortName`. */
export function isContainerPortName(name: string): boolean {
  return name.length <= 15 && /^[a-z0-9]+(?:-[a-z0-9]+)*$/.test(name) && /[a-z]/.test(name)
}

function checkAppProtocol(entry: unknown, field: string): Problem[] {
  const protocol = given(entry, 'appProtocol')
  if (protocol === undefined || (typeof protocol === 'string' && isLabelKey(protocol))) return []
  return [{ field, message: `${said(protocol)} is no protocol name such as http or kubernetes.io/h2c` }]
}

function namesAreUnique(ports: readonly unknown[], field: string): Problem[] {
  return repeated(ports, (entry) => textAt(entry, 'name') || undefined).map(([index, name]) => ({
    field: `${field}[${index}].name`,
    message: `${quoted(name)} is used twice`,
  }))
}

function portsAreUnique(ports: readonly unknown[], field: string): Problem[] {
  const describe = (entry: unknown): string | undefined => {
    const port = fieldAt(entry, 'port')
    return typeof port === 'number' ? `${port}/${textAt(entry, 'protocol') || 'TCP'}` : undefined
  }
  return repeated(ports, describe).map(([index, port]) => ({
    field: `${field}[${index}].port`,
    message: `${port} is used twice`,
  }))
}

function repeated(
  ports: readonly unknown[],
  describe: (entry: unknown) => string | undefined,
): [index: number, text: string][] {
  const seen = new Set<string>()
  return ports.flatMap((entry, index): [number, string][] => {
    const text = describe(entry)
    if (text === undefined) return []
    if (seen.has(text)) return [[index, text]]
    seen.add(text)
    return []
  })
}

/** An empty text is an absent one, as everywhere in the API. */
function given(entry: unknown, key: string): unknown {
  const value = fieldAt(entry, key)
  return value === null || value === '' ? undefined : value
}

function said(value: unknown): string {
  return typeof value === 'string' ? quoted(value) : quoted(JSON.stringify(value)).slice(1, -1)
}
