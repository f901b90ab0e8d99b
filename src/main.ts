// The start as a story: build the parts, introduce them to each other, run, drain. No rule lives here.

import { readFileSync } from 'node:fs'
import type { createServer } from 'node:http'
import { join } from 'node:path'
import { apiClient } from './cluster/client.ts'
import { systemClock } from './cluster/clock.ts'
import {
  clusterIndex,
  unreadablePods,
  whyNotFilled,
  type ClusterIndex,
  type Followed,
} from './cluster/cluster-index.ts'
import { loadCredentials } from './cluster/credentials.ts'
import { followSettings, type FollowedSettings } from './cluster/follow-settings.ts'
import { resourceName } from './cluster/kinds.ts'
import type { Address, ServeConfig } from './config.ts'
import { createLog } from './observe/log.ts'
import { createMetrics, type WatchState } from './observe/metrics.ts'
import { probesServer } from './server/probes.ts'
import { admissionServer } from './start/admission.ts'
import { servingCertificate } from './start/certificate.ts'
import { reconcileLoop } from './start/reconcile.ts'
import { signalled } from './start/signals.ts'

/** Serves until a signal says so; the exit status is the value. Throws an Error for people where it cannot start. */
export async function serve(config: ServeConfig): Promise<number> {
  const told = signalled()
  const log = createLog(config.logLevel)
  const version = ownVersion()
  const metrics = createMetrics(version)
  const client = apiClient(loadCredentials(config.kubeconfig), { version, clock: systemClock })
  log.info(`sidenet ${version} serves the cluster at ${client.host}`)

  const watching = { client, clock: systemClock, random: Math.random, log }
  const settings = followSettings({ ...watching, namespace: config.namespace, overrides: config.settings })
  const index = clusterIndex({
    ...watching,
    multusNamespace: () => settings.now().multusNamespace,
    forEndpoints: config.only !== 'webhook',
    keepNads: config.recover === 'recreate',
  })
  relistWhenNamesResolveElsewhere(settings, index)
  const server = admissionServer({ config, client, index, settings, metrics, log })
  const certificate = servingCertificate(config, client, server, log)
  const loop =
    config.only === 'webhook'
      ? undefined
      : reconcileLoop({ config, client, index, settings: settings.now, metrics, log })
  const answers = config.only !== 'reconcile'
  const followedKinds = [...index.all, ...(loop?.index.all ?? [])]

  metrics.readFrom({
    inFlight: () => server.inFlight,
    watches: () => followedKinds.map(watchState),
    unreadablePods: () => unreadablePods(index),
    ...(loop && { loop: loop.state }),
    certificateNotAfter: () =>
      certificate.notAfter === undefined ? undefined : new Date(certificate.notAfter),
  })
  const probes = probesServer({
    checks: {
      index: () => whyNotFilled({ all: followedKinds }),
      settings: () => (settings.store.filled ? undefined : 'the settings were not read yet'),
      certificate: () => (answers ? certificate.whyNotReady() : undefined),
      draining: () => (server.draining ? 'it was told to end' : undefined),
    },
    metrics: () => metrics.scrape(),
    report: ({ message, error }) => log.error(message, { error }),
  })

  await listenOn(probes, config.metricsListen)
  if (answers) {
    const { address, port } = await server.listen(config.listen.host, config.listen.port)
    log.info(`listening on ${address} port ${port}`)
  }
  const followed = [settings.reflector, ...index.all.map(({ reflector }) => reflector)]
  startInOrder(settings, index)
  loop?.start()
  const ending = new AbortController()
  const keeping = answers ? certificate.keep(ending.signal) : undefined

  log.info(`told to end by ${await told}; serving on until it is quiet, a second signal ends at once`)
  await Promise.all([answers ? server.drain() : undefined, loop?.stop()])
  ending.abort()
  await Promise.all([keeping, ...followed.map((reflector) => reflector.stop())])
  probes.close()
  probes.closeAllConnections()
  client.close()
  log.info('ended')
  return 0
}

/** Names are resolved as objects are read, so the settings are known before the first is. */
function startInOrder(settings: FollowedSettings, index: ClusterIndex): void {
  const leave = settings.store.onMoment(() => {
    leave()
    for (const { reflector } of index.all) reflector.start()
  })
  settings.reflector.start()
}

/** For the same reason what was read before a change is read again, and nothing is believed until then. */
function relistWhenNamesResolveElsewhere(settings: FollowedSettings, index: ClusterIndex): void {
  settings.onChange((before, after) => {
    if (before.multusNamespace === after.multusNamespace) return
    for (const { store, reflector } of [index.pods, ...Object.values(index.referrers)]) {
      store.distrust()
      reflector.relist()
    }
  })
}

function watchState({ kind, store, reflector: { state } }: Followed): WatchState {
  const silent = (systemClock.now() - store.lastLife) / 1_000
  return {
    resource: resourceName(kind),
    objects: store.size,
    silentSeconds: Number.isFinite(silent) ? silent : undefined,
    lists: state.lists,
    watches: state.watches,
    failures: state.failures,
  }
}

function listenOn(server: ReturnType<typeof createServer>, { host, port }: Address): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function ownVersion(): string {
  const file = join(import.meta.dirname, '..', 'package.json')
  return (JSON.parse(readFileSync(file, 'utf8')) as { readonly version: string }).version
}
