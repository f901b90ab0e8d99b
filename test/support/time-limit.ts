// How long one test may take before it counts as stuck, also on a machine that is busy. Never a judgement of speed.

import { jest } from '@jest/globals'

jest.setTimeout(60_000)
