// What happened, for whoever runs Sidenet: one JSON object per line on stdout.
// Never an object's content: names, reasons, counts and the uid of a request are enough to find the rest.

import { pino, type DestinationStream, type Logger } from 'pino'

export const LOG_LEVELS = ['debug', 'info', 'warn', 'error'] as const
export type LogLevel = (typeof LOG_LEVELS)[number]

/** Facts that belong to a line: short names, plain values; an error under `error`. */
export type LogFacts = Readonly<Record<string, unknown>>

/** One line each: what happened as a sentence without end mark, and the facts beside it. */
export type Log = Readonly<Record<LogLevel, (message: string, facts?: LogFacts) => void>>

/** `time` is RFC 3339, `level` a word. Lines below `level` are dropped. */
export function createLog(level: LogLevel, destination?: DestinationStream): Log {
  const options = {
    level,
    base: null,
    messageKey: 'message',
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    serializers: { error: describeError },
  }
  const logger = destination === undefined ? pino(options) : pino(options, destination)
  return {
    debug: writer(logger, 'debug'),
    info: writer(logger, 'info'),
    warn: writer(logger, 'warn'),
    error: writer(logger, 'error'),
  }
}

const writer =
  (logger: Logger, level: LogLevel) =>
  (message: string, facts: LogFacts = {}): void =>
    logger[level](facts, message)

/** Long enough for every sentence of ours, too short for an object that an API error quotes. */
const LONGEST_MESSAGE = 500
const DEEPEST_CAUSE = 4

/** Only what an error says of itself: clients hang whole requests and answers, tokens included, on their errors. */
function describeError(error: unknown, depth = 0): unknown {
  if (!(error instanceof Error)) return shortened(String(error))
  return {
    type: error.name,
    message: shortened(error.message),
    ...('code' in error ? { code: shortened(String(error.code)) } : {}),
    ...(depth === 0 ? { stack: frames(error.stack ?? '') } : {}),
    ...(error.cause === undefined || depth === DEEPEST_CAUSE
      ? {}
      : { cause: describeError(error.cause, depth + 1) }),
  }
}

/** Where it happened; the text before the first frame repeats the message at full length. */
function frames(stack: string): string {
  return stack
    .split('\n')
    .filter((line) => /^ {4}at /.test(line))
    .map((line) => line.trim())
    .join('\n')
}

function shortened(text: string): string {
  return text.length <= LONGEST_MESSAGE ? text : `${text.slice(0, LONGEST_MESSAGE)}…`
}
