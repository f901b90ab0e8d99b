// Ports as one Pod resolves them, and how Pods with different ports share slices.

import { describe, expect, it } from '@jest/globals'
import { planSlices } from '../../../src/core/endpoints/plan.ts'
import { portsKey, resolvePorts } from '../../../src/core/endpoints/ports.ts'
import { podOf, serviceOf } from './makers.ts'
import { facts, rawPod, rawService, statusText } from './pods.ts'

const port = (name: string, containerPort: number, protocol = 'TCP') => ({ name, containerPort, protocol })
const container = (...ports: readonly object[]) => ({ name: 'c', ports })

/** The ports of the one slice that a Service with this port and a Pod with this spec give. */
function resolved(servicePort: object, spec: object) {
  const service = serviceOf(rawService({ ports: [{ name: 'p', port: 80, protocol: 'TCP', ...servicePort }] }))
  const plan = planSlices(facts({ service, pods: [podOf(rawPod({ spec }))] }))
  expect(plan.changes.create).toHaveLength(1)
  expect(plan.changes.create[0]?.endpoints).toHaveLength(1)
  return plan.changes.create[0]?.ports
}

describe('the port of a Service', () => {
  it.each<[string, object, object, number | undefined]>([
    ['a number as it is', { targetPort: 8080 }, {}, 8080],
    ['its own number without a target', {}, {}, 80],
    ['a name of the container', { targetPort: 'web' }, { containers: [container(port('web', 1))] }, 1],
    [
      'the first of several',
      { targetPort: 'web' },
      { containers: [container(port('web', 1)), container(port('web', 2))] },
      1,
    ],
    [
      'a name with the same protocol',
      { targetPort: 'web' },
      { containers: [container(port('web', 1, 'UDP'), port('web', 2))] },
      2,
    ],
    [
      'nothing with another protocol',
      { targetPort: 'web' },
      { containers: [container(port('web', 1, 'UDP'))] },
      undefined,
    ],
    [
      'TCP where a container says nothing',
      { targetPort: 'web' },
      { containers: [container({ name: 'web', containerPort: 1 })] },
      1,
    ],
    [
      'a name of a sidecar',
      { targetPort: 'web' },
      { initContainers: [{ ...container(port('web', 3)), restartPolicy: 'Always' }] },
      3,
    ],
    [
      'nothing of an init container that is over',
      { targetPort: 'web' },
      { initContainers: [container(port('web', 3))] },
      undefined,
    ],
    [
      "a container's name before a sidecar's",
      { targetPort: 'web' },
      {
        initContainers: [{ ...container(port('web', 3)), restartPolicy: 'Always' }],
        containers: [container(port('web', 1))],
      },
      1,
    ],
    [
      'not the port of the host',
      { targetPort: 'web' },
      { containers: [container({ ...port('web', 1), hostPort: 9 })] },
      1,
    ],
    [
      'nothing of a name that is a number',
      { targetPort: '8080' },
      { containers: [container(port('web', 8080))] },
      undefined,
    ],
  ])('resolves to %s', (_, servicePort, spec, number) => {
    expect(resolved(servicePort, spec)).toEqual(
      number === undefined ? [] : [{ name: 'p', protocol: 'TCP', port: number }],
    )
  })

  it('carries its name, be it empty, protocol and appProtocol', () => {
    expect(resolved({ name: undefined, protocol: 'SCTP', appProtocol: 'a.example/b' }, {})).toEqual([
      { name: '', protocol: 'SCTP', port: 80, appProtocol: 'a.example/b' },
    ])
  })

  it('keeps its place among the others', () => {
    const ports = ['b', 'a', 'c'].map((name, at) => ({
      name,
      protocol: 'TCP',
      targetPort: at + 1,
      appProtocol: undefined,
    }))
    expect(resolvePorts(ports, []).map(({ name }) => name)).toEqual(['b', 'a', 'c'])
  })
})

describe('Pods', () => {
  it('with k numbers for one name give k slices, and one more without the port', () => {
    const service = serviceOf(
      rawService({
        ports: [
          { name: 'p', port: 80, targetPort: 'web' },
          { name: 'm', port: 9, targetPort: 9 },
        ],
      }),
    )
    const pods = [1, 2, 1, undefined].map((number, at) =>
      podOf(
        rawPod({
          metadata: { name: `db-${at}`, uid: `pod-${at}` },
          spec: { containers: number === undefined ? [] : [container(port('web', number))] },
          status: { podIPs: [{ ip: `10.244.0.${at + 1}` }] },
          networks: statusText(`10.244.0.${at + 1}`, [{ name: 'blue/br0', ips: [`10.1.0.${at + 1}`] }]),
        }),
      ),
    )
    const slices = planSlices(facts({ service, pods })).changes.create
    expect(slices.map(({ ports, endpoints }) => [ports.map(({ port }) => port), endpoints.length])).toEqual([
      [[9], 1],
      [[1, 9], 2],
      [[2, 9], 1],
    ])
  })

  it('of a headless Service without ports share a slice without ports', () => {
    expect(planSlices(facts()).changes.create[0]?.ports).toEqual([])
  })
})

describe('two sets of ports', () => {
  const [a, b] = [
    { name: 'a', protocol: 'TCP', port: 1 },
    { name: 'b', protocol: 'TCP', port: 2 },
  ]

  it('are one in whatever order, and with what the API server fills in', () => {
    expect(portsKey([a, b])).toBe(portsKey([b, a]))
    expect(portsKey([{ port: 1 }])).toBe(portsKey([{ name: '', protocol: 'TCP', port: 1 }]))
  })

  it.each([
    ['name', { ...a, name: 'c' }],
    ['protocol', { ...a, protocol: 'UDP' }],
    ['number', { ...a, port: 3 }],
    ['appProtocol', { ...a, appProtocol: 'http' }],
  ])('are two if they differ in %s', (_, other) => {
    expect(portsKey([other, b])).not.toBe(portsKey([a, b]))
  })
})
