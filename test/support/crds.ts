// The definitions that Multus and net-service-controller install, put into a control plane. Never returns before they can be used.

import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { NAD, OLD_NET_SERVICE } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { eventually } from './wait.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const NAD_CRD = new URL('../fixtures/nad-crd.yaml', import.meta.url)

interface Definition extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

type Requests = Pick<ControlPlane, 'request'>

/** Installs the definition of NetworkAttachmentDefinitions; returns once NADs can be listed. */
export async function installNadCrd(controlPlane: Requests): Promise<void> {
  await install(controlPlane, parse(await readFile(NAD_CRD, 'utf8')) as object, NAD)
}

/** Installs a definition for the NetServices of net-service-controller, which takes any spec. */
export async function installOldNetServiceCrd(controlPlane: Requests): Promise<void> {
  const { group, version, kind, plural } = OLD_NET_SERVICE
  const schema = { openAPIV3Schema: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true } }
  const definition = {
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { kind, plural },
      versions: [{ name: version, served: true, storage: true, schema }],
    },
  }
  await install(controlPlane, definition, { group, version, plural, crd: definition.metadata.name })
}

interface Defined {
  readonly group: string
  readonly version: string
  readonly plural: string
  readonly crd: string
}

async function install(
  { request }: Requests,
  definition: object,
  { group, version, plural, crd }: Defined,
): Promise<void> {
  const created = await request('POST', CRDS, definition)
  if (created.status !== 201) throw new Error(`${crd} was not created: ${created.body.message}`)
  const isEstablished = async (): Promise<boolean> => {
    const { body } = await request<Definition>('GET', `${CRDS}/${crd}`)
    return (
      body.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ===
      true
    )
  }
  const isServed = async (): Promise<boolean> =>
    (await request('GET', `/apis/${group}/${version}/${plural}`)).status === 200
  await eventually(isEstablished, { what: `${crd} is established` })
  await eventually(isServed, { what: `${plural} of ${group} can be listed` })
}
