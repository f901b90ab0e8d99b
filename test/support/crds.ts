// The definitions that Multus installs, put into a control plane. Never returns before they can be used.

import { readFile } from 'node:fs/promises'
import { parse } from 'yaml'
import { NAD } from '../../src/core/names.ts'
import type { KubernetesObject } from '../../src/core/kubernetes.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { eventually } from './wait.ts'

const CRDS = '/apis/apiextensions.k8s.io/v1/customresourcedefinitions'
const NAD_CRD = new URL('../fixtures/nad-crd.yaml', import.meta.url)

interface Definition extends KubernetesObject {
  readonly status?: { readonly conditions?: readonly { readonly type: string; readonly status: string }[] }
}

/** Installs the definition of NetworkAttachmentDefinitions; returns once NADs can be listed. */
export async function installNadCrd({ request }: Pick<ControlPlane, 'request'>): Promise<void> {
  const created = await request('POST', CRDS, parse(await readFile(NAD_CRD, 'utf8')))
  if (created.status !== 201) throw new Error(`the NAD definition was not created: ${created.body.message}`)
  const isEstablished = async (): Promise<boolean> => {
    const { body } = await request<Definition>('GET', `${CRDS}/${NAD.crd}`)
    return (
      body.status?.conditions?.some(({ type, status }) => type === 'Established' && status === 'True') ===
      true
    )
  }
  const isServed = async (): Promise<boolean> =>
    (await request('GET', `/apis/${NAD.group}/${NAD.version}/${NAD.plural}`)).status === 200
  await eventually(isEstablished, { what: 'the NAD definition is established' })
  await eventually(isServed, { what: 'NADs can be listed' })
}
