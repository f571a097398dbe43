/** `cassetteHandlers()` as a test uses it in Node: the options, what is told, and that nothing reaches the network by accident. */
import { copyFile, readFile } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import Anthropic from '@anthropic-ai/sdk'
import { HttpResponse, http } from 'msw'
import { setupServer } from 'msw/node'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest'
import { bypassProxy, cassetteHandlers, CassetteError, ConfigError, type MswCassette, type MswOptions } from '../../src/msw.ts'
import { answerJson, answerSlowly, jsonOf } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { hello, joke, question, QUICKSTART } from '../support/quickstart.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { CUSTOMER, SAMPLE } from './sample-cassette.ts'

const completion = { id: 'x', choices: [{ index: 0, message: { role: 'assistant', content: 'hi' } }] }

const server = setupServer()
let openai: OpenAI
let anthropic: Anthropic

beforeAll(() => {
  server.listen({ onUnhandledRequest: 'error' })
  openai = new OpenAI({ apiKey: 'sk-' + 'one-of-the-clients', maxRetries: 0 })
  anthropic = new Anthropic({ apiKey: 'sk-ant-' + 'one-of-the-clients', maxRetries: 0 })
})
afterEach(() => server.resetHandlers())
afterAll(() => server.close())

/** With no log, unless a test wants one. */
function play(cassette: Parameters<typeof cassetteHandlers>[0], options: MswOptions = {}): MswCassette {
  const made = cassetteHandlers(cassette, { mode: 'replay', logFile: false, ...options })
  server.use(...made)
  return made
}

async function ask(client: OpenAI = openai, asked: object = question): Promise<string | null | undefined> {
  return (await client.chat.completions.create({ ...question, ...asked })).choices[0]?.message.content
}

describe('a replay', () => {
  test('answers both clients, and tells what was used', async () => {
    await using weather = play(QUICKSTART, { title: 'tells the capital' })
    await weather.ready()
    expect(weather.peek()).toMatchObject({ counts: { replayed: 0 }, unused: expect.objectContaining({ length: 3 }) })
    expect(await ask()).toBe('The capital of France is Paris.')
    expect((await anthropic.messages.create(joke)).content[0]).toMatchObject({ type: 'text' })
    const events: unknown[] = []
    for await (const event of await openai.chat.completions.create(hello)) events.push(event)
    expect(events.length).toBeGreaterThan(5)
    expect(await weather.report()).toMatchObject({
      title: 'tells the capital',
      cassette: QUICKSTART,
      mode: 'replay',
      counts: { replayed: 3, recorded: 0, live: 0, blocked: 0, missed: 0, failed: 0 },
      unused: []
    })
    expect(weather.exchanges.map(({ source, provider }) => `${source} ${provider}`)).toEqual([
      'tape openai',
      'tape anthropic',
      'tape openai'
    ])
    expect(JSON.stringify(weather.exchanges)).not.toContain('one-of-the-clients')
  })

  test('never sends a miss on, and says what differs', async () => {
    await using weather = play(QUICKSTART)
    const missed = await ask(openai, { model: 'gpt-4o-mini' }).catch((error: unknown) => error)
    expect(missed).toMatchObject({ status: 404, code: 'cassette_miss' })
    expect((missed as Error).message).toMatch(/quickstart\.yaml:\d+ .*\n\s+model: recorded "gpt-4o"/s)
    expect((await weather.report()).counts).toMatchObject({ missed: 1 })
  })

  test('is judged by the rules, redacted and logged as by a proxy', async () => {
    await using folder = await temporaryFolder()
    const logFile = folder.file('api.log')
    const weather = play(QUICKSTART, { allowedModels: ['gpt-4o'], logFile, logTokens: true })
    await expect(openai.chat.completions.create({ ...hello, stream: false })).rejects.toMatchObject({ code: 'model_not_allowed' })
    expect(await ask()).toContain('Paris')
    expect(weather.rules).toContain('allowed models: gpt-4o')
    await weather.close()
    const lines = (await readFile(logFile, 'utf8')).trim().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { verdict: { kind: string } }).verdict.kind)).toEqual(['block', 'allow'])
    expect(lines.join()).not.toContain('one-of-the-clients')
  })

  test('takes a file by its URL, and leaves other hosts to other handlers', async () => {
    await using folder = await temporaryFolder()
    await copyFile(QUICKSTART, folder.file('a cassette.yaml'))
    server.use(http.get('https://api.openai.example/v1/models', () => HttpResponse.json({ mine: true })))
    await using weather = play(pathToFileURL(folder.file('a cassette.yaml')))
    expect(await ask()).toContain('Paris')
    expect(await (await fetch('https://api.openai.example/v1/models')).json()).toEqual({ mine: true })
    await expect(fetch('https://api.openai.com.example/v1/models')).rejects.toThrow()
    expect(weather.exchanges).toHaveLength(1)
  })

  test('plays a cassette at hand as text', async () => {
    await using weather = play({ text: SAMPLE, name: 'inline' }, { redact: CUSTOMER, rateLimit: 5 })
    expect(await ask(openai, { temperature: 0.3 })).toBe('Marseille, says customer-4711')
    expect(JSON.stringify(weather.exchanges)).toContain('<secret-customer:1>')
    expect(await weather.report()).toMatchObject({ cassette: 'inline', mode: 'replay', unused: [], counts: { replayed: 1 } })
  })
})

describe('with the network', () => {
  test("the client's own key goes to the upstream, and to nothing else", async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion))
    const made = folder.file('made.yaml')
    await using weather = play(made, { mode: 'record', openaiApiBaseUrl: `${upstream.url}/v1` })
    expect(await ask(new OpenAI({ apiKey: 'sk-' + 'one-of-the-clients', baseURL: `${upstream.url}/v1` }))).toBe('hi')
    await ask()
    await weather.report()
    expect(upstream.requests.map(({ headers }) => headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1])).toEqual(
      ['Bearer sk-one-of-the-clients', 'Bearer sk-one-of-the-clients']
    )
    expect(jsonOf(upstream.requests[0])).toEqual(question)
    const text = await readFile(made, 'utf8')
    expect(text).toContain('https://api.openai.com/v1/chat/completions')
    expect(text).not.toContain('one-of-the-clients')
  })

  test('auto records what is missing, once what is not there; a reset begins anew', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion))
    const cassette = folder.file('made.yaml')
    for (const mode of ['once', 'auto'] as const) {
      await using weather = play(cassette, { mode, openaiApiBaseUrl: `${upstream.url}/v1` })
      const asked = { model: `gpt-${mode}` }
      await ask(openai, asked)
      expect(await weather.report()).toMatchObject({ mode: mode === 'once' ? 'record' : 'auto', counts: { recorded: 1 } })
      await weather.reset()
      expect(weather.exchanges).toEqual([])
      await ask(openai, asked)
      expect(await weather.report()).toMatchObject({ mode: mode === 'once' ? 'replay' : 'auto', counts: { replayed: 1 } })
    }
    expect(upstream.requests).toHaveLength(2)
  })

  test('whoever leaves a stream ends the call', async () => {
    await using upstream = await startUpstream(async (request, response) => {
      await request.whole
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      response.write('data: {"choices":[{"index":0,"delta":{"content":"one"}}]}\n\n')
    })
    await using weather = play('unused', { mode: 'live', openaiApiBaseUrl: `${upstream.url}/v1` })
    for await (const event of await openai.chat.completions.create(hello)) {
      expect(event.choices[0]?.delta.content).toBe('one')
      break
    }
    expect(await upstream.requests[0]!.ended).toBe('aborted')
    await expect.poll(() => weather.exchanges).toMatchObject([{ outcome: 'aborted' }])
  })

  test('whoever leaves before the answer ends the call, too', async () => {
    const slow = answerSlowly(answerJson(200, completion), 5000)
    await using upstream = await startUpstream(slow.respond)
    await using weather = play('unused', { mode: 'live', openaiApiBaseUrl: `${upstream.url}/v1` })
    const aborter = new AbortController()
    const asked = openai.chat.completions.create(question, { signal: aborter.signal })
    await expect.poll(() => upstream.requests.length).toBe(1)
    aborter.abort()
    await expect(asked).rejects.toThrow('aborted')
    expect(await upstream.requests[0]!.ended).toBe('aborted')
    expect((await weather.report()).counts).toMatchObject({ failed: 1 })
  })

  test('close ends what is under way, and what comes later is refused', async () => {
    const slow = answerSlowly(answerJson(200, completion), 5000)
    await using upstream = await startUpstream(slow.respond)
    const weather = play('unused', { mode: 'live', drainTimeout: 0, openaiApiBaseUrl: `${upstream.url}/v1` })
    const asked = ask().catch((error: unknown) => error)
    await expect.poll(() => upstream.requests.length).toBe(1)
    const [report, again] = await Promise.all([weather.close(), weather.close()])
    expect(await asked).toMatchObject({ status: 503, code: 'proxy_closing' })
    expect(again).toBe(report)
    expect(report).toMatchObject({ counts: { failed: 1 } })
    expect(weather.peek()).toMatchObject({ counts: { failed: 1 } })
    await expect(ask()).rejects.toMatchObject({ status: 500, message: expect.stringContaining('was closed') })
    expect(upstream.requests).toHaveLength(1)
  })
})

describe('faults', () => {
  test('are those of the options, and those that a test adds, until the reset', async () => {
    await using weather = play(QUICKSTART, { faults: 'provider=anthropic: status=529' })
    await expect(anthropic.messages.create(joke)).rejects.toMatchObject({ status: 529 })
    const added = await weather.fault({ model: 'gpt-4o' }, { reset: true })
    await expect(ask()).rejects.toThrow('Connection error')
    expect(added.struck).toBe(1)
    await weather.reset()
    expect(await ask()).toContain('Paris')
  })

  test('may break a stream', async () => {
    await using weather = play(QUICKSTART)
    await weather.fault({ provider: 'openai' }, { reset: true, afterEvent: 2 })
    const events: unknown[] = []
    const streaming = async (): Promise<void> => {
      for await (const event of await openai.chat.completions.create(hello)) events.push(event)
    }
    await expect(streaming()).rejects.toThrow()
    expect(events).toHaveLength(2)
    expect(weather.exchanges).toMatchObject([{ outcome: 'broken' }])
  })
})

describe('what is wrong', () => {
  test.each<readonly [string, MswOptions, RegExp]>([
    ['an option that is none', { allowedModel: 'x' } as MswOptions, /^cassetteHandlers\(\): .*allowedModels/],
    ['an option with a wrong value', { maxTokens: -1 }, /^cassetteHandlers\(\): option maxTokens/],
    ['an option of a port', { port: 80, listen: true } as MswOptions, /^cassetteHandlers\(\): listen .*\n.*: port /]
  ])('%s is told before the first request, and to each client', async (_what, options, message) => {
    const weather = play(QUICKSTART, options)
    await expect(weather.ready()).rejects.toThrow(ConfigError)
    await expect(weather.ready()).rejects.toThrow(message)
    await expect(ask()).rejects.toMatchObject({ status: 500, code: 'config_invalid' })
    await expect(anthropic.messages.create(joke)).rejects.toMatchObject({ status: 500, type: 'api_error' })
    expect(weather.exchanges).toEqual([])
    expect(await weather.close()).toBeUndefined()
  })

  test('a cassette that is missing is told, and found once it is there', async () => {
    await using folder = await temporaryFolder()
    await using weather = play(folder.file('weather.yaml'))
    expect(() => weather.peek()).toThrow('not opened yet')
    await expect(weather.report()).rejects.toThrow(CassetteError)
    await expect(ask()).rejects.toMatchObject({ status: 404, code: 'cassette_missing' })
    await copyFile(QUICKSTART, folder.file('weather.yaml'))
    expect(await ask()).toContain('Paris')
  })

  test('an address that is no file', async () => {
    await expect(play(new URL('https://example.com/weather.yaml')).ready()).rejects.toThrow(/https:.* is no file/)
  })

  test('what a cassette at hand as text cannot do', async () => {
    const wrong: MswOptions = {
      mode: 'auto',
      logFile: 'x.log',
      debug: true,
      ledger: 'counts.json',
      otlpEndpoint: 'http://127.0.0.1:4318'
    }
    const told = await play({ text: SAMPLE }, wrong)
      .ready()
      .catch((error: unknown) => error)
    expect((told as ConfigError).problems.map((problem) => /(mode|logFile|debug|ledger|spans)/.exec(problem)?.[1])).toEqual([
      'mode',
      'logFile',
      'debug',
      'ledger',
      'spans'
    ])
    await expect(play({ text: 'no cassette' }).ready()).rejects.toThrow(CassetteError)
  })
})

test("bypassProxy leaves a proxy's address alone, and no other", async () => {
  await using upstream = await startUpstream(answerJson(200, { it: 'answered' }))
  for (const given of [upstream.url, new URL(`${upstream.url}/~/s-1/v1`), { url: upstream.url }]) {
    server.use(bypassProxy(given))
    expect(await (await fetch(`${upstream.url}/v1/models?x=1`)).json()).toEqual({ it: 'answered' })
    await expect(fetch('http://127.0.0.1:9/v1/models')).rejects.toThrow()
    server.resetHandlers()
    await expect(fetch(`${upstream.url}/v1/models`)).rejects.toThrow()
  }
})

test('nothing is opened before it is asked for', async () => {
  await using folder = await temporaryFolder()
  const untouched = folder.file('api.log')
  const weather = play(folder.file('weather.yaml'), { mode: 'record', logFile: untouched })
  expect([weather.exchanges, weather.rules]).toEqual([[], []])
  await weather.reset()
  expect(await weather.close()).toBeUndefined()
  await expect(readFile(untouched)).rejects.toThrow('ENOENT')
})
