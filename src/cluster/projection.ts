// What is remembered of an object? Runs a projection so that one it stumbles over harms nobody else.
// Never keeps the object.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import type { Identified } from './watch-event.ts'

/** The few fields worth remembering; undefined: nothing. It must not throw, and is guarded all the same. */
export type Project<T> = (object: KubernetesObject) => T | undefined

/** Told of an object whose projection threw, so that it is counted and seen. */
export type Stumble = (key: ObjectKey, error: unknown) => void

export function keyOf({ namespace, name }: Identified): ObjectKey {
  return objectKey(namespace, name)
}

/** Like `project`, but answers `otherwise` where it throws. */
export function guarded<T>(
  project: Project<T>,
  stumble: Stumble,
): (identified: Identified, otherwise: T | undefined) => T | undefined {
  return (identified, otherwise) => {
    try {
      return project(identified.object)
    } catch (error) {
      stumble(keyOf(identified), error)
      return otherwise
    }
  }
}
