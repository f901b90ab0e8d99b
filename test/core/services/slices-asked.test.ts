// What the calculation of slices is told, and the Service that a NetService owns.

import { describe, expect, it } from '@jest/globals'
import { NET_SERVICE, OLD_NET_SERVICE } from '../../../src/core/names.ts'
import { askedByNetService, askedByService } from '../../../src/core/services/dialects.ts'
import { ownService } from '../../../src/core/services/own-service.ts'
import { slicesAsked } from '../../../src/core/services/slices-asked.ts'
import { KEY, netService, NETWORKS, service, type ServiceOptions } from './make.ts'

const app = { app: 'a' }
const named = { [NETWORKS]: 'br0@net1' }
const ORIGINAL = { 'sidenet.io/original-selector': '{"selector":{"app":"a"}}' }
const PUBLISH = { kind: 'publish', attachment: { network: 'blue/br0', interface: 'net1' }, hostnames: 'None' }
const RELEASE = { kind: 'release', overdue: false }

describe('what the calculation of slices is told', () => {
  it.each<[string, ServiceOptions, object]>([
    [
      'with the key',
      { annotations: named, selector: { ...app, ...KEY } },
      { wish: PUBLISH, builtIns: 'kept out', selector: app },
    ],
    [
      'without the key',
      { annotations: named, selector: app },
      { wish: PUBLISH, builtIns: 'select', selector: app },
    ],
    [
      'taken over',
      { annotations: { ...named, ...ORIGINAL, 'sidenet.io/strategy': 'takeover' } },
      { wish: PUBLISH, builtIns: 'kept out', selector: app },
    ],
    [
      'without selector',
      { annotations: { ...named, 'sidenet.io/selector': 'app=a' } },
      { wish: PUBLISH, builtIns: 'no selector', selector: app },
    ],
    [
      'with host names',
      { annotations: { ...named, 'sidenet.io/hostnames': 'PodName' }, selector: { ...app, ...KEY } },
      { wish: { ...PUBLISH, hostnames: 'PodName' } },
    ],
    [
      'that is given back, key still there',
      { annotations: { ...named, 'sidenet.io/strategy': 'release' }, selector: { ...app, ...KEY } },
      { wish: RELEASE, builtIns: 'kept out', selector: app },
    ],
    [
      'that is given back',
      { annotations: { ...named, 'sidenet.io/strategy': 'release' }, selector: app },
      { wish: RELEASE, builtIns: 'select', selector: app },
    ],
    ['whose annotation went', { selector: app }, { wish: RELEASE, builtIns: 'select', selector: app }],
    [
      'whose annotation went while nobody looked',
      { annotations: ORIGINAL },
      { wish: RELEASE, builtIns: 'kept out', selector: app },
    ],
    [
      'that nobody can give back',
      { annotations: { 'sidenet.io/original-selector': '{' } },
      { wish: RELEASE, builtIns: 'no selector', selector: {} },
    ],
    ['that is no selector', {}, { wish: RELEASE, builtIns: 'no selector', selector: {} }],
    [
      'that names two networks',
      { annotations: { [NETWORKS]: 'a,b' }, selector: app },
      { wish: { kind: 'withdraw' }, builtIns: 'select', selector: app },
    ],
  ])('about a Service %s', (_, options, told) => {
    expect(slicesAsked(service(options), askedByService(service(options)), false)).toMatchObject(told)
  })

  it('about the Service of a NetService', () => {
    const asked = askedByNetService(netService({ hostnames: 'PodName' }), NET_SERVICE.group)
    expect(slicesAsked(service(), asked, false)).toEqual({
      wish: {
        kind: 'publish',
        attachment: { network: 'blue/core', interface: undefined },
        hostnames: 'PodName',
      },
      builtIns: 'no selector',
      selector: app,
    })
    expect(slicesAsked(service({ selector: { app: 'by-hand' } }), asked, false).builtIns).toBe('select')
  })

  it('once it was waited long enough', () => {
    expect(slicesAsked(service({ selector: app }), undefined, true).wish).toEqual({
      kind: 'release',
      overdue: true,
    })
  })
})

describe('the Service of a NetService', () => {
  const owned = (
    spec: object,
    group: typeof NET_SERVICE.group | typeof OLD_NET_SERVICE.group = NET_SERVICE.group,
  ): unknown => {
    const { wish } = askedByNetService(netService({ ...spec }), group)
    if (!wish.ok) throw new Error('no wish')
    return ownService({ group, uid: 'u' }, wish.value, ['IPv4', 'IPv6'])
  }

  it('is headless, without selector, owned and labelled', () => {
    expect(owned({})).toEqual({
      apiVersion: 'v1',
      kind: 'Service',
      metadata: {
        namespace: 'blue',
        name: 'web',
        labels: { 'sidenet.io/net-service-uid': 'u' },
        ownerReferences: [
          {
            apiVersion: 'sidenet.io/v1alpha1',
            kind: 'NetService',
            name: 'web',
            uid: 'u',
            controller: true,
            blockOwnerDeletion: false,
          },
        ],
      },
      spec: {
        type: 'ClusterIP',
        clusterIP: 'None',
        ipFamilies: ['IPv4', 'IPv6'],
        ipFamilyPolicy: 'RequireDualStack',
        publishNotReadyAddresses: false,
        ports: [],
      },
    })
  })

  it('has what the NetService says', () => {
    const ports = [
      { name: 'dns', port: 53, protocol: 'UDP', targetPort: 'domain', appProtocol: 'dns' },
      { name: 'web', port: 80 },
    ]
    expect(owned({ ports, ipFamilies: ['IPv6'], publishNotReadyAddresses: true })).toMatchObject({
      spec: {
        ipFamilies: ['IPv6'],
        ipFamilyPolicy: 'SingleStack',
        publishNotReadyAddresses: true,
        ports: [ports[0], { name: 'web', protocol: 'TCP', port: 80, targetPort: 80 }],
      },
    })
  })

  it('is owned by the NetService of the group that asked', () => {
    expect(owned({}, OLD_NET_SERVICE.group)).toMatchObject({
      metadata: { ownerReferences: [{ apiVersion: 'svcctl.metaswitch.com/v1alpha1' }] },
    })
  })
})
