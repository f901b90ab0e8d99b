// Which kinds can name a network without holding on to it, and where are they served? A later one is a line here.

import type { ReferrerKind } from '../core/settings.ts'
import { KINDS, type Kind } from './kinds.ts'

export const REFERRERS: readonly { readonly kind: ReferrerKind; readonly served: Kind }[] = [
  { kind: 'Deployment', served: KINDS.deployment },
  { kind: 'StatefulSet', served: KINDS.statefulSet },
  { kind: 'DaemonSet', served: KINDS.daemonSet },
  { kind: 'Job', served: KINDS.job },
  { kind: 'CronJob', served: KINDS.cronJob },
  { kind: 'NetService', served: KINDS.netService },
  { kind: 'Service', served: KINDS.service },
]
