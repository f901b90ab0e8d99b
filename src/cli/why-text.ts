// How the answers of `sidenet why` are printed: as text for people, as JSON of a versioned shape for machines.
// Never adds a word of judgement: sentences come from the core.

import { table } from './table.ts'
import { GROUP, VERSION } from '../core/names.ts'
import { quoted } from '../core/networks/quote.ts'
import { nameOf } from '../core/object-key.ts'
import type { PodRow } from '../core/why/pod-rows.ts'
import type { NetworkRow, ServiceRow, WhyPod } from '../core/why/why-pod.ts'
import type { WhyService } from '../core/why/why-service.ts'

export function serviceText(why: WhyService): string {
  const { speaker, key, state, reason, message, notes, pods } = why
  const rows = pods.map((row) => [
    nameOf(row.pod),
    row.published,
    row.addresses.join(', '),
    readiness(row),
    whyNot(row, message),
  ])
  return [
    `${speaker} ${key} on ${networkOf(why)}: ${state} (${reason})`,
    message,
    ...notes.map((note) => `Warning: ${note.message} (${note.reason})`),
    ...section(['POD', 'PUBLISHED', 'ADDRESSES', 'READY', 'WHY NOT'], rows),
  ].join('\n')
}

function networkOf({ network, interface: device }: WhyService): string {
  if (network === undefined) return 'no secondary network'
  return device === undefined ? `network ${network}` : `network ${network}, interface ${device}`
}

function readiness({ published, ready }: PodRow): string {
  return published === 'no' ? '' : ready ? 'yes' : 'no'
}

/** What holds for the whole Service was said above. */
function whyNot({ published, reason, message, leftOut }: PodRow, above: string): string {
  if (published === 'yes') return leftOut.map((each) => `${each.reason}: ${each.message}`).join('; ')
  return message === above ? reason : `${reason}: ${message}`
}

function section(header: readonly string[], rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : ['', table(header, rows)]
}

export function podText(why: WhyPod): string {
  const { pod, networks, services, unreadable } = why
  return [
    headline(why),
    ...unreadable.map(
      ({ annotation, problem }) =>
        `Warning: Multus cannot read its annotation ${annotation}, so it attaches nothing of it: ${problem} (AnnotationUnreadable)`,
    ),
    ...section(['NETWORK', 'ASKED BY', 'HELD', 'ADDRESSES', 'WHY NOT'], networks.map(networkCells)),
    ...(services.length === 0
      ? ['', `No Service and no NetService of its namespace selects Pod ${pod}.`]
      : section(['SERVICE', 'NETWORK', 'PUBLISHED', 'ADDRESSES', 'WHY NOT'], services.map(serviceCells))),
  ].join('\n')
}

function headline({ pod, networks, finished }: WhyPod): string {
  if (networks.length === 0) return `Pod ${pod} asks for no secondary network and holds none.`
  const held = networks.filter((row) => row.held).length
  const ended = finished ? '; it has ended' : ''
  return `Pod ${pod} holds ${held} of ${networks.length} secondary network${networks.length === 1 ? '' : 's'}${ended}.`
}

function networkCells(row: NetworkRow): string[] {
  const askedBy = row.askedBy.join(', ')
  const network = named(row.network)
  if (!row.held) return [network, askedBy, 'no', '', `${row.reason}: ${row.message}`]
  const addresses = row.attachments.map(({ interface: device, addresses }) =>
    [...addresses, ...(device ? [`on ${named(device)}`] : [])].join(' '),
  )
  return [network, askedBy, 'yes', addresses.join(', '), row.message]
}

/** In a Pod's annotations anybody may write anything, also what a terminal would take for a command. */
function named(text: string): string {
  return /^[\w./:-]+$/.test(text) ? text : quoted(text)
}

function serviceCells(row: ServiceRow): string[] {
  const { speaker, service, network = '', published, addresses, reason, message } = row
  const name = `${speaker === 'Service' ? 'svc' : 'nsvc'}/${nameOf(service)}`
  const why = published === 'yes' ? '' : `${reason}: ${message}`
  return [name, network, published, addresses.join(', '), why]
}

export function serviceJson(why: WhyService): string {
  const { speaker, key, ...rest } = why
  return json('ServiceExplanation', { about: { kind: speaker, key }, ...rest })
}

export function podJson({ pod, ...rest }: WhyPod): string {
  return json('PodExplanation', { about: { kind: 'Pod', key: pod }, ...rest })
}

function json(kind: string, body: object): string {
  return JSON.stringify({ apiVersion: `${GROUP}/${VERSION}`, kind, ...body }, undefined, 2)
}
