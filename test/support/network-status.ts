// The network-status annotation as Multus writes it after it has attached a Pod. Never reads one.

/** One interface beside the first; `name` is `namespace/name` of the NAD. */
export interface Attachment {
  readonly name: string
  readonly interface?: string
  readonly ips?: readonly string[]
  readonly mac?: string
  readonly default?: boolean
}

/**
 * The text of the annotation: the cluster's own network first, under the name of its CNI configuration, then what
 * was attached. Keys, their order and the indentation of four are those of network-attachment-definition-client,
 * pkg/utils/net-attach-def.go; `dns` is always there.
 */
export function networkStatus(
  podIps: readonly string[],
  attachments: readonly (Attachment | string)[],
): string {
  const first = {
    name: 'cbr0',
    interface: 'eth0',
    ips: podIps,
    mac: '0a:58:0a:f4:00:02',
    default: true,
    dns: {},
  }
  const others = attachments.map((given, index) => {
    const { name, ...attachment } = typeof given === 'string' ? { name: given } : given
    const usual = {
      interface: `net${index + 1}`,
      ips: [`192.0.2.${index + 1}`],
      mac: `0a:00:00:00:00:0${index + 1}`,
    }
    return { name, ...usual, ...attachment, dns: {} }
  })
  return JSON.stringify([first, ...others], null, 4)
}
