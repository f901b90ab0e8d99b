// Two hundred broken watches must leave nothing behind: no connection, no timer, no listener, no memory.

import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect, it } from '@jest/globals'
import { apiClient } from '../../src/cluster/client.ts'
import { systemClock } from '../../src/cluster/clock.ts'
import { loadCredentials } from '../../src/cluster/credentials.ts'
import { KINDS } from '../../src/cluster/kinds.ts'
import { Reflector } from '../../src/cluster/reflector.ts'
import { Store } from '../../src/cluster/store.ts'
import { startFaultProxy } from '../faults/proxy.ts'
import { fastClock } from '../support/fast-clock.ts'
import { makes } from '../support/objects.ts'
import { useControlPlane } from '../support/use-control-plane.ts'
import { eventually } from '../support/wait.ts'

const controlPlane = useControlPlane({ controllers: false })
const MEBIBYTE = 1024 * 1024

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

it('memory and handles are after 250 reconnects what they were after 50', async () => {
  const warnings: string[] = []
  const onWarning = (warning: Error): void => void warnings.push(warning.name)
  process.on('warning', onWarning)
  const proxy = await startFaultProxy(controlPlane())
  const client = apiClient(loadCredentials(proxy.kubeconfig('admin')), {
    version: 'test',
    clock: systemClock,
  })
  const log = { info: () => undefined, warn: () => undefined }
  const follow = (kind: typeof KINDS.configMap) => {
    const store = new Store<string>()
    const clock = fastClock(1_000)
    const options = { client, store, kind, clock, random: Math.random, log, stallMs: 1e9 }
    const reflector = new Reflector<string>({ ...options, project: ({ metadata }) => metadata?.name })
    reflector.start()
    return { store, reflector }
  }
  const { store, reflector } = follow(KINDS.configMap)
  const isOpen = () => proxy.watches('WATCH configmaps').length === 1

  const reconnect = async (times: number) => {
    for (let i = 0; i < times; i++) {
      await eventually(isOpen, { what: 'the watch is open', interval: 2 })
      proxy.watches('WATCH configmaps')[0]?.cut()
      await eventually(() => !isOpen(), { what: 'the watch is cut', interval: 2 })
    }
    await eventually(isOpen, { what: 'the watch is open' })
    collectGarbage()
    const handles = process.getActiveResourcesInfo().filter((name) => name !== 'Timeout').length
    return { heap: process.memoryUsage().heapUsed, handles }
  }
  const early = await reconnect(50)
  const late = await reconnect(200)
  expect(reflector.state.watches).toBeGreaterThanOrEqual(250)
  // The proxy remembers every request it saw, so a little is its own.
  expect(late.heap - early.heap).toBeLessThan(3 * MEBIBYTE)
  expect(late.handles).toBeLessThanOrEqual(early.handles + 4)
  expect(warnings.filter((name) => name.includes('MaxListeners'))).toEqual([])

  await makes(controlPlane()).create('/api/v1/namespaces/default/configmaps', { metadata: { name: 'late' } })
  await eventually(() => [...store.records()].includes('late'), { what: 'it still sees' })
  await reflector.stop()
  client.close()
  await proxy.stop()
  process.off('warning', onWarning)
})
