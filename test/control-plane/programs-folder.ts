// Which folder holds etcd, kube-apiserver, kube-controller-manager and kubectl?
// Never decides itself what to build: build.sh does.

import { spawn } from 'node:child_process'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'

const BUILD = fileURLToPath(new URL('build.sh', import.meta.url))

/** The folder named by `SIDENET_CONTROL_PLANE`, else the one build.sh answers; its progress goes to stderr. */
export async function programsFolder(): Promise<string> {
  const given = process.env['SIDENET_CONTROL_PLANE']
  return given ? given : runBuild()
}

async function runBuild(): Promise<string> {
  const build = spawn('sh', [BUILD], { stdio: ['ignore', 'pipe', 'inherit'] })
  const status = new Promise<number | null>((resolve, reject) =>
    build.once('error', reject).once('close', resolve),
  )
  const output = await text(build.stdout)
  if ((await status) !== 0)
    throw new Error(`there is no control plane to run on: ${BUILD} says above what to do`)
  return output.trimEnd().split('\n').at(-1) ?? ''
}
