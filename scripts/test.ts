// Everything that must hold, one step after the other; the last line of stdout is the sum, `N passed, N failed`.
// Never stops at the first failure, and never takes silence for success: what did not report has failed.

import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { programsFolder } from '../test/control-plane/programs-folder.ts'
import { reap } from '../test/control-plane/registry.ts'
import { coreDnsProgram } from '../test/coredns/program.ts'
import { countTests, type Count, type JestReport } from './count-tests.ts'

/** How long jest may take to leave after its last test. */
const LEAVE = 30_000

const bin = (name: string): string => join(import.meta.dirname, '..', 'node_modules', '.bin', name)
const reports = mkdtempSync(join(tmpdir(), 'sidenet-test-'))
const running = new Set<ChildProcess>()

let isLeaving = false

async function run(args: readonly string[], environment: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  // After Ctrl-C the step that was interrupted must not be followed by the next.
  if (isLeaving) await new Promise(() => undefined)
  const child = spawn(process.execPath, args, { stdio: 'inherit', env: { ...process.env, ...environment } })
  running.add(child)
  child.once('exit', () => running.delete(child))
  return child
}

async function check(name: string, args: readonly string[]): Promise<Count> {
  console.log(`\n== ${name}`)
  const [status] = (await once(await run(args), 'exit')) as [number | null]
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function tests(project: string, environment: NodeJS.ProcessEnv = {}): Promise<Count> {
  console.log(`\n== ${project} tests`)
  const report = join(reports, `${project}.json`)
  const jest = ['--disable-warning=ExperimentalWarning', '--experimental-vm-modules', bin('jest')]
  const child = await run(
    [...jest, '--selectProjects', project, '--json', '--outputFile', report],
    environment,
  )
  const exit = once(child, 'exit') as Promise<[number | null]>
  const status = await Promise.race([exit.then(([code]) => code), stuck(report, exit)])
  const { problems, ...count } = countTests(readReport(report), status)
  for (const problem of problems) console.error(`${project} tests: ${problem}`)
  return count
}

/** Kills jest where it has reported but does not leave, since a test left something open. */
async function stuck(report: string, exit: Promise<unknown>): Promise<'left something open'> {
  let hasEnded = false
  void exit.then(() => (hasEnded = true))
  while (!existsSync(report) && !hasEnded) await pause(500, undefined, { ref: false })
  await pause(LEAVE, undefined, { ref: false })
  if (!hasEnded) for (const child of running) child.kill('SIGKILL')
  return 'left something open'
}

function readReport(path: string): JestReport | undefined {
  try {
    return JSON.parse(readFileSync(path, 'utf8')) as JestReport
  } catch {
    return undefined
  }
}

async function clusterTests(): Promise<Count> {
  console.log('\n== control plane')
  try {
    const programs = await programsFolder()
    // Built here, where it is seen to go on. Where it cannot be, the tests that need it say so.
    await coreDnsProgram().catch((error: unknown) => console.error(String(error)))
    return await tests('cluster', { SIDENET_CONTROL_PLANE: programs })
  } catch (error) {
    console.error(String(error))
    return { passed: 0, failed: 1 }
  }
}

async function interrupted(signal: NodeJS.Signals): Promise<void> {
  isLeaving = true
  for (const child of running) child.kill(signal)
  while (running.size > 0) await pause(50)
  await leave()
  process.exit(130)
}

async function leave(): Promise<void> {
  rmSync(reports, { recursive: true, force: true })
  await reap()
}

process.once('SIGINT', (signal) => void interrupted(signal))
process.once('SIGTERM', (signal) => void interrupted(signal))

const counts = [
  await check('types', [bin('tsc'), '--noEmit']),
  await check('lint', [bin('eslint'), '.', '--max-warnings', '0']),
  await check('format', [bin('prettier'), '--check', '.']),
  await tests('unit'),
  await clusterTests(),
]
await leave()
const sum = (of: (count: Count) => number): number => counts.reduce((total, count) => total + of(count), 0)
const failed = sum((count) => count.failed)
console.log(`\n${sum((count) => count.passed)} passed, ${failed} failed`)
process.exitCode = failed === 0 ? 0 : 1
