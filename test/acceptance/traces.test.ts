/** Spans as a collector gets them, from the command line: what they tell, whose children they are, and what they never hold. */
import OpenAI from 'openai'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { startProxy } from '../../src/proxy.ts'
import { buildCommand, runCommand, startCommand, type Running } from '../cli/command.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { startCollector, type Collector } from '../support/otlp-collector.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

let program: string
beforeAll(() => {
  program = buildCommand('traces-test')
})

const PARENT = { traceId: '4bf92f3577b34da6a3ce929d0e0e4736', spanId: '00f067aa0ba902b7' }
const TRACEPARENT = `00-${PARENT.traceId}-${PARENT.spanId}-01`
const KEY = 'sk-' + 'proj-' + 'a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6'

/** Answers chat as JSON or as a stream, and an unknown model with 404. */
async function chatUpstream(): Promise<LocalUpstream> {
  const upstream = await startUpstream(async (request, response) => {
    const { model, stream } = JSON.parse(Buffer.from(await request.whole).toString()) as { model: string; stream?: boolean }
    const usage = { prompt_tokens: 7, completion_tokens: 5, prompt_tokens_details: { cached_tokens: 3 } }
    const answer = { id: 'chatcmpl-1', model: `${model}-2024-08-06` }
    if (model === 'gpt-none') {
      response.writeHead(404, { 'content-type': 'application/json' })
      return void response.end(JSON.stringify({ error: { message: 'no such model', type: 'x', code: null, param: null } }))
    }
    if (!stream) {
      response.writeHead(200, { 'content-type': 'application/json' })
      const choices = [{ index: 0, finish_reason: 'length', message: { role: 'assistant', content: 'xylographer' } }]
      return void response.end(JSON.stringify({ ...answer, object: 'chat.completion', choices, usage }))
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    const events = [
      { ...answer, choices: [{ index: 0, delta: { content: 'xylo' }, finish_reason: null }] },
      { ...answer, choices: [{ index: 0, delta: { content: 'grapher' }, finish_reason: null }] },
      { ...answer, choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] },
      { ...answer, choices: [], usage }
    ]
    for (const event of events) response.write(`data: ${JSON.stringify(event)}\n\n`)
    response.end('data: [DONE]\n\n')
  })
  onTestFinished(() => upstream.close())
  return upstream
}

interface Started {
  readonly client: OpenAI
  readonly running: Running
  /** Closes it as a service manager does, and gives what it said. */
  stop(): Promise<{ readonly code: number | null; readonly stderr: string }>
}

async function start(upstream: LocalUpstream, env: Record<string, string>): Promise<Started> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  const running = startCommand(program, ['--port', '0'], {
    cwd: folder.path,
    env: { OPENAI_API_BASE_URL: `${upstream.url}/v1`, LOG_FILE: 'false', ...env }
  })
  onTestFinished(() => void running.process.kill('SIGKILL'))
  const baseURL = /OPENAI_BASE_URL=(\S+)/.exec(await running.until('ANTHROPIC_BASE_URL='))![1]!
  return {
    client: new OpenAI({ baseURL, apiKey: KEY, maxRetries: 0 }),
    running,
    async stop() {
      running.process.kill('SIGTERM')
      return running.ended
    }
  }
}

async function collector(): Promise<Collector> {
  const made = await startCollector()
  onTestFinished(() => made.close())
  return made
}

const ask = { model: 'gpt-4o', max_tokens: 9, messages: [{ role: 'user' as const, content: 'Say a word nobody says' }] }

describe('a span', () => {
  it('is made of each exchange, by the names of OpenTelemetry, and flushed when the proxy closes', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const headers = 'x-team=a%2Cb,authorization=Basic%20abcdefgh'
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: `${otlp.url}/`, OTEL_EXPORTER_OTLP_HEADERS: headers, OTEL_SERVICE_NAME: 'gate' }
    const { client, running, stop } = await start(upstream, { ...env, OTEL_RESOURCE_ATTRIBUTES: 'deployment.environment=test' })
    expect(running.output().stdout).toContain(`${otlp.url}/v1/traces, as gate`)
    const before = Date.now()
    await client.chat.completions.create(ask, { headers: { traceparent: TRACEPARENT, tracestate: 'vendor=1' } })
    expect(await stop()).toMatchObject({ code: 0 })

    expect(otlp.requests.map(({ path }) => path)).toEqual(['/v1/traces'])
    expect(otlp.requests[0]!.headers).toMatchObject({ 'x-team': 'a,b', authorization: 'Basic abcdefgh' })
    const [span] = otlp.spans
    expect(otlp.spans).toHaveLength(1)
    expect(span).toMatchObject({
      traceId: PARENT.traceId,
      parentSpanId: PARENT.spanId,
      traceState: 'vendor=1',
      kind: 3,
      status: 0
    })
    expect(span!.name).toBe('chat gpt-4o')
    expect(span!.resource).toMatchObject({ 'service.name': 'gate', 'deployment.environment': 'test' })
    expect(span!.attributes).toEqual({
      'gen_ai.operation.name': 'chat',
      'gen_ai.provider.name': 'openai',
      'gen_ai.request.model': 'gpt-4o',
      'gen_ai.request.max_tokens': 9,
      'gen_ai.response.id': 'chatcmpl-1',
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.finish_reasons': ['length'],
      'gen_ai.usage.input_tokens': 7,
      'gen_ai.usage.output_tokens': 5,
      'gen_ai.usage.cache_read.input_tokens': 3,
      'http.response.status_code': 200,
      'server.address': '127.0.0.1',
      'server.port': Number(new URL(upstream.url).port),
      'openai_proxy.exchange.id': expect.stringMatching(/^ex_/),
      'openai_proxy.endpoint': 'POST /v1/chat/completions',
      'openai_proxy.source': 'upstream',
      'openai_proxy.outcome': 'complete',
      'openai_proxy.verdict': 'allow',
      'openai_proxy.cost_usd': expect.any(Number),
      'openai_proxy.cost_complete': true
    })
    expect(span!.start).toBeGreaterThanOrEqual(before - 1)
    expect(span!.end).toBeGreaterThanOrEqual(span!.start)
    expect(span!.end).toBeLessThanOrEqual(Date.now() + 1)
  })

  it('of a stream has the time to its first chunk, and the end that it came to', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_TRACES_ENDPOINT: `${otlp.url}/own/path` })
    for await (const chunk of await client.chat.completions.create({ ...ask, stream: true })) void chunk
    await stop()
    expect(otlp.requests.map(({ path }) => path)).toEqual(['/own/path'])
    expect(otlp.spans[0]).toMatchObject({ parentSpanId: '' })
    expect(otlp.spans[0]!.attributes).toMatchObject({
      'gen_ai.request.stream': true,
      'gen_ai.response.model': 'gpt-4o-2024-08-06',
      'gen_ai.response.finish_reasons': ['stop'],
      'gen_ai.response.time_to_first_chunk': expect.any(Number),
      'gen_ai.usage.output_tokens': 5
    })
  })

  it('of a refusal names the rule, of a failure its type; neither has a text in it', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const rules = { ALLOWED_MODELS: 'gpt-*', FORBIDDEN_INSTRUCTIONS: '*:*jailbreak*' }
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, ...rules })
    const text = 'jailbreak with the word qobra'
    await expect(client.chat.completions.create({ ...ask, messages: [{ role: 'user', content: text }] })).rejects.toThrow()
    await expect(client.chat.completions.create({ ...ask, model: 'gpt-none' })).rejects.toThrow()
    await stop()
    const [refused, failed] = otlp.spans
    expect(refused!.attributes).toMatchObject({
      'openai_proxy.verdict': 'block',
      'openai_proxy.rule': 'forbidden-instructions',
      'openai_proxy.source': 'proxy',
      'error.type': expect.stringMatching(/^[a-z_]+$/),
      'http.response.status_code': 403
    })
    expect(refused!.attributes).not.toHaveProperty('server.address')
    expect(failed!.attributes).toMatchObject({ 'error.type': '404', 'server.address': '127.0.0.1' })
    expect([refused!.status, failed!.status]).toEqual([2, 2])
  })

  it('holds no prompt, no answer, no key, even one in the name of a model', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url })
    await client.chat.completions.create({ ...ask, model: `gpt-${KEY}` })
    await client.chat.completions.create({ ...ask, user: 'qobra' })
    await stop()
    const sent = otlp.requests.map(({ body }) => body.toString('latin1')).join('')
    expect(otlp.spans).toHaveLength(2)
    for (const text of [KEY, 'nobody says', 'xylographer', 'qobra']) expect(sent).not.toContain(text)
  })

  it('of what the client does not want sampled is not made', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url })
    await client.chat.completions.create(ask, { headers: { traceparent: TRACEPARENT.replace(/01$/, '00') } })
    await client.chat.completions.create(ask, { headers: { traceparent: 'nonsense' } })
    await stop()
    expect(otlp.spans.map(({ parentSpanId }) => parentSpanId)).toEqual([''])
  })
})

describe('the trace of the client', () => {
  it.each([
    ['does not reach the upstream while the network is masked', {}, undefined],
    ['passes as the client wrote it where it is not', { MASK_NETWORK: 'false' }, TRACEPARENT]
  ] as const)('%s', async (_name, env, expected) => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url, BROWSER_PROFILE: 'false', ...env })
    await client.chat.completions.create(ask, { headers: { traceparent: TRACEPARENT } })
    await stop()
    const { headers } = upstream.requests[0]!
    expect(headers.find(([name]) => name.toLowerCase() === 'traceparent')?.[1]).toBe(expected)
    expect(otlp.spans[0]).toMatchObject({ traceId: PARENT.traceId, parentSpanId: PARENT.spanId })
  })
})

describe('a collector that fails', () => {
  it('is told of, hurts no call, and does not keep the proxy from closing', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    otlp.answer(400)
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: otlp.url })
    const { model } = await client.chat.completions.create(ask)
    expect(model).toBe('gpt-4o-2024-08-06')
    const { code, stderr } = await stop()
    expect(code).toBe(0)
    expect(stderr.match(/Spans cannot be delivered to/g)).toHaveLength(1)
    expect(stderr).toContain(`Spans cannot be delivered to ${new URL(otlp.url).host}: 400`)
  })

  it('by being away is no different', { timeout: 60_000 }, async () => {
    const upstream = await chatUpstream()
    const { client, stop } = await start(upstream, { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:9' })
    const { model } = await client.chat.completions.create(ask)
    expect(model).toBe('gpt-4o-2024-08-06')
    expect(await stop()).toMatchObject({ code: 0 })
  })
})

describe('a start', () => {
  it('without the packages says once what to install', async () => {
    await using folder = await temporaryFolder()
    const refuse = `export async function resolve(name, context, next) {
      if (name.startsWith('@opentelemetry/')) throw new Error('Cannot find package')
      return next(name, context)
    }`
    const register = `import { register } from 'node:module'; register('data:text/javascript,' + ${JSON.stringify(encodeURIComponent(refuse))})`
    const nodeArgs = ['--import', `data:text/javascript,${encodeURIComponent(register)}`]
    const env = { OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:4318', LOG_FILE: 'false' }
    const { code, stderr } = await runCommand(program, ['--port', '0'], { cwd: folder.path, env, nodeArgs })
    expect(code).toBe(1)
    expect(stderr).toMatch(/^openai-proxy: Spans .*npm install @opentelemetry\/api .*exporter-trace-otlp-proto.*\n$/)
  })

  it.each([
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'localhost:4318', /no http or https URL. Write it like http:\/\/127\.0\.0\.1:4318/],
    ['OTEL_EXPORTER_OTLP_HEADERS', 'secret-without-name', /its entry 1 has no value/]
  ])('with a wrong %s says so, and does not show it', async (variable, value, message) => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await runCommand(program, [], { cwd: folder.path, env: { [variable]: value } })
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
    expect(stderr).not.toContain('secret-without')
  })

  it('by startProxy() takes the same settings, and none of the environment', async () => {
    const [upstream, otlp] = [await chatUpstream(), await collector()]
    const settings = { logFile: false, mode: 'live', openaiApiBaseUrl: `${upstream.url}/v1` } as const
    const proxy = await startProxy({ ...settings, listen: false, otlpEndpoint: otlp.url, otlpHeaders: { 'x-team': 'a,b' } })
    await new OpenAI({ fetch: proxy.fetch, apiKey: KEY }).chat.completions.create(ask)
    await proxy.close()
    expect(otlp.requests[0]!.headers['x-team']).toBe('a,b')
    expect(otlp.spans.map(({ name }) => name)).toEqual(['chat gpt-4o'])
  })
})
