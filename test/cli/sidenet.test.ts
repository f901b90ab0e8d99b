// bin/sidenet, run as a person runs it: which Node it takes, what it says where there is none, and how it ends.

import { execFile, spawn, type ExecFileException } from 'node:child_process'
import {
  chmodSync,
  cpSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { parseAllDocuments } from 'yaml'
import { readManifests } from '../../src/manifests/read.ts'

const root = join(import.meta.dirname, '../..')
const sidenet = join(root, 'bin/sidenet')
const scratch = mkdtempSync(join(tmpdir(), 'sidenet-bin-'))
afterAll(() => rmSync(scratch, { recursive: true }))

interface Ended {
  readonly status: number
  readonly stdout: string
  readonly stderr: string
}

/** Where a shell and its everyday programs are found, and no Node. */
const path = join(scratch, 'path')
mkdirSync(path)
for (const program of ['sh', 'dirname', 'readlink', 'cat']) {
  const folder = ['/bin', '/usr/bin'].find((folder) => existsIn(folder, program)) ?? '/bin'
  symlinkSync(join(folder, program), join(path, program))
}

function existsIn(folder: string, program: string): boolean {
  return statSync(join(folder, program), { throwIfNoEntry: false }) !== undefined
}

const run = (
  program: string,
  args: readonly string[],
  more: { cwd?: string; PATH?: string } = {},
): Promise<Ended> =>
  new Promise((resolve) => {
    const options = { cwd: more.cwd ?? scratch, env: { PATH: more.PATH ?? path, HOME: scratch } }
    execFile(program, [...args], options, (error: ExecFileException | null, stdout, stderr) =>
      resolve({ status: typeof error?.code === 'number' ? error.code : error ? -1 : 0, stdout, stderr }),
    )
  })

let folders = 0
/** A folder that holds bin/sidenet and these files; what begins with #! may be run. */
function installation(files: Readonly<Record<string, string>>): string {
  const folder = join(scratch, `installation ${++folders}`)
  for (const [name, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, name)), { recursive: true })
    writeFileSync(join(folder, name), text)
    if (text.startsWith('#!')) chmodSync(join(folder, name), 0o755)
  }
  cpSync(sidenet, join(folder, 'bin/sidenet'))
  return folder
}

/** Stands for a Node: tells its version, and otherwise what it was called with. */
const nodeOf = (version: string): string =>
  `#!/bin/sh\nif [ "$1" = --version ]; then echo ${version}; else echo "$0 runs: $*"; fi\n`
const CLONE = { 'src/cli/program.ts': '' }
const PACKAGE = { 'dist/sidenet.js': '' }

describe('in a clone', () => {
  it('runs the sources on the Node of the project', async () => {
    const folder = installation({ ...CLONE, 'node_modules/node/bin/node': nodeOf('v24.21.0') })
    const { stdout } = await run(join(folder, 'bin/sidenet'), ['users', 'a b'])
    expect(stdout).toBe(`${folder}/node_modules/node/bin/node runs: ${folder}/src/cli/program.ts users a b\n`)
  })

  it('is found through symbolic links, relative ones too', async () => {
    const folder = installation({ ...CLONE, 'node_modules/.bin/node': nodeOf('v22.19.0') })
    symlinkSync('bin/sidenet', join(folder, 'kubectl-sidenet'))
    symlinkSync(join(folder, 'kubectl-sidenet'), join(folder, 'second'))
    const { stdout } = await run('./second', ['users'], { cwd: folder })
    expect(stdout).toBe(`${folder}/node_modules/.bin/node runs: ${folder}/src/cli/program.ts users\n`)
  })

  it('says in one line what to do where nothing is installed yet', async () => {
    const folder = installation(CLONE)
    expect(await run(join(folder, 'bin/sidenet'), [])).toEqual({
      status: 1,
      stdout: '',
      stderr: `sidenet: this clone is not installed yet; run "npm ci" in ${folder} and try again\n`,
    })
  })

  it.each(['v22.18.0', 'v20.20.2', 'v9.1.0', 'nonsense', ''])(
    'refuses a Node that calls itself "%s"',
    async (version) => {
      const folder = installation({ ...CLONE, 'node_modules/node/bin/node': nodeOf(version) })
      const { status, stderr } = await run(join(folder, 'bin/sidenet'), [])
      expect(status).toBe(1)
      expect(stderr).toBe(
        `sidenet: the Node in ${folder}/node_modules does not run or is older than 22.19; run "npm ci" in ${folder} and try again\n`,
      )
    },
  )
})

describe('in a published package', () => {
  it('runs the bundle on the Node of the machine', async () => {
    const folder = installation({ ...PACKAGE, 'path/node': nodeOf('v22.19.0') })
    const { stdout } = await run(join(folder, 'bin/sidenet'), ['users'], { PATH: `${path}:${folder}/path` })
    expect(stdout).toBe(`${folder}/path/node runs: ${folder}/dist/sidenet.js users\n`)
  })

  it('says in one line that Node is missing', async () => {
    const folder = installation(PACKAGE)
    const { status, stderr } = await run(join(folder, 'bin/sidenet'), [])
    expect([status, stderr]).toEqual([
      1,
      'sidenet: Node is missing; install Node 22.19 or newer and try again\n',
    ])
  })

  it('says in one line that Node is too old', async () => {
    const folder = installation({ ...PACKAGE, 'path/node': nodeOf('v20.20.2') })
    const { status, stderr } = await run(join(folder, 'bin/sidenet'), [], { PATH: `${path}:${folder}/path` })
    expect([status, stderr]).toEqual([
      1,
      'sidenet: Node v20.20.2 is too old; install Node 22.19 or newer and try again\n',
    ])
  })
})

it('becomes the process it starts, so that signals reach it', async () => {
  const folder = installation({
    ...CLONE,
    'node_modules/node/bin/node':
      '#!/bin/sh\nif [ "$1" = --version ]; then echo v24.0.0; else echo $$; exec cat; fi\n',
  })
  const child = spawn(join(folder, 'bin/sidenet'), [], { env: { PATH: path } })
  const ended = new Promise<unknown>((resolve) => child.once('exit', (_status, signal) => resolve(signal)))
  const pid = await new Promise<string>((resolve) =>
    child.stdout.once('data', (data) => resolve(String(data).trim())),
  )
  child.kill('SIGTERM')
  expect([pid, await ended]).toEqual([String(child.pid), 'SIGTERM'])
})

const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string }

describe('the command line', () => {
  it('tells its version', async () => {
    expect(await run(sidenet, ['--version'])).toEqual({ status: 0, stdout: `${version}\n`, stderr: '' })
  })

  it('lists every command, with an example to copy', async () => {
    const { status, stdout } = await run(sidenet, ['--help'])
    expect(status).toBe(0)
    for (const command of ['serve', 'manifests', 'users', 'can-delete', 'why']) {
      expect(stdout).toMatch(new RegExp(`^  ${command} .*\\w`, 'm'))
    }
    expect(stdout).toMatch(/^  sidenet manifests /m)
  })

  it.each(['serve', 'manifests', 'users', 'can-delete', 'why'])(
    '%s --help has an example',
    async (command) => {
      const { status, stdout } = await run(sidenet, [command, '--help'])
      expect(status).toBe(0)
      expect(stdout).toMatch(new RegExp(`^Usage: sidenet ${command} `))
      expect(stdout).toMatch(new RegExp(`^  (kubectl )?sidenet ${command} `, 'm'))
    },
  )

  it.each([
    [[], 'Usage: sidenet'],
    [['no-such-command'], "unknown command 'no-such-command'"],
    [['--no-such-flag'], "unknown option '--no-such-flag'"],
    [['manifests', '--no-such-flag'], "unknown option '--no-such-flag'"],
    [['manifests', 'too', 'many'], 'too many arguments'],
    [['manifests', '--namespace'], 'argument missing'],
    [['manifests', '--namespace', 'kube-system'], '--namespace "kube-system" belongs to the cluster'],
    [['constructor'], "unknown command 'constructor'"],
  ])('ends with 64 for %j and says what is wrong', async (args, words) => {
    const { status, stdout, stderr } = await run(sidenet, args)
    expect([status, stdout]).toEqual([64, ''])
    expect(stderr).toContain(words)
    expect(stderr).toContain('--help')
  })

  it('survives a reader that stops reading', async () => {
    const { status, stderr } = await run('/bin/sh', [
      '-c',
      '{ "$0" manifests; echo $? >&2; } | true',
      sidenet,
    ])
    expect([status, stderr]).toEqual([0, '0\n'])
  })
})

describe('sidenet manifests', () => {
  /** As kubectl reads it: in YAML 1.1 a bare `off` is a boolean. */
  const objects = (yaml: string): unknown[] =>
    parseAllDocuments(yaml, { version: '1.1' }).map((document) => document.toJS() as unknown)

  it('prints exactly the objects of the files', async () => {
    const { status, stdout, stderr } = await run(sidenet, ['manifests'])
    expect([status, stderr]).toEqual([0, ''])
    expect(objects(stdout)).toEqual(readManifests(root))
  })

  it('says first what it is and how it was made', async () => {
    const args = ['manifests', '--webhook-url', 'https://127.0.0.1:9443', '--subject', "Group:Jane's team"]
    const { stdout } = await run(sidenet, args)
    expect(stdout.split('\n', 1)).toEqual([
      `# Everything to install for Sidenet ${version}, made by: sidenet manifests --webhook-url https://127.0.0.1:9443 --subject 'Group:Jane'\\''s team'`,
    ])
  })

  it('prints the same twice', async () => {
    const args = ['manifests', '--namespace', 'elsewhere', '--image', 'x:1']
    expect((await run(sidenet, args)).stdout).toBe((await run(sidenet, args)).stdout)
  })
})
