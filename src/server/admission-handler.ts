// From bytes to a decision and back to bytes: the only place that knows how HTTP carries an AdmissionReview.
// Never decides anything itself, except that an answer is due now.

import { isUtf8 } from 'node:buffer'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { Decision } from '../core/admission/decision.ts'
import { readReview, writeFailure, writeReview, type AdmissionRequest } from '../core/admission/review.ts'
import { unanswered } from '../core/admission/unanswered.ts'
import { bad, describeProblem, good, type Result } from '../core/problem.ts'
import { checkHead } from './check-head.ts'
import type { Clock } from './clock.ts'
import { decideInTime } from './decide-in-time.ts'
import { sendAnswer, type HttpAnswer } from './http-answer.ts'
import { DEEPEST, isTooDeep } from './json-depth.ts'
import { HeldBytes, LARGEST_BODY, readBody, type Body } from './read-body.ts'
import { timeLimit, type TimeLimit } from './time-limit.ts'
import { Turnstile } from './turnstile.ts'
import { observed, type Observation, type Verdict } from './observation.ts'

/**
 * Decides one request. `deadline` is in epoch milliseconds and earlier than the caller's; `signal` is aborted when
 * nobody waits for the decision any more. A rejection is our own bug: it is reported, and answered
 * as a refusal unless the duty fails open.
 */
export type Decides = (
  request: AdmissionRequest,
  limits: { readonly deadline: number; readonly signal: AbortSignal },
) => Promise<Decision>

export interface AdmissionHandlerParts {
  /** Who decides what is posted to which path, for example `{ '/validate': guard }`. */
  readonly routes: Readonly<Record<string, Decides>>
  readonly clock: Clock
  /** Told once per answer. */
  readonly observe: (observation: Observation) => void
  /** Told of every failure of our own, for the log. */
  readonly report: (failure: {
    readonly message: string
    readonly uid: string
    readonly error: unknown
  }) => void
  /** Decisions at the same time, and how many more may wait for their turn. */
  readonly decisionsAtOnce?: number
  readonly longestLine?: number
}

const DECISIONS_AT_ONCE = 64
const LONGEST_LINE = 1_024

/** Answers admission requests by POST. Whatever a caller sends, it gets an answer and the next caller is served. */
export function admissionHandler(parts: AdmissionHandlerParts): RequestListener {
  const held = new HeldBytes()
  const turnstile = new Turnstile(
    parts.decisionsAtOnce ?? DECISIONS_AT_ONCE,
    parts.longestLine ?? LONGEST_LINE,
  )
  return (request, response) => {
    const arrivedAt = parts.clock.now()
    ignoreBrokenConnections(request, response)
    const answerWith = ({ answer, verdict }: Answered): void => {
      sendAnswer(request, response, parts.clock, answer)
      parts.observe(observed(verdict, answer.status, (parts.clock.now() - arrivedAt) / 1_000))
    }
    answerTo({ ...parts, held, turnstile }, request, response, arrivedAt)
      .catch((error: unknown) => failed(parts, '', error))
      .then(answerWith)
      .catch((error: unknown) => parts.report({ message: 'an answer could not be sent', uid: '', error }))
  }
}

interface Answered {
  readonly answer: HttpAnswer
  readonly verdict: Verdict
}

interface Shared extends AdmissionHandlerParts {
  readonly held: HeldBytes
  readonly turnstile: Turnstile
}

async function answerTo(
  shared: Shared,
  request: IncomingMessage,
  response: ServerResponse,
  arrivedAt: number,
): Promise<Answered> {
  const head = checkHead(request, shared.routes)
  if (!head.ok) return refused(head.answer)
  if (request.headers.expect !== undefined) response.writeContinue()
  const limit = timeLimit(arrivedAt, head.timeout)
  const { body, release } = readBody(request, shared.held, (tooLate) =>
    shared.clock.after(limit.decideBy - shared.clock.now(), tooLate),
  )
  try {
    return await answerToBody(shared, await body, head.decides, limit, response)
  } finally {
    release()
  }
}

async function answerToBody(
  shared: Shared,
  body: Body,
  decides: Decides,
  limit: TimeLimit,
  response: ServerResponse,
): Promise<Answered> {
  if (body.kind !== 'whole') return refused(BROKEN_OFF[body.kind])
  const review = parseReview(body.bytes)
  if (!review.ok)
    return refused({ status: 400, text: `${review.problems.map(describeProblem).join('; ')}\n` })
  return decide(shared, review.value, decides, limit, response)
}

/** What is answered where a body does not arrive whole. */
const BROKEN_OFF: Readonly<Record<Exclude<Body['kind'], 'whole'>, HttpAnswer>> = {
  tooLarge: { status: 413, text: `the body may have at most ${LARGEST_BODY} bytes\n`, close: true },
  tooMany: {
    status: 503,
    text: 'too many requests at once; try again in a moment\n',
    close: true,
    headers: { 'Retry-After': '1' },
  },
  tooSlow: { status: 408, text: 'the body did not arrive within the time of the request\n', close: true },
  gone: { status: 400, text: 'the connection ended before the body\n', close: true },
}

function parseReview(bytes: Buffer): Result<AdmissionRequest> {
  if (bytes.length === 0)
    return bad({ field: '', message: 'the body is empty; it must be an AdmissionReview' })
  if (!isUtf8(bytes)) return bad({ field: '', message: 'the body is no UTF-8 text' })
  if (isTooDeep(bytes)) return bad({ field: '', message: `the body is nested deeper than ${DEEPEST} levels` })
  const json = parseJson(bytes.toString('utf8'))
  return json.ok ? readReview(json.value) : json
}

/** The parser's own words quote the text around the error, where a Secret may stand, so they are not repeated. */
function parseJson(text: string): Result<unknown> {
  try {
    return good(JSON.parse(text))
  } catch {
    return bad({ field: '', message: 'the body is no JSON; it is malformed or ends too early' })
  }
}

async function decide(
  shared: Shared,
  request: AdmissionRequest,
  decides: Decides,
  limit: TimeLimit,
  response: ServerResponse,
): Promise<Answered> {
  const callerGone = new AbortController()
  const giveUp = (): void => callerGone.abort()
  response.once('close', giveUp)
  try {
    const decision = await decideInTime(shared, callerGone.signal, limit, (signal) =>
      decides(request, { deadline: limit.decideBy, signal }),
    )
    return answered(request, decision ?? unanswered(request))
  } catch (error) {
    const { answer } = failed(shared, request.uid, error)
    const instead = unanswered(request)
    // What a late answer would let pass, a mistake of ours lets pass too.
    const open = instead.kind !== 'deny'
    const verdict = { kind: 'failed', request } as const
    return { answer: open ? answered(request, instead).answer : answer, verdict }
  } finally {
    response.off('close', giveUp)
  }
}

function answered(request: AdmissionRequest, decision: Decision): Answered {
  return {
    answer: inJson(writeReview(request.uid, decision)),
    verdict: { kind: 'decided', request, decision },
  }
}

function failed({ report }: Pick<AdmissionHandlerParts, 'report'>, uid: string, error: unknown): Answered {
  report({ message: 'a decision failed', uid, error })
  const text =
    'Sidenet failed while deciding; its log says why. Nothing was changed, and trying again may help'
  return { answer: inJson(writeFailure(uid, text)), verdict: { kind: 'failed' } }
}

function refused(answer: HttpAnswer): Answered {
  return { answer, verdict: { kind: 'refused' } }
}

function inJson(review: object): HttpAnswer {
  return { status: 200, text: JSON.stringify(review), contentType: 'application/json' }
}

/** A connection that breaks is the caller's business; it must not become an error that nobody catches. */
function ignoreBrokenConnections(request: IncomingMessage, response: ServerResponse): void {
  const ignore = (): void => undefined
  request.on('error', ignore)
  response.on('error', ignore)
}
