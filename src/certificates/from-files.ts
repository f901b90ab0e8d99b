// Which certificate did somebody else put into our files? Reads key and certificate as cert-manager mounts them.
// Never writes, and never hands out a pair that cannot serve.

import { readFile } from 'node:fs/promises'
import { describeProblem } from '../core/problem.ts'
import type { KeyPair } from './certificate-set.ts'
import { checkPair } from './check.ts'

export interface CertificateFiles {
  readonly certFile: string
  readonly keyFile: string
  /** A certificate that does not cover one of these is served all the same: whoever made it knows his names. */
  readonly names: readonly string[]
}

export interface LoadedFromFiles {
  readonly pair: KeyPair
  /** Epoch milliseconds. */
  readonly notAfter: number
  /** Whoever makes the files tells the API server whom to trust. */
  readonly caBundle: undefined
  readonly news: readonly string[]
}

/**
 * Reads the files anew at every call. While a mounted Secret is swapped the two may belong to different versions, so
 * a pair that does not match is read a second time. Rejects, with a sentence that names the files, where the pair
 * cannot serve.
 */
export function loadsFromFiles({
  certFile,
  keyFile,
  names,
}: CertificateFiles): (now: number) => Promise<LoadedFromFiles> {
  const read = async (): Promise<KeyPair> => ({
    cert: await readFile(certFile, 'utf8'),
    key: await readFile(keyFile, 'utf8'),
  })
  return async (now) => {
    const first = await read()
    const pair = checkPair(first, { now }).ok ? first : await read()
    const checked = checkPair(pair, { now })
    if (!checked.ok)
      throw new Error(
        `${certFile} and ${keyFile} cannot be served: ${checked.problems.map(describeProblem).join('; ')}`,
      )
    const named = checkPair(pair, { now, names })
    const news = named.ok ? [] : named.problems.map((problem) => `${certFile}: ${describeProblem(problem)}`)
    return { pair, notAfter: checked.value.notAfter, caBundle: undefined, news }
  }
}
