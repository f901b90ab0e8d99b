// The admission of NetServices and Services as a real webhook on a real API server, with facts that a test gives.
// Never knows a rule: it only leads each request to the decision that Sidenet has for it.

import { promisify } from 'node:util'
import { execFile } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { defaultService, judgeService, type Writing } from '../../src/core/admission/annotated-service.ts'
import {
  defaultNetService,
  judgeNetService,
  type NetServiceFacts,
} from '../../src/core/admission/net-service.ts'
import { NOTHING_KNOWN, type Surroundings } from '../../src/core/admission/surroundings.ts'
import { INSTALLED, NET_SERVICE } from '../../src/core/names.ts'
import type { Decision } from '../../src/core/admission/decision.ts'
import type { AdmissionRequest } from '../../src/core/admission/review.ts'
import type { Decides } from '../../src/server/admission-handler.ts'
import type { ControlPlane } from '../control-plane/start.ts'
import { start } from '../server/start.ts'
import { eventually } from './wait.ts'

export interface Known {
  surroundings: Surroundings
  /** Looks up the Service of a NetService's name. */
  service: (namespace: string, name: string) => Promise<unknown>
  clusterFamilies: readonly ('IPv4' | 'IPv6')[]
}

export interface ServiceAdmission {
  readonly url: string
  /** `POST /mutate`, `POST /validate` with resource and operation, since the last `forget`. */
  readonly asked: () => readonly string[]
  readonly forget: () => void
  /** What the facts say; a test may change it. */
  readonly known: Known
  /** Takes the webhook away, as an outage does; the API server still asks. */
  readonly goDown: () => Promise<void>
}

const SIDENET = fileURLToPath(new URL('../../bin/sidenet', import.meta.url))
const CONFIGURATIONS = ['mutatingwebhookconfigurations', 'validatingwebhookconfigurations'] as const

/** Installs what `sidenet manifests` prints, serves it, and returns once both configurations are in force. */
export async function admitServices(cluster: ControlPlane): Promise<ServiceAdmission> {
  const asked: string[] = []
  const known: Known = {
    surroundings: NOTHING_KNOWN,
    service: () => Promise.resolve(undefined),
    clusterFamilies: ['IPv4'],
  }
  const routes = {
    '/mutate': noting(asked, 'mutate', (request) => decideDefaults(request, known)),
    '/validate': noting(asked, 'validate', (request) => decideVerdict(request, known)),
  }
  const running = await start(() => Promise.reject(new Error('no such path')), { handler: { routes } })
  const url = `https://127.0.0.1:${running.port}`
  const yaml = (await promisify(execFile)(SIDENET, ['manifests', '--webhook-url', url])).stdout
  const applied = await cluster.kubectl(['apply', '-f', '-'], { input: yaml })
  if (applied.status !== 0) throw new Error(applied.stderr)
  for (const collection of CONFIGURATIONS) await trust(cluster, collection, running.ca)
  await inForce(cluster, asked)
  return { url, asked: () => asked, forget: () => (asked.length = 0), known, goDown: () => running.stop() }
}

/** What the serving process does with its certificate. */
async function trust({ request }: ControlPlane, collection: string, ca: string): Promise<void> {
  const path = `/apis/admissionregistration.k8s.io/v1/${collection}/${INSTALLED.webhookConfiguration}`
  const { body } = await request<{ webhooks: readonly object[] }>('GET', path)
  const patch = body.webhooks.map((_, index) => ({
    op: 'add',
    path: `/webhooks/${index}/clientConfig/caBundle`,
    value: Buffer.from(ca).toString('base64'),
  }))
  const { status } = await request('PATCH', path, patch, { contentType: 'application/json-patch+json' })
  if (status !== 200) throw new Error(`caBundle of ${collection} was answered ${status}`)
}

async function inForce({ request }: ControlPlane, asked: string[]): Promise<void> {
  const probe = {
    metadata: { name: 'probe', annotations: { 'k8s.v1.cni.cncf.io/networks': 'a' } },
    spec: { clusterIP: 'None', selector: { app: 'a' } },
  }
  await eventually(
    async () => {
      await request('POST', '/api/v1/namespaces/default/services?dryRun=All', probe)
      return asked.includes('mutate CREATE services') && asked.includes('validate CREATE services')
    },
    { what: 'the API server asks both webhooks' },
  )
  asked.length = 0
}

type Answers = (request: AdmissionRequest) => Promise<Decision>

function noting(asked: string[], what: string, answers: Answers): Decides {
  return (request) => {
    asked.push(`${what} ${request.operation} ${request.resource}`)
    return answers(request)
  }
}

async function decideDefaults(request: AdmissionRequest, known: Known): Promise<Decision> {
  if (request.resource === NET_SERVICE.plural) return defaultNetService(await netServiceFacts(request, known))
  return defaultService({ ...writing(request), clusterFamilies: known.clusterFamilies })
}

async function decideVerdict(request: AdmissionRequest, known: Known): Promise<Decision> {
  if (request.resource === NET_SERVICE.plural) return judgeNetService(await netServiceFacts(request, known))
  return judgeService({ ...writing(request), surroundings: known.surroundings })
}

async function netServiceFacts(request: AdmissionRequest, known: Known): Promise<NetServiceFacts> {
  const service = await known.service(request.namespace ?? '', request.name ?? '')
  return { ...writing(request), service, hasOldTwin: false, surroundings: known.surroundings }
}

function writing({ namespace = '', object, oldObject }: AdmissionRequest): Writing {
  return { namespace, object, oldObject }
}
