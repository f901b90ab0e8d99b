// Is this pair good to serve with, and until when? Looks at key, signature, dates and names.
// Never repairs anything and never throws on nonsense: what is wrong is told.

import { createPrivateKey, X509Certificate, type KeyObject } from 'node:crypto'
import { isIP } from 'node:net'
import { bad, good, type Problem, type Result } from '../core/problem.ts'
import type { CertificateSet, KeyPair } from './certificate-set.ts'

/** What a good pair promises. Times in epoch milliseconds. */
export interface Checked {
  readonly notBefore: number
  readonly notAfter: number
  /** When two thirds of its life are over: time for the next one. */
  readonly renewAt: number
  /** Host names and IP addresses, as far as we write such names ourselves. */
  readonly names: readonly string[]
}

/** A pair that can serve at `now`: readable, belonging together, within its dates, covering every name. */
export function checkPair(
  pair: KeyPair,
  { now, names = [] }: { readonly now: number; readonly names?: readonly string[] },
): Result<Checked> {
  const cert = readCertificate(pair.cert)
  const key = readKey(pair.key)
  if (cert === undefined) return bad({ field: 'certificate', message: 'is no certificate in PEM' })
  if (key === undefined) return bad({ field: 'key', message: 'is no unencrypted private key in PEM' })
  const problems = [
    ...whetherMatching(cert, key),
    ...whetherInTime(cert, now),
    ...whetherCovering(cert, names),
  ]
  return problems.length > 0 ? bad(...problems) : good(describe(cert))
}

/** A CA that can sign at `now`. */
export function checkCa(ca: KeyPair, now: number): Result<Checked> {
  const checked = checkPair(ca, { now })
  if (!checked.ok) return checked
  const isCa = readCertificate(ca.cert)?.ca === true
  return isCa ? checked : bad({ field: 'certificate', message: 'is not the certificate of a CA' })
}

/** A leaf that can serve at `now` and that this CA signed. */
export function checkLeaf(
  { ca, leaf }: CertificateSet,
  asked: { readonly now: number; readonly names?: readonly string[] },
): Result<Checked> {
  const checked = checkPair(leaf, asked)
  if (!checked.ok) return checked
  const issuer = readCertificate(ca.cert)
  const signed = issuer !== undefined && readCertificate(leaf.cert)?.verify(issuer.publicKey) === true
  return signed ? checked : bad({ field: 'certificate', message: 'is not signed by the CA beside it' })
}

function readCertificate(pem: string): X509Certificate | undefined {
  try {
    return new X509Certificate(pem)
  } catch {
    return undefined
  }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    return createPrivateKey(pem)
  } catch {
    return undefined
  }
}

function whetherMatching(cert: X509Certificate, key: KeyObject): Problem[] {
  return cert.checkPrivateKey(key) ? [] : [{ field: 'key', message: 'does not belong to the certificate' }]
}

function whetherInTime(cert: X509Certificate, now: number): Problem[] {
  const { notBefore, notAfter } = describe(cert)
  if (now < notBefore)
    return [{ field: 'certificate', message: `is not valid before ${new Date(notBefore).toISOString()}` }]
  if (now >= notAfter)
    return [{ field: 'certificate', message: `ended at ${new Date(notAfter).toISOString()}` }]
  return []
}

function whetherCovering(cert: X509Certificate, names: readonly string[]): Problem[] {
  const missing = names.filter((name) => !covers(cert, name))
  return missing.length === 0
    ? []
    : [{ field: 'certificate', message: `does not cover ${missing.join(', ')}` }]
}

function covers(cert: X509Certificate, name: string): boolean {
  if (isIP(name) !== 0) return cert.checkIP(name) !== undefined
  return cert.checkHost(name, { subject: 'never' }) !== undefined
}

function describe(cert: X509Certificate): Checked {
  const notBefore = Date.parse(cert.validFrom)
  const notAfter = Date.parse(cert.validTo)
  return { notBefore, notAfter, renewAt: notBefore + ((notAfter - notBefore) * 2) / 3, names: namesOf(cert) }
}

/** Quoted names hold characters that we never write; they are passed over. */
function namesOf({ subjectAltName = '' }: X509Certificate): string[] {
  const names: string[] = []
  for (const [, dns, ip] of subjectAltName.matchAll(/(?:^|, )(?:DNS:([^\s,"]+)|IP Address:([^\s,"]+))/g)) {
    if (dns !== undefined) names.push(dns)
    else if (ip !== undefined && isIP(ip) !== 0) names.push(shortestForm(ip))
  }
  return names
}

/** OpenSSL writes out every group of an IPv6 address; the same address must not count as another name. */
function shortestForm(ip: string): string {
  return isIP(ip) === 6 ? new URL(`http://[${ip}]`).hostname.slice(1, -1) : ip
}
