/** Which requests are one: what a person would call the same call, and nothing more. */
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { KEY_RULES, matchKeys } from '../../src/cassettes/key.ts'
import { withoutNumbers } from '../../src/redaction/kinds.ts'
import type { RecordedRequest } from '../../src/cassettes/interaction.ts'
import { toBytes } from '../../src/http/message.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { CANARY_KINDS, canary } from '../support/canary.ts'
import { binary, formBody } from './body-samples.ts'
import { chat, CHAT_URL, jsonRequest } from './make-interaction.ts'

// Slow machines take their time; nothing here waits for a clock.
vi.setConfig({ testTimeout: 60_000 })

const matchKey = (request: RecordedRequest): string => matchKeys(request).exact
const json = (text: string, more: Partial<RecordedRequest> = {}): RecordedRequest =>
  jsonRequest(0, { body: toBytes(text), ...more })
const form = (boundary: string, parts: Parameters<typeof formBody>[1]): RecordedRequest =>
  jsonRequest(0, { body: formBody(boundary, parts), headers: [['Content-Type', `multipart/form-data; boundary=${boundary}`]] })
const url = (end: string): RecordedRequest => jsonRequest({}, { url: CHAT_URL + end })
const plain = (text: string | Uint8Array, type = 'text/plain'): RecordedRequest =>
  jsonRequest(0, { body: typeof text === 'string' ? toBytes(text) : text, headers: [['content-type', type]] })

const field = 'Content-Disposition: form-data; name="model"'
const file = 'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg'

describe('equal', () => {
  it.each<readonly [string, RecordedRequest, RecordedRequest]>([
    ['key order', json('{"a":1,"b":{"c":2,"d":3}}'), json('{"b":{"d":3,"c":2},"a":1}')],
    ['spacing', json('{"a":[1,2]}'), json('{\n  "a": [ 1, 2 ]\n}\n')],
    ['escapes', json('{"a":"\\u00e9\\/"}'), json('{"a":"é/"}')],
    ['1 and 1.0', json('{"a":1}'), json('{"a":1.0}')],
    ['1e2 and 100', json('{"a":1e2}'), json('{"a":100}')],
    ['zeros that say nothing', json('{"a":0.50000000000000000000}'), json('{"a":0.5}')],
    [
      'key order beside long integers',
      json('{"a":12345678901234567890,"b":98765432109876543210}'),
      json('{"b":98765432109876543210,"a":12345678901234567890}')
    ],
    ['query order', url('?a=1&b=2'), url('?b=2&a=1')],
    [
      'headers but for the content type',
      jsonRequest({}),
      jsonRequest(
        {},
        {
          headers: [
            ['x-other', '1'],
            ['CONTENT-TYPE', 'Application/JSON; charset=utf-8']
          ]
        }
      )
    ],
    ['the type of no body', jsonRequest(0, { body: toBytes(''), headers: [] }), jsonRequest(0, { body: toBytes('') })],
    [
      'the boundary',
      form('A', [
        [field, 'x'],
        [file, binary(300)]
      ]),
      form('BB', [
        [field, 'x'],
        [file, binary(300)]
      ])
    ],
    [
      'how a part spells its headers',
      form('A', [[field, 'x']]),
      form('A', [[field.toUpperCase().replace('MODEL', 'model').replace('NAME', 'name'), 'x']])
    ],
    ['the numbers of placeholders', chat('key <openai-key:1>'), chat('key <openai-key:27>')],
    ['the numbers of placeholders in the address', url('?sig=<url-signature:1>'), url('?sig=<url-signature:2>')],
    ['the numbers of placeholders in a part', form('A', [[field, '<openai-key:1>']]), form('A', [[field, '<openai-key:2>']])]
  ])('%s', (_what, one, other) => {
    expect(matchKey(one)).toBe(matchKey(other))
  })

  it('any JSON, whatever its spacing and its order', () => {
    const turned = (value: unknown): unknown => {
      if (Array.isArray(value)) return value.map(turned)
      if (typeof value !== 'object' || value === null) return value
      return Object.fromEntries(
        Object.entries(value)
          .toReversed()
          .map(([key, one]) => [key, turned(one)])
      )
    }
    fc.assert(
      fc.property(fc.jsonValue(), (value) => {
        expect(matchKey(json(JSON.stringify(turned(value), null, 3)))).toBe(matchKey(json(JSON.stringify(value))))
      }),
      { numRuns: 300 }
    )
  })
})

describe('not equal', () => {
  it.each<readonly [string, RecordedRequest, RecordedRequest]>([
    ['method', jsonRequest({}), jsonRequest({}, { method: 'PUT' })],
    ['path', jsonRequest({}), url('/1')],
    ['a slash at its end', jsonRequest({}), url('/')],
    ['query', url('?a=1'), url('?a=2')],
    ['one more in the query', url('?a=1'), url('?a=1&b=2')],
    ['twice in the query', url('?a=1'), url('?a=1&a=1')],
    ['content type', plain('{}', 'text/plain'), plain('{}', 'application/json')],
    ['a value', json('{"a":1}'), json('{"a":2}')],
    ['a number and its text', json('{"a":1}'), json('{"a":"1"}')],
    ['null and nothing', json('{"a":null}'), json('{}')],
    ['false and null', json('{"a":false}'), json('{"a":null}')],
    ['array order', json('[1,2]'), json('[2,1]')],
    ['one more in an array', json('{"a":[1]}'), json('{"a":[1,1]}')],
    ['one more at the end of the messages', json('{"a":[{"b":1}]}'), json('{"a":[{"b":1},{"b":1}]}')],
    ['one more key', json('{"a":1}'), json('{"a":1,"b":1}')],
    ['an empty object and an empty array', json('{}'), json('[]')],
    ['__proto__', json('{"__proto__":{"a":1}}'), json('{}')],
    ['what __proto__ holds', json('{"__proto__":{"a":1}}'), json('{"__proto__":{"a":2}}')],
    ['long integers that JavaScript rounds together', json('{"a":12345678901234567890}'), json('{"a":12345678901234567891}')],
    ['long fractions', json('{"a":0.12345678901234567}'), json('{"a":0.12345678901234568}')],
    ['a number beyond the range and null', json('{"a":1e400}'), json('{"a":null}')],
    ['two numbers beyond the range', json('{"a":1e400}'), json('{"a":1e500}')],
    ['a number below the range and zero', json('{"a":1e-400}'), json('{"a":0}')],
    ['a long integer and its text', json('{"a":12345678901234567890}'), json('{"a":"12345678901234567890"}')],
    ['a space in a text', chat('a b'), chat('a  b')],
    ['upper case', chat('A'), chat('a')],
    ['ways to write é', chat('é'), chat('e\u0301')],
    ['lone surrogates', json('{"a":"\\ud83d"}'), json('{"a":"\\ud83e"}')],
    ['a key that stands twice', json('{"a":1,"a":2}'), json('{"a":2}')],
    ['numbers of what is no placeholder', chat('<step:1>'), chat('<step:2>')],
    ['kinds of placeholders', chat('<openai-key:1>'), chat('<anthropic-key:1>')],
    ['a field of a form', form('A', [[field, 'x']]), form('A', [[field, 'y']])],
    ['a field and a file', form('A', [[field, 'x']]), form('A', [[`${field}; filename="x"`, 'x']])],
    ['the name of a file', form('A', [[file, 'x']]), form('A', [[file.replace('a.mp3', 'b.mp3'), 'x']])],
    ['the content of a file', form('A', [[file, binary(300)]]), form('A', [[file, binary(301)]])],
    ['the type of a file', form('A', [[file, 'x']]), form('A', [[file.replace('mpeg', 'wav'), 'x']])],
    [
      'the order of parts',
      form('A', [
        [field, 'x'],
        [file, 'y']
      ]),
      form('A', [
        [file, 'y'],
        [field, 'x']
      ])
    ],
    [
      'one part more',
      form('A', [[field, 'x']]),
      form('A', [
        [field, 'x'],
        [field, 'x']
      ])
    ],
    ['text', plain('a'), plain('a\n')],
    ['bytes', plain(binary(300)), plain(binary(301))],
    ['no body and an empty object', jsonRequest(0, { body: toBytes('') }), jsonRequest({})]
  ])('%s', (_what, one, other) => {
    expect(matchKey(one)).not.toBe(matchKey(other))
  })

  it('any two JSON texts of different meaning', () => {
    const meaning = (value: unknown): string =>
      JSON.stringify(value, (_key, one: unknown) =>
        typeof one === 'object' && one !== null && !Array.isArray(one)
          ? Object.fromEntries(Object.entries(one).toSorted(([a], [b]) => (a < b ? -1 : 1)))
          : one
      )
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 2 }), fc.jsonValue({ maxDepth: 2 }), (one, other) => {
        fc.pre(meaning(one) !== meaning(other))
        expect(matchKey(json(JSON.stringify(one)))).not.toBe(matchKey(json(JSON.stringify(other))))
      }),
      { numRuns: 300 }
    )
  })
})

describe('every body has a key', () => {
  it.each([
    ['deep nesting', json(`${'['.repeat(5000)}${']'.repeat(5000)}`)],
    ['a number of a hundred thousand digits', json(`[1${'0'.repeat(100_000)}1]`)],
    ['a form that cannot be read', plain('--A\r\nodd', 'multipart/form-data; boundary=A')],
    ['a form without a boundary', plain('x', 'multipart/form-data')],
    ['half a character', plain(Uint8Array.of(0xc3))]
  ])('%s', (_what, request) => {
    expect(matchKey(request)).toMatch(/^[0-9a-f]{16}$/)
    expect(matchKey(request)).toBe(matchKey({ ...request }))
  })
})

describe('placeholders', () => {
  it('of every kind that redaction gives count as one', () => {
    const redaction = createRedaction()
    redaction.learn(canary('plain'), 'api-key')
    const texts = CANARY_KINDS.map((kind) => redaction.text(`a ${canary(kind)} b`))
    const url = redaction.url(`/v1/x?api_key=${canary('plain', '2')}&sig=${canary('plain', '3')}`)
    const names =
      'authorization cookie set-cookie x-api-key openai-organization openai-project anthropic-organization-id x-session'.split(
        ' '
      )
    const headers = redaction
      .headers(
        names.map((name) => [name, canary('plain', name)]),
        'log'
      )
      .map(([, value]) => value)
    const fields = 'client_secret password organization access_token'
      .split(' ')
      .map((name) => ({ [name]: canary('plain', name) }))
    const body = Buffer.from(redaction.body(toBytes(JSON.stringify(fields)), 'application/json')).toString()
    const all = [...texts, url, ...headers, body]
    expect(all.filter((text) => /<[a-z-]+:\d+>/.test(text)).length).toBeGreaterThan(15)
    expect(all.map(withoutNumbers).filter((text) => /<[a-z][a-z0-9-]*:\d+>/.test(text))).toEqual([])
  })

  it('that another run numbers otherwise find the recording', () => {
    const [first, second] = [createRedaction(), createRedaction({ placeholdersFrom: ['<openai-key:7>'] })]
    const key = 'sk-' + 'proj-' + 'A1b2'.repeat(12)
    const [one, other] = [first, second].map((redaction) => chat(redaction.text(`my key is ${key}`)))
    expect(Buffer.from(one!.body).toString()).toContain('<openai-key:1>')
    expect(Buffer.from(other!.body).toString()).toContain('<openai-key:8>')
    expect(matchKey(one!)).toBe(matchKey(other!))
  })
})

describe('the rules of comparing', () => {
  it('give these keys; where one changes, KEY_RULES must be raised, or old cassettes miss', () => {
    const keys = [
      chat('Hi'),
      json('{"a":[1.0,12345678901234567890,"é<openai-key:3>",true,null]}'),
      url('?b=2&a=1'),
      form('A', [
        [field, 'x'],
        [file, binary(300)]
      ]),
      plain('text'),
      plain(binary(300))
    ].map(matchKey)
    expect(KEY_RULES).toBe(3)
    expect(keys).toEqual([
      '87827b65d8017414',
      '36b45c4ec527e643',
      '139e64ce6becd97f',
      '2be0b2272e1238c4',
      'f34d3144c9b97aaf',
      '7ca243788cbbb1f4'
    ])
  })
})
