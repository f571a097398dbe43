/** The client's own ids in recorded answers: whole bodies, streams, ids in pieces; and every other byte as it was. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { RecordedResponse } from '../../../src/cassettes/interaction.ts'
import { rewriteIds } from '../../../src/cassettes/matching/rewrite-ids.ts'
import { toBytes, type HeaderList } from '../../../src/http/message.ts'

const JSON_TYPE: HeaderList = [['content-type', 'application/json']]
const SSE_TYPE: HeaderList = [['content-type', 'text/event-stream']]

function rewrite(body: string, bindings: Readonly<Record<string, string>>, headers = JSON_TYPE): string {
  const response: RecordedResponse = { status: 200, headers, body: toBytes(body), timing: [] }
  return Buffer.from(rewriteIds(response, new Map(Object.entries(bindings))).body).toString()
}

describe('in a body', () => {
  it('every occurrence is the client’s own, and nothing else changes', () => {
    const body = '{ "id": "call_rec12345",  "text":"about call_rec12345, call_rec123456 and xcall_rec12345" }\n'
    expect(rewrite(body, { call_rec12345: 'mine-1' })).toBe(
      '{ "id": "mine-1",  "text":"about mine-1, call_rec123456 and xcall_rec12345" }\n'
    )
  })

  it('ids may change places', () => {
    expect(rewrite('["call_aaaaaaaa","call_bbbbbbbb"]', { call_aaaaaaaa: 'call_bbbbbbbb', call_bbbbbbbb: 'call_aaaaaaaa' })).toBe(
      '["call_bbbbbbbb","call_aaaaaaaa"]'
    )
  })

  it('bytes that are no text stay', () => {
    const body = Uint8Array.of(0xff, 0xd8, 0x00)
    const response: RecordedResponse = { status: 200, headers: [], body, timing: [] }
    expect(rewriteIds(response, new Map([['call_aaaaaaaa', 'x']])).body).toBe(body)
  })

  it('an answer without them is the same answer', () => {
    const response: RecordedResponse = { status: 200, headers: JSON_TYPE, body: toBytes('{}'), timing: [] }
    expect(rewriteIds(response, new Map())).toBe(response)
    expect(rewriteIds(response, new Map([['call_aaaaaaaa', 'x']])).body).toBe(response.body)
  })
})

describe('in a stream', () => {
  const chunk = (content: string): string => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`
  const delta = (partial: string): string =>
    `event: content_block_delta\ndata: ${JSON.stringify({ type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: partial } })}\n\n`

  it('an id of one event', () => {
    const event = (id: string): string =>
      `data: ${JSON.stringify({ choices: [{ delta: { tool_calls: [{ index: 0, id }] } }] })}\n\n`
    expect(rewrite(event('call_rec12345'), { call_rec12345: 'mine-1' }, SSE_TYPE)).toBe(event('mine-1'))
  })

  it('an id that is cut anywhere', () => {
    const id = 'toolu_rec12345'
    const text = `{"ref":"${id}","x":"${id}"}`
    const joined = (stream: string): string =>
      stream
        .split('\n\n')
        .filter((block) => block !== '')
        .map(
          (block) =>
            (JSON.parse(block.slice(block.indexOf('data: ') + 6)) as { delta: { partial_json: string } }).delta.partial_json
        )
        .join('')
    fc.assert(
      fc.property(fc.uniqueArray(fc.integer({ min: 1, max: text.length - 1 }), { maxLength: 8 }), (cuts) => {
        const places = [0, ...cuts.toSorted((a, b) => a - b), text.length]
        const stream = places
          .slice(1)
          .map((place, index) => delta(text.slice(places[index], place)))
          .join('')
        const rewritten = rewrite(stream, { [id]: 'mine-1' }, SSE_TYPE)
        expect(joined(rewritten)).toBe('{"ref":"mine-1","x":"mine-1"}')
        expect(rewritten.split('\n\n').length).toBe(stream.split('\n\n').length)
      }),
      { numRuns: 200 }
    )
  })

  it('of two things that are said at once, each for itself', () => {
    const stream = chunk('call_r') + delta('call_r') + chunk('ec12345!') + delta('ec99999!')
    expect(rewrite(stream, { call_rec12345: 'mine-1' }, SSE_TYPE)).toBe(
      chunk('mine-1') + delta('call_r') + chunk('!') + delta('ec99999!')
    )
  })
})
