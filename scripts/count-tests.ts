// How many tests passed, how many failed, by what jest reported and how it ended. Never counts a skip as success.

export interface Count {
  readonly passed: number
  readonly failed: number
}

/** What we read of the file that `jest --json --outputFile` writes. */
export interface JestReport {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  readonly numTotalTests: number
  /** Test files that did not even load. */
  readonly numRuntimeErrorTestSuites: number
}

/** `status` is jest's exit status, `null` where a signal ended it, a text where it had to be ended. */
export function countTests(
  report: JestReport | undefined,
  status: number | string | null,
): Count & { readonly problems: readonly string[] } {
  if (report === undefined) return { passed: 0, failed: 1, problems: ['jest ended without a report'] }
  const skipped = report.numPendingTests + report.numTodoTests
  const broken = report.numRuntimeErrorTestSuites
  const problems = [
    ...(skipped > 0 ? [`${skipped} skipped, and here nothing may be skipped`] : []),
    ...(broken > 0 ? [`${broken} test files could not be run`] : []),
    ...(report.numTotalTests === 0 ? ['no tests were found'] : []),
    ...(typeof status === 'string' ? [`jest ${status} and had to be ended`] : []),
  ]
  const counted = report.numFailedTests + skipped + broken
  const failed = counted > 0 ? counted : status === 0 && problems.length === 0 ? 0 : 1
  return { passed: report.numPassedTests, failed, problems }
}
