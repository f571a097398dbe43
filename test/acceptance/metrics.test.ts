/** /_proxy/metrics of a running proxy: what it tells, and whom. */
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { hashToken } from '../../src/firewall/caller.ts'
import { startProxy, type Proxy } from '../../src/proxy.ts'
import { hasRedis, startRedis } from '../support/redis-server.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'

let upstream: LocalUpstream
beforeAll(async () => {
  upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'application/json' })
    response.end(
      JSON.stringify({ id: 'chatcmpl-1', model: 'gpt-4o', choices: [], usage: { prompt_tokens: 7, completion_tokens: 5 } })
    )
  })
})
afterAll(() => upstream.close())

const start = (settings: Parameters<typeof startProxy>[0] = {}): Promise<Proxy> =>
  startProxy({ logFile: false, mode: 'live', openaiApiBaseUrl: `${upstream.url}/v1`, ...settings })

const ask = (proxy: Proxy, model = 'gpt-4o', headers: Record<string, string> = {}): Promise<Response> =>
  fetch(`${proxy.openaiBaseURL}/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: JSON.stringify({ model, messages: [{ role: 'user', content: 'Say a word nobody says: xylographer' }] })
  })

describe('on loopback', () => {
  it('tells what has happened, as soon as the client has its answer, and no text of it', async () => {
    await using proxy = await start({ allowedModels: ['gpt-4*'] })
    await (await ask(proxy)).text()
    await (await ask(proxy, 'my-own-words')).text()
    const response = await fetch(`${proxy.url}/_proxy/metrics`)
    const text = await response.text()
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8')
    expect(text).toContain(
      'openai_proxy_exchanges_total{provider="openai",source="upstream",outcome="complete",status="200"} 1\n'
    )
    expect(text).toContain('openai_proxy_refusals_total{rule="allowed-models",code="model_not_allowed"} 1\n')
    expect(text).toMatch(/gen_ai_client_token_usage_sum\{[^}]*gen_ai_request_model="gpt-4o"[^}]*gen_ai_token_type="input"\} 7\n/)
    expect(text).toMatch(/openai_proxy_cost_usd_total\{provider="openai",model="gpt-4o"\} 0\.0000\d+\n/)
    expect(text).not.toMatch(/xylographer|my-own-words/)
  })

  it('answers proxy.fetch too, without a port', async () => {
    await using proxy = await start({ listen: false })
    const response = await proxy.fetch(`${proxy.url}/_proxy/metrics`)
    expect(response.status).toBe(200)
    expect(await response.text()).toContain('openai_proxy_info{')
  })

  it('answers HEAD without a body, other methods with 405, other addresses with 404', async () => {
    await using proxy = await start()
    const head = await fetch(`${proxy.url}/_proxy/metrics`, { method: 'HEAD' })
    expect([head.status, await head.text()]).toEqual([200, ''])
    expect((await fetch(`${proxy.url}/_proxy/metrics`, { method: 'POST', body: 'x' })).status).toBe(405)
    const unknown = await fetch(`${proxy.url}/_proxy/secrets`)
    expect(unknown.status).toBe(404)
    expect(await unknown.text()).toContain('/_proxy/metrics')
  })

  it('is not read by a page of another site', async () => {
    await using proxy = await start()
    const response = await fetch(`${proxy.url}/_proxy/metrics`, { headers: { origin: 'https://evil.example' } })
    expect(response.status).toBe(403)
  })
})

it.skipIf(!hasRedis)('tells whether the shared ledger answers', { timeout: 30_000 }, async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.close())
  await using proxy = await start({ ledger: redis.url, budget: '5/day' })
  await (await ask(proxy)).text()
  const up = async (): Promise<string | undefined> =>
    /^openai_proxy_ledger_up (\d)$/m.exec(await (await fetch(`${proxy.url}/_proxy/metrics`)).text())?.[1]
  expect(await up()).toBe('1')
  await redis.stop()
  expect((await ask(proxy)).status).toBeGreaterThanOrEqual(400)
  expect(await up()).toBe('0')
})

describe('where there are tokens', () => {
  const token = 'tok' + 'en-for-' + 'metrics-0123456789'
  const proxyTokens = `ops:sha256:${hashToken(token)}`

  it('only whoever shows one reads metrics, while health stays open to probes', async () => {
    await using proxy = await start({ host: '0.0.0.0', proxyTokens })
    const status = async (path: string, headers: Record<string, string> = {}): Promise<number> =>
      (await fetch(`${proxy.url}${path}`, { headers })).status
    expect(await status('/_proxy/metrics')).toBe(401)
    expect(await status('/_proxy/metrics', { authorization: 'Bearer wrong-token-0123456789' })).toBe(401)
    expect(await status('/_proxy/metrics', { authorization: `Bearer ${token}` })).toBe(200)
    expect(await status('/_proxy/health')).toBe(200)
  })
})
