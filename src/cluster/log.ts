// What do we need to say things to whoever runs us? Sentences only; main hands in what writes them.
// Never says the same thing over and over: callers back off before they say it again.

export interface Log {
  info(sentence: string): void
  warn(sentence: string): void
}
