// What the demo needs around it: a control plane, Sidenet serving it, a node. Everything that was started is ended
// again, in the reverse order, however the demo ends. Shows nothing of its own but what takes time.

import { execFileSync } from 'node:child_process'
import { mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { programsFolder } from '../../test/control-plane/programs-folder.ts'
import { startControlPlane, type ControlPlane } from '../../test/control-plane/start.ts'
import { startCoreDns, type CoreDns } from '../../test/support/core-dns.ts'
import { installNadCrd } from '../../test/support/crds.ts'
import { makes } from '../../test/support/objects.ts'
import { startSidenet } from '../../test/support/sidenet.ts'
import { startStandInNode } from './stand-in-node.ts'
import { say } from './tell.ts'

export interface Stage {
  readonly controlPlane: ControlPlane
  readonly dns: CoreDns
  /** Holds kubectl, its plugin and `lookup`. */
  readonly bin: string
  /** For commands: KUBECONFIG and PATH point at the control plane. */
  readonly environment: NodeJS.ProcessEnv
}

const root = join(import.meta.dirname, '..', '..')

export class Ending {
  readonly #steps: (() => Promise<void> | void)[] = []

  /** Runs before everything that was added earlier. */
  add(step: () => Promise<void> | void): void {
    this.#steps.unshift(step)
  }

  async run(): Promise<void> {
    for (let step = this.#steps.shift(); step !== undefined; step = this.#steps.shift()) await step()
  }
}

export async function setStage(ending: Ending): Promise<Stage> {
  say('Getting a control plane: etcd, kube-apiserver, kube-controller-manager, kubectl …')
  const programs = await programsFolder()
  const controlPlane = await startControlPlane({ users: [{ name: 'sidenet' }] })
  ending.add(() => controlPlane.stop())
  say(`Kubernetes ${serverVersion(join(programs, 'kubectl'), controlPlane)} answers at ${controlPlane.url}.`)
  await installNadCrd(controlPlane)
  await makes(controlPlane).create('/api/v1/nodes', { metadata: { name: 'node-1' } })
  say('Getting a DNS server: CoreDNS …')
  const dns = await startCoreDns(controlPlane)
  ending.add(() => dns.stop())

  say('Installing Sidenet (sidenet manifests … | kubectl apply -f -) and starting it (sidenet serve …) …')
  const sidenet = await startSidenet(controlPlane)
  ending.add(() => sidenet.stop(0))
  const node = startStandInNode(controlPlane)
  ending.add(() => node.stop())
  say('Sidenet is ready.')

  const bin = join(controlPlane.folder, 'bin')
  mkdirSync(bin)
  ending.add(() => rmSync(bin, { recursive: true, force: true }))
  symlinkSync(join(programs, 'kubectl'), join(bin, 'kubectl'))
  symlinkSync(join(root, 'bin', 'sidenet'), join(bin, 'kubectl-sidenet'))
  writeFileSync(join(bin, 'lookup'), lookupCommand(dns.server), { mode: 0o755 })
  const environment = {
    ...process.env,
    KUBECONFIG: controlPlane.kubeconfig,
    PATH: `${bin}:${process.env['PATH'] ?? ''}`,
  }
  return { controlPlane, dns, bin, environment }
}

/** Runs on our own Node, whatever the user's shell has. */
const lookupCommand = (server: string): string =>
  `#!/bin/sh\nexec '${process.execPath}' '${join(root, 'scripts', 'demo', 'lookup.ts')}' ${server} "$@"\n`

function serverVersion(kubectl: string, { kubeconfig }: ControlPlane): string {
  const output = execFileSync(kubectl, ['version', '-o', 'json', '--kubeconfig', kubeconfig], {
    encoding: 'utf8',
  })
  return (JSON.parse(output) as { serverVersion: { gitVersion: string } }).serverVersion.gitVersion
}
