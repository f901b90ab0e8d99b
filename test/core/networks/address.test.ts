import { readFileSync } from 'node:fs'
import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { isAddress, isCidr, readAddress } from '../../../src/core/networks/address.ts'
import { annotationText, HUGE } from './arbitraries.ts'

describe('an address is published in its one canonical spelling', () => {
  it.each([
    ['10.0.0.1', 'IPv4', '10.0.0.1'],
    ['10.0.0.1/24', 'IPv4', '10.0.0.1'],
    ['10.0.0.0/24', 'IPv4', '10.0.0.0'],
    ['250.1.2.3', 'IPv4', '250.1.2.3'],
    ['FD00::1', 'IPv6', 'fd00::1'],
    ['fd00:0000:0000:0000:0000:0000:0000:0001', 'IPv6', 'fd00::1'],
    ['fd00::1/64', 'IPv6', 'fd00::1'],
    ['fd00::1%eth0', 'IPv6', 'fd00::1'],
    ['fd00::1%eth0/64', 'IPv6', 'fd00::1'],
    ['2001:db8:0:0:1:0:0:1', 'IPv6', '2001:db8::1:0:0:1'],
    ['2001:db8:0:1:1:1:1:1', 'IPv6', '2001:db8:0:1:1:1:1:1'],
    ['64:ff9b::1.2.3.4', 'IPv6', '64:ff9b::102:304'],
    ['::ffff:10.0.0.1', 'IPv4', '10.0.0.1'],
    ['::FFFF:a00:1/120', 'IPv4', '10.0.0.1'],
  ])('%s', (text, family, canonical) => {
    expect(readAddress(text)).toEqual({ ok: true, value: { text: canonical, family } })
  })
})

describe('an address that must not be published is refused with its reason', () => {
  it.each([
    ['', 'is not an IP address'],
    [' 10.0.0.1', 'is not an IP address'],
    ['an IP', 'is not an IP address'],
    ['10.0.0', 'is not an IP address'],
    ['10.0.0.256', 'is not an IP address'],
    ['010.0.0.1', 'is not an IP address'],
    ['10.0.0.1%eth0', 'is not an IP address'],
    ['::ffff:10.0.0.1%eth0', 'is not an IP address'],
    ['[fd00::1]', 'is not an IP address'],
    ['fd00::1::', 'is not an IP address'],
    ['10.0.0.1:80', 'is not an IP address'],
    ['10.0.0.1/33', 'has a prefix length that is none'],
    ['10.0.0.1/', 'has a prefix length that is none'],
    ['10.0.0.1/24/24', 'has a prefix length that is none'],
    ['fd00::1/129', 'has a prefix length that is none'],
    ['0.0.0.0', 'is the unspecified address'],
    ['::', 'is the unspecified address'],
    ['::ffff:0.0.0.0', 'is the unspecified address'],
    ['127.0.0.1', 'is a loopback address'],
    ['127.255.255.254/8', 'is a loopback address'],
    ['::1', 'is a loopback address'],
    ['::ffff:127.0.0.1', 'is a loopback address'],
    ['169.254.0.1', 'is a link-local address'],
    ['fe80::1%eth0', 'is a link-local address'],
    ['febf::1', 'is a link-local address'],
    ['224.0.0.1', 'is a multicast address'],
    ['239.255.255.255', 'is a multicast address'],
    ['ff02::1', 'is a multicast address'],
    ['ff0e::1/8', 'is a multicast address'],
    ['255.255.255.255', 'is the broadcast address'],
  ])('%s', (text, reason) => {
    const result = readAddress(text)
    expect(result.ok ? 'published' : result.problems[0]?.message).toContain(reason)
  })
})

describe('Go, as it answered', () => {
  const fixture = new URL('../../fixtures/go-addresses.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(fixture, 'utf8')) as {
    cases: { text: string; ip: boolean; cidr: boolean; canonical: string }[]
  }

  it.each(cases.map((recorded) => [recorded.text, recorded] as const))(
    '%j is read alike',
    (text, { ip, cidr, canonical }) => {
      expect({ ip: isAddress(text), cidr: isCidr(text) }).toEqual({ ip, cidr })
      const address = readAddress(text)
      if (address.ok && ip) expect(address.value.text).toBe(canonical)
    },
  )
})

describe('whatever the text', () => {
  it('reading never throws, and what was read reads as itself', () => {
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), fc.ipV4Extended(), annotationText), (text) => {
        const address = readAddress(text)
        isCidr(text)
        if (address.ok) expect(readAddress(address.value.text)).toEqual(address)
      }),
      { numRuns: 2000 },
    )
  })

  it.each(HUGE)('a flood of %s is no address', (_what, text) => {
    expect(readAddress(text).ok).toBe(false)
    expect(isCidr(text)).toBe(false)
  })
})
