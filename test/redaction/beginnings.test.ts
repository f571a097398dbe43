/** Many words in one pass: every place of every word, and nothing else. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { createBeginnings } from '../../src/redaction/beginnings.ts'

const LETTERS = ['a', 'b', 'ä', '€', '\u{1f600}']
const text = (least: number, most: number): fc.Arbitrary<string> =>
  fc.array(fc.constantFrom(...LETTERS), { minLength: least, maxLength: most }).map((letters) => letters.join(''))

it('finds all that a look for each word by itself finds', () => {
  fc.assert(
    fc.property(fc.array(text(3, 6), { maxLength: 8 }), text(0, 60), (words, searched) => {
      const beginnings = createBeginnings<string>()
      const different = [...new Set(words)]
      for (const word of different) beginnings.add(word, word)
      const found: string[] = []
      beginnings.find(searched, (word, start, end) => {
        expect(searched.slice(start, end)).toBe(word)
        found.push(`${start} ${word}`)
      })
      const expected = Array.from({ length: searched.length }, (_, at) =>
        different.filter((word) => searched.startsWith(word, at)).map((word) => `${at} ${word}`)
      ).flat()
      expect(found.toSorted()).toEqual(expected.toSorted())
    })
  )
})

it('tells each meaning of a word that has several', () => {
  const beginnings = createBeginnings<number>()
  for (const meaning of [1, 2]) beginnings.add('sk-', meaning)
  const met: number[] = []
  beginnings.find('a sk-key', (meaning) => met.push(meaning))
  expect(met).toEqual([1, 2])
})
