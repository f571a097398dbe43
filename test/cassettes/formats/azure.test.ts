/** Azure's test-proxy: bodies by their content type. */
import { expect, it } from 'vitest'
import { azure } from '../../../src/cassettes/formats/azure.ts'
import type { Interaction } from '../../../src/cassettes/interaction.ts'
import { toBytes, toText } from '../../../src/http/message.ts'
import { readText, testRecordingFormat } from './test-recording-format.ts'

testRecordingFormat(azure, { keepsMoment: false })

function session(contentType: string | undefined, body: unknown): string {
  const headers = contentType === undefined ? {} : { 'Content-Type': contentType }
  const entry = {
    RequestUri: 'https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-02-01',
    RequestMethod: 'POST',
    RequestHeaders: { 'Content-Type': 'application/json', 'X-Many': ['a', 'b'] },
    RequestBody: { messages: [] },
    StatusCode: 200,
    ResponseHeaders: headers,
    ResponseBody: body
  }
  return JSON.stringify({ Entries: [entry], Variables: {} }, null, 2)
}

it.each([
  ['JSON as it stands', 'application/json; charset=utf-8', { a: [1, { b: null }] }, '{"a":[1,{"b":null}]}'],
  ['JSON within a text', 'application/json', '{ "a": 1 }', '{ "a": 1 }'],
  ['lines', 'text/event-stream', ['data: a\n\n', 'data: [DONE]\n\n'], 'data: a\n\ndata: [DONE]\n\n'],
  ['a number', 'application/json', 5, '5'],
  ['nothing', 'text/plain', null, ''],
  ['nothing, as a list', 'audio/mpeg', [], ''],
  ['base64', 'audio/mpeg', 'aGk=', 'hi'],
  ['base64 where no type is told', undefined, 'aGk=', 'hi'],
  ['text by its charset', 'application/x-custom; charset=utf-8', 'aGk=', 'aGk=']
])('%s', (_, type, body, text) => {
  const { exchanges, leftOut } = readText(session(type, body))
  expect(leftOut).toEqual([])
  expect(toText(exchanges[0]!.response.body)).toBe(text)
  expect(toText(exchanges[0]!.request.body)).toBe('{"messages":[]}')
  expect(exchanges[0]!.request.headers).toContainEqual(['X-Many', 'b'])
})

it('leaves out bytes that are neither text nor base64', () => {
  expect(readText(session('audio/mpeg', '%%')).leftOut).toEqual([{ line: 20, reason: 'its body is no whole base64' }])
  expect(readText(session('text/plain', [[1]])).leftOut[0]!.reason).toBe('a line of its body is no text')
})

it('cannot hold broken UTF-8 in a text', () => {
  const interaction: Interaction = {
    request: { method: 'POST', url: 'https://a.test/', headers: [], body: toBytes('') },
    response: { status: 200, headers: [['content-type', 'text/plain']], body: Uint8Array.of(0xc3, 0x28), timing: [] },
    recorded: { at: '2026-11-24T09:00:00Z', ms: 1 }
  }
  const { text, leftOut } = azure.write([interaction], '1')
  expect(leftOut).toEqual([{ index: 0, reason: expect.stringContaining('no UTF-8') as string }])
  expect(readText(text).exchanges).toEqual([])
})
