/** Files that mean harm: each ends in one clear error with its line, soon, and nothing in them is ever run. */
import { describe, expect, it } from 'vitest'
import { FormatError } from '../../../src/cassettes/formats/format-error.ts'
import { readRecording } from '../../../src/cassettes/formats/index.ts'
import { toBytes } from '../../../src/http/message.ts'

function errorOf(text: string | Uint8Array): FormatError {
  try {
    readRecording(typeof text === 'string' ? toBytes(text) : text)
  } catch (error) {
    if (error instanceof FormatError) return error
    throw error
  }
  throw new Error('It was read.')
}

const billion = [
  'a: &a [x, x, x, x, x, x, x, x, x, x]',
  ...[...'bcdefghi'].map(
    (name, index) => `${name}: &${name} [${Array.from({ length: 10 }, () => `*${'abcdefgh'[index]}`).join(', ')}]`
  )
]

describe('tags', () => {
  it.each([
    ['!!python/object/apply:os.system ["touch /tmp/x"]', '!!python/object/apply:os.system'],
    ['!!python/object/new:type {args: [z]}', '!!python/object/new:type'],
    ['!!python/tuple [a]', '!!python/tuple'],
    ['!ruby/object:Gem::Installer {i: x}', '!ruby/object:Gem::Installer'],
    ['!!js/function "function () {}"', '!!js/function'],
    ['!<tag:evil.test,2026:x> y', 'tag:evil.test,2026:x'],
    ['!!set {a, b}', '!!set']
  ])('%s', (value, tag) => {
    const error = errorOf(`interactions:\n- a: b\n- c: ${value}\n`)
    expect(error).toMatchObject({
      line: 3,
      message: `the tag ${tag} asks for more than data, and is never obeyed. Take it out of the file`
    })
  })
})

describe('bombs', () => {
  it.each([
    ['aliases', `${billion.join('\n')}\ninteractions: *i\n`, 'more than 1000000 values'],
    [
      'a text repeated',
      `a: &a "${'x'.repeat(1e6)}"\ninteractions: [${Array.from({ length: 300 }, () => '*a').join(',')}]`,
      'more than 268435456 characters'
    ],
    ['an alias of what is around it', 'interactions: &a [*a]\n', 'nests deeper'],
    ['an alias of nothing', 'interactions: *a\n', 'the alias *a has no anchor'],
    ['depth in brackets', `interactions: ${'['.repeat(100_000)}`, 'nests deeper than 200'],
    ['depth in braces', `interactions: ${'{a: '.repeat(100_000)}`, 'nests deeper than 200'],
    ['depth in dashes', `${'- '.repeat(100_000)}a`, 'nests deeper than 200'],
    ['depth in question marks', `${'? '.repeat(100_000)}a`, 'nests deeper than 200'],
    ['depth in spaces', Array.from({ length: 300 }, (_, depth) => `${' '.repeat(depth)}a:`).join('\n'), 'nests deeper than 200'],
    ['depth in JSON', '['.repeat(100_000) + ']'.repeat(100_000), 'nests deeper than 200'],
    ['values in JSON', `{"interactions":[${'[],'.repeat(1_100_000)}1]}`, 'more than 1000000 values']
  ])('%s', (_, text, what) => {
    expect(errorOf(text).message).toContain(what)
  })

  it('do not count what stands in texts', () => {
    const body = JSON.stringify(JSON.stringify(Array.from({ length: 10 }, () => '[{,')))
    const json = `{"interactions":[{"a":${body}}]}`
    expect(readRecording(toBytes(json))!.leftOut).toEqual([{ line: 1, reason: 'it has no request' }])
    const yaml = `interactions:\n${"- '['\n- |-\n  [[\n- {a: b}\n".repeat(300)}`
    expect(readRecording(toBytes(yaml))!.leftOut).toHaveLength(900)
  })
})

describe('names', () => {
  it('__proto__ and constructor are names like any other', () => {
    const json = `{"__proto__":{"polluted":1},"interactions":[{"request":{"__proto__":{"method":"GET"},"method":"GET","uri":"https://a.test/",
      "headers":{"__proto__":"x","constructor":"y"}},"response":{"status":{"code":200},"body":{"string":"hi"}}}]}`
    const [exchange] = readRecording(toBytes(json))!.exchanges
    expect(exchange!.request.headers).toEqual([
      ['__proto__', 'x'],
      ['constructor', 'y']
    ])
    const yaml = 'interactions:\n- __proto__: {request: {method: GET, uri: "https://a.test/"}, response: {status: {code: 200}}}\n'
    expect(readRecording(toBytes(yaml))!.leftOut).toEqual([{ line: 2, reason: 'it has no request' }])
    expect(({} as { polluted?: unknown }).polluted).toBeUndefined()
    expect(errorOf('{"interactions":[],"__proto__":1,"__proto__":2}').message).toContain('"__proto__" stands twice')
  })
})

describe('files that are broken, or something else', () => {
  it.each([
    ['cut off', '{"log":{"entries":[\n{"request":', 2, 'this is no valid JSON'],
    ['a key twice', 'interactions: []\ninteractions: []\n', 2, 'the key "interactions" stands twice'],
    ['a key that is none', 'interactions:\n- [a]: b\n', 2, 'a key is no text'],
    ['two documents', 'interactions: []\n---\na: 1\n', 2, 'it holds more than one document'],
    ['half a body', 'interactions:\n- a: !!binary "a%%"\n', 2, 'this is no whole base64'],
    ['broken YAML', 'interactions:\n- a: "b\n', 3, 'Missing closing'],
    ['tabs', 'interactions:\n\t- a\n', 2, 'Tabs are not allowed'],
    ['our own', '# openai-proxy cassette\ncassette: 1\n---\nrequest: {}\n', 1, 'a cassette of openai-proxy already'],
    ['a program', "const nock = require('nock')\nnock('https://a.test')\n", 1, 'output_objects: true'],
    ['no text', Uint8Array.of(0xff, 0xfe, 0), 1, 'it is no UTF-8 text']
  ])('%s', (_, text, line, what) => {
    const error = errorOf(text)
    expect(error.message).toContain(what)
    expect(error.line).toBe(line)
  })

  it.each(['', 'a: 1', '{}', '[]', '[1]', '{"log":{}}', '{"entries":[]}', 'name: x\non: push\njobs: {}\n', 'just words'])(
    '%j is no recording',
    (text) => {
      expect(readRecording(toBytes(text))).toBeUndefined()
    }
  )
})
