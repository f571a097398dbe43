/** The proxy closes: what is under way may end, what is left ends with the provider's own error, and the log says so. */
import { readFile } from 'node:fs/promises'
import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk'
import OpenAI, { APIError, InternalServerError } from 'openai'
import { beforeAll, describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { buildCommand, startCommand } from '../cli/command.ts'
import { stall, stallAfter, startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { realExchange } from '../support/real-exchanges.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const STREAMS = {
  chat: realExchange('gpt-3_5-turbo_streamed_chat.yml#0'),
  responses: realExchange('responses_stream.yml#0'),
  messages: realExchange('test_messages/test_anthropic_message_streaming_legacy.yaml#0')
}

const hello = [{ role: 'user' as const, content: 'Hello' }]

function before(upstream: LocalUpstream, more: ProxyOptions = {}): Promise<Proxy> {
  const settings = { logFile: false, openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url } as const
  return startProxy({ ...settings, drainTimeout: 0.05, report: () => undefined, ...more })
}

/** Reads a stream to its end; closes the proxy behind the first event. */
async function readAndClose(stream: AsyncIterable<unknown>, close: () => unknown): Promise<{ events: number; thrown: unknown }> {
  let events = 0
  try {
    for await (const event of stream) {
      void event
      events += 1
      if (events === 1) void close()
    }
  } catch (thrown) {
    return { events, thrown }
  }
  return { events, thrown: undefined }
}

const WAYS: readonly ('a socket' | 'proxy.fetch')[] = ['a socket', 'proxy.fetch']

describe.each(WAYS)('closed in mid-stream, through %s', (way) => {
  const reach = (proxy: Proxy): object => (way === 'a socket' ? {} : { fetch: proxy.fetch })
  const listen = way === 'a socket'

  test.each(['chat', 'responses'] as const)('an OpenAI client gets a typed error: %s', async (api) => {
    await using upstream = await startUpstream(stallAfter(STREAMS[api], 4))
    await using proxy = await before(upstream, { listen })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0, ...reach(proxy) })
    const stream =
      api === 'chat'
        ? await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true })
        : await openai.responses.create({ model: 'gpt-4o', input: 'Hello', stream: true })
    const { events, thrown } = await readAndClose(stream as AsyncIterable<unknown>, () => proxy.close())
    expect(events).toBeGreaterThan(0)
    expect(thrown).toBeInstanceOf(APIError)
    expect(thrown).toMatchObject({ code: 'proxy_closing', type: 'proxy_error' })
    expect((thrown as Error).message).toContain('The proxy was closed before this answer was whole.')
    await proxy.close()
    expect(proxy.exchanges).toMatchObject([
      { source: 'upstream', outcome: 'closed', level: 'WARNING', status: 200, error: { code: 'proxy_closing' } }
    ])
  })

  test('an Anthropic client gets a typed error', async () => {
    await using upstream = await startUpstream(stallAfter(STREAMS.messages, 4))
    await using proxy = await before(upstream, { listen })
    const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries: 0, ...reach(proxy) })
    const stream = await anthropic.messages.create({ model: 'm', max_tokens: 9, messages: hello, stream: true })
    const { events, thrown } = await readAndClose(stream, () => proxy.close())
    expect(events).toBeGreaterThan(0)
    expect(thrown).toBeInstanceOf(AnthropicError)
    expect(thrown).toMatchObject({ error: { type: 'error', error: { type: 'api_error', code: 'proxy_closing' } } })
    await proxy.close()
    expect(proxy.exchanges).toMatchObject([{ outcome: 'closed', error: { code: 'proxy_closing' } }])
  })

  test('a call that still waits for its answer is told, and may be tried again', async () => {
    await using upstream = await startUpstream(stall)
    await using proxy = await before(upstream, { listen })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0, ...reach(proxy) })
    const asked = openai.chat.completions.create({ model: 'gpt-4o', messages: hello }).catch((thrown: unknown) => thrown)
    await expect.poll(() => upstream.requests.length).toBe(1)
    await proxy.close()
    const thrown = await asked
    expect(thrown).toBeInstanceOf(InternalServerError)
    expect(thrown).toMatchObject({ status: 503, code: 'proxy_closing' })
    expect((thrown as InternalServerError).headers.get('x-should-retry')).toBeNull()
    expect(proxy.exchanges).toMatchObject([{ source: 'proxy', outcome: 'closed', status: 503 }])
  })
})

test('a stream that nobody reads is ended and logged all the same', async () => {
  await using upstream = await startUpstream(stallAfter(STREAMS.chat, 4))
  const proxy = await before(upstream, { listen: false })
  const response = await proxy.fetch(`${proxy.url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', messages: hello, stream: true })
  })
  await proxy.close()
  expect(proxy.exchanges).toMatchObject([{ outcome: 'closed' }])
  expect(await response.text()).toContain('"code":"proxy_closing"')
})

test('a closed proxy refuses what comes in process', async () => {
  await using upstream = await startUpstream(stall)
  const proxy = await before(upstream, { listen: false })
  await proxy.close()
  const response = await proxy.fetch(`${proxy.url}/v1/models`)
  expect(response.status).toBe(503)
  expect(await response.json()).toMatchObject({ error: { code: 'proxy_closing' } })
  expect(upstream.requests).toHaveLength(0)
})

test('a kept connection ends with the answer that it waited for', async () => {
  let answer = (): void => undefined
  await using upstream = await startUpstream((_request, response) => {
    answer = () => response.writeHead(200, { 'content-type': 'application/json' }).end('{}')
  })
  const proxy = await before(upstream, { drainTimeout: 20 })
  const asked = fetch(`${proxy.url}/v1/models`)
  await expect.poll(() => upstream.requests.length).toBe(1)
  const closed = proxy.close()
  answer()
  const response = await asked
  expect(response.status).toBe(200)
  expect(response.headers.get('connection')).toBe('close')
  await closed
  expect(proxy.exchanges).toMatchObject([{ outcome: 'complete' }])
})

describe('the command, on SIGTERM', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('close-test')
  })

  test('ends a stream with an error, and logs that it was the proxy', { timeout: 30_000 }, async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(stallAfter(STREAMS.chat, 4))
    const env = { OPENAI_API_BASE_URL: `${upstream.url}/v1`, DRAIN_TIMEOUT: '0.05' }
    const running = startCommand(program, ['--port', '0'], { cwd: folder.path, env })
    const shown = await running.until('export ANTHROPIC_BASE_URL')
    const baseURL = /OPENAI_BASE_URL=(\S+)/.exec(shown)![1]!
    const openai = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
    const stream = await openai.chat.completions.create({ model: 'gpt-4o', messages: hello, stream: true })
    const { thrown } = await readAndClose(stream, () => running.process.kill('SIGTERM'))
    expect(thrown).toBeInstanceOf(APIError)
    expect(thrown).toMatchObject({ code: 'proxy_closing' })
    const { code, stderr } = await running.ended
    expect(code).toBe(0)
    expect(stderr).toContain('closing: what is under way has 0.05 s to end; once more to stop at once')
    const log = await readFile(folder.file('logs', 'api-firewall.log'), 'utf8')
    expect(
      log
        .trimEnd()
        .split('\n')
        .map((line) => JSON.parse(line) as object)
    ).toMatchObject([{ outcome: 'closed', status: 200, error: { code: 'proxy_closing' } }])
  })
})
