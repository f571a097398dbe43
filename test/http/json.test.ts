/** JSON: strict where readers could differ, and edits that touch nothing else. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  canonicalJson,
  formatPath,
  isObject,
  JsonError,
  parseJson,
  replaceStrings,
  setField,
  tryParseJson,
  walkJson,
  type Json,
  type JsonPath
} from '../../src/http/json.ts'

/** Any JSON value, with keys and strings that are hard to read. */
const json = fc.jsonValue({ maxDepth: 5, stringUnit: 'grapheme' }) as fc.Arbitrary<Json>
const space = fc.constantFrom('', ' ', '\n', '\t', '\r\n  ')

/** JSON text of a value with odd but legal spacing and escapes. */
function render(value: Json, gap: string): string {
  if (Array.isArray(value)) return `[${gap}${value.map((item) => render(item, gap)).join(`${gap},${gap}`)}${gap}]`
  if (isObject(value)) {
    const fields = Object.entries(value).map(([key, item]) => `${JSON.stringify(key)}${gap}:${gap}${render(item, gap)}`)
    return `{${gap}${fields.join(`${gap},${gap}`)}${gap}}`
  }
  return typeof value === 'string' ? JSON.stringify(value).replaceAll('/', String.raw`\/`) : JSON.stringify(value)
}

/** Every string value and every other leaf with its path, by plain recursion. */
function leaves(value: Json, path: JsonPath = []): [JsonPath, Json][] {
  if (Array.isArray(value)) return value.flatMap((item, index) => leaves(item, [...path, index]))
  if (isObject(value)) return Object.entries(value).flatMap(([key, item]) => leaves(item, [...path, key]))
  return [[path, value]]
}

/** Keys in the text's order: JSON.parse puts number-like keys first. */
const sorted = (list: [JsonPath, Json][]): string[] => list.map((leaf) => JSON.stringify(leaf)).toSorted()

describe('parsing', () => {
  it('gives what JSON.parse gives for every valid text', () => {
    fc.assert(
      fc.property(json, space, (value, gap) => {
        expect(parseJson(render(value, gap))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it.each(['', '{', '{"a":1,}', "{'a':1}", 'nope', '[1 2]', '{"a" 1}', '\uFEFF{}', '01', '"a\nb"', '{"a":1}{"a":2}', 'NaN'])(
    'refuses %j as no JSON, without repeating it',
    (text) => {
      expect(() => parseJson(text)).toThrow(new JsonError('The body is not valid JSON.'))
      expect(tryParseJson(text)).toBeUndefined()
    }
  )

  it.each([
    ['plainly', '{"model":"a","model":"b"}'],
    ['escaped', String.raw`{"model":"a","m\u006fdel":"b"}`],
    ['deep down', '[{"x":{"a":1,"b":[],"a":2}}]'],
    ['empty', '{"":1,"":2}']
  ])('refuses a key that stands twice, %s: two readers could see two requests', (_how, text) => {
    expect(() => parseJson(text)).toThrow(/stands twice in one object/)
  })

  it('takes the same key in two objects, and in a value', () => {
    expect(parseJson('{"a":{"a":"a"},"b":[{"a":1},{"a":2}]}')).toEqual({ a: { a: 'a' }, b: [{ a: 1 }, { a: 2 }] })
  })

  it('takes 200 levels and refuses 201, of both kinds', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth)
    expect(() => parseJson(nested(200))).not.toThrow()
    expect(() => parseJson(nested(201))).toThrow('The body nests deeper than 200 levels.')
    expect(() => parseJson('{"a":'.repeat(201) + '1' + '}'.repeat(201))).toThrow(/deeper than 200/)
    expect(() => parseJson(nested(100_000))).toThrow(JsonError)
  })

  it('keeps __proto__ a key like any other', () => {
    const value = parseJson('{"__proto__":{"polluted":true},"constructor":1}') as { readonly [key: string]: Json }
    expect(Object.keys(value)).toEqual(['__proto__', 'constructor'])
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined()
    expect(canonicalJson(value)).toBe('{"__proto__":{"polluted":true},"constructor":1}')
  })
})

describe('walking', () => {
  it('refuses what parsing refuses, with the same words', () => {
    const key = fc.constantFrom('"a"', '"b"', String.raw`"\u0061"`, '"a,b"', '"{"')
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ depthSize: 'small' }, fc.constantFrom('1', 'null', '" ] , "'), tie('list'), tie('object')),
      list: fc.array(tie('value'), { maxLength: 3 }).map((items) => `[${items.join(' , ')}]`),
      object: fc
        .array(fc.tuple(key, tie('value')), { maxLength: 3 })
        .map((pairs) => `{${pairs.map((pair) => pair.join(' : ')).join(',')} }`)
    }))
    const told = (read: () => unknown): string | undefined => {
      try {
        return void read()
      } catch (error) {
        return (error as Error).message
      }
    }
    fc.assert(
      fc.property(value as fc.Arbitrary<string>, (text) => {
        expect(told(() => parseJson(text))).toBe(told(() => walkJson(text, () => undefined)))
      }),
      { numRuns: 2000 }
    )
  })

  it('visits every leaf with its own path and its own text', () => {
    fc.assert(
      fc.property(json, space, (value, gap) => {
        const text = render(value, gap)
        const seen: [JsonPath, Json][] = []
        walkJson(text, ({ kind, start, end, path }) => {
          if (kind === 'string' || kind === 'scalar') seen.push([[...path], JSON.parse(text.slice(start, end)) as Json])
          else expect(text.slice(start, end)).toBe(kind === 'object' ? '{' : '[')
        })
        expect(sorted(seen)).toEqual(sorted(leaves(JSON.parse(text) as Json)))
      }),
      { numRuns: 300 }
    )
  })
})

describe('replacing strings', () => {
  it('changes no byte where nothing is replaced', () => {
    fc.assert(
      fc.property(json, space, (value, gap) => {
        expect(replaceStrings(render(value, gap), () => undefined)).toBe(render(value, gap))
      })
    )
  })

  it('sees every string value once and replaces exactly those it is told to', () => {
    fc.assert(
      fc.property(json, space, (value, gap) => {
        const text = render(value, gap)
        const result = replaceStrings(text, (found) => `<${found}>`)
        const expected = leaves(JSON.parse(text) as Json).map(([path, leaf]): [JsonPath, Json] => [
          path,
          typeof leaf === 'string' ? `<${leaf}>` : leaf
        ])
        expect(sorted(leaves(JSON.parse(result) as Json))).toEqual(sorted(expected))
      }),
      { numRuns: 300 }
    )
  })

  it('leaves keys, numbers, spacing and other strings as they were written', () => {
    const text = '{ "secret" :"secret",\n\t"n": 12345678901234567890.10, "other":"\\u0061\\/" }'
    expect(replaceStrings(text, (value) => (value === 'secret' ? 'x"y' : undefined))).toBe(
      '{ "secret" :"x\\"y",\n\t"n": 12345678901234567890.10, "other":"\\u0061\\/" }'
    )
  })

  it('gives paths that formatPath can print', () => {
    const paths: string[] = []
    replaceStrings('{"a":[{"b c":"1"},"2"],"d":"3"}', (_value, path) => void paths.push(formatPath(path)))
    expect(paths).toEqual(['a[0]["b c"]', 'a[1]', 'd'])
  })
})

describe('setting a field', () => {
  it('sets it, and leaves every other value as it was', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), json), space, fc.integer(), (value, gap, limit) => {
        const text = render(value, gap)
        const result = JSON.parse(setField(text, ['max tokens'], limit)) as { readonly [key: string]: Json }
        expect(result).toEqual({ ...(JSON.parse(text) as object), 'max tokens': limit })
      })
    )
  })

  it.each([
    ['{}', ['a'], '{"a":1}'],
    ['{ }', ['a'], '{"a":1 }'],
    ['{"b":2}', ['a'], '{"a":1,"b":2}'],
    ['{"a" : null , "big": 9007199254740993}', ['a'], '{"a" : 1 , "big": 9007199254740993}'],
    ['{"a":"9000"}', ['a'], '{"a":1}'],
    ['{"s":{"x":[{}]}}', ['s', 'x', 0, 'a'], '{"s":{"x":[{"a":1}]}}'],
    ['{"x":{"a":5},"a":7}', ['a'], '{"x":{"a":5},"a":1}'],
    ['{"x":["a"]}', ['a'], '{"a":1,"x":["a"]}']
  ] as const)('in %s at %j', (text, path, expected) => {
    expect(setField(text, path, 1)).toBe(expected)
  })

  it.each([
    ['[1]', ['a']],
    ['{"a":{}}', ['a']],
    ['{"s":1}', ['s', 'a']],
    ['{}', ['s', 'a']]
  ] as const)('refuses %s at %j: there is no such object', (text, path) => {
    expect(() => setField(text, path, 1)).toThrow(JsonError)
  })
})

describe('the canonical form', () => {
  it('is the same for every order of keys and every spacing', () => {
    const shuffle = (value: Json): Json => {
      if (Array.isArray(value)) return value.map(shuffle)
      return isObject(value)
        ? Object.fromEntries(
            Object.entries(value)
              .toReversed()
              .map(([key, item]) => [key, shuffle(item)])
          )
        : value
    }
    fc.assert(
      fc.property(json, (value) => {
        expect(canonicalJson(shuffle(value))).toBe(canonicalJson(value))
      })
    )
  })

  it('is JSON of an equal value', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)))
      })
    )
  })

  it.each([
    ['array order', '[1,2]', '[2,1]'],
    ['one extra element', '[1]', '[1,1]'],
    ['types', '{"a":1}', '{"a":"1"}'],
    ['null and absence', '{"a":null}', '{}'],
    ['empty object and empty array', '{"a":{}}', '{"a":[]}']
  ])('differs by %s', (_what, a, b) => {
    expect(canonicalJson(parseJson(a))).not.toBe(canonicalJson(parseJson(b)))
  })
})

describe('paths for people', () => {
  it.each([
    [[], '$'],
    [['messages', 0, 'content'], 'messages[0].content'],
    [[0, 'a'], '[0].a'],
    [['a b', 'c"d'], '["a b"]["c\\"d"]'],
    [['x-y', '1'], 'x-y.1']
  ] as const)('%j', (path, text) => {
    expect(formatPath(path)).toBe(text)
  })
})
