// Which Pods name a network and yet do not hold on to it, and why not? For people who wonder; no verdict asks this.

import { namespaceOf, type ObjectKey } from '../object-key.ts'
import type { PodRecord } from './records.ts'
import type { NetworkUsers } from './users.ts'

export interface UncountedPod {
  readonly namespace: string
  readonly name: string
  readonly why: string
}

export function uncountedPods(
  nad: ObjectKey,
  pods: Iterable<PodRecord>,
  { users }: NetworkUsers,
): UncountedPod[] {
  const counted = new Set(users.map(({ namespace, name }) => `${namespace}/${name}`))
  const uncounted: UncountedPod[] = []
  for (const pod of pods) {
    if (!pod.uses.some((use) => use.nad === nad) || counted.has(`${pod.namespace}/${pod.name}`)) continue
    uncounted.push({ namespace: pod.namespace, name: pod.name, why: whyNot(nad, pod) })
  }
  return uncounted.sort((a, b) => (`${a.namespace}/${a.name}` < `${b.namespace}/${b.name}` ? -1 : 1))
}

function whyNot(nad: ObjectKey, pod: PodRecord): string {
  if (pod.finished) return 'it is finished, its networks are gone'
  if (pod.hostNetwork) return 'it is on the host network, where Multus attaches nothing'
  if (pod.namespace !== namespaceOf(nad) && pod.nodeName === undefined) {
    return 'it is in another namespace and has not started'
  }
  return 'namespace isolation keeps it from this network'
}
