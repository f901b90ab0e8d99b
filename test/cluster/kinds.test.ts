import { describe, expect, it } from '@jest/globals'
import { collectionPath, KINDS, objectPath, resourceName } from '../../src/cluster/kinds.ts'

describe('paths of the API', () => {
  it.each([
    [collectionPath(KINDS.pod), '/api/v1/pods'],
    [collectionPath(KINDS.pod, 'blue'), '/api/v1/namespaces/blue/pods'],
    [collectionPath(KINDS.deployment), '/apis/apps/v1/deployments'],
    [collectionPath(KINDS.namespace, 'blue'), '/api/v1/namespaces'],
    [objectPath(KINDS.namespace, { name: 'blue' }), '/api/v1/namespaces/blue'],
    [
      objectPath(KINDS.pod, { namespace: 'blue', name: 'db-0' }, 'status'),
      '/api/v1/namespaces/blue/pods/db-0/status',
    ],
    [
      objectPath(KINDS.nad, { namespace: 'blue', name: 'a' }),
      '/apis/k8s.cni.cncf.io/v1/namespaces/blue/network-attachment-definitions/a',
    ],
  ])('%s', (path, wanted) => expect(path).toBe(wanted))

  it.each([
    ['a/b', 'a%2Fb'],
    ['a?b', 'a%3Fb'],
    ['ü', '%C3%BC'],
    ['\ud800', '%EF%BF%BD'],
    ['', '-'],
    ['.', '-'],
    ['..', '-'],
  ])('a name like %j never leads to another object', (name, segment) => {
    expect(objectPath(KINDS.pod, { namespace: 'blue', name })).toBe(`/api/v1/namespaces/blue/pods/${segment}`)
    expect(objectPath(KINDS.pod, { namespace: name, name: 'a' })).toBe(`/api/v1/namespaces/${segment}/pods/a`)
  })

  it('spells a resource as kubectl does', () => {
    expect(resourceName(KINDS.pod)).toBe('pods')
    expect(resourceName(KINDS.cronJob)).toBe('cronjobs.batch')
  })
})
