// What the API server is told to ask us, as data. That it evaluates there is shown on a real API server.

import { describe, expect, it } from '@jest/globals'
import { INSTALLED, LABELS, NAD, SERVICE_WEBHOOKS, SYSTEM_NAMESPACE, WEBHOOKS } from '../../src/core/names.ts'
import { only, type LabelRequirement, type Webhook } from './files.ts'

const configuration = only('ValidatingWebhookConfiguration')
const everyWebhook = configuration.webhooks ?? []
const services: readonly string[] = Object.values(SERVICE_WEBHOOKS)
/** Those about deletions; NetServices and Services have their own file of tests. */
const webhooks = everyWebhook.filter(({ name }) => !services.includes(name))
const byName = (name: string): Webhook => {
  const found = webhooks.find((webhook) => webhook.name === name)
  if (!found) throw new Error(`no entry ${name}`)
  return found
}
const expressions = webhooks.flatMap(({ name, matchConditions }) =>
  matchConditions.map((condition) => ({ webhook: name, ...condition })),
)

const NADS = {
  apiGroups: [NAD.group],
  apiVersions: [NAD.version],
  resources: [NAD.plural],
  scope: 'Namespaced',
}
const CRDS = {
  apiGroups: ['apiextensions.k8s.io'],
  apiVersions: ['v1'],
  resources: ['customresourcedefinitions'],
  scope: 'Cluster',
}
const NAMESPACES = { apiGroups: [''], apiVersions: ['v1'], resources: ['namespaces'], scope: 'Cluster' }

const guardIsNotOff: LabelRequirement = { key: LABELS.guard, operator: 'NotIn', values: ['off'] }
const name = (operator: string, ...values: string[]): LabelRequirement => ({
  key: 'kubernetes.io/metadata.name',
  operator,
  values,
})
const SYSTEM = [SYSTEM_NAMESPACE, INSTALLED.namespace]

describe('the webhook configuration', () => {
  it('is called as we patch it, and has the entries of the catalogue and no other', () => {
    expect(configuration.metadata.name).toBe(INSTALLED.webhookConfiguration)
    expect(everyWebhook.map((webhook) => webhook.name)).toEqual([...Object.values(WEBHOOKS), ...services])
  })

  it.each([
    [WEBHOOKS.nadDeletion, 'Fail', NADS, [guardIsNotOff, name('NotIn', ...SYSTEM)]],
    [WEBHOOKS.systemNadDeletion, 'Ignore', NADS, [guardIsNotOff, name('In', ...SYSTEM)]],
    [WEBHOOKS.nadCrdDeletion, 'Fail', CRDS, undefined],
    [WEBHOOKS.namespaceDeletion, 'Ignore', NAMESPACES, [guardIsNotOff, name('NotIn', INSTALLED.namespace)]],
  ])('%s fails as its duty demands (%s) and asks about its own objects', (entry, policy, rule, selector) => {
    const webhook = byName(entry)
    expect(webhook.failurePolicy).toBe(policy)
    expect(webhook.rules).toEqual([{ operations: ['DELETE'], ...rule }])
    expect(webhook.namespaceSelector?.matchExpressions).toEqual(selector)
  })

  it.each(Object.values(WEBHOOKS))(
    '%s has no side effects, its whole ten seconds, and reaches our Service',
    (entry) => {
      expect(byName(entry)).toMatchObject({
        sideEffects: 'None',
        matchPolicy: 'Equivalent',
        admissionReviewVersions: ['v1'],
        timeoutSeconds: 10,
      })
      // toEqual: a caBundle in the file would take that field away from the serving process.
      expect(byName(entry).clientConfig).toEqual({
        service: {
          name: INSTALLED.webhookService,
          namespace: INSTALLED.namespace,
          port: 443,
          path: '/validate',
        },
      })
    },
  )

  it('guards every NAD by exactly one of the two entries, whatever its namespace is called', () => {
    const names = (entry: string) => byName(entry).namespaceSelector?.matchExpressions[1]
    expect(names(WEBHOOKS.nadDeletion)?.operator).toBe('NotIn')
    expect(names(WEBHOOKS.systemNadDeletion)?.operator).toBe('In')
    expect(names(WEBHOOKS.nadDeletion)?.values).toEqual(names(WEBHOOKS.systemNadDeletion)?.values)
  })
})

describe('the conditions', () => {
  it('are there, so that the checks below look at something', () => {
    expect(expressions.length).toBeGreaterThanOrEqual(webhooks.length)
  })

  it.each(expressions)('$webhook $name asks for nothing that is missing at run time', ({ expression }) => {
    // A webhook's condition that names it compiles, and then fails for every request.
    expect(expression).not.toMatch(/\bnamespaceObject\b/)
    // A delete-collection sends no name.
    expect(expression).not.toMatch(/\brequest\.(name|\?name|\[)/)
    // `object` is null in a DELETE.
    expect(expression).not.toMatch(/\bobject\b/)
  })

  it.each(expressions)(
    '$webhook $name looks at oldObject only after it was compared with null',
    ({ expression }) => {
      expect(expression).toMatch(/^oldObject (== null \|\||!= null &&) /)
    },
  )

  it.each(expressions)('$webhook $name reads no optional field without asking for it', ({ expression }) => {
    const reads = [...expression.matchAll(/oldObject\.([\w.]+)/g)].map(([, path]) => path)
    const asked = [...expression.matchAll(/has\(oldObject\.([\w.]+)\)/g)].map(([, path]) => path)
    const alwaysThere = ['metadata.name']
    expect(reads.filter((path) => !asked.includes(path) && !alwaysThere.includes(path ?? ''))).toEqual([])
  })

  it.each(webhooks)(
    '$name does not ask about objects whose deletion was decided before',
    ({ matchConditions }) => {
      expect(matchConditions).toContainEqual({
        name: 'not-terminating',
        expression: 'oldObject == null || !has(oldObject.metadata.deletionTimestamp)',
      })
    },
  )

  it('let every CustomResourceDefinition but one go unasked', () => {
    expect(byName(WEBHOOKS.nadCrdDeletion).matchConditions[0]?.expression).toBe(
      `oldObject != null && oldObject.metadata.name == '${NAD.crd}'`,
    )
  })
})
