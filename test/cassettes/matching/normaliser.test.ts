/** Normalisers: what each finds, what it leaves, and that no text makes one slow. */
import { describe, expect, it } from 'vitest'
import { MARK } from '../../../src/cassettes/matching/comparable.ts'
import { NormaliserError, parseNormaliser } from '../../../src/cassettes/matching/normaliser.ts'
import { NORMALISERS } from '../../../src/cassettes/matching/normalisers.data.ts'

/** What is left of a text, with `_` where something was found. */
function found(rule: string, text: string): string {
  // Marks stand in pairs around a name.
  const pieces = parseNormaliser(rule).apply(text).split(MARK)
  return pieces.map((piece, place) => (place % 2 === 0 ? piece : '_')).join('')
}

describe('a named normaliser', () => {
  it.each([
    ['uuid', 'id 123e4567-e89b-12d3-a456-426614174000, 123E4567-E89B-12D3-A456-426614174000', 'id _, _'],
    [
      'uuid',
      'x123e4567-e89b-12d3-a456-426614174000 123e4567-e89b-12d3-a456-4266',
      'x123e4567-e89b-12d3-a456-426614174000 123e4567-e89b-12d3-a456-4266'
    ],
    ['iso-date', 'on 2026-11-24 at 2026-11-24T09:00:00.5Z, 2026-11-24 09:00+01:00.', 'on _ at _, _.'],
    ['iso-date', '12026-11-24 2026-11-245', '12026-11-24 2026-11-245'],
    ['unix-time', '1764000000 1764000000123 1764000000.25', '_ _ _'],
    ['unix-time', '12345 0123456789 v1764000000', '12345 0123456789 v1764000000'],
    ['email', 'to ann.lee+x@mail.example.com, please', 'to _, please'],
    ['email', 'a@b @x user@localhost', 'a@b @x user@localhost'],
    ['hex', 'sha d41d8cd98f00b204e9800998ecf8427e', 'sha _'],
    ['hex', '1234567890123456 abcdefabcdefabcdef 12ab', '1234567890123456 abcdefabcdefabcdef 12ab'],
    ['local-address', 'http://127.0.0.1:49152/v1 localhost:80', 'http://_/v1 _'],
    ['path', String.raw`in /tmp/run-1/a.txt and C:\Users\ann\a.txt and ~/x/y`, 'in _ and _ and _'],
    ['path', 'and/or https://example.com/a/b 1/2', 'and/or https://example.com/a/b 1/2'],
    ['number in x', '12 of -0.5 in 1e9, 350ms', '_ of _ in _, _ms'],
    ['number in x', 'gpt-4o and v2', 'gpt-4o and v2'],
    [String.raw`/build-\d+/`, 'build-12 build-x', '_ build-x'],
    [String.raw`/BUILD-\d+/i in messages[*].content`, 'build-12', '_'],
    [String.raw`/a\/b in c/`, 'a/b in c', '_']
  ])('%s: %j', (rule, text, expected) => {
    expect(found(rule, text)).toBe(expected)
  })

  it('says which one it was, so that a UUID never equals a date', () => {
    expect(parseNormaliser('uuid').apply('123e4567-e89b-12d3-a456-426614174000')).not.toBe(
      parseNormaliser('iso-date').apply('2026-11-24')
    )
    expect(parseNormaliser('uuid').apply('<uuid>')).toBe('<uuid>')
  })

  it('may be written as a program writes a pattern', () => {
    expect(found(String(/build-\d+/), 'build-1')).toBe('_')
    expect(found(`${/build-\d+/} in metadata.build`, 'build-1')).toBe('_')
  })
})

describe('no normaliser', () => {
  it.each([
    ['guid', 'the names are uuid, iso-date'],
    ['number', 'Say where: number in metadata.attempt'],
    ['uuid in a[', 'no place in a request'],
    ['/(?=a)/', 'no lookaround, no backreference'],
    [String.raw`/(a)\1/`, 'no lookaround, no backreference'],
    ['/a*/', 'it fits an empty text'],
    ['/a(/', 'missing closing )'],
    ['/a/y', 'the flag y is not known'],
    ['', 'write one of uuid'],
    ['uuid at x', 'write one of uuid']
  ])('%j', (rule, why) => {
    expect(() => parseNormaliser(rule)).toThrow(why)
    if (!rule.includes(' in ')) expect(() => parseNormaliser(rule)).toThrow(NormaliserError)
  })
})

describe('time', () => {
  /** Milliseconds for a text of so many pieces: the best of three, so that a busy machine does not count. */
  function measure(apply: (text: string) => string, piece: string, count: number): number {
    const text = piece.repeat(count)
    return Math.min(
      ...Array.from({ length: 3 }, () => {
        const start = performance.now()
        apply(text)
        return performance.now() - start
      })
    )
  }

  const rules = [...NORMALISERS.map(({ name }) => `${name} in x`), '/(a+)+b/', '/(x+x+)+y/']

  it.each(rules)('of %s grows with the text, not with its square', (rule) => {
    const { apply } = parseNormaliser(rule)
    for (const piece of ['a', '1', 'x', 'a.', '/a', '-', 'a@', '1.', 'a-', '0a', '~/', 'a:\\', 'localhost:', '2026-11-24T']) {
      // Ten times the text would take a hundred times as long.
      const [short, long] = [measure(apply, piece, 4000), measure(apply, piece, 40_000)]
      expect(long, `${rule} on ${piece}`).toBeLessThan(Math.max(short, 2) * 45)
    }
  })
})
