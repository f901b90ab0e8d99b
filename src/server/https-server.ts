// Who may speak to us, for how long, and how do we stop without losing a call? TLS, time limits and the drain.
// Never looks at what is asked.

import { createPrivateKey, X509Certificate } from 'node:crypto'
import { createServer, type Server, type ServerOptions } from 'node:https'
import type { IncomingMessage, RequestListener, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { answerBrokenRequest } from './broken-request.ts'
import type { Clock } from './clock.ts'
import { Traffic } from './traffic.ts'

export interface HttpsServerParts {
  readonly listener: RequestListener
  readonly clock: Clock
  /** TLS 1.3 unless an old caller needs 1.2; then with authenticated ciphers only. */
  readonly minVersion?: 'TLSv1.2' | 'TLSv1.3'
  /** Told of every connection that ended before TLS stood, with the code of the error. */
  readonly onTlsError?: (code: string) => void
  /** Told of every request that could not be read as HTTP, with the code of the error. */
  readonly onBrokenRequest?: (code: string) => void
  readonly limits?: Partial<ServerLimits>
}

/** All in milliseconds, but `connections`. */
export interface ServerLimits {
  /** Longer than the 90 s after which the API server's client drops an idle connection, so that it is never us. */
  readonly keepAlive: number
  /** From the connection's first byte, or from the answer before, to the last header. */
  readonly headers: number
  /** From there to the last byte of the body. */
  readonly request: number
  readonly handshake: number
  /** Without a byte in either direction while a request is open. */
  readonly silence: number
  readonly connections: number
  /** The drain ends when no request came for so long ... */
  readonly quiet: number
  /** ... and at the latest after this. */
  readonly drain: number
}

export const SERVER_LIMITS: ServerLimits = {
  keepAlive: 120_000,
  headers: 32_000,
  request: 60_000,
  handshake: 10_000,
  silence: 60_000,
  connections: 1_000,
  quiet: 10_000,
  drain: 45_000,
}

/** A pair in PEM. */
export interface ServingPair {
  readonly cert: string
  readonly key: string
}

/** Authenticated ciphers of TLS 1.3, and those of 1.2 with forward secrecy for our kind of keys and RSA's. */
const CIPHERS = [
  'TLS_AES_128_GCM_SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-CHACHA20-POLY1305',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-RSA-CHACHA20-POLY1305',
].join(':')

export class HttpsServer {
  readonly #server: Server
  readonly #traffic: Traffic
  readonly #limits: ServerLimits
  readonly #minVersion: 'TLSv1.2' | 'TLSv1.3'

  constructor(parts: HttpsServerParts) {
    this.#limits = { ...SERVER_LIMITS, ...parts.limits }
    this.#minVersion = parts.minVersion ?? 'TLSv1.3'
    this.#traffic = new Traffic(parts.clock)
    this.#server = createServer(this.#options())
    this.#server.maxConnections = this.#limits.connections
    this.#server.timeout = this.#limits.silence
    this.#serve(parts)
    this.#survive(parts)
  }

  #serve({ listener }: HttpsServerParts): void {
    const serve = (request: IncomingMessage, response: ServerResponse): void => {
      this.#traffic.begin(response)
      listener(request, response)
    }
    // 'checkContinue' leaves it to the listener whether the body may come at all.
    this.#server.on('request', serve).on('checkContinue', serve)
  }

  #survive({ clock, onBrokenRequest, onTlsError }: HttpsServerParts): void {
    const encrypted = new WeakSet<Duplex>()
    this.#server.on('secureConnection', (socket) => encrypted.add(socket))
    this.#server.on('tlsClientError', (error: NodeJS.ErrnoException) => onTlsError?.(error.code ?? 'unknown'))
    this.#server.on('clientError', (error: NodeJS.ErrnoException, socket) => {
      // Node tells of failed handshakes here as well; nothing can be said before TLS stands.
      if (!encrypted.has(socket)) socket.destroy()
      else {
        onBrokenRequest?.(error.code ?? 'unknown')
        answerBrokenRequest(error, socket, this.#traffic.isAnswering(socket), clock)
      }
    })
  }

  #options(): ServerOptions {
    const { keepAlive, headers, request, handshake } = this.#limits
    return {
      ...this.#tls(),
      ALPNProtocols: ['http/1.1'],
      handshakeTimeout: handshake,
      keepAlive: true,
      keepAliveTimeout: keepAlive,
      headersTimeout: headers,
      requestTimeout: request,
      connectionsCheckingInterval: Math.max(20, Math.min(1_000, headers / 4)),
      maxHeaderSize: 16 * 1024,
      noDelay: true,
    }
  }

  #tls(): { minVersion: 'TLSv1.2' | 'TLSv1.3'; ciphers: string; honorCipherOrder: boolean } {
    return { minVersion: this.#minVersion, ciphers: CIPHERS, honorCipherOrder: true }
  }

  /** Resolves with where it listens, without a host everywhere; rejects where that place is taken. Port 0 is any free one. */
  listen(host: string | undefined, port: number): Promise<AddressInfo> {
    return new Promise((resolve, reject) => {
      this.#server.once('error', reject)
      this.#server.listen(port, host, () => {
        this.#server.off('error', reject)
        resolve(this.#server.address() as AddressInfo)
      })
    })
  }

  /**
   * Serves this pair from the next handshake on; connections that stand keep theirs. Throws, and keeps the old pair,
   * where key and certificate do not belong together or cannot be read.
   */
  setCertificate({ cert, key }: ServingPair): void {
    // OpenSSL alone takes an empty pair, and then no handshake succeeds any more.
    if (!new X509Certificate(cert).checkPrivateKey(createPrivateKey(key))) {
      throw new Error('the key does not belong to the certificate')
    }
    this.#server.setSecureContext({ ...this.#tls(), cert, key })
  }

  get draining(): boolean {
    return this.#traffic.draining
  }

  /** Requests that have no whole answer yet. */
  get inFlight(): number {
    return this.#traffic.inFlight
  }

  /**
   * Serves on, asks every caller to reconnect elsewhere, and closes once it was quiet for long enough. Resolves when
   * the last connection has ended. Cutting off at once would race with calls that are on their way.
   */
  async drain(): Promise<void> {
    const { quiet, drain } = this.#limits
    await this.#traffic.drain(quiet, drain)
    await this.close()
  }

  /** Ends at once: open requests lose their answer. */
  close(): Promise<void> {
    return new Promise((resolve) => {
      this.#server.close(() => resolve())
      this.#server.closeAllConnections()
    })
  }
}
