// What becomes of a NetService when it is written? Fills in what follows from its other fields (the mutating side) and
// judges it (both sides). Never sees the cluster: what must be known of it comes with the facts.

import { ANNOTATIONS, NET_SERVICE, OLD_NET_SERVICE } from '../names.ts'
import { fieldAt, listAt, textAt } from '../networks/untrusted.ts'
import { describeProblem, type Problem, type Result } from '../problem.ts'
import { isTerminating } from '../networks/metadata.ts'
import { isContainerPortName } from '../services/net-service-ports.ts'
import { readNetService } from '../services/net-service-spec.ts'
import { readNetAttachDef } from '../services/one-network.ts'
import { ownershipOf, type Ownership } from '../services/ownership.ts'
import type { ServiceWish } from '../services/wish.ts'
import type { Writing } from './annotated-service.ts'
import { allow, patch, type Cause, type Decision, type JsonValue, type PatchOperation } from './decision.ts'
import { causesFor, newProblems, refuseInvalid } from './invalid-object.ts'
import { difference } from './json-patch.ts'
import { surroundingWarnings, type Surroundings } from './surroundings.ts'

export interface NetServiceFacts extends Writing {
  /** The Service of its name in its namespace, as it stands; undefined where there is none. */
  readonly service: unknown
  /** Whether the older group has a NetService of its name in its namespace. */
  readonly hasOldTwin: boolean
  readonly surroundings: Surroundings
}

/**
 * Mutating: `targetPort`, the name of a single port, and a network without blanks. What is wrong is refused here
 * already, with everything that is wrong: the schema, which comes next, would tell some of it and hold back the rest.
 */
export function defaultNetService(facts: NetServiceFacts): Decision {
  const refused = judge(facts)
  if (refused.kind === 'deny') return refused
  const { namespace, object } = facts
  if (!readNetService(object, namespace).ok) return allow(refused.reason)
  const operations = [...networkChange(object, namespace), ...portChanges(listAt(object, 'spec', 'ports'))]
  return operations.length === 0 ? allow(refused.reason) : patch('NetServiceDefaulted', operations)
}

/** Validating: the same rules again, since others may have changed it on the way, and what should be known. */
export function judgeNetService(facts: NetServiceFacts): Decision {
  return judge(facts)
}

function judge(facts: NetServiceFacts): Decision {
  const { namespace, object, oldObject } = facts
  if (isTerminating(object)) return allow('AlreadyTerminating')
  const wish = readNetService(object, namespace)
  const before = isAbsent(oldObject) ? undefined : problemsIn(readNetService(oldObject, namespace))
  const found = newProblems(problemsIn(wish), before ?? [])
  const taken = nameTaken(facts)
  const [first, ...causes] = [
    ...(before ? [] : causesFor('ServiceTaken', taken)),
    ...causesFor('NetServiceInvalid', found),
  ]
  if (first) return refuse(object, namespace, [first, ...causes], warningsFor(facts, wish, []))
  const old = before ? [...taken, ...problemsIn(wish)] : []
  return allow('NetServiceAccepted', { warnings: warningsFor(facts, wish, old) })
}

function problemsIn(wish: Result<ServiceWish>): readonly Problem[] {
  return wish.ok ? [] : wish.problems
}

/** `old` is what was wrong before and does not refuse a change. */
function warningsFor(facts: NetServiceFacts, wish: Result<ServiceWish>, old: readonly Problem[]): string[] {
  const subject = describeNetService(facts.object, facts.namespace)
  const warnings = old.map((problem) => `${subject}: ${describeProblem(problem)}`)
  if (ownershipOfService(facts) === 'leaving')
    warnings.push(
      `${subject}: the Service of an earlier NetService of this name is still there; it is replaced once it is gone`,
    )
  if (facts.hasOldTwin)
    warnings.push(
      `${subject}: ${OLD_NET_SERVICE.group} has a NetService of the same name, which is not served any more`,
    )
  return wish.ok ? [...warnings, ...surroundingWarnings(subject, wish.value, facts.surroundings)] : warnings
}

/** A name cannot be changed, so it refuses a new NetService and only warns about an old one. */
function nameTaken(facts: NetServiceFacts): readonly Problem[] {
  if (ownershipOfService(facts) !== 'foreign') return []
  const name = textAt(facts.object, 'metadata', 'name') ?? ''
  const message = `Service ${facts.namespace}/${name} exists and belongs to somebody else; delete it, choose another name, or hand it over: kubectl annotate service -n ${facts.namespace} ${name} ${ANNOTATIONS.adopt}=${name}`
  return [{ field: 'metadata.name', message }]
}

function ownershipOfService({ object, service }: NetServiceFacts): Ownership {
  const name = textAt(object, 'metadata', 'name') ?? ''
  return name === '' ? 'free' : ownershipOf(service, { name, uid: textAt(object, 'metadata', 'uid') ?? '' })
}

function refuse(
  object: unknown,
  namespace: string,
  causes: readonly [Cause, ...Cause[]],
  warnings: readonly string[],
): Decision {
  const { group, kind } = NET_SERVICE
  const name = textAt(object, 'metadata', 'name') ?? ''
  return refuseInvalid(describeNetService(object, namespace), { group, kind, name }, causes, warnings)
}

function describeNetService(object: unknown, namespace: string): string {
  return `${NET_SERVICE.kind} ${namespace}/${textAt(object, 'metadata', 'name') ?? textAt(object, 'metadata', 'generateName') ?? ''}`
}

function networkChange(object: unknown, namespace: string): PatchOperation[] {
  const text = textAt(object, 'spec', 'netAttachDef') ?? ''
  const network = readNetAttachDef(text, namespace, '')
  return network.ok ? difference('/spec/netAttachDef', text, network.value.canonical) : []
}

function portChanges(ports: readonly unknown[]): PatchOperation[] {
  return ports.flatMap((port, index) => [
    ...(ports.length === 1 && !textAt(port, 'name') ? setTo(port, index, 'name', nameFor(port)) : []),
    ...(isMissing(fieldAt(port, 'targetPort'))
      ? setTo(port, index, 'targetPort', Number(fieldAt(port, 'port')))
      : []),
  ])
}

function setTo(port: unknown, index: number, key: string, value: JsonValue): PatchOperation[] {
  return difference(`/spec/ports/${index}/${key}`, fieldAt(port, key) as JsonValue | undefined, value)
}

/** The name of the container's port, else `tcp-80`. */
function nameFor(port: unknown): string {
  const target = fieldAt(port, 'targetPort')
  if (typeof target === 'string' && isContainerPortName(target)) return target
  return `${(textAt(port, 'protocol') || 'TCP').toLowerCase()}-${Number(fieldAt(port, 'port'))}`
}

function isAbsent(object: unknown): boolean {
  return object === null || object === undefined
}

function isMissing(value: unknown): boolean {
  return isAbsent(value) || value === ''
}
