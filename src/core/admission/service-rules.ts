// What is wrong with a Service that names a network, and what should its author know? Rule by rule, each told once.
// Never decides what follows: the same problem refuses a new Service and only warns about an old one.

import { ANNOTATIONS, DIALECT_ANNOTATIONS, DIALECT_LABELS, LABELS, MULTUS_PROXY } from '../names.ts'
import { selectionWarnings } from '../networks/selection-warnings.ts'
import { describeProblem, type Problem } from '../problem.ts'
import { annotationField, askedBy, guardOf, SERVICE_ANNOTATIONS } from '../services/dialects.ts'
import { readOriginal } from '../services/original.ts'
import type { ServiceForm } from '../services/service-form.ts'
import type { ServiceWish } from '../services/wish.ts'
import { surroundingWarnings, type Surroundings } from './surroundings.ts'

export function describeService({ namespace, name }: ServiceForm): string {
  return `Service ${namespace}/${name}`
}

/** A Service that is being given back is wrong only in what would keep it from being given back. */
export function serviceProblems(service: ServiceForm): readonly Problem[] {
  if (isReleased(service)) return originalProblems(service)
  if (service.type === 'ExternalName') return []
  if (service.labels[LABELS.netServiceUid] !== undefined) return foreignAnnotations(service)
  const asked = askedBy(service)
  if (!asked) return [...selectorWithoutNetwork(service), ...originalProblems(service)]
  return asked.wish.ok ? asked.wish.value.problems : asked.wish.problems
}

function isReleased({ annotations }: ServiceForm): boolean {
  return annotations[ANNOTATIONS.strategy] === 'release'
}

/** Without a selector of its own, what the annotation holds is all there is to give back. */
function originalProblems({ selector, annotations }: ServiceForm): readonly Problem[] {
  const text = annotations[ANNOTATIONS.originalSelector]
  if (selector !== undefined || text === undefined) return []
  const original = readOriginal(text, annotationField(ANNOTATIONS.originalSelector))
  if (original.ok) return []
  return original.problems.map(({ field, message }) => ({
    field,
    message: `${message}; write spec.selector yourself and remove the annotation`,
  }))
}

function foreignAnnotations({ annotations }: ServiceForm): readonly Problem[] {
  return SERVICE_ANNOTATIONS.filter((key) => annotations[key] !== undefined).map((key) => ({
    field: annotationField(key),
    message: 'is not for the Service of a NetService; change the NetService instead',
  }))
}

function selectorWithoutNetwork({ annotations }: ServiceForm): readonly Problem[] {
  if (!annotations[ANNOTATIONS.selector]) return []
  return [
    {
      field: annotationField(ANNOTATIONS.selector),
      message: `means nothing without a network; name it in ${ANNOTATIONS.networks}`,
    },
  ]
}

export function serviceWarnings(
  service: ServiceForm,
  before: ServiceForm | undefined,
  surroundings: Surroundings,
): string[] {
  const asked = askedBy(service)
  if (!asked) return withoutEffect(service)
  if (!asked.wish.ok || isReleased(service)) return []
  const wish = asked.wish.value
  const isNew = before === undefined || askedBy(before) === undefined
  return [
    ...(isNew ? consequences(service, wish) : []),
    ...spellingWarnings(service),
    ...surroundingWarnings(describeService(service), wish, surroundings),
  ]
}

/** What is read all the same, though not as its author may expect. */
function spellingWarnings(service: ServiceForm): string[] {
  const text = service.annotations[ANNOTATIONS.networks] ?? ''
  return selectionWarnings(text).map(
    (warning) => `${describeService(service)}: ${ANNOTATIONS.networks}: ${describeProblem(warning)}`,
  )
}

/** What says something about a network that is not named. */
function withoutEffect(service: ServiceForm): string[] {
  const { annotations, labels } = service
  const idle = [ANNOTATIONS.hostnames, ANNOTATIONS.writeEndpoints].filter(
    (key) => annotations[key] !== undefined,
  )
  const warnings = idle.map(
    (key) =>
      `${describeService(service)}: ${key} changes nothing without a network in ${ANNOTATIONS.networks}`,
  )
  if (
    annotations[DIALECT_ANNOTATIONS.serviceNetwork] &&
    labels[DIALECT_LABELS.serviceProxyName] !== MULTUS_PROXY
  )
    warnings.push(
      `${describeService(service)}: ${DIALECT_ANNOTATIONS.serviceNetwork} changes nothing without the label ${DIALECT_LABELS.serviceProxyName}=${MULTUS_PROXY}; use ${ANNOTATIONS.networks} instead`,
    )
  return warnings
}

/** What surprises people, said once: when a Service first names a network. */
function consequences(service: ServiceForm, { network }: ServiceWish): string[] {
  const subject = describeService(service)
  const warnings: string[] = []
  if (!service.headless)
    warnings.push(
      `${subject} has a cluster IP: nodes forward its traffic to addresses of network ${network}, which they must be able to reach; clusterIP: None leaves the choice to DNS`,
    )
  if (guardOf(service) === 'no-pod-key')
    warnings.push(
      `${subject}: tools that read the selector themselves, such as kubectl port-forward and logs with svc/${service.name}, find no Pod from now on`,
    )
  return warnings
}
