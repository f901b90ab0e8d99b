import { describe, expect, it } from '@jest/globals'
import fc from 'fast-check'
import { checkSelection, readDefaultNetwork, readSelection } from '../../../src/core/networks/selection.ts'
import { selectionWarnings } from '../../../src/core/networks/selection-warnings.ts'
import { annotationText, HUGE, jsonForm, plausibleSelection, shortForm } from './arbitraries.ts'

const RUNS = { numRuns: 2000 }

describe('whatever the text', () => {
  it('no reader throws, and a refusal says why in bounded words', () => {
    fc.assert(
      fc.property(annotationText, (text) => {
        selectionWarnings(text)
        for (const result of [
          readSelection(text, 'pod'),
          checkSelection(text, 'pod'),
          readDefaultNetwork(text, 'kube-system'),
        ]) {
          const lengths = result.ok ? [0] : result.problems.map(({ message }) => message.length)
          if (lengths.length === 0 || Math.max(...lengths) > 700) return false
        }
        return true
      }),
      RUNS,
    )
  })

  it('what the strict reading accepts, the lenient one reads as the same elements', () => {
    let accepted = 0
    fc.assert(
      fc.property(fc.oneof(plausibleSelection, annotationText), (text) => {
        const strict = checkSelection(text, 'pod')
        if (!strict.ok) return
        if (strict.value.length > 0) accepted++
        expect(readSelection(text, 'pod')).toEqual(strict)
      }),
      RUNS,
    )
    // Some hundreds of the two thousand are: without them this would prove nothing.
    expect(accepted).toBeGreaterThan(20)
  })

  it('an element always has a namespace, and elements come in the order they were written', () => {
    fc.assert(
      fc.property(fc.oneof(shortForm, jsonForm), (text) => {
        const result = readSelection(text, 'pod')
        for (const { namespace } of result.ok ? result.value : []) expect(namespace).not.toBe('')
      }),
      RUNS,
    )
    fc.assert(
      fc.property(fc.array(fc.stringMatching(/^[a-z]{1,5}$/), { minLength: 1 }), (names) => {
        const json = JSON.stringify(names.map((name) => ({ name })))
        for (const result of [readSelection(names.join(','), 'pod'), readSelection(json, 'pod')]) {
          expect(result.ok && result.value.map(({ name }) => name)).toEqual(names)
        }
      }),
    )
  })

  it('addresses keep their order and their spelling', () => {
    const address = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.ipV4().map((ip) => `${ip}/24`),
    )
    fc.assert(
      fc.property(fc.array(address, { minLength: 1, maxLength: 5 }), (ips) => {
        const result = checkSelection(JSON.stringify([{ name: 'a', ips }]), 'pod')
        expect(result.ok && result.value[0]?.ips).toEqual(ips)
      }),
    )
  })
})

describe('a flood of', () => {
  it.each(HUGE)('%s harms nobody', (_what, text) => {
    for (const result of [
      readSelection(text, 'pod'),
      checkSelection(text, 'pod'),
      readDefaultNetwork(text, 'kube-system'),
    ]) {
      expect(result.ok ? 0 : result.problems.length).toBeLessThanOrEqual(250)
    }
    expect(selectionWarnings(text).length).toBeLessThanOrEqual(100)
  })
})

describe('warnings about a selection', () => {
  it.each<readonly [sentence: string, text: string, ...warnings: string[]]>([
    ['the short form has none', 'net1@eth1'],
    ['known keys have none', '[{"name":"a","Interface":"x","cni-args":{"y":1}}]'],
    ['keys of others have none', '[{"name":"a","example.com/x":1}]'],
    [
      'an old spelling',
      '[{"name":"a","interfaceRequest":"x"}]',
      '[0]: "interfaceRequest" is the old spelling of "interface"',
    ],
    [
      'a key that nobody reads',
      '[{"name":"a"},{"nam":"b"}]',
      '[1]: "nam" is no key of a selection and changes nothing',
    ],
    ['a key written twice', '[{"name":"a","NAME":"b"}]', '[0]: "NAME" is written twice; the last one counts'],
    ['what cannot be read has none', '[{"nam":"b"}'],
  ])('%s', (_sentence, text, ...wanted) => {
    expect(selectionWarnings(text).map(({ field, message }) => `${field}: ${message}`)).toEqual(wanted)
  })
})
