// How long do we leave the API server alone after that many failures in a row? Pure arithmetic.
// Never waits itself.

export interface BackOff {
  readonly baseMs: number
  readonly capMs: number
}

export const BACK_OFF: BackOff = { baseMs: 1_000, capMs: 30_000 }

/**
 * Doubles with each failure up to the cap, then takes a random half off, so that many who were cut off in the same
 * moment do not come back in the same moment. `random` answers in [0, 1).
 */
export function backOffMs(
  failures: number,
  random: () => number,
  { baseMs, capMs }: BackOff = BACK_OFF,
): number {
  const longest = Math.min(capMs, baseMs * 2 ** Math.min(failures, 30))
  return longest * (0.5 + random() / 2)
}
