// What is said to somebody who does not speak HTTP, or too slowly? One line, and the connection ends.
// Never throws, and never writes into an answer that has begun.

import type { Duplex } from 'node:stream'
import type { Clock } from './clock.ts'

const STATUS: Readonly<Record<string, string>> = {
  ERR_HTTP_REQUEST_TIMEOUT: '408 Request Timeout',
  HPE_HEADER_OVERFLOW: '431 Request Header Fields Too Large',
  HPE_CHUNK_EXTENSIONS_OVERFLOW: '413 Content Too Large',
}

/** How long the line may take on its way before the connection is cut. */
const LINGER_MS = 1_000

export function answerBrokenRequest(
  error: NodeJS.ErrnoException,
  socket: Duplex,
  answering: boolean,
  clock: Clock,
): void {
  if (answering || !socket.writable || error.code === 'ECONNRESET') {
    socket.destroy()
    return
  }
  const cancel = clock.after(LINGER_MS, () => socket.destroy())
  socket.once('close', cancel)
  socket.end(
    `HTTP/1.1 ${STATUS[error.code ?? ''] ?? '400 Bad Request'}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`,
  )
}
