// Lines that a person and a program can read, and that carry nobody's secrets.

import { describe, expect, it } from '@jest/globals'
import { createLog, type Log, type LogLevel } from '../../src/observe/log.ts'

type Line = Readonly<Record<string, unknown>>

function logged(level: LogLevel, write: (log: Log) => void): Line[] {
  const lines: Line[] = []
  write(createLog(level, { write: (line) => void lines.push(JSON.parse(line) as Line) }))
  return lines
}

describe('the log', () => {
  it('writes level, time, message and facts as one JSON object per line', () => {
    const [line] = logged('info', (log) => log.warn('the watch broke', { resource: 'pods', failures: 2 }))
    expect(line).toEqual({
      level: 'warn',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/),
      message: 'the watch broke',
      resource: 'pods',
      failures: 2,
    })
  })

  it('drops what is below its level', () => {
    const lines = logged('warn', (log) => {
      log.debug('a')
      log.info('b')
      log.warn('c')
      log.error('d')
    })
    expect(lines.map(({ message }) => message)).toEqual(['c', 'd'])
  })

  it('tells an error with its causes and never what a client hung on it', () => {
    const cause = Object.assign(new Error('connection reset'), { code: 'ECONNRESET' })
    const error = Object.assign(new Error('the API server broke off', { cause }), {
      request: { headers: { authorization: 'Bearer secret' } },
      body: { data: { password: 'secret' } },
    })
    const [line] = logged('info', (log) => log.error('a list failed', { error }))
    expect(line?.['error']).toMatchObject({
      type: 'Error',
      message: 'the API server broke off',
      stack: expect.stringContaining('log.test'),
      cause: { message: 'connection reset', code: 'ECONNRESET' },
    })
    expect(JSON.stringify(line)).not.toContain('secret')
  })

  it('shortens a message that quotes a whole answer, in the stack too', () => {
    const [line] = logged('info', (log) =>
      log.error('x', { error: new Error(`Body: ${'secret '.repeat(1_000)}`) }),
    )
    expect(JSON.stringify(line).length).toBeLessThan(3_000)
  })

  it.each([undefined, null, 'text', 7, { message: 'no error' }])(
    'survives %p in place of an error',
    (error) => {
      expect(logged('info', (log) => log.error('x', { error }))).toHaveLength(1)
    },
  )

  it('survives causes that go round in a circle', () => {
    const error = new Error('round')
    error.cause = error
    expect(logged('info', (log) => log.error('x', { error }))).toHaveLength(1)
  })
})
