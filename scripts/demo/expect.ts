// Did a command of the demo show what it is shown for? A demo that shows something else has failed.

import type { Ran } from './tell.ts'

/** Throws where the command ended differently, or said nothing like `text`. */
export function expect({ status, output }: Ran, ending: 'succeed' | 'fail', text = /(?:)/): void {
  if ((status === 0) !== (ending === 'succeed'))
    throw new Error(`the command above should ${ending}, and ended with ${status}`)
  if (!text.test(output)) throw new Error(`the command above should have said ${text.source}`)
}
