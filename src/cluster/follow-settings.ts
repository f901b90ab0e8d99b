// Which settings hold right now? Follows the ConfigMap; a change that is wrong is told and changes nothing.
// Never judges a setting itself: the core reads them.

import type { KubernetesObject } from '../core/kubernetes.ts'
import { INSTALLED } from '../core/names.ts'
import { objectKey } from '../core/object-key.ts'
import { describeProblem } from '../core/problem.ts'
import { DEFAULT_SETTINGS, type VerdictSettings } from '../core/settings.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { KINDS } from './kinds.ts'
import type { Log } from './log.ts'
import { Reflector } from './reflector.ts'
import { mergedSettings, settingsData, type SettingsData } from './settings-map.ts'
import { Store } from './store.ts'

export interface FollowSettingsParts {
  readonly client: ApiClient
  readonly clock: Clock
  readonly random: () => number
  readonly log: Log
  readonly namespace: string
  /** Given by flag: they win over the ConfigMap. */
  readonly overrides: SettingsData
}

export interface FollowedSettings {
  /** Those of the last ConfigMap that was right; before that the defaults, which refuse the most. */
  readonly now: () => VerdictSettings
  /** What is wrong with the ConfigMap as it stands; undefined while all is well. */
  readonly problem: () => string | undefined
  readonly store: Store<SettingsData>
  readonly reflector: Reflector<SettingsData>
  /** Told after the settings have changed. */
  onChange(listener: (before: VerdictSettings, after: VerdictSettings) => void): void
}

export function followSettings(parts: FollowSettingsParts): FollowedSettings {
  const { namespace, overrides, log } = parts
  const store = new Store<SettingsData>()
  const fieldSelector = `metadata.name=${INSTALLED.configMap}`
  const project = (configMap: KubernetesObject): SettingsData => settingsData(configMap)
  const reflector = new Reflector({ ...parts, kind: KINDS.configMap, fieldSelector, store, project })
  const start = mergedSettings({}, overrides)
  let current = start.ok ? start.value : DEFAULT_SETTINGS
  let problem: string | undefined
  const listeners: ((before: VerdictSettings, after: VerdictSettings) => void)[] = []

  store.onChange(() => {
    const data = store.get(objectKey(namespace, INSTALLED.configMap)) ?? {}
    const settings = mergedSettings(data, overrides)
    const where = `ConfigMap ${namespace}/${INSTALLED.configMap}`
    problem = settings.ok ? undefined : `${where}: ${settings.problems.map(describeProblem).join('; ')}`
    if (!settings.ok) return log.warn(`${problem}; the settings before it go on to hold`)
    const before = current
    current = settings.value
    log.info(`the settings are those of ${where}`)
    for (const listener of listeners) listener(before, current)
  })
  return {
    now: () => current,
    problem: () => problem,
    store,
    reflector,
    onChange: (listener) => void listeners.push(listener),
  }
}
