// What is wrong with an input, told for people. Bad input is a value here and never an exception.

/** One thing that is wrong: where (a field path or position, empty for the whole) and what, as one sentence. */
export interface Problem {
  readonly field: string
  readonly message: string
}

/** A value, or everything that is wrong with what should have become one. */
export type Result<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly problems: readonly Problem[] }

export function good<T>(value: T): Result<T> {
  return { ok: true, value }
}

export function bad(...problems: Problem[]): Result<never> {
  return { ok: false, problems }
}

/** `field: message`, or the message alone where the whole input is meant. */
export function describeProblem({ field, message }: Problem): string {
  return field === '' ? message : `${field}: ${message}`
}
