/** Streams tell their usage, and the client sees what it would have seen without. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import OpenAI from 'openai'
import { startProxy } from '../../src/index.ts'
import { toBytes } from '../../src/http/message.ts'
import { usageEdits, withoutUsage } from '../../src/pipeline/ask-usage.ts'
import { openai } from '../../src/providers/openai.ts'
import type { ParsedContent } from '../../src/providers/provider.ts'
import { jsonOf } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'

const chunk = (content: string, usage: string): string =>
  `data: {"id":"c","object":"chat.completion.chunk","choices":[{"index":0,"delta":{"content":${JSON.stringify(content)}}}]${usage}}\n\n`
const USAGE =
  'data: {"id":"c","object":"chat.completion.chunk","choices":[],"usage":{"prompt_tokens":3,"completion_tokens":2}}\n\n'
const said = ['Hé', ' "usage":null,', ' there 👋']
const asked = `${said.map((text) => chunk(text, ',"usage":null')).join('')}${USAGE}data: [DONE]\n\n`
const unasked = `${said.map((text) => chunk(text, '')).join('')}data: [DONE]\n\n`

function content(value: object): { readonly call: ReturnType<typeof openai.readCall>; readonly content: ParsedContent } {
  const json: ParsedContent = { kind: 'json', value: value as never, text: JSON.stringify(value) }
  return { call: openai.readCall({ method: 'POST', path: '/v1/chat/completions', content: json }), content: json }
}

test('is asked for only where a stream would not tell it', () => {
  const edits = (value: object): unknown => {
    const read = content(value)
    return usageEdits(read.call, read.content)
  }
  expect(edits({ stream: true })).toEqual([{ path: ['stream_options'], value: { include_usage: true } }])
  expect(edits({ stream: true, stream_options: null })).toEqual([{ path: ['stream_options'], value: { include_usage: true } }])
  expect(edits({ stream: true, stream_options: { include_obfuscation: false } })).toEqual([
    { path: ['stream_options', 'include_usage'], value: true }
  ])
  expect(edits({ stream: true, stream_options: { include_usage: true } })).toEqual([])
  expect(edits({ stream: false })).toEqual([])
  expect(edits({})).toEqual([])
})

test('is taken out of a stream however it is cut into chunks', async () => {
  const bytes = toBytes(asked)
  await fc.assert(
    fc.asyncProperty(fc.array(fc.integer({ min: 1, max: bytes.length }), { maxLength: 20 }), async (cuts) => {
      const places = [0, ...cuts.toSorted((a, b) => a - b), bytes.length]
      async function* chunks(): AsyncIterable<Uint8Array> {
        for (let i = 1; i < places.length; i += 1) yield bytes.subarray(places[i - 1], places[i])
      }
      const told: string[] = []
      const seen: Uint8Array[] = []
      for await (const part of withoutUsage(chunks(), (data) => told.push(data))) seen.push(part)
      expect(Buffer.concat(seen).toString()).toBe(unasked)
      expect(told).toHaveLength(1)
    })
  )
})

test.each([
  ['the client does not ask', {}, unasked, { stream_options: { include_usage: true } }, true],
  [
    'the client asks itself',
    { stream_options: { include_usage: true } },
    asked,
    { stream_options: { include_usage: true } },
    true
  ],
  ['it is turned off', {}, asked, {}, false]
])('through the proxy, where %s', async (_name, options, expected, sent, streamUsage) => {
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(asked)
  })
  await using proxy = await startProxy({ openaiApiBaseUrl: `${upstream.url}/v1`, streamUsage, logFile: false })
  const body = { model: 'gpt-4o', messages: [], stream: true, ...options }
  const response = await fetch(`${proxy.openaiBaseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  expect(await response.text()).toBe(expected)
  expect(jsonOf(upstream.requests[0])).toEqual({ ...body, ...sent })
  expect(proxy.exchanges).toMatchObject([{ usage: { inputTokens: 3, outputTokens: 2 } }])
})

test('the official client sees no chunk without choices', async () => {
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.end(asked)
  })
  await using proxy = await startProxy({ openaiApiBaseUrl: `${upstream.url}/v1`, logFile: false })
  const client = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
  const texts: (string | null | undefined)[] = []
  for await (const event of await client.chat.completions.create({ model: 'm', messages: [], stream: true })) {
    texts.push(event.choices[0]!.delta.content)
    expect(event).not.toHaveProperty('usage')
  }
  expect(texts).toEqual(said)
})
