// What is said to a request that no decision was made for in time? What the failure policy of its duty would say, in
// words. Never decides by what the request asks for, only by what it is about.

import { NET_SERVICE } from '../names.ts'
import { allow, deny, recorded, type Decision } from './decision.ts'
import type { AdmissionRequest } from './review.ts'

/** Nobody's Services may depend on us being quick; all else is refused, and the same request may pass in a moment. */
export function unanswered({ operation, group, resource }: AdmissionRequest): Decision {
  if (operation !== 'DELETE' && group === '' && resource === 'services')
    return recorded(allow('DecisionLate', { warnings: [NOT_LOOKED_AT] }))
  if (group === NET_SERVICE.group && resource === NET_SERVICE.plural)
    return recorded(deny('DecisionLate', TOO_LATE, { again: true }))
  return recorded(deny('NetworkUseUnconfirmed', TOO_LATE, { again: true }))
}

const TOO_LATE = 'Sidenet could not decide in the time that the request allows; try again'

const NOT_LOOKED_AT =
  'Sidenet could not look at this Service in time, so nothing was checked or filled in; write it again if its network does not answer'
