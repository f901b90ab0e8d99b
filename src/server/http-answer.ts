// How does an answer leave, and how does a connection end so that the caller still hears why?
// Never decides what is answered.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Clock } from './clock.ts'

export interface HttpAnswer {
  readonly status: number
  readonly text: string
  readonly contentType?: string
  readonly headers?: Readonly<Record<string, string>>
  /** End the connection after this answer, because the rest of the request is not wanted. */
  readonly close?: boolean
}

/** How long a caller that still sends is listened to after the answer: closing earlier would destroy it on the way. */
const LINGER_MS = 1_000

export function sendAnswer(
  request: IncomingMessage,
  response: ServerResponse,
  clock: Clock,
  answer: HttpAnswer,
): void {
  if (response.headersSent || response.destroyed) return
  const bytes = Buffer.from(answer.text)
  response.writeHead(answer.status, {
    'Content-Type': answer.contentType ?? 'text/plain; charset=utf-8',
    'Content-Length': bytes.length,
    ...answer.headers,
    ...(answer.close === true && { Connection: 'close' }),
  })
  if (answer.close !== true || request.readableEnded) response.end(bytes)
  else lingerAfter(bytes, request, response, clock)
}

/** The whole answer goes out at once; what still comes in is thrown away for a moment, then the connection ends. */
function lingerAfter(bytes: Buffer, request: IncomingMessage, response: ServerResponse, clock: Clock): void {
  response.write(bytes)
  const finish = (): void => {
    cancel()
    request.off('end', finish).off('close', finish)
    response.end()
  }
  const cancel = clock.after(LINGER_MS, finish)
  request.on('end', finish).on('close', finish)
  request.resume()
}
