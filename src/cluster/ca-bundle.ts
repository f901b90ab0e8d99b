// Does the API server believe us, and do our webhook configurations go when we go? Writes the two fields for that,
// `caBundle` and the ownerReference to our Namespace, into our own configurations; never creates one, never touches another.

import { fieldsOf, refusalOf, type AsksApi } from './asks-api.ts'
import { KINDS, objectPath, type Kind } from './kinds.ts'

export interface OwnConfigurations {
  /** Of every configuration that is ours. */
  readonly name: string
  /** The Namespace with which they shall go. */
  readonly namespace: string
  /** Under which name our fields are booked in `managedFields`. */
  readonly fieldManager: string
  readonly kinds: readonly ('ValidatingWebhookConfiguration' | 'MutatingWebhookConfiguration')[]
}

export interface Published {
  readonly kind: string
  /** `absent`: nothing of that name, which is fine. */
  readonly outcome: 'unchanged' | 'written' | 'absent'
}

const SERVED: Readonly<Record<OwnConfigurations['kinds'][number], Kind>> = {
  ValidatingWebhookConfiguration: KINDS.validatingWebhookConfiguration,
  MutatingWebhookConfiguration: KINDS.mutatingWebhookConfiguration,
}

/** A patch meets a change of somebody else's now and then; the next look is then up to date. */
const TRIES = 4

/**
 * Makes our configurations hold this bundle (PEM, one or more CAs) in every entry; undefined leaves `caBundle` to
 * somebody else, such as cert-manager. Writes nothing where nothing is to change. Rejects, with a sentence, where the
 * API server cannot be reached or refuses.
 */
export function publishesTrust(
  api: AsksApi,
  own: OwnConfigurations,
): (caBundle: string | undefined) => Promise<Published[]> {
  return async (caBundle) => {
    const published: Published[] = []
    for (const kind of own.kinds)
      published.push({ kind, outcome: await publish(api, own, SERVED[kind], caBundle) })
    return published
  }
}

async function publish(
  api: AsksApi,
  own: OwnConfigurations,
  kind: Kind,
  caBundle: string | undefined,
): Promise<Published['outcome']> {
  const path = objectPath(kind, { name: own.name })
  const what = `${kind.kind} ${own.name}`
  for (let round = 0; round < TRIES; round++) {
    const found = await api.request({ method: 'GET', path })
    if (found.status === 404) return 'absent'
    if (found.status !== 200) throw refusalOf(`read ${what}`, found)
    const patch = [...bundlePatch(found.body, caBundle), ...(await ownerPatch(api, own, found.body))]
    if (patch.length === 0) return 'unchanged'
    const written = await api.request({
      method: 'PATCH',
      path,
      query: { fieldManager: own.fieldManager },
      contentType: 'application/json-patch+json',
      body: patch,
    })
    if (written.status === 200) return 'written'
    // 422 is how the API server answers a `test` that does not hold, 409 a write that came in between.
    if (![404, 409, 422].includes(written.status)) throw refusalOf(`write caBundle into ${what}`, written)
  }
  throw new Error(`cannot write into ${what}: it was changed ${TRIES} times while we tried`)
}

type Operation = { readonly op: 'test' | 'add'; readonly path: string; readonly value: unknown }

/** Each entry is tested by its name at its place, so that an edit in between cannot make us write into another. */
function bundlePatch(configuration: unknown, caBundle: string | undefined): Operation[] {
  if (caBundle === undefined) return []
  const value = Buffer.from(caBundle).toString('base64')
  const webhooks = fieldsOf(configuration)['webhooks']
  return (Array.isArray(webhooks) ? webhooks : []).map(fieldsOf).flatMap((webhook, index): Operation[] => {
    if (fieldsOf(webhook['clientConfig'])['caBundle'] === value) return []
    return [
      { op: 'test', path: `/webhooks/${index}/name`, value: webhook['name'] },
      { op: 'add', path: `/webhooks/${index}/clientConfig/caBundle`, value },
    ]
  })
}

/**
 * The uid is read live in the moment it is written: the garbage collector removes an object whose owner does not
 * exist, and a remembered uid may be that of a Namespace long gone.
 */
async function ownerPatch(
  api: AsksApi,
  { namespace }: OwnConfigurations,
  configuration: unknown,
): Promise<Operation[]> {
  const metadata = fieldsOf(fieldsOf(configuration)['metadata'])
  const owners = Array.isArray(metadata['ownerReferences']) ? metadata['ownerReferences'].map(fieldsOf) : []
  if (owners.some(({ kind, name }) => kind === 'Namespace' && name === namespace)) return []
  const uid = await namespaceUid(api, namespace)
  if (uid === undefined) return []
  const owner = { apiVersion: 'v1', kind: 'Namespace', name: namespace, uid }
  const path = '/metadata/ownerReferences'
  return [
    { op: 'test', path: '/metadata/resourceVersion', value: metadata['resourceVersion'] },
    owners.length > 0 ? { op: 'add', path: `${path}/-`, value: owner } : { op: 'add', path, value: [owner] },
  ]
}

async function namespaceUid(api: AsksApi, namespace: string): Promise<string | undefined> {
  const answer = await api.request({ method: 'GET', path: objectPath(KINDS.namespace, { name: namespace }) })
  if (answer.status === 404) return undefined
  const uid = fieldsOf(fieldsOf(answer.body)['metadata'])['uid']
  if (answer.status !== 200 || typeof uid !== 'string') throw refusalOf(`read Namespace ${namespace}`, answer)
  return uid
}
