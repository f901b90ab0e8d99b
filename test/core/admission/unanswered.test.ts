import { describe, expect, it } from '@jest/globals'
import type { AdmissionRequest } from '../../../src/core/admission/review.ts'
import { unanswered } from '../../../src/core/admission/unanswered.ts'
import { NAD, NET_SERVICE } from '../../../src/core/names.ts'

const about = (
  operation: AdmissionRequest['operation'],
  group: string,
  resource: string,
): AdmissionRequest => ({
  ...{ uid: 'u', operation, group, version: 'v1', resource, subresource: undefined },
  ...{ name: 'db', namespace: 'blue', dryRun: false, object: {}, oldObject: null },
  userInfo: { username: 'jane', uid: undefined, groups: [], extra: {} },
})

describe('a request that was not decided in time', () => {
  it.each([
    ['CREATE', '', 'services'],
    ['UPDATE', '', 'services'],
  ] as const)(
    'passes with a warning where its duty fails open: %s of "%s" %s',
    (operation, group, resource) => {
      expect(unanswered(about(operation, group, resource))).toMatchObject({
        kind: 'allow',
        reason: 'DecisionLate',
        warnings: [expect.stringContaining('could not look at this Service in time')],
        audit: { decision: 'allow', reason: 'DecisionLate' },
      })
    },
  )

  it.each([
    ['CREATE', NET_SERVICE.group, NET_SERVICE.plural, 'DecisionLate'],
    ['UPDATE', NET_SERVICE.group, NET_SERVICE.plural, 'DecisionLate'],
    ['DELETE', NAD.group, NAD.plural, 'NetworkUseUnconfirmed'],
    ['DELETE', '', 'namespaces', 'NetworkUseUnconfirmed'],
    ['DELETE', '', 'services', 'NetworkUseUnconfirmed'],
    ['CREATE', 'other.example', 'services', 'NetworkUseUnconfirmed'],
  ] as const)('is to be sent again elsewhere: %s of "%s" %s', (operation, group, resource, reason) => {
    expect(unanswered(about(operation, group, resource))).toMatchObject({
      ...{ kind: 'deny', reason, again: true },
      audit: { decision: 'deny', reason },
    })
  })
})
