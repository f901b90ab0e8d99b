// Are two endpoints the same one, and do they say the same of it? Hints are judged elsewhere.
// Source of the rules: k8s.io/endpointslice, util/endpointset.go and util/controller_utils.go.

import type { Endpoint } from './endpoint-slice.ts'

/**
 * Addresses, hostname and the Pod's name, but not its uid: a Pod that was replaced under its name with its
 * address (a StatefulSet's) keeps its place in its slice.
 */
export function identity({ addresses, hostname, targetRef }: Endpoint): string {
  const sorted = addresses.length > 1 ? [...addresses].sort() : addresses
  return [...sorted, hostname ?? '', targetRef?.namespace ?? '', targetRef?.name ?? ''].join('\n')
}

/** Of two endpoints with one identity: is everything else the same? `targetRef.resourceVersion` does not count. */
export function saysTheSame(a: Endpoint, b: Endpoint): boolean {
  return (
    a.nodeName === b.nodeName &&
    a.zone === b.zone &&
    a.conditions?.ready === b.conditions?.ready &&
    a.conditions?.serving === b.conditions?.serving &&
    a.conditions?.terminating === b.conditions?.terminating &&
    a.targetRef?.kind === b.targetRef?.kind &&
    a.targetRef?.uid === b.targetRef?.uid &&
    a.targetRef?.apiVersion === b.targetRef?.apiVersion &&
    a.targetRef?.fieldPath === b.targetRef?.fieldPath
  )
}
