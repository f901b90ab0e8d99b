// Sidenet itself as a child process, installed into a control plane from its own manifests.
// Never gives it more rights than those print: it serves as the user they were printed for.

import { execFile, spawn, type ChildProcess } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { freePort } from '../control-plane/free-port.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { eventually } from './wait.ts'

const SIDENET = fileURLToPath(new URL('../../bin/sidenet', import.meta.url))

export interface SidenetOptions {
  /** The user it serves as; the control plane must know it. Default `sidenet`. */
  readonly user?: string
  /** Path of another kubeconfig, for example one that leads through a fault proxy. */
  readonly kubeconfig?: string
  /** Further flags of `sidenet serve`. */
  readonly flags?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  /** Whether the manifests are applied first; default true. */
  readonly install?: boolean
  /** Where it listens; free ports when left out. */
  readonly port?: number
  readonly metricsPort?: number
  /** Whether to return only when it is ready; default true. */
  readonly untilReady?: boolean
}

export interface Sidenet {
  /** `https://127.0.0.1:PORT`. */
  readonly url: string
  /** `http://127.0.0.1:PORT` of `/healthz`, `/readyz` and `/metrics`. */
  readonly metricsUrl: string
  readonly port: number
  readonly metricsPort: number
  readonly pid: number
  /** Everything it has written so far. */
  readonly log: () => string
  readonly isReady: () => Promise<boolean>
  /** The text of `/metrics`. */
  readonly metrics: () => Promise<string>
  /** `undefined` while it runs, then its exit status or the signal that ended it. */
  readonly ended: () => number | string | undefined
  /** SIGTERM, then SIGKILL when it has not ended after `patience` milliseconds (default 15,000). */
  readonly stop: (patience?: number) => Promise<void>
  /** SIGKILL. */
  readonly kill: () => Promise<void>
}

/** Applies what `sidenet manifests` prints for a Sidenet that serves from this machine. */
export async function installSidenet(
  { kubectl }: ControlPlane,
  port: number,
  user = 'sidenet',
  flags: readonly string[] = [],
): Promise<void> {
  const { stdout } = await promisify(execFile)(
    SIDENET,
    ['manifests', '--webhook-url', `https://127.0.0.1:${port}`, '--subject', `User:${user}`, ...flags],
    { maxBuffer: 16 * 1024 * 1024 },
  )
  const applied = await kubectl(['apply', '-f', '-'], { input: stdout })
  if (applied.status !== 0) throw new Error(`the manifests were not accepted:\n${applied.stderr}`)
}

/** Installs and starts it, and returns once it is ready. */
export async function startSidenet(
  controlPlane: ControlPlane,
  options: SidenetOptions = {},
): Promise<Sidenet> {
  const { user = 'sidenet', install = true, untilReady = true } = options
  const port = options.port ?? (await freePort())
  const metricsPort = options.metricsPort ?? (await freePort())
  if (install) await installSidenet(controlPlane, port, user)
  const child = spawn(
    SIDENET,
    [
      'serve',
      ...['--kubeconfig', options.kubeconfig ?? controlPlane.kubeconfigFor(user)],
      ...['--listen', `127.0.0.1:${port}`],
      ...['--metrics-listen', `127.0.0.1:${metricsPort}`],
      ...(options.flags ?? []),
    ],
    { stdio: ['ignore', 'pipe', 'pipe'], env: { ...process.env, ...options.environment } },
  )
  const sidenet = describe(child, port, metricsPort)
  controlPlane.register(`sidenet on port ${port}`, sidenet.pid)
  if (untilReady) await untilItIsReady(sidenet)
  return sidenet
}

async function untilItIsReady(sidenet: Sidenet): Promise<void> {
  try {
    const hopeless = (): string | undefined =>
      sidenet.ended() === undefined ? undefined : `it ended with ${sidenet.ended()}`
    await eventually(sidenet.isReady, { what: 'Sidenet is ready', timeout: 30_000, hopeless })
  } catch (error) {
    await sidenet.kill()
    throw new Error(
      `${error instanceof Error ? error.message : String(error)}; it wrote:\n${sidenet.log()}`,
      { cause: error },
    )
  }
}

function describe(child: ChildProcess, port: number, metricsPort: number): Sidenet {
  const written: string[] = []
  child.stdout?.setEncoding('utf8').on('data', (text: string) => written.push(text))
  child.stderr?.setEncoding('utf8').on('data', (text: string) => written.push(text))
  let ended: number | string | undefined
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (ended ??= error.message)))
    child.once('exit', (code, signal) => resolve(void (ended ??= code ?? signal ?? 'an unknown status')))
  })
  const metricsUrl = `http://127.0.0.1:${metricsPort}`
  const kill = async (): Promise<void> => {
    child.kill('SIGKILL')
    await gone
  }
  return {
    url: `https://127.0.0.1:${port}`,
    metricsUrl,
    port,
    metricsPort,
    pid: child.pid ?? 0,
    log: () => written.join(''),
    isReady: async () => (await fetch(`${metricsUrl}/readyz`)).status === 200,
    metrics: async () => (await fetch(`${metricsUrl}/metrics`)).text(),
    ended: () => ended,
    kill,
    stop: async (patience = 15_000) => {
      if (ended !== undefined) return
      child.kill('SIGTERM')
      const impatience = setTimeout(() => child.kill('SIGKILL'), patience)
      await gone
      clearTimeout(impatience)
    },
  }
}
