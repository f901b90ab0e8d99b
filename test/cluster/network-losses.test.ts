// How it was noticed that a network is gone, told apart by what the store heard: a deletion, a list, or no kind at all.

import { describe, expect, it } from '@jest/globals'
import { clusterIndex } from '../../src/cluster/cluster-index.ts'
import type { ApiClient } from '../../src/cluster/client.ts'
import { NetworkLosses } from '../../src/cluster/network-losses.ts'
import { DEFAULT_SETTINGS } from '../../src/core/settings.ts'
import { handClock } from '../reconcile/hand-clock.ts'

const nad = { metadata: { namespace: 'blue', name: 'br0', uid: 'nad-1' }, spec: { config: '{}' } }
const pod = {
  metadata: {
    namespace: 'blue',
    name: 'db-0',
    uid: 'pod-1',
    annotations: { 'k8s.v1.cni.cncf.io/networks': 'br0' },
  },
}

/** The network and its Pod are known at version 5 and 6; nobody is asked for anything. */
function scene() {
  const index = clusterIndex({
    client: {} as ApiClient,
    clock: handClock(),
    random: () => 0,
    log: { info: () => undefined, warn: () => undefined },
    multusNamespace: () => 'kube-system',
    keepNads: true,
  })
  const { nads, pods } = index
  const losses = new NetworkLosses({
    index,
    settings: () => DEFAULT_SETTINGS,
    now: () => 7,
    wallClock: () => 0,
  })
  const keys: string[] = []
  losses.onChange((key) => keys.push(key))
  nads.store.beginList()
  nads.store.replace(new Map(), '4', 0)
  nads.reflector.feed(
    { kind: 'present', object: nad, namespace: 'blue', name: 'br0', version: '5' },
    nads.store.moment.history,
  )
  pods.store.beginList()
  pods.store.replace(new Map(), '4', 0)
  pods.reflector.feed(
    { kind: 'present', object: pod, namespace: 'blue', name: 'db-0', version: '6' },
    pods.store.moment.history,
  )
  keys.length = 0
  return { nads, losses, keys }
}

const backAfter = ({ losses }: ReturnType<typeof scene>) => losses.see('blue/br0').loss?.back

describe('a network that goes', () => {
  it('by a deletion may come back', () => {
    const at = scene()
    at.nads.reflector.feed(
      { kind: 'gone', object: nad, namespace: 'blue', name: 'br0', version: '8' },
      at.nads.store.moment.history,
    )
    expect(backAfter(at)).toMatchObject({ kind: 'possible', copy: { spec: { config: '{}' } } })
    expect(at.keys).toEqual(['blue/br0'])
    expect([...at.losses.keys()]).toEqual(['blue/br0'])
  })

  it.each([
    ['between two lists stays gone, since nobody knows how', '9', 'impossible'],
    ['because the database is an older one may come back', '3', 'possible'],
  ])('%s', (_, version, kind) => {
    const at = scene()
    at.nads.store.beginList()
    at.nads.store.replace(new Map(), version, 0)
    expect(backAfter(at)?.kind).toBe(kind)
  })

  it('with its definition stays gone', () => {
    const at = scene()
    at.nads.store.clear(0)
    expect(backAfter(at)).toMatchObject({ because: expect.stringContaining('definition') })
  })

  it('is forgotten once something of its name is there', () => {
    const at = scene()
    const { history } = at.nads.store.moment
    at.nads.reflector.feed(
      { kind: 'gone', object: nad, namespace: 'blue', name: 'br0', version: '8' },
      history,
    )
    at.nads.reflector.feed(
      { kind: 'present', object: nad, namespace: 'blue', name: 'br0', version: '9' },
      history,
    )
    expect(at.losses.see('blue/br0').loss).toBeUndefined()
    expect([...at.losses.keys()]).toEqual([])
  })
})
