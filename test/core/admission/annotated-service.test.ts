// What becomes of a Service that names a network: its selector in every state and on every way between them, and the
// refusal of what cannot work.

import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import jsonPatch from 'fast-json-patch'
import {
  defaultService,
  judgeService,
  type ServiceDefaultingFacts,
} from '../../../src/core/admission/annotated-service.ts'
import { NOTHING_KNOWN, type Surroundings } from '../../../src/core/admission/surroundings.ts'
import { wantsMending } from '../../../src/core/admission/wants-mending.ts'
import { readServiceForm } from '../../../src/core/services/service-form.ts'
import { KEY, NETWORKS, service, type Labels, type ServiceOptions } from '../services/make.ts'

type Before = object | null

/** As the reconcile loop asks. */
const needsPoke = (object: object): boolean => wantsMending(readServiceForm(object))

const defaulting = (
  object: object,
  oldObject: Before,
  clusterFamilies: ServiceDefaultingFacts['clusterFamilies'] = ['IPv4'],
) => defaultService({ namespace: 'blue', object, oldObject, clusterFamilies })

/** The object as it is stored after the webhook. */
function stored(
  object: object,
  oldObject: Before = null,
  clusterFamilies?: ServiceDefaultingFacts['clusterFamilies'],
): object {
  const decision = defaulting(object, oldObject, clusterFamilies)
  if (decision.kind !== 'patch') return object
  return jsonPatch.applyPatch(structuredClone(object), structuredClone(decision.operations) as never)
    .newDocument
}

const STRATEGY = 'sidenet.io/strategy'
const ORIGINAL = 'sidenet.io/original-selector'
const MARK = 'sidenet.io/takeover'
const app = { app: 'a' }
const named = { [NETWORKS]: 'br0' }
const taking = { ...named, [STRATEGY]: 'takeover' }
const released = { ...named, [STRATEGY]: 'release' }
const SINGLE = { ipFamilies: ['IPv4'], ipFamilyPolicy: 'SingleStack' }
const BOTH = { ipFamilies: ['IPv4', 'IPv6'], ipFamilyPolicy: 'RequireDualStack' }
const original = (more: object = {}): Labels => ({ [ORIGINAL]: JSON.stringify({ selector: app, ...more }) })

interface Way {
  readonly what: string
  readonly before?: ServiceOptions
  readonly written: ServiceOptions
  readonly after: ServiceOptions
}

const way = (what: string, written: ServiceOptions, after: ServiceOptions, before?: ServiceOptions): Way => ({
  what,
  written,
  after,
  ...(before && { before }),
})

const plain: ServiceOptions = { selector: app }
const keyed: ServiceOptions = { annotations: named, selector: { ...app, ...KEY } }
const taken: ServiceOptions = { annotations: { ...taking, ...original() } }

const WAYS: readonly Way[] = [
  way('a new Service gets the key', { annotations: named, selector: app }, keyed),
  way('a Service that is annotated later gets the key', { annotations: named, selector: app }, keyed, plain),
  way(
    'a poke puts the key into a Service that was annotated while nobody looked',
    { annotations: named, selector: app },
    keyed,
    { annotations: named, selector: app },
  ),
  way(
    'an apply of the unchanged manifest gets the key back',
    { annotations: named, selector: app },
    keyed,
    keyed,
  ),
  way(
    'an edited selector keeps the key',
    { annotations: named, selector: { app: 'b' } },
    { annotations: named, selector: { app: 'b', ...KEY } },
    keyed,
  ),
  way(
    'another value of the key is made the usual one',
    { annotations: named, selector: { ...app, 'sidenet.io/no-pod': 'yes' } },
    keyed,
  ),
  way(
    'a Service whose annotation goes loses the key',
    { annotations: {}, selector: { ...app, ...KEY } },
    { annotations: {}, selector: app },
    keyed,
  ),
  way(
    'a Service whose annotation is emptied loses the key',
    { annotations: { [NETWORKS]: '[]' }, selector: { ...app, ...KEY } },
    { annotations: { [NETWORKS]: '[]' }, selector: app },
    keyed,
  ),
  way('a selector that was copied loses the key', { selector: { ...app, ...KEY } }, plain),
  way('a selector that holds nothing but the key goes', { selector: KEY }, {}),
  way(
    'a Service that is given back loses the key',
    { annotations: released, selector: { ...app, ...KEY } },
    { annotations: released, selector: app },
    keyed,
  ),
  way(
    'a Service that is given back stays so',
    { annotations: released, selector: app },
    { annotations: released, selector: app },
    { annotations: released, selector: app },
  ),

  way('a new Service is taken over at once', { annotations: taking, selector: app }, taken),
  way(
    'a new Service keeps the families it was written with',
    { annotations: taking, selector: app, spec: { ipFamilies: ['IPv6'] } },
    { annotations: { ...taking, ...original({ ipFamilies: ['IPv6'] }) }, spec: { ipFamilies: ['IPv6'] } },
  ),
  way(
    'a live Service gets the key before it is taken over',
    { annotations: taking, selector: app },
    { annotations: taking, selector: { ...app, ...KEY } },
    plain,
  ),
  way(
    'a Service with the key waits for the mark',
    { annotations: taking, selector: { ...app, ...KEY } },
    { annotations: taking, selector: { ...app, ...KEY } },
    keyed,
  ),
  way(
    'a Service with the key is taken over when it is marked, and its families are remembered',
    { annotations: { ...taking, [MARK]: 'ready' }, selector: { ...app, ...KEY }, spec: SINGLE },
    { annotations: { ...taking, ...original(SINGLE) }, spec: SINGLE },
    { annotations: taking, selector: { ...app, ...KEY }, spec: SINGLE },
  ),
  way(
    'a mark on a Service that had no key is not believed',
    { annotations: { ...taking, [MARK]: 'ready' }, selector: app },
    { annotations: taking, selector: { ...app, ...KEY } },
    plain,
  ),
  way(
    'a mark on a Service that is not to be taken over goes',
    { annotations: { ...named, [MARK]: 'ready' }, selector: app },
    keyed,
    keyed,
  ),
  way(
    'a mark on a Service that names no network goes',
    { annotations: { [MARK]: 'ready' }, selector: app },
    { annotations: {}, selector: app },
    plain,
  ),
  way(
    'an apply of the unchanged manifest leaves it taken over',
    { annotations: { ...taking, ...original() }, selector: app },
    taken,
    taken,
  ),
  way(
    'a replace without the annotation leaves it taken over',
    { annotations: taking, selector: app },
    taken,
    taken,
  ),
  way(
    'an edited selector is remembered instead, with the families of the first time',
    { annotations: { ...taking, ...original(SINGLE) }, selector: { app: 'b' }, spec: BOTH },
    {
      annotations: { ...taking, [ORIGINAL]: JSON.stringify({ selector: { app: 'b' }, ...SINGLE }) },
      spec: BOTH,
    },
    { annotations: { ...taking, ...original(SINGLE) }, spec: BOTH },
  ),
  way(
    'a copy of a Service that was taken over stays so',
    { annotations: { ...taking, ...original() } },
    taken,
  ),

  way(
    'a Service that was taken over is given back with its families',
    { annotations: { ...released, ...original(SINGLE) }, spec: BOTH },
    { annotations: released, selector: app, spec: SINGLE },
    { annotations: { ...taking, ...original(SINGLE) }, spec: BOTH },
  ),
  way(
    'a Service whose annotation goes is given back',
    { annotations: original(SINGLE), spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' } },
    { annotations: {}, selector: app, spec: SINGLE },
    {
      annotations: { ...taking, ...original(SINGLE) },
      spec: { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' },
    },
  ),
  way(
    'a selector that comes with the release goes first',
    { annotations: { ...original(SINGLE) }, selector: { app: 'b' }, spec: BOTH },
    { annotations: {}, selector: { app: 'b' }, spec: SINGLE },
    { annotations: { ...taking, ...original(SINGLE) }, spec: BOTH },
  ),
  way(
    'families that are chosen with the release are kept',
    { annotations: original(), spec: SINGLE },
    { annotations: {}, selector: app, spec: SINGLE },
    { annotations: { ...taking, ...original(BOTH) }, spec: BOTH },
  ),
  way(
    'families that the cluster lacks are not given back',
    { annotations: original({ ipFamilies: ['IPv6'] }), spec: BOTH },
    { annotations: {}, selector: app, spec: SINGLE },
    { annotations: { ...taking, ...original({ ipFamilies: ['IPv6'] }) }, spec: BOTH },
  ),
  way(
    'families that nobody wrote down are those of the cluster',
    { annotations: original(), spec: BOTH },
    { annotations: {}, selector: app, spec: SINGLE },
    { annotations: { ...taking, ...original() }, spec: BOTH },
  ),
  way(
    'a selector is given back even where its annotation was removed by hand',
    { annotations: {} },
    { annotations: {}, selector: app, spec: SINGLE },
    taken,
  ),
  way(
    'a change of strategy leads back to the key',
    { annotations: { ...named, ...original(SINGLE) }, spec: BOTH },
    { annotations: named, selector: { ...app, ...KEY }, spec: SINGLE },
    { annotations: { ...taking, ...original(SINGLE) }, spec: BOTH },
  ),
  way(
    'an annotation that cannot be read stays, since the selector stands nowhere else',
    { annotations: { [ORIGINAL]: '{' } },
    { annotations: { [ORIGINAL]: '{' } },
    { annotations: { ...taking, [ORIGINAL]: '{' } },
  ),

  way(
    'a Service with the labels in an annotation needs nothing',
    { annotations: { ...named, 'sidenet.io/selector': 'app=a' } },
    { annotations: { ...named, 'sidenet.io/selector': 'app=a' } },
  ),
  way(
    'what is left of a takeover goes when the labels move into the annotation',
    { annotations: { ...named, 'sidenet.io/selector': 'app=a', ...original() }, selector: KEY },
    { annotations: { ...named, 'sidenet.io/selector': 'app=a' } },
    taken,
  ),
  way(
    'ExternalName is left alone',
    { annotations: named, selector: app, spec: { type: 'ExternalName' } },
    { annotations: named, selector: app, spec: { type: 'ExternalName' } },
  ),
  way(
    'ExternalName keeps the key that it came with',
    { annotations: named, selector: app, spec: { type: 'ExternalName' } },
    { ...keyed, spec: { type: 'ExternalName' } },
    keyed,
  ),
  way(
    'ExternalName whose annotation goes loses the key',
    { selector: { ...app, ...KEY }, spec: { type: 'ExternalName' } },
    { selector: app, spec: { type: 'ExternalName' } },
    keyed,
  ),
  way(
    'back from ExternalName without annotation, a key that was forgotten goes',
    { selector: { ...app, ...KEY } },
    plain,
    { selector: { ...app, ...KEY }, spec: { type: 'ExternalName' } },
  ),
  way('back from ExternalName with annotation, the key comes', { annotations: named, selector: app }, keyed, {
    annotations: named,
    selector: app,
    spec: { type: 'ExternalName' },
  }),

  way(
    'a Service that names two networks is left as it was',
    { annotations: { [NETWORKS]: 'a,b' }, selector: app },
    { annotations: { [NETWORKS]: 'a,b' }, selector: app },
    plain,
  ),
  way(
    'a Service that is made unreadable keeps its key',
    { annotations: { [NETWORKS]: 'a,b' }, selector: app },
    { annotations: { [NETWORKS]: 'a,b' }, selector: { ...app, ...KEY } },
    keyed,
  ),
  way(
    'an unknown strategy changes nothing',
    { annotations: { ...named, [STRATEGY]: 'takover' }, selector: app },
    { annotations: { ...named, [STRATEGY]: 'takover' }, selector: app },
    plain,
  ),
  way(
    'multus-service: the key comes with label and annotation together',
    {
      labels: { 'service.kubernetes.io/service-proxy-name': 'multus-proxy' },
      annotations: { 'k8s.v1.cni.cncf.io/service-network': 'br0', [NETWORKS]: 'a,b' },
      selector: app,
    },
    {
      labels: { 'service.kubernetes.io/service-proxy-name': 'multus-proxy' },
      annotations: { 'k8s.v1.cni.cncf.io/service-network': 'br0', [NETWORKS]: 'a,b' },
      selector: { ...app, ...KEY },
    },
  ),
  way(
    'the Service of a NetService is left to its NetService',
    { labels: { 'sidenet.io/net-service-uid': 'u' }, annotations: named, selector: app },
    { labels: { 'sidenet.io/net-service-uid': 'u' }, annotations: named, selector: app },
  ),
  way(
    'a Service that is being deleted is left alone',
    { annotations: named, selector: app, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    { annotations: named, selector: app, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
  ),
]

describe('the selector of a Service', () => {
  it.each(WAYS)('$what', ({ before, written, after }) => {
    const oldObject = before ? service(before) : null
    const once = stored(service(written), oldObject)
    expect(once).toEqual(service(after))
  })

  it.each(WAYS)('and then stays: $what', ({ before, after }) => {
    const oldObject = before ? service(before) : null
    expect(defaulting(service(after), oldObject).kind).toBe('allow')
    expect(needsPoke(service(after))).toBe(false)
  })

  it.each([
    ['NoPodKeySet', { annotations: named, selector: app }, null],
    ['SelectorTaken', { annotations: taking, selector: app }, null],
    ['SelectorGivenBack', { selector: { ...app, ...KEY } }, null],
    ['SelectorGivenBack', { annotations: original() }, taken],
    ['ServiceTidied', { annotations: { [MARK]: 'ready' }, selector: app }, null],
  ] as const)('is changed for the reason %s', (reason, written, before) => {
    expect(defaulting(service(written), before && service(before))).toMatchObject({ kind: 'patch', reason })
  })

  it('is changed in one step where one is enough', () => {
    expect(defaulting(service({ annotations: named, selector: app }), null)).toMatchObject({
      operations: [{ op: 'add', path: '/spec/selector/sidenet.io~1no-pod', value: 'true' }],
    })
    expect(defaulting(service({ selector: { ...app, ...KEY } }), null)).toMatchObject({
      operations: [{ op: 'remove', path: '/spec/selector/sidenet.io~1no-pod' }],
    })
  })

  it('is given back with the families that are chosen in the same request, not with those of then', () => {
    const before = service({ annotations: { ...taking, ...original(BOTH) }, spec: BOTH })
    const written = service({ annotations: original(BOTH), spec: SINGLE })
    expect(stored(written, before, ['IPv4', 'IPv6'])).toEqual(
      service({ annotations: {}, selector: app, spec: SINGLE }),
    )
    const unchanged = service({ annotations: original(BOTH), spec: BOTH })
    expect(stored(unchanged, before, ['IPv4', 'IPv6'])).toEqual(
      service({ annotations: {}, selector: app, spec: BOTH }),
    )
  })

  it('is said to need a poke exactly where the webhook would change it', () => {
    expect(needsPoke(service({ annotations: named, selector: app }))).toBe(true)
    expect(needsPoke(service({ selector: { ...app, ...KEY } }))).toBe(true)
    expect(needsPoke(service(keyed))).toBe(false)
    expect(needsPoke(service(plain))).toBe(false)
    expect(
      needsPoke(service({ annotations: { ...taking, [MARK]: 'ready' }, selector: { ...app, ...KEY } })),
    ).toBe(true)
  })
})

const anyAnnotations = fc
  .record(
    {
      [NETWORKS]: fc.constantFrom('br0', 'red/br0@net1', 'a,b', '', '[]', '!'),
      [STRATEGY]: fc.constantFrom('no-pod-key', 'takeover', 'release', 'other'),
      [ORIGINAL]: fc.constantFrom(
        '{"selector":{"app":"o"},"ipFamilies":["IPv6"]}',
        '{"selector":{"app":"o"}}',
        '{',
        'null',
      ),
      [MARK]: fc.constantFrom('ready', 'no'),
      'sidenet.io/selector': fc.constantFrom('app=s', ''),
      'danm.io/selector': fc.constant('{"app":"d"}'),
    },
    { requiredKeys: [] },
  )
  .map((annotations) => ({ ...annotations }))

const anyService: fc.Arbitrary<object> = fc
  .record({
    annotations: anyAnnotations,
    selector: fc.constantFrom<Labels | undefined>(undefined, app, { ...app, ...KEY }, KEY, {
      app: 'b',
      tier: 'x',
    }),
    families: fc.constantFrom({}, SINGLE, BOTH, { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }),
    type: fc.constantFrom('ClusterIP', 'ExternalName'),
    owned: fc.boolean(),
  })
  .map(({ annotations, selector, families, type, owned }) =>
    service({
      annotations,
      ...(selector && { selector }),
      ...(owned && { labels: { 'sidenet.io/net-service-uid': 'u' } }),
      spec: { ...families, type },
    }),
  )

const anyFamilies = fc.constantFrom<ServiceDefaultingFacts['clusterFamilies']>(
  undefined,
  ['IPv4'],
  ['IPv6'],
  ['IPv4', 'IPv6'],
)
const anyBefore = fc.option(anyService, { nil: null })

describe('whatever is written to whatever there was', () => {
  it('a second time changes nothing: asked again in the same request, or by a poke', () => {
    fc.assert(
      fc.property(anyService, anyBefore, anyFamilies, (object, before, families) => {
        const once = stored(object, before, families)
        expect(stored(once, before, families)).toEqual(once)
        expect(stored(once, once, families)).toEqual(once)
      }),
      { numRuns: 2_000 },
    )
  })

  it('every step of a patch is needed', () => {
    fc.assert(
      fc.property(anyService, anyBefore, anyFamilies, (object, before, families) => {
        const decision = defaulting(object, before, families)
        if (decision.kind !== 'patch') return
        const whole = stored(object, before, families)
        for (const skipped of decision.operations) {
          const others = decision.operations.filter((operation) => operation !== skipped)
          const partly = jsonPatch.applyPatch(
            structuredClone(object),
            structuredClone(others) as never,
          ).newDocument
          expect(partly).not.toEqual(whole)
        }
      }),
      { numRuns: 1_000 },
    )
  })

  it('no selector is ever lost: it stands in the Service or in the annotation', () => {
    const labelsOf = (object: object): string => {
      const { spec, metadata } = object as { spec: { selector?: Labels }; metadata: { annotations?: Labels } }
      return JSON.stringify([spec.selector, metadata.annotations?.[ORIGINAL]])
    }
    fc.assert(
      fc.property(anyService, anyBefore, anyFamilies, (object, before, families) => {
        const { selector = {} } = (object as { spec: { selector?: Labels } }).spec
        const kept = labelsOf(stored(object, before, families))
        if (selector['app'] !== undefined) expect(kept).toContain(selector['app'])
      }),
      { numRuns: 1_000 },
    )
  })

  it('only selector, families and our two annotations are touched', () => {
    const OURS =
      /^\/(spec\/(selector|ipFamilies|ipFamilyPolicy)|metadata\/annotations\/sidenet\.io~1(original-selector|takeover))(\/|$)/
    fc.assert(
      fc.property(anyService, anyBefore, anyFamilies, (object, before, families) => {
        const decision = defaulting(object, before, families)
        if (decision.kind === 'patch') for (const { path } of decision.operations) expect(path).toMatch(OURS)
      }),
      { numRuns: 1_000 },
    )
  })

  it('no answer is an exception', () => {
    fc.assert(
      fc.property(
        fc.object(),
        fc.anything(),
        fc.anything(),
        fc.anything(),
        (object, metadata, spec, before) => {
          const any = { ...object, metadata, spec }
          defaultService({ namespace: 'blue', object: any, oldObject: before, clusterFamilies: undefined })
          judgeService({ namespace: 'blue', object: any, oldObject: before, surroundings: NOTHING_KNOWN })
        },
      ),
    )
  })
})

const judged = (
  options: ServiceOptions,
  before: ServiceOptions | null = null,
  surroundings: Partial<Surroundings> = {},
) =>
  judgeService({
    namespace: 'blue',
    object: service(options),
    oldObject: before && service(before),
    surroundings: { ...NOTHING_KNOWN, ...surroundings },
  })

const annotation = (key: string): string => `metadata.annotations[${key}]`

const BAD: readonly (readonly [what: string, options: ServiceOptions, ...fields: string[]])[] = [
  ['two networks', { annotations: { [NETWORKS]: 'a,b' }, selector: app }, annotation(NETWORKS)],
  ['a network that cannot be', { annotations: { [NETWORKS]: 'Br0' }, selector: app }, annotation(NETWORKS)],
  ['JSON that is none', { annotations: { [NETWORKS]: '[{' }, selector: app }, annotation(NETWORKS)],
  [
    'a JSON object instead of a list',
    { annotations: { [NETWORKS]: '{"name":"a"}' }, selector: app },
    annotation(NETWORKS),
  ],
  [
    'addresses',
    { annotations: { [NETWORKS]: '[{"name":"a","ips":["10.0.0.1"]}]' }, selector: app },
    annotation(NETWORKS),
  ],
  ['no selector', { annotations: named }, 'spec.selector'],
  ['nothing but the key', { annotations: named, selector: KEY }, 'spec.selector'],
  [
    'two selectors',
    { annotations: { ...named, 'sidenet.io/selector': 'app=a' }, selector: app },
    'spec.selector',
  ],
  [
    'labels that are none',
    { annotations: { ...named, 'sidenet.io/selector': 'app' } },
    annotation('sidenet.io/selector'),
  ],
  [
    'a set of labels',
    { annotations: { ...named, 'sidenet.io/selector': 'app!=a' } },
    annotation('sidenet.io/selector'),
  ],
  [
    'one label twice',
    { annotations: { ...named, 'sidenet.io/selector': 'app=a,app=b' } },
    annotation('sidenet.io/selector'),
  ],
  [
    'the key among the labels',
    { annotations: { ...named, 'sidenet.io/selector': 'sidenet.io/no-pod=true' } },
    annotation('sidenet.io/selector'),
  ],
  [
    'labels without a network',
    { annotations: { 'sidenet.io/selector': 'app=a' } },
    annotation('sidenet.io/selector'),
  ],
  [
    'an unknown strategy',
    { annotations: { ...named, [STRATEGY]: 'takover' }, selector: app },
    annotation(STRATEGY),
  ],
  [
    'nothing to take over',
    { annotations: { ...taking, 'sidenet.io/selector': 'app=a' } },
    annotation(STRATEGY),
  ],
  [
    'unknown hostnames',
    { annotations: { ...named, 'sidenet.io/hostnames': 'podName' }, selector: app },
    annotation('sidenet.io/hostnames'),
  ],
  [
    'a flag that is none',
    { annotations: { ...named, 'sidenet.io/write-endpoints': 'yes' }, selector: app },
    annotation('sidenet.io/write-endpoints'),
  ],
  [
    'Endpoints beside the built-in ones',
    { annotations: { ...named, 'sidenet.io/write-endpoints': 'true' }, selector: app },
    annotation('sidenet.io/write-endpoints'),
  ],
  ['an original that cannot be read', { annotations: { ...taking, [ORIGINAL]: '{' } }, annotation(ORIGINAL)],
  [
    'an original that cannot be given back',
    { annotations: { ...released, [ORIGINAL]: '{"selector":{}}' } },
    annotation(ORIGINAL),
  ],
  [
    'a NetService already',
    { labels: { 'sidenet.io/net-service-uid': 'u' }, annotations: named },
    annotation(NETWORKS),
  ],
  [
    'a DANM selector that is no JSON',
    { annotations: { 'danm.io/selector': 'app=a', 'danm.io/network': 'br0' } },
    annotation('danm.io/selector'),
  ],
  [
    'a DANM selector beside its own',
    { annotations: { 'danm.io/selector': '{"app":"a"}', 'danm.io/network': 'br0' }, selector: app },
    'spec.selector',
  ],
  [
    'three mistakes',
    {
      annotations: {
        [NETWORKS]: 'br0',
        [STRATEGY]: 'x',
        'sidenet.io/hostnames': 'y',
        'sidenet.io/write-endpoints': 'z',
      },
      selector: app,
    },
    annotation(STRATEGY),
    annotation('sidenet.io/hostnames'),
    annotation('sidenet.io/write-endpoints'),
  ],
  [
    'a bad network and no selector',
    { annotations: { [NETWORKS]: 'a,b' } },
    annotation(NETWORKS),
    'spec.selector',
  ],
]

describe('a Service that cannot work', () => {
  it.each(BAD)('with %s is refused', (_, options, ...fields) => {
    const decision = judged(options)
    expect(decision).toMatchObject({
      kind: 'deny',
      reason: 'ServiceInvalid',
      invalid: { kind: 'Service', name: 'web' },
    })
    const causes = decision.kind === 'deny' ? decision.causes : []
    expect(causes.map(({ field }) => field)).toEqual(fields)
    for (const { message } of causes) expect(message).toMatch(/^\S[^\n]+\S$/)
  })

  it.each(BAD)('with %s is only warned about where it was so before', (_, options, ...fields) => {
    const decision = judged({ ...options, metadata: { finalizers: ['x/y'] } }, options)
    expect(decision.kind).toBe('allow')
    for (const field of fields) expect(decision.warnings.join()).toContain(`Service blue/web: ${field}: `)
  })

  it('is told what to do', () => {
    expect(judged({ annotations: named })).toMatchObject({
      message:
        'Service blue/web cannot work as it is written: spec.selector: is missing, so no Pods are selected; add it, or put the labels into the annotation sidenet.io/selector',
    })
  })

  it.each([
    [
      'names a network for another reason and is of type ExternalName',
      { annotations: named, spec: { type: 'ExternalName' } },
    ],
    [
      'is being given back, whatever else is wrong',
      { annotations: { [NETWORKS]: 'a,b', [STRATEGY]: 'release' }, selector: app },
    ],
    ['names no network', { annotations: { [NETWORKS]: '[]' } }],
    ['is nobody of ours', { selector: app }],
    [
      'is being deleted',
      { annotations: { [NETWORKS]: 'a,b' }, metadata: { deletionTimestamp: '2026-01-01T00:00:00Z' } },
    ],
  ])('but %s is allowed', (_, options) => {
    expect(judged(options)).toMatchObject({ kind: 'allow', warnings: [] })
  })
})

describe('a Service that can work', () => {
  it('is told once what will surprise', () => {
    const { warnings } = judged({ ...keyed, spec: { clusterIP: '10.96.0.7' } }, plain)
    expect(warnings).toEqual([
      'Service blue/web has a cluster IP: nodes forward its traffic to addresses of network blue/br0, which they must be able to reach; clusterIP: None leaves the choice to DNS',
      'Service blue/web: tools that read the selector themselves, such as kubectl port-forward and logs with svc/web, find no Pod from now on',
    ])
    expect(judged(keyed, keyed).warnings).toEqual([])
  })

  it('is told what is missing around it', () => {
    const around = { networkExists: false, suggestions: ['blue/br1'], selected: [] } as const
    expect(judged(keyed, keyed, around).warnings).toEqual([
      'Service blue/web: NetworkAttachmentDefinition blue/br0 does not exist yet; did you mean br1?',
      'Service blue/web: the selector app=a matches no Pod and no Pod template in namespace blue yet',
    ])
  })

  it('is told of spellings that are read all the same', () => {
    const old = JSON.stringify([{ name: 'br0', interfaceRequest: 'net1' }])
    const { warnings } = judged({ ...keyed, annotations: { [NETWORKS]: old } }, keyed)
    expect(warnings.filter((warning) => warning.includes('interfaceRequest'))).toHaveLength(1)
  })

  it.each([
    ['sidenet.io/hostnames', 'PodName'],
    ['sidenet.io/write-endpoints', 'true'],
    ['k8s.v1.cni.cncf.io/service-network', 'br0'],
  ])('is told that %s alone changes nothing', (key, value) => {
    expect(judged({ annotations: { [key]: value }, selector: app }).warnings).toEqual([
      expect.stringMatching(
        new RegExp(`^Service blue/web: ${key.replaceAll('.', '\\.')} changes nothing without`),
      ),
    ])
  })
})
