// In which dialect does this object ask for a network, and for what? One table, one wish, whoever wrote the object.
// Never decides what becomes of it. A new dialect is a row.

import {
  ANNOTATIONS,
  DIALECT_ANNOTATIONS,
  DIALECT_LABELS,
  LABELS,
  MULTUS_PROXY,
  NET_SERVICE,
  type OLD_NET_SERVICE,
} from '../names.ts'
import { objectKey } from '../object-key.ts'
import { bad, good, type Problem, type Result } from '../problem.ts'
import { NET_ATTACH_DEF_FIELD, readNetService } from './net-service-spec.ts'
import { readOneNetwork, type OneNetwork } from './one-network.ts'
import { readOriginal } from './original.ts'
import {
  checkSelector,
  hasNoPodKey,
  parseJsonSelector,
  readSelector,
  ownSelectorOf,
  type Selector,
} from './selector.ts'
import { readServiceForm, type ServiceForm } from './service-form.ts'
import { readSettings } from './service-settings.ts'
import type { Asked, DialectName, Guard } from './wish.ts'

interface Dialect {
  readonly name: Exclude<DialectName, 'net-service' | 'old-net-service'>
  readonly speaks: (service: ServiceForm) => boolean
  /** The annotation that names the network. */
  readonly network: (service: ServiceForm) => string
  readonly selector: (service: ServiceForm) => Result<Selector>
}

/**
 * The first row that applies speaks for the Service. multus-service comes first because operators copy the `networks`
 * of their Pods to their Services, where it then stands beside the one network that is meant.
 */
const DIALECTS: readonly Dialect[] = [
  {
    name: 'multus-service',
    speaks: (service) =>
      service.labels[DIALECT_LABELS.serviceProxyName] === MULTUS_PROXY &&
      has(service, DIALECT_ANNOTATIONS.serviceNetwork),
    network: () => DIALECT_ANNOTATIONS.serviceNetwork,
    selector: ownSelector,
  },
  {
    name: 'danm',
    speaks: (service) => danmSelectorOf(service) !== undefined && danmNetworkOf(service) !== undefined,
    network: (service) => danmNetworkOf(service) ?? ANNOTATIONS.networks,
    selector: (service) => {
      const annotation = danmSelectorOf(service) ?? DIALECT_ANNOTATIONS.danmSelector
      return instead(service, annotation, parseJsonSelector)
    },
  },
  {
    name: 'selector-less',
    speaks: (service) => has(service, ANNOTATIONS.networks) && has(service, ANNOTATIONS.selector),
    network: () => ANNOTATIONS.networks,
    selector: (service) => instead(service, ANNOTATIONS.selector, readSelector),
  },
  {
    name: 'takeover',
    speaks: (service) => has(service, ANNOTATIONS.networks) && isTakenOver(service),
    network: () => ANNOTATIONS.networks,
    selector: ownSelector,
  },
  {
    name: 'annotated',
    speaks: (service) => has(service, ANNOTATIONS.networks),
    network: () => ANNOTATIONS.networks,
    selector: ownSelector,
  },
]

/** The annotations by which a Service is our business, besides the no-pod key in its selector. */
export const SERVICE_ANNOTATIONS: readonly string[] = [
  ANNOTATIONS.networks,
  ANNOTATIONS.selector,
  ANNOTATIONS.strategy,
  ANNOTATIONS.originalSelector,
  ANNOTATIONS.takeover,
  ANNOTATIONS.hostnames,
  ANNOTATIONS.writeEndpoints,
  DIALECT_ANNOTATIONS.serviceNetwork,
  DIALECT_ANNOTATIONS.danmSelector,
  DIALECT_ANNOTATIONS.danmSelectorOld,
]

/** What a Service asks for; undefined where it names no network, or belongs to a NetService, which then speaks for it. */
export function askedByService(object: unknown): Asked | undefined {
  return askedBy(readServiceForm(object))
}

/** The same of a Service that was read already. */
export function askedBy(service: ServiceForm): Asked | undefined {
  if (service.labels[LABELS.netServiceUid] !== undefined) return undefined
  const dialect = DIALECTS.find(({ speaks }) => speaks(service))
  if (!dialect) return undefined
  const networkField = annotationField(dialect.network(service))
  const network = readOneNetwork(
    service.annotations[dialect.network(service)] ?? '',
    service.namespace,
    networkField,
  )
  if (network.ok && network.value === undefined) return undefined
  return { dialect: dialect.name, networkField, wish: wishOf(service, dialect, network) }
}

/** What a NetService of either group asks for. */
export function askedByNetService(object: unknown, group: NetServiceGroup): Asked {
  const dialect = group === NET_SERVICE.group ? 'net-service' : 'old-net-service'
  return { dialect, networkField: NET_ATTACH_DEF_FIELD, wish: readNetService(object) }
}

export type NetServiceGroup = typeof NET_SERVICE.group | typeof OLD_NET_SERVICE.group

function wishOf(
  service: ServiceForm,
  dialect: Dialect,
  network: Result<OneNetwork | undefined>,
): Asked['wish'] {
  const selector = dialect.selector(service)
  if (!network.ok || !network.value || !selector.ok)
    return bad(...(network.ok ? [] : network.problems), ...(selector.ok ? [] : selector.problems))
  const settings = readSettings(service, isSelectorLess(dialect.name))
  return good({
    service: objectKey(service.namespace, service.name),
    network: network.value.network,
    interface: network.value.interface,
    selector: selector.value,
    ports: service.ports,
    ipFamilies: service.ipFamilies,
    publishNotReadyAddresses: service.publishNotReadyAddresses,
    guard: guardOf(service),
    ...settings,
    // Where a selector stands, the built-in controller writes the Endpoints.
    writeEndpoints: settings.writeEndpoints && guardOf(service) === 'no-selector',
  })
}

export function isSelectorLess(dialect: DialectName): boolean {
  return dialect === 'selector-less' || dialect === 'danm'
}

/** The built-in controllers leave a Service without selector alone, and with the no-pod key they find no Pod. */
export function guardOf({ selector }: Pick<ServiceForm, 'selector'>): Guard {
  if (selector === undefined) return 'no-selector'
  return hasNoPodKey(selector) ? 'no-pod-key' : 'missing'
}

/** Its selector stands in the annotation, where the webhook put it. */
export function isTakenOver({ selector, annotations }: ServiceForm): boolean {
  return selector === undefined && annotations[ANNOTATIONS.originalSelector] !== undefined
}

function ownSelector(service: ServiceForm): Result<Selector> {
  if (isTakenOver(service)) {
    const field = annotationField(ANNOTATIONS.originalSelector)
    const original = readOriginal(service.annotations[ANNOTATIONS.originalSelector] ?? '', field)
    return original.ok ? good(original.value.selector) : original
  }
  const selector = ownSelectorOf(service.selector)
  if (selector) return checkSelector(selector, SELECTOR_FIELD)
  return bad({
    field: SELECTOR_FIELD,
    message: `is missing, so no Pods are selected; add it, or put the labels into the annotation ${ANNOTATIONS.selector}`,
  })
}

const SELECTOR_FIELD = 'spec.selector'

/** A selector in an annotation means that the Service has none of its own. */
function instead(
  service: ServiceForm,
  annotation: string,
  parse: (text: string, field: string) => Result<Selector>,
): Result<Selector> {
  const parsed = parse(service.annotations[annotation] ?? '', annotationField(annotation))
  if (ownSelectorOf(service.selector) === undefined) return parsed
  const problem: Problem = {
    field: SELECTOR_FIELD,
    message: `may not stand beside the annotation ${annotation}; remove one of the two`,
  }
  return bad(problem, ...(parsed.ok ? [] : parsed.problems))
}

function danmSelectorOf(service: ServiceForm): string | undefined {
  return [DIALECT_ANNOTATIONS.danmSelector, DIALECT_ANNOTATIONS.danmSelectorOld].find((key) =>
    has(service, key),
  )
}

const DANM_NETWORKS: readonly string[] = [
  ANNOTATIONS.networks,
  DIALECT_ANNOTATIONS.danmNetwork,
  DIALECT_ANNOTATIONS.danmTenantNetwork,
  DIALECT_ANNOTATIONS.danmClusterNetwork,
  DIALECT_ANNOTATIONS.danmNetworkOld,
  DIALECT_ANNOTATIONS.danmTenantNetworkOld,
  DIALECT_ANNOTATIONS.danmClusterNetworkOld,
]

function danmNetworkOf(service: ServiceForm): string | undefined {
  return DANM_NETWORKS.find((key) => has(service, key))
}

/** An empty annotation is an absent one. */
function has({ annotations }: ServiceForm, key: string): boolean {
  return (annotations[key] ?? '') !== ''
}

export function annotationField(key: string): string {
  return `metadata.annotations[${key}]`
}

/** Whoever asked for it: it carries what we put into a Service. */
export function hasNoPodKeyOrOriginal({ selector, annotations }: ServiceForm): boolean {
  return hasNoPodKey(selector) || annotations[ANNOTATIONS.originalSelector] !== undefined
}
