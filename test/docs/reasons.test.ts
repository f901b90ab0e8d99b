// docs/reasons.md and the catalogue in names.ts say the same, both ways.

import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { REASONS, type Reason } from '../../src/core/names.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/reasons.md'), 'utf8')
const sections = page
  .split(/^## /m)
  .slice(1)
  .map((section) => {
    const [reason = '', sentence = '', ...rest] = section.split(/\n+/)
    return { reason, sentence, rest: rest.join('\n') }
  })

describe('docs/reasons.md', () => {
  it('has every reason of the catalogue, in its order, and no other', () => {
    expect(sections.map(({ reason }) => reason)).toEqual(Object.keys(REASONS))
  })

  it.each(sections)('opens $reason with the sentence of the catalogue', ({ reason, sentence }) => {
    expect(sentence).toBe(REASONS[reason as Reason])
  })

  it.each(sections)('says when $reason appears and what to do', ({ rest }) => {
    expect(rest).toMatch(/^\*\*When:\*\* \S/m)
    expect(rest).toMatch(/^\*\*What to do:\*\* \S/m)
  })

  it('links only to reasons that it has', () => {
    const links = [...page.matchAll(/\[(\w+)\]\(#(\w+)\)/g)].map(([, text, target]) => [text, target])
    expect(links.length).toBeGreaterThan(0)
    for (const [text, target] of links) {
      expect(Object.keys(REASONS)).toContain(text)
      expect(target).toBe(text?.toLowerCase())
    }
  })
})

describe('the catalogue', () => {
  it.each(Object.entries(REASONS))('tells %s in one sentence', (reason, sentence) => {
    expect(reason).toMatch(/^([A-Z][a-z]+)+$/)
    expect(sentence).toMatch(/^[A-Z].*\.$/)
    expect(sentence).not.toMatch(/\. /)
  })

  it('uses no sentence twice', () => {
    expect(new Set(Object.values(REASONS)).size).toBe(Object.keys(REASONS).length)
  })
})
