import { describe, expect, it } from '@jest/globals'
import { X509Certificate, createPrivateKey } from 'node:crypto'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import tls from 'node:tls'
import { LIFETIMES } from '../../src/certificates/certificate-set.ts'
import { issueCa, issueLeaf, issueSet } from '../../src/certificates/issue.ts'

const NAMES = ['sidenet-webhook.sidenet-system.svc', 'localhost', '127.0.0.1', '::1']
const now = Date.now()
const made = await issueSet(NAMES, now)
const ca = new X509Certificate(made.ca.cert)
const leaf = new X509Certificate(made.leaf.cert)

/** What `openssl x509 -text` would show of the algorithm: the OID of ecdsa-with-SHA256 in DER. */
const ECDSA_WITH_SHA256 = Buffer.from('06082a8648ce3d040302', 'hex')

describe('a set', () => {
  it.each([
    ['CA', ca, made.ca.key],
    ['leaf', leaf, made.leaf.key],
  ])('has a %s of EC P-256, signed with SHA-256', (_which, cert, key) => {
    expect(cert.publicKey.asymmetricKeyDetails?.namedCurve).toBe('prime256v1')
    expect(cert.raw.includes(ECDSA_WITH_SHA256)).toBe(true)
    expect(cert.checkPrivateKey(createPrivateKey(key))).toBe(true)
  })

  it('has a CA that may sign, and a leaf that may not', () => {
    expect([ca.ca, leaf.ca]).toEqual([true, false])
    expect([ca.verify(ca.publicKey), leaf.verify(ca.publicKey), leaf.checkIssued(ca)]).toEqual([
      true,
      true,
      true,
    ])
  })

  it('has a leaf that is for serving and nothing else', () => {
    expect(leaf.keyUsage).toEqual(['1.3.6.1.5.5.7.3.1'])
  })

  it('lives one year and seven days', () => {
    const days = (cert: X509Certificate): number => (Date.parse(cert.validTo) - now) / 86_400_000
    expect([Math.round(days(ca)), Math.round(days(leaf))]).toEqual([365, 7])
    expect(LIFETIMES).toEqual({ ca: 365 * 86_400_000, leaf: 7 * 86_400_000 })
  })

  it('is PEM that can be put one after the other', () => {
    for (const text of [made.ca.cert, made.ca.key, made.leaf.cert, made.leaf.key]) {
      expect(text).toMatch(/^-----BEGIN [^]*-----END [A-Z ]+-----\n$/)
    }
  })

  it('begins a little before now, because clocks differ', () => {
    expect(Date.parse(leaf.validFrom)).toBeLessThanOrEqual(now - 4 * 60_000)
  })

  it('covers names and addresses of both families', () => {
    expect([leaf.checkHost('localhost'), leaf.checkIP('127.0.0.1'), leaf.checkIP('::1')]).toEqual([
      'localhost',
      '127.0.0.1',
      '::1',
    ])
    expect([leaf.checkHost('elsewhere'), leaf.checkIP('127.0.0.2')]).toEqual([undefined, undefined])
  })

  it('has random positive serial numbers, and CAs with names of their own', async () => {
    const others = await Promise.all(Array.from({ length: 20 }, () => issueCa(now)))
    const certs = others.map(({ cert }) => new X509Certificate(cert))
    expect(new Set(certs.map(({ serialNumber }) => serialNumber)).size).toBe(20)
    expect(new Set(certs.map(({ subject }) => subject)).size).toBe(20)
    // Node writes a negative number with a minus; DER has no leading zeros beyond the one for the sign.
    for (const { serialNumber } of certs) expect(serialNumber).toMatch(/^(?!00)[0-9A-F]{10,40}$/)
  })
})

describe('a leaf', () => {
  it('never outlives its CA', async () => {
    const caEnds = now + 60_000
    const short = await issueLeaf(made.ca, NAMES, { now, caEnds })
    expect(Date.parse(new X509Certificate(short.cert).validTo)).toBeLessThanOrEqual(caEnds)
  })
})

describe('who has the CA', () => {
  const reach = (port: number, host: string, servername: string): Promise<boolean> =>
    new Promise((resolve, reject) => {
      const socket = tls.connect({ port, host, servername, ca: made.ca.cert }, () => {
        resolve(socket.authorized)
        socket.destroy()
      })
      socket.on('error', reject)
    })

  it('believes the leaf by name and by address', async () => {
    const server = createServer({ cert: made.leaf.cert, key: made.leaf.key })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    try {
      expect(await reach(port, '127.0.0.1', 'sidenet-webhook.sidenet-system.svc')).toBe(true)
      expect(await reach(port, '127.0.0.1', '')).toBe(true)
      await expect(reach(port, '127.0.0.1', 'sidenet-webhook.other.svc')).rejects.toThrow(/altnames/)
    } finally {
      server.close()
      server.closeAllConnections()
    }
  })
})
