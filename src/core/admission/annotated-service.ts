// What becomes of a Service that names a network, when it is written? Defaults it (the mutating side) and judges it
// (the validating side). Never sees the cluster: what must be known of it comes with the facts.

import { ANNOTATIONS, type Reason } from '../names.ts'
import type { IPFamily } from '../networks/address.ts'
import { textAt } from '../networks/untrusted.ts'
import { describeProblem } from '../problem.ts'
import { hasNoPodKey } from '../services/selector.ts'
import { readServiceForm, type ServiceForm } from '../services/service-form.ts'
import { allow, patch, type Decision, type PatchOperation } from './decision.ts'
import { causesFor, newProblems, refuseInvalid } from './invalid-object.ts'
import { difference } from './json-patch.ts'
import { mendService, type Mended } from './mend-service.ts'
import { describeService, serviceProblems, serviceWarnings } from './service-rules.ts'
import type { Surroundings } from './surroundings.ts'

export interface Writing {
  /** The namespace of the request; the object itself may lack it. */
  readonly namespace: string
  /** As it is to be stored. */
  readonly object: unknown
  /** As it is stored now; null on CREATE. */
  readonly oldObject: unknown
}

export interface ServiceDefaultingFacts extends Writing {
  /** The families that the cluster gives to Services, primary first; undefined where they are not known. */
  readonly clusterFamilies: readonly IPFamily[] | undefined
}

export interface ServiceFacts extends Writing {
  readonly surroundings: Surroundings
}

/** Whether the cluster's families have a say: families are given back only with an original selector. */
export function dependsOnFamilies({ object, oldObject }: Writing): boolean {
  return [object, oldObject].some(
    (service) => textAt(service, 'metadata', 'annotations', ANNOTATIONS.originalSelector) !== undefined,
  )
}

/** Mutating: the selector as the strategy wants it. Never refuses; what is wrong is for the validating side to tell. */
export function defaultService(facts: ServiceDefaultingFacts): Decision {
  const service = readServiceForm(facts.object, facts.namespace)
  if (service.terminating) return allow('AlreadyTerminating')
  const mended = mendService({ service, before: formBefore(facts), clusterFamilies: facts.clusterFamilies })
  const operations = changesOf(service, mended)
  return operations.length === 0 ? allow('ServiceAccepted') : patch(reasonFor(service, mended), operations)
}

/** Validating: everything that is wrong, told at once, and what should be known. An old mistake is only warned about. */
export function judgeService(facts: ServiceFacts): Decision {
  const service = readServiceForm(facts.object, facts.namespace)
  if (service.terminating) return allow('AlreadyTerminating')
  const before = formBefore(facts)
  const problems = serviceProblems(service)
  const warnings = serviceWarnings(service, before, facts.surroundings)
  const found = newProblems(problems, before ? serviceProblems(before) : [])
  const [first, ...causes] = causesFor('ServiceInvalid', found)
  if (first) {
    const object = { group: '', kind: 'Service', name: service.name }
    return refuseInvalid(describeService(service), object, [first, ...causes], warnings)
  }
  const old = problems.map((problem) => `${describeService(service)}: ${describeProblem(problem)}`)
  return allow('ServiceAccepted', { warnings: [...old, ...warnings] })
}

function formBefore({ oldObject, namespace }: Writing): ServiceForm | undefined {
  return oldObject === null || oldObject === undefined ? undefined : readServiceForm(oldObject, namespace)
}

function changesOf(service: ServiceForm, mended: Mended): PatchOperation[] {
  return [
    ...difference('/metadata/annotations', service.annotations, mended.annotations),
    ...difference('/spec/ipFamilies', listed(service.ipFamilies), listed(mended.ipFamilies)),
    ...difference('/spec/ipFamilyPolicy', service.ipFamilyPolicy, mended.ipFamilyPolicy),
    ...difference('/spec/selector', service.selector, mended.selector),
  ]
}

function listed(families: readonly IPFamily[]): readonly IPFamily[] | undefined {
  return families.length > 0 ? families : undefined
}

function reasonFor(service: ServiceForm, { selector, annotations }: Mended): Reason {
  if (hasNoPodKey(selector)) return hasNoPodKey(service.selector) ? 'ServiceTidied' : 'NoPodKeySet'
  if (selector)
    return service.selector && !hasNoPodKey(service.selector) ? 'ServiceTidied' : 'SelectorGivenBack'
  return service.selector && annotations[ANNOTATIONS.originalSelector] !== undefined
    ? 'SelectorTaken'
    : 'ServiceTidied'
}
