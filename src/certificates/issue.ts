// Makes certificates: a CA of our own and leaves for our names, EC P-256 with SHA-256.
// Never stores or judges any. Keys and serial numbers are random by nature; time comes from outside.

import { randomBytes } from 'node:crypto'
import { isIP } from 'node:net'
import { generate } from 'selfsigned'
import { LIFETIMES, type CertificateSet, type KeyPair, type Lifetimes } from './certificate-set.ts'

type Extensions = NonNullable<NonNullable<Parameters<typeof generate>[1]>['extensions']>

/** A little before now, because the clocks of API server and replicas differ. */
const BACKDATED_MS = 5 * 60 * 1_000

/** The library's defaults are RSA and SHA-1, which Go refuses, so all of this is always said. */
const ALWAYS = { keyType: 'ec', curve: 'P-256', algorithm: 'sha256' } as const

const CA_EXTENSIONS: Extensions = [
  { name: 'basicConstraints', cA: true, pathLenConstraint: 0, critical: true },
  { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
]

/** A new CA. Its name is its own, so that two of them in one bundle cannot be mistaken for each other. */
export async function issueCa(now: number, lifetimes: Lifetimes = LIFETIMES): Promise<KeyPair> {
  const subject = `Sidenet CA ${randomBytes(6).toString('hex')}`
  const made = await generate([{ name: 'commonName', value: subject }], {
    ...ALWAYS,
    ...validity(now, lifetimes.ca),
    extensions: CA_EXTENSIONS,
  })
  return asFiles(made)
}

/** A leaf for these host names and IP addresses. It never outlives its CA, whose end is `caEnds` (epoch milliseconds). */
export async function issueLeaf(
  ca: KeyPair,
  names: readonly string[],
  {
    now,
    caEnds,
    lifetimes = LIFETIMES,
  }: { readonly now: number; readonly caEnds: number; readonly lifetimes?: Lifetimes },
): Promise<KeyPair> {
  const { notBeforeDate, notAfterDate } = validity(now, lifetimes.leaf)
  const made = await generate([{ name: 'commonName', value: 'Sidenet' }], {
    ...ALWAYS,
    notBeforeDate,
    notAfterDate: new Date(Math.min(notAfterDate.getTime(), caEnds)),
    extensions: leafExtensions(names),
    ca,
  })
  return asFiles(made)
}

/** A new CA and a leaf signed by it. */
export async function issueSet(
  names: readonly string[],
  now: number,
  lifetimes: Lifetimes = LIFETIMES,
): Promise<CertificateSet> {
  const ca = await issueCa(now, lifetimes)
  return { ca, leaf: await issueLeaf(ca, names, { now, caEnds: now + lifetimes.ca, lifetimes }) }
}

/** PEM texts end with a line end, so that they can be put one after the other into a bundle. */
function asFiles({ cert, private: key }: { readonly cert: string; readonly private: string }): KeyPair {
  return { cert: `${cert.trimEnd()}\n`, key: `${key.trimEnd()}\n` }
}

function leafExtensions(names: readonly string[]): Extensions {
  return [
    { name: 'basicConstraints', cA: false, critical: true },
    { name: 'keyUsage', digitalSignature: true, critical: true },
    { name: 'extKeyUsage', serverAuth: true },
    {
      name: 'subjectAltName',
      altNames: names.map((name) => (isIP(name) === 0 ? { type: 2, value: name } : { type: 7, ip: name })),
    },
  ]
}

/** X.509 counts whole seconds. */
function validity(now: number, lifetime: number): { notBeforeDate: Date; notAfterDate: Date } {
  return {
    notBeforeDate: new Date(now - Math.min(BACKDATED_MS, lifetime / 10)),
    notAfterDate: new Date(now + lifetime),
  }
}
