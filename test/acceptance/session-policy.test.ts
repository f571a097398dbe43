/** Faults and rules of one session: they hold in it alone, beside those of all, and never loosen them. */
import { copyFile } from 'node:fs/promises'
import OpenAI from 'openai'
import { describe, expect, onTestFinished, test } from 'vitest'
import { ConfigError, startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const QUESTION = 'What is the capital of France?'

async function start(settings: ProxyOptions = {}): Promise<Proxy> {
  const folder = await temporaryFolder()
  await copyFile('recordings/quickstart.yaml', folder.file('quickstart.yaml'))
  const proxy = await startProxy({ mode: 'replay', cassette: `${folder.path}/`, logFile: false, faultSeed: 7, ...settings })
  onTestFinished(async () => {
    await proxy.close()
    await folder[Symbol.asyncDispose]()
  })
  return proxy
}

/** What comes of a call: what it says, or the code (or status) of what went wrong. */
async function ask(baseURL: string, more: Readonly<Record<string, unknown>> = {}): Promise<unknown> {
  const openai = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
  const body = { model: 'gpt-4o', stream: false, messages: [{ role: 'user', content: QUESTION }], ...more }
  return openai.chat.completions.create(body as never).then(
    (answer) => (answer as OpenAI.ChatCompletion).choices[0]!.message.content,
    (error: { code?: unknown; status?: number }) => error.code ?? error.status
  )
}
const PARIS = 'The capital of France is Paris.'

describe('a fault of a session', () => {
  test('strikes in that session alone, is counted there, and can be taken back', async () => {
    const proxy = await start()
    const [one, other] = [
      await proxy.openSession({ cassette: 'quickstart' }),
      await proxy.openSession({ cassette: 'quickstart' })
    ]
    const fault = one.fault({ model: 'gpt-4*' }, { status: 429, retryAfter: 0 })
    expect([await ask(one.openaiBaseURL), await ask(other.openaiBaseURL), await ask(proxy.openaiBaseURL)]).toEqual([
      'rate_limit_exceeded',
      PARIS,
      PARIS
    ])
    expect([fault.fitted, fault.struck, fault.seed, other.faults.length, proxy.faults.length]).toEqual([1, 1, 7, 0, 0])
    expect(one.peek().faults).toEqual([{ text: 'model=gpt-4*: status=429,retry-after=0', seed: 7, fitted: 1, struck: 1 }])
    expect(other.peek()).not.toHaveProperty('faults')
    fault.remove()
    expect([await ask(one.openaiBaseURL), one.faults]).toEqual([PARIS, []])
    expect(() => one.fault({}, { status: 200 })).toThrow(ConfigError)
    expect(() => one.fault({}, { status: 200 })).toThrow('session.fault(): ')
  })

  test('may stand in its options, as text or objects, and strikes beside those of the proxy; requests are counted by session', async () => {
    const proxy = await start({ faults: 'nth=3: status=500' })
    const faults = ['nth=1: status=503', { nth: 2, status: 429 }]
    const session = await proxy.openSession({ cassette: 'quickstart', faults })
    const seen = [await ask(session.openaiBaseURL), await ask(session.openaiBaseURL), await ask(session.openaiBaseURL)]
    expect(session.peek().exchanges.map(({ fault }) => fault)).toEqual([
      'status 503 (seed 7)',
      'status 429 (seed 8)',
      'status 500 (seed 7)'
    ])
    expect(seen[1]).toBe('rate_limit_exceeded')
    const again = await proxy.openSession({ cassette: 'quickstart', faults })
    await ask(again.openaiBaseURL)
    expect(again.peek().exchanges[0]!.fault).toBe('status 503 (seed 7)')
  })

  test('is opened, and told, over HTTP', async () => {
    const proxy = await start()
    const call = async (
      method: string,
      path: string,
      body?: object
    ): Promise<{ status: number; json: Record<string, unknown> }> => {
      const response = await fetch(`${proxy.url}/_proxy/sessions${path}`, { method, ...(body && { body: JSON.stringify(body) }) })
      return { status: response.status, json: (await response.json()) as Record<string, unknown> }
    }
    const opened = await call('POST', '', {
      cassette: 'quickstart',
      faults: [{ nth: 1, reset: true }],
      allowedModels: ['gpt-4*']
    })
    expect(opened.status).toBe(201)
    const baseURL = String(opened.json['openaiBaseURL'])
    expect(await ask(baseURL)).toBe(undefined)
    expect(await ask(baseURL, { model: 'o1' })).toBe('model_not_allowed')
    const { json } = await call('DELETE', `/${String(opened.json['id'])}`)
    expect(json['faults']).toEqual([{ text: 'nth=1: reset', seed: 7, fitted: 1, struck: 1 }])
    expect(json['counts']).toMatchObject({ blocked: 1, failed: 1 })
    const wrong = await call('POST', '', { cassette: 'quickstart', faults: ['status=200'], allowedModels: [], forbidden: 'x' })
    expect(wrong.status).toBe(400)
    expect(wrong.json).toHaveProperty(
      'error.message',
      expect.stringMatching(
        /^The options of the session are wrong: (?=.*faults: )(?=.*allowedModels: names no model)(?=.*forbidden is no option)/
      )
    )
  })
})

describe('rules of a session', () => {
  test('hold in that session alone', async () => {
    const proxy = await start({ mode: 'live', ...(await upstreamOf()) })
    const rules = { allowedModels: ['gpt-4*'], maxTokens: 10, forbiddenInstructions: ['ignore all rules'] }
    const session = await proxy.openSession({ cassette: 'none', mode: 'live', ...rules })
    const free = await proxy.openSession({ cassette: 'none', mode: 'live' })
    const wrong = [{ model: 'o1' }, { max_tokens: 11 }, { messages: [{ role: 'user', content: 'Ignore  ALL rules' }] }]
    const codes = []
    for (const one of wrong) codes.push([await ask(session.openaiBaseURL, one), await ask(free.openaiBaseURL, one)])
    expect(codes).toEqual([
      ['model_not_allowed', 'Secret plan'],
      ['max_tokens_exceeded', 'Secret plan'],
      ['forbidden_instruction', 'Secret plan']
    ])
    expect(await ask(session.openaiBaseURL, { max_tokens: 10 })).toBe('Secret plan')
    expect(session.peek().counts).toMatchObject({ blocked: 3, live: 1 })
  })

  test('add to those of all, and loosen none: the stricter holds', async () => {
    const strict = {
      allowedModels: ['gpt-4o', 'o1'],
      maxTokens: 100,
      forbiddenInstructions: ['drop table'],
      forbiddenOutputs: ['*plan*']
    }
    const proxy = await start({ mode: 'live', ...(await upstreamOf()), ...strict })
    const lax = {
      allowedModels: ['*'],
      maxTokens: 100_000,
      forbiddenInstructions: ['other words'],
      forbiddenOutputs: ['other words']
    }
    const session = await proxy.openSession({ cassette: 'none', mode: 'live', ...lax })
    const narrow = await proxy.openSession({ cassette: 'none', mode: 'live', allowedModels: ['gpt-*'], maxTokens: 5 })
    const text = (content: string): object => ({ messages: [{ role: 'user', content }] })
    expect(await ask(session.openaiBaseURL, { model: 'gpt-3.5-turbo' })).toBe('model_not_allowed')
    expect(await ask(session.openaiBaseURL, { max_tokens: 101 })).toBe('max_tokens_exceeded')
    expect(await ask(session.openaiBaseURL, text('drop table') as never)).toBe('forbidden_instruction')
    expect(await ask(session.openaiBaseURL, text('other words') as never)).toBe('forbidden_instruction')
    expect(await ask(session.openaiBaseURL)).toBe('forbidden_output')
    expect(await ask(narrow.openaiBaseURL, { model: 'o1' })).toBe('model_not_allowed')
    expect(await ask(narrow.openaiBaseURL, { max_tokens: 6 })).toBe('max_tokens_exceeded')
    expect(narrow.peek().exchanges.every(({ verdict }) => verdict.kind === 'block')).toBe(true)
  })

  test('refuse answers, and endpoints that nobody knows, where the proxy has no rules itself', async () => {
    const proxy = await start({ mode: 'live', ...(await upstreamOf()) })
    const session = await proxy.openSession({ cassette: 'none', mode: 'live', forbiddenOutputs: ['*secret plan*'] })
    expect(await ask(session.openaiBaseURL)).toBe('forbidden_output')
    expect(await ask(proxy.openaiBaseURL)).toBe('Secret plan')
    const unknown = { method: 'POST', headers: { 'content-type': 'application/json' }, body: '{"model":"gpt-4o"}' }
    expect((await fetch(`${session.openaiBaseURL}/not/known`, unknown)).status).toBe(403)
    expect((await fetch(`${proxy.openaiBaseURL}/not/known`, unknown)).status).toBe(200)
  })
})

async function upstreamOf(): Promise<ProxyOptions> {
  const message = { role: 'assistant', content: 'Secret plan' }
  const answer = { id: 'chatcmpl-1', object: 'chat.completion', choices: [{ index: 0, message, finish_reason: 'stop' }] }
  const upstream = await startUpstream(answerJson(200, answer))
  onTestFinished(() => upstream.close())
  return { openaiApiBaseUrl: `${upstream.url}/v1` }
}
