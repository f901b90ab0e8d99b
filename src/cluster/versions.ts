// Which of two resourceVersions is newer? Compares only versions of one API server's one kind.
// Never turns them into numbers: they may be longer than a number can hold.

/** Older than every version: what a store has before it was ever filled. */
export const NO_VERSION = ''

/** A resourceVersion as the API server writes it: decimal digits, no leading zero. */
export function isVersion(value: unknown): value is string {
  return typeof value === 'string' && /^(0|[1-9][0-9]*)$/.test(value)
}

/**
 * Negative when `a` is older than `b`, zero when equal, positive when newer. That versions may be compared
 * as decimal numbers is promised since Kubernetes 1.35 and true before; source: KEP-5504.
 */
export function compareVersions(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  if (a === b) return 0
  return a < b ? -1 : 1
}

export function isNewer(a: string, b: string): boolean {
  return compareVersions(a, b) > 0
}

/** Does knowing `a` include everything up to `b`? */
export function reaches(a: string, b: string): boolean {
  return compareVersions(a, b) >= 0
}
