// Introduces the reconcile loop to the cluster: who may write, what is known, what is written. No rule lives here.

import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { applySlices } from '../cluster/apply.ts'
import type { ApiClient } from '../cluster/client.ts'
import { pause, systemClock } from '../cluster/clock.ts'
import { whyNotFilled, type ClusterIndex } from '../cluster/cluster-index.ts'
import { EndpointsWriter } from '../cluster/endpoints-writer.ts'
import { Events } from '../cluster/events.ts'
import { Lease } from '../cluster/lease.ts'
import { writesStatus } from '../cluster/net-service-status.ts'
import { OwnWrites } from '../cluster/own-writes.ts'
import { serviceIndex, type ServiceIndex } from '../cluster/service-index.ts'
import { ServiceWorld } from '../cluster/service-world.ts'
import { ServiceWriter } from '../cluster/service-writer.ts'
import type { ServeConfig } from '../config.ts'
import { INSTALLED } from '../core/names.ts'
import type { ObjectKey } from '../core/object-key.ts'
import type { VerdictSettings } from '../core/settings.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { NetServiceReconciler } from '../reconcile/net-service-reconciler.ts'
import type { Outcome } from '../reconcile/outcome.ts'
import type { Owner, Sees } from '../reconcile/scene.ts'
import { ServiceReconciler } from '../reconcile/service-reconciler.ts'
import type { Tiding } from '../reconcile/tells.ts'
import { WorkQueue } from '../reconcile/work-queue.ts'
import { recovery } from './recover.ts'

export interface ReconcileParts {
  readonly config: ServeConfig
  readonly client: ApiClient
  readonly index: ClusterIndex
  readonly settings: () => VerdictSettings
  readonly metrics: Metrics
  readonly log: Log
}

export interface ReconcileLoop {
  readonly index: ServiceIndex
  /** Reads, then keeps writing while it holds the Lease. */
  start(): void
  /** Ends what is being written, gives the Lease back and stops reading. */
  stop(): Promise<void>
  readonly state: () => { readonly leads: boolean; readonly depth: number; readonly working: number }
}

/** As upstream's default. */
const WORKERS = 5
const MAX_PER_SLICE = 100
const FIELD_MANAGER = INSTALLED.name

export function reconcileLoop(parts: ReconcileParts): ReconcileLoop {
  const { client, log, config, index } = parts
  const services = serviceIndex({ client, clock: systemClock, random: Math.random, log })
  const world = new ServiceWorld(index, services, MAX_PER_SLICE)
  const identity = `${hostname()}_${randomUUID()}`
  const ending = new AbortController()
  const queue = new WorkQueue<ObjectKey>({
    clock: systemClock,
    workers: WORKERS,
    reconcile: reconciles({ ...parts, services, world, identity, mayWrite: () => lease.mayWrite }),
    report: (key, outcome, failures) => report(log, key, outcome, failures),
  })
  const lease = new Lease({
    client,
    clock: systemClock,
    wallClock: Date.now,
    namespace: config.namespace,
    name: INSTALLED.name,
    identity,
    onChange: (leads) => {
      log.info(
        leads ? 'this replica keeps the EndpointSlices' : 'another replica may keep the EndpointSlices',
      )
      if (leads) void begin()
      else void Promise.all([queue.close(), networks.close()])
    },
    report: (sentence) => log.warn(sentence),
  })
  const networks = recovery({ ...parts, identity, mayWrite: () => lease.mayWrite })
  world.onChange((key) => queue.add(key))

  /** Nothing is judged before everything is known. */
  async function begin(): Promise<void> {
    while (whyNotFilled(index) !== undefined || whyNotFilled(services) !== undefined)
      await pause(systemClock, 50, ending.signal)
    if (!lease.mayWrite || ending.signal.aborted) return
    queue.open()
    for (const key of world.keys()) queue.add(key)
    networks.open()
  }

  let keeping: Promise<void> | undefined
  return {
    index: services,
    start() {
      for (const { reflector } of services.all) reflector.start()
      keeping ??= lease.keep(ending.signal)
    },
    async stop() {
      ending.abort()
      await keeping
      await Promise.all([queue.close(), networks.close()])
      await lease.release()
      await Promise.all(services.all.map(({ reflector }) => reflector.stop()))
    },
    state: () => ({ leads: lease.mayWrite, depth: queue.depth, working: queue.working }),
  }
}

interface ReconcilesParts extends ReconcileParts {
  readonly services: ServiceIndex
  readonly world: ServiceWorld
  readonly identity: string
  readonly mayWrite: () => boolean
}

function reconciles(parts: ReconcilesParts): (key: ObjectKey) => Promise<Outcome> {
  const { client, metrics, services, world, mayWrite } = parts
  const now = (): number => systemClock.now()
  const ownSlices = new OwnWrites({ store: services.slices.store, now })
  const ownServices = new OwnWrites({
    store: {
      get moment() {
        return services.services.store.moment
      },
      get: () => undefined,
    },
    now,
  })
  const cluster: Sees = {
    see: (key) => world.see(key),
    facts: (record, standing) => world.facts(record, standing),
    networkExists: (nad) => world.networkExists(nad),
    remember: (key, addresses) => world.remember(key, addresses),
    caughtUp: (key) => ownSlices.known(key) && ownServices.known(key),
  }
  const writer = { client, fieldManager: FIELD_MANAGER, mayWrite }
  const writes = new ServiceWriter({ ...writer, own: ownServices })
  const times = { now, wallClock: Date.now }
  const tell = tells(parts)
  const apply = { ...writer, own: ownSlices, observe: metrics.observeSliceWrite }
  const service = new ServiceReconciler({
    cluster,
    applySlices: (key, changes) => applySlices(apply, key, changes),
    services: writes,
    endpoints: new EndpointsWriter(writer),
    tell,
    times,
    observe: (key, plan) =>
      metrics.observeEndpoints(key, plan?.state === 'publishing' ? plan.counts : undefined),
  })
  const writeStatus = writesStatus(client, writer)
  const netService = new NetServiceReconciler({
    cluster,
    services: writes,
    slices: service,
    writeStatus,
    tell,
    times,
  })
  return (key) => {
    const scene = cluster.see(key)
    return scene.netService
      ? netService.reconcile(key, scene.netService, scene)
      : service.reconcile(key, scene)
  }
}

function tells({ client, identity, log }: ReconcilesParts) {
  const events = new Events({
    client,
    clock: systemClock,
    wallClock: Date.now,
    instance: identity,
    report: (sentence) => log.warn(sentence),
  })
  return (regarding: Owner, type: 'Normal' | 'Warning', { reason, message }: Tiding): void => {
    void events.tell({ regarding, type, reason, message, action: 'KeepEndpointSlices' })
  }
}

function report(log: Log, key: ObjectKey, outcome: Outcome, failures: number): void {
  switch (outcome.kind) {
    case 'retry':
      // The first failure is mostly somebody else's write in the same moment.
      if (failures > 1) log.warn(`Service ${key}: ${outcome.cause}; trying again`)
      return
    case 'stuck':
      log.debug(`Service ${key}: ${outcome.reason}`)
      return
    case 'done':
    case 'again':
      return
  }
}
