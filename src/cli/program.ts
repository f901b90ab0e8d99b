// The command line: which command was meant, and with which status does it end?
// No rule lives here; each command has a file of its own, loaded only when it is named or help is asked for.

import { readFileSync, realpathSync } from 'node:fs'
import { join } from 'node:path'
import { Command, CommanderError } from 'commander'
import { projectRoot } from '../manifests/read.ts'

type AddsCommand = (program: Command) => void

const COMMANDS: Readonly<Record<string, () => Promise<AddsCommand>>> = {
  serve: async () => (await import('./serve.ts')).addServe,
  manifests: async () => (await import('./manifests.ts')).addManifests,
  users: async () => (await import('./users.ts')).addUsers,
  'can-delete': async () => (await import('./can-delete.ts')).addCanDelete,
  why: async () => (await import('./why.ts')).addWhy,
}

/** Wrong usage, as sysexits.h calls it; told apart from every answer a command may give. */
const EXIT_USAGE = 64
/** The command could not do what it was asked for; for `can-delete`: it cannot tell. */
const EXIT_FAILED = 2

const EXAMPLES = `
Try it against any cluster, from this machine:
  sidenet manifests --webhook-url https://127.0.0.1:9443 | kubectl apply -f -
  sidenet serve --kubeconfig ~/.kube/config --listen 127.0.0.1:9443

Who uses a network, and may it go?
  sidenet users blue/macvlan-a
  sidenet can-delete blue/macvlan-a

Why is a Pod published on its second network, or not?
  sidenet why svc/web -n blue

"sidenet <command> --help" tells more. Exit status 64 means wrong usage.`

/** Runs the command that `args` (without program names) ask for; the exit status is the value. */
export async function run(args: readonly string[]): Promise<number> {
  const program = new Command('sidenet')
    .description('Makes the second network of a Kubernetes Pod as safe and as easy to reach as the first.')
    .version(version())
    .exitOverride()
    .showHelpAfterError('("--help" shows how it is used)')
    .addHelpText('after', EXAMPLES)
  try {
    for (const add of await namedOrAll(args[0])) add(program)
    await program.parseAsync(args, { from: 'user' })
    return Number(process.exitCode ?? 0)
  } catch (error) {
    return statusOf(error)
  }
}

async function namedOrAll(name: string | undefined): Promise<AddsCommand[]> {
  const named = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined
  return Promise.all((named ? [named] : Object.values(COMMANDS)).map((load) => load()))
}

function statusOf(error: unknown): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? 0 : EXIT_USAGE
  console.error(`sidenet: ${error instanceof Error ? error.message : String(error)}`)
  return EXIT_FAILED
}

function version(): string {
  const { version } = JSON.parse(readFileSync(join(projectRoot(), 'package.json'), 'utf8')) as {
    version: string
  }
  return version
}

/** Whoever reads our output may stop reading, as `head` does; that is no error of ours. */
function endQuietlyWhenUnread(stream: NodeJS.WriteStream): void {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error
    process.exit()
  })
}

/** True where Node was started with this file, also through a symbolic link. */
function isStarted(): boolean {
  return process.argv[1] !== undefined && realpathSync(process.argv[1]) === import.meta.filename
}

if (isStarted()) {
  endQuietlyWhenUnread(process.stdout)
  endQuietlyWhenUnread(process.stderr)
  process.exitCode = await run(process.argv.slice(2))
}
