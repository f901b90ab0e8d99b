// Introduces the part that looks after networks that went to the cluster. No rule lives here.

import type { ApiClient } from '../cluster/client.ts'
import { systemClock } from '../cluster/clock.ts'
import type { ClusterIndex } from '../cluster/cluster-index.ts'
import { ConfirmUser } from '../cluster/confirm-user.ts'
import { Events } from '../cluster/events.ts'
import { NetworkLosses } from '../cluster/network-losses.ts'
import { putBack } from '../cluster/put-back.ts'
import { INSTALLED } from '../core/names.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import type { VerdictSettings } from '../core/settings.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { NadReconciler } from '../reconcile/nad-reconciler.ts'
import { WorkQueue } from '../reconcile/work-queue.ts'

export interface RecoveryParts {
  readonly client: ApiClient
  readonly index: ClusterIndex
  readonly settings: () => VerdictSettings
  readonly metrics: Metrics
  readonly log: Log
  readonly identity: string
  readonly mayWrite: () => boolean
}

export interface Recovery {
  /** Begins with everything that is wrong now; the index must be filled. */
  open(): void
  close(): Promise<void>
}

const WORKERS = 2
const CONFIRM_MS = 3_000

export function recovery(parts: RecoveryParts): Recovery {
  const { client, index, settings, metrics, log, mayWrite } = parts
  const losses = new NetworkLosses({ index, settings, now: () => systemClock.now(), wallClock: Date.now })
  const confirms = new ConfirmUser({
    client,
    project: index.pods.project,
    clock: systemClock,
    onSilence: () => undefined,
  })
  const reconciler = new NadReconciler({
    see: (key) => losses.see(key),
    holdsStill: async ({ namespace, name, uid }) => {
      const record = index.pods.store.get(objectKey(namespace, name))
      return record?.uid === uid && confirms.confirm(record, systemClock.now() + CONFIRM_MS)
    },
    putBack: (copy) => putBack({ client, fieldManager: INSTALLED.name, mayWrite, settings }, copy),
    tell: tellsPods(parts),
    observe: metrics.observeLostNetwork,
    now: () => systemClock.now(),
  })
  const queue = new WorkQueue<ObjectKey>({
    clock: systemClock,
    workers: WORKERS,
    reconcile: (key) => reconciler.reconcile(key),
    report: (key, outcome) => {
      if (outcome.kind === 'retry') log.warn(`network ${key}: ${outcome.cause}; trying again`)
    },
  })
  losses.onChange((key) => queue.add(key))
  return {
    open() {
      queue.open()
      for (const key of losses.keys()) queue.add(key)
    },
    close: () => queue.close(),
  }
}

/** Events of its own, so that one bad network does not silence what is told of Services. */
function tellsPods({
  client,
  identity,
  log,
}: RecoveryParts): ConstructorParameters<typeof NadReconciler>[0]['tell'] {
  const events = new Events({
    client,
    clock: systemClock,
    wallClock: Date.now,
    instance: identity,
    report: (sentence) => log.warn(sentence),
  })
  return ({ namespace, name, uid }, type, { reason, message }) => {
    log.warn(`Pod ${namespace}/${name}: ${reason}: ${message}`)
    const regarding = { apiVersion: 'v1', kind: 'Pod', namespace, name, uid }
    void events.tell({ regarding, type, reason, message, action: 'WatchNetwork' })
  }
}
