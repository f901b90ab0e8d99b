// May this request's body come in? Looks at its first lines only: path, method, type and announced size.
// Never reads the body.

import type { IncomingMessage } from 'node:http'
import type { HttpAnswer } from './http-answer.ts'
import { announcesTooMuch, LARGEST_BODY } from './read-body.ts'

export type Head<T> =
  | { readonly ok: true; readonly decides: T; readonly timeout: string | null }
  | { readonly ok: false; readonly answer: HttpAnswer }

/** Finds who decides, and the `timeout` of the query as it stands; or how the request is turned away. */
export function checkHead<T>(request: IncomingMessage, routes: Readonly<Record<string, T>>): Head<T> {
  const [path = '', query = ''] = (request.url ?? '').split('?', 2)
  const decides = Object.hasOwn(routes, path) ? routes[path] : undefined
  if (decides === undefined)
    return turnAway(404, `nothing is served here; reviews go to ${Object.keys(routes).join(', ')}`)
  if (request.method !== 'POST') return turnAway(405, 'reviews come by POST', { Allow: 'POST' })
  if (!isPlainJson(request)) return turnAway(415, 'the content type must be application/json, not compressed')
  if (announcesTooMuch(request)) return turnAway(413, `the body may have at most ${LARGEST_BODY} bytes`)
  return { ok: true, decides, timeout: new URLSearchParams(query).get('timeout') }
}

function turnAway(
  status: number,
  sentence: string,
  headers: Readonly<Record<string, string>> = {},
): Head<never> {
  return { ok: false, answer: { status, text: `${sentence}\n`, headers, close: true } }
}

function isPlainJson({ headers }: IncomingMessage): boolean {
  const type = headers['content-type']?.split(';', 1)[0]?.trim().toLowerCase()
  const encoding = headers['content-encoding']?.trim().toLowerCase() ?? 'identity'
  return type === 'application/json' && encoding === 'identity'
}
