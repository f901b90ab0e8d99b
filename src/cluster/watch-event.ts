// What does one line of a watch say? Reads it as strictly as is needed to trust it, and never throws.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { isVersion } from './versions.ts'

/** An object that says which one it is and how new it is. */
export interface Identified {
  readonly object: KubernetesObject
  readonly namespace: string
  readonly name: string
  readonly version: string
}

export type WatchEvent =
  | ({ readonly kind: 'present' | 'gone' } & Identified)
  | { readonly kind: 'bookmark'; readonly version: string }
  /** The server ends the watch and says why. */
  | { readonly kind: 'error'; readonly status: number; readonly said: unknown }
  | { readonly kind: 'unreadable'; readonly problem: string }

const KINDS: Readonly<Record<string, 'present' | 'gone' | 'bookmark' | 'error'>> = {
  ADDED: 'present',
  MODIFIED: 'present',
  DELETED: 'gone',
  BOOKMARK: 'bookmark',
  ERROR: 'error',
}

export function parseWatchLine(line: string): WatchEvent {
  const event = asRecord(parsed(line))
  if (!event) return unreadable('a line of the watch is not a JSON object')
  const kind =
    typeof event['type'] === 'string' && Object.hasOwn(KINDS, event['type'])
      ? KINDS[event['type']]
      : undefined
  const object = asRecord(event['object'])
  if (!kind) return unreadable('the watch sent an event of an unknown type')
  if (!object) return unreadable('the watch sent an event without an object')
  if (kind === 'error')
    return { kind, status: typeof object['code'] === 'number' ? object['code'] : 0, said: object }
  const version = asRecord(object['metadata'])?.['resourceVersion']
  if (!isVersion(version)) return unreadable('the watch sent an object without a resourceVersion')
  if (kind === 'bookmark') return { kind, version }
  const identified = identify(object)
  return identified ? { kind, ...identified } : unreadable('the watch sent an object without a name')
}

/** The parts that say which object it is and how new; undefined where one is missing. */
export function identify(value: unknown): Identified | undefined {
  const metadata = asRecord(asRecord(value)?.['metadata'])
  if (!metadata) return undefined
  const { name, namespace = '', resourceVersion: version } = metadata
  if (typeof name !== 'string' || name === '' || typeof namespace !== 'string' || !isVersion(version))
    return undefined
  return { object: value as KubernetesObject, namespace, name, version }
}

function asRecord(value: unknown): Readonly<Record<string, unknown>> | undefined {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
    ? (value as Readonly<Record<string, unknown>>)
    : undefined
}

function parsed(line: string): unknown {
  try {
    return JSON.parse(line)
  } catch {
    return undefined
  }
}

function unreadable(problem: string): WatchEvent {
  return { kind: 'unreadable', problem }
}
