// What happens from here on? Opens one watch and hands on what it says until it ends, whichever way it does.
// Never reconnects, never throws: how it ended is a value.

import { isSuccess, type ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { failureFrom, refused, type Failure } from './failure.ts'
import { collectionPath, resourceName } from './kinds.ts'
import type { Selected } from './list.ts'
import { parseWatchLine, type WatchEvent } from './watch-event.ts'

export type Change = Extract<WatchEvent, { readonly version: string }>

export interface WatchRequest extends Selected {
  readonly client: Pick<ApiClient, 'openStream'>
  readonly clock: Clock
  /** Hears everything after this resourceVersion. */
  readonly from: string
  /** How long the server shall keep it open. */
  readonly timeoutSeconds: number
  /** A stream without a line for this long is given up. */
  readonly stallMs: number
  readonly signal?: AbortSignal | undefined
  /** Called when the server has agreed to it. */
  readonly opened?: () => void
}

export type WatchEnd =
  /** The server closed it in good order. */
  | { readonly kind: 'ended' }
  /** Nothing came for too long. */
  | { readonly kind: 'stalled' }
  /** Something came that is not a watch event. */
  | { readonly kind: 'unreadable'; readonly message: string }
  | Failure

export async function watchOnce(request: WatchRequest, take: (change: Change) => void): Promise<WatchEnd> {
  const { client, kind, clock, stallMs, signal } = request
  try {
    const stream = await client.openStream({
      path: collectionPath(kind, request.namespace),
      query: queryOf(request),
      signal,
    })
    if (!isSuccess(stream.status)) return refused('watch', kind, { ...stream, said: stream.refusal })
    request.opened?.()
    const silence = watchSilence(clock, stallMs, () => stream.close())
    try {
      return (
        (await readEvents(stream.lines, request, silence.heard, take)) ?? {
          kind: silence.tooLong() ? 'stalled' : 'ended',
        }
      )
    } finally {
      silence.end()
      stream.close()
    }
  } catch (error) {
    return failureFrom(error)
  }
}

/** Answers how the stream ended if one of its lines did it. */
async function readEvents(
  lines: AsyncIterable<string>,
  { kind }: WatchRequest,
  heard: () => void,
  take: (change: Change) => void,
): Promise<WatchEnd | undefined> {
  for await (const line of lines) {
    heard()
    const event = parseWatchLine(line)
    if (event.kind === 'error')
      return refused('watch', kind, { status: event.status, headers: {}, said: event.said })
    if (event.kind === 'unreadable')
      return { kind: 'unreadable', message: `watching ${resourceName(kind)}: ${event.problem}` }
    take(event)
  }
  return undefined
}

function queryOf({ from, timeoutSeconds, fieldSelector, labelSelector }: WatchRequest) {
  return {
    watch: 1,
    allowWatchBookmarks: true,
    resourceVersion: from,
    timeoutSeconds,
    fieldSelector,
    labelSelector,
  }
}

/** One timer, however many lines come: it looks how long ago the last one was, and sleeps on for the rest. */
function watchSilence(clock: Clock, limitMs: number, giveUp: () => void) {
  let last = clock.now()
  let gaveUp = false
  const look = () => {
    const left = last + limitMs - clock.now()
    if (left > 0) return void (cancel = clock.after(left, look))
    gaveUp = true
    giveUp()
  }
  let cancel = clock.after(limitMs, look)
  return { heard: () => void (last = clock.now()), tooLong: () => gaveUp, end: () => cancel() }
}
