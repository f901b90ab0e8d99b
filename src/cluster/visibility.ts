// Of which namespaces may this caller be told the Pods by name? Asks the API server's own authorizer, for at most a
// short moment, and remembers the answers for a while. What cannot be found out in time counts as no.

import type { Visible } from '../core/admission/facts.ts'
import { repeatsInPublic } from '../core/admission/caller.ts'
import type { UserInfo } from '../core/admission/review.ts'
import { NAMED } from '../core/admission/wording.ts'
import type { ApiClient } from './client.ts'
import type { Clock } from './clock.ts'
import { KINDS, collectionPath } from './kinds.ts'

export interface SeesPods {
  /** `home` is always visible: it is the namespace of the object that the caller may delete. */
  visible(caller: UserInfo, namespaces: ReadonlySet<string>, home: string | undefined): Promise<Visible>
}

export interface VisibilityParts {
  readonly client: Pick<ApiClient, 'request'>
  readonly clock: Clock
}

/** A verdict waits no longer than this for a nicer text. */
const PATIENCE_MS = 1_000
/** How long an answer holds, and how many are kept at most. */
const REMEMBER_MS = 60_000
const MOST_REMEMBERED = 4_096
/** A list names five; asking about a few namespaces more finds them where the first are hidden. */
const MOST_ASKED = 2 * NAMED

interface Remembered {
  readonly allowed: Promise<boolean>
  readonly until: number
}

export class Visibility implements SeesPods {
  readonly #parts: VisibilityParts
  readonly #remembered = new Map<string, Remembered>()

  constructor(parts: VisibilityParts) {
    this.#parts = parts
  }

  async visible(
    caller: UserInfo,
    namespaces: ReadonlySet<string>,
    home: string | undefined,
  ): Promise<Visible> {
    const known = new Set(home === undefined ? [] : [home])
    if (namespaces.size === 0 || repeatsInPublic(caller)) return known
    if (await this.#mayList(caller, undefined)) return 'all'
    const asked = [...namespaces].sort().slice(0, MOST_ASKED)
    const allowed = await Promise.all(asked.map((namespace) => this.#mayList(caller, namespace)))
    return new Set([...known, ...asked.filter((_, i) => allowed[i])])
  }

  #mayList(caller: UserInfo, namespace: string | undefined): Promise<boolean> {
    const now = this.#parts.clock.now()
    const key = JSON.stringify([caller.username, caller.uid, caller.groups, caller.extra, namespace])
    const remembered = this.#remembered.get(key)
    if (remembered !== undefined && remembered.until > now) return remembered.allowed
    const allowed = this.#ask(caller, namespace).catch(() => {
      this.#remembered.delete(key)
      return false
    })
    this.#remember(key, { allowed, until: now + REMEMBER_MS })
    return allowed
  }

  #remember(key: string, answer: Remembered): void {
    this.#remembered.delete(key)
    this.#remembered.set(key, answer)
    const [oldest] = this.#remembered.keys()
    if (this.#remembered.size > MOST_REMEMBERED && oldest !== undefined) this.#remembered.delete(oldest)
  }

  async #ask({ username, uid, groups, extra }: UserInfo, namespace: string | undefined): Promise<boolean> {
    const { status, body } = await this.#parts.client.request({
      method: 'POST',
      path: collectionPath(KINDS.subjectAccessReview),
      timeoutMs: PATIENCE_MS,
      body: {
        apiVersion: 'authorization.k8s.io/v1',
        kind: 'SubjectAccessReview',
        spec: {
          ...{ user: username, uid, groups, extra },
          resourceAttributes: { verb: 'list', resource: 'pods', version: 'v1', namespace },
        },
      },
    })
    if (status !== 201) throw new Error(`the SubjectAccessReview was answered with ${status}`)
    return (
      (body as { readonly status?: { readonly allowed?: unknown } } | undefined)?.status?.allowed === true
    )
  }
}
