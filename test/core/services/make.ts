// Services and NetServices as people write them, for the tests of this folder and of admission.

import { NO_POD_KEY } from '../../../src/core/names.ts'

export type Labels = Readonly<Record<string, string>>

export const NETWORKS = 'k8s.v1.cni.cncf.io/networks'
export const KEY = { [NO_POD_KEY]: 'true' }

export interface ServiceOptions {
  readonly name?: string
  readonly labels?: Labels
  readonly annotations?: Labels
  readonly selector?: Labels
  readonly spec?: Readonly<Record<string, unknown>>
  readonly metadata?: Readonly<Record<string, unknown>>
}

/** A headless Service `blue/web`; what is not asked for is not there. */
export function service({
  name = 'web',
  labels,
  annotations,
  selector,
  spec,
  metadata,
}: ServiceOptions = {}): object {
  return {
    apiVersion: 'v1',
    kind: 'Service',
    metadata: {
      namespace: 'blue',
      name,
      ...(labels && { labels }),
      ...(annotations && { annotations }),
      ...metadata,
    },
    spec: {
      clusterIP: 'None',
      ports: [{ port: 80, protocol: 'TCP' }],
      ...(selector && { selector }),
      ...spec,
    },
  }
}

/** NetService `blue/web` on network `core`; a field of `spec` that is undefined is left out. */
export function netService(
  spec: Readonly<Record<string, unknown>> = {},
  metadata: Readonly<Record<string, unknown>> = {},
): object {
  const whole: Readonly<Record<string, unknown>> = { netAttachDef: 'core', selector: { app: 'a' }, ...spec }
  return {
    apiVersion: 'sidenet.io/v1alpha1',
    kind: 'NetService',
    metadata: { namespace: 'blue', name: 'web', ...metadata },
    spec: Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== undefined)),
  }
}
