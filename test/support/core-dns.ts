// A real DNS server beside a control plane: CoreDNS with its kubernetes plugin, and a resolver that asks it.
// Never caches: a client hears what the API server's watches have told CoreDNS so far.

import { Resolver } from 'node:dns/promises'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { freePort } from '../control-plane/free-port.ts'
import { startProgram, type Program } from '../control-plane/program.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { KIT } from '../control-plane/users.ts'
import { coreDnsProgram } from '../coredns/program.ts'
import { eventually } from './wait.ts'

export interface CoreDns {
  /** `127.0.0.1:PORT`, by UDP and TCP. */
  readonly server: string
  readonly resolver: Resolver
  readonly stop: () => Promise<void>
}

/** The name that CoreDNS answers for a Service: `parts` may lead with a port and a protocol, or a hostname. */
export const dnsName = (namespace: string, ...parts: readonly string[]): string =>
  `${parts.join('.')}.${namespace}.svc.cluster.local`

/** Starts it and waits until it has read the cluster and answers. It ends with the control plane's owner at the latest. */
export async function startCoreDns(controlPlane: ControlPlane): Promise<CoreDns> {
  const path = await coreDnsProgram()
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await begin(path, controlPlane)
    } catch (error) {
      // Somebody took a port between our look and CoreDNS'.
      if (attempt === 3 || !String(error).includes('address already in use')) throw error
    }
  }
}

async function begin(path: string, controlPlane: ControlPlane): Promise<CoreDns> {
  const { folder } = controlPlane
  const [port, readyPort] = [await freePort(), await freePort()]
  const name = `coredns-${port}`
  const corefile = join(folder, `${name}.corefile`)
  writeFileSync(
    corefile,
    configuration({ port, readyPort, kubeconfig: controlPlane.kubeconfigFor(KIT.name) }),
  )
  const program = startProgram({ name, path, args: ['-conf', corefile], folder })
  controlPlane.register(name, program.pid)
  const server = `127.0.0.1:${port}`
  const resolver = new Resolver({ timeout: 2_000, tries: 5 })
  resolver.setServers([server])
  try {
    await untilItAnswers(program, readyPort, resolver)
  } catch (error) {
    await program.stop(0)
    throw error
  }
  return {
    server,
    resolver,
    stop: async () => {
      resolver.cancel()
      await program.stop()
    },
  }
}

interface Settings {
  readonly port: number
  readonly readyPort: number
  readonly kubeconfig: string
}

// A ttl of 0 keeps every client, ours too, from remembering an answer.
const configuration = ({ port, readyPort, kubeconfig }: Settings): string => `cluster.local:${port} {
  bind 127.0.0.1
  errors
  ready 127.0.0.1:${readyPort}
  kubernetes cluster.local {
    kubeconfig ${kubeconfig} ${KIT.name}
    ttl 0
  }
}
`

// It says that it has read the cluster before it listens for questions.
async function untilItAnswers(program: Program, readyPort: number, resolver: Resolver): Promise<void> {
  const answers = async (): Promise<boolean> => {
    if (!(await fetch(`http://127.0.0.1:${readyPort}/ready`)).ok) return false
    return (await resolver.resolve4(dnsName('default', 'kubernetes'))).length > 0
  }
  const hopeless = (): string | undefined =>
    program.ended() === undefined
      ? undefined
      : `it ${program.ended()}; its last lines:\n${program.lastWords()}`
  await eventually(answers, { what: 'CoreDNS answers', timeout: 60_000, hopeless })
}
