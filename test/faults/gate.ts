// A gate that what passes has to wait at: tests decide when, so nothing depends on how long something takes.

export interface Gate {
  /** From now on nothing passes. */
  readonly hold: () => void
  /** Everything that waits passes, and what comes later too. */
  readonly release: () => void
  /** Lets just this many pass (of those that wait or come next) and stays held. */
  readonly letPass: (count: number) => void
  /** How many wait now. */
  readonly waiting: () => number
  /** Resolves when the caller may pass, or has given up by its signal. */
  readonly pass: (signal?: AbortSignal) => Promise<void>
}

/** A new gate, held unless told otherwise. */
export function gate({ held = true } = {}): Gate {
  let isHeld = held
  let allowance = 0
  const queue: (() => void)[] = []
  const wait = (signal?: AbortSignal): Promise<void> =>
    new Promise((resolve) => {
      queue.push(resolve)
      const giveUp = (): void => {
        const place = queue.indexOf(resolve)
        if (place >= 0) queue.splice(place, 1)
        resolve()
      }
      signal?.addEventListener('abort', giveUp, { once: true })
    })
  return {
    hold: () => {
      isHeld = true
    },
    release: () => {
      isHeld = false
      allowance = 0
      for (const go of queue.splice(0)) go()
    },
    letPass: (count) => {
      const now = queue.splice(0, count)
      allowance += count - now.length
      for (const go of now) go()
    },
    waiting: () => queue.length,
    pass: async (signal) => {
      if (!isHeld || signal?.aborted) return
      if (allowance === 0) return wait(signal)
      allowance -= 1
    },
  }
}
