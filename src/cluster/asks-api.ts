// What do the small writers need of the API server? One request and its answer, whatever the status.
// Never decides which status is fine.

export interface AsksApi {
  /** Rejects only where no answer came. `body` is the parsed JSON of the answer. */
  request(request: {
    readonly method?: 'GET' | 'POST' | 'PATCH'
    readonly path: string
    readonly query?: Readonly<Record<string, string>>
    readonly body?: unknown
    readonly contentType?: string
  }): Promise<Answer>
}

interface Answer {
  readonly status: number
  readonly body: unknown
}

/** The fields of a JSON object; none where it is something else. */
export function fieldsOf(value: unknown): Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return {}
  return value as Readonly<Record<string, unknown>>
}

/** An error for people: what we wanted, and what the API server said to it. */
export function refusalOf(wanted: string, { status, body }: Answer): Error {
  const message = fieldsOf(body)['message']
  return new Error(
    `cannot ${wanted}: the API server answers ${status}${typeof message === 'string' ? `, ${message}` : ''}`,
  )
}
