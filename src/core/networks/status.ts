// Which networks did this Pod get? The only reader of `network-status`, under its new key and its old.
// Never believes it: whether an address may be published is decided elsewhere.

import { ANNOTATIONS } from '../names.ts'
import type { ObjectKey } from '../object-key.ts'
import { bad, good, type Problem, type Result } from '../problem.ts'
import { flag, integer, list, pointer, struct, text, type Decoder } from './go-decode.ts'
import { parseJson } from './go-json.ts'
import { networkKey } from './network-key.ts'
import { fieldAt } from './untrusted.ts'

/** One interface that a Pod got. One network may fill several entries, and an entry may lack anything but its name. */
export interface NetworkStatus {
  /** `namespace/name` of the NAD; bare before Multus 3.8; the CNI configuration's name for the cluster's own network. */
  readonly name: string
  readonly interface: string
  /** In the order they were written, each with or without a prefix length; not checked. */
  readonly ips: readonly string[]
  readonly mac: string
  /** The Pod's first network: at any position, and with old writers more than once. */
  readonly default: boolean
}

/** The annotation that was read, and what it says. */
export interface NetworkStatusReading {
  readonly annotation: string
  readonly statuses: Result<readonly NetworkStatus[]>
}

/**
 * Reads the text of a status as Go's client library does: one value of the wrong type spoils the whole list.
 * Source: network-attachment-definition-client 1.7.6, pkg/utils/net-attach-def.go, `GetNetworkStatus`.
 */
export function parseNetworkStatus(text: string): Result<readonly NetworkStatus[]> {
  const json = parseJson(text)
  if (!json.ok) return json
  const problems: Problem[] = []
  const entries = decodeEntries(json.value, undefined, problems)
  return problems.length > 0 ? bad(...problems) : good((entries ?? []).map(statusOf))
}

/** The status among a Pod's annotations; the newer key wins, even if it cannot be read. Undefined where there is none. */
export function networkStatusOf(annotations: unknown): NetworkStatusReading | undefined {
  for (const annotation of [ANNOTATIONS.networkStatus, ANNOTATIONS.networkStatusOld]) {
    const value = fieldAt(annotations, annotation)
    if (value === undefined || value === null) continue
    const statuses =
      typeof value === 'string' ? parseNetworkStatus(value) : bad({ field: '', message: 'is not text' })
    return { annotation, statuses }
  }
  return undefined
}

/**
 * The NAD that an entry comes from; undefined where it comes from none. `namespace/name` is exact, for the first network
 * as well (that is how `v1.multus-cni.io/default-network` shows). A bare name means the NAD of the Pod's own namespace,
 * except in a default entry: there it is the name of a CNI configuration such as `cbr0`, whatever NADs are called.
 */
export function networkOf(status: NetworkStatus, podNamespace: string): ObjectKey | undefined {
  const slash = status.name.indexOf('/')
  if (slash >= 0) return networkKey(status.name.slice(0, slash), status.name.slice(slash + 1))
  return status.default ? undefined : networkKey(podNamespace, status.name)
}

interface Dns {
  readonly nameservers: readonly string[] | undefined
  readonly domain: string
  readonly search: readonly string[] | undefined
  readonly options: readonly string[] | undefined
}

interface DeviceInfo {
  readonly type: string
  readonly version: string
  readonly pci: TextFields | undefined
  readonly vdpa: TextFields | undefined
  readonly vhostUser: TextFields | undefined
  readonly memif: TextFields | undefined
}

type TextFields = Readonly<Record<string, string>>

interface Entry extends Omit<NetworkStatus, 'ips'> {
  readonly ips: readonly string[] | undefined
  readonly mtu: number
  readonly gateway: readonly string[] | undefined
  readonly dns: Dns
  readonly deviceInfo: DeviceInfo | undefined
}

const NO_DNS: Dns = { nameservers: undefined, domain: '', search: undefined, options: undefined }
const NO_DEVICE: DeviceInfo = {
  type: '',
  version: '',
  pci: undefined,
  vdpa: undefined,
  vhostUser: undefined,
  memif: undefined,
}
const NO_ENTRY: Entry = {
  name: '',
  interface: '',
  ips: undefined,
  mac: '',
  default: false,
  mtu: 0,
  gateway: undefined,
  dns: NO_DNS,
  deviceInfo: undefined,
}

const texts = list<string>(text, '')

function textFields(...keys: readonly string[]): Decoder<TextFields | undefined> {
  const fields = Object.fromEntries(keys.map((key) => [key, [key, text] as const]))
  const zero = Object.fromEntries(keys.map((key) => [key, '']))
  return pointer(struct<TextFields>(fields), zero)
}

// What nobody here needs is read all the same, since a wrong type there spoils the list for Go, too.
// Source: network-attachment-definition-client 1.7.6, pkg/apis/k8s.cni.cncf.io/v1/types.go, `NetworkStatus`.
const decodeDns = struct<Dns>({
  nameservers: ['nameservers', texts],
  domain: ['domain', text],
  search: ['search', texts],
  options: ['options', texts],
})

const decodeDevice = struct<DeviceInfo>({
  type: ['type', text],
  version: ['version', text],
  pci: ['pci', textFields('pci-address', 'vhost-net', 'rdma-device', 'pf-pci-address', 'representor-device')],
  vdpa: [
    'vdpa',
    textFields('parent-device', 'driver', 'path', 'pci-address', 'pf-pci-address', 'representor-device'),
  ],
  vhostUser: ['vhost-user', textFields('mode', 'path')],
  memif: ['memif', textFields('role', 'path', 'mode')],
})

const decodeEntry = struct<Entry>({
  name: ['name', text],
  interface: ['interface', text],
  ips: ['ips', texts],
  mac: ['mac', text],
  default: ['default', flag],
  mtu: ['mtu', integer],
  gateway: ['gateway', texts],
  dns: ['dns', decodeDns],
  deviceInfo: ['device-info', pointer(decodeDevice, NO_DEVICE)],
})

const decodeEntries = list(decodeEntry, NO_ENTRY)

function statusOf({ name, interface: device, ips, mac, default: isDefault }: Entry): NetworkStatus {
  return { name, interface: device, ips: ips ?? [], mac, default: isDefault }
}
