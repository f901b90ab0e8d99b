// What the options of `sidenet manifests` change, and that they change nothing else.

import { describe, expect, it } from '@jest/globals'
import { INSTALLED } from '../../src/core/names.ts'
import type { RenderOptions } from '../../src/manifests/options.ts'
import { render } from '../../src/manifests/render.ts'
import { manifests, ofKind, only, texts, typed } from './files.ts'

const NOTHING: RenderOptions = {
  namespace: undefined,
  image: undefined,
  webhookUrl: undefined,
  subjects: [],
  recreates: false,
}
const rendered = (options: Partial<RenderOptions>) => typed(render(manifests, { ...NOTHING, ...options }))
const URL = 'https://127.0.0.1:9443'
const bindings = (objects: ReturnType<typeof rendered>) => [
  ...ofKind('ClusterRoleBinding', objects),
  ...ofKind('RoleBinding', objects),
]

describe('sidenet manifests', () => {
  it('without options prints the files as they are', () => {
    expect(rendered({})).toEqual(manifests)
  })

  it('leaves what it renders untouched', () => {
    const before = structuredClone(manifests)
    rendered({ namespace: 'elsewhere', image: 'x:1', subjects: [{ kind: 'User', name: 'jane' }] })
    expect(manifests).toEqual(before)
  })

  it('--namespace moves everything that names our Namespace', () => {
    const moved = rendered({ namespace: 'elsewhere' })
    expect(moved.flatMap(texts)).not.toContain(INSTALLED.namespace)
    expect(texts(moved).filter((text) => text === 'elsewhere')).toHaveLength(
      texts(manifests).filter((text) => text === INSTALLED.namespace).length,
    )
    const selectors = only('ValidatingWebhookConfiguration', moved).webhooks?.map(
      (webhook) => webhook.namespaceSelector,
    )
    expect(JSON.stringify(selectors)).toContain('elsewhere')
  })

  it('--recover recreate tells the Deployment so, and nobody else', () => {
    const [before, after] = [manifests, rendered({ recreates: true })].map((objects) =>
      objects.map((object) => JSON.stringify(object)),
    )
    const changed = after?.filter((text, i) => text !== before?.[i])
    expect(changed).toHaveLength(1)
    expect(changed?.[0]).toContain('"args":["serve","--recover=recreate"]')
  })

  it('--image changes the image and nothing else', () => {
    const image = 'registry.example/sidenet:1'
    const changed = rendered({ image })
    expect(texts(only('Deployment', changed))).toContain(image)
    expect(changed.filter(({ kind }) => kind !== 'Deployment')).toEqual(
      manifests.filter(({ kind }) => kind !== 'Deployment'),
    )
  })

  it('--webhook-url leaves the workloads out and is what the API server calls', () => {
    const outside = rendered({ webhookUrl: URL })
    const gone = ['Service', 'Deployment', 'PodDisruptionBudget']
    expect(outside.map(({ kind }) => kind)).toEqual(
      manifests.map(({ kind }) => kind).filter((kind) => !gone.includes(kind)),
    )
    for (const [kind, url] of [
      ['ValidatingWebhookConfiguration', `${URL}/validate`],
      ['MutatingWebhookConfiguration', `${URL}/mutate`],
    ] as const) {
      const webhooks = only(kind, outside).webhooks ?? []
      expect(webhooks.map(({ clientConfig }) => clientConfig)).toEqual(webhooks.map(() => ({ url })))
    }
  })

  it('--subject gets every right beside the ServiceAccount', () => {
    const bound = bindings(rendered({ subjects: [{ kind: 'User', name: 'jane' }] }))
    expect(bound).toHaveLength(4)
    for (const { subjects } of bound) {
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: INSTALLED.name, namespace: INSTALLED.namespace },
        { apiGroup: 'rbac.authorization.k8s.io', kind: 'User', name: 'jane' },
      ])
    }
  })

  it('--subject with --webhook-url gets the rights alone: nothing runs as the ServiceAccount', () => {
    const group = { kind: 'Group', name: 'net-admins' } as const
    const account = { kind: 'ServiceAccount', namespace: 'ops', name: 'guard' } as const
    const outside = rendered({ webhookUrl: URL, subjects: [group, account] })
    expect(ofKind('ServiceAccount', outside)).toEqual([])
    for (const { subjects } of bindings(outside)) {
      expect(subjects).toEqual([{ apiGroup: 'rbac.authorization.k8s.io', ...group }, account])
    }
  })

  it('--namespace never moves a ServiceAccount of somebody else', () => {
    const account = { kind: 'ServiceAccount', namespace: INSTALLED.namespace, name: 'guard' } as const
    const outside = rendered({ webhookUrl: URL, namespace: 'elsewhere', subjects: [account] })
    for (const { subjects } of bindings(outside)) expect(subjects).toEqual([account])
  })
})
