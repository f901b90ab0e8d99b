import type { AddressInfo } from 'node:net'
import type { ConnectionOptions } from 'node:tls'
import { issueSet } from '../../src/certificates/issue.ts'
import type { CertificateSet } from '../../src/certificates/certificate-set.ts'
import {
  admissionHandler,
  type AdmissionHandlerParts,
  type Decides,
} from '../../src/server/admission-handler.ts'
import { wallClock } from '../../src/start/wall-clock.ts'
import { HttpsServer, type HttpsServerParts } from '../../src/server/https-server.ts'
import type { Observation } from '../../src/server/observation.ts'
import { openTls, type TlsWire } from './wire.ts'

export interface Started {
  readonly server: HttpsServer
  readonly port: number
  readonly ca: string
  readonly set: CertificateSet
  readonly observations: Observation[]
  readonly reports: { message: string; uid: string; error: unknown }[]
  readonly tlsErrors: string[]
  readonly brokenRequests: string[]
  /** Opens a connection that is closed with the server. */
  open(options?: ConnectionOptions): Promise<TlsWire>
  stop(): Promise<void>
}

let made: Promise<CertificateSet> | undefined

/** One set for all tests of a file, since making keys takes time. */
export function testSet(): Promise<CertificateSet> {
  return (made ??= issueSet(['localhost', '127.0.0.1', '::1'], Date.now()))
}

/** A whole webhook on a free port of this machine: real TLS, the real handler, and `decides` behind /validate. */
export async function start(
  decides: Decides,
  {
    handler = {},
    server = {},
  }: { handler?: Partial<AdmissionHandlerParts>; server?: Partial<HttpsServerParts> } = {},
): Promise<Started> {
  const set = await testSet()
  const observations: Observation[] = []
  const reports: Started['reports'] = []
  const tlsErrors: string[] = []
  const brokenRequests: string[] = []
  const listener = admissionHandler({
    routes: { '/validate': decides },
    clock: wallClock,
    observe: (observation) => observations.push(observation),
    report: (failure) => reports.push(failure),
    ...handler,
  })
  const running = new HttpsServer({
    listener,
    clock: wallClock,
    onTlsError: (code) => tlsErrors.push(code),
    onBrokenRequest: (code) => brokenRequests.push(code),
    ...server,
  })
  running.setCertificate(set.leaf)
  const { port }: AddressInfo = await running.listen('127.0.0.1', 0)
  const wires: TlsWire[] = []
  return {
    ...{ server: running, port, ca: set.ca.cert, set, observations, reports, tlsErrors, brokenRequests },
    async open(options) {
      const wire = await openTls(port, set.ca.cert, options)
      wires.push(wire)
      return wire
    },
    async stop() {
      for (const wire of wires) wire.close()
      await running.close()
    },
  }
}
