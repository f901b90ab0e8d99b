// What gets installed, as data: names, rights, workloads, and the files that hold them.

import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { KINDS } from '../../src/cluster/kinds.ts'
import {
  ANNOTATIONS,
  GROUP,
  INSTALLED,
  LABELS,
  NAD,
  NET_SERVICE,
  OLD_NET_SERVICE,
  NO_POD_KEY,
  POLICIES,
  SERVICE_WEBHOOKS,
  WEBHOOKS,
} from '../../src/core/names.ts'
import { SERVICE_ANNOTATIONS } from '../../src/core/services/dialects.ts'
import { DEFAULT_SETTINGS, parseSettings, SETTING_KEYS } from '../../src/core/settings.ts'
import { installed, ofKind, only, read, readYaml, root, texts, type Rule } from './files.ts'

describe('the files', () => {
  it('are all listed in the kustomization', () => {
    const files = readdirSync(join(root, 'manifests/base')).filter((file) => file !== 'kustomization.yaml')
    const { resources } = readYaml('manifests/base/kustomization.yaml') as { resources: string[] }
    const folders = ['../crds', '../policies', '../../webhook-config']
    expect([...resources].sort()).toEqual([...folders, ...files].sort())
  })

  it.each(['manifests/crds', 'manifests/policies', 'webhook-config'])(
    'of %s are all listed there',
    (folder) => {
      const files = readdirSync(join(root, folder)).filter((file) => file !== 'kustomization.yaml')
      const { resources } = readYaml(`${folder}/kustomization.yaml`) as { resources: string[] }
      expect([...resources].sort()).toEqual(files.sort())
    },
  )

  it('say what they are, in a comment or by their kind alone', () => {
    for (const object of installed) expect(object.metadata.labels['app.kubernetes.io/name']).toBe('sidenet')
  })
})

describe('the names', () => {
  it.each([
    ['Namespace', INSTALLED.namespace],
    ['ServiceAccount', INSTALLED.name],
    ['Deployment', INSTALLED.name],
    ['PodDisruptionBudget', INSTALLED.name],
    ['Service', INSTALLED.webhookService],
    ['Role', INSTALLED.name],
    ['RoleBinding', INSTALLED.name],
    ['ValidatingWebhookConfiguration', INSTALLED.webhookConfiguration],
    ['MutatingWebhookConfiguration', INSTALLED.webhookConfiguration],
    ['CustomResourceDefinition', `${NET_SERVICE.plural}.${NET_SERVICE.group}`],
  ])('of the %s is %s', (kind, name) => {
    expect(only(kind).metadata.name).toBe(name)
  })

  it('of our Namespace stands on everything that lives in one', () => {
    const clusterWide = [
      'Namespace',
      'ClusterRole',
      'ClusterRoleBinding',
      'CustomResourceDefinition',
      'ValidatingAdmissionPolicy',
      'ValidatingAdmissionPolicyBinding',
      'ValidatingWebhookConfiguration',
      'MutatingWebhookConfiguration',
    ]
    for (const { kind, metadata } of installed) {
      expect([kind, metadata.namespace]).toEqual([
        kind,
        clusterWide.includes(kind) ? undefined : INSTALLED.namespace,
      ])
    }
  })

  it('of the policies are those of the catalogue, each with one binding', () => {
    const names = Object.values(POLICIES).sort()
    for (const kind of ['ValidatingAdmissionPolicy', 'ValidatingAdmissionPolicyBinding'])
      expect(
        ofKind(kind)
          .map(({ metadata }) => metadata.name)
          .sort(),
      ).toEqual(names)
    for (const { metadata, spec } of ofKind('ValidatingAdmissionPolicyBinding'))
      expect(spec).toEqual({ policyName: metadata.name, validationActions: ['Deny'] })
  })

  it('under sidenet.io are those the code knows', () => {
    const known: readonly string[] = [
      GROUP,
      LABELS.guard,
      NO_POD_KEY,
      ANNOTATIONS.writeEndpoints,
      ...SERVICE_ANNOTATIONS,
      ...Object.values(WEBHOOKS),
      ...Object.values(SERVICE_WEBHOOKS),
      `${NET_SERVICE.plural}.${GROUP}`,
    ]
    const found = installed
      .flatMap(texts)
      .flatMap((text) => text.match(/[\w.-]*sidenet\.io(\/[\w-]+)?/g) ?? [])
      .filter((name) => name !== `${GROUP}/${NET_SERVICE.version}`)
    expect(found.length).toBeGreaterThan(0)
    expect(found.filter((name) => !known.includes(name))).toEqual([])
  })
})

const roles = [...ofKind('ClusterRole'), ...ofKind('Role')]
const rules: readonly (Rule & { readonly role: string })[] = roles.flatMap(({ kind, metadata, rules = [] }) =>
  rules.map((rule) => ({ ...rule, role: `${kind} ${metadata.name}` })),
)

const PUBLISH = 'ClusterRole sidenet-publish'

describe('the rights', () => {
  it('are granted without a single wildcard', () => {
    expect(rules.flatMap(texts)).not.toContain('*')
  })

  it('are about kinds that the code reads or writes', () => {
    const known = Object.values(KINDS).map(({ group, plural }) => `${plural}.${group}`)
    const granted = rules.flatMap(({ apiGroups, resources }) =>
      resources.flatMap((resource) => apiGroups.map((group) => `${resource.split('/')[0]}.${group}`)),
    )
    expect(granted.filter((resource) => !known.includes(resource))).toEqual([])
  })

  it('write what is asked for, and our own objects by name', () => {
    const reading = ['get', 'list', 'watch']
    const writing = rules.filter(({ verbs }) => verbs.some((verb) => !reading.includes(verb)))
    expect(
      writing.map(({ role, resources, resourceNames, verbs }) => ({ role, resources, resourceNames, verbs })),
    ).toEqual([
      // A question, not an object.
      { role: 'ClusterRole sidenet-decide', resources: ['subjectaccessreviews'], verbs: ['create'] },
      {
        role: PUBLISH,
        resources: [KINDS.endpointSlice.plural],
        verbs: ['get', 'list', 'watch', 'create', 'update', 'patch', 'delete'],
      },
      { role: PUBLISH, resources: [KINDS.service.plural], verbs: ['get', 'create', 'patch'] },
      {
        role: PUBLISH,
        resources: [KINDS.legacyEndpoints.plural],
        verbs: ['get', 'create', 'update', 'delete'],
      },
      { role: PUBLISH, resources: [`${NET_SERVICE.plural}/status`], verbs: ['patch'] },
      { role: PUBLISH, resources: [`${OLD_NET_SERVICE.plural}/status`], verbs: ['patch'] },
      { role: PUBLISH, resources: [KINDS.event.plural], verbs: ['create', 'patch'] },
      {
        role: 'ClusterRole sidenet-trust',
        resources: [KINDS.validatingWebhookConfiguration.plural, KINDS.mutatingWebhookConfiguration.plural],
        resourceNames: [INSTALLED.webhookConfiguration],
        verbs: ['get', 'patch', 'delete'],
      },
      { role: 'Role sidenet', resources: ['secrets'], verbs: ['create'] },
      {
        role: 'Role sidenet',
        resources: ['secrets'],
        resourceNames: [INSTALLED.tlsSecret],
        verbs: expect.not.arrayContaining(['list', 'watch', 'delete']),
      },
      { role: 'Role sidenet', resources: [KINDS.lease.plural], verbs: ['create'] },
      {
        role: 'Role sidenet',
        resources: [KINDS.lease.plural],
        resourceNames: [INSTALLED.name],
        verbs: ['get', 'update', 'patch'],
      },
    ])
  })

  it('read no Secret outside our Namespace and no ConfigMap but ours', () => {
    const about = (resource: string) => rules.filter(({ resources }) => resources.includes(resource))
    expect(new Set(about('secrets').map(({ role }) => role))).toEqual(new Set(['Role sidenet']))
    expect(about('configmaps').map(({ role, resourceNames }) => ({ role, resourceNames }))).toEqual([
      { role: 'Role sidenet', resourceNames: [INSTALLED.configMap] },
    ])
  })

  it.each([NAD, NET_SERVICE])('name $kind as the code does', ({ group, plural }) => {
    expect(rules.find(({ resources }) => resources.includes(plural))?.apiGroups).toEqual([group])
  })

  it('are bound role by role to our ServiceAccount', () => {
    const bindings = [...ofKind('ClusterRoleBinding'), ...ofKind('RoleBinding')]
    expect(bindings.map(({ roleRef }) => `${roleRef?.kind} ${roleRef?.name}`).sort()).toEqual(
      roles.map(({ kind, metadata }) => `${kind} ${metadata.name}`).sort(),
    )
    for (const { subjects } of bindings) {
      expect(subjects).toEqual([
        { kind: 'ServiceAccount', name: INSTALLED.name, namespace: INSTALLED.namespace },
      ])
    }
  })
})

describe('the workload', () => {
  const { spec = {} } = only('Deployment')
  const pod = (spec as { template: { spec: PodSpec } }).template.spec
  const [container] = pod.containers

  interface PodSpec {
    readonly securityContext: unknown
    readonly serviceAccountName: string
    readonly containers: readonly [
      {
        readonly image: string
        readonly ports: readonly { readonly name: string; readonly containerPort: number }[]
        readonly securityContext: unknown
        readonly [probe: string]: unknown
      },
    ]
  }

  it('fulfils the restricted Pod security level that its Namespace enforces', () => {
    expect(only('Namespace').metadata.labels['pod-security.kubernetes.io/enforce']).toBe('restricted')
    expect(pod.securityContext).toMatchObject({
      runAsNonRoot: true,
      seccompProfile: { type: 'RuntimeDefault' },
    })
    expect(container.securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    })
  })

  it('runs the image of this version', () => {
    const { version } = JSON.parse(read('package.json')) as { version: string }
    expect(container.image).toBe(`${INSTALLED.name}:${version}`)
  })

  it('listens where its Service and its probes look', () => {
    const ports = Object.fromEntries(container.ports.map(({ name, containerPort }) => [name, containerPort]))
    expect(ports).toEqual({ webhook: 9443, metrics: 8080 })
    expect(only('Service').spec?.['ports']).toEqual([
      { name: 'webhook', port: 443, targetPort: 'webhook', protocol: 'TCP' },
    ])
    for (const [probe, path] of [
      ['startupProbe', '/healthz'],
      ['livenessProbe', '/healthz'],
      ['readinessProbe', '/readyz'],
    ] as const) {
      expect(container[probe]).toMatchObject({ httpGet: { path, port: 'metrics' } })
    }
  })

  it('has two replicas, of which one may be missing', () => {
    expect(spec['replicas']).toBe(2)
    expect(only('PodDisruptionBudget').spec).toMatchObject({
      maxUnavailable: 1,
      unhealthyPodEvictionPolicy: 'AlwaysAllow',
    })
  })

  it('is what every selector selects', () => {
    const labels = { 'app.kubernetes.io/name': 'sidenet' }
    expect(spec['selector']).toEqual({ matchLabels: labels })
    expect(only('Service').spec?.['selector']).toEqual(labels)
    expect(only('PodDisruptionBudget').spec?.['selector']).toEqual({ matchLabels: labels })
  })
})

describe('the example of the settings', () => {
  const example = readYaml('manifests/examples/sidenet-config.yaml') as {
    metadata: { name: string; namespace: string }
    data: Record<string, string>
  }

  it('is called as the code reads it and is not among what gets installed', () => {
    expect(example.metadata).toEqual({ name: INSTALLED.configMap, namespace: INSTALLED.namespace })
    expect(ofKind('ConfigMap')).toEqual([])
  })

  it('shows every setting with its default', () => {
    expect(Object.keys(example.data)).toEqual([...SETTING_KEYS])
    expect(parseSettings(example.data)).toEqual({ ok: true, value: DEFAULT_SETTINGS })
  })
})
