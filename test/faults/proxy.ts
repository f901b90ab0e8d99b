// A proxy in front of the real API server that breaks what rules tell it to break. All else passes unchanged.
// Never plays the API server: without a rule every answer is the real one's.

import { writeFileSync, readFileSync } from 'node:fs'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { Agent, createServer, request as httpsRequest } from 'node:https'
import type { AddressInfo, Socket } from 'node:net'
import type { ControlPlane } from '../control-plane/start.ts'
import { kubeconfig } from '../control-plane/users.ts'
import { pass, type Behaviour } from './behaviours.ts'
import { seenRequest, type SeenRequest } from './kind-of-request.ts'
import { forwardWatch, type WatchStream } from './watch-stream.ts'

export type Matches = (request: SeenRequest) => boolean

export interface Rule {
  /** How many requests it was applied to. */
  readonly hits: () => number
  readonly remove: () => void
}

export interface FaultProxy {
  readonly url: string
  /** Path of a kubeconfig that leads a user through the proxy. */
  readonly kubeconfig: (user: string) => string
  /** The newest rule that matches decides; `times` is how often it may. */
  readonly rule: (
    matches: Matches | string,
    behaviour: Behaviour,
    options?: { readonly times?: number },
  ) => Rule
  readonly clearRules: () => void
  /** Watches that are open now, the oldest first. */
  readonly watches: (matches?: Matches | string) => readonly WatchStream[]
  /** Every request so far, in order of arrival. */
  readonly requests: () => readonly SeenRequest[]
  /** How many requests of a kind (`LIST pods`) there were so far. */
  readonly count: (kind: string) => number
  /** Connections are refused, and those that are open are reset. */
  readonly down: () => Promise<void>
  /** Listens again, on the same port. */
  readonly up: () => Promise<void>
  readonly stop: () => Promise<void>
}

interface ActiveRule {
  readonly matches: Matches
  readonly behaviour: Behaviour
  left: number
  hits: number
}

/** Starts one; `matches` given as text means requests of that kind, such as `WATCH pods`. */
export async function startFaultProxy(controlPlane: ControlPlane): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true, ca: controlPlane.ca })
  const sockets = new Map<number, Socket>()
  const requests: SeenRequest[] = []
  const watches = new Set<WatchStream>()
  let rules: readonly ActiveRule[] = []

  const behaviourFor = (request: SeenRequest): Behaviour => {
    const rule = rules.find(({ left, matches }) => left > 0 && matches(request))
    if (rule === undefined) return pass()
    rule.left -= 1
    rule.hits += 1
    return rule.behaviour
  }
  const server = createServer(servingFiles(controlPlane), (incoming, response) => {
    const request = seenRequest(incoming.method ?? 'GET', incoming.url ?? '/')
    requests.push(request)
    const exchange = { agent, upstream: controlPlane.url, request, incoming, response }
    const reset = (): void => void sockets.get(incoming.socket.remotePort ?? 0)?.resetAndDestroy()
    void carry({ ...exchange, reset, watches, behaviour: behaviourFor(request) }).catch(reset)
  })
  server.keepAliveTimeout = 120_000
  // A connection can be reset only below TLS.
  server.on('connection', (socket: Socket) => {
    const port = socket.remotePort ?? 0
    sockets.set(port, socket)
    socket.once('close', () => sockets.delete(port))
  })
  const listen = (port: number): Promise<void> =>
    new Promise((resolve, reject) => server.once('error', reject).listen(port, '127.0.0.1', resolve))
  const closeWith = (end: (socket: Socket) => void): Promise<void> =>
    new Promise((resolve) => {
      server.close(() => resolve())
      for (const socket of sockets.values()) end(socket)
    })
  const down = (): Promise<void> => closeWith((socket) => socket.resetAndDestroy())
  await listen(0)
  const { port } = server.address() as AddressInfo
  const url = `https://127.0.0.1:${port}`

  return {
    url,
    kubeconfig: (user) => {
      const path = `${controlPlane.folder}/${user}-through-proxy-${port}.kubeconfig`
      writeFileSync(
        path,
        kubeconfig({ server: url, ca: controlPlane.ca, user, token: controlPlane.token(user) }),
      )
      return path
    },
    rule: (matches, behaviour, { times = Infinity } = {}) => {
      const rule = { matches: asMatches(matches), behaviour, left: times, hits: 0 }
      rules = [rule, ...rules]
      return { hits: () => rule.hits, remove: () => void (rules = rules.filter((other) => other !== rule)) }
    },
    clearRules: () => void (rules = []),
    watches: (matches = () => true) => [...watches].filter(({ request }) => asMatches(matches)(request)),
    requests: () => [...requests],
    count: (kind) => requests.filter((request) => request.kind === kind).length,
    down,
    up: () => listen(port),
    // A socket that its client has just left cannot be reset any more, and Node waits for it for ever when it ends.
    stop: async () => {
      await closeWith((socket) => socket.destroy())
      agent.destroy()
    },
  }
}

const asMatches = (matches: Matches | string): Matches =>
  typeof matches === 'string' ? ({ kind }) => kind === matches : matches

/** The API server's own certificate: who trusts the one trusts the other. */
const servingFiles = ({ folder }: ControlPlane): { cert: Buffer; key: Buffer } => ({
  cert: readFileSync(`${folder}/apiserver/apiserver.crt`),
  key: readFileSync(`${folder}/apiserver/apiserver.key`),
})

interface Exchange {
  readonly agent: Agent
  readonly upstream: string
  readonly request: SeenRequest
  readonly incoming: IncomingMessage
  readonly response: ServerResponse
  readonly behaviour: Behaviour
  readonly reset: () => void
  readonly watches: Set<WatchStream>
}

async function carry(exchange: Exchange): Promise<void> {
  const { behaviour, response, reset, incoming } = exchange
  if (behaviour.kind === 'reset') return reset()
  if (behaviour.kind === 'silence') return void incoming.resume()
  if (behaviour.kind === 'answer') {
    incoming.resume()
    return void response.writeHead(behaviour.status, behaviour.headers).end(behaviour.body)
  }
  const left = new AbortController()
  response.once('close', () => left.abort())
  if (behaviour.kind === 'gate' && behaviour.at === 'request') await behaviour.gate.pass(left.signal)
  if (left.signal.aborted) return
  const answer = await askServer(exchange, left.signal)
  if (behaviour.kind === 'gate' && behaviour.at === 'answer') await behaviour.gate.pass(left.signal)
  await sendOn(exchange, answer)
}

const askServer = ({ agent, upstream, incoming }: Exchange, signal: AbortSignal): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => {
    const headers = withoutHopByHop(incoming.headers)
    const outgoing = httpsRequest(new URL(incoming.url ?? '/', upstream), {
      agent,
      signal,
      method: incoming.method,
      headers,
    })
    incoming.pipe(outgoing.once('response', resolve).once('error', reject))
  })

async function sendOn(
  { request, behaviour, response, reset, watches }: Exchange,
  answer: IncomingMessage,
): Promise<void> {
  const status = answer.statusCode ?? 502
  response.writeHead(status, withoutHopByHop(answer.headers)).flushHeaders()
  if (status === 200 && request.kind.startsWith('WATCH ')) {
    const stream = forwardWatch({ request, answer, response, behaviour, reset })
    watches.add(stream)
    response.once('close', () => watches.delete(stream))
    return
  }
  let rest = behaviour.kind === 'truncate' ? behaviour.bytes : Infinity
  for await (const chunk of answer as AsyncIterable<Buffer>) {
    response.write(chunk.subarray(0, rest))
    rest -= chunk.length
    if (rest < 0) return reset()
  }
  response.end()
}

const HOP_BY_HOP = ['connection', 'host', 'keep-alive', 'transfer-encoding']

const withoutHopByHop = (headers: IncomingMessage['headers']): IncomingMessage['headers'] =>
  Object.fromEntries(Object.entries(headers).filter(([name]) => !HOP_BY_HOP.includes(name)))
