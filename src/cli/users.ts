// `sidenet users NAD`: who holds a network, and by which field. Calls the core and prints.

import type { Command } from 'commander'
import { addNadCommand } from './nad-question.ts'
import { table } from './table.ts'
import type { LiveFacts } from '../cluster/live-facts.ts'
import { plural } from '../core/admission/wording.ts'
import { GROUP, NAD, VERSION } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'
import { uncountedPods, type UncountedPod } from '../core/networks/uncounted.ts'
import type { NetworkUser } from '../core/networks/users.ts'

const HELP = `
Examples:
  sidenet users blue/macvlan-a
  sidenet users macvlan-a -n blue -o json

Exit status: 0 answered, 2 cannot tell, 64 wrong usage. The table goes on to what names the network without counting.`

/** Adds the command `users`. */
export function addUsers(program: Command): void {
  const texts = {
    summary: 'who holds a network, and by which field?',
    description: 'Lists the Pods that hold a NAD, the field they hold it by, and whatever else names it.',
    help: HELP,
  }
  addNadCommand(program, 'users', texts, (nad, live, output) => ({
    text: output === 'json' ? asJson(nad, live) : asText(nad, live),
    status: 0,
  }))
}

function asText(nad: ObjectKey, live: LiveFacts): string {
  const { users } = live.facts.users
  const headline =
    users.length === 0
      ? `${NAD.kind} ${nad} is used by no Pod.`
      : `${NAD.kind} ${nad} is used by ${plural(users.length, 'Pod')}.`
  const rows = users.map((user) => [
    `${user.namespace}/${user.name}`,
    user.fields.join(', '),
    user.nodeName ?? '',
    stateOf(user),
  ])
  return [
    headline,
    ...(rows.length === 0 ? [] : [table(['POD', 'HOLDS IT BY', 'NODE', 'STATE'], rows)]),
    ...section('Names it and does not count', others(nad, live)),
  ].join('\n')
}

function stateOf({ nodeName, deletionTimestamp }: NetworkUser): string {
  if (deletionTimestamp !== undefined) return 'terminating'
  return nodeName === undefined ? 'not scheduled yet' : 'scheduled'
}

function section(title: string, rows: readonly string[][]): string[] {
  return rows.length === 0 ? [] : ['', `${title}:`, table(['WHAT', 'WHY NOT'], rows)]
}

function others(nad: ObjectKey, live: LiveFacts): string[][] {
  const { referrers, blockOn } = live.facts
  const named = referrers.map(({ kind, namespace, name }) => [
    `${kind} ${namespace}/${name}`,
    blockOn.has(kind) ? 'it counts: blockOn says so' : 'it holds nothing by itself; its Pods do',
  ])
  return [
    ...named,
    ...uncounted(nad, live).map(({ namespace, name, why }) => [`Pod ${namespace}/${name}`, why]),
  ]
}

function uncounted(nad: ObjectKey, { facts, pods }: LiveFacts): UncountedPod[] {
  return uncountedPods(nad, pods, facts.users)
}

function asJson(nad: ObjectKey, live: LiveFacts): string {
  const { users, referrers } = live.facts
  const list = {
    apiVersion: `${GROUP}/${VERSION}`,
    kind: 'NetworkUserList',
    networkAttachmentDefinition: nad,
    users: users.users,
    referrers: referrers.map(({ kind, namespace, name }) => ({ kind, namespace, name })),
    uncounted: uncounted(nad, live),
  }
  return JSON.stringify(list, undefined, 2)
}
