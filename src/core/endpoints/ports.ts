// Which ports does one Pod offer for a Service? Never looks at addresses.
// Source of the rules: k8s.io/endpointslice, utils.go (FindPort).

import type { EndpointPort } from './endpoint-slice.ts'

export interface ServicePort {
  /** May be empty where a Service has one port. */
  readonly name: string
  readonly protocol: string
  /** A number is taken as it is, a name is looked up in the Pod. */
  readonly targetPort: number | string
  readonly appProtocol: string | undefined
}

/** A port that a container gave a name: found by name and protocol together. */
export interface NamedPort {
  readonly name: string
  readonly protocol: string
  readonly port: number
}

/** The Service's ports as this Pod resolves them, in the Service's order. A name the Pod lacks is left out. */
export function resolvePorts(
  servicePorts: readonly ServicePort[],
  namedPorts: readonly NamedPort[],
): readonly EndpointPort[] {
  return servicePorts.flatMap(({ name, protocol, targetPort, appProtocol }) => {
    const port = typeof targetPort === 'number' ? targetPort : findPort(namedPorts, targetPort, protocol)
    return port === undefined ? [] : [{ name, protocol, port, ...(appProtocol && { appProtocol }) }]
  })
}

function findPort(namedPorts: readonly NamedPort[], name: string, protocol: string): number | undefined {
  return namedPorts.find((port) => port.name === name && port.protocol === protocol)?.port
}

/** Pods and slices with the same key have the same set of ports, in whatever order. */
export function portsKey(ports: readonly EndpointPort[]): string {
  const texts = ports.map(({ name = '', protocol = 'TCP', port, appProtocol }) =>
    JSON.stringify([name, protocol, port ?? null, appProtocol ?? null]),
  )
  return texts.sort().join()
}
