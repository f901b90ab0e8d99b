// The settings that change a verdict, read from one place so that every door answers the same:
// the ConfigMap `sidenet-config`, its twin in a dump, and flags of the same names that override it.

import { bad, good, type Problem, type Result } from './problem.ts'
import { SYSTEM_NAMESPACE } from './names.ts'

export const GUARD_MODES = ['enforce', 'warn', 'off'] as const
/** What a refusal becomes: a refusal, a warning, or nothing because nobody asks. */
export type GuardMode = (typeof GUARD_MODES)[number]

export const REFERRER_KINDS = [
  'Deployment',
  'StatefulSet',
  'DaemonSet',
  'Job',
  'CronJob',
  'NetService',
  'Service',
] as const
/** Kinds that can name a network without holding on to it. */
export type ReferrerKind = (typeof REFERRER_KINDS)[number]
/** Those of them that make Pods from a template. */
export type WorkloadKind = Exclude<ReferrerKind, 'NetService' | 'Service'>

export interface VerdictSettings {
  /** For namespaces without a `sidenet.io/guard` label. */
  readonly guard: Exclude<GuardMode, 'off'>
  /** Kinds whose mere naming of a network refuses its deletion, instead of a warning. */
  readonly blockOn: ReadonlySet<ReferrerKind>
  /** As Multus' own `namespaceIsolation`: a Pod may only name networks of its namespace and the global ones. */
  readonly namespaceIsolation: boolean
  /** As Multus' own `globalNamespaces`. */
  readonly globalNamespaces: ReadonlySet<string>
  /** Where a bare name in `v1.multus-cni.io/default-network` points. */
  readonly multusNamespace: string
}

export const DEFAULT_SETTINGS: VerdictSettings = {
  guard: 'enforce',
  blockOn: new Set(),
  namespaceIsolation: false,
  globalNamespaces: new Set(['default']),
  multusNamespace: SYSTEM_NAMESPACE,
}

/** The keys of the ConfigMap; each is also a flag in kebab case. */
export const SETTING_KEYS = [
  'guard',
  'blockOn',
  'namespaceIsolation',
  'globalNamespaces',
  'multusNamespace',
] as const

/**
 * Reads the settings as text (a ConfigMap's `data`, flags, or both merged). A missing key has its default; lists are
 * separated by commas. Everything that is wrong is told at once, unknown keys included: a misspelt setting
 * that silently does nothing would change verdicts.
 */
export function parseSettings(data: Readonly<Record<string, string>>): Result<VerdictSettings> {
  const problems: Problem[] = []
  const known: readonly string[] = SETTING_KEYS
  for (const key of Object.keys(data).sort()) {
    if (!known.includes(key))
      problems.push({ field: key, message: `is no setting; the settings are ${SETTING_KEYS.join(', ')}` })
  }
  const guard = oneOf(['enforce', 'warn'] as const, data['guard'] ?? DEFAULT_SETTINGS.guard)
  if (guard === undefined) problems.push({ field: 'guard', message: 'must be enforce or warn' })
  const namespaceIsolation = oneOf(['true', 'false'] as const, data['namespaceIsolation'] ?? 'false')
  if (namespaceIsolation === undefined)
    problems.push({ field: 'namespaceIsolation', message: 'must be true or false' })

  const blockOn = new Set<ReferrerKind>()
  for (const word of words(data['blockOn'])) {
    const kind = REFERRER_KINDS.find((known) => known.toLowerCase() === word.toLowerCase())
    if (kind) blockOn.add(kind)
    else problems.push({ field: 'blockOn', message: `"${word}" is none of ${REFERRER_KINDS.join(', ')}` })
  }
  const globalNamespaces =
    data['globalNamespaces'] === undefined
      ? DEFAULT_SETTINGS.globalNamespaces
      : new Set(words(data['globalNamespaces']))
  const multusNamespace = (data['multusNamespace'] ?? DEFAULT_SETTINGS.multusNamespace).trim()
  for (const namespace of [...globalNamespaces, multusNamespace]) {
    if (!NAMESPACE_NAME.test(namespace)) {
      const field = namespace === multusNamespace ? 'multusNamespace' : 'globalNamespaces'
      problems.push({ field, message: `"${namespace}" is not the name of a Namespace` })
    }
  }
  if (problems.length > 0 || !guard || !namespaceIsolation) return bad(...problems)
  return good({
    guard,
    blockOn,
    namespaceIsolation: namespaceIsolation === 'true',
    globalNamespaces,
    multusNamespace,
  })
}

/** A DNS label, as Kubernetes demands of Namespaces (RFC 1123, at most 63 characters). */
const NAMESPACE_NAME = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

function words(text: string | undefined): string[] {
  return (text ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '')
}

function oneOf<T extends string>(choices: readonly T[], text: string): T | undefined {
  return choices.find((choice) => choice === text.trim())
}
