// What is the calculation of slices told about a Service? Turns a wish, in whichever dialect, into the three facts that
// depend on it. Never reads slices or Pods.

import type { ServiceFacts, Wish } from '../endpoints/facts.ts'
import { NO_TEXTS, type TextMap } from '../endpoints/text-map.ts'
import { originalOf } from './original.ts'
import { hasNoPodKey, ownSelectorOf } from './selector.ts'
import { readServiceForm, type ServiceForm } from './service-form.ts'
import type { Asked } from './wish.ts'

export type SlicesAsked = Pick<ServiceFacts, 'wish' | 'builtIns' | 'selector'>

/**
 * `service` is the Service whose slices are meant (for a NetService the one it owns), `asked` what is asked for it;
 * undefined where nobody asks any more. `overdue`: it was waited long enough for the built-in controllers.
 */
export function slicesAsked(service: unknown, asked: Asked | undefined, overdue: boolean): SlicesAsked {
  return slicesAskedOf(readServiceForm(service), asked, overdue)
}

/** The same of a Service that was read already. */
export function slicesAskedOf(form: ServiceForm, asked: Asked | undefined, overdue: boolean): SlicesAsked {
  return {
    wish: wishFor(asked, overdue),
    builtIns: builtInsOf(form),
    selector: asked?.wish.ok ? asked.wish.value.selector : selectorGivenBack(form),
  }
}

function wishFor(asked: Asked | undefined, overdue: boolean): Wish {
  if (!asked) return { kind: 'release', overdue }
  if (!asked.wish.ok) return { kind: 'withdraw' }
  const { strategy, network, interface: device, hostnames } = asked.wish.value
  if (strategy === 'release') return { kind: 'release', overdue }
  return { kind: 'publish', attachment: { network, interface: device }, hostnames }
}

/** A Service that was taken over gets its selector back by the same webhook as one with the no-pod key. */
function builtInsOf(service: ServiceForm): ServiceFacts['builtIns'] {
  if (service.selector === undefined) return originalOf(service) ? 'kept out' : 'no selector'
  return hasNoPodKey(service.selector) ? 'kept out' : 'select'
}

/** What the built-in controllers will select once they may. */
function selectorGivenBack(service: ServiceForm): TextMap {
  return ownSelectorOf(service.selector) ?? originalOf(service)?.selector ?? NO_TEXTS
}
