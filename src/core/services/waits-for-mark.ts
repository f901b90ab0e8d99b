// Does a takeover wait for us to say that the built-in controllers' slices are empty? Never looks at the slices.

import { ANNOTATIONS } from '../names.ts'
import { guardOf } from './dialects.ts'
import type { ServiceForm } from './service-form.ts'
import type { Asked } from './wish.ts'

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
