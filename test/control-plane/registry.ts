// Which programs were started by whom: written down so that what a killed owner leaves behind can be ended.
// Never ends a program whose owner lives, and never trusts a bare process id: it may have been given away again.

import { execFileSync } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { cacheFolder } from './cache-folder.ts'

/** A process that cannot be confused with another one: its id together with the time it was started at. */
export interface ProcessIdentity {
  readonly pid: number
  readonly started: string
}

interface Entry {
  readonly owner: ProcessIdentity
  readonly folder: string
  readonly programs: Readonly<Record<string, ProcessIdentity>>
}

/** What one owner has running; removed from the registry by `close`. */
export interface Registration {
  readonly add: (program: string, pid: number) => void
  readonly close: () => void
}

const registryFolder = (): string => join(cacheFolder(), 'running')

/** Start time of a process, or `undefined` when there is no such process or only its exit status is left. */
export function startTime(pid: number): string | undefined {
  try {
    if (process.platform !== 'linux') {
      const [state, ...started] = ps(pid).trim().split(/\s+/)
      return state === undefined || state.startsWith('Z') ? undefined : started.join(' ') || undefined
    }
    // The second field is the program's name in brackets and may hold blanks. Source: proc_pid_stat(5).
    const [state, ...fields] =
      readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').slice(-1)[0]?.split(' ') ?? []
    return state === 'Z' || state === 'X' ? undefined : fields[18]
  } catch {
    return undefined
  }
}

const ps = (pid: number): string =>
  execFileSync('ps', ['-o', 'state=,lstart=', '-p', String(pid)], { encoding: 'utf8' })

export const isRunning = ({ pid, started }: ProcessIdentity): boolean => startTime(pid) === started

const identify = (pid: number): ProcessIdentity => ({ pid, started: startTime(pid) ?? 'ended' })

/** Writes down that this process runs programs which keep their state in `folder`. */
export function register(folder: string): Registration {
  mkdirSync(registryFolder(), { recursive: true })
  const path = join(registryFolder(), `${folder.replaceAll(/[^A-Za-z0-9.-]/g, '_')}.json`)
  let entry: Entry = { owner: identify(process.pid), folder, programs: {} }
  const write = (next: Entry): void => {
    entry = next
    writeFileSync(`${path}.new`, JSON.stringify(entry, null, 2))
    renameSync(`${path}.new`, path)
  }
  write(entry)
  return {
    add: (program, pid) => write({ ...entry, programs: { ...entry.programs, [program]: identify(pid) } }),
    close: () => rmSync(path, { force: true }),
  }
}

/** Ends what owners that are gone left running, and removes its folders. Answers the names of what was ended. */
export async function reap(): Promise<readonly string[]> {
  const ended: string[] = []
  for (const path of registeredPaths()) {
    const entry = readEntry(path)
    if (entry === undefined || isRunning(entry.owner)) continue
    for (const [program, identity] of Object.entries(entry.programs)) {
      if (await end(identity)) ended.push(program)
    }
    await rm(entry.folder, { recursive: true, force: true })
    rmSync(path, { force: true })
  }
  return ended
}

function registeredPaths(): readonly string[] {
  try {
    return readdirSync(registryFolder())
      .filter((name) => name.endsWith('.json'))
      .map((name) => join(registryFolder(), name))
  } catch {
    return []
  }
}

// Another reaper may have been quicker; then there is nothing left to read.
function readEntry(path: string): Entry | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as Entry
  } catch {
    return undefined
  }
}

async function end(identity: ProcessIdentity): Promise<boolean> {
  if (!isRunning(identity)) return false
  try {
    process.kill(identity.pid, 'SIGKILL')
  } catch {
    return false
  }
  while (isRunning(identity)) await pause(20)
  return true
}
