// What does an object's metadata say about its end: is it going already, and has somebody given a reason?
// Never decides what follows from that.

import { fieldAt, ownCopy, textAt } from './untrusted.ts'

/** Whether the object is being deleted already. */
export function isTerminating(object: unknown): boolean {
  const stamp = fieldAt(object, 'metadata', 'deletionTimestamp')
  return stamp !== undefined && stamp !== null
}

/** The reason that an annotation gives, on one line; undefined where it is absent or blank, since nobody said why. */
export function reasonIn(object: unknown, annotation: string): string | undefined {
  const reason = textAt(object, 'metadata', 'annotations', annotation)?.replace(/\s+/g, ' ').trim()
  return reason ? ownCopy(reason) : undefined
}
