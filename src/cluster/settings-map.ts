// Which settings does the cluster's ConfigMap hold, and what do they come to with the overrides on top?
// Never keeps anything: whoever follows the ConfigMap asks again.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { INSTALLED } from '../core/names.ts'
import { describeProblem } from '../core/problem.ts'
import { parseSettings, type VerdictSettings } from '../core/settings.ts'
import type { Result } from '../core/problem.ts'
import type { ApiClient } from './client.ts'
import { refused } from './failure.ts'
import { KINDS, objectPath } from './kinds.ts'

export type SettingsData = Readonly<Record<string, string>>

/** The `data` of a ConfigMap as it came over the wire; what is no text is left out and so told as missing. */
export function settingsData(configMap: KubernetesObject): SettingsData {
  const { data } = configMap as { readonly data?: unknown }
  if (typeof data !== 'object' || data === null) return {}
  return Object.fromEntries(
    Object.entries(data).filter((entry): entry is [string, string] => typeof entry[1] === 'string'),
  )
}

export function mergedSettings(configMap: SettingsData, overrides: SettingsData): Result<VerdictSettings> {
  return parseSettings({ ...configMap, ...overrides })
}

/** Reads the ConfigMap once; without one the defaults hold. Throws an Error for people where it cannot be known. */
export async function readSettings(
  client: Pick<ApiClient, 'request'>,
  namespace: string,
  overrides: SettingsData,
): Promise<VerdictSettings> {
  const where = `ConfigMap ${namespace}/${INSTALLED.configMap}`
  const { status, headers, body } = await client.request({
    path: objectPath(KINDS.configMap, { namespace, name: INSTALLED.configMap }),
  })
  if (status !== 200 && status !== 404) {
    const { message } = refused('get', KINDS.configMap, { status, headers, said: body })
    throw new Error(`cannot read the settings, which change the answer: ${message}`)
  }
  const data = status === 200 ? settingsData(body as KubernetesObject) : {}
  const settings = mergedSettings(data, overrides)
  if (settings.ok) return settings.value
  throw new Error(`the settings are wrong; ${where}: ${settings.problems.map(describeProblem).join('; ')}`)
}
