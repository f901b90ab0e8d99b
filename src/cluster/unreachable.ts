// Why did the API server not answer? Told for people; a refusal is an answer and never one of these.

export type UnreachableReason = 'connection' | 'timeout' | 'cancelled' | 'unreadable'

/** No answer came, or none that can be read. The message names the server and says what happened. */
export class ApiUnreachable extends Error {
  readonly reason: UnreachableReason
  readonly host: string

  constructor(host: string, reason: UnreachableReason, what: string, cause?: unknown) {
    super(`the API server at ${host} ${what}`, cause === undefined ? undefined : { cause })
    this.name = 'ApiUnreachable'
    this.host = host
    this.reason = reason
  }
}

const SENTENCES: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'cannot be reached: nothing listens there',
  ENOTFOUND: 'cannot be reached: its name does not resolve',
  EAI_AGAIN: 'cannot be reached: its name does not resolve at the moment',
  EHOSTUNREACH: 'cannot be reached: no route leads there',
  ENETUNREACH: 'cannot be reached: no route leads there',
  ETIMEDOUT: 'cannot be reached: the connection timed out',
  ECONNRESET: 'broke the connection',
  EPIPE: 'broke the connection',
  CERT_HAS_EXPIRED: 'shows a certificate that has expired',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'shows a certificate that the given CA did not sign',
  SELF_SIGNED_CERT_IN_CHAIN: 'shows a certificate that the given CA did not sign',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'shows a certificate that the given CA did not sign',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'shows a certificate that the given CA did not sign',
  ERR_TLS_CERT_ALTNAME_INVALID: 'shows a certificate that is not for this address',
}

/** What a failed socket means, from the error Node gives. */
export function unreachable(host: string, error: unknown): ApiUnreachable {
  if (error instanceof ApiUnreachable) return error
  const code = codeOf(error)
  const sentence = code === undefined ? undefined : SENTENCES[code]
  const what = sentence ?? `cannot be reached: ${error instanceof Error ? error.message : String(error)}`
  return new ApiUnreachable(host, 'connection', code === undefined ? what : `${what} (${code})`, error)
}

export function codeOf(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null || !('code' in error)) return undefined
  return typeof error.code === 'string' ? error.code : undefined
}
