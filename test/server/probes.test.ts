import { describe, expect, it } from '@jest/globals'
import request from 'supertest'
import { probes, type ProbeParts } from '../../src/server/probes.ts'

const app = (parts: Partial<ProbeParts> = {}): ReturnType<typeof probes> =>
  probes({
    checks: {},
    metrics: () =>
      Promise.resolve({
        contentType: 'text/plain; version=0.0.4; charset=utf-8',
        text: 'sidenet_up 1\n',
      }),
    report: () => undefined,
    ...parts,
  })

describe('the probes', () => {
  it('is alive as long as it answers', async () => {
    const answer = await request(app()).get('/healthz')
    expect([answer.status, answer.text]).toEqual([200, 'ok\n'])
  })

  const readiness: [string, ProbeParts['checks'], number, string][] = [
    ['nothing to check', {}, 200, 'ready\n'],
    [
      'all is well',
      { index: () => undefined, certificate: () => undefined },
      200,
      'index: ok\ncertificate: ok\nready\n',
    ],
    [
      'one is not ready',
      { index: () => 'Pods are still being read', certificate: () => undefined },
      503,
      'index: not ready, Pods are still being read\ncertificate: ok\nnot ready\n',
    ],
    [
      'a check that throws is not ready',
      {
        index: () => {
          throw new Error('boom')
        },
      },
      503,
      'index: not ready, the check itself failed: Error: boom\nnot ready\n',
    ],
  ]
  it.each(readiness)('%s', async (_sentence, checks, status, text) => {
    const answer = await request(app({ checks })).get('/readyz')
    expect([answer.status, answer.text]).toEqual([status, text])
  })

  it('hands out the metrics as they come', async () => {
    const answer = await request(app()).get('/metrics')
    expect([answer.status, answer.headers['content-type'], answer.text]).toEqual([
      200,
      'text/plain; version=0.0.4; charset=utf-8',
      'sidenet_up 1\n',
    ])
  })

  it('metrics that fail are reported, and nothing of the failure leaves', async () => {
    const reports: unknown[] = []
    const metrics = (): Promise<never> => Promise.reject(new Error('hunter2'))
    const answer = await request(app({ metrics, report: (failure) => reports.push(failure) })).get('/metrics')
    expect([answer.status, answer.text]).toEqual([500, 'failed; the log says why\n'])
    expect(reports).toMatchObject([{ error: { message: 'hunter2' } }])
  })

  it.each(['/', '/validate', '/healthz/x', '/%'])('%s is not there', async (path) => {
    const answer = await request(app()).get(path)
    expect(answer.status).toBeGreaterThanOrEqual(400)
    expect(answer.headers['x-powered-by']).toBeUndefined()
    expect(answer.text).not.toContain('node_modules')
  })
})
