// What makes a Service that is there the Service of its NetService.

import { describe, expect, it } from '@jest/globals'
import { NET_SERVICE } from '../../../src/core/names.ts'
import type { IPFamily } from '../../../src/core/networks/address.ts'
import { askedByNetService } from '../../../src/core/services/dialects.ts'
import { ownService, ownServicePatch } from '../../../src/core/services/own-service.ts'
import { readServiceForm } from '../../../src/core/services/service-form.ts'
import { netService } from './make.ts'

const IDENTITY = { group: NET_SERVICE.group, uid: 'u' }
const PORTS = [{ name: 'web', port: 80, targetPort: 'http' }]

const wishOf = (spec: object) => {
  const { wish } = askedByNetService(netService({ ...spec }), NET_SERVICE.group)
  if (!wish.ok) throw new Error('no wish')
  return wish.value
}
const formOf = (object: unknown, spec: object = {}) => {
  const { spec: before = {}, ...rest } = object as { spec?: object }
  return readServiceForm({ ...rest, spec: { ...before, ...spec } })
}

describe('the Service of a NetService', () => {
  it.each<[string, object, readonly IPFamily[], object]>([
    ['those of its Pods', {}, ['IPv6'], { ipFamilies: ['IPv6'], ipFamilyPolicy: 'SingleStack' }],
    ['those asked for', { ipFamilies: ['IPv4'] }, ['IPv6'], { ipFamilies: ['IPv4'] }],
    ['whatever the cluster has while there are none', {}, [], { ipFamilyPolicy: 'PreferDualStack' }],
  ])('has the families: %s', (_, asks, families, spec) => {
    expect(ownService(IDENTITY, wishOf(asks), families)).toMatchObject({ spec })
  })

  it('is not patched once it is as it should be', () => {
    const wish = wishOf({ ports: PORTS, publishNotReadyAddresses: true })
    const form = formOf(ownService(IDENTITY, wish, ['IPv4', 'IPv6']))
    expect(ownServicePatch(IDENTITY, wish, ['IPv4', 'IPv6'], { form, isOurs: true })).toBeUndefined()
  })

  it.each<[string, object, readonly IPFamily[], object]>([
    ['a selector', { selector: { app: 'by-hand' } }, ['IPv4'], { selector: null }],
    ['other ports', { ports: [] }, ['IPv4'], { ports: [{ ...PORTS[0], protocol: 'TCP' }] }],
    ['another readiness', { publishNotReadyAddresses: true }, ['IPv4'], { publishNotReadyAddresses: false }],
    [
      'a family too few, after its own',
      { ipFamilies: ['IPv6'] },
      ['IPv4', 'IPv6'],
      { ipFamilies: ['IPv6', 'IPv4'], ipFamilyPolicy: 'RequireDualStack' },
    ],
  ])('loses %s and nothing else', (_, edited, families, spec) => {
    const wish = wishOf({ ports: PORTS })
    const form = formOf(ownService(IDENTITY, wish, ['IPv4']), edited)
    expect(ownServicePatch(IDENTITY, wish, families, { form, isOurs: true })).toEqual({ metadata: {}, spec })
  })

  it('keeps its families while no Pod has an address', () => {
    const wish = wishOf({})
    const form = formOf(ownService(IDENTITY, wish, ['IPv6']))
    expect(ownServicePatch(IDENTITY, wish, [], { form, isOurs: true })).toBeUndefined()
  })

  it('becomes ours when it was handed over, and the offer is used up', () => {
    const wish = wishOf({})
    const form = formOf(ownService(IDENTITY, wish, ['IPv4']))
    expect(ownServicePatch(IDENTITY, wish, ['IPv4'], { form, isOurs: false })).toMatchObject({
      metadata: {
        labels: { 'sidenet.io/net-service-uid': 'u' },
        annotations: { 'sidenet.io/adopt': null },
        ownerReferences: [{ kind: 'NetService', name: 'web', uid: 'u', blockOwnerDeletion: false }],
      },
      spec: {},
    })
  })
})
