/** Ids of requests: which texts are ids, and that renaming keeps every reference. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedRequest } from '../../../src/cassettes/interaction.ts'
import { matchKeys } from '../../../src/cassettes/key.ts'
import { toComparable } from '../../../src/cassettes/matching/comparable.ts'
import { renameIds } from '../../../src/cassettes/matching/ids.ts'
import { formBody } from '../body-samples.ts'
import { jsonRequest } from '../make-interaction.ts'

const idsOf = (request: RecordedRequest): string[] =>
  renameIds(toComparable(request)).ids.map(({ value, class: kind }) => `${kind} ${value}`)
const UUID = '123e4567-e89b-12d3-a456-426614174000'
const at = (path: string): RecordedRequest => jsonRequest({}, { url: `https://api.openai.com/v1/${path}` })
const upload = (filename: string): RecordedRequest =>
  jsonRequest(0, {
    headers: [['content-type', 'multipart/form-data; boundary=B']],
    body: formBody('B', [[`Content-Disposition: form-data; name="file"; filename="${filename}"`, 'x']])
  })

/** The second turn of a loop with tools, as Chat Completions has it. */
function loop(first: string, second: string, result = 'sunny'): RecordedRequest {
  const call = (id: string, name: string): object => ({ id, type: 'function', function: { name, arguments: '{}' } })
  return jsonRequest({
    model: 'gpt-4o',
    messages: [
      { role: 'user', content: 'Weather and time?' },
      { role: 'assistant', tool_calls: [call(first, 'get_weather'), call(second, 'get_time')] },
      { role: 'tool', tool_call_id: first, content: result },
      { role: 'tool', tool_call_id: second, content: 'noon' }
    ]
  })
}

describe('an id', () => {
  it.each<readonly [string, RecordedRequest, readonly string[]]>([
    ["of a tool's call", jsonRequest({ m: [{ role: 'tool', tool_call_id: 'call_abc123DEF456' }] }), ['call call_abc123DEF456']],
    ["of a tool's call that a client made, however short", jsonRequest({ m: [{ tool_call_id: '1' }] }), ['call 1']],
    ["of Anthropic's tools", jsonRequest({ m: [{ type: 'tool_use', id: 'x-1' }, { tool_use_id: 'x-1' }] }), ['call x-1']],
    ['of an answer', jsonRequest({ previous_response_id: 'resp_67cc1234abcd' }), ['state resp_67cc1234abcd']],
    ['of a file', jsonRequest({ input: [{ file_id: 'file-abc123DEF456' }] }), ['state file-abc123DEF456']],
    ['in an address', at('threads/thread_abc12345/runs/run_12345abc'), ['state thread_abc12345', 'state run_12345abc']],
    ['in a query', at('files?after=file-abc123DEF456'), ['state file-abc123DEF456']],
    ['of a session', jsonRequest({ metadata: { session_id: UUID } }), [`own ${UUID}`]],
    ['of a user', jsonRequest({ user: 'user-8f3a91bc' }), ['own user-8f3a91bc']],
    [
      'of several parts',
      jsonRequest({ metadata: { user_id: `user_a1b2c3d4_account__session_${UUID}` } }),
      [`own user_a1b2c3d4_account__session_${UUID}`]
    ],
    ['in the name of a file', upload(`${UUID}.pdf`), [`own ${UUID}`]],
    ["of Python's temporary files", upload('tmp4x9k2_ab.wav'), ['own tmp4x9k2_ab']]
  ])('%s', (_what, request, expected) => {
    expect(idsOf(request)).toEqual(expected)
  })

  it.each<readonly [string, RecordedRequest]>([
    ['a name', jsonRequest({ user: 'alice', metadata: { customer_id: 'acme-corporation' } })],
    ['a model', jsonRequest({ model: 'gpt-4o-2024-08-06' })],
    ['a UUID that somebody asks about', jsonRequest({ messages: [{ role: 'user', content: UUID }] })],
    ['a word', jsonRequest({ a: 'file-transcripts', b: 'message_handling', c: 'run_everything' })],
    ['a name of a file', upload('report-2024.pdf')],
    ['a short number', jsonRequest({ order_id: '12345' })]
  ])('is not %s', (_what, request) => {
    expect(idsOf(request)).toEqual([])
    const { exact, shape } = matchKeys(request)
    expect(shape).toBe(exact)
  })
})

describe('requests that differ in ids only', () => {
  const shape = (request: RecordedRequest): string => matchKeys(request).shape

  it('have one shape', () => {
    expect(shape(loop('call_aaaaaaaa1', 'call_bbbbbbbb2'))).toBe(shape(loop('one', 'two')))
    expect(matchKeys(loop('call_aaaaaaaa1', 'call_bbbbbbbb2')).exact).not.toBe(matchKeys(loop('one', 'two')).exact)
  })

  it('also where a text mentions the id', () => {
    const mention = (id: string): RecordedRequest => loop(id, 'other-call', `{"call":"${id}"}`)
    expect(shape(mention('call_aaaaaaaa1'))).toBe(shape(mention('call_cccccccc3')))
    expect(shape(loop('call_aaaaaaaa1', 'other-call', '{"call":"call_zzzzzzzz9"}'))).not.toBe(shape(mention('call_aaaaaaaa1')))
  })

  it.each<readonly [string, RecordedRequest, RecordedRequest]>([
    ['two that are one', loop('call_aaaaaaaa1', 'call_bbbbbbbb2'), loop('same-id', 'same-id')],
    [
      'results that changed places',
      loop('call_aaaaaaaa1', 'call_bbbbbbbb2'),
      jsonRequest(
        JSON.parse(
          Buffer.from(loop('a-1', 'b-2').body)
            .toString()
            .replace('"tool_call_id":"a-1"', '"tool_call_id":"x"')
            .replace('"tool_call_id":"b-2"', '"tool_call_id":"a-1"')
            .replace('"tool_call_id":"x"', '"tool_call_id":"b-2"')
        )
      )
    ],
    ['another text', loop('call_aaaaaaaa1', 'call_bbbbbbbb2'), loop('one', 'two', 'rainy')],
    ['ids of other things', jsonRequest({ x: 'file-abc123DEF456' }), jsonRequest({ x: 'resp_abc123DEF456' })],
    ['an id and a text', jsonRequest({ user: 'user-8f3a91bc' }), jsonRequest({ user: 'alice' })]
  ])('have different shapes where there are %s', (_what, one, other) => {
    expect(shape(one)).not.toBe(shape(other))
  })

  it('are renamed one to one: equal ids stay equal, others stay apart', () => {
    const number = fc.integer({ min: 0, max: 5 })
    fc.assert(
      fc.property(
        fc.array(number, { minLength: 1, maxLength: 8 }),
        fc.array(number, { minLength: 1, maxLength: 8 }),
        (one, other) => {
          const request = (numbers: readonly number[], prefix: string): RecordedRequest =>
            jsonRequest({ m: numbers.map((value) => ({ tool_call_id: `${prefix}-${value}` })) })
          const pattern = (numbers: readonly number[]): string => numbers.map((value) => numbers.indexOf(value)).join()
          expect(shape(request(one, 'a')) === shape(request(other, 'b'))).toBe(pattern(one) === pattern(other))
        }
      ),
      { numRuns: 300 }
    )
  })
})
