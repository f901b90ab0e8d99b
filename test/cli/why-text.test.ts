// What `sidenet why` prints: whole texts, the shape of its JSON, and how its argument is read.

import { describe, expect, it } from '@jest/globals'
import { readSubject } from '../../src/cli/why-subject.ts'
import { podJson, podText, serviceJson, serviceText } from '../../src/cli/why-text.ts'
import { ANNOTATIONS, MANAGED_BY } from '../../src/core/names.ts'
import type { ObjectKey } from '../../src/core/object-key.ts'
import { usesOf } from '../../src/core/networks/uses.ts'
import { fieldAt } from '../../src/core/networks/untrusted.ts'
import { whyPod, type WhyPod } from '../../src/core/why/why-pod.ts'
import { podOf, sliceOf } from '../core/endpoints/makers.ts'
import { otherSlice, rawPod, rawService, rawSlice, statusText } from '../core/endpoints/pods.ts'
import { annotated, why } from '../core/why/makers.ts'

const ours = sliceOf(rawSlice())
const networks: readonly ObjectKey[] = ['blue/br0']
const unattached = rawPod({
  annotations: { [ANNOTATIONS.networks]: 'br0, br9' },
  metadata: { name: 'db-1', uid: 'pod-1' },
})
const half = why({ service: annotated(), slices: [ours], pods: [podOf(rawPod()), podOf(unattached)] })

function askOfPod(raw: object): WhyPod {
  const read = usesOf(fieldAt(raw, 'metadata', 'annotations'), 'blue', 'kube-system')
  const networkExists = (nad: ObjectKey): boolean => networks.includes(nad)
  return whyPod({ pod: podOf(raw), ...read, networks, networkExists }, [half])
}

describe('the text about a Service', () => {
  it('has a table of every selected Pod, with the one reason where it is not published', () => {
    expect(serviceText(half)).toBe(
      `
Service blue/db on network blue/br0: publishing (EndpointsPublished)
1 of 2 selected Pods have addresses to publish, 1 of them ready.

POD    PUBLISHED   ADDRESSES   READY   WHY NOT
db-0   yes         10.1.0.1    yes
db-1   no                              NetworkStatusMissing: it has no network-status: Multus has not attached it to any network (yet)
`.trim(),
    )
  })

  it('says once what holds the whole Service back', () => {
    const text = serviceText(why({ service: annotated(), slices: [otherSlice(MANAGED_BY.builtIn)] }))
    expect(text).toBe(
      `
Service blue/db on network blue/br0: held back (HeldBackByOtherSlice)
EndpointSlice blue/db-x, managed by endpointslice-controller.k8s.io, holds addresses of Service blue/db, so nothing is published beside them; it empties itself in a moment where the built-in controller is kept out, else: kubectl delete endpointslice -n blue db-x

POD    PUBLISHED   ADDRESSES   READY   WHY NOT
db-0   no                              HeldBackByOtherSlice
`.trim(),
    )
  })

  it('says of one that is on no secondary network what would put it on one', () => {
    expect(serviceText(why({ service: rawService() }))).toBe(
      `
Service blue/db on no secondary network: not asked (NetworkNotNamed)
It names no secondary network. What is published for it are the first addresses of its Pods. To put it on one: kubectl annotate service -n blue db k8s.v1.cni.cncf.io/networks=NAME, where NAME is one of "kubectl get nad -n blue".
`.trim(),
    )
  })

  it('names the interface where only that is meant, and what is missing', () => {
    const service = annotated({ [ANNOTATIONS.networks]: 'br0@net1' })
    const [headline, , warning] = serviceText(why({ service, networks: ['blue/br1'] })).split('\n')
    expect(headline).toMatch(/^Service blue\/db on network blue\/br0, interface net1: publishing /)
    expect(warning).toBe(
      'Warning: Service blue/db: NetworkAttachmentDefinition blue/br0 does not exist yet; did you mean br1? (NetworkNotFound)',
    )
  })

  it('tells the addresses of a published Pod that are left out', () => {
    const networks = [{ name: 'blue/br0', interface: 'net1', ips: ['10.1.0.1', 'fd00::1'] }]
    const text = serviceText(
      why({ service: annotated(), slices: [ours], pods: [podOf(rawPod({ networks }))] }),
    )
    expect(text.split('\n').at(-1)).toBe(
      'db-0   yes         10.1.0.1    yes     AddressFamilyNotServed: fd00::1 is an IPv6 address, and the Service does not list that family',
    )
  })
})

describe('the text about a Pod', () => {
  it('has a table of its networks and one of the Services that select it', () => {
    expect(podText(askOfPod(unattached))).toBe(
      `
Pod blue/db-1 holds 0 of 2 secondary networks.

NETWORK    ASKED BY   HELD   ADDRESSES   WHY NOT
blue/br0   networks   no                 NetworkStatusMissing: it has no network-status: Multus has not attached it to any network (yet)
blue/br9   networks   no                 NetworkNotFound: NetworkAttachmentDefinition "blue/br9" does not exist; did you mean blue/br0?

SERVICE   NETWORK    PUBLISHED   ADDRESSES   WHY NOT
svc/db    blue/br0   no                      NetworkStatusMissing: it has no network-status: Multus has not attached it to any network (yet)
`.trim(),
    )
  })

  it('tells addresses with their interface, and what is published', () => {
    const raw = rawPod({
      annotations: {
        [ANNOTATIONS.networks]: 'br0',
        [ANNOTATIONS.networkStatus]: statusText('10.244.0.1', [
          { name: 'blue/br0', interface: 'net1', ips: ['10.1.0.1'] },
        ]),
      },
    })
    expect(podText(askOfPod(raw))).toBe(
      `
Pod blue/db-0 holds 1 of 1 secondary network.

NETWORK    ASKED BY   HELD   ADDRESSES          WHY NOT
blue/br0   networks   yes    10.1.0.1 on net1

SERVICE   NETWORK    PUBLISHED   ADDRESSES   WHY NOT
svc/db    blue/br0   yes         10.1.0.1
`.trim(),
    )
  })

  it('spells out what a terminal would take for a command', () => {
    const raw = rawPod({ annotations: { [ANNOTATIONS.networks]: JSON.stringify([{ name: 'a\u001b[2J' }]) } })
    const text = podText(askOfPod(raw))
    expect(text).not.toContain('\u001b')
    expect(text).toMatch(/^"blue\/a\\u001b\[2J" +networks +no +NetworkNotFound: /m)
  })

  it('says where an annotation cannot be read', () => {
    const raw = rawPod({ annotations: { [ANNOTATIONS.networks]: '[{' }, labels: { app: 'web' } })
    const [headline, warning, ...rest] = podText(askOfPod(raw)).split('\n')
    expect(headline).toBe('Pod blue/db-0 asks for no secondary network and holds none.')
    expect(warning).toMatch(/^Warning: Multus cannot read its annotation k8s\.v1\.cni\.cncf\.io\/networks, /)
    expect(rest).toEqual(['', 'No Service and no NetService of its namespace selects Pod blue/db-0.'])
  })
})

describe('the JSON', () => {
  it('about a Service says its version, and everything that the text says', () => {
    expect(JSON.parse(serviceJson(half))).toEqual({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'ServiceExplanation',
      about: { kind: 'Service', key: 'blue/db' },
      network: 'blue/br0',
      selector: { app: 'db' },
      state: 'publishing',
      reason: 'EndpointsPublished',
      message: '1 of 2 selected Pods have addresses to publish, 1 of them ready.',
      notes: [],
      counts: { ready: 1, total: 1, skipped: 1 },
      pods: [
        {
          pod: 'blue/db-0',
          published: 'yes',
          addresses: ['10.1.0.1'],
          ready: true,
          reason: 'EndpointsPublished',
          message: '',
          leftOut: [],
        },
        {
          pod: 'blue/db-1',
          published: 'no',
          addresses: [],
          ready: false,
          reason: 'NetworkStatusMissing',
          message: 'it has no network-status: Multus has not attached it to any network (yet)',
          leftOut: [],
        },
      ],
    })
  })

  it('about a Pod says its version, its networks and its Services', () => {
    expect(JSON.parse(podJson(askOfPod(unattached)))).toMatchObject({
      apiVersion: 'sidenet.io/v1alpha1',
      kind: 'PodExplanation',
      about: { kind: 'Pod', key: 'blue/db-1' },
      complete: false,
      networks: [
        { network: 'blue/br0', held: false, reason: 'NetworkStatusMissing' },
        { network: 'blue/br9', held: false, reason: 'NetworkNotFound' },
      ],
      services: [{ speaker: 'Service', service: 'blue/db', published: 'no', reason: 'NetworkStatusMissing' }],
    })
  })
})

describe('the argument', () => {
  it.each([
    ['svc/web', undefined, 'svc'],
    ['service/web', undefined, 'svc'],
    ['Services', 'web', 'svc'],
    ['nsvc/web', undefined, 'nsvc'],
    ['NetService/web', undefined, 'nsvc'],
    ['netservices.sidenet.io', 'web', 'nsvc'],
    ['netservice.svcctl.metaswitch.com/web', undefined, 'nsvc'],
    ['po/web', undefined, 'pod'],
    ['pods', 'web', 'pod'],
  ])('%s %s is a %s', (what, beside, kind) => {
    expect(readSubject(what, beside)).toEqual({ ok: true, value: { kind, name: 'web' } })
  })

  it.each([
    ['web', undefined, /^"web" names no object; write KIND\/NAME, like svc\/web/],
    ['svc/', undefined, /names no object/],
    ['svc/blue/web', undefined, /names no object/],
    ['svc/web', 'db', /^"svc\/web db" names no object/],
    ['svc', 'blue/web', /names no object/],
    ['deploy/web', undefined, /^"deploy" is none of svc, nsvc and pod/],
    ['constructor/web', undefined, /^"constructor" is none of/],
  ])('%s %s is none', (what, beside, message) => {
    const read = readSubject(what, beside)
    expect(read.ok ? '' : read.problems[0]?.message).toMatch(message)
  })
})
