// Which networks does this workload, NetService or Service name? It holds on to none: only its Pods do.
// Never looks at the workload's scale: one with no replicas today may have some tomorrow.

import type { KubernetesObject } from '../kubernetes.ts'
import { ANNOTATIONS } from '../names.ts'
import type { ObjectKey } from '../object-key.ts'
import type { ReferrerKind, WorkloadKind } from '../settings.ts'
import type { ReferrerRecord } from './records.ts'
import { isJson, readSelection } from './selection.ts'
import { fieldAt, listAt, ownCopy, textAt } from './untrusted.ts'
import { networkNamed, requestsOf } from './uses.ts'

/**
 * The record of an object that can name networks; undefined where it names none, or none that can be read.
 * The kind is an argument because items of a list do not carry theirs. A Job that has ended names nothing more.
 */
export function referrerRecord(
  kind: ReferrerKind,
  object: KubernetesObject,
  multusNamespace: string,
): ReferrerRecord | undefined {
  const namespace = textAt(object, 'metadata', 'namespace')
  const name = textAt(object, 'metadata', 'name')
  if (!namespace || !name) return undefined
  const nads = [...new Set(networksNamedBy(kind, object, namespace, multusNamespace))]
  return nads.length > 0 ? { kind, namespace, name, nads } : undefined
}

function networksNamedBy(
  kind: ReferrerKind,
  object: unknown,
  namespace: string,
  multusNamespace: string,
): readonly ObjectKey[] {
  switch (kind) {
    case 'NetService':
      return networksOfNetService(object, namespace)
    case 'Service':
      return selected(textAt(object, 'metadata', 'annotations', ANNOTATIONS.networks) ?? '', namespace)
    default:
      return networksOfTemplate(podTemplateOf(kind, object), namespace, multusNamespace)
  }
}

/** The template of the Pods that a workload makes; undefined where it makes no more. */
export function podTemplateOf(kind: WorkloadKind, object: unknown): unknown {
  if (kind === 'CronJob') return fieldAt(object, 'spec', 'jobTemplate', 'spec', 'template')
  return kind === 'Job' && hasEnded(object) ? undefined : fieldAt(object, 'spec', 'template')
}

/** Pods on the host's network get no others, whatever they ask for. */
export function networksOfTemplate(
  template: unknown,
  namespace: string,
  multusNamespace: string,
): readonly ObjectKey[] {
  if (fieldAt(template, 'spec', 'hostNetwork') === true) return []
  return requestsOf(fieldAt(template, 'metadata', 'annotations'), namespace, multusNamespace).uses.map(
    ({ nad }) => nad,
  )
}

/** `name`, `namespace/name`, either with `@interface`: the short form of a selection. */
function networksOfNetService(netService: unknown, namespace: string): readonly ObjectKey[] {
  const network = textAt(netService, 'spec', 'netAttachDef') ?? ''
  return isJson(network) ? [] : selected(network, namespace)
}

function selected(text: string, namespace: string): readonly ObjectKey[] {
  const selection = readSelection(text, namespace)
  if (!selection.ok) return []
  return selection.value
    .map(networkNamed)
    .filter((nad) => nad !== undefined)
    .map(ownCopy)
}

function hasEnded(job: unknown): boolean {
  return listAt(job, 'status', 'conditions').some(
    (condition) =>
      ['Complete', 'Failed'].includes(textAt(condition, 'type') ?? '') &&
      textAt(condition, 'status') === 'True',
  )
}
