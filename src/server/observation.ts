// What do the counters learn of one answer? Few words, from fixed lists, so that no caller can invent new series.
// Never counts anything itself.

import type { Decision } from '../core/admission/decision.ts'
import type { AdmissionRequest } from '../core/admission/review.ts'
import { NAD, NET_SERVICE } from '../core/names.ts'

export interface Observation {
  /** CREATE, UPDATE, DELETE or CONNECT; empty where no review could be read. */
  readonly operation: string
  /** Plural of a kind we are asked about, `other`, or empty where no review could be read. */
  readonly resource: string
  /** `refused` is an HTTP error; `failed` an error of our own, answered as a denial. */
  readonly decision: 'allow' | 'patch' | 'deny' | 'refused' | 'failed'
  /** A reason of the catalogue, or empty. */
  readonly reason: string
  readonly dryRun: boolean
  readonly seconds: number
  /** The HTTP status; a denial is 200 here. */
  readonly status: number
}

/** How a request ended, with the request where one could be read. */
export type Verdict =
  | { readonly kind: 'decided'; readonly request: AdmissionRequest; readonly decision: Decision }
  | { readonly kind: 'failed'; readonly request?: AdmissionRequest }
  | { readonly kind: 'refused'; readonly request?: never }

const KNOWN: readonly string[] = [
  NAD.plural,
  'customresourcedefinitions',
  'namespaces',
  'services',
  NET_SERVICE.plural,
  'pods',
]

export function observed(verdict: Verdict, status: number, seconds: number): Observation {
  const { request } = verdict
  const decided = verdict.kind === 'decided' ? verdict.decision : undefined
  return {
    operation: request?.operation ?? '',
    resource: request === undefined ? '' : KNOWN.includes(request.resource) ? request.resource : 'other',
    decision: decided?.kind ?? (verdict.kind === 'failed' ? 'failed' : 'refused'),
    reason: decided?.reason ?? '',
    dryRun: request?.dryRun ?? false,
    seconds,
    status,
  }
}
