// The flags of `sidenet manifests`: what they mean, and that everything wrong with them is told by name.

import { describe, expect, it } from '@jest/globals'
import { parseFlags } from '../../src/manifests/options.ts'

const fieldsOf = (flags: Parameters<typeof parseFlags>[0]): string[] => {
  const result = parseFlags(flags)
  return result.ok ? [] : result.problems.map(({ field }) => field)
}

describe('flags that are right', () => {
  it('may all be missing', () => {
    expect(parseFlags({})).toEqual({
      ok: true,
      value: {
        namespace: undefined,
        image: undefined,
        webhookUrl: undefined,
        subjects: [],
        recreates: false,
      },
    })
  })

  it.each([
    ['https://127.0.0.1:9443', 'https://127.0.0.1:9443'],
    ['https://127.0.0.1:9443/', 'https://127.0.0.1:9443'],
    ['https://[::1]:9443', 'https://[::1]:9443'],
    ['https://guard.example/sidenet/', 'https://guard.example/sidenet'],
  ])('--webhook-url %s is called below %s', (webhookUrl, url) => {
    expect(parseFlags({ webhookUrl })).toMatchObject({ ok: true, value: { webhookUrl: url } })
  })

  it.each([
    ['User:jane', { kind: 'User', name: 'jane' }],
    ['User:oidc:jane@example', { kind: 'User', name: 'oidc:jane@example' }],
    ['Group:system:masters', { kind: 'Group', name: 'system:masters' }],
    ['Group:Net Admins', { kind: 'Group', name: 'Net Admins' }],
    ['ServiceAccount:ops/guard.one', { kind: 'ServiceAccount', namespace: 'ops', name: 'guard.one' }],
  ])('--subject %s', (subject, expected) => {
    expect(parseFlags({ subject: [subject] })).toMatchObject({ ok: true, value: { subjects: [expected] } })
  })

  it.each(['sidenet', 'registry.example:5000/a/sidenet:1.0', `sidenet@sha256:${'a'.repeat(64)}`])(
    '--image %s',
    (image) => {
      expect(fieldsOf({ image })).toEqual([])
    },
  )
})

describe('flags that are wrong', () => {
  it('--recover takes report and recreate only', () => {
    expect(fieldsOf({ recover: 'always' })).toEqual(['--recover'])
    expect(parseFlags({ recover: 'report' })).toMatchObject({ value: { recreates: false } })
    expect(parseFlags({ recover: 'recreate' })).toMatchObject({ value: { recreates: true } })
  })

  it.each(['', 'Blue', 'a_b', '-a', 'a'.repeat(64), 'a.b', 'kube-system', 'default', 'a\nb'])(
    '--namespace "%s"',
    (namespace) => {
      expect(fieldsOf({ namespace })).toEqual(['--namespace'])
    },
  )

  it.each(['', 'a b', '-x', 'x\nkind: Secret', "'"])('--image "%s"', (image) => {
    expect(fieldsOf({ image })).toEqual(['--image'])
  })

  it.each([
    '',
    'http://127.0.0.1:9443',
    '127.0.0.1:9443',
    'https://',
    'https://u:p@h',
    'https://h/?a=1',
    'https://h/#a',
  ])('--webhook-url "%s"', (webhookUrl) => {
    expect(fieldsOf({ webhookUrl })).toEqual(['--webhook-url'])
  })

  it.each([
    '',
    'jane',
    'User:',
    'user:jane',
    'Group: x',
    'User:a\nb',
    'ServiceAccount:guard',
    'ServiceAccount:ops/',
    'ServiceAccount:/guard',
    'ServiceAccount:a/b/c',
    'ServiceAccount:Ops/guard',
  ])('--subject "%s"', (subject) => {
    expect(fieldsOf({ subject: [subject] })).toEqual(['--subject'])
  })

  it('--image with --webhook-url, which prints no Deployment', () => {
    expect(fieldsOf({ image: 'x:1', webhookUrl: 'https://h' })).toEqual(['--image'])
  })

  it('three of them at once are told all three', () => {
    expect(fieldsOf({ namespace: 'X', webhookUrl: 'ftp://h', subject: ['User:a', 'b'] })).toEqual([
      '--namespace',
      '--webhook-url',
      '--subject',
    ])
  })
})
