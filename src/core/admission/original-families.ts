// With which IP families is a Service accepted that gets its selector back? The API server takes any family where
// there is no selector, and only its own where there is one; it then refuses the whole request.
// Source: Kubernetes, pkg/registry/core/service/storage/alloc.go, `initIPFamilyFields`.

import type { IPFamily } from '../networks/address.ts'
import type { Original } from '../services/original.ts'
import type { ServiceForm } from '../services/service-form.ts'
import type { ServiceChange } from './mend-service.ts'

export type Families = Pick<ServiceForm, 'ipFamilies' | 'ipFamilyPolicy'>

export function currentFamilies({ ipFamilies, ipFamilyPolicy }: ServiceForm): Families {
  return { ipFamilies, ipFamilyPolicy }
}

/** What was written down, as far as this cluster has it; whoever chooses families in the same request gets those. */
export function originalFamilies(
  { service, before, clusterFamilies }: ServiceChange,
  { ipFamilies, ipFamilyPolicy }: Original,
): Families {
  if (isChosenNow(service, before)) return currentFamilies(service)
  const fitting = ipFamilies.filter((family) => clusterFamilies?.includes(family) ?? true)
  if (fitting.length === ipFamilies.length && fitting.length > 0)
    return { ipFamilies: fitting, ipFamilyPolicy: ipFamilyPolicy ?? policyOf(fitting) }
  const some = fitting.length > 0 ? fitting : (clusterFamilies ?? service.ipFamilies).slice(0, 1)
  return { ipFamilies: some, ipFamilyPolicy: policyOf(some) }
}

function policyOf(families: readonly IPFamily[]): string {
  return families.length > 1 ? 'RequireDualStack' : 'SingleStack'
}

function isChosenNow(service: ServiceForm, before: ServiceForm | undefined): boolean {
  if (service.ipFamilies.length === 0) return false
  return before !== undefined && before.ipFamilies.join() !== service.ipFamilies.join()
}
