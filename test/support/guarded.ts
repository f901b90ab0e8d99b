// A control plane that Sidenet guards, for the tests of one file, and how a deletion ended there.
// Never judges an answer.

import { afterAll, beforeAll } from '@jest/globals'
import type { AuditEvent } from '../control-plane/audit.ts'
import { startControlPlane, type ApiObject, type ControlPlane } from '../control-plane/start.ts'
import type { User } from '../control-plane/users.ts'
import { startFaultProxy, type FaultProxy } from '../faults/proxy.ts'
import { installNadCrd } from './crds.ts'
import { makes, type Makes } from './objects.ts'
import { startSidenet, type Sidenet, type SidenetOptions } from './sidenet.ts'
import { HOOK_TIMEOUT } from './use-control-plane.ts'
import { eventually } from './wait.ts'

export interface GuardedOptions {
  /** Beside `admin` and `sidenet`. */
  readonly users?: readonly User[]
  /** Service addresses of both families; default true. */
  readonly dualStack?: boolean
  /** What is there before Sidenet starts. */
  readonly before?: (controlPlane: ControlPlane) => Promise<void>
}

/** How a deletion ended. */
export interface Removal {
  readonly status: number
  /** Of the Status, such as `Forbidden`; empty where the deletion passed. */
  readonly reason: string
  /** The entry of our webhook configuration that refused; undefined where none did. */
  readonly by: string | undefined
  /** What the entry said, without the API server's words around it. */
  readonly message: string
  readonly causes: readonly object[]
  readonly retryAfterSeconds: number | undefined
  readonly warnings: readonly string[]
}

export interface RemovalOptions {
  readonly user?: string
  /** In whose name the admin asks, with every right. */
  readonly impersonate?: string
  readonly dryRun?: boolean
  /** Further query, such as `labelSelector=a%3Db`. */
  readonly query?: string
  /** DeleteOptions. */
  readonly options?: object
}

export interface Guarded {
  readonly controlPlane: ControlPlane
  readonly sidenet: Sidenet
  /** Between Sidenet and the API server; without rules it changes nothing. */
  readonly proxy: FaultProxy
  readonly make: Makes
  /** A new Namespace, in which Pods can be created at once. */
  readonly space: (name: string, marks?: Parameters<Makes['namespace']>[1]) => Promise<string>
  readonly remove: (path: string, how?: RemovalOptions) => Promise<Removal>
  /** Waits until it would be let go: a Pod that went a moment ago may still speak against it. */
  readonly untilFree: (path: string) => Promise<void>
  /** Waits until a refusal has these words: of two new Pods the first may be known sooner. It must never be allowed. */
  readonly untilTold: (path: string, words: string, how?: RemovalOptions) => Promise<void>
  /** `uid resourceVersion`; undefined where there is no such object, or not any more. */
  readonly standing: (path: string) => Promise<string | undefined>
  /** What Sidenet wrote into the audit log about deletions of this path, in order; nothing for those it was not asked about. */
  readonly audited: (path: string) => Promise<readonly Readonly<Record<string, string>>[]>
  /** Ends Sidenet as a crash would. */
  readonly crash: () => Promise<void>
  /** Starts it again, on the same port. */
  readonly revive: () => Promise<void>
}

/** The controllers that delete for others. Without the one that makes ServiceAccounts, namespaces are usable at once. */
const DELETERS = ['namespace-controller', 'garbage-collector-controller']

/** Call it in a file; what it returns gives the guarded control plane while tests run. */
export function useGuarded({ users = [], dualStack = true, before }: GuardedOptions = {}): () => Guarded {
  let guarded: Guarded | undefined
  const ends: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    const everybody = [{ name: 'sidenet' }, ...users]
    const controlPlane = await startControlPlane({ users: everybody, dualStack, controllers: DELETERS })
    ends.unshift(controlPlane.stop)
    await installNadCrd(controlPlane)
    await before?.(controlPlane)
    const proxy = await startFaultProxy(controlPlane)
    ends.unshift(proxy.stop)
    guarded = await guard(controlPlane, proxy)
    ends.unshift(guarded.crash)
  }, HOOK_TIMEOUT)
  afterAll(async () => {
    for (const end of ends) await end()
  }, HOOK_TIMEOUT)
  return () => {
    if (guarded === undefined) throw new Error('there is a guarded control plane only while tests run')
    return guarded
  }
}

async function guard(controlPlane: ControlPlane, proxy: FaultProxy): Promise<Guarded> {
  // The loop writes on its own account; what is shown here is what the webhook answers.
  const serving: SidenetOptions = {
    kubeconfig: proxy.kubeconfig('sidenet'),
    flags: ['--only', 'webhook'],
  }
  const make = makes(controlPlane)
  let sidenet = await startSidenet(controlPlane, serving)
  return {
    controlPlane,
    proxy,
    make,
    get sidenet() {
      return sidenet
    },
    space: async (name, marks) => {
      await make.namespace(name, marks)
      return name
    },
    remove: (path, how) => remove(controlPlane, path, how),
    untilTold: async (path, words, how) => {
      let allowed = false
      const isTold = async () => {
        const { status, message } = await remove(controlPlane, path, { ...how, dryRun: true })
        allowed ||= status === 200
        return message.includes(words)
      }
      const hopeless = () => (allowed ? 'it would be let go' : undefined)
      await eventually(isTold, { what: `the deletion of ${path} is refused with: ${words}`, hopeless })
    },
    untilFree: async (path) => {
      const isFree = async () => (await remove(controlPlane, path, { dryRun: true })).status === 200
      await eventually(isFree, { what: `${path} would be let go` })
    },
    standing: async (path) => {
      const { status, body } = await controlPlane.request('GET', path)
      return status === 200 ? `${body.metadata?.uid} ${body.metadata?.resourceVersion}` : undefined
    },
    audited: async (path) => {
      const isIt = ({ verb, requestURI }: AuditEvent) =>
        verb.startsWith('delete') && requestURI.split('?')[0] === path
      return (await controlPlane.auditEvents({ filter: isIt })).map(ours).filter((keys) => keys !== undefined)
    },
    crash: () => sidenet.kill(),
    revive: async () => {
      const { port, metricsPort } = sidenet
      sidenet = await startSidenet(controlPlane, { ...serving, port, metricsPort, install: false })
    },
  }
}

async function remove(
  { request }: ControlPlane,
  path: string,
  { user, impersonate, dryRun, query, options }: RemovalOptions = {},
): Promise<Removal> {
  const queries = [...(dryRun ? ['dryRun=All'] : []), ...(query === undefined ? [] : [query])]
  const target = queries.length === 0 ? path : `${path}?${queries.join('&')}`
  const headers = { 'impersonate-user': impersonate ?? '', 'impersonate-group': 'system:masters' }
  const as = { ...(user !== undefined && { user }), ...(impersonate !== undefined && { headers }) }
  const { status, body, headers: answered } = await request<ApiObject>('DELETE', target, options, as)
  const said = /^admission webhook "([^"]+)" denied the request: (.*)$/s.exec(body.message ?? '')
  return {
    status,
    reason: body.reason ?? '',
    by: said?.[1],
    message: said?.[2] ?? body.message ?? '',
    causes: body.details?.causes ?? [],
    retryAfterSeconds: body.details?.retryAfterSeconds,
    warnings: warningsIn(answered['warning']),
  }
}

/**
 * `299 - "text"`, with quotes and backslashes escaped; several are separated by commas (RFC 7234, section 5.5). The API
 * server writes UTF-8, which Node reads as Latin-1.
 */
export function warningsIn(header: unknown): string[] {
  const latin1 = Array.isArray(header) ? header.join(', ') : typeof header === 'string' ? header : ''
  const text = Buffer.from(latin1, 'latin1').toString('utf8')
  return [...text.matchAll(/299 - "((?:[^"\\]|\\.)*)"/g)].map(([, quoted = '']) =>
    quoted.replace(/\\(.)/g, '$1'),
  )
}

/** The keys of one deletion, without the name of the entry in front; that name is `webhook`. */
function ours({ annotations = {} }: AuditEvent): Readonly<Record<string, string>> | undefined {
  const keys = Object.entries(annotations).flatMap(([key, text]) => {
    const [, webhook, short] = /^([a-z-]+\.sidenet\.io)\/(.*)$/.exec(key) ?? []
    return webhook === undefined || short === undefined
      ? []
      : [[short, text] as const, ['webhook', webhook] as const]
  })
  return keys.length === 0 ? undefined : Object.fromEntries(keys)
}
