// What does the short form of a selection say: `[namespace/]name[@interface]`, separated by commas?
// Exactly as Multus reads it; never stricter, even where it accepts what names no network.
// Source: multus-cni 4.3, pkg/k8sclient/k8sclient.go, `parsePodNetworkObjectName`.

import type { Problem } from '../problem.ts'
import { EMPTY_ELEMENT, type DecodedElement, type Draft } from './selection-element.ts'
import { quoted } from './quote.ts'
import { report } from './report.ts'

export function readShortSelection(text: string): Draft {
  const elements: DecodedElement[] = []
  const problems: Problem[] = []
  let start = 0
  for (const unit of text.toWellFormed().split(',')) {
    const place = `at character ${start + leadingBlanks(unit) + 1}`
    const element = readUnit(unit, place)
    if (typeof element !== 'string') elements.push(element)
    else report(problems, place, element)
    start += unit.length + 1
  }
  return { elements, problems }
}

/** One element, or the sentence that says why it is none. */
function readUnit(unit: string, place: string): DecodedElement | string {
  const [beforeSlash = '', afterSlash, ...moreSlashes] = unit.split('/')
  if (moreSlashes.length > 0) return `${quoted(trimmed(unit))} has more than one "/"; write namespace/name`
  const [name = '', device = '', ...moreAts] = (afterSlash ?? beforeSlash).split('@').map(trimmed)
  if (moreAts.length > 0) return `${quoted(trimmed(unit))} has more than one "@"; write name@interface`
  const namespace = afterSlash === undefined ? '' : trimmed(beforeSlash)
  for (const part of [namespace, name]) {
    if (part !== '' && !LABEL.test(part))
      return `${quoted(part)} must consist of lower case letters, digits and "-", with a letter or digit at both ends; names with dots need the JSON form`
  }
  if (!fitsInterface(device))
    return `${quoted(device)} is longer than the ${LONGEST_INTERFACE} characters that an interface name may have`
  if (/[ \t\n\v\f\r]/.test(device)) return `${quoted(device)} holds a blank, which an interface name may not`
  return { ...EMPTY_ELEMENT, form: 'short', place, namespace, name, interface: device }
}

/** A DNS label (RFC 1123), whatever its length. */
const LABEL = /^[a-z0-9](?:[-a-z0-9]*[a-z0-9])?$/

/** Source: Linux, include/uapi/linux/if.h, `IFNAMSIZ` less the terminating zero. */
export const LONGEST_INTERFACE = 15

/** Whether the name fits the kernel's bytes; letters outside ASCII take two to four. */
export function fitsInterface(name: string): boolean {
  if (name.length > LONGEST_INTERFACE) return false
  let bytes = 0
  for (const character of name) bytes += utf8Length(character.codePointAt(0) ?? 0)
  return bytes <= LONGEST_INTERFACE
}

function utf8Length(codePoint: number): number {
  return codePoint < 0x80 ? 1 : codePoint < 0x800 ? 2 : codePoint < 0x10000 ? 3 : 4
}

/** Source: Go, unicode.IsSpace, which is not quite what JavaScript trims. */
const BLANK = /[\t\n\v\f\r \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]/

function leadingBlanks(text: string): number {
  let count = 0
  while (BLANK.test(text.charAt(count))) count++
  return count
}

function trimmed(text: string): string {
  const start = leadingBlanks(text)
  let end = text.length
  while (end > start && BLANK.test(text.charAt(end - 1))) end--
  return text.slice(start, end)
}
