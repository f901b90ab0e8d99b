// How should the selector of this Service read, so that the built-in controllers publish exactly what they should?
// Never refuses anything and never sees the cluster: the Service before and after a change is enough.
//
// Three states of a Service, and the ways between them:
//
//   plain ◄──────► key in the selector ───(marked ready)───► selector in the annotation
//     ▲                     ▲                                        │   │
//     │                     └────────── strategy changed ────────────┘   │
//     └──────────────── annotation gone, or strategy: release ───────────┘
//
// A new Service that is to be taken over skips the key, since nothing was ever published for it. One that was taken
// over stays so when its manifest, which still has the selector, is applied again.

import { ANNOTATIONS, LABELS, NO_POD_KEY } from '../names.ts'
import { annotationField, askedBy, isTakenOver } from '../services/dialects.ts'
import { originalOf, writeOriginal } from '../services/original.ts'
import { hasNoPodKey, ownSelectorOf, type Selector } from '../services/selector.ts'
import type { ServiceForm } from '../services/service-form.ts'
import { currentFamilies, originalFamilies, type Families } from './original-families.ts'
import type { IPFamily } from '../networks/address.ts'

export interface ServiceChange {
  readonly service: ServiceForm
  /** Undefined on CREATE. */
  readonly before: ServiceForm | undefined
  /** The families that the cluster gives to Services, primary first; undefined where they are not known. */
  readonly clusterFamilies: readonly IPFamily[] | undefined
}

/** What is to stand in the Service afterwards, where we have a say. */
export interface Mended extends Families {
  readonly selector: Selector | undefined
  readonly annotations: ServiceForm['annotations']
}

type Intent = 'release' | 'no-pod-key' | 'takeover' | 'tidy' | 'leave'

const MEND: Readonly<Record<Intent, (change: ServiceChange) => Mended>> = {
  release,
  'no-pod-key': guard,
  takeover: takeOver,
  tidy,
  leave,
}

export function mendService(change: ServiceChange): Mended {
  return MEND[intentOf(change.service)](change)
}

/** What cannot be understood is left as it is: a Service that was answered before we came must not fall silent. */
function intentOf(service: ServiceForm): Intent {
  if (service.labels[LABELS.netServiceUid] !== undefined) return 'leave'
  const asked = askedBy(service)
  if (!asked || service.annotations[ANNOTATIONS.strategy] === 'release') return 'release'
  if (!asked.wish.ok || asked.wish.value.problems.some(({ field }) => field === STRATEGY_FIELD))
    return 'leave'
  const { strategy } = asked.wish.value
  if (strategy === 'none') return 'tidy'
  return service.type === 'ExternalName' ? 'leave' : strategy
}

const STRATEGY_FIELD = annotationField(ANNOTATIONS.strategy)

/** The selector is given back; from the annotation, or from what stood there before, so that it is never lost. */
function release(change: ServiceChange): Mended {
  const { service, before } = change
  const own = ownSelectorOf(service.selector)
  const selector = own ?? originalOf(service)?.selector ?? originalOf(before)?.selector
  return {
    selector,
    annotations: selector ? without(service, ORIGINAL, MARK) : without(service, MARK),
    ...familiesGivenBack(change, own),
  }
}

function guard(change: ServiceChange): Mended {
  const { service } = change
  const own = ownSelectorOf(service.selector)
  const selector = own ?? originalOf(service)?.selector
  if (!selector) return leave(change)
  return {
    selector: { ...selector, [NO_POD_KEY]: 'true' },
    annotations: without(service, ORIGINAL, MARK),
    ...familiesGivenBack(change, own),
  }
}

function takeOver(change: ServiceChange): Mended {
  const { service, before } = change
  if (service.selector === undefined) return { ...asItIs(service), annotations: without(service, MARK) }
  const selector = ownSelectorOf(service.selector) ?? originalOf(service)?.selector
  if (!selector || !mayBeTaken(change)) return guard(change)
  const families = (before && isTakenOver(before) && originalOf(before)) || currentFamilies(service)
  const { ipFamilies, ipFamilyPolicy } = families
  return {
    ...currentFamilies(service),
    selector: undefined,
    annotations: {
      ...without(service, MARK),
      [ORIGINAL]: writeOriginal({ selector, ipFamilies, ipFamilyPolicy }),
    },
  }
}

/** Only where the built-in controllers hold no address of it, because what they hold then stays for ever. */
function mayBeTaken({ service, before }: ServiceChange): boolean {
  if (!before || isTakenOver(before)) return true
  return service.annotations[MARK] === 'ready' && hasNoPodKey(before.selector)
}

/** Without a selector of its own there is nothing to keep, and the key alone selects nothing either. */
function tidy({ service }: ServiceChange): Mended {
  return {
    ...currentFamilies(service),
    selector: ownSelectorOf(service.selector),
    annotations: without(service, ORIGINAL, MARK),
  }
}

/** As it stands, but a key that was there does not get lost by the way. */
function leave({ service, before }: ServiceChange): Mended {
  const { selector } = service
  const lost = selector !== undefined && hasNoPodKey(before?.selector) && !hasNoPodKey(selector)
  return { ...asItIs(service), ...(lost && { selector: { ...selector, [NO_POD_KEY]: 'true' } }) }
}

function asItIs(service: ServiceForm): Mended {
  const { selector, annotations } = service
  return { selector, annotations, ...currentFamilies(service) }
}

const ORIGINAL = ANNOTATIONS.originalSelector
const MARK = ANNOTATIONS.takeover

function without({ annotations }: ServiceForm, ...keys: readonly string[]): ServiceForm['annotations'] {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !keys.includes(key)))
}

/**
 * A Service that had no selector until now may list families that one with a selector may not. What was stored goes
 * first: it is still there when the same request is asked about again.
 */
function familiesGivenBack(change: ServiceChange, own: Selector | undefined): Families {
  const { service, before } = change
  const original = originalOf(before) ?? originalOf(service)
  const wasTaken = own === undefined || (before !== undefined && isTakenOver(before))
  return original && wasTaken ? originalFamilies(change, original) : currentFamilies(service)
}
