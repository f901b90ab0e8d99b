// For which zone or node is an endpoint meant? Follows `spec.trafficDistribution` and nothing else.
// Source of the rules: k8s.io/endpointslice, trafficdist/trafficdist.go.

import type { Endpoint, EndpointHints } from './endpoint-slice.ts'

export type HintRule = 'none' | 'zone' | 'zone-and-node'

/** Is a stored endpoint's hint what the rule wants? A hint on an endpoint that is not ready hurts nobody. */
export function hintIsRight(endpoint: Endpoint, rule: HintRule): boolean {
  if (rule === 'none') return endpoint.hints === undefined
  if (!isReady(endpoint)) return true
  const wanted = hintsOf(endpoint, rule)
  return (
    names(endpoint.hints?.forZones) === names(wanted?.forZones) &&
    names(endpoint.hints?.forNodes) === names(wanted?.forNodes)
  )
}

/** The endpoint as it is written. One that is not ready is left as it is, except that no rule means no hints. */
export function withHint(endpoint: Endpoint, rule: HintRule): Endpoint {
  if (rule !== 'none' && !isReady(endpoint)) return endpoint
  const { hints: _, ...bare } = endpoint
  const hints = hintsOf(endpoint, rule)
  return hints ? { ...bare, hints } : bare
}

function hintsOf({ zone, nodeName }: Endpoint, rule: HintRule): EndpointHints | undefined {
  const forZones = rule !== 'none' && zone !== undefined ? [{ name: zone }] : undefined
  const forNodes = rule === 'zone-and-node' && nodeName !== undefined ? [{ name: nodeName }] : undefined
  if (forZones === undefined && forNodes === undefined) return undefined
  return { ...(forZones && { forZones }), ...(forNodes && { forNodes }) }
}

function isReady({ conditions }: Endpoint): boolean {
  return conditions?.ready === true
}

function names(hints: readonly { readonly name: string }[] | undefined): string {
  return (hints ?? []).map(({ name }) => name).join()
}
