/** The bill: every call has its price, and no budget is overshot, whatever comes at once. */
import { readFile } from 'node:fs/promises'
import Anthropic, { RateLimitError as AnthropicRateLimit } from '@anthropic-ai/sdk'
import OpenAI, { RateLimitError, type APIError } from 'openai'
import { beforeAll, describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { buildCommand, startCommand } from '../cli/command.ts'
import { answerJson, jsonOf } from '../support/answer-json.ts'
import { stall, startUpstream, type LocalUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const hello = [{ role: 'user' as const, content: 'Hello' }]

/** Input is free, output 1000 USD for a million tokens: a call of 10 tokens costs a cent. */
const prices = [{ model: 'priced', input: 0, output: 1000 }]
const usage = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 }

function behind(upstream: LocalUpstream, options: ProxyOptions = {}): Promise<Proxy> {
  const base = { openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url, logFile: false as const, prices }
  return startProxy({ ...base, report: () => undefined, ...options })
}

const openaiOf = (proxy: Proxy): OpenAI => new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused' })

describe('cost', () => {
  test('stands with each exchange, in the log, and behind the answer; unknown is absent, not zero', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage }))
    const logFile = folder.file('all.log')
    {
      await using proxy = await behind(upstream, { logFile })
      const openai = openaiOf(proxy)
      await openai.chat.completions.create({ model: 'gpt-4o', messages: hello })
      await openai.chat.completions.create({ model: 'priced', messages: hello })
      await openai.chat.completions.create({ model: 'nobody-knows', messages: hello })
      const costs = proxy.exchanges.map(({ cost }) => cost)
      // gpt-4o: 5 tokens at 2.50 and 10 at 10 USD a million.
      expect(costs[0]).toMatchObject({ usd: 0.000113, complete: true })
      expect(costs[1]).toEqual({ usd: 0.01, complete: true })
      expect(costs[2]).toBeUndefined()
    }
    const lines = (await readFile(logFile, 'utf8')).trimEnd().split('\n')
    expect(lines.map((line) => (JSON.parse(line) as { cost?: { usd: number } }).cost?.usd)).toEqual([0.000113, 0.01, undefined])
  })

  test('of a replay is what it saved, and a header of the answer', async () => {
    await using proxy = await startProxy({ mode: 'replay', cassette: 'recordings/quickstart.yaml', logFile: false })
    const response = await fetch(`${proxy.openaiBaseURL}/chat/completions`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        model: 'gpt-4o',
        stream: false,
        messages: [{ role: 'user', content: 'What is the capital of France?' }]
      })
    })
    await response.text()
    expect(response.headers.get('x-openai-proxy-cost')).toBe('0.000105')
    expect(proxy.exchanges).toMatchObject([{ source: 'tape', cost: { usd: 0.000105 } }])
  })
})

describe('the header of the cost', () => {
  test('stands on live answers of JSON, with a length or in chunks; a stream has it as a trailer', async () => {
    const body = JSON.stringify({ id: 'x', usage })
    const event = `data: ${JSON.stringify({ choices: [], usage })}\n\ndata: [DONE]\n\n`
    await using upstream = await startUpstream(async (request, response) => {
      const asked = JSON.parse(Buffer.from(await request.whole).toString()) as { user: string }
      const length = asked.user === 'length' ? { 'content-length': String(body.length) } : {}
      const type = asked.user === 'stream' ? 'text/event-stream' : 'application/json'
      response.writeHead(200, { 'content-type': type, ...length })
      response.end(asked.user === 'stream' ? event : body)
    })
    await using proxy = await behind(upstream)
    const ask = (user: string): Promise<Response> =>
      fetch(`${proxy.openaiBaseURL}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'priced', user, stream: user === 'stream', messages: hello })
      })
    for (const user of ['length', 'chunks']) {
      const response = await ask(user)
      expect(response.headers.get('x-openai-proxy-cost'), user).toBe('0.010000')
      expect(await response.text()).toBe(body)
    }
    const streamed = await ask('stream')
    expect(streamed.headers.get('x-openai-proxy-cost')).toBeNull()
    await streamed.text()
    expect(proxy.exchanges.map(({ cost }) => cost?.usd)).toEqual([0.01, 0.01, 0.01])
  })
})

describe('a stream', () => {
  /** An API that never heard of limits: it says the same until its client leaves. */
  const endless =
    (event: string): Responder =>
    async (request, response) => {
      await request.whole
      response.writeHead(200, { 'content-type': 'text/event-stream' })
      while (!response.destroyed) {
        response.write(event)
        await new Promise((resolve) => setTimeout(resolve, 1))
      }
    }
  const words = 'word '.repeat(100)
  const chat = `data: ${JSON.stringify({ id: 'x', choices: [{ index: 0, delta: { content: words } }] })}\n\n`
  const message =
    `event: content_block_delta\ndata: ` +
    `${JSON.stringify({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: words } })}\n\n`

  test("that says more than was reserved ends with the API's own error in it, and the upstream is left", async () => {
    await using openaiLike = await startUpstream(endless(chat))
    await using anthropicLike = await startUpstream(endless(message))
    for (const [upstream, ask] of [
      [
        openaiLike,
        async (proxy: Proxy) => {
          const stream = await openaiOf(proxy).chat.completions.create({
            model: 'priced',
            stream: true,
            messages: hello,
            max_completion_tokens: 10
          })
          for await (const chunk of stream) expect(chunk.choices[0]!.delta.content).toBe(words)
        }
      ],
      [
        anthropicLike,
        async (proxy: Proxy) => {
          const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused' })
          const stream = await anthropic.messages.create({ model: 'priced', stream: true, messages: hello, max_tokens: 10 })
          for await (const event of stream) expect(event.type).toBe('content_block_delta')
        }
      ]
    ] as const) {
      await using proxy = await behind(upstream, { budget: '0.01/day' })
      await expect(ask(proxy)).rejects.toThrow('more than the 10 tokens of output that were reserved')
      expect(await upstream.requests[0]!.ended).toBe('aborted')
      const [exchange] = proxy.exchanges
      expect(exchange).toMatchObject({
        outcome: 'refused',
        verdict: { kind: 'block', rule: 'reservation', code: 'reservation_exceeded' },
        usage: { outputTokens: 625, partial: true, estimated: true },
        cost: { complete: false }
      })
      // All that was reserved is spent.
      await expect(ask(proxy)).rejects.toMatchObject({ status: 429 })
    }
  })

  test("without a budget is nobody's to end; one that its client leaves is counted as far as it went", async () => {
    await using upstream = await startUpstream(endless(chat))
    await using proxy = await behind(upstream)
    const stream = await openaiOf(proxy).chat.completions.create({
      model: 'priced',
      stream: true,
      messages: hello,
      max_completion_tokens: 1
    })
    let count = 0
    for await (const _chunk of stream) if ((count += 1) === 20) break
    await expect.poll(() => proxy.exchanges.length).toBe(1)
    const { usage: used, cost, outcome } = proxy.exchanges[0]!
    expect(outcome).toBe('aborted')
    expect(used).toMatchObject({ partial: true, estimated: true })
    expect(used!.inputTokens).toBeGreaterThan(0)
    // What was sent may be more than what was read: 500 bytes an event, four a token.
    expect(used!.outputTokens).toBeGreaterThanOrEqual(20 * 125)
    expect(cost).toMatchObject({ complete: false, missing: ['what was used after its early end'] })
  })
})

describe('a budget', () => {
  test('for 50 calls lets exactly 50 of 200 at once go out, and the sum is never over it', { timeout: 30_000 }, async () => {
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage }))
    await using proxy = await behind(upstream, { budget: '0.50/day', keepExchanges: 1000 })
    const openai = openaiOf(proxy)
    const call = (): Promise<unknown> =>
      openai.chat.completions
        .create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
        .catch((error: unknown) => error)
    const answers = await Promise.all(Array.from({ length: 200 }, call))
    const refused = answers.filter((answer) => answer instanceof Error)
    expect(upstream.requests).toHaveLength(50)
    expect(refused).toHaveLength(150)
    for (const error of refused) {
      expect(error).toBeInstanceOf(RateLimitError)
      expect(error).toMatchObject({ status: 429, code: 'insufficient_quota', type: 'insufficient_quota' })
      expect((error as RateLimitError).headers?.get('retry-after')).toBeNull()
    }
    // One attempt each: the official client does not try a spent budget again.
    expect(proxy.exchanges).toHaveLength(200)
    const spent = proxy.exchanges.reduce((sum, { cost }) => sum + (cost?.usd ?? 0), 0)
    expect(spent).toBeCloseTo(0.5, 6)
  })

  test('gets back what a call did not use', async () => {
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage: { ...usage, completion_tokens: 1 } }))
    await using proxy = await behind(upstream, { budget: '0.02/day' })
    const openai = openaiOf(proxy)
    // Each may take a cent and takes a tenth of it: one after the other, 11 fit into two cents.
    for (let round = 0; round < 11; round += 1) {
      await openai.chat.completions.create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
      await new Promise((done) => setTimeout(done, 5))
    }
    const error = await openai.chat.completions
      .create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
      .catch((thrown: unknown) => thrown)
    expect((error as Error).message).toMatch(
      /may take up to 0\.01 USD, and of the budget of 0\.02 USD a day 0\.009 USD is left\. It begins again at 20/
    )
  })

  test('holds for calls under way: nothing is given back before they end, and all of it when the upstream refuses them', async () => {
    await using silent = await startUpstream(stall)
    await using proxy = await behind(silent, { budget: '0.01/day' })
    const openai = openaiOf(proxy)
    const aborter = new AbortController()
    const first = openai.chat.completions
      .create({ model: 'priced', messages: hello, max_completion_tokens: 10 }, { signal: aborter.signal })
      .catch(() => 'left')
    await expect.poll(() => silent.requests.length).toBe(1)
    const second = openai.chat.completions.create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
    await expect(second).rejects.toMatchObject({ code: 'insufficient_quota' })
    aborter.abort()
    await first
    // Who left may have been charged: the reservation stays.
    const third = openai.chat.completions.create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
    await expect(third).rejects.toMatchObject({ code: 'insufficient_quota' })
    await using refusing = await startUpstream(answerJson(400, { error: { message: 'no' } }))
    await using other = await behind(refusing, { budget: '0.01/day' })
    for (let round = 0; round < 3; round += 1) {
      const refused = openaiOf(other).chat.completions.create({ model: 'priced', messages: hello, max_completion_tokens: 10 })
      await expect(refused).rejects.toMatchObject({ status: 400 })
      await new Promise((done) => setTimeout(done, 5))
    }
  })

  test('sets a limit where a call has none, and refuses what nobody can price', async () => {
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage }))
    await using proxy = await behind(upstream, { budget: '100/day' })
    await openaiOf(proxy).chat.completions.create({ model: 'priced', messages: hello })
    expect(jsonOf(upstream.requests[0])).toMatchObject({ max_completion_tokens: 16_384 })
    const unknown = openaiOf(proxy).chat.completions.create({ model: 'nobody-knows', messages: hello })
    await expect(unknown).rejects.toMatchObject({ status: 403, code: 'unpriced_model' })
    await using allowing = await behind(upstream, { budget: '100/day', unpricedModels: 'allow' })
    await expect(openaiOf(allowing).chat.completions.create({ model: 'nobody-knows', messages: hello })).resolves.toMatchObject({
      id: 'x'
    })
  })

  test("is refused in Anthropic's shape too, and warns at 50, 80 and 95 percent", async () => {
    const reports: string[] = []
    await using upstream = await startUpstream(answerJson(200, { id: 'x', usage: { input_tokens: 0, output_tokens: 10 } }))
    await using proxy = await behind(upstream, { budget: '0.1/day', report: (line) => reports.push(line) })
    const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused' })
    for (let round = 0; round < 10; round += 1) {
      await anthropic.messages.create({ model: 'priced', max_tokens: 10, messages: hello })
      await new Promise((done) => setTimeout(done, 5))
    }
    const error = await anthropic.messages
      .create({ model: 'priced', max_tokens: 10, messages: hello })
      .catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(AnthropicRateLimit)
    expect(error).toMatchObject({ error: { error: { type: 'rate_limit_error', code: 'insufficient_quota' } } })
    expect(proxy.exchanges).toHaveLength(11)
    expect(reports.map((line) => /has passed (\d+) %/.exec(line)?.[1])).toEqual(['50', '80', '95'])
  })

  test('a replay spends nothing', async () => {
    await using proxy = await startProxy({
      mode: 'replay',
      cassette: 'recordings/quickstart.yaml',
      budget: '0.000001/day',
      logFile: false
    })
    for (let round = 0; round < 3; round += 1) {
      await openaiOf(proxy).chat.completions.create({
        model: 'gpt-4o',
        stream: false,
        messages: [{ role: 'user', content: 'What is the capital of France?' }]
      })
    }
  })
})

describe('killed and started again', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('budget-test')
  })

  test('the command line has lost no spent money', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(
      answerJson(200, { id: 'x', usage: { ...usage, prompt_tokens: 0, completion_tokens: 1000 } })
    )
    // gpt-4o: 1000 tokens of output are a cent.
    const env = { OPENAI_API_BASE_URL: `${upstream.url}/v1`, BUDGET: '0.035/day' }
    const spend = async (calls: number): Promise<unknown[]> => {
      const running = startCommand(program, ['--port', '0'], { cwd: folder.path, env })
      const baseURL = /OPENAI_BASE_URL=(\S+)/.exec(await running.until('export ANTHROPIC_BASE_URL'))![1]!
      const openai = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
      const answers: unknown[] = []
      for (let round = 0; round < calls; round += 1) {
        const call = openai.chat.completions.create({ model: 'gpt-4o', messages: hello, max_completion_tokens: 1000 })
        answers.push(await call.then(() => 'answered').catch((error: unknown) => (error as APIError).code))
        await new Promise((done) => setTimeout(done, 20))
      }
      running.process.kill('SIGKILL')
      await running.ended
      return answers
    }
    expect(await spend(2)).toEqual(['answered', 'answered'])
    expect(await spend(2)).toEqual(['insufficient_quota', 'insufficient_quota'])
  })
})
