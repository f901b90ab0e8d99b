// What trust is made of: a CA that signs, and a leaf that serves. Shapes only.
// Never read from anywhere and never judged here.

/** Certificate and private key that belong together, each as PEM. */
export interface KeyPair {
  readonly cert: string
  readonly key: string
}

/** The CA that callers trust through `caBundle`, and the leaf that it signed for our names. */
export interface CertificateSet {
  readonly ca: KeyPair
  readonly leaf: KeyPair
}

const DAY = 24 * 60 * 60 * 1_000

/** Lifetimes in milliseconds. Tests and rehearsals of a rotation use shorter ones. */
export interface Lifetimes {
  readonly ca: number
  readonly leaf: number
}

export const LIFETIMES: Lifetimes = { ca: 365 * DAY, leaf: 7 * DAY }
