// Waits to be told to end. A second signal ends at once: whoever sends it does not want to wait for the drain.

const SIGNALS = ['SIGTERM', 'SIGINT'] as const

/** The signal that came first. */
export function signalled(): Promise<string> {
  return new Promise((resolve) => {
    let first = true
    for (const signal of SIGNALS) {
      process.on(signal, () => {
        if (!first) process.exit(signal === 'SIGINT' ? 130 : 143)
        first = false
        resolve(signal)
      })
    }
  })
}
