// What a kubelet does about Pods that are being deleted: once they have ended, it removes them for good.
// Never starts, runs or reports anything else.

import { setTimeout as pause } from 'node:timers/promises'
import type { ControlPlane } from '../control-plane/start.ts'
import { KIT } from '../control-plane/users.ts'
import { podPath, type PodObject } from './objects.ts'

const PODS = '/api/v1/pods'

export interface Kubelet {
  readonly stop: () => Promise<void>
}

/** Removes every terminating Pod that is bound to a node, until it is stopped. Outlives restarts of the API server. */
export function startKubelet(controlPlane: Pick<ControlPlane, 'request' | 'watch'>): Kubelet {
  const stopping = new AbortController()
  const { signal } = stopping
  const running = (async () => {
    while (!signal.aborted) {
      await watchOnce(controlPlane, signal).catch(() => undefined)
      await pause(100, undefined, { signal }).catch(() => undefined)
    }
  })()
  return {
    stop: async () => {
      stopping.abort()
      await running
    },
  }
}

// Without a resourceVersion a watch first shows every object there is, so nothing has to be listed.
async function watchOnce(
  { request, watch }: Pick<ControlPlane, 'request' | 'watch'>,
  signal: AbortSignal,
): Promise<void> {
  for await (const { type, object } of watch(PODS, { user: KIT.name, signal })) {
    if (type === 'ADDED' || type === 'MODIFIED') await remove(request, object)
  }
}

async function remove(request: ControlPlane['request'], { metadata, spec }: PodObject): Promise<void> {
  if (metadata?.deletionTimestamp === undefined || spec?.nodeName === undefined) return
  const { namespace = '', name = '', uid } = metadata
  const atOnce = { kind: 'DeleteOptions', apiVersion: 'v1', gracePeriodSeconds: 0, preconditions: { uid } }
  await request('DELETE', podPath(namespace, name), atOnce, { user: KIT.name })
}
