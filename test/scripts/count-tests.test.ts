import { describe, expect, it } from '@jest/globals'
import { countTests, type JestReport } from '../../scripts/count-tests.ts'

const report = (fields: Partial<JestReport> = {}): JestReport => ({
  numPassedTests: 3,
  numFailedTests: 0,
  numPendingTests: 0,
  numTodoTests: 0,
  numTotalTests: 3,
  numRuntimeErrorTestSuites: 0,
  ...fields,
})

describe('the sum at the end of make test', () => {
  it.each([
    ['all passed', report(), 0, { passed: 3, failed: 0 }],
    ['one failed', report({ numPassedTests: 2, numFailedTests: 1 }), 1, { passed: 2, failed: 1 }],
    ['a file could not be run', report({ numRuntimeErrorTestSuites: 1 }), 1, { passed: 3, failed: 1 }],
    ['a test was skipped', report({ numPendingTests: 1 }), 0, { passed: 3, failed: 1 }],
    ['a test was left to be written', report({ numTodoTests: 2 }), 0, { passed: 3, failed: 2 }],
    ['no test was found', report({ numPassedTests: 0, numTotalTests: 0 }), 0, { passed: 0, failed: 1 }],
    ['jest crashed before it reported', undefined, 1, { passed: 0, failed: 1 }],
    ['jest was killed before it reported', undefined, null, { passed: 0, failed: 1 }],
    ['jest was killed after it reported', report(), null, { passed: 3, failed: 1 }],
    ['jest ended badly although no test failed', report(), 1, { passed: 3, failed: 1 }],
    ['jest did not leave', report(), 'left something open', { passed: 3, failed: 1 }],
  ])('%s', (_sentence, reported, status, { passed, failed }) => {
    expect(countTests(reported, status)).toMatchObject({ passed, failed })
  })
})
