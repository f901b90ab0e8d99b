// A question about one NAD of a live cluster: its flags, and the facts that answer it. Says nothing itself.

import { Option, type Command } from 'commander'
import { addSettingOptions } from './setting-options.ts'
import type { LiveFacts } from '../cluster/live-facts.ts'
import { INSTALLED } from '../core/names.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import { SETTING_KEYS } from '../core/settings.ts'

export type NadFlags = Readonly<Record<string, string | undefined>>

/** Adds a command that asks about one NAD; `answer` says what to print and how to exit. */
export function addNadCommand(
  program: Command,
  name: string,
  texts: { readonly summary: string; readonly description: string; readonly help: string },
  answer: (
    nad: ObjectKey,
    live: LiveFacts,
    output: 'text' | 'json',
  ) => { readonly text: string; readonly status: number },
): void {
  const command: Command = program
    .command(name)
    .argument('<nad>', 'NAMESPACE/NAME, or NAME in the namespace of -n or of the kubeconfig')
    .summary(texts.summary)
    .description(texts.description)
    .option('-n, --namespace <name>', 'where the NAD lives (default: as the kubeconfig says)')
    .option('--kubeconfig <file>', 'how to reach the cluster (default: as kubectl)')
    .option(
      '--settings-namespace <name>',
      `where the ConfigMap ${INSTALLED.configMap} lives (default: ${INSTALLED.namespace})`,
    )
    .addOption(new Option('-o, --output <format>', 'how to print').choices(['text', 'json']).default('text'))
  addSettingOptions(command)
    .addHelpText('after', texts.help)
    .action(async (nad: string, flags: NadFlags) => {
      const key = nadKey(nad, flags['namespace'])
      if ('problem' in key) command.error(`error: ${key.problem}`, { exitCode: 64 })
      const live = await ask(key, flags)
      const { text, status } = answer(live.key, live.facts, flags['output'] === 'json' ? 'json' : 'text')
      process.stdout.write(`${text}\n`)
      process.exitCode = status
    })
}

/** `undefined` as namespace: the kubeconfig's. */
interface NadName {
  readonly namespace: string | undefined
  readonly name: string
}

function nadKey(text: string, namespace: string | undefined): NadName | { readonly problem: string } {
  const parts = text.split('/')
  const [first = '', second] = parts
  if (parts.length > 2 || parts.includes('')) {
    return { problem: `"${text}" names no NAD; write NAMESPACE/NAME, like blue/macvlan-a` }
  }
  if (second === undefined) return { namespace, name: first }
  if (namespace !== undefined && namespace !== first) {
    return { problem: `"${text}" and --namespace ${namespace} name two namespaces; leave one of them out` }
  }
  return { namespace: first, name: second }
}

async function ask(
  { namespace, name }: NadName,
  flags: NadFlags,
): Promise<{ key: ObjectKey; facts: LiveFacts }> {
  const { contextNamespace, loadCredentials } = await import('../cluster/credentials.ts')
  const { apiClient } = await import('../cluster/client.ts')
  const { systemClock } = await import('../cluster/clock.ts')
  const { readSettings } = await import('../cluster/settings-map.ts')
  const { readLiveFacts } = await import('../cluster/live-facts.ts')
  const credentials = loadCredentials(flags['kubeconfig'])
  const client = apiClient(credentials, { version: 'cli', clock: systemClock })
  try {
    const key = objectKey(namespace ?? contextNamespace(credentials), name)
    const settings = await readSettings(
      client,
      flags['settingsNamespace'] ?? INSTALLED.namespace,
      overrides(flags),
    )
    return { key, facts: await readLiveFacts(client, key, settings, Date.now()) }
  } finally {
    client.close()
  }
}

function overrides(flags: NadFlags): Record<string, string> {
  const given = SETTING_KEYS.map((key) => [key, flags[key]] as const)
  return Object.fromEntries(
    given.filter((entry): entry is [(typeof SETTING_KEYS)[number], string] => entry[1] !== undefined),
  )
}
