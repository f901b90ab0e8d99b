// Where is CoreDNS? Never decides itself what to build: build.sh does, and its progress goes to stderr.

import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('build.sh', import.meta.url))

/** Its path; the first call on a machine builds it, which takes a minute or two. */
export async function coreDnsProgram(): Promise<string> {
  const build = spawn('sh', [BUILD], { stdio: ['ignore', 'pipe', 'inherit'] })
  const closed = once(build, 'close') as Promise<[number | null]>
  const [output, [status]] = await Promise.all([text(build.stdout), closed])
  if (status !== 0) throw new Error(`there is no CoreDNS to ask: ${BUILD} says above what to do`)
  return output.trimEnd().split('\n').at(-1) ?? ''
}
