// A port of 127.0.0.1 that nobody listens on. Never reserves it: who is late tries the next one.

import { createServer } from 'node:net'

// Below the range that Linux and macOS give to outgoing connections, which would take a port at any moment.
const LOWEST = 15_000
const HIGHEST = 31_999

/** A free port, chosen at random so that runs side by side rarely meet. */
export async function freePort(random: () => number = Math.random): Promise<number> {
  for (let attempt = 0; attempt < 100; attempt += 1) {
    const port = LOWEST + Math.floor(random() * (HIGHEST - LOWEST + 1))
    if (await isFree(port)) return port
  }
  throw new Error(`no free port was found between ${LOWEST} and ${HIGHEST} on 127.0.0.1`)
}

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, '127.0.0.1', () => server.close(() => resolve(true)))
  })
}
