// What the API server is told to ask us about NetServices and Services, as data: the same twice, mutating and
// validating. That the conditions evaluate is shown on a real API server.

import { describe, expect, it } from '@jest/globals'
import { INSTALLED, NET_SERVICE, NO_POD_KEY, SERVICE_WEBHOOKS, WEBHOOKS } from '../../src/core/names.ts'
import { SERVICE_ANNOTATIONS } from '../../src/core/services/dialects.ts'
import { only, type Webhook } from './files.ts'

const CONFIGURATIONS = [
  { kind: 'MutatingWebhookConfiguration', path: '/mutate', reinvocationPolicy: 'IfNeeded' },
  { kind: 'ValidatingWebhookConfiguration', path: '/validate', reinvocationPolicy: undefined },
] as const

const entry = (kind: string, name: string): Webhook => {
  const found = only(kind).webhooks?.find((webhook) => webhook.name === name)
  if (!found) throw new Error(`no entry ${name} in ${kind}`)
  return found
}

describe.each(CONFIGURATIONS)('the $kind', ({ kind, path, reinvocationPolicy }) => {
  it.each([
    [SERVICE_WEBHOOKS.netService, 'Fail', NET_SERVICE.group, NET_SERVICE.version, NET_SERVICE.plural],
    [SERVICE_WEBHOOKS.annotatedService, 'Ignore', '', 'v1', 'services'],
  ])('%s fails as its duty demands (%s)', (name, failurePolicy, group, version, plural) => {
    expect(entry(kind, name)).toMatchObject({
      failurePolicy,
      matchPolicy: 'Equivalent',
      sideEffects: 'None',
      timeoutSeconds: 5,
      admissionReviewVersions: ['v1'],
      rules: [
        {
          operations: ['CREATE', 'UPDATE'],
          apiGroups: [group],
          apiVersions: [version],
          resources: [plural],
          scope: 'Namespaced',
        },
      ],
    })
    expect(entry(kind, name)['reinvocationPolicy']).toBe(reinvocationPolicy)
    // toEqual: a caBundle in the file would take that field away from the serving process.
    const service = { name: INSTALLED.webhookService, namespace: INSTALLED.namespace, port: 443, path }
    expect(entry(kind, name).clientConfig).toEqual({ service })
  })

  it.each(Object.values(SERVICE_WEBHOOKS))('%s never asks about an object that is going', (name) => {
    expect(entry(kind, name).matchConditions[0]).toEqual({
      name: 'not-terminating',
      expression: 'object == null || !has(object.metadata.deletionTimestamp)',
    })
  })

  it('asks about a NetService only where its spec is new', () => {
    expect(entry(kind, SERVICE_WEBHOOKS.netService).matchConditions[1]).toEqual({
      name: 'spec-changed',
      expression: 'object == null || oldObject == null || object.?spec != oldObject.?spec',
    })
  })

  it('asks about a Service by every annotation of the table of dialects, by the no-pod key, and by nothing else', () => {
    const expression = entry(kind, SERVICE_WEBHOOKS.annotatedService).matchConditions[1]?.expression ?? ''
    const keys = [...expression.matchAll(/'([^']+)'/g)].map(([, key]) => key)
    expect(keys).toEqual([...SERVICE_ANNOTATIONS, NO_POD_KEY])
    expect(expression).toMatch(/^\[object, oldObject\]\.exists\(service, service != null && \(/)
  })
})

describe('both configurations', () => {
  it('ask on the same conditions', () => {
    for (const name of Object.values(SERVICE_WEBHOOKS)) {
      const [mutating, validating] = CONFIGURATIONS.map(({ kind }) => entry(kind, name).matchConditions)
      expect(mutating).toEqual(validating)
    }
  })

  it('the mutating one has no other entry', () => {
    const names = only('MutatingWebhookConfiguration').webhooks?.map(({ name }) => name)
    expect(names).toEqual(Object.values(SERVICE_WEBHOOKS))
    expect(Object.values<string>(WEBHOOKS)).not.toContain(names?.[0])
  })
})
