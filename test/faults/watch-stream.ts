// One watch on its way from the API server to a client, line by line, and what a test may do to it while it is open.
// Never decides which watch is treated how: rules do.

import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Alteration, Behaviour } from './behaviours.ts'
import type { SeenRequest } from './kind-of-request.ts'

/** A watch that is still open. */
export interface WatchStream {
  readonly request: SeenRequest
  /** How many whole lines of the server the client was sent. */
  readonly lines: () => number
  /** Resets the connection. */
  readonly cut: () => void
  /** Ends it as the server would: the last chunk, nothing broken. */
  readonly end: () => void
  /** Sends nothing any more and keeps the connection: whatever comes from the server is lost. */
  readonly stall: () => void
  /** Sends this text as it is; give the line break with it. */
  readonly say: (text: string) => void
}

export interface Ends {
  readonly request: SeenRequest
  readonly answer: IncomingMessage
  readonly response: ServerResponse
  readonly behaviour: Behaviour
  readonly reset: () => void
}

type Ending = Exclude<Alteration['then'], 'go on' | undefined>

/** Begins to send the lines on to the client, in the way of the behaviour. */
export function forwardWatch({ request, answer, response, behaviour, reset }: Ends): WatchStream {
  let state: 'open' | 'silent' | 'over' = 'open'
  let sent = 0
  const left = new AbortController()

  const write = async (text: string): Promise<void> => {
    if (state === 'open' && text !== '' && !response.write(text)) await drained(response)
  }
  const finish = (how: Ending): void => {
    if (state === 'over') return
    state = how === 'fall silent' ? 'silent' : 'over'
    if (how === 'end') response.end()
    if (how === 'reset') reset()
    if (state === 'over') answer.destroy()
  }
  const apply = async ({ write: text, then = 'go on' }: Alteration): Promise<void> => {
    await write(text)
    if (then !== 'go on') finish(then)
  }
  const forwardLine = async (line: string, index: number): Promise<void> => {
    if (behaviour.kind === 'gate' && behaviour.at === 'lines') await behaviour.gate.pass(left.signal)
    if (behaviour.kind === 'lines' && behaviour.line) return apply(behaviour.line(line, index))
    await write(`${line}\n`)
    if (state === 'open') sent += 1
  }
  const run = async (): Promise<void> => {
    if (behaviour.kind === 'lines' && behaviour.first) await apply(behaviour.first)
    let index = 0
    for await (const line of linesOf(answer)) {
      await forwardLine(line, index)
      index += 1
    }
    if (state === 'open') finish('end')
  }

  response.once('close', () => {
    state = 'over'
    left.abort()
    answer.destroy()
  })
  // A server that breaks off shows to the client as what it is.
  run().catch(() => finish('reset'))
  return {
    request,
    lines: () => sent,
    cut: () => finish('reset'),
    end: () => finish('end'),
    stall: () => finish('fall silent'),
    say: (text) => void write(text),
  }
}

const drained = (response: ServerResponse): Promise<void> =>
  new Promise((resolve) => response.once('drain', resolve).once('close', resolve))

async function* linesOf(answer: IncomingMessage): AsyncGenerator<string> {
  let rest = ''
  for await (const chunk of answer.setEncoding('utf8')) {
    const parts = (rest + String(chunk)).split('\n')
    rest = parts.pop() ?? ''
    yield* parts
  }
}
