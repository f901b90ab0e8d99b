// How many problems of one text do we tell? Enough to mend it, and no more than anybody reads.
// Never drops the first ones.

import type { Problem } from '../problem.ts'

/** Junk of 256 KiB could otherwise yield a problem for every second character. */
const MOST_PROBLEMS = 100

/** Adds a problem, unless a hundred are known already. */
export function report(problems: Problem[], field: string, message: string): void {
  if (problems.length < MOST_PROBLEMS) problems.push({ field, message })
}
