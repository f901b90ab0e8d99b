// The deprecated Endpoints of a Service: in which order they are marked, written and taken away, and when not at all.

import { describe, expect, it } from '@jest/globals'
import { legacyEndpoints } from '../../src/core/endpoints/legacy-endpoints.ts'
import type { ServicePlan } from '../../src/core/endpoints/plan.ts'
import { serviceRecord } from '../../src/core/endpoints/service-record.ts'
import { askedByService } from '../../src/core/services/dialects.ts'
import { readServiceForm } from '../../src/core/services/service-form.ts'
import { EndpointsKeeper } from '../../src/reconcile/endpoints-keeper.ts'

const ASKS = {
  'k8s.v1.cni.cncf.io/networks': 'br0',
  'sidenet.io/selector': 'app=db',
  'sidenet.io/write-endpoints': 'true',
}
const MARK = { 'sidenet.io/endpoints-written': 'true' }
const OWNER = { apiVersion: 'v1', kind: 'Service', namespace: 'blue', name: 'db', uid: 'u' }
const FOREIGN = { metadata: { name: 'db' }, subsets: [{ addresses: [{ ip: '198.51.100.1' }] }] }

const plan = (state: ServicePlan['state'] = 'publishing'): ServicePlan => ({
  state,
  groups: [],
  changes: { create: [], update: [], remove: [] },
  counts: { ready: 0, total: 0, skipped: 0 },
  ...{ skipped: [], perPod: [], notes: [], familiesSeen: [], addresses: [], again: false },
})

type Texts = Readonly<Record<string, string>>

const seen = (annotations: Texts, metadata: object = {}) => {
  const raw = { metadata: { namespace: 'blue', name: 'db', uid: 'u', annotations, ...metadata }, spec: {} }
  const record = serviceRecord(raw)
  if (record === undefined) throw new Error('no record')
  const asked = askedByService(raw)
  return { record, form: readServiceForm(raw), asked, concernsUs: true, whose: raw }
}

/** A keeper in front of these Endpoints; `deeds` is everything it did and said, in order. */
function keeper(current: unknown, written = true) {
  const deeds: string[] = []
  const keeps = new EndpointsKeeper({
    endpoints: {
      read: async () => (deeds.push('read'), current),
      carryOut: async (_, { kind }) => (deeds.push(kind), written),
    },
    services: { markEndpoints: async (_, mark) => (deeds.push(mark ? 'mark' : 'unmark'), true) },
    warn: (_, __, notes) => deeds.push(...notes.map(({ reason }) => reason)),
  })
  const keep = (annotations: Texts, state?: ServicePlan['state'], metadata?: object) => {
    const service = seen(annotations, metadata)
    return keeps.keep('blue/db', service, service.asked, plan(state), OWNER)
  }
  return { deeds, keep }
}

const record = seen(ASKS).record
const ours = legacyEndpoints(record, { family: 'IPv4', groups: [] })

describe('legacy Endpoints', () => {
  it.each<[string, Texts, ServicePlan['state'], unknown, readonly string[]]>([
    ['nobody asks for are not looked at', {}, 'gone', ours, []],
    ['are marked before they are written', ASKS, 'publishing', undefined, ['read', 'mark', 'create']],
    ['are marked once', { ...ASKS, ...MARK }, 'publishing', undefined, ['read', 'create']],
    ['that are right are left', { ...ASKS, ...MARK }, 'publishing', ours, ['read']],
    ['of somebody else are left, and told', ASKS, 'publishing', FOREIGN, ['read', 'EndpointsTaken']],
    ['are taken away before their mark', MARK, 'gone', ours, ['read', 'remove', 'unmark']],
    ['of somebody else only lose the mark', MARK, 'gone', FOREIGN, ['read', 'unmark']],
    ['wait for those of the built-in controller', MARK, 'releasing', ours, []],
    ['are not written where nothing is published', ASKS, 'held back', undefined, []],
  ])('%s', async (_, annotations, state, current, deeds) => {
    const kept = keeper(current)
    await kept.keep(annotations, state)
    expect(kept.deeds).toEqual(deeds)
  })

  it('are looked at again while they are wanted, sooner after a conflict', async () => {
    expect(await keeper(ours).keep({ ...ASKS, ...MARK })).toBe(60_000)
    expect(await keeper(undefined, false).keep({ ...ASKS, ...MARK })).toBe(1_000)
    expect(await keeper(ours).keep(MARK, 'gone')).toBeUndefined()
  })

  it('go with a Service that is being deleted, without us', async () => {
    const kept = keeper(ours)
    await kept.keep({ ...ASKS, ...MARK }, 'publishing', { deletionTimestamp: '2026-01-01T00:00:00Z' })
    expect(kept.deeds).toEqual([])
  })

  it('are taken away by who wrote them, even when the mark is gone', async () => {
    const kept = keeper(ours)
    await kept.keep({ ...ASKS, ...MARK }, 'publishing', { labels: { new: 'label' } })
    kept.deeds.length = 0
    await kept.keep({}, 'gone')
    expect(kept.deeds).toEqual(['read', 'remove'])
  })
})
