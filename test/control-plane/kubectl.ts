// The real kubectl, run as a person would. Never interprets what it prints.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { plainEnvironment } from './program.ts'

export interface KubectlOptions {
  /** Name of a user of the control plane; the admin when left out. */
  readonly user?: string
  /** What kubectl reads from stdin, as with `apply -f -`. */
  readonly input?: string
}

export interface KubectlResult {
  readonly stdout: string
  readonly stderr: string
  readonly status: number | null
}

interface Kubectl {
  readonly path: string
  readonly folder: string
  readonly config: string
}

export async function runKubectl(
  { path, folder, config }: Kubectl,
  args: readonly string[],
  { input }: KubectlOptions,
): Promise<KubectlResult> {
  const child = spawn(path, args, { env: { ...plainEnvironment(folder), KUBECONFIG: config }, stdio: 'pipe' })
  const status = new Promise<number | null>((resolve, reject) =>
    child.once('error', reject).once('close', resolve),
  )
  // kubectl may end before it has read everything; its own message says why.
  child.stdin.once('error', () => undefined)
  child.stdin.end(input ?? '')
  const [stdout, stderr] = await Promise.all([text(child.stdout), text(child.stderr)])
  return { stdout, stderr, status: await status }
}
