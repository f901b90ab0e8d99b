import type { StoresCertificates } from '../../src/certificates/agree.ts'
import type { CertificateSet } from '../../src/certificates/certificate-set.ts'

/** One place that replicas share, with the API server's rules: create once, replace only what was read. */
export class Shelf implements StoresCertificates {
  stored: CertificateSet | undefined
  version = 0
  writes = 0
  /** Runs before each write, as another replica would in between. */
  between: () => Promise<void> = () => Promise.resolve()

  constructor(stored?: CertificateSet) {
    this.stored = stored
  }

  read(): Promise<{ set: CertificateSet; version: string } | undefined> {
    return Promise.resolve(this.stored && { set: this.stored, version: String(this.version) })
  }

  async create(set: CertificateSet): Promise<boolean> {
    await this.between()
    return this.stored === undefined && this.#write(set)
  }

  async replace(set: CertificateSet, version: string): Promise<boolean> {
    await this.between()
    return String(this.version) === version && this.stored !== undefined && this.#write(set)
  }

  #write(set: CertificateSet): true {
    this.stored = set
    this.version++
    this.writes++
    return true
  }
}
