/** Globs: what they fit, and that no pattern makes them slow. */
import fc from 'fast-check'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { compileGlob } from '../../src/http/glob.ts'

/** The same question answered in the plainest way, by trying every way to cut the text. */
function fits(pattern: string, text: string): boolean {
  if (pattern === '') return text === ''
  if (pattern[0] !== '*') return text !== '' && text[0] === pattern[0] && fits(pattern.slice(1), text.slice(1))
  return fits(pattern.slice(1), text) || (text !== '' && fits(pattern, text.slice(1)))
}

describe('a glob', () => {
  it('fits what the plainest reading of it fits', () => {
    const letters = (chars: string, maxLength: number): fc.Arbitrary<string> =>
      fc.string({ unit: fc.constantFrom(...chars), maxLength })
    fc.assert(
      fc.property(letters('ab*', 7), letters('ab', 10), (pattern, text) => {
        expect(compileGlob(pattern)(text)).toBe(fits(pattern, text))
      }),
      { numRuns: 5000 }
    )
  })

  it.each([
    ['*', ''],
    ['*', 'any\nthing/at all'],
    ['gpt-4*', 'gpt-4'],
    ['meta-llama/*', 'meta-llama/Llama-3/8b'],
    ['a*a', 'aa'],
    ['', ''],
    ['a.c', 'a.c'],
    ['[x]?', '[x]?'],
    ['*a*b*', '__a\n\nb__']
  ])('%s fits %j', (pattern, text) => {
    expect(compileGlob(pattern)(text)).toBe(true)
  })

  it.each([
    ['gpt-4*', 'my-gpt-4'],
    ['a*a', 'a'],
    ['', 'a'],
    ['a.c', 'abc'],
    ['a?c', 'abc'],
    ['*a*b', 'ba'],
    ['aba*aba', 'ababa']
  ])('%s does not fit %j', (pattern, text) => {
    expect(compileGlob(pattern)(text)).toBe(false)
  })
})

describe('the work', () => {
  afterEach(() => vi.restoreAllMocks())

  it('is one search for each piece between stars, never more, and none goes back', () => {
    const glob = compileGlob(`${'*a'.repeat(50)}*b`)
    const search = vi.spyOn(String.prototype, 'indexOf')
    expect(glob(`${'a'.repeat(100_000)}b`)).toBe(true)
    expect(glob('a'.repeat(100_000))).toBe(false)
    expect(glob(`${'a'.repeat(10)}${'c'.repeat(100_000)}b`)).toBe(false)
    const starts = search.mock.calls.map(([, from]) => Number(from))
    search.mockRestore()
    expect(starts.length).toBeLessThanOrEqual(50 + 11)
    expect(starts.slice(0, 50)).toEqual(Array.from({ length: 50 }, (_, index) => index))
  })
})
