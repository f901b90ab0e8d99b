// Would the webhook write something else into this Service, were it asked about it now?
// Never says what: that is the webhook's to write.

import type { ServiceForm } from '../services/service-form.ts'
import { mendService } from './mend-service.ts'

/** Then an empty patch is all it takes to mend a Service that was written while nobody looked. */
export function wantsMending(service: ServiceForm): boolean {
  if (service.terminating) return false
  const mended = mendService({ service, before: service, clusterFamilies: undefined })
  return (
    canonical(mended.selector) !== canonical(service.selector) ||
    canonical(mended.annotations) !== canonical(service.annotations)
  )
}

function canonical(texts: Readonly<Record<string, string>> | undefined): string {
  return JSON.stringify(Object.entries(texts ?? {}).sort(([a], [b]) => (a < b ? -1 : 1)))
}
