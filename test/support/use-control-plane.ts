// A control plane for the tests of one file: there before the first, gone after the last.

import { afterAll, beforeAll } from '@jest/globals'
import { startControlPlane, type ControlPlane, type ControlPlaneOptions } from '../control-plane/start.ts'

/** Longer than a test's: the programs may have to be built first, or share two cores with others. */
export const HOOK_TIMEOUT = 120_000

/** Call it in a file or a `describe`; what it returns gives the control plane while tests run. */
export function useControlPlane(options: ControlPlaneOptions = {}): () => ControlPlane {
  let controlPlane: ControlPlane | undefined
  beforeAll(async () => {
    controlPlane = await startControlPlane(options)
  }, HOOK_TIMEOUT)
  afterAll(() => controlPlane?.stop(), HOOK_TIMEOUT)
  return () => {
    if (controlPlane === undefined) throw new Error('the control plane is there only while tests run')
    return controlPlane
  }
}
