// Which decision answers which request, and for which facts is the cluster asked? The decisions have tables of their own.

import { describe, expect, it } from '@jest/globals'
import { allow, type Decision } from '../../src/core/admission/decision.ts'
import type { AdmissionRequest } from '../../src/core/admission/review.ts'
import { NOTHING_KNOWN } from '../../src/core/admission/surroundings.ts'
import { ANNOTATIONS, NAD, NET_SERVICE, NO_POD_KEY } from '../../src/core/names.ts'
import {
  serviceDefaults,
  serviceVerdicts,
  type GathersServiceFacts,
} from '../../src/server/service-admission.ts'

const LIMITS = { deadline: 1, signal: new AbortController().signal }

/** A cluster that notes what it is asked. */
function world(known: { service?: unknown; networkExists?: boolean } = {}): {
  readonly asked: string[]
  readonly cluster: GathersServiceFacts
} {
  const asked: string[] = []
  const cluster: GathersServiceFacts = {
    service: async (key) => {
      asked.push(`service ${key}`)
      return known.service
    },
    hasOldTwin: async (key) => {
      asked.push(`twin ${key}`)
      return true
    },
    surroundings: async ({ network }) => {
      asked.push(`around ${network}`)
      return { ...NOTHING_KNOWN, networkExists: known.networkExists }
    },
    clusterFamilies: async () => {
      asked.push('families')
      return ['IPv4']
    },
  }
  return { asked, cluster }
}

const SERVICE = { group: '', resource: 'services' }
const NETS = { group: NET_SERVICE.group, resource: NET_SERVICE.plural }

function request(
  kind: Pick<AdmissionRequest, 'group' | 'resource'>,
  object: unknown,
  changes: Partial<AdmissionRequest> = {},
): AdmissionRequest {
  return {
    ...{
      uid: 'u',
      operation: 'CREATE',
      version: 'v1',
      subresource: undefined,
      name: 'db',
      namespace: 'blue',
    },
    ...{ dryRun: false, oldObject: null, object },
    userInfo: { username: 'jane', uid: undefined, groups: [], extra: {} },
    ...kind,
    ...changes,
  }
}

const netService = (spec: object = {}): object => ({
  metadata: { name: 'db' },
  spec: { netAttachDef: 'core', selector: { app: 'a' }, ports: [{ port: 80 }], ...spec },
})
const service = (annotations: Readonly<Record<string, string>>, selector?: object): object => ({
  metadata: { name: 'db', annotations },
  spec: { clusterIP: 'None', selector: selector ?? { app: 'a' } },
})

const NETWORK = { [ANNOTATIONS.networks]: 'core' }
const others = async (): Promise<Decision> => allow('NetworkFree')

describe('the mutating side', () => {
  it('fills in a NetService, knowing whose the Service of its name is and nothing else', async () => {
    const { cluster, asked } = world()
    const decision = await serviceDefaults(cluster)(request(NETS, netService()), LIMITS)
    expect([decision.kind, decision.reason, asked]).toEqual([
      'patch',
      'NetServiceDefaulted',
      ['service blue/db'],
    ])
    expect(decision.audit).toMatchObject({ decision: 'patch', reason: 'NetServiceDefaulted' })
  })

  it('refuses a NetService whose Service is somebody else’s', async () => {
    const { cluster } = world({ service: { metadata: { name: 'db', namespace: 'blue' } } })
    const decision = await serviceDefaults(cluster)(request(NETS, netService()), LIMITS)
    expect([decision.kind, decision.reason]).toEqual(['deny', 'ServiceTaken'])
  })

  it('asks nothing about a NetService whose name is yet to be made up', async () => {
    const { cluster, asked } = world()
    const object = { ...netService(), metadata: { generateName: 'db-' } }
    await serviceDefaults(cluster)(request(NETS, object, { name: undefined }), LIMITS)
    await serviceVerdicts(cluster, others)(request(NETS, object, { name: undefined }), LIMITS)
    expect(asked).toEqual(['around blue/core'])
  })

  it('puts the key into a Service without asking anything', async () => {
    const { cluster, asked } = world()
    const decision = await serviceDefaults(cluster)(request(SERVICE, service(NETWORK)), LIMITS)
    expect([decision.kind, decision.reason, asked]).toEqual(['patch', 'NoPodKeySet', []])
  })

  it('asks for the families where an original selector is or was', async () => {
    const original = { [ANNOTATIONS.originalSelector]: '{"selector":{"app":"a"}}' }
    for (const [object, oldObject] of [
      [service(original, {}), null],
      [service({}, {}), service({ ...NETWORK, ...original }, {})],
    ] as const) {
      const { cluster, asked } = world()
      await serviceDefaults(cluster)(request(SERVICE, object, { oldObject }), LIMITS)
      expect(asked).toEqual(['families'])
    }
  })
})

describe('the validating side', () => {
  it('judges a NetService by everything around it', async () => {
    const { cluster, asked } = world({ networkExists: false })
    const decision = await serviceVerdicts(cluster, others)(request(NETS, netService()), LIMITS)
    expect([decision.kind, decision.reason]).toEqual(['allow', 'NetServiceAccepted'])
    expect(decision.warnings).toEqual([
      expect.stringContaining('of the same name'),
      expect.stringContaining('does not exist yet'),
    ])
    expect([...asked].sort()).toEqual(['around blue/core', 'service blue/db', 'twin blue/db'])
  })

  it('looks around for a Service that names a network, and not for one that is given back or unclear', async () => {
    const release = { ...NETWORK, [ANNOTATIONS.strategy]: 'release' }
    const table = [
      [service(NETWORK, { app: 'a', [NO_POD_KEY]: 'true' }), ['around blue/core']],
      [service(release), []],
      [service({ [ANNOTATIONS.networks]: 'a,b' }), []],
      [service({}), []],
    ] as const
    for (const [object, wanted] of table) {
      const { cluster, asked } = world()
      await serviceVerdicts(cluster, others)(request(SERVICE, object), LIMITS)
      expect(asked).toEqual(wanted)
    }
  })
})

describe('either side', () => {
  it.each([
    ['a deletion', { ...SERVICE, operation: 'DELETE' }],
    ['a subresource', { ...SERVICE, subresource: 'status' }],
    ['a kind of another group', { group: 'other.example', resource: 'services' }],
    ['a network', { group: NAD.group, resource: NAD.plural, operation: 'DELETE' }],
  ] as const)('leaves %s to others and asks nothing', async (_what, kind) => {
    const { cluster, asked } = world()
    const about = request(SERVICE, service(NETWORK), kind)
    expect((await serviceDefaults(cluster)(about, LIMITS)).reason).toBe('NotGuarded')
    expect((await serviceVerdicts(cluster, others)(about, LIMITS)).reason).toBe('NetworkFree')
    expect(asked).toEqual([])
  })

  it.each([undefined, null, 'text', 7, [], {}, { metadata: null, spec: null }, { metadata: { name: 7 } }])(
    'answers whatever stands in the place of the object: %j',
    async (object) => {
      for (const kind of [NETS, SERVICE]) {
        const { cluster } = world()
        const about = request(kind, object)
        for (const decides of [serviceDefaults(cluster), serviceVerdicts(cluster, others)])
          expect(['allow', 'deny', 'patch']).toContain((await decides(about, LIMITS)).kind)
      }
    },
  )
})
