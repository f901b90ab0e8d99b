// The definitions that Multus and Sidenet install, put into a control plane. Never returns before they can be used.

import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { NAD, NET_SERVICE } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { eventually } from './wait.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const NAD_CRD = new URL('../fixtures/nad-crd.yaml', import.meta.url)

interface Definition extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Installs the definition of NetworkAttachmentDefinitions; returns once NADs can be listed. */
export async function installNadCrd(controlPlane: Pick<ControlPlane, 'request'>): Promise<void> {
  await install(controlPlane, await nadDefinition(), NAD)
}

/** The definition of NetworkAttachmentDefinitions as Multus installs it. */
export async function nadDefinition(): Promise<{ readonly spec: object }> {
  return parse(await readFile(NAD_CRD, 'utf8')) as { readonly spec: object }
}

/** Installs a definition of NetServices, of either group, that takes anything; returns once they can be listed. */
export async function installNetServiceCrd(
  controlPlane: Pick<ControlPlane, 'request'>,
  served: Served = NET_SERVICE,
): Promise<void> {
  const { group, version, kind, plural } = served
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const definition = {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [{ name: version, served: true, storage: true, schema, subresources: { status: {} } }],
    },
  }
  await install(controlPlane, definition, served)
}

interface Served {
  readonly group: string
  readonly version: string
  readonly kind: string
  readonly plural: string
}

async function install(
  { request }: Pick<ControlPlane, 'request'>,
  definition: object,
  { group, version, kind, plural }: Served,
): Promise<void> {
  const created = await request('POST', CRDS, definition)
  if (created.status !== 201)
    throw new Error(`the definition of ${kind}s was not created: ${created.body.message}`)
  const isEstablished = async (): Promise<boolean> => {
    const { body } = await request<Definition>('GET', `${CRDS}/${plural}.${group}`)
    return (
      body.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ===
      true
    )
  }
  const isServed = async (): Promise<boolean> =>
    (await request('GET', `/apis/${group}/${version}/${plural}`)).status === 200
  await eventually(isEstablished, { what: `the definition of ${kind}s is established` })
  await eventually(isServed, { what: `${kind}s can be listed` })
}
