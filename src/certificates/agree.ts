// Which certificate do all replicas serve? The one in the store; whoever finds none there, or a bad one, writes it.
// Never gives up a good set that we hold, and never writes over what another replica wrote meanwhile.

import { describeProblem } from '../core/problem.ts'
import type { CertificateSet, KeyPair, Lifetimes } from './certificate-set.ts'
import { checkCa, checkLeaf, type Checked } from './check.ts'
import { issueLeaf, issueSet } from './issue.ts'

/** Where replicas meet. What stands there is not trusted: any of its texts may be missing or nonsense. */
export interface StoresCertificates {
  /** Undefined where nothing stands; `version` names what was read. */
  read(): Promise<{ readonly set: CertificateSet; readonly version: string } | undefined>
  /** False where something stands already. */
  create(set: CertificateSet): Promise<boolean>
  /** False where what stands is no longer `version`. */
  replace(set: CertificateSet, version: string): Promise<boolean>
}

export interface Wanted {
  readonly names: readonly string[]
  readonly lifetimes: Lifetimes
  /** Epoch milliseconds. */
  readonly now: number
}

export interface Agreed {
  readonly set: CertificateSet
  readonly leaf: Checked
  /** What was found and done, where it was more than reading; for the log. */
  readonly news: readonly string[]
}

/** Names of other replicas are kept in a new leaf, up to so many in all. */
const MOST_NAMES = 64

/** Every round lost means that another replica won it, so a few are plenty. */
const ROUNDS = 8

/**
 * Reads the store and makes it good: a set is made where none is, a leaf where its time has come or a name is
 * missing, and a corrupt, ended or half-written set is replaced, by the one we `held` where that is still good, so
 * that callers notice nothing. Rejects where the store cannot be reached.
 */
export async function agreeOnCertificate(
  store: StoresCertificates,
  wanted: Wanted,
  held?: CertificateSet,
): Promise<Agreed> {
  const news: string[] = []
  for (let round = 0; round < ROUNDS; round++) {
    const stored = await store.read()
    const found = stored === undefined ? undefined : judge(stored.set, wanted)
    if (stored !== undefined && found?.kind === 'good') return { set: stored.set, leaf: found.leaf, news }
    const why = found?.why ?? 'there is no certificate yet'
    const { set, done } = await better(stored?.set, found, wanted, held)
    const written = stored === undefined ? await store.create(set) : await store.replace(set, stored.version)
    if (written) news.push(`${why}; ${done}`)
  }
  throw new Error(
    `other replicas changed the certificate ${ROUNDS} times while we tried to; they do not agree with us`,
  )
}

/** What the server serves, with the CA that callers have to trust. */
export interface LoadedFromStore {
  readonly pair: KeyPair
  readonly notAfter: number
  readonly caBundle: string
  readonly news: readonly string[]
}

/** Agrees anew at every call, and remembers the set in case the store loses it. */
export function loadsFromStore(
  store: StoresCertificates,
  wanted: Omit<Wanted, 'now'>,
): (now: number) => Promise<LoadedFromStore> {
  let held: CertificateSet | undefined
  return async (now) => {
    const { set, leaf, news } = await agreeOnCertificate(store, { ...wanted, now }, held)
    held = set
    return { pair: set.leaf, notAfter: leaf.notAfter, caBundle: set.ca.cert, news }
  }
}

type Judgement =
  | { readonly kind: 'good'; readonly leaf: Checked; readonly why?: never }
  /** The CA is good, so a new leaf is enough. */
  | {
      readonly kind: 'leaf'
      readonly why: string
      readonly caEnds: number
      readonly names: readonly string[]
    }
  | { readonly kind: 'bad'; readonly why: string }

function judge(set: CertificateSet, { now, names, lifetimes }: Wanted): Judgement {
  const ca = checkCa(set.ca, now)
  if (!ca.ok)
    return {
      kind: 'bad',
      why: `the stored CA cannot be used: ${ca.problems.map(describeProblem).join('; ')}`,
    }
  const caEnds = ca.value.notAfter
  const served = checkLeaf(set, { now })
  const leaf = checkLeaf(set, { now, names })
  const known = served.ok ? served.value.names : []
  if (!leaf.ok) {
    return {
      kind: 'leaf',
      why: `the stored leaf cannot be used: ${leaf.problems.map(describeProblem).join('; ')}`,
      caEnds,
      names: known,
    }
  }
  if (now < leaf.value.renewAt) return { kind: 'good', leaf: leaf.value }
  // A leaf may not outlive its CA, so close to the CA's end a new leaf would be due again at once.
  if (caEnds - now < lifetimes.leaf) return { kind: 'bad', why: 'the stored CA ends soon' }
  return { kind: 'leaf', why: 'two thirds of the leaf’s life are over', caEnds, names: known }
}

async function better(
  stored: CertificateSet | undefined,
  found: Judgement | undefined,
  wanted: Wanted,
  held: CertificateSet | undefined,
): Promise<{ set: CertificateSet; done: string }> {
  const { now, lifetimes } = wanted
  if (stored !== undefined && found?.kind === 'leaf') {
    const names = [...new Set([...wanted.names, ...found.names])].slice(0, MOST_NAMES)
    const leaf = await issueLeaf(stored.ca, names, { now, caEnds: found.caEnds, lifetimes })
    return { set: { ca: stored.ca, leaf }, done: 'made a new leaf' }
  }
  if (held !== undefined && judge(held, wanted).kind === 'good')
    return { set: held, done: 'put back the set that we serve' }
  return { set: await issueSet(wanted.names, now, lifetimes), done: 'made a new CA and leaf' }
}
