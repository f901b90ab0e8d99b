// How does one HTTP exchange run, and how does it end early? One request, one response, one time limit.
// Never reads the body and never judges a status.

import http from 'node:http'
import https from 'node:https'
import type { Clock } from './clock.ts'
import { ApiUnreachable, codeOf, unreachable } from './unreachable.ts'

export interface Exchange {
  readonly url: URL
  readonly options: https.RequestOptions
  readonly body: string | undefined
  readonly clock: Clock
  readonly timeoutMs: number
  readonly signal: AbortSignal | undefined
}

/** A response whose headers are there. Whoever holds it reads the body and calls `release` at its end. */
export interface Opened {
  readonly response: http.IncomingMessage
  /** From now on it may take as long as it likes. */
  readonly endTimeLimit: () => void
  /** Forgets time limit and signal. */
  readonly release: () => void
  /** What an error met while reading the body means. */
  readonly explain: (error: unknown) => ApiUnreachable
}

/** Resolves when the headers are there; rejects with ApiUnreachable. */
export function send(exchange: Exchange): Promise<Opened> {
  const { url, options, body, clock, timeoutMs, signal } = exchange
  const host = url.origin
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(cancelled(host))
    let stopped: ApiUnreachable | undefined
    let responded = false
    const request = (url.protocol === 'https:' ? https : http).request(url, options)
    const stop = (why: ApiUnreachable) => {
      stopped ??= why
      request.destroy(why)
    }
    const onAbort = () => stop(cancelled(host))
    const endTimeLimit = clock.after(timeoutMs, () => stop(tooSlow(exchange)))
    const release = () => {
      endTimeLimit()
      signal?.removeEventListener('abort', onAbort)
    }
    const explain = (error: unknown) => stopped ?? unreachable(host, error)

    signal?.addEventListener('abort', onAbort)
    request.on('error', (error) => {
      if (responded) return
      release()
      if (!stopped && wasStale(request, error)) return resolve(send(exchange))
      reject(explain(error))
    })
    request.on('response', (response) => {
      responded = true
      resolve({ response, endTimeLimit, release, explain })
    })
    request.setSocketKeepAlive(true, KEEP_ALIVE_MS)
    request.end(body)
  })
}

/** As client-go does it: the kernel then notices a peer that is gone without a word. */
const KEEP_ALIVE_MS = 30_000

/** The server closed a kept connection in the moment we used it; reading again harms nobody. */
function wasStale(request: http.ClientRequest, error: Error): boolean {
  const code = codeOf(error)
  return request.reusedSocket && request.method === 'GET' && (code === 'ECONNRESET' || code === 'EPIPE')
}

function cancelled(host: string): ApiUnreachable {
  return new ApiUnreachable(host, 'cancelled', 'was no longer waited for')
}

function tooSlow({ url, options, timeoutMs }: Exchange): ApiUnreachable {
  const what = `did not answer ${options.method ?? 'GET'} ${url.pathname} within ${timeoutMs / 1000} s`
  return new ApiUnreachable(url.origin, 'timeout', what)
}
