// From a NetService or Service that is written to a decision: gather what is known, decide. No rule lives here, and
// nothing is written.

import type { Decides } from './admission-handler.ts'
import type { Limits } from './deletion-guard.ts'
import {
  defaultService,
  dependsOnFamilies,
  judgeService,
  type Writing,
} from '../core/admission/annotated-service.ts'
import { allow, recorded, type Decision } from '../core/admission/decision.ts'
import { defaultNetService, judgeNetService } from '../core/admission/net-service.ts'
import type { AdmissionRequest } from '../core/admission/review.ts'
import { NOTHING_KNOWN, type Surroundings } from '../core/admission/surroundings.ts'
import { NET_SERVICE } from '../core/names.ts'
import type { IPFamily } from '../core/networks/address.ts'
import { textAt } from '../core/networks/untrusted.ts'
import { objectKey, type ObjectKey } from '../core/object-key.ts'
import type { Result } from '../core/problem.ts'
import { askedBy } from '../core/services/dialects.ts'
import { readNetService } from '../core/services/net-service-spec.ts'
import { readServiceForm } from '../core/services/service-form.ts'
import type { ServiceWish } from '../core/services/wish.ts'

/** Each answers soon and never rejects for want of an answer: what is not known is neither refused nor warned about. */
export interface GathersServiceFacts {
  /** As it stands now; undefined where there is none, or where that is not known. */
  service(key: ObjectKey, limits: Limits): Promise<unknown>
  /** Whether the older group has a NetService of that name; false where that is not known. */
  hasOldTwin(key: ObjectKey, limits: Limits): Promise<boolean>
  surroundings(wish: ServiceWish, limits: Limits): Promise<Surroundings>
  clusterFamilies(limits: Limits): Promise<readonly IPFamily[] | undefined>
}

/** Mutating: what is to be filled in. */
export function serviceDefaults(cluster: GathersServiceFacts): Decides {
  return async (request, limits) => recorded(await decideDefaults(cluster, request, limits))
}

/** Validating: whether it can work. What is written neither as a NetService nor as a Service is for `others`. */
export function serviceVerdicts(cluster: GathersServiceFacts, others: Decides): Decides {
  return async (request, limits) => {
    const verdict = decideVerdict(cluster, request, limits)
    return verdict === undefined ? others(request, limits) : recorded(await verdict)
  }
}

async function decideDefaults(
  cluster: GathersServiceFacts,
  request: AdmissionRequest,
  limits: Limits,
): Promise<Decision> {
  const writing = writingOf(request)
  switch (kindWritten(request)) {
    case 'NetService': {
      const service = await serviceOf(cluster, writing, limits)
      return defaultNetService({ ...writing, service, hasOldTwin: false, surroundings: NOTHING_KNOWN })
    }
    case 'Service': {
      const depends = dependsOnFamilies(writing)
      const clusterFamilies = depends ? await cluster.clusterFamilies(limits) : undefined
      return defaultService({ ...writing, clusterFamilies })
    }
    case undefined:
      return allow('NotGuarded')
  }
}

function decideVerdict(
  cluster: GathersServiceFacts,
  request: AdmissionRequest,
  limits: Limits,
): Promise<Decision> | undefined {
  const writing = writingOf(request)
  switch (kindWritten(request)) {
    case 'NetService':
      return judgedNetService(cluster, writing, limits)
    case 'Service':
      return judgedService(cluster, writing, limits)
    case undefined:
      return undefined
  }
}

async function judgedNetService(
  cluster: GathersServiceFacts,
  writing: Writing,
  limits: Limits,
): Promise<Decision> {
  const { object, namespace } = writing
  const [service, hasOldTwin, surroundings] = await Promise.all([
    serviceOf(cluster, writing, limits),
    isNamed(object) && cluster.hasOldTwin(keyOf(writing), limits),
    surroundingsOf(cluster, readNetService(object, namespace), limits),
  ])
  return judgeNetService({ ...writing, service, hasOldTwin, surroundings })
}

async function judgedService(
  cluster: GathersServiceFacts,
  writing: Writing,
  limits: Limits,
): Promise<Decision> {
  const wish = askedBy(readServiceForm(writing.object, writing.namespace))?.wish
  return judgeService({ ...writing, surroundings: await surroundingsOf(cluster, wish, limits) })
}

/** Who is given back, or cannot be understood, is not told of what is around. */
async function surroundingsOf(
  cluster: GathersServiceFacts,
  wish: Result<ServiceWish> | undefined,
  limits: Limits,
): Promise<Surroundings> {
  if (!wish?.ok || wish.value.strategy === 'release') return NOTHING_KNOWN
  return cluster.surroundings(wish.value, limits)
}

async function serviceOf(cluster: GathersServiceFacts, writing: Writing, limits: Limits): Promise<unknown> {
  return isNamed(writing.object) ? cluster.service(keyOf(writing), limits) : undefined
}

/** With `generateName` the API server has yet to make up a name. */
function isNamed(object: unknown): boolean {
  return Boolean(textAt(object, 'metadata', 'name'))
}

function keyOf({ object, namespace }: Writing): ObjectKey {
  return objectKey(namespace, textAt(object, 'metadata', 'name') ?? '')
}

function kindWritten(request: AdmissionRequest): 'NetService' | 'Service' | undefined {
  const { operation, subresource, group, resource } = request
  if ((operation !== 'CREATE' && operation !== 'UPDATE') || subresource !== undefined) return undefined
  if (group === NET_SERVICE.group && resource === NET_SERVICE.plural) return 'NetService'
  return group === '' && resource === 'services' ? 'Service' : undefined
}

function writingOf({ namespace = '', object, oldObject }: AdmissionRequest): Writing {
  return { namespace, object, oldObject }
}
