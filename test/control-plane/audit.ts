// What the API server was asked, in its own words: the audit log, read as one entry per request.
// Never counts on our own metrics; that is the point of it.

import { randomUUID } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { stringify } from 'yaml'
import { eventually } from '../support/wait.ts'

export type AuditLevel = 'Metadata' | 'Request' | 'RequestResponse'

/** One request as the API server saw it. Source: Kubernetes' `audit.k8s.io/v1` Event; the fields tests ask for. */
export interface AuditEvent {
  readonly auditID: string
  readonly stage: string
  readonly verb: string
  readonly requestURI: string
  readonly user: { readonly username: string; readonly groups?: readonly string[] }
  readonly userAgent?: string
  readonly objectRef?: {
    readonly resource?: string
    readonly subresource?: string
    readonly namespace?: string
    readonly name?: string
    readonly apiGroup?: string
  }
  readonly responseStatus?: { readonly code?: number; readonly reason?: string; readonly message?: string }
  readonly requestReceivedTimestamp: string
  readonly stageTimestamp: string
  readonly annotations?: Readonly<Record<string, string>>
  readonly requestObject?: unknown
  readonly responseObject?: unknown
}

export interface AuditQuery {
  /** Only requests received at this time or later. */
  readonly since?: Date
  readonly filter?: (event: AuditEvent) => boolean
}

export const auditPolicy = (level: AuditLevel): string =>
  stringify({
    apiVersion: 'audit.k8s.io/v1',
    kind: 'Policy',
    omitStages: ['RequestReceived'],
    rules: [{ level: 'None', nonResourceURLs: ['/healthz*', '/livez*', '/readyz*'] }, { level }],
  })

const MARKER = '/api/v1/namespaces/audit-marker-'

/**
 * Every request the API server has answered up to now, each once: a watch that is still open shows as
 * `ResponseStarted`, everything else as `ResponseComplete` or `Panic`. An answer may reach its caller a moment
 * before its line is written, so a request of our own is sent after it and waited for.
 */
export async function readAudit(
  log: string,
  ask: (path: string) => Promise<unknown>,
  query: AuditQuery = {},
): Promise<readonly AuditEvent[]> {
  const marker = `${MARKER}${randomUUID()}`
  await ask(marker)
  const events = await eventually(
    async () => {
      const all = await readEvents(log)
      return all.some(({ requestURI }) => requestURI === marker) ? all : undefined
    },
    { what: 'the audit log shows what was asked just now', interval: 10 },
  )
  const since = query.since?.getTime() ?? 0
  return [...new Map(events.map((event) => [event.auditID, event])).values()]
    .filter(({ requestURI }) => !requestURI.startsWith(MARKER))
    .filter(({ requestReceivedTimestamp }) => Date.parse(requestReceivedTimestamp) >= since)
    .filter(query.filter ?? (() => true))
}

// The last line may be half-written; it is complete at the next look.
async function readEvents(log: string): Promise<readonly AuditEvent[]> {
  const lines = (await readFile(log, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as AuditEvent)
}
