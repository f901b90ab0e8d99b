// Introduces the deletion guard and the admission of Services to the cluster they judge by, and the server to them.
// No rule lives here.

import type { ApiClient } from '../cluster/client.ts'
import { systemClock } from '../cluster/clock.ts'
import { clusterFamilies } from '../cluster/cluster-families.ts'
import type { ClusterIndex } from '../cluster/cluster-index.ts'
import type { FollowedSettings } from '../cluster/follow-settings.ts'
import { FreshList } from '../cluster/fresh-list.ts'
import { PodFreshness } from '../cluster/freshness.ts'
import { Gather } from '../cluster/gather.ts'
import { ServiceGather } from '../cluster/gather-services.ts'
import { REFERRERS } from '../cluster/referrers.ts'
import type { SightParts } from '../cluster/sight.ts'
import { Visibility } from '../cluster/visibility.ts'
import type { ServeConfig } from '../config.ts'
import type { Log } from '../observe/log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { admissionHandler } from '../server/admission-handler.ts'
import { deletionGuard } from '../server/deletion-guard.ts'
import { HttpsServer } from '../server/https-server.ts'
import { serviceDefaults, serviceVerdicts } from '../server/service-admission.ts'
import { wallClock } from './wall-clock.ts'

export interface AdmissionParts {
  readonly config: ServeConfig
  readonly client: ApiClient
  readonly index: ClusterIndex
  readonly settings: FollowedSettings
  readonly metrics: Metrics
  readonly log: Log
}

export function admissionServer({
  config,
  client,
  index,
  settings,
  metrics,
  log,
}: AdmissionParts): HttpsServer {
  const { pods } = index
  const freshness = new PodFreshness({ client, clock: systemClock, random: Math.random, ...pods })
  const guard = deletionGuard(
    new Gather({
      client,
      clock: systemClock,
      index,
      lookAtPods: observed((deadline) => freshness.freshLook(deadline), metrics),
      lookAtReferrers: looksAtReferrers(client, index),
      confirmUser: (pod, deadline) => freshness.confirmUser(pod, deadline),
      visibility: new Visibility({ client, clock: systemClock }),
      settings: settings.now,
      wallClock: () => wallClock.now(),
    }),
  )
  const services = new ServiceGather({
    client,
    clock: systemClock,
    index,
    families: clusterFamilies(client, systemClock),
    settings: settings.now,
    wallClock: () => wallClock.now(),
  })
  return new HttpsServer({
    clock: wallClock,
    minVersion: config.tlsMinVersion,
    listener: admissionHandler({
      routes: {
        '/mutate': serviceDefaults(services),
        '/validate': serviceVerdicts(services, guard),
      },
      clock: wallClock,
      observe: metrics.observeAdmission,
      report: ({ message, uid, error }) => log.error(message, { uid, error }),
    }),
  })
}

/** One shared list per kind, for everybody who asks at the same time. */
function looksAtReferrers(client: ApiClient, { referrers }: ClusterIndex): SightParts['lookAtReferrers'] {
  const parts = { client, clock: systemClock, random: Math.random }
  const lists = new Map(
    REFERRERS.map(({ kind, served }) => {
      const { project } = referrers[kind]
      return [kind, new FreshList({ ...parts, kind: served, project })] as const
    }),
  )
  return async (kind, deadline) => lists.get(kind)?.records(deadline)
}

/** The same look, counted by what proved it and how long that took. */
function observed(look: SightParts['lookAtPods'], metrics: Metrics): SightParts['lookAtPods'] {
  return async (deadline) => {
    const began = systemClock.now()
    const found = await look(deadline)
    const seconds = (systemClock.now() - began) / 1_000
    const outcome = found === undefined ? 'not in time' : 'proven'
    metrics.observeFreshness({ proof: found?.source ?? 'none', outcome, seconds })
    return found
  }
}
