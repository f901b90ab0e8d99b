// What is to be said of a Service that is on no secondary network, and what would put it on one?
// Never looks at slices: nothing of ours stands there.

import { serviceProblems, serviceWarnings } from '../admission/service-rules.ts'
import { NOTHING_KNOWN } from '../admission/surroundings.ts'
import { ANNOTATIONS, LABELS, NET_SERVICE, NO_POD_KEY, type Reason } from '../names.ts'
import { describeProblem } from '../problem.ts'
import { hasNoPodKeyOrOriginal } from '../services/dialects.ts'
import type { WhyServiceObject } from './facts.ts'

export interface NotAsked {
  readonly state: 'not asked'
  readonly reason: Reason
  readonly message: string
}

export function notAsked({ form }: Pick<WhyServiceObject, 'form'>): NotAsked {
  const { namespace, name } = form
  if (form.labels[LABELS.netServiceUid] !== undefined)
    return because(`It was made for a ${NET_SERVICE.kind} that is gone, so nothing is published.`)
  const marked = hasNoPodKeyOrOriginal(form) ? [STILL_MARKED] : []
  const hints = [
    ...serviceProblems(form).map((problem) => `${describeProblem(problem)}.`),
    ...serviceWarnings(form, form, NOTHING_KNOWN).map((warning) => `${warning}.`),
  ]
  const own = marked.length > 0 ? marked : [ON_THE_FIRST]
  const way = `To put it on one: kubectl annotate service -n ${namespace} ${name} ${ANNOTATIONS.networks}=NAME, where NAME is one of "kubectl get nad -n ${namespace}".`
  return because(['It names no secondary network.', ...own, ...hints, way].join(' '))
}

const ON_THE_FIRST = 'What is published for it are the first addresses of its Pods.'
const STILL_MARKED = `Yet it is marked as if it did (${NO_POD_KEY} in its selector, or ${ANNOTATIONS.originalSelector}), so the built-in controllers find no Pod for it; apply it again, and if that does not help, Sidenet's webhook does not see it.`

function because(message: string): NotAsked {
  return { state: 'not asked', reason: 'NetworkNotNamed', message }
}
