/** Rules on answers, with the official clients: JSON is a typed refusal, a stream ends with the provider's in-stream error. */
import { readFile } from 'node:fs/promises'
import { gzipSync } from 'node:zlib'
import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk'
import OpenAI, { APIError, PermissionDeniedError } from 'openai'
import { expect, test } from 'vitest'
import { startProxy, type ProxyOptions } from '../../src/index.ts'
import { startUpstream, type LocalUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hello = [{ role: 'user' as const, content: 'Hello' }]

const chatJson = (content: string): string =>
  JSON.stringify({ id: 'x', choices: [{ index: 0, message: { role: 'assistant', content } }] })

function answer(body: string | Uint8Array, headers: Record<string, string>): Responder {
  return async (request, response) => {
    await request.whole
    response.writeHead(200, headers)
    response.end(body)
  }
}

const json = { 'content-type': 'application/json' }
const sse = { 'content-type': 'text/event-stream' }

function chatStream(...deltas: string[]): string {
  return (
    deltas.map((content) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content } }] })}\n\n`).join('') +
    'data: [DONE]\n\n'
  )
}

function guarded(upstream: LocalUpstream, options: ProxyOptions = {}): ReturnType<typeof startProxy> {
  const base = { openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url, logFile: false as const }
  return startProxy({ ...base, forbiddenOutputs: ['*internal only*'], ...options })
}

test.each([
  ['plain', answer(chatJson('This is Internal Only.'), json)],
  ['compressed', answer(gzipSync(chatJson('This is Internal Only.')), { ...json, 'content-encoding': 'gzip' })]
])('a JSON answer, %s, is refused with one attempt', async (_name, responder) => {
  await using upstream = await startUpstream(responder)
  await using proxy = await guarded(upstream)
  const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
  const error = await openai.chat.completions.create({ model: 'm', messages: hello }).catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(PermissionDeniedError)
  expect(error).toMatchObject({
    code: 'forbidden_output',
    message: '403 Security violation: Forbidden text in the answer (rule *internal only*)'
  })
  expect(upstream.requests).toHaveLength(1)
  expect(proxy.exchanges).toMatchObject([{ outcome: 'refused', verdict: { kind: 'block', rule: 'forbidden-outputs' } }])
})

test('an answer without it passes byte for byte', async () => {
  const text = chatJson('This is public.')
  await using upstream = await startUpstream(answer(text, json))
  await using proxy = await guarded(upstream)
  const response = await fetch(`${proxy.openaiBaseURL}/chat/completions`, {
    method: 'POST',
    headers: json,
    body: '{"model":"m","messages":[]}'
  })
  expect(await response.text()).toBe(text)
})

test('an OpenAI stream ends before the event that completes it, and is not recorded', async () => {
  await using folder = await temporaryFolder()
  await using upstream = await startUpstream(answer(chatStream('This is ', 'inter', 'nal on', 'ly, you know', ' more'), sse))
  await using proxy = await guarded(upstream, { mode: 'record', cassette: folder.file('a.yaml'), report: () => undefined })
  const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
  const said: string[] = []
  const error = await (async () => {
    for await (const event of await openai.chat.completions.create({ model: 'm', messages: hello, stream: true })) {
      said.push(event.choices[0]!.delta.content!)
    }
    return 'it did not end'
  })().catch((thrown: unknown) => thrown)
  expect(said).toEqual(['This is ', 'inter', 'nal on'])
  expect(error).toBeInstanceOf(APIError)
  expect(error).toMatchObject({ code: 'forbidden_output' })
  expect(proxy.exchanges).toMatchObject([{ outcome: 'refused', verdict: { rule: 'forbidden-outputs' } }])
  await proxy.close()
  await expect(readFile(folder.file('a.yaml'))).rejects.toThrow('ENOENT')
})

test('an Anthropic stream ends with an error event', async () => {
  const events = ['internal', ' ', 'only'].map((text) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'text_delta', text }
  }))
  const body = events.map((event) => `event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`).join('')
  await using upstream = await startUpstream(answer(body, sse))
  await using proxy = await guarded(upstream)
  const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused' })
  const error = await (async () => {
    for await (const event of await anthropic.messages.create({ model: 'm', max_tokens: 5, messages: hello, stream: true }))
      void event
  })().catch((thrown: unknown) => thrown)
  expect(error).toBeInstanceOf(AnthropicError)
  expect((error as Error).message).toContain('forbidden_output')
})
