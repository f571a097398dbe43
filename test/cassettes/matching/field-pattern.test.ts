/** Places of match rules: what they mean, and what is none. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FieldPatternError, fitsPattern, parseFieldPattern, patternOf } from '../../../src/cassettes/matching/field-pattern.ts'
import type { JsonPath } from '../../../src/http/json.ts'

const fits = (pattern: string, path: JsonPath): boolean => fitsPattern(parseFieldPattern(pattern), path)

describe('a place', () => {
  it.each<readonly [string, JsonPath, JsonPath]>([
    ['model', ['model'], ['models']],
    ['metadata.run_id', ['metadata', 'run_id'], ['metadata']],
    ['messages[0].content', ['messages', 0, 'content'], ['messages', 1, 'content']],
    ['messages[*].content', ['messages', 7, 'content'], ['messages', 7, 'content', 0]],
    ['metadata.*', ['metadata', 'a'], ['metadata', 'a', 'b']],
    ['**.cache_control', ['messages', 0, 'content', 1, 'cache_control'], ['cache_control', 'type']],
    ['**.cache_control', ['cache_control'], ['cache']],
    ['tools[*].**.description', ['tools', 0, 'function', 'parameters', 'description'], ['tools', 0, 'function']],
    ['["a b"]["c\\"d"].e', ['a b', 'c"d', 'e'], ['a b', 'e']],
    ['$.query', ['query'], ['$', 'query']],
    ['$schema', ['$schema'], ['schema']],
    ['[0].a', [0, 'a'], ['0', 'a']]
  ])('%s', (pattern, path, other) => {
    expect([fits(pattern, path), fits(pattern, other)]).toEqual([true, false])
  })

  it.each([
    ['query.trace', 'query', ['trace']],
    ['headers.OpenAI-Beta', 'headers', ['openai-beta']]
  ] as const)('%s is none of the body', (text, area, path) => {
    const pattern = parseFieldPattern(text)
    expect([pattern.area, fitsPattern(pattern, path)]).toEqual([area, true])
  })

  it('that a message shows can be written as a rule, and means that place only', () => {
    const path = fc.array(fc.oneof(fc.string({ minLength: 1 }), fc.nat(99)), { minLength: 1, maxLength: 6 })
    fc.assert(
      fc.property(path, path, (one, other) => {
        const pattern = parseFieldPattern(patternOf('body', one))
        expect(pattern.area).toBe('body')
        expect(fitsPattern(pattern, one)).toBe(true)
        expect(fitsPattern(pattern, other)).toBe(JSON.stringify(one) === JSON.stringify(other))
      }),
      { numRuns: 500 }
    )
  })

  it('is found in time that grows with its length, whatever its wildcards', () => {
    const deep = Array.from({ length: 200 }, () => 'a')
    expect(fits(`${'**.'.repeat(60)}b`, deep)).toBe(false)
    expect(fits(`${'**.'.repeat(60)}a`, deep)).toBe(true)
  })
})

describe('no place', () => {
  it.each([
    ['', 'it names nothing'],
    ['**', 'it names everything'],
    ['a..b', 'it goes wrong at character 2'],
    ['a[-1]', 'it goes wrong at character 2'],
    ['a[x]', 'it goes wrong at character 2'],
    ['.a', 'it goes wrong at character 1'],
    ['$.a.b[', 'it goes wrong at character 6'],
    ['query', '$.query for the field of that name'],
    ['headers.a b', 'one name, or *']
  ])('%j', (text, why) => {
    expect(() => parseFieldPattern(text)).toThrow(FieldPatternError)
    expect(() => parseFieldPattern(text)).toThrow(why)
  })
})
