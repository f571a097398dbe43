/** `startProxy()` as a test's setup uses it: with a port and without, sessions, the list of exchanges, a child process. */
import { execFile } from 'node:child_process'
import { mkdir, readFile, copyFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { promisify } from 'node:util'
import Anthropic from '@anthropic-ai/sdk'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy } from '../../src/index.ts'
import { buildCommand } from '../cli/command.ts'
import { answerJson, jsonOf } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { hello, joke, question, QUICKSTART } from '../support/quickstart.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

describe('proxy.fetch', () => {
  test('answers both clients by their own public addresses, with no port and no key', async () => {
    await using proxy = await startProxy({ listen: false, mode: 'replay', cassette: QUICKSTART, logFile: false })
    const openai = new OpenAI({ fetch: proxy.fetch, apiKey: 'unused' })
    const anthropic = new Anthropic({ fetch: proxy.fetch, apiKey: 'unused' })
    expect((await openai.chat.completions.create(question)).choices[0]?.message.content).toBe('The capital of France is Paris.')
    const said: string[] = []
    for await (const event of await openai.chat.completions.create(hello)) said.push(event.choices[0]?.delta.content ?? '')
    expect(said.join('')).toBe('Hello! How can I assist you today?')
    expect((await anthropic.messages.create(joke)).content[0]).toMatchObject({ type: 'text' })
    expect(proxy.exchanges.map(({ source, provider, model }) => [source, provider, model])).toEqual([
      ['tape', 'openai', 'gpt-4o'],
      ['tape', 'openai', 'gpt-3.5-turbo'],
      ['tape', 'anthropic', 'claude-3-opus-20240229']
    ])
    expect(() => proxy.mockttp).toThrow('listen: false')
  })

  test('streams, and the abort of a reader reaches the upstream', async () => {
    await using upstream = await startUpstream(async (request, response) => {
      await request.whole
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n')
    })
    await using proxy = await startProxy({ listen: false, openaiApiBaseUrl: `${upstream.url}/v1`, logFile: false })
    const openai = new OpenAI({ fetch: proxy.fetch, apiKey: 'unused' })
    for await (const event of await openai.chat.completions.create(hello)) {
      expect(event.choices[0]?.delta.content).toBe('one')
      break
    }
    expect(await upstream.requests[0]!.ended).toBe('aborted')
    expect(proxy.exchanges).toMatchObject([{ outcome: 'aborted' }])
  })

  test('calls nobody else', async () => {
    await using proxy = await startProxy({ listen: false, logFile: false })
    const response = await proxy.fetch('http://127.0.0.1:9/v1/models')
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({ error: { code: 'relay_refused' } })
    expect(await (await proxy.fetch(`${proxy.url}/health`)).json()).toEqual({
      status: 'healthy',
      message: 'Proxy server is running'
    })
  })

  test('opens no port and loads no mockttp', { timeout: 30_000 }, async () => {
    const program = buildCommand('in-process-test').replace(/cli\.js$/, 'index.js')
    const script = `
      import { createRequire } from 'node:module'
      import { startProxy } from ${JSON.stringify(program)}
      const proxy = await startProxy({ listen: false, mode: 'replay', cassette: ${JSON.stringify(QUICKSTART)}, logFile: false })
      const response = await proxy.fetch(proxy.openaiBaseURL + '/chat/completions', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(question))}
      })
      console.log(response.status, process.getActiveResourcesInfo().filter((name) => /TCP|Server/.test(name)).length)
      await proxy.close()
      const loaded = Object.keys(createRequire(${JSON.stringify(program)}).cache)
      console.log(...['yaml', 'mockttp'].map((name) => name + ' ' + loaded.some((path) => path.includes('/node_modules/' + name + '/'))))
      // What the list holds once it is loaded.
      await import(createRequire(${JSON.stringify(program)}).resolve('mockttp'))
      console.log(Object.keys(createRequire(${JSON.stringify(program)}).cache).some((path) => path.includes('/node_modules/mockttp/')))`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
      env: { PATH: process.env['PATH'] }
    })
    expect(stdout).toBe('200 0\nyaml true mockttp false\ntrue\n')
  })
})

describe('a proxy with a port', () => {
  test('gives what a client and a child process need, and ends with no handle open', { timeout: 30_000 }, async () => {
    await using upstream = await startUpstream(answerJson(200, { object: 'list', data: [] }))
    await using proxy = await startProxy({
      openaiApiBaseUrl: upstream.url,
      openaiApiKey: 'sk-' + 'the-proxys-own',
      logFile: false
    })
    expect(proxy.openaiBaseURL).toBe(`${proxy.url}/v1`)
    expect(proxy.anthropicBaseURL).toBe(proxy.url)
    const script = `fetch(process.env.OPENAI_BASE_URL + '/models', { headers: { authorization: 'Bearer ' + process.env.OPENAI_API_KEY } })`
    await promisify(execFile)(process.execPath, ['-e', script], { env: { PATH: process.env['PATH'], ...proxy.env } })
    expect(upstream.requests[0]!.headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1]).toBe(
      'Bearer sk-the-proxys-own'
    )
    await proxy.close()
    await proxy.close()
    const port = Number(new URL(proxy.url).port)
    const server = createServer()
    await new Promise<void>((done, fail) => server.once('error', fail).listen(port, '127.0.0.1', done))
    await new Promise((done) => server.close(done))
  })

  test('a program that closed its proxy ends by itself', { timeout: 30_000 }, async () => {
    const program = buildCommand('in-process-test-2').replace(/cli\.js$/, 'index.js')
    const script = `
      import { startProxy } from ${JSON.stringify(program)}
      const proxy = await startProxy({ mode: 'replay', cassette: ${JSON.stringify(QUICKSTART)}, logFile: false })
      await (await fetch(proxy.openaiBaseURL + '/chat/completions', {
        method: 'POST', headers: { 'content-type': 'application/json' }, body: ${JSON.stringify(JSON.stringify(hello))}
      })).text()
      await proxy.close()
      console.log('closed')`
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], { timeout: 20_000 })
    expect(stdout).toBe('closed\n')
  })

  test('a route mocked on proxy.mockttp wins, the others still answer', async () => {
    await using proxy = await startProxy({ mode: 'replay', cassette: QUICKSTART, logFile: false })
    await proxy.mockttp.forPost('/v1/embeddings').thenReply(418, 'short and stout')
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0 })
    await expect(openai.embeddings.create({ model: 'm', input: 'x' })).rejects.toMatchObject({ status: 418 })
    expect((await openai.chat.completions.create(question)).choices[0]?.message.content).toBe('The capital of France is Paris.')
  })
})

describe('sessions', () => {
  test('one proxy, one cassette for each base URL, and none sees the other', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('tapes'))
    await copyFile(QUICKSTART, folder.file('tapes', 'one.yaml'))
    await using proxy = await startProxy({ mode: 'replay', cassette: folder.file('tapes'), logFile: false })
    const of = (name: string): OpenAI => new OpenAI({ baseURL: `${proxy.url}/~/${name}/v1`, apiKey: 'unused', maxRetries: 0 })
    expect((await of('one').chat.completions.create(question)).choices[0]?.message.content).toBe(
      'The capital of France is Paris.'
    )
    await expect(of('two').chat.completions.create(question)).rejects.toThrow(/two\.yaml does not exist/)
    await expect(of('..%2F..%2Fone').chat.completions.create(question)).rejects.toMatchObject({ status: 400 })
    expect(proxy.exchanges[0]).toMatchObject({ session: 'one', source: 'tape' })
  })
})

describe('modes', () => {
  const asked = { model: 'gpt-4o', messages: question.messages }

  test('auto answers from the tape, else from the network, and records that once', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, { id: 'from upstream' }))
    const options = { cassette: folder.file('a.yaml'), openaiApiBaseUrl: `${upstream.url}/v1`, logFile: false as const }
    {
      await using proxy = await startProxy({ ...options, mode: 'auto' })
      const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
      await openai.chat.completions.create(asked)
      await openai.chat.completions.create(asked)
      await openai.chat.completions.create({ ...asked, seed: 2 })
      expect(proxy.exchanges.map(({ source }) => source)).toEqual(['upstream', 'tape', 'upstream'])
    }
    await using proxy = await startProxy({ ...options, mode: 'replay' })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
    expect(await openai.chat.completions.create({ ...asked, seed: 2 })).toMatchObject({ id: 'from upstream' })
    expect(upstream.requests).toHaveLength(2)
  })

  test('once records a cassette that is not there, and then only replays it', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, { id: 'x' }))
    const options = {
      mode: 'once',
      cassette: folder.file('a.yaml'),
      openaiApiBaseUrl: `${upstream.url}/v1`,
      logFile: false
    } as const
    const ci = process.env['CI']
    delete process.env['CI']
    try {
      for (const source of ['upstream', 'tape']) {
        await using proxy = await startProxy(options)
        await new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' }).chat.completions.create(asked)
        expect(proxy.exchanges).toMatchObject([{ source }])
      }
      await using proxy = await startProxy(options)
      const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })
      await expect(openai.chat.completions.create({ ...asked, seed: 1 })).rejects.toThrow('seed')
      process.env['CI'] = 'true'
      await expect(startProxy({ ...options, cassette: folder.file('new.yaml') })).rejects.toThrow('does not exist')
    } finally {
      if (ci === undefined) delete process.env['CI']
      else process.env['CI'] = ci
    }
    expect(upstream.requests).toHaveLength(1)
  })

  test('a replay spends nothing of a rate limit, and content rules hold in it', async () => {
    await using proxy = await startProxy({
      mode: 'replay',
      cassette: QUICKSTART,
      rateLimit: 1,
      allowedModels: ['gpt-4o'],
      logFile: false
    })
    const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0 })
    for (let round = 0; round < 3; round += 1) await openai.chat.completions.create(question)
    await expect(openai.chat.completions.create(hello)).rejects.toThrow('Model gpt-3.5-turbo is not allowed')
    expect(proxy.rules).toEqual(['allowed models: gpt-4o', 'unknown endpoints: refused', 'rate: at most 1 requests a minute'])
  })
})

describe('the log', () => {
  test('has one line for each exchange: answered, replayed, refused, broken, and no line twice', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage: { prompt_tokens: 3, completion_tokens: 4 } }))
    const logFile = folder.file('logs', 'all.log')
    {
      await using proxy = await startProxy({
        openaiApiBaseUrl: `${upstream.url}/v1`,
        anthropicApiBaseUrl: 'http://127.0.0.1:9',
        allowedModels: ['gpt-4o'],
        logFile
      })
      const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0 })
      await openai.chat.completions.create(question)
      await openai.chat.completions.create({ ...question, model: 'nope' }).catch(() => undefined)
      const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries: 0 })
      await anthropic.messages.create({ ...joke, model: 'gpt-4o' }).catch(() => undefined)
      await fetch(`${proxy.url}/nowhere`)
    }
    const lines = (await readFile(logFile, 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line) as Record<string, unknown>)
    expect(lines).toMatchObject([
      {
        endpoint: 'POST /v1/chat/completions',
        model: 'gpt-4o',
        source: 'upstream',
        outcome: 'complete',
        status: 200,
        usage: { inputTokens: 3, outputTokens: 4 }
      },
      { model: 'nope', source: 'proxy', outcome: 'refused', status: 403, verdict: { kind: 'block', rule: 'allowed-models' } },
      { provider: 'anthropic', source: 'proxy', outcome: 'broken', status: 502 },
      { source: 'proxy', outcome: 'refused', status: 404 }
    ])
    for (const line of lines)
      expect(line).toMatchObject({ id: expect.stringMatching(/^ex_/) as string, durationMs: expect.any(Number) as number })
    // Texts are lengths only, unless LOG_TOKENS says otherwise.
    expect(JSON.stringify(lines)).not.toContain('capital of France')
    expect(jsonOf(upstream.requests[0])).toEqual(question)
  })
})
