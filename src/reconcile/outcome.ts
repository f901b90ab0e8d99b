// How did it go with one key, and when is it looked at again? Values only.

export type Outcome =
  /** `wrote`: something had to be changed, so that more changes may be on their way. */
  | { readonly kind: 'done'; readonly wrote: boolean }
  | { readonly kind: 'again'; readonly afterMs: number; readonly wrote: boolean }
  | { readonly kind: 'retry'; readonly cause: string }
  /** Somebody must act first, and whatever they do will be a change. */
  | { readonly kind: 'stuck'; readonly reason: string }

export type Reconcile<Key> = (key: Key) => Promise<Outcome>

export function done(wrote = false): Outcome {
  return { kind: 'done', wrote }
}

export function again(afterMs: number, wrote = false): Outcome {
  return { kind: 'again', afterMs, wrote }
}

export function retry(cause: string): Outcome {
  return { kind: 'retry', cause }
}

export function stuck(reason: string): Outcome {
  return { kind: 'stuck', reason }
}
