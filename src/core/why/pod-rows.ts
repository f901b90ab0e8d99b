// What becomes of each selected Pod: published, about to be, or left out for one reason?
// Never judges a Pod: the plan has done that; here it is compared with what stands in the slices.

import { isOurs, isOwnedBy } from '../endpoints/endpoint-slice.ts'
import type { ServiceFacts } from '../endpoints/facts.ts'
import type { ServicePlan } from '../endpoints/plan.ts'
import type { LeftOut } from '../endpoints/publishable.ts'
import type { PodVerdict } from '../endpoints/summary.ts'
import type { Reason } from '../names.ts'
import { nameOf, type ObjectKey } from '../object-key.ts'

export interface PodRow {
  readonly pod: ObjectKey
  /** `not yet`: it is to be published, and no EndpointSlice holds all of it so far. */
  readonly published: 'yes' | 'not yet' | 'no'
  /** To be published, or published. */
  readonly addresses: readonly string[]
  readonly ready: boolean
  readonly reason: Reason
  /** Why it is not published, as a clause about the Pod; empty where it is. */
  readonly message: string
  /** Its addresses that are not published, beside others that are. */
  readonly leftOut: readonly LeftOut[]
}

export function podRows({ perPod }: ServicePlan, facts: ServiceFacts): readonly PodRow[] {
  const standing = addressesInSlices(facts)
  return perPod.map((verdict) => row(verdict, standing))
}

function row(verdict: PodVerdict, standing: ReadonlySet<string>): PodRow {
  const { pod } = verdict
  if (verdict.reason !== 'EndpointsPublished') {
    const { reason, message } = verdict
    return { pod, published: 'no', addresses: [], ready: false, reason, message, leftOut: [] }
  }
  const { addresses, ready, leftOut } = verdict
  const isThere = addresses.every((address) => standing.has(entry(nameOf(pod), address)))
  const found = { pod, addresses, ready, leftOut }
  return isThere
    ? { ...found, published: 'yes', reason: 'EndpointsPublished', message: '' }
    : { ...found, published: 'not yet', reason: 'SlicesNotWritten', message: NOT_YET }
}

const NOT_YET = 'no EndpointSlice holds it yet; Sidenet writes it in a moment, if it runs'

function addressesInSlices({ slices, service }: ServiceFacts): ReadonlySet<string> {
  const ours = slices.filter((slice) => isOurs(slice) && isOwnedBy(slice, service.uid))
  return new Set(
    ours.flatMap(({ endpoints }) =>
      endpoints.flatMap(({ addresses, targetRef }) =>
        addresses.map((address) => entry(targetRef?.name ?? '', address)),
      ),
    ),
  )
}

/** Neither part can hold a blank. */
function entry(pod: string, address: string): string {
  return `${pod} ${address}`
}
