// Which NADs stand against a deletion that would take many at once, and how that is told in one line.
// Shared by the two doors around the guard: the Namespace and the NAD's CustomResourceDefinition.

import type { Cause } from './decision.ts'
import type { Objection } from './deletion-table.ts'
import type { NadStanding, Visible } from './facts.ts'
import { allowedAround, isHeld, type Holders } from './holders.ts'
import { CAUSES, describeNad } from './refusal.ts'
import { describeHolders, isVisible, NAMED, plural, quotedReason, sentenceList } from './wording.ts'
import type { NetworkUser } from '../networks/users.ts'

export interface Obstacle {
  readonly standing: NadStanding
  readonly holders: Holders
}

/** A NAD stands in the way while it is held or protected, unless it is going already or somebody broke the glass. */
export function obstaclesAmong(
  nads: readonly NadStanding[],
  holdersOf: (standing: NadStanding) => Holders,
): Obstacle[] {
  return nads
    .filter(
      ({ nad, namespace }) =>
        !nad.terminating &&
        nad.allowDeletion === undefined &&
        allowedAround(namespace) === undefined &&
        namespace.guard === 'enforce',
    )
    .map((standing) => ({ standing, holders: holdersOf(standing) }))
    .filter(({ standing, holders }) => isHeld(holders) || isProtected(standing))
}

function isProtected({ nad, namespace }: NadStanding): boolean {
  return nad.protected !== undefined && !namespace.terminating
}

/** `blue/a (used by 2 Pods: red/x-0 and red/x-1), blue/b (protected: "storage") and 3 more`. */
export function describeObstacles(obstacles: readonly Obstacle[], visible: Visible, now: number): string {
  const shown = obstacles.filter(({ standing }) => isVisible(standing.nad.namespace, visible))
  const hidden = obstacles.length - shown.length
  const parts = shown.slice(0, NAMED).map((obstacle) => describeObstacle(obstacle, visible, now))
  if (shown.length > NAMED) parts.push(`${shown.length - NAMED} more`)
  if (hidden > 0) parts.push(`${hidden} in other namespaces`)
  return sentenceList(parts)
}

function describeObstacle({ standing, holders }: Obstacle, visible: Visible, now: number): string {
  const { namespace, name, protected: reason } = standing.nad
  const why = isHeld(holders)
    ? describeHolders(holders, visible, now)
    : `protected: ${quotedReason(reason ?? '')}`
  return `${namespace}/${name} (${why})`
}

/** One objection for all of them together. */
export function objectionOf(
  obstacles: readonly Obstacle[],
  message: string,
  visible: Visible,
  now: number,
): Objection | undefined {
  if (obstacles.length === 0) return undefined
  const reason = obstacles.some(({ holders }) => isHeld(holders)) ? 'NetworkInUse' : 'NetworkProtected'
  return { reason, message, causes: obstacleCauses(obstacles, visible, now), certain: false }
}

function obstacleCauses(obstacles: readonly Obstacle[], visible: Visible, now: number): Cause[] {
  const shown = obstacles.filter(({ standing }) => isVisible(standing.nad.namespace, visible))
  const causes = shown.slice(0, CAUSES).map((obstacle): Cause => {
    const held = isHeld(obstacle.holders)
    const why = held ? describeHolders(obstacle.holders, visible, now) : `protected`
    const message = `${describeNad(obstacle.standing.nad)} is ${why}`
    return { reason: held ? 'NetworkInUse' : 'NetworkProtected', message, field: '' }
  })
  const rest = obstacles.length - causes.length
  if (rest === 0) return causes
  return [...causes, { reason: 'NetworkInUse', message: `and ${plural(rest, 'more network')}`, field: '' }]
}

export function allUsers(obstacles: readonly Obstacle[]): NetworkUser[] {
  return obstacles.flatMap(({ holders }) => holders.users)
}
