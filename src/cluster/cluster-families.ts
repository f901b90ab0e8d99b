// Which IP families does this cluster give to Services? Read once, and again after a while, since a cluster may become
// dual-stack. Never guesses: before Kubernetes 1.33 the API does not say, and then it is not known.
// Source: Kubernetes, pkg/controlplane/controller/defaultservicecidr: the ServiceCIDR `kubernetes` holds the flag
// --service-cluster-ip-range, primary family first.

import { writtenFamily, type IPFamily } from '../core/networks/address.ts'
import { listAt } from '../core/networks/untrusted.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { KINDS } from './kinds.ts'
import { listSome } from './list.ts'

const REMEMBER_MS = 60_000

export type ClusterFamilies = (timeoutMs: number) => Promise<readonly IPFamily[] | undefined>

/** Primary first; undefined where the API server does not say, or not in time. */
export function clusterFamilies(client: Pick<ApiClient, 'request'>, clock: Clock): ClusterFamilies {
  let known: readonly IPFamily[] | undefined
  let until = Number.NEGATIVE_INFINITY
  return async (timeoutMs) => {
    if (clock.now() < until) return known
    const families = await readFamilies(client, timeoutMs)
    if (families === undefined) return known
    known = families
    until = clock.now() + REMEMBER_MS
    return known
  }
}

async function readFamilies(
  client: Pick<ApiClient, 'request'>,
  timeoutMs: number,
): Promise<readonly IPFamily[] | undefined> {
  const fieldSelector = 'metadata.name=kubernetes'
  const list = await listSome({ client, kind: KINDS.serviceCidr, fieldSelector, limit: 1, timeoutMs })
  if (list.kind !== 'some') return undefined
  const cidrs = listAt(list.objects[0], 'spec', 'cidrs').filter((cidr) => typeof cidr === 'string')
  return cidrs.length > 0 ? cidrs.map(writtenFamily) : undefined
}
