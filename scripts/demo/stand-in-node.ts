// A node for the demo, where no kubelet and no Multus run: it binds every Pod, says that it runs, and writes the
// network-status that Multus would write for what the Pod asks for. Never starts a container.

import { setTimeout as pause } from 'node:timers/promises'
import { ANNOTATIONS } from '../../src/core/names.ts'
import { readSelection } from '../../src/core/networks/selection.ts'
import type { ControlPlane } from '../../test/control-plane/start.ts'
import { startKubelet } from '../../test/support/kubelet.ts'
import { makes, type PodObject } from '../../test/support/objects.ts'

export interface StandInNode {
  readonly stop: () => Promise<void>
}

export function startStandInNode(controlPlane: ControlPlane): StandInNode {
  const make = makes(controlPlane)
  const kubelet = startKubelet(controlPlane)
  const stopping = new AbortController()
  const { signal } = stopping
  let addresses = 10

  const attachments = ({ metadata }: PodObject): { name: string; ips: string[] }[] => {
    const selection = readSelection(
      metadata?.annotations?.[ANNOTATIONS.networks] ?? '',
      metadata?.namespace ?? '',
    )
    if (!selection.ok) return []
    return selection.value.map(({ namespace, name }) => ({
      name: `${namespace}/${name}`,
      ips: [`192.168.7.${addresses++}`],
    }))
  }
  const runPods = async (): Promise<void> => {
    for await (const { type, object } of controlPlane.watch('/api/v1/pods', { user: 'test-kit', signal })) {
      const { namespace = '', name = '' } = (object as PodObject).metadata ?? {}
      if (type !== 'ADDED' || (object as PodObject).spec?.nodeName !== undefined) continue
      await make.run(namespace, name, { status: attachments(object) })
    }
  }
  const running = (async () => {
    while (!signal.aborted) {
      // A Pod that went meanwhile, or an API server that restarts, must not end the node.
      await runPods().catch(() => undefined)
      await pause(100, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await Promise.all([running, kubelet.stop()])
    },
  }
}
