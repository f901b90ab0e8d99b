// What does the API server ask, and how is a decision told to it? The shapes of `admission.k8s.io/v1`, read and written.
// Never decides anything, and never repeats more of a request than its uid.

import { bad, good, type Problem, type Result } from '../problem.ts'
import type { Cause, Decision, PatchOperation } from './decision.ts'
import { fittingWarnings, inOneLine } from './header-text.ts'

export const OPERATIONS = ['CREATE', 'UPDATE', 'DELETE', 'CONNECT'] as const
export type Operation = (typeof OPERATIONS)[number]

/** Who asks. `extra` is what the authenticator added, list by key. */
export interface UserInfo {
  readonly username: string
  readonly uid: string | undefined
  readonly groups: readonly string[]
  readonly extra: Readonly<Record<string, readonly string[]>>
}

/**
 * One question of the API server. `name` is missing for every object of a delete-collection and for `generateName`;
 * `object` is null on DELETE, `oldObject` on CREATE. Source: Kubernetes, `k8s.io/api/admission/v1/types.go`.
 */
export interface AdmissionRequest {
  readonly uid: string
  readonly operation: Operation
  readonly group: string
  readonly version: string
  readonly resource: string
  readonly subresource: string | undefined
  readonly name: string | undefined
  readonly namespace: string | undefined
  readonly userInfo: UserInfo
  readonly dryRun: boolean
  readonly object: unknown
  readonly oldObject: unknown
}

const API_VERSION = 'admission.k8s.io/v1'
const KIND = 'AdmissionReview'

/** A uid is echoed, so its length is bounded; real ones have 36 characters. */
const LONGEST_UID = 256

type Fields = Readonly<Record<string, unknown>>

/** Reads an AdmissionReview that carries a request. Every field that is wrong is told, by its path. */
export function readReview(review: unknown): Result<AdmissionRequest> {
  if (!isFields(review)) return bad({ field: '', message: 'must be an AdmissionReview, as a JSON object' })
  const envelope = checkEnvelope(review)
  const request = review['request']
  if (!isFields(request)) return bad(...envelope, { field: 'request', message: 'must be an object' })

  const read = new Reader(request, 'request')
  const resource = read.fields('resource')
  const user = read.fields('userInfo')
  const value: AdmissionRequest = {
    uid: read.uid(),
    operation: read.operation(),
    group: resource.text('group') ?? '',
    version: resource.required('version'),
    resource: resource.required('resource'),
    subresource: read.text('subResource'),
    name: read.text('name'),
    namespace: read.text('namespace'),
    userInfo: {
      username: user.text('username') ?? '',
      uid: user.text('uid'),
      groups: user.texts('groups'),
      extra: user.lists('extra'),
    },
    dryRun: read.flag('dryRun'),
    object: request['object'] ?? null,
    oldObject: request['oldObject'] ?? null,
  }
  const problems = [...envelope, ...read.problems, ...resource.problems, ...user.problems]
  return problems.length > 0 ? bad(...problems) : good(value)
}

function checkEnvelope(review: Fields): Problem[] {
  const problems: Problem[] = []
  if (review['apiVersion'] !== API_VERSION)
    problems.push({ field: 'apiVersion', message: `must be ${API_VERSION}` })
  if (review['kind'] !== KIND) problems.push({ field: 'kind', message: `must be ${KIND}` })
  return problems
}

/** Reads the fields of one object and remembers what is wrong with them. Empty text counts as absent, as in Go. */
class Reader {
  readonly problems: Problem[] = []
  readonly #fields: Fields
  readonly #path: string

  constructor(fields: Fields, path: string) {
    this.#fields = fields
    this.#path = path
  }

  text(key: string): string | undefined {
    const value = this.#fields[key]
    if (value === undefined || value === null || value === '') return undefined
    return typeof value === 'string' ? value : this.#wrong(key, 'must be text', undefined)
  }

  required(key: string): string {
    const text = this.text(key)
    if (text !== undefined) return text
    return this.problems.some(({ field }) => field === `${this.#path}.${key}`)
      ? ''
      : this.#wrong(key, 'is required', '')
  }

  uid(): string {
    const uid = this.required('uid')
    return uid.length <= LONGEST_UID
      ? uid
      : this.#wrong('uid', `must have at most ${LONGEST_UID} characters`, '')
  }

  operation(): Operation {
    const value = this.#fields['operation']
    const operation = OPERATIONS.find((known) => known === value)
    return operation ?? this.#wrong('operation', `must be one of ${OPERATIONS.join(', ')}`, 'CONNECT')
  }

  flag(key: string): boolean {
    const value = this.#fields[key] ?? false
    return typeof value === 'boolean' ? value : this.#wrong(key, 'must be true or false', false)
  }

  texts(key: string): readonly string[] {
    const value = this.#fields[key] ?? []
    return isTexts(value) ? value : this.#wrong(key, 'must be a list of texts', [])
  }

  lists(key: string): Readonly<Record<string, readonly string[]>> {
    const value = this.#fields[key] ?? {}
    if (!isFields(value)) return this.#wrong(key, 'must be an object', {})
    const entries = Object.entries(value).map(([name, list]) => [name, list ?? []] as const)
    if (!entries.every(isNamedTexts)) return this.#wrong(key, 'must hold lists of texts', {})
    return Object.fromEntries(entries)
  }

  fields(key: string): Reader {
    const value = this.#fields[key]
    const reader = new Reader(isFields(value) ? value : {}, `${this.#path}.${key}`)
    if (!isFields(value)) this.#wrong(key, 'must be an object', undefined)
    return reader
  }

  #wrong<T>(key: string, message: string, instead: T): T {
    this.problems.push({ field: `${this.#path}.${key}`, message })
    return instead
  }
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function isTexts(value: unknown): value is readonly string[] {
  return Array.isArray(value) && value.every((entry) => typeof entry === 'string')
}

function isNamedTexts(entry: readonly [string, unknown]): entry is readonly [string, readonly string[]] {
  return isTexts(entry[1])
}

/**
 * The answer as the API server wants it. A refusal is 403 with reason Forbidden, because kubectl and the namespace
 * controller lose the sentence of 404, 405 and 422; where trying again helps it is 503 with `retryAfterSeconds`,
 * at which kubectl tries again by itself. Where the object's own fields are wrong it is 422: there kubectl prints
 * every cause behind its field.
 */
export function writeReview(uid: string, decision: Decision): object {
  const warnings = fittingWarnings(decision.warnings)
  const auditAnnotations = auditKeys(decision.audit)
  return envelope({
    uid,
    allowed: decision.kind !== 'deny',
    ...(decision.kind === 'patch' && { patchType: 'JSONPatch', patch: inBase64(decision.operations) }),
    ...(decision.kind === 'deny' && { status: refusal(decision) }),
    ...(warnings.length > 0 && { warnings }),
    ...(Object.keys(auditAnnotations).length > 0 && { auditAnnotations }),
  })
}

/** The answer where we failed ourselves: a refusal that says so, since a dropped connection tells nobody anything. */
export function writeFailure(uid: string, message: string): object {
  return envelope({
    uid,
    allowed: false,
    status: { status: 'Failure', code: 500, reason: 'InternalError', message: inOneLine(message) },
  })
}

function envelope(response: object): object {
  return { apiVersion: API_VERSION, kind: KIND, response }
}

/** The bytes of the patch's JSON in base64, as every `[]byte` of the API. */
function inBase64(operations: readonly PatchOperation[]): string {
  const bytes = new TextEncoder().encode(JSON.stringify(operations))
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

type Refusal = Extract<Decision, { kind: 'deny' }>

function refusal({ message, causes, again, invalid }: Refusal): object {
  const details = {
    ...invalid,
    ...(causes.length > 0 && { causes: causes.map(writeCause) }),
    ...(again && { retryAfterSeconds: 1 }),
  }
  return {
    status: 'Failure',
    ...codeOf({ again, invalid }),
    message: inOneLine(message),
    ...(Object.keys(details).length > 0 && { details }),
  }
}

function codeOf({ again, invalid }: Pick<Refusal, 'again' | 'invalid'>): object {
  if (again) return { code: 503, reason: 'ServiceUnavailable' }
  return invalid ? { code: 422, reason: 'Invalid' } : { code: 403, reason: 'Forbidden' }
}

function writeCause({ reason, message, field }: Cause): object {
  return { reason, message: inOneLine(message), ...(field !== '' && { field }) }
}

/** The name part of a qualified name. Source: Kubernetes, `apimachinery/pkg/util/validation` (`IsQualifiedName`). */
const AUDIT_KEY = /^[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?$/

/** The API server puts the webhook's name in front of each key and drops what is then no qualified name. */
function auditKeys(audit: Readonly<Record<string, string>>): Record<string, string> {
  const fitting = Object.entries(audit).filter(([key]) => AUDIT_KEY.test(key))
  return Object.fromEntries(fitting.map(([key, text]) => [key, inOneLine(text)]))
}
