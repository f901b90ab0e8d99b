// How do ten thousand Pods share the texts they have in common? Labels, nodes and networks repeat; names do not.
// Never grows beyond its limit: texts come and go, and a pool that keeps them all is a leak.

import { ownCopy } from '../networks/untrusted.ts'

/** Gives equal text, shared with others where that is known. */
export type SharesText = <T extends string>(text: T) => T

/** Starts afresh when it is full: what is shared until then stays shared. */
export function textPool(limit = 20_000): SharesText {
  const texts = new Map<string, string>()
  return <T extends string>(text: T): T => {
    const known = texts.get(text)
    if (known !== undefined) return known as T
    if (texts.size >= limit) texts.clear()
    const own = ownCopy(text)
    texts.set(own, own)
    return own
  }
}
