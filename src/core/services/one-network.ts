// Which one network is a Service reached on, and by which interface? A Service or NetService names exactly one.
// Never looks whether it exists, or who is attached to it.

import { quoted } from '../networks/quote.ts'
import { checkSelection, isJson } from '../networks/selection.ts'
import { objectKey, type ObjectKey } from '../object-key.ts'
import { bad, describeProblem, good, type Problem, type Result } from '../problem.ts'

export interface OneNetwork {
  readonly network: ObjectKey
  /** Only addresses of this interface are meant; undefined: of every interface on the network. */
  readonly interface: string | undefined
}

/**
 * Reads an annotation with the grammar of `k8s.v1.cni.cncf.io/networks`, strictly. Undefined where it names no network
 * at all (`` and `[]`); more than one, or wishes that only a Pod can have, are problems.
 */
export function readOneNetwork(
  text: string,
  namespace: string,
  field: string,
): Result<OneNetwork | undefined> {
  const selection = checkSelection(text, namespace)
  if (!selection.ok) return bad(...under(field, selection.problems))
  const [element, ...others] = selection.value
  if (!element) return good(undefined)
  const problems: Problem[] = []
  if (others.length > 0)
    problems.push({
      field,
      message: `names ${others.length + 1} networks; a Service is reached on exactly one`,
    })
  if (element.ips.length > 0 || element.mac !== undefined)
    problems.push({ field, message: 'asks for addresses, which only a Pod can; name the network alone' })
  if (problems.length > 0) return bad(...problems)
  return good({ network: objectKey(element.namespace, element.name), interface: element.interface })
}

/** A `spec.netAttachDef`: what it means, and how it is written without blanks and empty parts. */
export interface NetAttachDef extends OneNetwork {
  readonly canonical: string
}

/**
 * Reads `[namespace/]name[@interface]`. Unlike in an annotation a name may hold dots, as NetworkAttachmentDefinitions
 * may and as net-service-controller had it.
 */
export function readNetAttachDef(text: string, namespace: string, field: string): Result<NetAttachDef> {
  if (isJson(text)) return bad({ field, message: `must be written as ${SHAPE}, not as JSON` })
  const [, before, rest = ''] = /^(?:([^/]*)\/)?(.*)$/s.exec(text) ?? []
  const [name = '', device = '', ...more] = rest.split('@').map((part) => part.trim())
  const written = (before ?? '').trim()
  if (text.includes(','))
    return bad({
      field,
      message: `${quoted(text)} names several networks; it must name exactly one, as ${SHAPE}`,
    })
  if (more.length > 0 || rest.includes('/'))
    return bad({ field, message: `${quoted(text)} must be written as ${SHAPE}` })
  const element = { name, namespace: written, ...(device && { interface: device }) }
  const checked = checkSelection(JSON.stringify([element]), namespace)
  if (!checked.ok) return bad(...checked.problems.map(({ message }) => ({ field, message })))
  return good({
    network: objectKey(written || namespace, name),
    interface: device || undefined,
    canonical: `${written && `${written}/`}${name}${device && `@${device}`}`,
  })
}

const SHAPE = 'name, namespace/name or either with @interface'

/** The place inside the text moves into the sentence: the field of a cause is a path of the object. */
function under(field: string, problems: readonly Problem[]): Problem[] {
  return problems.map((problem) => ({ field, message: describeProblem(problem) }))
}
