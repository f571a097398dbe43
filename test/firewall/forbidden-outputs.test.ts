/** Forbidden texts in answers: found in whatever pieces they come, in linear work. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { forbiddenOutputs } from '../../src/firewall/forbidden-outputs.ts'
import { compileGlob, createGlobScanner } from '../../src/http/glob.ts'

const letters = fc.stringMatching(/^[ab]{0,8}$/)
const patterns = fc.stringMatching(/^[ab*]{0,8}$/)

test('a scanner agrees with the glob on the whole text, however it is cut', () => {
  fc.assert(
    fc.property(patterns, fc.array(letters), (pattern, pieces) => {
      const scanner = createGlobScanner(pattern)
      const early = pieces.map((piece) => scanner.push(piece)).includes(true)
      const fits = compileGlob(pattern)
      expect(early || scanner.end(), `${pattern} in ${pieces.join('|')}`).toBe(fits(pieces.join('')))
      // What is found early is found whatever follows.
      if (early) expect(fits(`${pieces.join('')}ba`)).toBe(true)
    }),
    { numRuns: 5000 }
  )
})

test('is found across pieces, in any case and with invisible characters, and on its own channel only', () => {
  const judge = forbiddenOutputs(['*internal only*'])()
  expect(judge.text('a', 'This is INTER')).toBeUndefined()
  expect(judge.text('b', 'nal only')).toBeUndefined()
  expect(judge.text('a', 'n\u200bal ')).toBeUndefined()
  expect(judge.text('a', ' on')).toBeUndefined()
  expect(judge.text('a', 'ly, says')).toMatchObject({ status: 403, code: 'forbidden_output' })
})

test('a pattern that must end with the text is judged at its end', () => {
  const judge = forbiddenOutputs(['yes*no'])()
  expect(judge.text('a', 'yes or ')).toBeUndefined()
  expect(judge.text('a', 'no')).toBeUndefined()
  expect(judge.end()).toMatchObject({ code: 'forbidden_output' })
  const other = forbiddenOutputs(['yes*no'])()
  other.text('a', 'yes or no')
  other.text('a', ' way')
  expect(other.end()).toBeUndefined()
})
