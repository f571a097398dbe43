/** Callers, own rules and unknown endpoints as the official clients meet them: typed errors, one attempt, nothing passed on. */
import Anthropic, { AuthenticationError as AnthropicAuthentication } from '@anthropic-ai/sdk'
import OpenAI, { AuthenticationError, PermissionDeniedError, RateLimitError } from 'openai'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { block, ConfigError, defineRule, startProxy, type OwnRule, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { getHeader } from '../../src/http/headers.ts'
import { answerJson, jsonOf } from '../support/answer-json.ts'
import { canary, findCanary } from '../support/canary.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'

let upstream: LocalUpstream
const proxies: Proxy[] = []

beforeAll(async () => {
  upstream = await startUpstream(answerJson(200, { id: 'x', object: 'chat.completion', choices: [], content: [], usage: {} }))
})

afterAll(async () => {
  await Promise.all(proxies.map((proxy) => proxy.close()))
  await upstream.close()
})

async function started(options: ProxyOptions): Promise<Proxy> {
  const proxy = await startProxy({
    logFile: false,
    openaiApiBaseUrl: `${upstream.url}/v1`,
    anthropicApiBaseUrl: upstream.url,
    report: () => undefined,
    ...options
  })
  proxies.push(proxy)
  return proxy
}

const messages = [{ role: 'user' as const, content: 'Hello' }]
const token = canary('plain', 'proxy token')
const thrown = (error: unknown): unknown => error

function ask(proxy: Proxy, apiKey: string, more: object = {}, headers: Record<string, string> = {}): Promise<unknown> {
  const openai = new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey, defaultHeaders: headers })
  return openai.chat.completions.create({ model: 'gpt-4o', messages, ...more }).catch(thrown)
}

describe('with tokens', () => {
  it('no token and a wrong one are typed 401s, once, and nothing is sent', async () => {
    const proxy = await started({ proxyTokens: { 'team-a': token } })
    const sent = upstream.requests.length
    const wrong = canary('plain', 'wrong')
    for (const [apiKey, code] of [
      ['unused', 'proxy_token_required'],
      [wrong, 'proxy_token_invalid']
    ] as const) {
      const error = await ask(proxy, apiKey)
      expect(error).toBeInstanceOf(AuthenticationError)
      expect(error).toMatchObject({ status: 401, code })
      const other = await new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey }).messages
        .create({ model: 'm', max_tokens: 1, messages })
        .catch(thrown)
      expect(other).toBeInstanceOf(AnthropicAuthentication)
      expect(other).toMatchObject({ status: 401, error: { error: { type: 'authentication_error', code } } })
    }
    expect(proxy.exchanges.map(({ outcome, caller }) => [outcome, caller])).toEqual(
      Array.from({ length: 4 }, () => ['refused', undefined])
    )
    expect(upstream.requests).toHaveLength(sent)
    expect(findCanary(JSON.stringify(proxy.exchanges), wrong)).toEqual([])
  })

  it('the token is replaced by the configured key, and only its name is kept', async () => {
    const [openaiApiKey, anthropicApiKey] = [canary('openai'), canary('anthropic')]
    const proxy = await started({ proxyTokens: { 'team-a': token }, openaiApiKey, anthropicApiKey })
    expect(await ask(proxy, token, { messages: [{ role: 'user', content: `my token is ${token}` }] })).toMatchObject({ id: 'x' })
    const first = upstream.requests.at(-1)!
    expect(getHeader(first.headers, 'authorization')).toBe(`Bearer ${openaiApiKey}`)
    expect(findCanary(JSON.stringify(first.headers), token)).toEqual([])
    await new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: token }).messages.create({
      model: 'm',
      max_tokens: 1,
      messages
    })
    const second = upstream.requests.at(-1)!
    expect(getHeader(second.headers, 'x-api-key')).toBe(anthropicApiKey)
    expect(findCanary(JSON.stringify(second.headers), token)).toEqual([])
    expect(proxy.exchanges.map(({ caller }) => caller)).toEqual(['team-a', 'team-a'])
    expect(findCanary(JSON.stringify(proxy.exchanges), token)).toEqual([])
  })

  it("a client's own key passes beside the token's header; without a configured key nothing is put in", async () => {
    const proxy = await started({ proxyTokens: { 'team-a': token } })
    const own = canary('openai', 'own')
    await ask(proxy, own, {}, { 'x-openai-proxy-token': token })
    expect(getHeader(upstream.requests.at(-1)!.headers, 'authorization')).toBe(`Bearer ${own}`)
    expect(getHeader(upstream.requests.at(-1)!.headers, 'x-openai-proxy-token')).toBeUndefined()
    await ask(proxy, token)
    expect(getHeader(upstream.requests.at(-1)!.headers, 'authorization')).toBeUndefined()
  })

  it('health and preflight need none, every other path does', async () => {
    const proxy = await started({ proxyTokens: `team-a:${token}` })
    const origin = { origin: 'http://localhost:3000', 'access-control-request-method': 'POST' }
    const status = async (path: string, init: RequestInit = {}): Promise<number> => (await fetch(proxy.url + path, init)).status
    expect(await Promise.all(['/', '/health', '/_proxy/health'].map((path) => status(path)))).toEqual([200, 200, 200])
    expect(await status('/v1/chat/completions', { method: 'OPTIONS', headers: origin })).toBe(204)
    expect(
      await Promise.all(['/v1/models', '/nowhere', '/_proxy/other', '/openai/v1/files'].map((path) => status(path)))
    ).toEqual([401, 401, 401, 401])
    expect(await status('/nowhere', { headers: { 'x-api-key': token } })).toBe(404)
  })

  it("each caller's limits hold in addition to everybody's: the stricter wins", async () => {
    const other = canary('plain', 'other token')
    const proxy = await started({
      allowedModels: ['gpt-*'],
      maxTokens: 100,
      proxyTokens: {
        small: { token, allowedModels: ['*-mini', 'claude*'], maxTokens: 10, rateLimit: 1 },
        large: { token: other, maxTokens: 500 }
      }
    })
    expect(await ask(proxy, token, { model: 'gpt-4o' })).toMatchObject({ code: 'model_not_allowed' })
    expect(await ask(proxy, token, { model: 'claude-x' })).toMatchObject({ code: 'model_not_allowed' })
    expect(await ask(proxy, token, { model: 'gpt-4o-mini', max_tokens: 11 })).toMatchObject({ code: 'max_tokens_exceeded' })
    expect(await ask(proxy, token, { model: 'gpt-4o-mini' })).toMatchObject({ id: 'x' })
    expect(jsonOf(upstream.requests.at(-1))).toMatchObject({ max_completion_tokens: 10 })
    const busy = await new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: token, maxRetries: 0 }).chat.completions
      .create({ model: 'gpt-4o-mini', messages })
      .catch(thrown)
    expect(busy).toBeInstanceOf(RateLimitError)
    for (let call = 0; call < 3; call += 1) expect(await ask(proxy, other)).toMatchObject({ id: 'x' })
    expect(jsonOf(upstream.requests.at(-1))).toMatchObject({ max_completion_tokens: 100 })
    expect(await ask(proxy, other, { max_tokens: 101 })).toMatchObject({ code: 'max_tokens_exceeded' })
  })

  it('beyond loopback they are needed to start at all', async () => {
    const start = startProxy({ host: '0.0.0.0', logFile: false })
    await expect(start).rejects.toBeInstanceOf(ConfigError)
    await expect(start).rejects.toThrow('HOST=0.0.0.0 needs PROXY_TOKENS')
    const proxy = await started({ host: '0.0.0.0', proxyTokens: { 'team-a': token } })
    expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(401)
  })
})

describe('a rule of a user', () => {
  const failing: [string, OwnRule['judge'], ProxyOptions][] = [
    [
      'throws',
      () => {
        throw new Error('inner')
      },
      {}
    ],
    ['hangs', () => new Promise(() => undefined), { ruleTimeoutMs: 20 }]
  ]
  it.each(failing)('that %s refuses: typed, once, and told to the operator alone', async (_, judge, options) => {
    const lines: string[] = []
    const proxy = await started({ rules: [defineRule({ name: 'mine', judge })], report: (line) => lines.push(line), ...options })
    const error = await ask(proxy, 'unused')
    expect(error).toBeInstanceOf(PermissionDeniedError)
    expect(error).toMatchObject({ status: 403, code: 'rule_failed' })
    expect(proxy.exchanges).toHaveLength(1)
    expect(lines).toEqual([expect.stringMatching(/^The rule mine failed: Error: (inner|it took longer than 20 ms)$/)])
  })

  it('sees the call and who sends it, after the built-in rules, and blocks in its own words', async () => {
    const seen: string[] = []
    const rule = defineRule({
      name: 'no-poems',
      async judge({ texts, model }, { caller }) {
        seen.push(`${caller} ${model}`)
        return texts.some(({ text }) => text.includes('poem')) ? block('No poems here', { code: 'no_poems' }) : { kind: 'allow' }
      }
    })
    const proxy = await started({ rules: [rule], allowedModels: ['gpt-4o'], proxyTokens: { 'team-a': token } })
    expect(await ask(proxy, token)).toMatchObject({ id: 'x' })
    const error = await ask(proxy, token, { messages: [{ role: 'user', content: 'A poem!' }] })
    expect(error).toMatchObject({ status: 403, code: 'no_poems', message: '403 No poems here' })
    expect(await ask(proxy, token, { model: 'other' })).toMatchObject({ code: 'model_not_allowed' })
    expect(seen).toEqual(['team-a gpt-4o', 'team-a gpt-4o'])
    expect(proxy.exchanges[1]?.verdict).toEqual({ kind: 'block', rule: 'no-poems', code: 'no_poems', message: 'No poems here' })
    expect(proxy.rules).toContain('own rule: no-poems')
  })
})

describe('an unknown endpoint', () => {
  const send = (proxy: Proxy, path: string, method = 'POST'): Promise<Response> =>
    fetch(proxy.url + path, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(method === 'GET' ? {} : { body: '{}' })
    })

  it('passes where no rule is set, and is a 403 where one is', async () => {
    expect((await send(await started({}), '/v1/brand/new')).status).toBe(200)
    const proxy = await started({ rateLimit: 100 })
    for (const [path, method] of [
      ['/v1/brand/new', 'POST'],
      ['/v1/chat/completions', 'PUT'],
      ['/v1/messages/batches/x/y', 'GET']
    ] as const) {
      const response = await send(proxy, path, method)
      expect([response.status, response.headers.get('x-should-retry')]).toEqual([403, 'false'])
      expect(await response.json()).toMatchObject({ error: { code: 'unknown_endpoint' } })
    }
    expect((await send(proxy, '/v1/models', 'GET')).status).toBe(200)
    expect((await send(proxy, '/v1/messages')).status).toBe(200)
  })

  it('is as the setting says, whatever the rules', async () => {
    expect((await send(await started({ unknownEndpoints: 'block' }), '/v1/brand/new')).status).toBe(403)
    expect((await send(await started({ unknownEndpoints: 'allow', rateLimit: 100 }), '/v1/brand/new')).status).toBe(200)
  })
})

describe('the upstream', () => {
  it('at a link-local address is refused before anything is sent', async () => {
    const proxy = await started({ openaiApiBaseUrl: 'http://169.254.169.254/v1', openaiApiKey: canary('openai') })
    const response = await fetch(`${proxy.openaiBaseURL}/models`)
    expect(response.status).toBe(502)
    expect(await response.json()).toMatchObject({ error: { code: 'upstream_forbidden' } })
  })

  it('that redirects elsewhere is not followed: no key leaves its own upstream', async () => {
    await using elsewhere = await startUpstream(answerJson(200, {}))
    await using turning = await startUpstream(answerJson(307, {}, { location: `${elsewhere.url}/v1/models` }))
    const proxy = await started({ openaiApiBaseUrl: `${turning.url}/v1`, openaiApiKey: canary('openai') })
    const response = await fetch(`${proxy.openaiBaseURL}/models`, { redirect: 'manual' })
    expect([response.status, turning.requests.length, elsewhere.requests.length]).toEqual([307, 1, 0])
  })
})
