/** Rates: requests, tokens and calls at once, for all, for a caller, for a model; what clients are told, and what passes untouched. */
import Anthropic, { RateLimitError as AnthropicRateLimit } from '@anthropic-ai/sdk'
import OpenAI, { RateLimitError } from 'openai'
import { describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { answerJson, answerSlowly } from '../support/answer-json.ts'
import { stall, startUpstream, type LocalUpstream } from '../support/local-upstream.ts'

const hello = [{ role: 'user' as const, content: 'Hello' }]
const usage = { prompt_tokens: 5, completion_tokens: 10, total_tokens: 15 }
const answer = answerJson(200, { id: 'x', choices: [], usage }, { 'x-ratelimit-remaining-requests': '4999' })

function behind(upstream: LocalUpstream, options: ProxyOptions): Promise<Proxy> {
  const base = { openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url, logFile: false as const }
  return startProxy({ ...base, report: () => undefined, ...options })
}

const openaiOf = (proxy: Proxy, apiKey = 'unused', maxRetries = 0): OpenAI =>
  new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey, maxRetries })

const ask = (openai: OpenAI, model = 'gpt-4o', signal?: AbortSignal): Promise<unknown> =>
  openai.chat.completions.create({ model, messages: hello, max_completion_tokens: 100 }, signal ? { signal } : {})

describe('what is left', () => {
  test('stands on answers under our own names; the headers of the API stay as they are', async () => {
    await using upstream = await startUpstream(answer)
    await using proxy = await behind(upstream, { rateLimit: '3,100000 tokens/minute,2 concurrent' })
    const { response } = await openaiOf(proxy)
      .chat.completions.create({ model: 'gpt-4o', messages: hello, max_completion_tokens: 100 })
      .withResponse()
    const shown = Object.fromEntries([...response.headers].filter(([name]) => name.includes('ratelimit')))
    expect(shown).toMatchObject({
      'x-ratelimit-remaining-requests': '4999',
      'x-openai-proxy-ratelimit-limit-requests': '3',
      'x-openai-proxy-ratelimit-remaining-requests': '2',
      'x-openai-proxy-ratelimit-reset-requests': '60s',
      'x-openai-proxy-ratelimit-limit-tokens': '100000',
      'x-openai-proxy-ratelimit-remaining-concurrent': '1'
    })
    expect(proxy.rules).toContain('rate: at most 100000 tokens a minute')
  })

  test("is refused in both APIs' shapes with a true wait, and the headers say so", async () => {
    await using upstream = await startUpstream(answer)
    await using proxy = await behind(upstream, { rateLimit: '1' })
    await ask(openaiOf(proxy))
    const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries: 0 })
    const errors = [
      await ask(openaiOf(proxy)).catch((error: unknown) => error),
      await anthropic.messages.create({ model: 'claude', max_tokens: 5, messages: hello }).catch((error: unknown) => error)
    ] as [RateLimitError, AnthropicRateLimit]
    expect(errors[0]).toBeInstanceOf(RateLimitError)
    expect(errors[1]).toBeInstanceOf(AnthropicRateLimit)
    for (const { headers } of errors) {
      const seconds = Number(headers?.get('retry-after'))
      expect(seconds).toBeGreaterThan(0)
      expect(seconds).toBeLessThanOrEqual(60)
      expect(headers?.get('x-openai-proxy-ratelimit-remaining-requests')).toBe('0')
    }
    expect(upstream.requests).toHaveLength(1)
    expect(proxy.exchanges.map(({ verdict }) => verdict.kind === 'block' && verdict.rule)).toEqual([
      false,
      'rate-limit',
      'rate-limit'
    ])
  })
})

describe('tokens', () => {
  test('are taken at worst: of 50 calls at once only so many go out as could use the limit up; afterwards what they used counts', async () => {
    await using upstream = await startUpstream(answer)
    await using proxy = await behind(upstream, { rateLimit: '10000 tokens/minute' })
    const answers = await Promise.allSettled(Array.from({ length: 50 }, () => ask(openaiOf(proxy))))
    const first = answers.filter(({ status }) => status === 'fulfilled').length
    expect(upstream.requests).toHaveLength(first)
    expect(first).toBeGreaterThan(0)
    // One after the other each takes 15 tokens.
    for (let round = 0; round < 20; round += 1) await ask(openaiOf(proxy))
    expect(upstream.requests).toHaveLength(first + 20)
  })
})

describe('calls at once', () => {
  test('are never more than there are seats, and one after the other is never refused', async () => {
    const slow = answerSlowly(answer, 20)
    await using upstream = await startUpstream(slow.respond)
    await using proxy = await behind(upstream, { rateLimit: '3 concurrent' })
    const answers = await Promise.allSettled(Array.from({ length: 30 }, () => ask(openaiOf(proxy))))
    expect(slow.most()).toBe(3)
    const refusals = answers.flatMap((one) => (one.status === 'rejected' ? [one.reason as RateLimitError] : []))
    expect(refusals.length).toBeGreaterThan(0)
    for (const { headers, status } of refusals) expect([status, headers?.get('retry-after')]).toEqual([429, '1'])
    await using strict = await behind(upstream, { rateLimit: '1 concurrent' })
    for (let round = 0; round < 20; round += 1) await ask(openaiOf(strict))
  })

  test('give their seat back when the client leaves, and when the upstream breaks', async () => {
    await using silent = await startUpstream(stall)
    await using proxy = await behind(silent, { rateLimit: '1 concurrent' })
    for (let round = 1; round <= 3; round += 1) {
      const aborter = new AbortController()
      const left = ask(openaiOf(proxy), 'gpt-4o', aborter.signal).catch(() => 'left')
      await expect.poll(() => silent.requests.length).toBe(round)
      await expect(ask(openaiOf(proxy))).rejects.toMatchObject({ status: 429 })
      aborter.abort()
      expect(await left).toBe('left')
      await silent.requests.at(-1)!.ended
    }
    await using dying = await startUpstream((_request, response) => void response.destroy())
    await using other = await behind(dying, { rateLimit: '1 concurrent' })
    for (let round = 0; round < 3; round += 1) await expect(ask(openaiOf(other))).rejects.toMatchObject({ status: 502 })
  })
})

describe('scopes', () => {
  test('each token, one token and a model count for themselves', async () => {
    await using upstream = await startUpstream(answer)
    await using proxy = await behind(upstream, {
      proxyTokens: { a: 'token-of-a-here', b: { token: 'token-of-b-here', rateLimit: '1/minute' } },
      rateLimit: [
        { requests: 2, per: 'minute', token: '*' },
        { requests: 3, per: 'minute', model: 'gpt-4*' }
      ]
    })
    const [a, b] = [openaiOf(proxy, 'token-of-a-here'), openaiOf(proxy, 'token-of-b-here')]
    await ask(b)
    await expect(ask(b)).rejects.toMatchObject({ message: expect.stringContaining('1 requests a minute of the token b') })
    await ask(a)
    await ask(a)
    await expect(ask(a, 'other')).rejects.toMatchObject({
      message: expect.stringContaining('2 requests a minute of the token *')
    })
    expect(upstream.requests).toHaveLength(3)
  })

  test('a replay takes nothing', async () => {
    await using proxy = await startProxy({
      mode: 'replay',
      cassette: 'recordings/quickstart.yaml',
      rateLimit: '1',
      logFile: false
    })
    for (let round = 0; round < 3; round += 1) {
      const messages = [{ role: 'user' as const, content: 'What is the capital of France?' }]
      await openaiOf(proxy).chat.completions.create({ model: 'gpt-4o', stream: false, messages })
    }
  })
})
