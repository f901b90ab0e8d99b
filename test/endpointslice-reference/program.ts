// Where is the program that asks the published library? Built once from Go modules, and kept outside the tree.
// Never decides what the library is asked.

import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { access, mkdir, readFile, rename, rm } from 'node:fs/promises'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { cacheFolder } from '../control-plane/cache-folder.ts'

const MODULE = fileURLToPath(new URL('.', import.meta.url))
const SOURCES = ['go.mod', 'go.sum', 'main.go']

/** Its path; the first call on a machine builds it, which takes some seconds, or minutes where Go's cache is cold. */
export async function referenceProgram(): Promise<string> {
  const folder = join(cacheFolder(), `endpointslice-reference-${await hashOfSources()}`)
  const program = join(folder, 'reference')
  if (!(await exists(program))) await build(folder, program)
  return program
}

async function hashOfSources(): Promise<string> {
  const hash = createHash('sha256')
  for (const source of SOURCES) hash.update(await readFile(join(MODULE, source)))
  return hash.digest('hex').slice(0, 16)
}

/** Two builds at once only waste time: each has a name of its own, and the last step is a rename. */
async function build(folder: string, program: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const unfinished = join(folder, `.building-${process.pid}`)
  const env = { ...process.env, CGO_ENABLED: '0', GOWORK: 'off' }
  try {
    await promisify(execFile)(await findGo(), ['build', '-trimpath', '-o', unfinished, '.'], {
      cwd: MODULE,
      env,
    })
  } catch (error) {
    await rm(unfinished, { force: true })
    const message = `what our slices are compared with could not be built in ${MODULE}; it needs Go 1.26 or newer (https://go.dev/dl/)`
    throw new Error(message, { cause: error })
  }
  await rename(unfinished, program)
}

/** On the PATH, or where Go's own installer puts it. */
async function findGo(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/go/bin']
  for (const folder of folders) if (await exists(join(folder, 'go'))) return join(folder, 'go')
  return 'go'
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}
