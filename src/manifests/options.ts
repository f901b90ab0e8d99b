// What did the caller of `sidenet manifests` ask for? Turns its flags into options, or tells everything wrong with them.
// Never looks at a file or a cluster.

import { bad, good, type Problem, type Result } from '../core/problem.ts'

/** Whoever gets the rights: as in the subjects of a RoleBinding. */
export type Subject =
  | { readonly kind: 'User' | 'Group'; readonly name: string }
  | { readonly kind: 'ServiceAccount'; readonly namespace: string; readonly name: string }

export interface Flags {
  readonly namespace?: string
  readonly image?: string
  readonly webhookUrl?: string
  readonly subject?: readonly string[]
  readonly recover?: string
}

export interface RenderOptions {
  /** Where Sidenet lives; undefined: as the files say. */
  readonly namespace: string | undefined
  /** The image of the Deployment; undefined: as the files say. */
  readonly image: string | undefined
  /** Where the API server reaches a Sidenet that runs outside the cluster, no slash at its end; undefined: in the cluster. */
  readonly webhookUrl: string | undefined
  readonly subjects: readonly Subject[]
  /** Whether Sidenet puts networks back that vanished, for which it needs one more right. */
  readonly recreates: boolean
}

export function parseFlags(flags: Flags): Result<RenderOptions> {
  const problems: Problem[] = []
  const read = <T>(
    field: string,
    text: string | undefined,
    parse: (text: string) => T | string,
  ): T | undefined => {
    if (text === undefined) return undefined
    const value = parse(text)
    if (typeof value !== 'string') return value
    problems.push({ field, message: value })
    return undefined
  }
  const namespace = read('--namespace', flags.namespace, parseNamespace)
  const image = read('--image', flags.image, parseImage)
  const webhookUrl = read('--webhook-url', flags.webhookUrl, parseWebhookUrl)
  const subjects = (flags.subject ?? []).map((text) => read('--subject', text, parseSubject))
  if (flags.image !== undefined && flags.webhookUrl !== undefined) {
    problems.push({
      field: '--image',
      message: 'has no use with --webhook-url, which prints no Deployment; leave one of the two out',
    })
  }
  const recover = read('--recover', flags.recover, parseRecover)
  if (problems.length > 0) return bad(...problems)
  return good({
    recreates: recover?.text === 'recreate',
    namespace: namespace?.text,
    image: image?.text,
    webhookUrl: webhookUrl?.text,
    subjects: subjects.filter((subject) => subject !== undefined),
  })
}

/** A text that was accepted; a bare string is what is wrong instead. */
interface Accepted {
  readonly text: string
}

/** A DNS label, as Kubernetes demands of Namespaces (RFC 1123, at most 63 characters). */
const DNS_LABEL = /^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$/

/** Namespaces that belong to the cluster: ours forbids privileged Pods and goes when Sidenet is uninstalled. */
const TAKEN_NAMESPACES = ['default', 'kube-system', 'kube-public', 'kube-node-lease']

function parseNamespace(text: string): Accepted | string {
  if (!DNS_LABEL.test(text)) {
    return `"${text}" is not the name of a Namespace: at most 63 lower case letters, digits and inner hyphens`
  }
  if (!TAKEN_NAMESPACES.includes(text)) return { text }
  return `"${text}" belongs to the cluster; Sidenet needs a Namespace of its own, whose deletion uninstalls it`
}

function parseImage(text: string): Accepted | string {
  if (/^[A-Za-z0-9][A-Za-z0-9._:/@-]*$/.test(text)) return { text }
  return `"${text}" is not an image; write it like registry.example/sidenet:1.0.0`
}

/** The API server takes only https, and neither user, query nor fragment. */
function parseWebhookUrl(text: string): Accepted | string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url) return `"${text}" is not a URL; write it like https://127.0.0.1:9443`
  if (url.protocol !== 'https:')
    return `"${text}" must begin with https://, which is all the API server speaks to webhooks`
  if (url.username || url.password || url.search || url.hash) {
    return 'may have a host, a port and a path only; the API server accepts nothing else'
  }
  return { text: `${url.origin}${url.pathname.replace(/\/+$/, '')}` }
}

function parseRecover(text: string): Accepted | string {
  return text === 'report' || text === 'recreate' ? { text } : 'must be report or recreate'
}

function parseSubject(text: string): Subject | string {
  const [, kind, name = ''] =
    /^(User|Group|ServiceAccount):([\x21-\x7e\xa0-\uffff](?:[\x20-\x7e\xa0-\uffff]*))$/.exec(text) ?? []
  if (kind === 'User' || kind === 'Group') return { kind, name }
  const [namespace = '', account = '', ...rest] = name.split('/')
  if (
    kind === 'ServiceAccount' &&
    DNS_LABEL.test(namespace) &&
    SUBDOMAIN.test(account) &&
    rest.length === 0
  ) {
    return { kind, namespace, name: account }
  }
  return `"${text}" is none of User:NAME, Group:NAME and ServiceAccount:NAMESPACE/NAME`
}

/** What the name of a ServiceAccount may be (RFC 1123 subdomain). */
const SUBDOMAIN = /^[a-z0-9]([-a-z0-9.]{0,251}[a-z0-9])?$/
