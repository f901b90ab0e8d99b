// What `serve` understands of its flags and environment, and what it says of those that make no sense.

import { describe, expect, it } from '@jest/globals'
import { readServeConfig, type Environment, type ServeFlags } from '../src/config.ts'

function config(flags: ServeFlags, environment: Environment = {}): unknown {
  const read = readServeConfig(flags, environment)
  return read.ok ? read.value : read.problems.map(({ field, message }) => `${field} ${message}`)
}

describe('what serve is asked to do', () => {
  it('has a default for everything', () => {
    expect(config({})).toMatchObject({
      listen: { host: undefined, port: 9443 },
      metricsListen: { host: undefined, port: 8080 },
      namespace: 'sidenet-system',
      tlsMinVersion: 'TLSv1.3',
      logLevel: 'info',
      settings: {},
    })
  })

  it.each([
    ['127.0.0.1:9443', { host: '127.0.0.1', port: 9443 }],
    ['[::1]:9443', { host: '::1', port: 9443 }],
    [':1', { host: undefined, port: 1 }],
    ['9443', { host: undefined, port: 9443 }],
    ['localhost:0', { host: 'localhost', port: 0 }],
  ])('listens where %s says', (listen, expected) => {
    expect(config({ listen })).toMatchObject({ listen: expected })
  })

  it('takes a flag before the environment, and the Namespace of its Pod before the default', () => {
    expect(config({ logLevel: 'debug' }, { SIDENET_LOG_LEVEL: 'warn' })).toMatchObject({ logLevel: 'debug' })
    expect(config({}, { SIDENET_LOG_LEVEL: 'warn', POD_NAMESPACE: 'net' })).toMatchObject({
      logLevel: 'warn',
      namespace: 'net',
    })
  })

  it('keeps settings as overrides of the ConfigMap', () => {
    expect(config({ guard: 'warn', blockOn: 'Deployment' })).toMatchObject({
      settings: { guard: 'warn', blockOn: 'Deployment' },
    })
  })

  it.each([
    [
      'an address without port',
      { listen: 'here' },
      '--listen "here" is no address; write HOST:PORT, [IPV6]:PORT or :PORT',
    ],
    [
      'a port that cannot be',
      { metricsListen: ':70000' },
      '--metrics-listen ":70000" is no address; write HOST:PORT, [IPV6]:PORT or :PORT',
    ],
    ['an unknown level', { logLevel: 'loud' }, '--log-level must be one of debug, info, warn, error'],
    ['an old TLS', { tlsMinVersion: '1.1' }, '--tls-min-version must be 1.2 or 1.3'],
    [
      'half a pair',
      { tlsKeyFile: 'a' },
      '--tls-cert-file and --tls-key-file only work together; give both or neither',
    ],
    ['no Namespace', { namespace: 'Not_One' }, '--namespace is not the name of a Namespace'],
    ['a setting that cannot be', { guard: 'off' }, '--guard must be enforce or warn'],
  ])('refuses %s and says what to write', (_, flags, expected) => {
    expect(config(flags)).toEqual([expected])
  })

  it('tells everything that is wrong at once', () => {
    expect(config({ listen: 'x', logLevel: 'y', blockOn: 'Pod' })).toHaveLength(3)
  })
})
