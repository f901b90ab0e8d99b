// A control plane with all built-in controllers, Sidenet serving it and a DNS server that clients ask, for the tests of
// one file; and how to listen to what a Service's name means. Never judges what was heard.

import { afterAll, beforeAll } from '@jest/globals'
import { startStandInNode } from '../../scripts/demo/stand-in-node.ts'
import type { Reason } from '../../src/core/names.ts'
import { startControlPlane, type ControlPlane } from '../control-plane/start.ts'
import { dnsName, startCoreDns, type CoreDns } from './core-dns.ts'
import { momentOf, type Moment, type Seen } from './courses.ts'
import { installNadCrd } from './crds.ts'
import { watchDns, type RecordType } from './dns-watch.ts'
import { makes, type Makes } from './objects.ts'
import { startSidenet, type Sidenet } from './sidenet.ts'
import { watchSlices } from './slice-watch.ts'
import { HOOK_TIMEOUT } from './use-control-plane.ts'
import { eventually } from './wait.ts'

/** Everything a client heard, and every moment there was, whether or not a client happened to ask. */
export interface Heard {
  readonly heard: readonly Seen[]
  readonly moments: readonly Seen[]
}

export interface Listening {
  /** Waits until clients hear just this, and the slices hold it. */
  readonly until: (wanted: Moment | Seen) => Promise<void>
  /** What was heard so far; use it to wait for a state on the way. */
  readonly seen: () => Heard
  readonly end: () => Promise<Heard>
}

export interface DnsScene {
  readonly controlPlane: ControlPlane
  readonly make: Makes
  readonly dns: CoreDns
  readonly sidenet: () => Sidenet
  /** A new Namespace with the networks `core` and `backup`. */
  readonly space: (name: string) => Promise<string>
  /** Keeps asking for the Service's addresses, and follows its slices, from now on. */
  readonly listen: (namespace: string, service: string) => Promise<Listening>
  /** Keeps asking until the answer is this, and gives it back. */
  readonly resolves: (name: string, type: RecordType, wanted: Seen) => Promise<Seen>
  /** Changes a Service with a merge patch, as a person does; throws where that is refused. */
  readonly patch: (namespace: string, service: string, patch: object) => Promise<void>
  /** Runs while the built-in controllers stand still, as slow as a busy cluster's. */
  readonly withControllersPaused: (run: () => Promise<void>) => Promise<void>
  /** Waits until an Event with this reason was written for the Service. */
  readonly told: (namespace: string, service: string, reason: Reason) => Promise<void>
  /** Ends whatever still listens, since a test failed before it came to that. */
  readonly endListening: () => Promise<void>
  /** Ends Sidenet as a crash would. */
  readonly crash: () => Promise<void>
  /** Starts it again, on the same port. */
  readonly revive: () => Promise<void>
}

/** A killed process keeps its Lease until it runs out. */
const PATIENCE = 45_000

/** Call it in a file; what it returns gives the scene while tests run. */
export function useDnsScene(): () => DnsScene {
  let scene: DnsScene | undefined
  const ends: (() => Promise<unknown>)[] = []
  beforeAll(async () => {
    const controlPlane = await startControlPlane({ users: [{ name: 'sidenet' }] })
    ends.unshift(controlPlane.stop)
    const dns = await startCoreDns(controlPlane)
    ends.unshift(dns.stop)
    await installNadCrd(controlPlane)
    await controlPlane.request('POST', '/api/v1/nodes', { metadata: { name: 'node-1' } })
    const node = startStandInNode(controlPlane)
    ends.unshift(node.stop)
    scene = describeScene(controlPlane, dns, await startSidenet(controlPlane))
    ends.unshift(scene.crash)
    ends.unshift(scene.endListening)
  }, HOOK_TIMEOUT * 3)
  afterAll(async () => {
    for (const end of ends) await end()
  }, HOOK_TIMEOUT)
  return () => {
    if (scene === undefined) throw new Error('the scene is there only while tests run')
    return scene
  }
}

function describeScene(controlPlane: ControlPlane, dns: CoreDns, first: Sidenet): DnsScene {
  const make = makes(controlPlane)
  const open = new Set<() => Promise<unknown>>()
  let sidenet = first
  return {
    controlPlane,
    make,
    dns,
    sidenet: () => sidenet,
    space: async (name) => {
      await make.namespace(name)
      for (const network of ['core', 'backup']) await make.nad(name, network)
      return name
    },
    listen: async (namespace, service) => {
      const listening = await listen(controlPlane, dns, namespace, service)
      open.add(listening.end)
      return {
        ...listening,
        end: () => {
          open.delete(listening.end)
          return listening.end()
        },
      }
    },
    resolves: async (name, type, wanted) => {
      const watch = await watchDns(dns.resolver, name, type)
      open.add(watch.stop)
      await watch.until(is(wanted), {
        what: `${type} ${name} is ${JSON.stringify(wanted)}`,
        timeout: PATIENCE,
      })
      open.delete(watch.stop)
      await watch.stop()
      return watch.seen().at(-1) ?? []
    },
    withControllersPaused: async (run) => {
      const pid = controlPlane.pids()['kube-controller-manager']
      if (pid === undefined) throw new Error('no built-in controllers run here')
      process.kill(pid, 'SIGSTOP')
      await run().finally(() => process.kill(pid, 'SIGCONT'))
    },
    told: async (namespace, service, reason) => {
      const path = `/apis/events.k8s.io/v1/namespaces/${namespace}/events`
      const query = `fieldSelector=regarding.name%3D${service},reason%3D${reason}`
      const isThere = async () => (await controlPlane.request('GET', `${path}?${query}`)).body.items?.length
      await eventually(isThere, { what: `an Event of ${namespace}/${service} says ${reason}` })
    },
    endListening: async () => {
      await Promise.allSettled([...open].map((end) => end()))
    },
    patch: async (namespace, service, patch) => {
      const path = `/api/v1/namespaces/${namespace}/services/${service}`
      const { status, body } = await controlPlane.request('PATCH', path, patch)
      if (status !== 200) throw new Error(`Service ${namespace}/${service} was not changed: ${body.message}`)
    },
    crash: () => sidenet.kill(),
    revive: async () => {
      const { port, metricsPort } = sidenet
      sidenet = await startSidenet(controlPlane, { port, metricsPort, install: false })
    },
  }
}

async function listen(
  controlPlane: ControlPlane,
  dns: CoreDns,
  namespace: string,
  service: string,
): Promise<Listening> {
  const slices = await watchSlices(controlPlane, namespace, service)
  const watch = await watchDns(dns.resolver, dnsName(namespace, service))
  const seen = (): Heard => ({ heard: watch.seen(), moments: slices.seen() })
  return {
    seen,
    until: async (wanted) => {
      const what = `clients of ${namespace}/${service} hear ${JSON.stringify(wanted)}`
      await watch.until(is(wanted), { what, timeout: PATIENCE })
      await eventually(() => is(wanted)(slices.seen().at(-1) ?? []), { what, timeout: PATIENCE })
    },
    end: async () => {
      await Promise.all([watch.stop(), slices.stop()])
      return seen()
    },
  }
}

const is =
  (wanted: Moment | Seen) =>
  (seen: Seen): boolean =>
    typeof wanted === 'string' ? momentOf(seen) === wanted : String([...wanted].sort()) === String(seen)
