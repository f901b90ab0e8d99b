import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { allow, deny, denyInvalid, patch } from '../../../src/core/admission/decision.ts'
import { readReview, writeFailure, writeReview } from '../../../src/core/admission/review.ts'
import { describeProblem } from '../../../src/core/problem.ts'
import { deletionReview } from '../../server/reviews.ts'

describe('readReview', () => {
  it('reads every field that a decision may need', () => {
    const { request } = deletionReview() as { request: { oldObject: unknown } }
    expect(readReview(deletionReview())).toEqual({
      ok: true,
      value: {
        uid: '705ab4f5-6393-11e8-b7cc-42010a800002',
        operation: 'DELETE',
        group: 'k8s.cni.cncf.io',
        version: 'v1',
        resource: 'network-attachment-definitions',
        subresource: undefined,
        name: 'macvlan-a',
        namespace: 'blue',
        userInfo: {
          username: 'jane',
          uid: undefined,
          groups: ['system:authenticated'],
          extra: { 'example.org/team': ['net'] },
        },
        dryRun: false,
        object: null,
        oldObject: request.oldObject,
      },
    })
  })

  const fine: [string, Record<string, unknown>, Record<string, unknown>][] = [
    ['a delete-collection has no name', { name: undefined }, { name: undefined }],
    ['an empty name is no name', { name: '' }, { name: undefined }],
    ['a cluster-wide object has no namespace', { namespace: undefined }, { namespace: undefined }],
    [
      'the core group is empty',
      { resource: { version: 'v1', resource: 'namespaces' } },
      { group: '', resource: 'namespaces' },
    ],
    ['a subresource is told', { subResource: 'status' }, { subresource: 'status' }],
    ['dryRun may be left out', { dryRun: undefined }, { dryRun: false }],
    ['a dry run is one', { dryRun: true }, { dryRun: true }],
    [
      'objects may be left out',
      { object: undefined, oldObject: undefined },
      { object: null, oldObject: null },
    ],
    [
      'a user may have nothing but a uid',
      { userInfo: { uid: '7', groups: null, extra: { a: null } } },
      { userInfo: { username: '', uid: '7', groups: [], extra: { a: [] } } },
    ],
  ]
  it.each(fine)('%s', (_sentence, changes, expected) => {
    expect(readReview(deletionReview(changes))).toMatchObject({ ok: true, value: expected })
  })

  const wrong: [string, unknown, string][] = [
    ['nothing', undefined, 'must be an AdmissionReview, as a JSON object'],
    ['null', null, 'must be an AdmissionReview, as a JSON object'],
    ['a list', [], 'must be an AdmissionReview, as a JSON object'],
    ['a text', 'AdmissionReview', 'must be an AdmissionReview, as a JSON object'],
    ['no request', { ...deletionReview(), request: undefined }, 'request: must be an object'],
    ['a request that is a list', { ...deletionReview(), request: [] }, 'request: must be an object'],
    [
      'an older version',
      { ...deletionReview(), apiVersion: 'admission.k8s.io/v1beta1' },
      'apiVersion: must be admission.k8s.io/v1',
    ],
    ['another kind', { ...deletionReview(), kind: 'Pod' }, 'kind: must be AdmissionReview'],
    ['no uid', deletionReview({ uid: undefined }), 'request.uid: is required'],
    ['an empty uid', deletionReview({ uid: '' }), 'request.uid: is required'],
    ['a number as uid', deletionReview({ uid: 7 }), 'request.uid: must be text'],
    [
      'an endless uid',
      deletionReview({ uid: 'x'.repeat(257) }),
      'request.uid: must have at most 256 characters',
    ],
    [
      'an unknown operation',
      deletionReview({ operation: 'delete' }),
      'request.operation: must be one of CREATE, UPDATE, DELETE, CONNECT',
    ],
    [
      'no resource',
      deletionReview({ resource: undefined }),
      'request.resource: must be an object; request.resource.version: is required; request.resource.resource: is required',
    ],
    [
      'a number as group',
      deletionReview({ resource: { group: 1, version: 'v1', resource: 'pods' } }),
      'request.resource.group: must be text',
    ],
    ['a list as name', deletionReview({ name: ['a'] }), 'request.name: must be text'],
    ['no user', deletionReview({ userInfo: null }), 'request.userInfo: must be an object'],
    [
      'groups that are no list',
      deletionReview({ userInfo: { groups: 'a' } }),
      'request.userInfo.groups: must be a list of texts',
    ],
    [
      'groups of numbers',
      deletionReview({ userInfo: { groups: [1] } }),
      'request.userInfo.groups: must be a list of texts',
    ],
    [
      'extra that is no object',
      deletionReview({ userInfo: { extra: 1 } }),
      'request.userInfo.extra: must be an object',
    ],
    [
      'extra without lists',
      deletionReview({ userInfo: { extra: { a: 'b' } } }),
      'request.userInfo.extra: must hold lists of texts',
    ],
    ['dryRun as text', deletionReview({ dryRun: 'true' }), 'request.dryRun: must be true or false'],
    [
      'two mistakes',
      deletionReview({ uid: 1, dryRun: 1 }),
      'request.uid: must be text; request.dryRun: must be true or false',
    ],
  ]
  it.each(wrong)('says what is wrong with %s', (_what, review, expected) => {
    const result = readReview(review)
    expect(result.ok ? [] : result.problems.map(describeProblem)).toEqual(expected.split('; '))
  })

  it('keeps keys that mean something to JavaScript as plain keys', () => {
    const review = JSON.parse(
      JSON.stringify(deletionReview()).replace('"example.org/team"', '"__proto__"'),
    ) as unknown
    const result = readReview(review)
    expect(result.ok && Object.entries(result.value.userInfo.extra)).toEqual([['__proto__', ['net']]])
  })

  it('never throws, whatever it is given', () => {
    const anything = fc.oneof(
      fc.jsonValue(),
      fc.anything(),
      fc.jsonValue().map((value) => ({ ...deletionReview(), request: value })),
    )
    fc.assert(fc.property(anything, (value) => typeof readReview(value).ok === 'boolean'))
  })

  it('never throws, whatever a single field holds', () => {
    const fields = [
      'uid',
      'resource',
      'name',
      'namespace',
      'operation',
      'userInfo',
      'dryRun',
      'object',
      'oldObject',
      'subResource',
    ]
    fc.assert(
      fc.property(fc.constantFrom(...fields), fc.jsonValue(), (field, value) => {
        const result = readReview(deletionReview({ [field]: value }))
        return result.ok || result.problems.every((problem) => problem.field.startsWith(`request.${field}`))
      }),
    )
  })
})

describe('writeReview', () => {
  const response = (decision: Parameters<typeof writeReview>[1]): unknown =>
    (writeReview('u', decision) as { response: unknown }).response

  it('sends a patch as the bytes of its JSON, in base64, with its warnings', () => {
    const operations = [{ op: 'add', path: '/spec/ports/0/name', value: 'tcp-80 ü €' }] as const
    const written = response(patch('NetServiceDefaulted', operations, { warnings: ['w'] })) as {
      patch: string
    }
    expect(written).toEqual({
      uid: 'u',
      allowed: true,
      patchType: 'JSONPatch',
      patch: expect.any(String),
      warnings: ['w'],
    })
    expect(JSON.parse(Buffer.from(written.patch, 'base64').toString('utf8'))).toEqual(operations)
  })

  it('answers an object that cannot work with 422, its kind and name, and every cause behind its field', () => {
    const object = { group: 'sidenet.io', kind: 'NetService', name: 'web' }
    const causes = [{ reason: 'NetServiceInvalid', field: 'spec.selector', message: 'is required' }] as const
    expect(response(denyInvalid('NetServiceInvalid', object, 'cannot work', { causes }))).toEqual({
      uid: 'u',
      allowed: false,
      status: {
        status: 'Failure',
        code: 422,
        reason: 'Invalid',
        message: 'cannot work',
        details: { ...object, causes },
      },
    })
  })

  it('says yes with the uid alone', () => {
    expect(writeReview('u', allow('NetworkFree'))).toEqual({
      apiVersion: 'admission.k8s.io/v1',
      kind: 'AdmissionReview',
      response: { uid: 'u', allowed: true },
    })
  })

  it('adds warnings and audit annotations to a yes', () => {
    expect(
      response(allow('DeletionOverridden', { warnings: ['7 Pods are hurt'], audit: { decision: 'allow' } })),
    ).toEqual({
      uid: 'u',
      allowed: true,
      warnings: ['7 Pods are hurt'],
      auditAnnotations: { decision: 'allow' },
    })
  })

  it('says no as 403 Forbidden, because clients keep the sentence of that', () => {
    const causes = [
      { reason: 'NetworkInUse', message: 'Pod blue/db-0', field: '' } as const,
      { reason: 'NetworkInUse', message: 'b', field: 'spec' } as const,
    ]
    expect(response(deny('NetworkInUse', 'blue/a is used by 2 Pods', { causes }))).toEqual({
      uid: 'u',
      allowed: false,
      status: {
        status: 'Failure',
        code: 403,
        reason: 'Forbidden',
        message: 'blue/a is used by 2 Pods',
        details: {
          causes: [
            { reason: 'NetworkInUse', message: 'Pod blue/db-0' },
            { reason: 'NetworkInUse', message: 'b', field: 'spec' },
          ],
        },
      },
    })
  })

  it('asks to try again as 503 with retryAfterSeconds, because kubectl then does', () => {
    expect(response(deny('NetworkUseUnconfirmed', 'try again', { again: true }))).toEqual({
      uid: 'u',
      allowed: false,
      status: {
        status: 'Failure',
        code: 503,
        reason: 'ServiceUnavailable',
        message: 'try again',
        details: { retryAfterSeconds: 1 },
      },
    })
  })

  it('admits a failure of our own as 500', () => {
    expect(writeFailure('u', 'it\nfailed')).toMatchObject({
      response: {
        uid: 'u',
        allowed: false,
        status: { code: 500, reason: 'InternalError', message: 'it failed' },
      },
    })
  })

  it('keeps the message on one line', () => {
    expect(response(deny('NetworkInUse', 'a\r\nb\u0000c\u2028d\ud800'))).toMatchObject({
      status: { message: 'a b c d\ufffd' },
    })
  })

  it('drops audit keys that the API server would not take', () => {
    const audit = {
      'fine-key_1.x': 'y',
      'with/slash': 'n',
      '': 'n',
      '-a': 'n',
      ['k'.repeat(64)]: 'n',
      ['k'.repeat(63)]: 'y',
    }
    expect(response(allow('NetworkFree', { audit }))).toMatchObject({
      auditAnnotations: { 'fine-key_1.x': 'y', ['k'.repeat(63)]: 'y' },
    })
    expect(
      Object.keys(
        (response(allow('NetworkFree', { audit })) as { auditAnnotations: object }).auditAnnotations,
      ),
    ).toHaveLength(2)
  })

  const warningsOf = (warnings: string[]): string[] =>
    (response(allow('NetworkFree', { warnings })) as { warnings?: string[] }).warnings ?? []

  it('leaves out whole warnings where they become too many, and says how many', () => {
    const warnings = Array.from({ length: 100 }, (_, index) => `${index} `.padEnd(100, 'x'))
    const written = warningsOf(warnings)
    expect(written.slice(0, -1)).toEqual(warnings.slice(0, written.length - 1))
    expect(written.at(-1)).toBe(`${100 - (written.length - 1)} more warnings left out`)
  })

  it('shows the beginning of a warning that alone is too long', () => {
    const [first = '', rest] = warningsOf(['x'.repeat(9_000), 'second'])
    expect([first.slice(0, 3), first.at(-1), rest]).toEqual(['xxx', '…', '1 more warning left out'])
  })

  it('never writes a warning that is no header text, nor too much of them', () => {
    const lines = fc.array(
      fc.oneof(fc.string({ unit: 'binary', maxLength: 600 }), fc.string({ maxLength: 5_000 })),
      { maxLength: 60 },
    )
    fc.assert(
      fc.property(lines, (warnings) => {
        const written = warningsOf(warnings)
        const total = written.reduce((sum, line) => sum + line.length, 0)
        return (
          total < 4_000 &&
          written.every((line) => line !== '' && line.isWellFormed() && !/\p{Cc}/u.test(line))
        )
      }),
    )
  })
})
