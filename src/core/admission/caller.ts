// Does what this caller is told end up where tenants read it? Answers only that.

import type { UserInfo } from './review.ts'

/**
 * The platform's own deleters. They may list every Pod, but they write a refusal into the Namespace's conditions and
 * into Events, which tenants read: so they are told numbers, not names.
 */
const REPEATS_IN_PUBLIC: ReadonlySet<string> = new Set([
  'system:serviceaccount:kube-system:namespace-controller',
  'system:serviceaccount:kube-system:generic-garbage-collector',
  // both of the above, in a cluster without --use-service-account-credentials
  'system:kube-controller-manager',
])

export function repeatsInPublic({ username }: UserInfo): boolean {
  return REPEATS_IN_PUBLIC.has(username)
}
