// Which certificate do we serve right now, and does the API server believe it? Load, swap, publish; again and again.
// Never makes or judges a certificate, and never gives up the one that serves because a newer one cannot be had.

import { pause, type Clock } from './clock.ts'

export interface Loaded {
  readonly pair: { readonly cert: string; readonly key: string }
  /** Epoch milliseconds. */
  readonly notAfter: number
  /** PEM of the CA or CAs that callers must trust; undefined where somebody else tells them. */
  readonly caBundle: string | undefined
  /** What was found and done on the way, for the log. */
  readonly news: readonly string[]
}

export interface ServingCertificateParts {
  /** The certificate of this moment, renewed where its time has come. Rejects, with a sentence, where none can be had. */
  readonly load: (now: number) => Promise<Loaded>
  /** Serves the pair from the next connection on; throws where the two do not match. */
  readonly serve: (pair: Loaded['pair']) => void
  /** Makes the API server trust these CAs; resolves with what was written, which is nothing where all is well. */
  readonly publish: (caBundle: string | undefined) => Promise<readonly string[]>
  readonly clock: Clock
  /** Milliseconds between two looks at the certificate. */
  readonly interval: number
  /** Milliseconds after which the API server is told again, in case somebody changed what it was told. */
  readonly publishInterval: number
  readonly report: (line: { readonly level: 'info' | 'warn'; readonly message: string }) => void
}

/** The first new try after a failure; each further one waits twice as long, up to the interval. */
const FIRST_RETRY_MS = 500

export class ServingCertificate {
  readonly #parts: ServingCertificateParts
  #serving: Loaded | undefined
  /** What the API server was told last, and when; it is `{}` before the first time. */
  #published: { readonly caBundle?: string | undefined; readonly at?: number } = {}
  readonly #lastNews = { loaded: '', published: '' }
  #failure: string | undefined
  #failures = 0

  constructor(parts: ServingCertificateParts) {
    this.#parts = parts
  }

  /** Epoch milliseconds; undefined before there is one. */
  get notAfter(): number | undefined {
    return this.#serving?.notAfter
  }

  /** Undefined where a valid certificate is served and the API server was told of its CA, else why not. */
  whyNotReady(): string | undefined {
    if (this.#serving === undefined) return this.#failure ?? 'there is no certificate yet'
    if (this.#parts.clock.now() >= this.#serving.notAfter)
      return `the certificate has ended; ${this.#failure ?? 'there is no new one yet'}`
    if (!this.#isPublished(this.#serving)) return this.#failure ?? 'the API server was not told of the CA yet'
    return undefined
  }

  /** One look: load, swap where something changed, publish. What fails is reported and tried again by `keep`. */
  async refresh(): Promise<void> {
    try {
      const loaded = await this.#parts.load(this.#parts.clock.now())
      this.#tellOnce('loaded', loaded.news)
      this.#swap(loaded)
      await this.#publish(loaded)
      if (this.#failures > 0) this.#tell('info', 'the certificate is all right again')
      this.#failure = undefined
      this.#failures = 0
    } catch (error) {
      this.#failed(error)
    }
  }

  /** Looks again and again until `signal` is aborted, sooner after a failure. Never rejects. */
  async keep(signal: AbortSignal): Promise<void> {
    const { clock, interval } = this.#parts
    while (!signal.aborted) {
      await this.refresh()
      const wait =
        this.#failures === 0 ? interval : Math.min(interval, FIRST_RETRY_MS * 2 ** (this.#failures - 1))
      await pause(clock, wait, signal)
    }
  }

  #swap(loaded: Loaded): void {
    const { cert, key } = this.#serving?.pair ?? {}
    if (loaded.pair.cert === cert && loaded.pair.key === key) return
    this.#parts.serve(loaded.pair)
    this.#serving = loaded
    this.#tell('info', `serving a certificate that is valid until ${new Date(loaded.notAfter).toISOString()}`)
  }

  async #publish(loaded: Loaded): Promise<void> {
    const now = this.#parts.clock.now()
    const { at = -Infinity } = this.#published
    if (this.#isPublished(loaded) && now - at < this.#parts.publishInterval) return
    this.#tellOnce('published', await this.#parts.publish(loaded.caBundle))
    this.#published = { caBundle: loaded.caBundle, at: now }
  }

  #isPublished({ caBundle }: Loaded): boolean {
    return this.#published.at !== undefined && this.#published.caBundle === caBundle
  }

  /** Files that lack a name and configurations that are absent say so at every look; people need it once. */
  #tellOnce(from: 'loaded' | 'published', news: readonly string[]): void {
    const all = news.join('\n')
    if (all !== this.#lastNews[from]) for (const message of news) this.#tell('info', message)
    this.#lastNews[from] = all
  }

  /** The same failure is told once, not every few seconds. */
  #failed(error: unknown): void {
    const failure = error instanceof Error ? error.message : String(error)
    if (failure !== this.#failure) this.#tell('warn', failure)
    this.#failure = failure
    this.#failures++
  }

  #tell(level: 'info' | 'warn', message: string): void {
    this.#parts.report({ level, message })
  }
}
