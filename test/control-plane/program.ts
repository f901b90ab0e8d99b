// One program of the control plane as a child process: start it, know whether it runs, end it.
// Never shares our terminal: Ctrl-C reaches it only through us, so that it is ended in order.

import { spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export interface Program {
  readonly name: string
  readonly pid: number
  /** `undefined` while it runs, then how it ended, in words. */
  readonly ended: () => string | undefined
  /** The last lines it wrote. */
  readonly lastWords: () => string
  /** SIGTERM, and SIGKILL when it takes longer than `patience` milliseconds; 0 kills at once. */
  readonly stop: (patience?: number) => Promise<void>
}

/** Where a program lies, what it is called with, and the folder it may write to. */
export interface ProgramStart {
  readonly name: string
  readonly path: string
  readonly args: readonly string[]
  readonly folder: string
  readonly environment?: NodeJS.ProcessEnv
}

/** The environment every program gets: no proxy and no kubeconfig of the user finds its way in. */
export const plainEnvironment = (folder: string): NodeJS.ProcessEnv => ({
  PATH: process.env['PATH'],
  HOME: folder,
  TMPDIR: process.env['TMPDIR'],
})

export function startProgram({ name, path, args, folder, environment }: ProgramStart): Program {
  const log = `${folder}/${name}.log`
  const output = openSync(log, 'a')
  const child = spawn(path, args, {
    cwd: folder,
    env: environment ?? plainEnvironment(folder),
    detached: true,
    stdio: ['ignore', output, output],
  })
  closeSync(output)
  let ended: string | undefined
  const gone = new Promise<void>((resolve) => {
    child.once('error', (error) => resolve(void (ended ??= `could not be started: ${error.message}`)))
    child.once('exit', (code, signal) =>
      resolve(void (ended ??= signal ? `ended by ${signal}` : `ended with status ${code}`)),
    )
  })
  const stop = async (patience = 5_000): Promise<void> => {
    if (ended !== undefined || child.pid === undefined) return
    child.kill(patience > 0 ? 'SIGTERM' : 'SIGKILL')
    const impatience = new AbortController()
    const kill = pause(patience, undefined, { signal: impatience.signal }).then(() => child.kill('SIGKILL'))
    kill.catch(() => undefined)
    await gone
    impatience.abort()
  }
  return { name, pid: child.pid ?? 0, ended: () => ended, lastWords: () => lastLines(log), stop }
}

const lastLines = (log: string): string =>
  readFileSync(log, 'utf8').trimEnd().split('\n').slice(-20).join('\n')
