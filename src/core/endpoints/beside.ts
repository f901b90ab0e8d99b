// Do other controllers answer for this Service beside us, and what can a person do about it?
// Never plans a change to their slices: what others manage is others' to write.

import { MANAGED_BY, NO_POD_KEY } from '../names.ts'
import { nameOf, namespaceOf, objectKey, type ObjectKey } from '../object-key.ts'
import { identity } from './endpoint-identity.ts'
import { isOurs, managedBy, sliceKey, type Endpoint, type EndpointSlice } from './endpoint-slice.ts'
import type { ServiceFacts } from './facts.ts'
import type { Note } from './summary.ts'

/**
 * What stands beside our addresses, or would. It keeps us from beginning, since an answer mixed with addresses of the
 * first network is worse than none; but once clients use ours, taking them away would only be a second fault. A slice
 * with nothing but endpoints that are wanted mixes nothing: one of ours that somebody gave another manager, say.
 */
export function besideOurs(
  facts: ServiceFacts,
  wanted: readonly Endpoint[],
  published: boolean,
): readonly Note[] {
  const service = objectKey(facts.service.namespace, facts.service.name)
  const harmless = new Set(published ? [] : wanted.map(identity))
  const [first, ...more] = othersWithEndpoints(facts.slices, harmless)
  const notes: Note[] = []
  if (facts.builtIns === 'select') notes.push(keyMissing(service, published))
  if (first !== undefined) notes.push(otherSlices([first, ...more], service, published))
  return notes
}

/** A slice that answers for the Service beside ours. One that is being deleted answers until it is gone. */
interface OtherSlice {
  readonly slice: ObjectKey
  /** Empty where nobody says that he manages it. */
  readonly managedBy: string
}

function othersWithEndpoints(
  slices: readonly EndpointSlice[],
  harmless: ReadonlySet<string>,
): readonly OtherSlice[] {
  return slices
    .filter(
      (slice) => !isOurs(slice) && !slice.endpoints.every((endpoint) => harmless.has(identity(endpoint))),
    )
    .map((slice) => ({
      slice: sliceKey(slice),
      managedBy: managedBy(slice) ?? '',
    }))
    .sort((a, b) => (a.slice < b.slice ? -1 : 1))
}

function keyMissing(service: ObjectKey, published: boolean): Note {
  const effect = published ? 'first addresses stand beside those of its network' : 'nothing is published'
  const message =
    `the built-in controllers select Pods for Service ${service}, so ${effect}; apply the Service again, ` +
    `and if its selector still lacks ${NO_POD_KEY}: "true", Sidenet's webhook does not see it`
  return { reason: 'NoPodKeyMissing', message, count: 1 }
}

type OtherSlices = readonly [OtherSlice, ...OtherSlice[]]

function otherSlices(others: OtherSlices, service: ObjectKey, published: boolean): Note {
  const [first, ...more] = others
  const manager = first.managedBy === '' ? 'nobody by its label' : first.managedBy
  const rest = more.length > 0 ? ` (and ${more.length} more EndpointSlices do)` : ''
  const effect = published ? 'beside those of its network' : 'so nothing is published beside them'
  const message =
    `EndpointSlice ${first.slice}, managed by ${manager}, holds addresses of Service ${service}${rest}, ${effect}; ` +
    wayOut(first, service)
  return { reason: published ? 'OtherSliceBeside' : 'HeldBackByOtherSlice', message, count: others.length }
}

function wayOut({ slice, managedBy }: OtherSlice, service: ObjectKey): string {
  const [namespace, name] = [namespaceOf(slice), nameOf(slice)]
  const remove = `kubectl delete endpointslice -n ${namespace} ${name}`
  switch (managedBy) {
    case MANAGED_BY.builtIn:
      return `it empties itself in a moment where the built-in controller is kept out, else: ${remove}`
    case MANAGED_BY.mirroring:
      return `remove the Endpoints that it mirrors: kubectl delete endpoints -n ${namespace} ${nameOf(service)}`
    case '':
      return `remove it: ${remove}`
    default:
      return `stop its controller from serving this Service, then: ${remove}`
  }
}
