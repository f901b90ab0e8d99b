// One wish, in whichever dialect it was written; and where it cannot be told, why not.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { ANNOTATIONS, DIALECT_ANNOTATIONS, NET_SERVICE, OLD_NET_SERVICE } from '../../../src/core/names.ts'
import {
  askedByNetService,
  askedByService,
  SERVICE_ANNOTATIONS,
} from '../../../src/core/services/dialects.ts'
import { BAD_NET_SERVICES } from './bad-net-services.ts'
import { KEY, netService, NETWORKS, service, type ServiceOptions } from './make.ts'

const app = { app: 'a' }
const WISH = { service: 'blue/web', network: 'blue/br0', interface: undefined, selector: app, problems: [] }
const PROXY = { 'service.kubernetes.io/service-proxy-name': 'multus-proxy' }
const ORIGINAL = '{"selector":{"app":"a"}}'

const SPOKEN: readonly (readonly [dialect: string, options: ServiceOptions, wish: object])[] = [
  [
    'annotated',
    { annotations: { [NETWORKS]: 'br0' }, selector: app },
    { strategy: 'no-pod-key', guard: 'missing' },
  ],
  [
    'annotated',
    { annotations: { [NETWORKS]: 'br0' }, selector: { ...app, ...KEY } },
    { strategy: 'no-pod-key', guard: 'no-pod-key' },
  ],
  [
    'annotated',
    { annotations: { [NETWORKS]: 'red/br0@net1' }, selector: app },
    { network: 'red/br0', interface: 'net1' },
  ],
  [
    'annotated',
    { annotations: { [NETWORKS]: '[{"name":"br.0","namespace":"red","interface":"net1"}]' }, selector: app },
    { network: 'red/br.0', interface: 'net1' },
  ],
  [
    'annotated',
    { annotations: { [NETWORKS]: 'br0', 'sidenet.io/strategy': 'release' }, selector: app },
    { strategy: 'release' },
  ],
  [
    'annotated',
    { annotations: { [NETWORKS]: 'br0', 'sidenet.io/strategy': 'takeover' }, selector: { ...app, ...KEY } },
    { strategy: 'takeover', guard: 'no-pod-key' },
  ],
  [
    'takeover',
    {
      annotations: {
        [NETWORKS]: 'br0',
        'sidenet.io/strategy': 'takeover',
        'sidenet.io/original-selector': ORIGINAL,
      },
    },
    { strategy: 'takeover', guard: 'no-selector' },
  ],
  [
    'selector-less',
    { annotations: { [NETWORKS]: 'br0', 'sidenet.io/selector': ' app = a ' } },
    { strategy: 'none', guard: 'no-selector' },
  ],
  [
    'selector-less',
    { annotations: { [NETWORKS]: 'br0', 'sidenet.io/selector': 'app==a,x.y/tier=' } },
    { selector: { app: 'a', 'x.y/tier': '' } },
  ],
  [
    'selector-less',
    {
      annotations: {
        [NETWORKS]: 'br0',
        'sidenet.io/selector': 'app=a',
        'sidenet.io/write-endpoints': 'true',
      },
    },
    { writeEndpoints: true },
  ],
  [
    'multus-service',
    {
      labels: PROXY,
      annotations: { 'k8s.v1.cni.cncf.io/service-network': 'br0' },
      selector: { ...app, ...KEY },
    },
    { strategy: 'no-pod-key', guard: 'no-pod-key' },
  ],
  [
    'multus-service',
    {
      labels: PROXY,
      annotations: { 'k8s.v1.cni.cncf.io/service-network': 'br0', [NETWORKS]: 'x,y' },
      selector: app,
    },
    {},
  ],
  [
    'danm',
    { annotations: { 'danm.io/selector': '{"app":"a"}', 'danm.io/network': 'br0' } },
    { strategy: 'none', guard: 'no-selector' },
  ],
  [
    'danm',
    { annotations: { 'danm.k8s.io/selector': '{"app":"a"}', 'danm.k8s.io/clusterNetwork': 'red/br0' } },
    { network: 'red/br0' },
  ],
  [
    'danm',
    { annotations: { 'danm.io/selector': '{"app":"a"}', [NETWORKS]: 'br0', 'danm.io/network': 'other' } },
    {},
  ],
]

describe('a Service', () => {
  it.each(SPOKEN)('speaks %s', (dialect, options, wish) => {
    const asked = askedByService(service(options))
    expect(asked).toMatchObject({ dialect, wish: { ok: true, value: { ...WISH, ...wish } } })
  })

  it.each([
    ['nothing said', {}],
    ['an empty annotation', { annotations: { [NETWORKS]: '' }, selector: app }],
    ['an empty list', { annotations: { [NETWORKS]: ' [] ' }, selector: app }],
    ['settings alone', { annotations: { 'sidenet.io/hostnames': 'PodName' }, selector: app }],
    [
      'a service-network without the label',
      { annotations: { 'k8s.v1.cni.cncf.io/service-network': 'br0' }, selector: app },
    ],
    ['the label without a service-network', { labels: PROXY, selector: app }],
    ['a DANM selector without a network', { annotations: { 'danm.io/selector': '{"app":"a"}' } }],
    [
      'a NetService that speaks for it',
      { labels: { 'sidenet.io/net-service-uid': 'u' }, annotations: { [NETWORKS]: 'br0' }, selector: app },
    ],
  ])('asks for nothing with %s', (_, options) => {
    expect(askedByService(service(options))).toBeUndefined()
  })

  it('says what else it wants', () => {
    const asked = askedByService(
      service({
        annotations: { [NETWORKS]: 'br0', 'sidenet.io/hostnames': 'PodName' },
        selector: app,
        spec: {
          ports: [
            { name: 'web', port: 80, targetPort: 'http', appProtocol: 'h2c', protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
          ipFamilies: ['IPv6', 'IPv4'],
          publishNotReadyAddresses: true,
        },
      }),
    )
    expect(asked).toEqual({
      dialect: 'annotated',
      networkField: `metadata.annotations[${NETWORKS}]`,
      wish: {
        ok: true,
        value: {
          ...WISH,
          ports: [
            { name: 'web', protocol: 'TCP', port: 80, targetPort: 'http', appProtocol: 'h2c' },
            { name: '', protocol: 'UDP', port: 53, targetPort: 53, appProtocol: undefined },
          ],
          ipFamilies: ['IPv6', 'IPv4'],
          publishNotReadyAddresses: true,
          hostnames: 'PodName',
          strategy: 'no-pod-key',
          guard: 'missing',
          writeEndpoints: false,
        },
      },
    })
  })

  it('has the default of a setting that is none, and hears of it', () => {
    const annotations = { [NETWORKS]: 'br0', 'sidenet.io/hostnames': 'podname', 'sidenet.io/strategy': 'x' }
    expect(askedByService(service({ annotations, selector: app }))).toMatchObject({
      wish: {
        ok: true,
        value: {
          hostnames: 'None',
          strategy: 'no-pod-key',
          problems: [
            { message: '"x" is none of no-pod-key, takeover, release' },
            { message: '"podname" is none of None, PodName' },
          ],
        },
      },
    })
  })

  it('never gets Endpoints while a selector stands there', () => {
    const annotations = {
      [NETWORKS]: 'br0',
      'sidenet.io/strategy': 'takeover',
      'sidenet.io/write-endpoints': 'true',
    }
    const writeEndpoints = (options: ServiceOptions): unknown => {
      const asked = askedByService(service(options))
      return asked?.wish.ok && asked.wish.value.writeEndpoints
    }
    expect(writeEndpoints({ annotations, selector: { ...app, ...KEY } })).toBe(false)
    expect(
      writeEndpoints({ annotations: { ...annotations, 'sidenet.io/original-selector': ORIGINAL } }),
    ).toBe(true)
  })

  it('is no danger, whatever it is', () => {
    fc.assert(fc.property(fc.anything(), (any) => void askedByService(any)))
    fc.assert(
      fc.property(
        fc.dictionary(fc.constantFrom(...SERVICE_ANNOTATIONS), fc.string({ unit: 'binary' })),
        (annotations) => {
          const asked = askedByService(service({ annotations, labels: PROXY }))
          if (asked && !asked.wish.ok)
            for (const { field, message } of asked.wish.problems)
              expect(`${field}${message}`).not.toContain('\n')
        },
      ),
    )
  })
})

describe('what makes a Service our business', () => {
  it('are the annotations that Sidenet and its dialects read, apart from those that need another beside them', () => {
    const { networks, selector, strategy, originalSelector, takeover, hostnames, writeEndpoints } =
      ANNOTATIONS
    const { serviceNetwork, danmSelector, danmSelectorOld } = DIALECT_ANNOTATIONS
    expect([...SERVICE_ANNOTATIONS].sort()).toEqual(
      [
        networks,
        selector,
        strategy,
        originalSelector,
        takeover,
        hostnames,
        writeEndpoints,
        serviceNetwork,
        danmSelector,
        danmSelectorOld,
      ].sort(),
    )
  })
})

describe('a NetService', () => {
  it.each([
    [NET_SERVICE.group, 'net-service'],
    [OLD_NET_SERVICE.group, 'old-net-service'],
  ] as const)('of %s speaks %s', (group, dialect) => {
    expect(askedByNetService(netService(), group)).toEqual({
      dialect,
      networkField: 'spec.netAttachDef',
      wish: {
        ok: true,
        value: {
          service: 'blue/web',
          network: 'blue/core',
          interface: undefined,
          selector: app,
          ports: [],
          ipFamilies: [],
          publishNotReadyAddresses: false,
          hostnames: 'None',
          strategy: 'none',
          guard: 'unknown',
          writeEndpoints: false,
          problems: [],
        },
      },
    })
  })

  it('says everything it may say', () => {
    const spec = {
      netAttachDef: ' red / my.net @ net1',
      ports: [{ port: 80 }],
      ipFamilies: ['IPv6'],
      publishNotReadyAddresses: true,
      hostnames: 'PodName',
    }
    expect(askedByNetService(netService(spec), NET_SERVICE.group).wish).toMatchObject({
      ok: true,
      value: {
        network: 'red/my.net',
        interface: 'net1',
        ports: [{ port: 80, targetPort: 80 }],
        ipFamilies: ['IPv6'],
        publishNotReadyAddresses: true,
        hostnames: 'PodName',
      },
    })
  })

  it.each(BAD_NET_SERVICES)('with $what is no wish', ({ object, fields }) => {
    const { wish } = askedByNetService(object, OLD_NET_SERVICE.group)
    expect(wish.ok ? [] : wish.problems.map(({ field }) => field)).toEqual(fields)
  })

  it('is no danger, whatever it is', () => {
    fc.assert(
      fc.property(
        fc.anything(),
        fc.anything(),
        (spec, metadata) => void askedByNetService({ spec, metadata }, NET_SERVICE.group),
      ),
    )
    fc.assert(
      fc.property(
        fc.string({ unit: 'binary' }),
        (netAttachDef) => void askedByNetService(netService({ netAttachDef }), NET_SERVICE.group),
      ),
    )
  })
})
