// How long one test on a real control plane may take before it counts as stuck. Never a judgement of speed.

import { jest } from '@jest/globals'

jest.setTimeout(60_000)
