// What slices need to know of a Node: that it exists, and its zone. Never says which Pods run there.

import { ZONE_LABEL } from '../names.ts'
import { textAt } from '../networks/untrusted.ts'

export interface NodeZone {
  readonly name: string
  readonly zone: string | undefined
}

/** Reads a Node as the API sends it, or its metadata alone; undefined where it has no name. */
export function nodeZone(raw: unknown): NodeZone | undefined {
  const name = textAt(raw, 'metadata', 'name')
  return name ? { name, zone: textAt(raw, 'metadata', 'labels', ZONE_LABEL) || undefined } : undefined
}
