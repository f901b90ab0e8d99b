// The README is run as it is printed: its commands, in its order, and what it says one will see.

import { execFile, spawn } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { freePort } from '../control-plane/free-port.ts'
import { installNadCrd } from '../support/crds.ts'
import { makes } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const root = fileURLToPath(new URL('../..', import.meta.url))
const readme = readFileSync(`${root}/README.md`, 'utf8')
const blocks = [...readme.matchAll(/^```(\w*)\n([\s\S]*?)^```/gm)].map(([, language, text]) => ({
  language,
  text: text ?? '',
}))

/** The lines of the shell block that holds `word`, without comments. */
function commands(word: string): string[] {
  const block = blocks.find(({ language, text }) => language === 'sh' && text.includes(word))
  return (block?.text ?? '')
    .split('\n')
    .map((line) => line.replace(/\s+#.*$/, '').trim())
    .filter((line) => line !== '')
}

const oneLine = (text: string): string => text.replaceAll(/\s+/g, ' ').trim()

describe('the README', () => {
  const controlPlane = useControlPlane()
  let serving: ReturnType<typeof spawn> | undefined
  let port = 0
  let metricsPort = 0

  const shell = async (line: string): Promise<{ status: number; output: string }> => {
    const local = line
      .replaceAll('9443', String(port))
      .replaceAll('~/.kube/config', controlPlane().kubeconfig)
    const env = {
      ...process.env,
      KUBECONFIG: controlPlane().kubeconfig,
      SIDENET_METRICS_LISTEN: `127.0.0.1:${metricsPort}`,
    }
    try {
      const { stdout, stderr } = await promisify(execFile)('sh', ['-c', local], { cwd: root, env })
      return { status: 0, output: stdout + stderr }
    } catch (error) {
      const { code, stdout, stderr } = error as { code: number; stdout: string; stderr: string }
      return { status: code, output: stdout + stderr }
    }
  }

  beforeAll(async () => {
    port = await freePort()
    metricsPort = await freePort()
    await installNadCrd(controlPlane())
    const [install, apply, serve] = commands('--webhook-url')
    expect(install).toBe('npm ci')
    expect(await shell(apply ?? '')).toMatchObject({ status: 0 })
    const line = (serve ?? '')
      .replaceAll('9443', String(port))
      .replaceAll('~/.kube/config', controlPlane().kubeconfig)
    const env = { ...process.env, SIDENET_METRICS_LISTEN: `127.0.0.1:${metricsPort}` }
    serving = spawn('sh', ['-c', `exec ${line}`], { cwd: root, env, stdio: 'ignore' })
    controlPlane().register('sidenet of the README', serving.pid ?? 0)
    const isReady = async (): Promise<boolean> =>
      (await fetch(`http://127.0.0.1:${metricsPort}/readyz`)).status === 200
    await eventually(isReady, { what: 'the Sidenet that the README starts is ready', timeout: 30_000 })
    const make = makes(controlPlane())
    await make.namespace('blue')
    await make.nad('blue', 'macvlan-a')
    for (const name of ['db-0', 'db-1', 'db-2']) await make.pod('blue', name, { networks: 'macvlan-a' })
  })
  afterAll(() => void serving?.kill('SIGKILL'))

  it('shows what kubectl really prints', async () => {
    const shown = blocks.find(({ text }) => text.startsWith('$ kubectl delete nad'))?.text ?? ''
    const [command = '', ...printed] = shown.split('\n')
    const { output } = await shell(command.replace('$ kubectl', 'kubectl'))
    expect(oneLine(output)).toBe(oneLine(printed.join(' ')))
  })

  it('shows commands that answer', async () => {
    const [users, canDelete] = commands('bin/sidenet users')
    expect(await shell(users ?? '')).toMatchObject({
      status: 0,
      output: expect.stringContaining('blue/db-0'),
    })
    expect(await shell(canDelete ?? '')).toMatchObject({
      status: 1,
      output: expect.stringContaining('is used by 3 Pods'),
    })
  })

  it('shows how to break the glass, and how to open what stays closed while nobody serves', async () => {
    expect(readme).toContain('kubectl annotate nad NAME sidenet.io/allow-deletion="why"')
    expect(readme).toContain('kubectl delete validatingwebhookconfiguration sidenet')
    await shell('kubectl annotate nad macvlan-a -n blue sidenet.io/allow-deletion="why"')
    expect(await shell('kubectl delete nad macvlan-a -n blue --dry-run=server')).toMatchObject({ status: 0 })
    serving?.kill('SIGKILL')
    await shell('kubectl annotate nad macvlan-a -n blue sidenet.io/allow-deletion-')
    expect(await shell('kubectl delete nad macvlan-a -n blue')).toMatchObject({ status: 1 })
    expect(await shell('kubectl delete validatingwebhookconfiguration sidenet')).toMatchObject({ status: 0 })
    expect(await shell('kubectl delete nad macvlan-a -n blue')).toMatchObject({ status: 0 })
  })

  it('links to pages that are there', () => {
    const links = [...readme.matchAll(/\]\(([^)#]+)\)/g)]
      .map(([, target]) => target ?? '')
      .filter((target) => !target.startsWith('http'))
    expect(links.length).toBeGreaterThan(3)
    for (const link of links) expect(() => readFileSync(`${root}/${link}`)).not.toThrow(/ENOENT/)
  })
})
