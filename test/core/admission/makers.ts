// Facts for the tables: a free, unprotected network in an enforcing namespace, changed one field at a time.

import type { NadFacts, NadStanding } from '../../../src/core/admission/facts.ts'
import type { NadRecord, ReferrerRecord } from '../../../src/core/networks/records.ts'
import type { NetworkUser } from '../../../src/core/networks/users.ts'

export const NOW = Date.parse('2026-11-21T12:00:00Z')

export const nad: NadRecord = {
  namespace: 'blue',
  name: 'macvlan-a',
  uid: 'nad-1',
  terminating: false,
  allowDeletion: undefined,
  protected: undefined,
  owner: undefined,
}

export function user(namespace: string, name: string, more: Partial<NetworkUser> = {}): NetworkUser {
  return {
    namespace,
    name,
    uid: `${namespace}-${name}`,
    fields: ['networks'],
    nodeName: 'node-1',
    deletionTimestamp: undefined,
    ...more,
  }
}

export function users(count: number, namespace = 'blue'): NetworkUser[] {
  return Array.from({ length: count }, (_, i) => user(namespace, `db-${i}`))
}

export const deployment: ReferrerRecord = {
  kind: 'Deployment',
  namespace: 'blue',
  name: 'db',
  nads: ['blue/macvlan-a'],
}

export function standing(more: Partial<NadStanding> = {}): NadStanding {
  return {
    nad,
    namespace: { terminating: false, guard: 'enforce', allowDeletion: undefined },
    users: { users: [], requested: [] },
    referrers: [],
    ...more,
  }
}

export function facts(more: Partial<NadFacts> = {}): NadFacts {
  return {
    ...standing(),
    unreadable: [],
    evidence: 'fresh',
    visible: 'all',
    blockOn: new Set(),
    now: NOW,
    ...more,
  }
}
