// Is the process alive, may it get calls, and what does it count? Plain HTTP for kubelet and Prometheus.
// Never decides what ready means: the checks are handed in.

import express, { type Express, type Request, type Response } from 'express'
import { createServer, type Server } from 'node:http'

/** Undefined when all is well, else why not, as one sentence. */
export type Check = () => string | undefined

export interface ProbeParts {
  /** By name, in the order they are listed. */
  readonly checks: Readonly<Record<string, Check>>
  readonly metrics: () => Promise<{ readonly contentType: string; readonly text: string }>
  /** Told of failures of our own, for the log. */
  readonly report: (failure: { readonly message: string; readonly error: unknown }) => void
}

/** GET /healthz, /readyz and /metrics. Everything else is 404. */
export function probes({ checks, metrics, report }: ProbeParts): Express {
  const app = express()
  app.disable('x-powered-by')
  app.disable('etag')
  app.get('/healthz', (_request, response) => say(response, 200, 'ok'))
  app.get('/readyz', (_request, response) => {
    const lines = Object.entries(checks).map(([name, check]) => ({ name, wrong: outcome(check) }))
    const ready = lines.every(({ wrong }) => wrong === undefined)
    const list = lines.map(({ name, wrong }) =>
      wrong === undefined ? `${name}: ok` : `${name}: not ready, ${wrong}`,
    )
    say(response, ready ? 200 : 503, [...list, ready ? 'ready' : 'not ready'].join('\n'))
  })
  app.get('/metrics', async (_request, response) => {
    const { contentType, text } = await metrics()
    response.set('Content-Type', contentType).send(text)
  })
  app.use((_request, response) => say(response, 404, 'there is /healthz, /readyz and /metrics'))
  app.use((error: unknown, _request: Request, response: Response, _next: () => void) => {
    report({ message: 'a probe could not be answered', error })
    if (!response.headersSent) say(response, 500, 'failed; the log says why')
  })
  return app
}

/** A plain server for them, with time limits: a scraper that stalls must not stay for ever. */
export function probesServer(parts: ProbeParts): Server {
  const server = createServer(
    { requestTimeout: 30_000, headersTimeout: 10_000, keepAliveTimeout: 120_000 },
    probes(parts),
  )
  server.timeout = 60_000
  server.maxConnections = 256
  return server
}

function outcome(check: Check): string | undefined {
  try {
    return check()
  } catch (error) {
    return `the check itself failed: ${String(error)}`
  }
}

function say(response: Response, status: number, text: string): void {
  response.status(status).set('Cache-Control', 'no-store').type('text/plain').send(`${text}\n`)
}
