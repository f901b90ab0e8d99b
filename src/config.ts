// What was `sidenet serve` asked to do? Flags and environment become one frozen Config, or the list of everything
// wrong with them. Settings that change a verdict are not told here but in the ConfigMap; a flag overrides it.

import { z } from 'zod'
import { INSTALLED } from './core/names.ts'
import { bad, good, type Problem, type Result } from './core/problem.ts'
import { parseSettings, SETTING_KEYS } from './core/settings.ts'
import { LOG_LEVELS, type LogLevel } from './observe/log.ts'

export interface Address {
  /** Undefined: every address of this machine. */
  readonly host: string | undefined
  readonly port: number
}

export interface ServeConfig {
  /** Undefined: as kubectl finds it, or the Pod's own ServiceAccount. */
  readonly kubeconfig: string | undefined
  readonly listen: Address
  readonly metricsListen: Address
  /** Undefined: both in one process. */
  readonly only: 'webhook' | 'reconcile' | undefined
  /** What is done about a network that is gone although Pods use it. */
  readonly recover: 'report' | 'recreate'
  /** Where the Secret and the settings live. */
  readonly namespace: string
  readonly tlsMinVersion: 'TLSv1.2' | 'TLSv1.3'
  /** cert-manager's files; undefined: Sidenet makes its own certificate. */
  readonly tlsFiles: { readonly cert: string; readonly key: string } | undefined
  readonly logLevel: LogLevel
  /** Overrides of the ConfigMap, as text by setting. */
  readonly settings: Readonly<Record<string, string>>
}

/** As commander hands them over: camel case, absent where not given. */
export type ServeFlags = Readonly<Record<string, string | boolean | undefined>>
export type Environment = Readonly<Record<string, string | undefined>>

const address = z.string().transform((text, context): Address => {
  const parsed = parseAddress(text)
  if (parsed) return parsed
  context.addIssue({
    code: 'custom',
    message: `"${text}" is no address; write HOST:PORT, [IPV6]:PORT or :PORT`,
  })
  return z.NEVER
})

const schema = z.object({
  kubeconfig: z.string().min(1).optional(),
  listen: address,
  'metrics-listen': address,
  only: z.enum(['webhook', 'reconcile'], 'must be webhook or reconcile').optional(),
  recover: z.enum(['report', 'recreate'], 'must be report or recreate'),
  namespace: z.string().regex(/^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/, 'is not the name of a Namespace'),
  'tls-min-version': z.enum(['1.2', '1.3'], 'must be 1.2 or 1.3'),
  'tls-cert-file': z.string().min(1).optional(),
  'tls-key-file': z.string().min(1).optional(),
  'log-level': z.enum(LOG_LEVELS, `must be one of ${LOG_LEVELS.join(', ')}`),
})

const DEFAULTS: Readonly<Record<string, string>> = {
  listen: ':9443',
  'metrics-listen': ':8080',
  recover: 'report',
  namespace: INSTALLED.namespace,
  'tls-min-version': '1.3',
  'log-level': 'info',
}

/** A flag beats the environment (`SIDENET_` and the flag in capitals), which beats the default. */
export function readServeConfig(flags: ServeFlags, environment: Environment): Result<ServeConfig> {
  const given = (flag: string): string | undefined => {
    const variable = `SIDENET_${flag.replaceAll('-', '_').toUpperCase()}`
    const value = flags[camelCase(flag)] ?? environment[variable]
    return value === undefined ? undefined : String(value)
  }
  const podNamespace = environment['POD_NAMESPACE']
  const parsed = schema.safeParse({
    ...Object.fromEntries(Object.keys(schema.shape).map((flag) => [flag, given(flag) ?? DEFAULTS[flag]])),
    namespace: given('namespace') ?? podNamespace ?? DEFAULTS['namespace'],
  })
  const settings = overrides(given)
  const problems = [
    ...(parsed.error?.issues ?? []).map(({ path, message }) => ({ field: `--${path.join('.')}`, message })),
    ...settingProblems(settings),
    ...idleRecovery(given('only'), given('recover')),
    ...halfPair(given('tls-cert-file'), given('tls-key-file')),
  ]
  if (!parsed.success || problems.length > 0) return bad(...problems)
  return good(frozen(parsed.data, settings))
}

function frozen(data: z.output<typeof schema>, settings: Readonly<Record<string, string>>): ServeConfig {
  const { 'tls-cert-file': cert, 'tls-key-file': key } = data
  return Object.freeze({
    kubeconfig: data.kubeconfig,
    listen: data.listen,
    metricsListen: data['metrics-listen'],
    only: data.only,
    recover: data.recover,
    namespace: data.namespace,
    tlsMinVersion: `TLSv${data['tls-min-version']}` as const,
    tlsFiles: cert !== undefined && key !== undefined ? { cert, key } : undefined,
    logLevel: data['log-level'],
    settings,
  })
}

function overrides(given: (flag: string) => string | undefined): Record<string, string> {
  const entries = SETTING_KEYS.map((key) => [key, given(kebabCase(key))] as const)
  return Object.fromEntries(
    entries.filter((entry): entry is [(typeof SETTING_KEYS)[number], string] => entry[1] !== undefined),
  )
}

function settingProblems(settings: Readonly<Record<string, string>>): Problem[] {
  const parsed = parseSettings(settings)
  return parsed.ok
    ? []
    : parsed.problems.map(({ field, message }) => ({ field: `--${kebabCase(field)}`, message }))
}

function idleRecovery(only: string | undefined, recover: string | undefined): Problem[] {
  if (only !== 'webhook' || recover !== 'recreate') return []
  return [{ field: '--recover', message: 'recreate is the work of the part that --only webhook leaves out' }]
}

function halfPair(cert: string | undefined, key: string | undefined): Problem[] {
  if ((cert === undefined) === (key === undefined)) return []
  return [
    { field: '--tls-cert-file', message: 'and --tls-key-file only work together; give both or neither' },
  ]
}

/** `127.0.0.1:9443`, `[::1]:9443`, `:9443` and `9443`. */
function parseAddress(text: string): Address | undefined {
  const match = /^(?:\[([0-9a-fA-F:.]+)\]:|([^:\s[\]]*):)?([0-9]{1,5})$/.exec(text.trim())
  const port = Number(match?.[3])
  if (!match || port > 65_535) return undefined
  const host = match[1] ?? match[2]
  return { host: host === '' ? undefined : host, port }
}

export function kebabCase(key: string): string {
  return key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}

function camelCase(flag: string): string {
  return flag.replace(/-([a-z])/g, (_, letter: string) => letter.toUpperCase())
}
