// Under which names are we reached? In the cluster through the Service, outside through where we listen.
// Never looks at a certificate.

import { isIP } from 'node:net'
import { INSTALLED } from '../core/names.ts'

/** Addresses to listen on that nobody can call. */
const EVERYWHERE = ['0.0.0.0', '::', '']

export interface Reached {
  /** The Namespace that the Service stands in. */
  readonly namespace: string
  /** The host of `--listen`: a name or an address. */
  readonly listenHost?: string
  readonly more?: readonly string[]
}

/**
 * Every name that a caller may verify. The API server asks for `<service>.<namespace>.svc`, or for the host of the
 * configured URL. Source: Kubernetes, `apiserver/pkg/util/webhook/client.go`.
 */
export function servedNames({ namespace, listenHost = '', more = [] }: Reached): string[] {
  const service = `${INSTALLED.webhookService}.${namespace}`
  const own = [INSTALLED.webhookService, service, `${service}.svc`, `${service}.svc.cluster.local`]
  const others = [listenHost, ...more]
    .map(withoutBrackets)
    .filter((name) => !EVERYWHERE.includes(name) && isUsable(name))
  return [...new Set([...own, 'localhost', '127.0.0.1', '::1', ...others])]
}

/** `[::1]` as in a URL, and an address's zone, which no certificate can hold. */
function withoutBrackets(name: string): string {
  return name
    .trim()
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/%.*$/, '')
}

const HOST_NAME = /^(?=.{1,253}$)[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?(\.[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?)*$/

/** True for what a certificate can carry: a DNS name or an IP address. */
export function isUsable(name: string): boolean {
  return isIP(name) !== 0 || HOST_NAME.test(name)
}
