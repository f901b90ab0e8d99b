// What becomes of a NetService: refused with every mistake at once, defaulted with few steps, warned about what is missing.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import {
  defaultNetService,
  judgeNetService,
  type NetServiceFacts,
} from '../../../src/core/admission/net-service.ts'
import { NOTHING_KNOWN } from '../../../src/core/admission/surroundings.ts'
import { BAD_NET_SERVICES } from '../services/bad-net-services.ts'
import { netService, service } from '../services/make.ts'

const facts = (object: unknown, more: Partial<NetServiceFacts> = {}): NetServiceFacts => ({
  namespace: 'blue',
  object,
  oldObject: null,
  service: undefined,
  hasOldTwin: false,
  surroundings: NOTHING_KNOWN,
  ...more,
})

function defaulted(object: object): unknown {
  const decision = defaultNetService(facts(object))
  if (decision.kind === 'deny') throw new Error(decision.message)
  const operations = decision.kind === 'patch' ? decision.operations : []
  return jsonPatch.applyPatch(structuredClone(object), structuredClone(operations) as never).newDocument
}

describe('a NetService that cannot work', () => {
  it.each(BAD_NET_SERVICES)('with $what is refused under $fields', ({ object, fields }) => {
    for (const decision of [defaultNetService(facts(object)), judgeNetService(facts(object))]) {
      expect(decision).toMatchObject({
        kind: 'deny',
        reason: 'NetServiceInvalid',
        invalid: { kind: 'NetService' },
      })
      const causes = decision.kind === 'deny' ? decision.causes : []
      expect(causes.map(({ field }) => field)).toEqual(fields)
      for (const { message } of causes) {
        expect(message).toMatch(/^\S.+\S$/)
        expect(message).not.toContain('\n')
        expect(decision).toMatchObject({ message: expect.stringContaining(message) })
      }
    }
  })

  it('is refused in one sentence that names it, every field and every mistake', () => {
    const object = netService({ netAttachDef: 'a/b/c', selector: {}, ports: [{ port: 0 }] })
    expect(defaultNetService(facts(object))).toMatchObject({
      message:
        'NetService blue/web cannot work as it is written: spec.netAttachDef: "a/b/c" must be written as name, namespace/name or either with @interface; spec.selector: is required and may not be empty: an empty selector would mean every Pod of the namespace; spec.ports[0].port: must be a number from 1 to 65535',
    })
  })

  it('is only warned about where the mistake is an old one, and refused for a new one', () => {
    const old = netService({ selector: {} })
    const object = netService({ selector: {}, hostnames: 'PodName' })
    expect(judgeNetService(facts(object, { oldObject: old }))).toMatchObject({
      kind: 'allow',
      warnings: [expect.stringMatching(/^NetService blue\/web: spec\.selector: is required/)],
    })
    expect(defaultNetService(facts(object, { oldObject: old })).kind).toBe('allow')
    expect(
      judgeNetService(facts(netService({ selector: {}, hostnames: 'x' }), { oldObject: old })).kind,
    ).toBe('deny')
  })

  it('is let go when it is being deleted', () => {
    const object = netService({ selector: {} }, { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(judgeNetService(facts(object)).kind).toBe('allow')
    expect(defaultNetService(facts(object)).kind).toBe('allow')
  })

  it.each([
    undefined,
    null,
    7,
    'x',
    [],
    {},
    { spec: 7 },
    { spec: { ports: [null, 7, []] } },
    { metadata: 7, spec: [] },
  ])('and is no NetService at all (%j) is refused, not thrown at', (object) => {
    expect(defaultNetService(facts(object)).kind).toBe('deny')
  })
})

describe('a NetService that was written short', () => {
  it.each([
    ['netAttachDef', { netAttachDef: ' blue / core @ net1 ' }, { netAttachDef: 'blue/core@net1' }],
    ['empty parts', { netAttachDef: '/core@' }, { netAttachDef: 'core' }],
    [
      'targetPort',
      { ports: [{ name: 'a', port: 80 }] },
      { ports: [{ name: 'a', port: 80, targetPort: 80 }] },
    ],
    [
      'name',
      { ports: [{ port: 80, targetPort: 8080 }] },
      { ports: [{ name: 'tcp-80', port: 80, targetPort: 8080 }] },
    ],
    [
      'name by protocol',
      { ports: [{ port: 53, protocol: 'UDP', targetPort: 53 }] },
      { ports: [{ name: 'udp-53', port: 53, protocol: 'UDP', targetPort: 53 }] },
    ],
    [
      'name by targetPort',
      { ports: [{ port: 80, targetPort: 'web' }] },
      { ports: [{ name: 'web', port: 80, targetPort: 'web' }] },
    ],
    [
      'both of one port',
      { ports: [{ port: 80 }] },
      { ports: [{ name: 'tcp-80', port: 80, targetPort: 80 }] },
    ],
  ])('gets its %s', (_, before, after) => {
    expect(defaulted(netService(before))).toEqual(netService(after))
  })

  it.each([
    ['a name with dots', { netAttachDef: 'my.net' }],
    ['another namespace', { netAttachDef: 'red/core' }],
    ['an interface that only the kernel knows', { netAttachDef: 'core@eth0.100' }],
    [
      'all its ports',
      {
        ports: [
          { name: 'a', port: 1, targetPort: 2 },
          { name: 'b', port: 2, targetPort: 'web' },
        ],
      },
    ],
    ['no ports', { ports: [] }],
  ])('is left alone with %s', (_, spec) => {
    expect(defaultNetService(facts(netService(spec)))).toEqual({
      kind: 'allow',
      reason: 'NetServiceAccepted',
      warnings: [],
      audit: {},
    })
  })

  const anyPort = fc.record(
    {
      name: fc.constantFrom('a', 'b', 'c', ''),
      port: fc.integer({ min: 1, max: 4 }),
      protocol: fc.constantFrom('TCP', 'UDP'),
      targetPort: fc.constantFrom(1, 'web', 'x-1', ''),
    },
    { requiredKeys: ['port'] },
  )
  const anySpec = fc.record({
    netAttachDef: fc.constantFrom('core', ' core', 'a/ b', 'a.b@c '),
    ports: fc.array(anyPort, { maxLength: 3 }),
  })

  it('is the same after a second time, and every step of the first was needed', () => {
    fc.assert(
      fc.property(anySpec, (spec) => {
        const object = netService(spec)
        const decision = defaultNetService(facts(object))
        fc.pre(decision.kind === 'patch')
        const once = defaulted(object) as object
        expect(defaultNetService(facts(once)).kind).toBe('allow')
        for (const skipped of decision.operations) {
          const others = decision.operations.filter((operation) => operation !== skipped)
          expect(
            jsonPatch.applyPatch(structuredClone(object), structuredClone(others) as never).newDocument,
          ).not.toEqual(once)
        }
      }),
    )
  })
})

describe('the name of a NetService', () => {
  const uid = 'uid-1'
  const own = (more: object = {}): object => ({ metadata: { namespace: 'blue', name: 'web', ...more } })
  const owner = (apiVersion: string, owned: string): object => ({
    ownerReferences: [{ apiVersion, kind: 'NetService', name: 'web', uid: owned }],
  })
  const label = (owned: string): object => ({ labels: { 'sidenet.io/net-service-uid': owned } })

  it.each([
    ['allow', 'nobody', undefined],
    ['deny', 'a Service of somebody else', service()],
    ['allow', 'a Service that is handed over', service({ annotations: { 'sidenet.io/adopt': 'web' } })],
    ['deny', 'a Service that is handed to another', service({ annotations: { 'sidenet.io/adopt': 'db' } })],
    ['allow', 'the Service of a NetService that was replaced', own(owner('sidenet.io/v1alpha1', 'uid-0'))],
    ['allow', 'the Service of the older group', own(owner('svcctl.metaswitch.com/v1alpha1', 'uid-0'))],
    ['allow', 'a Service on its way out', own({ deletionTimestamp: '2026-01-01T00:00:00Z' })],
    ['deny', 'a Service that was orphaned', own(label('uid-0'))],
  ])('is answered with %s while it belongs to %s', (kind, _, existing) => {
    expect(judgeNetService(facts(netService(), { service: existing })).kind).toBe(kind)
  })

  it('is not its own by a label alone where another NetService owns the Service', () => {
    const both = own({ ...owner('sidenet.io/v1alpha1', 'uid-0'), ...label(uid) })
    const object = netService({}, { uid })
    expect(judgeNetService(facts(object, { oldObject: object, service: both })).warnings).toEqual([
      expect.stringContaining('the Service of an earlier NetService of this name is still there'),
    ])
  })

  it('that is taken is refused with both ways out, beside every other mistake', () => {
    const decision = judgeNetService(facts(netService({ selector: {} }), { service: service() }))
    expect(decision).toMatchObject({
      kind: 'deny',
      reason: 'ServiceTaken',
      causes: [
        {
          reason: 'ServiceTaken',
          field: 'metadata.name',
          message: expect.stringContaining('kubectl annotate service -n blue web sidenet.io/adopt=web'),
        },
        { reason: 'NetServiceInvalid', field: 'spec.selector' },
      ],
    })
  })

  it('cannot be changed, so an old NetService whose name was taken is only warned about', () => {
    const object = netService({}, { uid })
    const decision = judgeNetService(facts(object, { oldObject: object, service: service() }))
    expect(decision).toMatchObject({
      kind: 'allow',
      warnings: [expect.stringContaining('belongs to somebody else')],
    })
  })

  it.each([
    ['by its owner', own(owner('sidenet.io/v1alpha1', uid))],
    ['by its label alone, as an orphaning deletion leaves it', own(label(uid))],
  ])('is its own %s', (_, existing) => {
    const object = netService({}, { uid })
    expect(judgeNetService(facts(object, { oldObject: object, service: existing }))).toMatchObject({
      kind: 'allow',
      warnings: [],
    })
  })

  it('is no matter while the API server has yet to make it up', () => {
    const object = netService({}, { name: undefined, generateName: 'web-' })
    expect(judgeNetService(facts(object, { service: undefined })).kind).toBe('allow')
  })

  it('is warned about where the older group has it too', () => {
    expect(judgeNetService(facts(netService(), { hasOldTwin: true })).warnings).toEqual([
      'NetService blue/web: svcctl.metaswitch.com has a NetService of the same name, which is not served any more',
    ])
  })
})

describe('what is missing around a NetService', () => {
  const warningsOf = (surroundings: Partial<NetServiceFacts['surroundings']>, spec = {}): readonly string[] =>
    judgeNetService(facts(netService(spec), { surroundings: { ...NOTHING_KNOWN, ...surroundings } })).warnings

  it.each([
    ['core', ['blue/cord', 'blue/edge'], '; did you mean cord?'],
    ['coer', ['blue/core'], '; did you mean core?'],
    ['core', ['red/core'], '; did you mean red/core?'],
    ['core', ['red/core', 'blue/cor'], '; did you mean cor?'],
    ['red/core', ['red/cores', 'blue/cores'], '; did you mean red/cores?'],
    ['core', ['blue/macvlan', 'red/cord'], ''],
    ['a', ['blue/b'], '; did you mean b?'],
    ['core', [], ''],
  ] as const)('network %s among %j%s', (netAttachDef, suggestions, hint) => {
    const network = netAttachDef.includes('/') ? netAttachDef : `blue/${netAttachDef}`
    expect(warningsOf({ networkExists: false, suggestions }, { netAttachDef })).toEqual([
      `NetService blue/web: NetworkAttachmentDefinition ${network} does not exist yet${hint}`,
    ])
  })

  it('is not mentioned where it is there, or where nobody knows', () => {
    const selected = [{ kind: 'Deployment', name: 'a', networks: ['blue/core'] }] as const
    expect(warningsOf({ networkExists: true, selected })).toEqual([])
    expect(warningsOf({})).toEqual([])
  })

  it('is told of the Pods: none yet, or none that asks for the network', () => {
    expect(warningsOf({ selected: [] }, { selector: { b: '2', a: '1' } })).toEqual([
      'NetService blue/web: the selector a=1,b=2 matches no Pod and no Pod template in namespace blue yet',
    ])
    const selected = Array.from({ length: 7 }, (_, index) => ({
      kind: 'Pod' as const,
      name: `p${index}`,
      networks: ['red/core'] as const,
    }))
    expect(warningsOf({ selected })).toEqual([
      'NetService blue/web: nothing that the selector matches asks for network blue/core (Pod p0, Pod p1, Pod p2, Pod p3, Pod p4 and 2 more); add it to k8s.v1.cni.cncf.io/networks in the Pod template',
    ])
  })
})
