/** The quick reader of documents gives what the reader of all YAML gives, to the last place, or nothing. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { isMap, isScalar, isSeq, type Document } from 'yaml'
import { HEADER_TEXT, writeInteraction } from '../../src/cassettes/document.ts'
import { parseYaml } from '../../src/cassettes/parse-yaml.ts'
import { readWritten } from '../../src/cassettes/written-yaml.ts'
import { writeMap, type YamlObject } from '../../src/cassettes/yaml-text.ts'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import type { HeaderList } from '../../src/http/message.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { chanceBody, chanceHeaders } from './arbitraries.ts'
import { memoryFiles } from './test-format.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 120_000 })

/** All that readers of a cassette look at: values, how numbers are written, where keys and values begin. */
function shape(node: unknown): unknown {
  if (isMap(node)) return { at: node.range?.[0], map: node.items.map(({ key, value }) => [shape(key), shape(value)]) }
  if (isSeq(node)) return { at: node.range?.[0], list: node.items.map(shape) }
  if (!isScalar(node)) return { other: String(node) }
  const { value, source, range } = node
  return { value, at: range?.[0], ...(typeof value === 'number' ? { source, isNegativeZero: Object.is(value, -0) } : {}) }
}

/** Whether the quick reader took it; it may take only what `yaml` reads without an error, as the same. */
function isReadAlike(text: string): boolean {
  const quick = readWritten(text)
  if (!quick) return false
  const whole = parseYaml(text)
  const told = (document: Document): unknown => ({ errors: document.errors.length, contents: shape(document.contents) })
  expect(told(quick), text).toEqual(told(whole))
  expect(quick.toJS(), text).toEqual(whole.toJS())
  return true
}

function decoded({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): Uint8Array {
  return decodeBody(body, getHeader(headers, 'content-encoding'), 64 * 1024 * 1024)
}

const real = realExchanges().map(({ request, response }) =>
  writeInteraction(
    {
      request: { method: request.method, url: request.url, headers: request.headers, body: decoded(request) },
      response: { status: response.status, headers: response.headers, body: decoded(response), timing: [5, 2, 2, 7] },
      recorded: { at: '2026-11-24T09:00:00Z', ms: 5 }
    },
    memoryFiles()
  )
)

/** Documents that chance makes. */
const chance = fc.tuple(chanceBody, chanceBody, chanceHeaders, fc.boolean()).map(([request, response, headers, isSlow]) => {
  const type = (contentType: string | undefined): HeaderList => (contentType === undefined ? [] : [['Content-Type', contentType]])
  return writeInteraction(
    {
      request: { method: 'POST', url: 'https://api.openai.com/v1/x', headers: type(request.contentType), body: request.body },
      response: {
        ...(isSlow ? { interim: [{ status: 103, headers: [], at: 4 }], trailers: headers } : {}),
        status: 200,
        headers: [...type(response.contentType), ...headers],
        body: response.body,
        timing: [1, 2.5, 2.5, 3]
      },
      recorded: { at: '2026-11-24T09:00:00.123Z', ms: 352 }
    },
    memoryFiles()
  )
})

describe('documents as they are written', () => {
  it('are read by the quick reader: every real exchange, the header too', () => {
    expect(real.length).toBeGreaterThan(200)
    expect(real.filter((text) => !isReadAlike(text))).toEqual([])
    expect(isReadAlike(HEADER_TEXT)).toBe(true)
  })

  it('are read the same where chance makes them', () => {
    let [quick, all] = [0, 0]
    fc.assert(
      fc.property(chance, (text) => {
        all += 1
        if (isReadAlike(text)) quick += 1
      }),
      { numRuns: 600 }
    )
    expect(quick / all).toBeGreaterThan(0.9)
  })

  it.each([
    ['a key', '12345678901234e5-12345678'],
    ['a key of digits', '1234567890123456-12345678'],
    ['two keys', '0123456789abcdef-0123456789abcdef-00000000'],
    ['times', '(40 +2x3) 312.5 +29 +0x12'],
    ['one time', '(40)']
  ])('are read the same in %s', (_what, value) => {
    isReadAlike(writeMap(new Map([['key', { flow: value }]]), ''))
  })
})

describe('texts of many megabytes', () => {
  const long = String.raw`"\n`.repeat(2_000_000)

  it.each([
    ['a value', (text: string) => new Map([['content', text]])],
    ['an item', (text: string) => new Map([['input', [text]]])],
    ['a key', (text: string) => new Map([[text, 1]])],
    ['lines', (text: string) => new Map([['content', `One. \n${text}\r\nTwo.`]])]
  ] as const)('are no end of the reader in %s', (_what, inMap) => {
    const text = writeMap(inMap(long) as YamlObject, '')
    const read = readWritten(text)
    expect(read === undefined || JSON.stringify(read.toJS()).length > long.length).toBe(true)
  })
})

describe('documents that a person has edited', () => {
  const texts = real.filter((text) => text.length < 4_000)
  const PIECES = [
    '\n',
    ' ',
    '  ',
    ':',
    ': ',
    '- ',
    '#',
    ' #',
    '"',
    "'",
    '\\',
    '|',
    '|-',
    '>',
    '[',
    ']',
    '{',
    '}',
    ',',
    '&a ',
    '*a',
    '!!str '
  ]
  const MORE = [
    '\t',
    '\r\n',
    '?',
    '%',
    '@',
    '---\n',
    '...\n',
    '<<: ',
    'null',
    'yes',
    '0x1F',
    '.inf',
    '1_000',
    '0o17',
    '\ufeff',
    '\u0085',
    'é',
    '😀'
  ]
  const piece = fc.constantFrom(...PIECES, ...MORE)

  it('are read the same, or by the reader of all YAML', () => {
    let quick = 0
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.nat(3), fc.oneof(piece, fc.constant(''))), {
          minLength: 1,
          maxLength: 3
        }),
        (given, edits) => {
          const edited = edits.reduce((text, [place, removed, added]) => {
            const at = Math.floor(place * text.length)
            return text.slice(0, at) + added + text.slice(at + removed)
          }, given)
          if (isReadAlike(edited)) quick += 1
        }
      ),
      { numRuns: 3_000 }
    )
    expect(quick).toBeGreaterThan(100)
  })

  it('are read the same where lines are moved, indented or taken out', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...texts),
        fc.array(fc.tuple(fc.nat(200), fc.constantFrom('indent', 'outdent', 'remove', 'blank', 'comment', 'twice')), {
          minLength: 1,
          maxLength: 3
        }),
        (given, edits) => {
          const lines = given.split('\n')
          for (const [number, edit] of edits) {
            const at = number % lines.length
            const line = lines[at]!
            const edited = {
              indent: [`  ${line}`],
              outdent: [line.replace(/^ {2}/, '')],
              remove: [],
              blank: [line, ''],
              comment: [line, '    # a word'],
              twice: [line, line]
            }[edit]
            lines.splice(at, 1, ...edited)
          }
          isReadAlike(lines.join('\n'))
        }
      ),
      { numRuns: 2_000 }
    )
  })
})
