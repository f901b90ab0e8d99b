// What is said where two want the same name: in Events, conditions and by `sidenet why` alike.
// Never finds out who has it: that is for `ownership.ts`.

import { ANNOTATIONS, NET_SERVICE } from '../names.ts'
import type { ObjectKey } from '../object-key.ts'

/** A Service of the NetService's name is somebody else's. */
export function serviceTaken(key: ObjectKey, netService: string): string {
  return `Service ${key} exists and does not belong to the NetService; delete it, or hand it over with the annotation ${ANNOTATIONS.adopt}=${netService}`
}

/** A NetService of the old group has the name of one of ours. */
export function netServiceOutranked(key: ObjectKey): string {
  return `NetService ${key} of the group ${NET_SERVICE.group} goes first; delete one of the two`
}
