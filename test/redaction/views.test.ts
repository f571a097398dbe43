/** Texts without their escapes, and the strings of any JSON: where everything stands in the text itself. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { jsonLiterals, looksLikeJson } from '../../src/redaction/json-literals.ts'
import { viewOfJsonString, viewsOf, type View } from '../../src/redaction/view.ts'

const viewWithoutEscapes = (text: string): View | undefined => viewsOf(text)[0]

describe('a view', () => {
  it('is what the text says without escapes, and none where it has none', () => {
    expect(viewWithoutEscapes(String.raw`a\nb\u0041\x42\"\\ %41%0a%e4`)?.text).toBe('a\nbAB"\\ A%0a%e4')
    expect(viewWithoutEscapes('50% of a/b')).toBeUndefined()
    expect(viewWithoutEscapes('\\')?.text).toBe('\\')
  })

  it('is what JSON says of a string', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('a', '\n', '"', '\\', 'ä', '\u2028', '\ud83d', '😀', '\u0001', '%41') }),
        (value) => {
          expect(viewOfJsonString(JSON.stringify(value).slice(1, -1)).text).toBe(value)
        }
      )
    )
  })

  it('knows where each part of it stands in the text', () => {
    const parts = fc.array(
      fc.constantFrom('a', 'bc', String.raw`\n`, String.raw`\u0041`, String.raw`\\`, '%41', String.raw`\x41`),
      { maxLength: 12 }
    )
    fc.assert(
      fc.property(parts, (escapes) => {
        const raw = escapes.join('')
        const view = viewWithoutEscapes(raw) ?? viewOfJsonString(raw)
        expect(view.rawAt(view.text.length)).toBe(raw.length)
        for (let at = 0; at < view.text.length; at += 1) {
          const part = raw.slice(view.rawAt(at), view.rawAt(at + 1))
          expect((viewWithoutEscapes(part) ?? { text: part }).text).toBe(view.text[at])
        }
      })
    )
  })
})

describe('the strings of JSON', () => {
  const read = (text: string): unknown[] =>
    Array.from(jsonLiterals(text), ({ start, end, kind, path }) => [
      text.slice(start, end),
      kind === 'key' ? 'key' : path.slice(1).join('.')
    ])

  it('are all of them, with their paths', () => {
    expect(read('{"a": ["x", 1, {"b\\"": "y"}], "c" : "", "d": {}, "e": [[], ["z"]]}')).toEqual([
      ['a', 'key'],
      ['x', 'a.0'],
      ['b\\"', 'key'],
      ['y', 'a.2.b"'],
      ['c', 'key'],
      ['', 'c'],
      ['d', 'key'],
      ['e', 'key'],
      ['z', 'e.1.0']
    ])
    expect(read('"x"')).toEqual([['x', '']])
  })

  it('are read where no strict reader would: cut off, repeated, one line after another, too deep', () => {
    expect(read('{"a": "x')).toEqual([
      ['a', 'key'],
      ['x', 'a']
    ])
    expect(read('{"a": "x\\"')).toEqual([
      ['a', 'key'],
      ['x\\"', 'a']
    ])
    expect(read('{"a":"x","a":"y"}')).toEqual([
      ['a', 'key'],
      ['x', 'a'],
      ['a', 'key'],
      ['y', 'a']
    ])
    expect(read('{"a":"x"}\n{"b":"y"}')).toEqual([
      ['a', 'key'],
      ['x', 'a'],
      ['b', 'key'],
      ['y', 'b']
    ])
    expect(read(`${'['.repeat(5000)}"x"${']'.repeat(5000)},{"a":"y"}`).slice(1)).toEqual([
      ['a', 'key'],
      ['y', 'a']
    ])
    expect(read(']}"x"')).toEqual([['x', '']])
    expect(read('{"a": 1, "b')).toEqual([
      ['a', 'key'],
      ['b', '']
    ])
  })

  it('agree with JSON.parse', () => {
    fc.assert(
      fc.property(fc.json(), (text) => {
        const strings: string[] = []
        const walk = (value: unknown): void => {
          if (typeof value === 'string') strings.push(value)
          else if (Array.isArray(value)) value.forEach(walk)
          else if (typeof value === 'object' && value !== null)
            Object.entries(value).forEach(([key, child]) => {
              strings.push(key)
              walk(child)
            })
        }
        walk(JSON.parse(text))
        const read = [...jsonLiterals(text)].map(({ start, end }) => JSON.parse(`"${text.slice(start, end)}"`) as string)
        expect(read.toSorted()).toEqual(strings.toSorted())
      })
    )
  })

  it('are looked for in what begins like JSON', () => {
    expect(['{}', ' \n[', '"', '\uFEFF{'].map(looksLikeJson)).toEqual([true, true, true, true])
    expect(['', 'a {', '1', 'data: {'].map(looksLikeJson)).toEqual([false, false, false, false])
  })
})
