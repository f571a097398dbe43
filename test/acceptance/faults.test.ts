/** Faults as the official clients meet them: what they retry, what they throw, and what a program behind them sees. */
import Anthropic, {
  APIConnectionError as AnthropicConnectionError,
  APIConnectionTimeoutError as AnthropicTimeout,
  APIError as AnthropicError,
  InternalServerError as AnthropicServerError,
  RateLimitError as AnthropicRateLimit
} from '@anthropic-ai/sdk'
import OpenAI, { APIConnectionError, APIConnectionTimeoutError, APIError, InternalServerError, RateLimitError } from 'openai'
import { once } from 'node:events'
import { readFile, writeFile } from 'node:fs/promises'
import { connect, type ClientHttp2Session } from 'node:http2'
import { connect as connectTcp } from 'node:net'
import { describe, expect, test } from 'vitest'
import { ConfigError, startProxy, type Fault, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { toText } from '../../src/http/message.ts'
import { splitSse } from '../../src/http/sse.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { realExchange, type RealExchange } from '../support/real-exchanges.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

/** A call of a client on a real exchange. */
interface Call {
  readonly name: string
  readonly provider: 'openai' | 'anthropic'
  readonly exchange: RealExchange
  /** Everything that the answer said, event by event. */
  run(clients: Clients, seen?: (event: unknown) => void): Promise<unknown[]>
}

interface Clients {
  readonly openai: OpenAI
  readonly anthropic: Anthropic
}

type Create = (clients: Clients, body: never) => PromiseLike<unknown>

const chat: Create = ({ openai }, body) => openai.chat.completions.create(body)
const responses: Create = ({ openai }, body) => openai.responses.create(body)
const messages: Create = ({ anthropic }, body) => anthropic.messages.create(body)

function call(name: string, id: string, create: Create): Call {
  const exchange = realExchange(id)
  const body = JSON.parse(toText(exchange.request.body)!) as never
  return {
    name,
    provider: exchange.provider as Call['provider'],
    exchange,
    async run(clients, seen) {
      const answer = await create(clients, body)
      if (!(Symbol.asyncIterator in (answer as object))) return [answer]
      const events: unknown[] = []
      for await (const event of answer as AsyncIterable<unknown>) {
        events.push(event)
        seen?.(event)
      }
      return events
    }
  }
}

const chatJson = call('chat', 'test_openai/test_valid_response.yaml#0', chat)
const chatStream = call('chat stream', 'gpt-3_5-turbo_streamed_chat.yml#0', chat)
const responsesJson = call('responses', 'responses_create.yml#0', responses)
const responsesStream = call('responses stream', 'responses_stream.yml#0', responses)
const messageJson = call('messages', 'test_messages/test_anthropic_message_create_legacy.yaml#0', messages)
const messageStream = call('messages stream', 'test_messages/test_anthropic_message_streaming_legacy.yaml#0', messages)

const ALL = [chatJson, chatStream, responsesJson, responsesStream, messageJson, messageStream]
const STREAMS = [chatStream, responsesStream, messageStream]

interface Rig extends AsyncDisposable {
  readonly proxy: Proxy
  readonly upstream: LocalUpstream
  readonly reports: string[]
  clients(maxRetries: number, timeout?: number): Clients
}

/** Both ways into the proxy. */
const WAYS = ['socket', 'fetch'] as const

async function rig(way: (typeof WAYS)[number], exchange: RealExchange, options: ProxyOptions = {}): Promise<Rig> {
  const upstream = await startUpstream([exchange])
  const reports: string[] = []
  const proxy = await startProxy({
    listen: way === 'socket',
    openaiApiBaseUrl: `${upstream.url}/v1`,
    anthropicApiBaseUrl: upstream.url,
    logFile: false,
    faultSeed: 7,
    streamUsage: false,
    report: (line) => void reports.push(line),
    ...options
  })
  const more = way === 'fetch' ? { fetch: proxy.fetch } : {}
  return {
    proxy,
    upstream,
    reports,
    clients: (maxRetries, timeout = 20_000) => ({
      openai: new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries, timeout, ...more }),
      anthropic: new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries, timeout, ...more })
    }),
    async [Symbol.asyncDispose]() {
      await proxy.close()
      await upstream.close()
    }
  }
}

async function failure(run: Promise<unknown>): Promise<Error> {
  try {
    await run
  } catch (error) {
    return error as Error
  }
  throw new Error('It did not fail.')
}

/** What a call gives where nothing goes wrong. */
async function whole(one: Call): Promise<unknown[]> {
  await using it = await rig('fetch', one.exchange)
  return await one.run(it.clients(0))
}

const errors = {
  openai: {
    limited: RateLimitError,
    server: InternalServerError,
    connection: APIConnectionError,
    timeout: APIConnectionTimeoutError,
    api: APIError
  },
  anthropic: {
    limited: AnthropicRateLimit,
    server: AnthropicServerError,
    connection: AnthropicConnectionError,
    timeout: AnthropicTimeout,
    api: AnthropicError
  }
}

describe.each(WAYS)('through %s', (way) => {
  test.each(ALL)('a 429 of $name is retried, and the second try has the answer', async (one) => {
    await using it = await rig(way, one.exchange)
    const fault = it.proxy.fault({ nth: 1 }, { status: 429, retryAfter: 0 })
    expect(await one.run(it.clients(2))).toEqual(await whole(one))
    expect([fault.fitted, fault.struck]).toEqual([2, 1])
    expect(it.proxy.exchanges).toMatchObject([
      { status: 429, source: 'proxy', outcome: 'complete', fault: 'status 429 (seed 7)' },
      { status: 200, source: 'upstream', outcome: 'complete' }
    ])
    expect(it.proxy.exchanges[1]).not.toHaveProperty('fault')
    expect(it.upstream.requests, 'an API that refuses is not asked').toHaveLength(1)
  })

  test.each([
    [chatJson, 500],
    [responsesStream, 503],
    [messageJson, 500],
    [messageStream, 529]
  ] as const)('of $name a server error is typed, once the retries are used up', async (one, status) => {
    await using it = await rig(way, one.exchange)
    it.proxy.fault({}, { status })
    const error = await failure(one.run(it.clients(1)))
    expect(error).toBeInstanceOf(errors[one.provider].server)
    expect(error).toMatchObject({ status, requestID: expect.stringMatching(/^req_/) as string })
    expect(it.proxy.exchanges.map((exchange) => exchange.status)).toEqual([status, status])
    expect(it.upstream.requests).toHaveLength(0)
  })

  test.each(ALL)('a stall of $name is a timeout of the client', async (one) => {
    await using it = await rig(way, one.exchange)
    it.proxy.fault({}, { stall: true })
    expect(await failure(one.run(it.clients(0, 150)))).toBeInstanceOf(errors[one.provider].timeout)
    await expect.poll(() => it.proxy.exchanges).toMatchObject([{ outcome: 'aborted', fault: 'stall (seed 7)' }])
  })

  test.each(ALL)('a reset of $name is a connection error, or nothing where it is retried', async (one) => {
    await using it = await rig(way, one.exchange)
    const fault = it.proxy.fault({}, { reset: true })
    const error = await failure(one.run(it.clients(0)))
    expect(error).toBeInstanceOf(errors[one.provider].connection)
    expect(error).toMatchObject({ cause: { cause: { code: 'ECONNRESET' } } })
    fault.remove()
    it.proxy.fault({ nth: 1 }, { reset: true })
    expect(await one.run(it.clients(1))).toEqual(await whole(one))
    expect(it.proxy.exchanges.map(({ outcome }) => outcome)).toEqual(['broken', 'broken', 'complete'])
  })

  test.each(STREAMS)('a break of $name in mid-stream comes after the events that it leaves', async (one) => {
    const events = await whole(one)
    for (const [text, code] of [
      ['cut', 'UND_ERR_SOCKET'],
      ['reset', 'ECONNRESET']
    ] as const) {
      await using it = await rig(way, one.exchange)
      it.proxy.fault({}, { [text]: true, afterEvent: 3 } as unknown as Fault)
      const seen: unknown[] = []
      const error = await failure(one.run(it.clients(2), (event) => void seen.push(event)))
      expect(error).toMatchObject({ message: 'terminated', cause: { code } })
      expect(seen.length).toBeGreaterThan(0)
      expect(events.slice(0, seen.length)).toEqual(seen)
      expect(it.proxy.exchanges).toMatchObject([
        { outcome: 'broken', source: 'upstream', status: 200, fault: `${text} after event 3 (seed 7)`, error: { code: 'fault' } }
      ])
      await expect.poll(() => it.upstream.requests).toHaveLength(1)
    }
  })

  test.each(ALL)(
    'a delay of $name is a timeout of a client that does not wait, and no harm to one that tries again',
    async (one) => {
      await using it = await rig(way, one.exchange)
      it.proxy.fault({ nth: 1 }, { delayMs: 60_000 })
      expect(await failure(one.run(it.clients(0, 150)))).toBeInstanceOf(errors[one.provider].timeout)
      await expect.poll(() => it.proxy.exchanges).toMatchObject([{ outcome: 'aborted', fault: 'delay 60000 ms (seed 7)' }])
      it.proxy.fault({}, { delayMs: 5 })
      expect(await one.run(it.clients(0))).toEqual(await whole(one))
      expect(it.proxy.exchanges[1]!.durationMs).toBeGreaterThanOrEqual(5)
    }
  )

  test.each(STREAMS)('$name may be slow: each event is waited for, and none is lost', async (one) => {
    await using it = await rig(way, one.exchange)
    const fault = it.proxy.fault({ stream: true }, { slowMs: 2 })
    const events = await one.run(it.clients(0))
    expect(events).toEqual(await whole(one))
    expect(it.proxy.exchanges).toMatchObject([{ outcome: 'complete', fault: 'slow 2 ms (seed 7)' }])
    expect(it.proxy.exchanges[0]!.durationMs).toBeGreaterThanOrEqual(2 * (events.length - 1))
    expect(fault.struck).toBe(1)
  })

  test.each([
    [chatStream, '"content":"'],
    [responsesStream, '"delta":"'],
    [messageStream, '"text_delta","text":"']
  ] as const)('$0.name cut inside a character ends before it: no half of it is taken for text', async (one, before) => {
    const { response } = one.exchange
    const body = Buffer.from(toText(response.body)!.replaceAll(before, `${before}süß`))
    const exchange = { ...one.exchange, response: { ...response, body } }
    await using it = await rig(way, exchange)
    const plain = await one.run(it.clients(0))
    it.proxy.fault({}, { cut: true, insideCharacter: true })
    const seen: unknown[] = []
    const error = await failure(one.run(it.clients(2), (event) => void seen.push(event)))
    expect(error).toMatchObject({ message: 'terminated' })
    expect(plain.slice(0, seen.length)).toEqual(seen)
    expect(JSON.stringify(seen)).not.toMatch(/[ü\ufffd]/)
    expect(JSON.stringify(plain)).toContain('süß')
    expect(it.proxy.exchanges[1]).toMatchObject({ outcome: 'broken', fault: 'cut inside character 1 (seed 7)' })
  })

  test.each(ALL)('$name cut inside is no answer', async (one) => {
    await using it = await rig(way, one.exchange)
    it.proxy.fault({}, { cut: true, insideEvent: 1 })
    expect(await failure(one.run(it.clients(0)))).toMatchObject({ message: 'terminated' })
    expect(it.proxy.exchanges).toMatchObject([{ outcome: 'broken', fault: 'cut inside event 1 (seed 7)' }])
  })

  test.each([
    [chatStream, 'server_error', { type: 'server_error' }],
    [responsesStream, 'rate_limit_exceeded', { code: 'rate_limit_exceeded' }],
    [messageStream, 'overloaded_error', { type: 'overloaded_error' }]
  ] as const)('an error within $name is the API error of the client', async (one, streamError, shape) => {
    await using it = await rig(way, one.exchange)
    it.proxy.fault({ stream: true }, { streamError, afterEvent: 2 })
    const error = await failure(one.run(it.clients(2)))
    expect(error).toBeInstanceOf(errors[one.provider].api)
    expect(error).toMatchObject(shape)
    expect(it.proxy.exchanges).toMatchObject([
      { outcome: 'broken', status: 200, fault: `stream error ${streamError} after event 2 (seed 7)` }
    ])
  })
})

describe('broken tool JSON', () => {
  const getArguments: readonly [Call, (answer: never[]) => string][] = [
    [
      call('chat', 'test_openai/test_image_url_tool_response.yaml#0', chat),
      ([answer]: OpenAI.ChatCompletion[]) =>
        (answer!.choices[0]!.message.tool_calls![0] as OpenAI.ChatCompletionMessageFunctionToolCall).function.arguments
    ],
    [
      call('chat stream', 'test_chat/test_chat_tools_streaming.yaml#0', chat),
      (events: OpenAI.ChatCompletionChunk[]) =>
        events.map(({ choices }) => choices[0]?.delta.tool_calls?.[0]?.function?.arguments ?? '').join('')
    ],
    [
      call('responses', 'test_openai_responses_model_simple_response_with_tool_call.yaml#0', responses),
      ([answer]: OpenAI.Responses.Response[]) => answer!.output.find((item) => item.type === 'function_call')!.arguments
    ],
    [
      call('responses stream', 'test_openai_responses/test_openai_responses_stream.yaml#0', responses),
      (events: OpenAI.Responses.ResponseStreamEvent[]) =>
        events.find((event) => event.type === 'response.function_call_arguments.done')!.arguments
    ],
    [
      call('messages', 'test_multiple_parallel_tool_calls.yaml#0', messages),
      ([answer]: Anthropic.Message[]) => answer!.content.find((block) => block.type === 'tool_use')!.input as string
    ],
    [
      call('messages stream', 'test_anthropic_tools_streaming_legacy.yaml#0', messages),
      (events: Anthropic.RawMessageStreamEvent[]) =>
        events
          .flatMap((event) =>
            event.type === 'content_block_delta' && event.index === 1 && event.delta.type === 'input_json_delta'
              ? event.delta.partial_json
              : []
          )
          .join('')
    ]
  ] as const

  test.each(getArguments)('of $name fails in the code that parses it', async (one, read) => {
    for (const brokenToolJson of ['cut', 'garbled'] as const) {
      await using it = await rig('socket', one.exchange)
      it.proxy.fault({}, { brokenToolJson })
      const text = read((await one.run(it.clients(0))) as never[])
      expect(text).not.toBe('')
      expect(() => JSON.parse(text) as unknown).toThrow(SyntaxError)
      expect(it.proxy.exchanges).toMatchObject([
        { outcome: 'complete', source: 'upstream', fault: `broken tool JSON, ${brokenToolJson} (seed 7)` }
      ])
    }
  })
})

describe('what a client sees of an error', () => {
  test('is what the API sends: headers, ids, limits, body', async () => {
    await using it = await rig('socket', chatJson.exchange)
    it.proxy.fault({ provider: 'openai' }, { status: 429, retryAfter: 20 })
    it.proxy.fault({ provider: 'anthropic' }, { status: 529 })
    const limited = (await failure(chatJson.run(it.clients(0)))) as InstanceType<typeof RateLimitError>
    expect(limited).toMatchObject({ code: 'rate_limit_exceeded', type: 'tokens', param: null })
    expect(limited.message).toContain('Rate limit reached for gpt-4o in organization org-')
    const headers = ['retry-after', 'retry-after-ms', 'x-ratelimit-remaining-tokens', 'x-ratelimit-reset-tokens'].map((name) =>
      limited.headers.get(name)
    )
    expect(headers).toEqual(['20', '20000', '0', '20s'])
    const overloaded = (await failure(messageJson.run(it.clients(0)))) as InstanceType<typeof AnthropicServerError>
    expect(overloaded).toMatchObject({
      status: 529,
      type: 'overloaded_error',
      error: { type: 'error', request_id: overloaded.requestID }
    })
    expect(overloaded.headers.get('x-should-retry')).toBe('true')
  })

  test('comes from the cassette in play where it holds one', async () => {
    await using folder = await temporaryFolder()
    const cassette = `${folder.path}/limited.yaml`
    await writeFile(cassette, CASSETTE)
    await using proxy = await startProxy({ listen: false, mode: 'replay', cassette, logFile: false })
    proxy.fault({ nth: 1 }, { status: 429 })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', fetch: proxy.fetch, maxRetries: 0 })
    const ask = (): Promise<OpenAI.ChatCompletion> =>
      openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
    const error = (await failure(ask())) as InstanceType<typeof RateLimitError>
    expect(error.message).toBe('429 The recorded one.')
    expect(error.headers.get('retry-after')).toBe('3')
    expect(await ask(), 'the recording was not used up').toMatchObject({ id: 'first' })
    expect(await ask()).toMatchObject({ id: 'second' })
  })
})

const CASSETTE = `cassette: 1
---
request: {method: POST, url: "https://api.openai.com/v1/chat/completions", headers: {content-type: application/json}, body: {json: {model: gpt-4o, messages: [{role: user, content: Ho}]}}}
response:
  status: 429
  headers: {content-type: application/json, retry-after: "3"}
  body: {json: {error: {message: The recorded one., type: tokens, param: null, code: rate_limit_exceeded}}}
recorded: {at: 2026-01-02T03:04:05Z, ms: 3}
${['first', 'second']
  .map(
    (id) => `---
request: {method: POST, url: "https://api.openai.com/v1/chat/completions", headers: {content-type: application/json}, body: {json: {model: gpt-4o, messages: [{role: user, content: Hi}]}}}
response: {status: 200, headers: {content-type: application/json}, body: {json: {id: ${id}, choices: []}}}
recorded: {at: 2026-01-02T03:04:05Z, ms: 3}
`
  )
  .join('')}`

describe('faults of a cassette', () => {
  const hi = { model: 'gpt-4o', messages: [{ role: 'user' as const, content: 'Hi' }] }

  async function playing(
    faults: string,
    mode: 'replay' | 'live' = 'replay'
  ): Promise<{ proxy: Proxy; openai: OpenAI; reports: string[] } & AsyncDisposable> {
    const folder = await temporaryFolder()
    const cassette = `${folder.path}/faults.yaml`
    await writeFile(cassette, CASSETTE.replace('cassette: 1\n', `cassette: 1\nfaults:\n${faults}`))
    const reports: string[] = []
    const report = (line: string): void => void reports.push(line)
    const proxy = await startProxy({ listen: false, mode, cassette, logFile: false, report }).catch(async (error: unknown) => {
      await folder[Symbol.asyncDispose]()
      throw error
    })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', fetch: proxy.fetch, maxRetries: 2 })
    return {
      proxy,
      openai,
      reports,
      async [Symbol.asyncDispose]() {
        await proxy.close()
        await folder[Symbol.asyncDispose]()
      }
    }
  }

  test('strike whoever plays it, and are told', async () => {
    await using it = await playing('  - "nth=1: status=500"\n  - {model: gpt-4*, nth: 2, status: 429, retryAfter: 0}\n')
    expect(await it.openai.chat.completions.create(hi)).toMatchObject({ id: 'first' })
    expect(it.proxy.exchanges.map(({ status, fault, source }) => [status, fault, source])).toEqual([
      [500, 'status 500 (seed 1)', 'proxy'],
      [429, 'status 429 (seed 2)', 'proxy'],
      [200, undefined, 'tape']
    ])
    expect(it.reports).toEqual([
      expect.stringContaining('makes things go wrong on purpose: nth=1: status=500; model=gpt-4*,nth=2: status=429,retry-after=0')
    ])
  })

  test('act on what is recorded', async () => {
    await using it = await playing('  - {nth: 1, cut: true}\n')
    expect(await failure(it.openai.chat.completions.create(hi))).toMatchObject({ message: 'terminated' })
    expect(it.proxy.exchanges).toMatchObject([{ source: 'tape', outcome: 'broken', fault: 'cut inside event 1 (seed 1)' }])
  })

  test('that are none are an error with file and line', async () => {
    await expect(playing('  - status=429\n  - {modle: x, status: 500}\n')).rejects.toThrow(
      /faults\.yaml cannot be read at line 4: faults\[1\]: modle is no field of such a fault/
    )
    await expect(playing('  no list\n')).rejects.toThrow(/faults: write a list of faults/)
  })
})

describe('around faults', () => {
  test('a faulted exchange is never recorded, and it is said; one that no fault struck is', async () => {
    await using folder = await temporaryFolder()
    const cassette = `${folder.path}/recorded.yaml`
    await using upstream = await startUpstream([chatJson.exchange])
    const reports: string[] = []
    const options: ProxyOptions = {
      listen: false,
      mode: 'record',
      cassette,
      logFile: false,
      openaiApiBaseUrl: `${upstream.url}/v1`,
      report: (line) => void reports.push(line)
    }
    const proxy = await startProxy({
      ...options,
      faults: ['nth=1: delay-ms=1', 'nth=2: cut', 'nth=3: cut,after-event=9'],
      faultSeed: 1
    })
    const client = {
      openai: new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', fetch: proxy.fetch, maxRetries: 0 })
    } as Clients
    await chatJson.run(client)
    await failure(chatJson.run(client))
    await chatJson.run(client)
    await proxy.close()
    expect((await readFile(cassette, 'utf8')).match(/^request:/gm)).toHaveLength(1)
    expect(reports.toSorted().map((line) => line.replace(/exchange ex_\w+/, 'exchange'))).toEqual([
      expect.stringContaining('since a fault struck it: cut inside event 1 (seed 2)') as string,
      expect.stringContaining('since a fault struck it: delay 1 ms (seed 1)') as string,
      expect.stringContaining('The fault "cut after event 9 (seed 3)" did not strike exchange (POST') as string
    ])
  })

  test('rules hold before a fault, and outputs are judged whole', async () => {
    await using it = await rig('fetch', chatJson.exchange, { allowedModels: ['gpt-4o'], forbiddenOutputs: ['*'] })
    it.proxy.fault({}, { cut: true })
    const error = await failure(chatJson.run(it.clients(0)))
    expect(error).toMatchObject({ code: 'forbidden_output' })
    expect(it.proxy.exchanges).toMatchObject([{ outcome: 'refused', verdict: { kind: 'block' } }])
    expect(it.proxy.exchanges[0]).not.toHaveProperty('fault')
  })

  test('several faults strike one exchange, and a wrong one is a ConfigError', async () => {
    await using it = await rig('fetch', chatStream.exchange)
    it.proxy.fault({}, { slowMs: 1 })
    it.proxy.fault({}, { delayMs: 1 })
    it.proxy.fault({}, { brokenToolJson: true })
    expect(await chatStream.run(it.clients(0))).toEqual(await whole(chatStream))
    expect(it.proxy.exchanges[0]!.fault).toBe('delay 1 ms (seed 8), slow 1 ms (seed 7)')
    expect(it.reports).toEqual([expect.stringContaining('the answer calls no tool')])
    expect(() => it.proxy.fault({ nth: 0 }, { status: 429 })).toThrow(ConfigError)
    expect(it.proxy.faults.map(({ text }) => text)).toEqual(['slow-ms=1', 'delay-ms=1', 'broken-tool-json'])
  })

  test('a proxy that closes ends what a fault holds up', async () => {
    const it = await rig('socket', chatJson.exchange, { drainTimeout: 0 })
    it.proxy.fault({}, { stall: true })
    const failing = failure(chatJson.run(it.clients(0)))
    await expect.poll(() => it.proxy.faults[0]!.struck).toBe(1)
    await it[Symbol.asyncDispose]()
    expect(await failing).toMatchObject({ status: 503, code: 'proxy_closing' })
  })
})

describe('over HTTP/2', () => {
  async function ask(proxy: Proxy, requests: number): Promise<{ ended: string[]; data: string[]; session: ClientHttp2Session }> {
    const session = connect(proxy.url)
    session.on('error', () => undefined)
    const one = (): Promise<readonly [string, string]> =>
      new Promise((resolve) => {
        const stream = session.request({ ':method': 'POST', ':path': '/v1/chat/completions', 'content-type': 'application/json' })
        let data = ''
        let error = 'whole'
        stream.setEncoding('utf8').on('data', (part: string) => (data += part))
        stream.on('error', (broken: NodeJS.ErrnoException) => (error = broken.code!))
        stream.on('close', () => resolve([error, data]))
        stream.end(chatStream.exchange.request.body)
      })
    const answers = await Promise.all(Array.from({ length: requests }, one))
    return { ended: answers.map(([error]) => error), data: answers.map(([, data]) => data), session }
  }

  test('a cut ends its stream, and no other', async () => {
    await using it = await rig('socket', chatStream.exchange)
    it.proxy.fault({ nth: 1 }, { cut: true, afterEvent: 2 })
    const { ended, data, session } = await ask(it.proxy, 2)
    expect(session.closed).toBe(false)
    session.destroy()
    expect(ended.toSorted()).toEqual(['ERR_HTTP2_STREAM_ERROR', 'whole'])
    expect(splitSse(data[ended.indexOf('ERR_HTTP2_STREAM_ERROR')]!)).toHaveLength(2)
  })

  test('a reset ends the connection', async () => {
    for (const fault of [{ reset: true }, { reset: true, afterEvent: 2 }] as const) {
      await using it = await rig('socket', chatStream.exchange)
      it.proxy.fault({ nth: 1 }, fault)
      const { ended, data, session } = await ask(it.proxy, 1)
      await expect.poll(() => session.destroyed).toBe(true)
      expect(ended).not.toContain('whole')
      expect(splitSse(data[0]!)).toHaveLength('afterEvent' in fault ? 2 : 0)
    }
  })
})

test('the reset that a socket sees is a reset, behind a rule of mockttp too', async () => {
  for (const withRule of [false, true]) {
    await using it = await rig('socket', chatStream.exchange)
    if (withRule) await it.proxy.mockttp.forGet('/only-to-have-a-rule').thenReply(200)
    it.proxy.fault({}, { reset: true, afterEvent: 1 })
    const socket = connectTcp(Number(new URL(it.proxy.url).port), '127.0.0.1')
    let text = ''
    socket.setEncoding('utf8').on('data', (part: string) => (text += part))
    const body = chatStream.exchange.request.body
    socket.write(
      `POST /v1/chat/completions HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: ${body.byteLength}\r\n\r\n`
    )
    socket.write(body)
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException]
    expect(error.code).toBe('ECONNRESET')
    expect(text).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*data: /)
    expect(text.match(/^data: /gm)).toHaveLength(1)
  }
})
