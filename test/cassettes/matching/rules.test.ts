/** Rules of matching: what does not count under them, and what counts all the same. */
import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../../../src/cassettes/interaction.ts'
import { comparableKey } from '../../../src/cassettes/key.ts'
import { toComparable } from '../../../src/cassettes/matching/comparable.ts'
import { compileRules, MatchRuleError, type MatchSettings } from '../../../src/cassettes/matching/rules.ts'
import { toBytes } from '../../../src/http/message.ts'
import { formBody } from '../body-samples.ts'
import { CHAT_URL, jsonRequest } from '../make-interaction.ts'

function isEqual(settings: MatchSettings, one: RecordedRequest, other: RecordedRequest): boolean {
  const rules = compileRules(settings)
  const key = (request: RecordedRequest): string => comparableKey(rules.apply(toComparable(request, rules.headers)))
  return key(one) === key(other)
}

const UUIDS = ['123e4567-e89b-12d3-a456-426614174000', '00000000-e89b-12d3-a456-426614174001'] as const
const body = (value: object): RecordedRequest => jsonRequest(value)
const url = (end: string): RecordedRequest => jsonRequest({}, { url: CHAT_URL + end })
const header = (name: string, value: string): RecordedRequest =>
  jsonRequest(
    {},
    {
      headers: [
        ['content-type', 'application/json'],
        [name, value]
      ]
    }
  )
const form = (filename: string): RecordedRequest =>
  jsonRequest(0, {
    headers: [['content-type', 'multipart/form-data; boundary=B']],
    body: formBody('B', [[`Content-Disposition: form-data; name="file"; filename="${filename}"`, 'x']])
  })

describe('equal under a rule, and not without', () => {
  it.each<readonly [string, MatchSettings, RecordedRequest, RecordedRequest]>([
    ['an ignored field', { ignore: ['a.b'] }, body({ a: { b: 1, c: 2 } }), body({ a: { b: [3], c: 2 } })],
    ['an ignored field that is missing', { ignore: ['a'] }, body({ a: 1, b: 2 }), body({ b: 2 })],
    ['a field of every item', { ignore: ['m[*].id'] }, body({ m: [{ id: 1 }, { id: 2 }] }), body({ m: [{ id: 3 }, {}] })],
    ['an ignored item', { ignore: ['m[1]'] }, body({ m: [1, 2] }), body({ m: [1, 3] })],
    ['an ignored parameter', { ignore: ['query.trace'] }, url('?a=1&trace=x'), url('?a=1')],
    ['every parameter', { ignore: ['query.*'] }, url('?a=1'), url('?b=2&c=3')],
    [
      'the content type',
      { ignore: ['headers.content-type'] },
      body({}),
      jsonRequest({}, { headers: [['content-type', 'text/json']] })
    ],
    ['a field of a form', { ignore: ['parts[*].filename'] }, form('a.txt'), form('b.txt')],
    ['a UUID in a text', { normalise: ['uuid'] }, body({ a: `run ${UUIDS[0]}.` }), body({ a: `run ${UUIDS[1]}.` })],
    ['a UUID in the query', { normalise: ['uuid'] }, url(`?run=${UUIDS[0]}`), url(`?run=${UUIDS[1]}`)],
    [
      'an e-mail that the address escapes',
      { normalise: ['email in query.to'] },
      url('?to=ann%40example.com'),
      url('?to=bob%40example.com')
    ],
    ['a number of seconds', { normalise: ['unix-time'] }, body({ at: 1764000000 }), body({ at: 1764000099 })],
    ['a number in one place', { normalise: ['number in a'] }, body({ a: 1, b: 2 }), body({ a: 99, b: 2 })],
    [
      'a long number',
      { normalise: ['number in a'] },
      jsonRequest(0, { body: toBytes('{"a":12345678901234567890}') }),
      body({ a: 1 })
    ],
    ['a pattern', { normalise: [/build-\d+/] }, body({ a: 'build-1 x' }), body({ a: 'build-22 x' })],
    ['a header that does not count', { headers: ['openai-beta'] }, header('anthropic-beta', 'a'), header('anthropic-beta', 'b')]
  ])('%s', (_what, settings, one, other) => {
    expect(isEqual(settings, one, other)).toBe(true)
    if (!settings.headers) expect(isEqual({}, one, other)).toBe(false)
  })
})

describe('not equal, whatever the rule', () => {
  it.each<readonly [string, MatchSettings, RecordedRequest, RecordedRequest]>([
    ['a neighbour of what is ignored', { ignore: ['a.b'] }, body({ a: { b: 1, c: 2 } }), body({ a: { b: 1, c: 3 } })],
    ['the number of items', { ignore: ['m[*]'] }, body({ m: [1, 2] }), body({ m: [1, 2, 3] })],
    ['a field of the same name in the body', { ignore: ['query.a'] }, body({ query: { a: 1 } }), body({ query: { a: 2 } })],
    ['a parameter of the same name in the query', { ignore: ['$.query.a'] }, url('?a=1'), url('?a=2')],
    ['what stands around a UUID', { normalise: ['uuid'] }, body({ a: `x ${UUIDS[0]}` }), body({ a: `y ${UUIDS[1]}` })],
    ['a UUID elsewhere', { normalise: ['uuid in a'] }, body({ b: UUIDS[0] }), body({ b: UUIDS[1] })],
    ['a UUID and its name', { normalise: ['uuid'] }, body({ a: UUIDS[0] }), body({ a: 'uuid' })],
    ['a number and its text', { normalise: ['number in a'] }, body({ a: 1 }), body({ a: '1' })],
    ['a UUID and a date', { normalise: ['uuid', 'iso-date'] }, body({ a: UUIDS[0] }), body({ a: '2026-11-24' })],
    ['a header that counts', { headers: ['Anthropic-Beta'] }, header('anthropic-beta', 'a'), header('anthropic-beta', 'b')],
    ['a header that counts, and is missing', { headers: ['anthropic-beta'] }, header('anthropic-beta', 'a'), body({})]
  ])('%s', (_what, settings, one, other) => {
    expect(isEqual(settings, one, other)).toBe(false)
  })
})

describe('rules of several sources', () => {
  it('hold together, and of one word the first holds', () => {
    const rules = compileRules(
      { ignore: ['a'], headers: ['X-A'], repeat: 'error' },
      { normalise: ['uuid'], headers: ['x-a', 'x-b'], repeat: 'cycle' }
    )
    expect([rules.headers, rules.repeat, rules.ids, rules.isPlain]).toEqual([['x-a', 'x-b'], 'error', 'bind', false])
    expect(compileRules({}).isPlain).toBe(true)
  })

  it.each([
    [{ ignore: ['a', 'b['] }, ['ignore', 1]],
    [{ normalise: ['guid'] }, ['normalise', 0]],
    [{ headers: ['a b'] }, ['headers', 0]]
  ])('say which of %j is none', (settings, path) => {
    expect(() => compileRules(settings)).toThrow(MatchRuleError)
    expect(() => compileRules(settings)).toThrow(expect.objectContaining({ path }))
  })
})
