import net from 'node:net'
import tls from 'node:tls'
import { until } from './hand-clock.ts'

/** A caller who decides about every byte: what was received so far, and whether the other side ended. */
export class Wire {
  received = ''
  ended = false
  readonly socket: net.Socket

  constructor(socket: net.Socket) {
    this.socket = socket
    socket.setEncoding('latin1')
    socket.on('data', (text: string) => (this.received += text))
    for (const event of ['end', 'close', 'error']) socket.on(event, () => (this.ended = true))
  }

  send(bytes: string | Buffer): this {
    if (!this.socket.destroyed) this.socket.write(bytes)
    return this
  }

  /** The text received once it matches; fails where the connection ends before. */
  async hears(pattern: RegExp): Promise<string> {
    await until(() => pattern.test(this.received) || this.ended)
    if (!pattern.test(this.received)) throw new Error(`ended after ${JSON.stringify(this.received)}`)
    return this.received
  }

  /** Everything received until the other side ended the connection. */
  async untilEnd(): Promise<string> {
    await until(() => this.ended)
    return this.received
  }

  close(): void {
    this.socket.destroy()
  }
}

export function openTcp(port: number): Promise<Wire> {
  return new Promise((resolve, reject) => {
    const socket = net.connect({ port, host: '127.0.0.1', allowHalfOpen: true }, () =>
      resolve(new Wire(socket)),
    )
    socket.once('error', reject)
  })
}

export class TlsWire extends Wire {
  declare readonly socket: tls.TLSSocket
}

/** Verified against `ca`, under the name localhost unless another is given. */
export function openTls(port: number, ca: string, options: tls.ConnectionOptions = {}): Promise<TlsWire> {
  const halfOpen: net.SocketConstructorOpts = { allowHalfOpen: true }
  return new Promise((resolve, reject) => {
    const wanted = { port, host: '127.0.0.1', servername: 'localhost', ca, ...halfOpen, ...options }
    const socket = tls.connect(wanted, () => {
      socket.off('error', reject)
      resolve(new TlsWire(socket))
    })
    socket.once('error', reject)
  })
}

export interface Parsed {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly text: string
}

/** The first whole answer in the received text; undefined while it is not whole. */
export function firstAnswer(received: string): Parsed | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end < 0) return undefined
  const [first = '', ...lines] = received.slice(0, end).split('\r\n')
  const headers = Object.fromEntries(
    lines.map((line) => [
      line.slice(0, line.indexOf(':')).toLowerCase(),
      line.slice(line.indexOf(':') + 1).trim(),
    ]),
  )
  const status = Number(first.split(' ')[1])
  if (status === 100) return firstAnswer(received.slice(end + 4))
  const text = received.slice(end + 4, end + 4 + Number(headers['content-length'] ?? 0))
  return text.length < Number(headers['content-length'] ?? 0) ? undefined : { status, headers, text }
}

export async function hearsAnswer(wire: Wire): Promise<Parsed> {
  await until(() => firstAnswer(wire.received) !== undefined || wire.ended)
  const answer = firstAnswer(wire.received)
  if (answer === undefined) throw new Error(`ended after ${JSON.stringify(wire.received)}`)
  wire.received = ''
  return { ...answer, text: Buffer.from(answer.text, 'latin1').toString('utf8') }
}

/** A POST as the API server writes it. */
export function post(
  body: string | Buffer,
  { path = '/validate?timeout=10s', type = 'application/json', headers = '' } = {},
): Buffer {
  const bytes = Buffer.from(body)
  const head = `POST ${path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: ${type}\r\nContent-Length: ${bytes.length}\r\n${headers}\r\n`
  return Buffer.concat([Buffer.from(head), bytes])
}
