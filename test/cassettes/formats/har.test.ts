/** HAR: what browsers, Playwright, mitmproxy and Polly write. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { har } from '../../../src/cassettes/formats/har.ts'
import { toText } from '../../../src/http/message.ts'
import { readText, testRecordingFormat } from './test-recording-format.ts'

testRecordingFormat(har, { keepsMoment: true })

type Fields = Readonly<Record<string, unknown>>

function log(...entries: Fields[]): string {
  return JSON.stringify({ log: { version: '1.2', creator: { name: 'x', version: '1' }, entries } }, null, 2)
}

function entry({
  request = {},
  response = {},
  ...more
}: Fields & { readonly request?: Fields; readonly response?: Fields } = {}): Fields {
  return {
    startedDateTime: '2026-11-24T09:00:00.123Z',
    time: 352.4,
    request: { method: 'GET', url: 'https://api.openai.com/v1/models', headers: [], bodySize: 0, ...request },
    response: { status: 200, headers: [], content: { size: 2, mimeType: 'text/plain', text: 'hi' }, ...response },
    timings: { send: 1, wait: 312.6, receive: 39 },
    ...more
  }
}

const only = (text: string) => {
  const { exchanges, leftOut } = readText(text)
  expect(leftOut).toEqual([])
  return exchanges[0]!
}

const reason = (...args: Parameters<typeof entry>): string => readText(log(entry(...args))).leftOut[0]!.reason

describe('answers', () => {
  it('have their bytes, their times and their moment', () => {
    const exchange = only(log(entry()))
    expect(toText(exchange.response.body)).toBe('hi')
    expect(exchange).toMatchObject({ at: '2026-11-24T09:00:00.123Z', ms: 352.4, response: { timing: [313, 39] } })
  })

  it('of a stream have the time of their first event only', () => {
    const headers = [{ name: 'content-type', value: 'text/event-stream' }]
    expect(only(log(entry({ response: { headers } }))).response.timing).toEqual([313])
    expect(only(log(entry({ timings: { send: -1, wait: -1, receive: -1 } }))).response.timing).toEqual([])
    expect(only(log(entry({ timings: undefined, time: -1 })))).toMatchObject({ ms: 0, response: { timing: [] } })
  })

  it('stand in base64, or in the chunks of Polly, in all its versions', () => {
    const gzipped = gzipSync('hello')
    const halves = [gzipped.subarray(0, 7), gzipped.subarray(7)]
    const headers = [{ name: 'content-encoding', value: 'gzip' }]
    const read = (content: Fields): string =>
      Buffer.from(only(log(entry({ response: { headers, content } }))).response.body).toString('hex')
    const chunks = (encoding: 'hex' | 'base64'): string => JSON.stringify(halves.map((half) => half.toString(encoding)))
    expect(read({ text: gzipped.toString('base64'), encoding: 'base64' })).toBe(gzipped.toString('hex'))
    expect(read({ text: chunks('base64'), encoding: 'base64' })).toBe(gzipped.toString('hex'))
    expect(read({ text: chunks('base64') })).toBe(gzipped.toString('hex'))
    expect(read({ text: chunks('hex'), _isBinary: true })).toBe(gzipped.toString('hex'))
    expect(read({ text: '89504e47', _isBinary: true })).toBe('89504e47')
  })

  it('that look like chunks, and are none, stay what they are', () => {
    expect(toText(only(log(entry({ response: { content: { text: '["abcd"]' } } }))).response.body)).toBe('["abcd"]')
  })

  it('that were not kept leave their exchange out, with what to do', () => {
    expect(reason({ response: { content: { size: 9, mimeType: 'x' } } })).toContain('Save the HAR with content')
    expect(reason({ response: { content: { size: 9, _file: '../../etc/passwd' } } })).toContain(
      'a file of its own, which is not read'
    )
    expect(reason({ response: { status: 0 } })).toContain('it has no answer')
    expect(only(log(entry({ response: { content: { size: 0, mimeType: 'x' } } }))).response.body).toHaveLength(0)
  })
})

describe('requests', () => {
  it('have their body as text, as bytes, or as the fields of a form', () => {
    const body = (postData: Fields): string | undefined => toText(only(log(entry({ request: { postData } }))).request.body)
    expect(body({ mimeType: 'application/json', text: '{}' })).toBe('{}')
    expect(body({ mimeType: 'x', text: 'aGk=', encoding: 'base64' })).toBe('hi')
    const params = [
      { name: 'a', value: '1' },
      { name: 'b', value: '%20' }
    ]
    expect(body({ mimeType: 'application/x-www-form-urlencoded', params })).toBe('a=1&b=%20')
    expect(reason({ request: { postData: { mimeType: 'multipart/form-data', params } } })).toContain('its request was not kept')
    expect(reason({ request: { bodySize: 4 } })).toContain('its request was not kept')
  })

  it('lose the names that HTTP/2 has for the request line', () => {
    const headers = [
      { name: ':authority', value: 'api.openai.com' },
      { name: 'accept', value: '*/*' }
    ]
    expect(only(log(entry({ request: { headers } }))).request.headers).toEqual([['accept', '*/*']])
  })
})

it('tells a WebSocket, with how much it holds', () => {
  const socket = entry({
    request: { url: 'wss://api.openai.com/v1/realtime' },
    _webSocketMessages: [{ type: 'send' }, { type: 'receive' }]
  })
  expect(readText(log(socket, entry()))).toMatchObject({
    leftOut: [{ line: 9, reason: 'it is a WebSocket of 2 messages; cassettes hold HTTP exchanges' }],
    exchanges: [{ request: { method: 'GET' } }]
  })
  expect(reason({ _resourceType: 'websocket' })).toContain('WebSocket of 0 messages')
})
