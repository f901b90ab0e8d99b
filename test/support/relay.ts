// A place that stays while what stands behind it changes: plain TCP, so whoever connects meets the real server.
// Never looks at what passes.

import { connect, createServer, type AddressInfo, type Socket } from 'node:net'

export interface Relay {
  readonly port: number
  /** From now on connections lead to this port of this machine; those that are open are cut. */
  readonly leadTo: (port: number | undefined) => void
  readonly stop: () => Promise<void>
}

export async function startRelay(): Promise<Relay> {
  const open = new Set<Socket>()
  let target: number | undefined
  const keep = (socket: Socket): Socket => {
    open.add(socket.once('close', () => open.delete(socket)).on('error', () => socket.destroy()))
    return socket
  }
  const server = createServer((incoming) => {
    if (target === undefined) return void incoming.destroy()
    const outgoing = keep(connect(target, '127.0.0.1'))
    keep(incoming).pipe(outgoing).pipe(incoming)
    incoming.once('close', () => outgoing.destroy())
    outgoing.once('close', () => incoming.destroy())
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const cut = (): void => {
    for (const socket of open) socket.destroy()
  }
  return {
    port: (server.address() as AddressInfo).port,
    leadTo: (port) => {
      target = port
      cut()
    },
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        cut()
      }),
  }
}
