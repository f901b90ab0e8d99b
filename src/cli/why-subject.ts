// Which object is asked about: `svc/web`, `services web`, `po/db-0`? Spelled as kubectl takes it. Never looks for it.

import { NET_SERVICE, OLD_NET_SERVICE } from '../core/names.ts'
import { quoted } from '../core/networks/quote.ts'
import { bad, good, type Result } from '../core/problem.ts'

export type SubjectKind = 'svc' | 'nsvc' | 'pod'

export interface Subject {
  readonly kind: SubjectKind
  readonly name: string
}

const WORDS: Readonly<Record<SubjectKind, readonly string[]>> = {
  svc: ['svc', 'service', 'services'],
  nsvc: [
    ...['nsvc', 'netservice', NET_SERVICE.plural],
    ...[NET_SERVICE.group, OLD_NET_SERVICE.group].flatMap((group) => [
      `netservice.${group}`,
      `${NET_SERVICE.plural}.${group}`,
    ]),
  ],
  pod: ['po', 'pod', 'pods'],
}

const SHAPE = 'write KIND/NAME, like svc/web, nsvc/example or pod/db-0'

/** `beside`: the second argument, where the kind stands alone. */
export function readSubject(what: string, beside: string | undefined): Result<Subject> {
  const [word = '', name, ...more] = [...what.split('/'), ...(beside === undefined ? [] : [beside])]
  if (name === undefined || name === '' || more.length > 0 || name.includes('/'))
    return bad({ field: '', message: `${quoted([what, beside].join(' ').trim())} names no object; ${SHAPE}` })
  const kinds = Object.keys(WORDS) as SubjectKind[]
  const kind = kinds.find((each) => WORDS[each].includes(word.toLowerCase()))
  if (kind === undefined)
    return bad({ field: '', message: `${quoted(word)} is none of svc, nsvc and pod; ${SHAPE}` })
  return good({ kind, name })
}
