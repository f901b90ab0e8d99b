// What is to become of a Service's addresses, and who selects its Pods now?
// Never sees the cluster: the Service, and its NetService where it has one, are enough.

import type { BuiltIns, Wish } from '../endpoints/facts.ts'
import { ANNOTATIONS } from '../names.ts'
import { guardOf } from './dialects.ts'
import { readOriginal } from './original.ts'
import { withoutNoPodKey, type Selector } from './selector.ts'
import type { ServiceForm } from './service-form.ts'
import type { Asked } from './wish.ts'

export interface Standing {
  readonly wish: Wish
  readonly builtIns: BuiltIns
  /** Which Pods are meant; without keys none. */
  readonly selector: Selector
}

/** `asked` is the NetService's where the Service belongs to one. `overdue`: a release has waited long enough. */
export function standingOf(service: ServiceForm, asked: Asked | undefined, overdue: boolean): Standing {
  const builtIns = builtInsOf(service)
  if (asked !== undefined && !asked.wish.ok) return { wish: { kind: 'withdraw' }, builtIns, selector: {} }
  const wish = asked?.wish.ok === true ? asked.wish.value : undefined
  if (wish === undefined || wish.strategy === 'release')
    return { wish: { kind: 'release', overdue }, builtIns, selector: ownSelector(service) }
  const attachment = { network: wish.network, interface: wish.interface }
  return {
    wish: { kind: 'publish', attachment, hostnames: wish.hostnames },
    builtIns,
    selector: wish.selector,
  }
}

function builtInsOf(service: ServiceForm): BuiltIns {
  switch (guardOf(service)) {
    case 'missing':
      return 'select'
    case 'no-pod-key':
      return 'kept out'
    default:
      return service.annotations[ANNOTATIONS.originalSelector] === undefined ? 'no selector' : 'kept out'
  }
}

/** What it selected or will select once it is given back. */
function ownSelector({ selector, annotations }: ServiceForm): Selector {
  const original = readOriginal(annotations[ANNOTATIONS.originalSelector] ?? '', '')
  return withoutNoPodKey(selector) ?? (original.ok ? original.value.selector : {})
}

/** A takeover goes by way of the key, and its second step waits for our mark. */
export function waitsForMark(service: ServiceForm, asked: Asked | undefined): boolean {
  return (
    asked?.wish.ok === true &&
    asked.wish.value.strategy === 'takeover' &&
    guardOf(service) === 'no-pod-key' &&
    service.type !== 'ExternalName' &&
    service.annotations[ANNOTATIONS.takeover] === undefined
  )
}
