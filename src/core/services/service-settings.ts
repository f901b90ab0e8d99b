// What else does a Service say about its second network: strategy, host names, legacy Endpoints?
// A value that is none has its default and is told; it never withdraws what is published.

import { ANNOTATIONS } from '../names.ts'
import { quoted } from '../networks/quote.ts'
import type { Problem } from '../problem.ts'
import type { ServiceForm } from './service-form.ts'
import type { ServiceWish, Strategy } from './wish.ts'

export type ServiceSettings = Pick<ServiceWish, 'strategy' | 'hostnames' | 'writeEndpoints' | 'problems'>

/** `selectorLess`: the Service never had a selector of its own, so there is nothing to keep the built-ins away from. */
export function readSettings(
  { annotations }: Pick<ServiceForm, 'annotations'>,
  selectorLess: boolean,
): ServiceSettings {
  const problems: Problem[] = []
  const read = <T extends string>(key: string, choices: readonly T[], otherwise: T): T => {
    const text = annotations[key] ?? ''
    const choice = choices.find((known) => known === text)
    if (text !== '' && choice === undefined)
      problems.push({
        field: `metadata.annotations[${key}]`,
        message: `${quoted(text)} is none of ${choices.join(', ')}`,
      })
    return choice ?? otherwise
  }
  const asked = read<Strategy>(ANNOTATIONS.strategy, ['no-pod-key', 'takeover', 'release'], 'no-pod-key')
  const hostnames = read(ANNOTATIONS.hostnames, ['None', 'PodName'], 'None')
  const endpoints = read(ANNOTATIONS.writeEndpoints, ['true', 'false'], 'false') === 'true'
  const strategy = selectorLess && asked !== 'release' ? 'none' : asked
  if (selectorLess && asked === 'takeover') problems.push(NOTHING_TO_TAKE)
  const mayWrite = strategy === 'none' || strategy === 'takeover'
  if (endpoints && strategy === 'no-pod-key') problems.push(ENDPOINTS_TAKEN)
  return { strategy, hostnames, writeEndpoints: endpoints && mayWrite, problems }
}

const NOTHING_TO_TAKE: Problem = {
  field: `metadata.annotations[${ANNOTATIONS.strategy}]`,
  message:
    'takeover is for a Service with a selector of its own; this one has none, so remove the annotation',
}

const ENDPOINTS_TAKEN: Problem = {
  field: `metadata.annotations[${ANNOTATIONS.writeEndpoints}]`,
  message: `works only without a selector, since the built-in controller writes the Endpoints otherwise; add ${ANNOTATIONS.strategy}=takeover or use ${ANNOTATIONS.selector}`,
}
