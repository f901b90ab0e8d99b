// Who is asking, as the API server tells it, and whether what they are told ends up where tenants read it.

export interface Caller {
  readonly username: string
  readonly groups: readonly string[]
  readonly uid: string | undefined
  readonly extra: Readonly<Record<string, readonly string[]>>
}

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

export function repeatsInPublic({ username }: Caller): boolean {
  return REPEATS_IN_PUBLIC.has(username)
}
