// How do ten thousand Pods share what they have in common? Labels, ports, nodes and networks repeat; names do not.
// Never grows beyond its limit: texts come and go, and a pool that keeps them all is a leak.

import { ownCopy } from '../networks/untrusted.ts'

export interface Pool {
  /** Equal text in memory of its own, shared with whoever asked before. */
  text<T extends string>(text: T): T
  /** An equal plain value, shared likewise; nobody may change it. */
  value<T extends object>(value: T): T
}

/** Starts afresh when it is full: what is shared until then stays shared. */
export function pool(limit = 20_000): Pool {
  const texts = new Map<string, string>()
  const values = new Map<string, object>()
  return {
    text: <T extends string>(text: T): T => known(texts, text, () => ownCopy(text), limit) as T,
    value: <T extends object>(value: T): T => {
      const json = JSON.stringify(value)
      return known(values, json, () => JSON.parse(json) as T, limit) as T
    },
  }
}

function known<V>(pool: Map<string, V>, key: string, make: () => V, limit: number): V {
  const found = pool.get(key)
  if (found !== undefined) return found
  if (pool.size >= limit) pool.clear()
  const made = make()
  pool.set(typeof made === 'string' ? made : key, made)
  return made
}
