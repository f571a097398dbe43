/** What the log says of an exchange: enough to find out what happened, and no secret. */
import { gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { severityOf, toLogEntry, type LogEntry } from '../../src/log/log-entry.ts'
import type { EntryOptions } from '../../src/log/log-message.ts'
import type { Exchange } from '../../src/pipeline/exchange.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { canary, CANARY_KINDS, findCanary } from '../support/canary.ts'
import { JSON_HEADERS, makeExchange, SSE_HEADERS } from './make-exchange.ts'

const WHOLE: EntryOptions = { requests: true, responses: true, tokens: true }

function entryOf(exchange: Exchange, options: Partial<EntryOptions> = {}): LogEntry {
  return toLogEntry(exchange, createRedaction(), { ...WHOLE, ...options })
}

const CHAT = { body: '{"model":"gpt-4o","messages":[{"role":"user","content":"Say hi"}]}' }
const ANSWER = {
  body: '{"id":"chatcmpl-1","choices":[{"message":{"role":"assistant","content":"Hi there!"},"finish_reason":"stop"}]}'
}

describe('an entry', () => {
  it('tells the whole exchange', () => {
    expect(entryOf(makeExchange(CHAT, ANSWER))).toEqual({
      time: '2026-11-23T09:00:00.123Z',
      level: 'INFO',
      id: 'ex_0123456789abcdef',
      provider: 'openai',
      endpoint: 'POST /v1/chat/completions',
      model: 'gpt-4o',
      source: 'upstream',
      verdict: { kind: 'allow' },
      outcome: 'complete',
      status: 200,
      firstByteMs: 12.3,
      durationMs: 45.7,
      usage: { inputTokens: 3, outputTokens: 2 },
      request: {
        method: 'POST',
        path: '/v1/chat/completions',
        headers: { 'content-type': 'application/json' },
        body: { model: 'gpt-4o', messages: [{ role: 'user', content: 'Say hi' }] }
      },
      response: {
        status: 200,
        headers: { 'content-type': 'application/json' },
        body: { id: 'chatcmpl-1', choices: [{ message: { role: 'assistant', content: 'Hi there!' }, finish_reason: 'stop' }] }
      }
    })
  })

  it('tells of refusals, broken answers and clients that left', () => {
    const error = {
      status: 403,
      type: 'security_filter_error',
      code: 'model_not_allowed',
      message: 'Security violation',
      param: 'model',
      retry: false
    }
    const verdict = { kind: 'block', rule: 'allowed-models', code: 'model_not_allowed', message: 'Security violation' } as const
    const refused = entryOf(
      makeExchange(CHAT, { ...ANSWER, status: 403 }, { verdict, error, outcome: 'refused', source: 'proxy' })
    )
    expect(refused).toMatchObject({ level: 'WARNING', verdict, status: 403, outcome: 'refused', source: 'proxy' })
    expect(refused.error).toEqual({
      status: 403,
      type: 'security_filter_error',
      code: 'model_not_allowed',
      message: 'Security violation',
      param: 'model'
    })
    const left = entryOf(
      makeExchange(CHAT, ANSWER, { outcome: 'aborted', response: undefined, firstByteMs: undefined, usage: undefined })
    )
    expect(Object.keys(left)).not.toContain('response')
    expect(Object.keys(left)).not.toContain('status')
    const rewritten = entryOf(
      makeExchange(CHAT, ANSWER, { verdict: { kind: 'rewrite', changes: ['max_tokens set to 4000'] }, session: 'weather' })
    )
    expect(rewritten).toMatchObject({ verdict: { kind: 'rewrite', changes: ['max_tokens set to 4000'] }, session: 'weather' })
  })

  it('names a request that could not be read by its path, without the query', () => {
    const entry = entryOf(makeExchange({ body: '{' }, ANSWER, { call: undefined, path: '/v1/responses?a=b' }))
    expect(entry).toMatchObject({ endpoint: 'POST /v1/responses', request: { path: '/v1/responses?a=b', body: '{' } })
    expect(Object.keys(entry)).not.toContain('model')
  })

  it('leaves out what the settings say', () => {
    const entry = entryOf(makeExchange(CHAT, ANSWER), { requests: false, responses: false })
    expect(entry.request).toEqual({ method: 'POST', path: '/v1/chat/completions' })
    expect(entry.response).toEqual({ status: 200 })
  })

  it("shows the proxy's own marks as they are, and nothing else under their names", () => {
    const headers = (pairs: readonly (readonly [string, string])[]): unknown =>
      entryOf(makeExchange(CHAT, { ...ANSWER, headers: pairs })).response?.headers
    const own = [
      ['x-openai-proxy-id', 'ex_0123456789abcdef'],
      ['x-openai-proxy-ratelimit-remaining-tokens', '99990'],
      ['x-openai-proxy-ratelimit-reset-requests', '0.25s']
    ] as const
    expect(headers(own)).toEqual(Object.fromEntries(own))
    const key = canary('openai')
    const theirs = own.map(([name]) => [name, key] as const)
    expect(JSON.stringify(headers(theirs))).not.toContain(key)
    expect(Object.keys(headers(theirs) as object)).toEqual(own.map(([name]) => name))
  })

  it('lists headers that stand more than once', () => {
    const headers = [...JSON_HEADERS, ['X-A', '1'], ['x-a', '2'], ['X-a', '3'], ['__proto__', '4']] as const
    const shown = entryOf(makeExchange({ ...CHAT, headers }, ANSWER)).request.headers!
    expect(Object.entries(shown)).toEqual([
      ['content-type', 'application/json'],
      ['x-a', ['1', '2', '3']],
      ['__proto__', '4']
    ])
  })

  it.each([
    ['complete', 200, 'INFO'],
    ['complete', 304, 'INFO'],
    ['complete', 429, 'WARNING'],
    ['complete', 500, 'ERROR'],
    ['refused', 403, 'WARNING'],
    ['broken', 200, 'ERROR'],
    ['broken', undefined, 'ERROR'],
    ['aborted', 200, 'INFO'],
    ['aborted', undefined, 'INFO']
  ] as const)('%s with status %s is %s', (outcome, status, severity) => {
    const { response } = makeExchange(CHAT, { ...ANSWER, status: status ?? 0 })
    expect(severityOf({ outcome, response: status === undefined ? undefined : response })).toBe(severity)
  })
})

describe('bodies', () => {
  const bodyOf = (
    headers: readonly (readonly [string, string])[],
    body: string | Uint8Array,
    given: Partial<EntryOptions> = {}
  ): unknown => entryOf(makeExchange(CHAT, { headers, body }), given).response?.body

  it('are JSON as JSON, event streams as text, anything else by its size', () => {
    const sse = 'data: {"choices":[{"delta":{"content":"Hi"}}]}\n\ndata: [DONE]\n\n'
    expect(bodyOf(SSE_HEADERS, sse)).toBe(sse)
    expect(bodyOf([['content-type', 'image/png']], new Uint8Array([137, 80, 78, 71]))).toBe('[4 bytes image/png]')
    expect(bodyOf([['content-type', 'image/svg+xml']], '<svg/>')).toBe('[6 bytes image/svg+xml]')
    expect(bodyOf([], new Uint8Array([0xff, 0xfe]))).toBe('[2 bytes]')
    expect(bodyOf([], 'WEBVTT')).toBe('WEBVTT')
    expect(bodyOf(JSON_HEADERS, '{broken')).toBe('{broken')
    expect(bodyOf([], '[1, 2]')).toEqual([1, 2])
    expect(bodyOf(JSON_HEADERS, '')).toBeUndefined()
  })

  it('are decoded; what cannot be is told by its size', () => {
    const gzip = [...JSON_HEADERS, ['content-encoding', 'gzip']] as const
    expect(bodyOf(gzip, gzipSync('{"a":1}'))).toEqual({ a: 1 })
    expect(bodyOf(gzip, '{"a":1}')).toBe('[7 bytes application/json]')
    expect(bodyOf([...JSON_HEADERS, ['content-encoding', 'nope']], '{"a":1}')).toBe('[7 bytes application/json]')
    const bomb = gzipSync(Buffer.alloc(32 * 1024 * 1024, 32))
    expect(bodyOf(gzip, bomb)).toBe(`[${bomb.byteLength} bytes application/json]`)
  })

  it('are bounded, and it is said', () => {
    const long = JSON.stringify({ text: 'word '.repeat(100_000) })
    const { response } = entryOf(makeExchange(CHAT, { body: long }))
    expect(response?.truncated).toBe(true)
    expect(response?.body).toHaveLength(256 * 1024)
    const whole = entryOf(makeExchange(CHAT, { body: JSON.stringify({ text: 'word '.repeat(10_000) }) })).response
    expect(Object.keys(whole!)).not.toContain('truncated')
    expect(bodyOf(JSON_HEADERS, JSON.stringify('x '.repeat(3 * 1024 * 1024)))).toMatch(/^\[\d+ bytes application\/json\]$/)
  })

  it('of which only the beginning was kept end before anything that is half a secret', () => {
    const key = canary('anthropic')
    const text = `data: ${'word '.repeat(8000)}${key}`
    for (let kept = text.length - key.length; kept < text.length; kept += 7) {
      const bytes = new TextEncoder().encode(text.slice(0, kept))
      const response = {
        status: 200,
        headers: SSE_HEADERS,
        body: { chunks: [{ at: 1, bytes }], size: text.length, truncated: true }
      }
      const entry = entryOf(makeExchange(CHAT, ANSWER, { response }))
      expect(JSON.stringify(entry)).not.toContain(key.slice(0, 12))
      expect(entry.response).toMatchObject({ truncated: true, body: expect.stringMatching(/^data: word word/) })
    }
    const cutJson = {
      status: 200,
      headers: JSON_HEADERS,
      body: { chunks: [{ at: 1, bytes: Buffer.from('{"password":"x') }], size: 99, truncated: true }
    }
    expect(entryOf(makeExchange(CHAT, ANSWER, { response: cutJson })).response?.body).toBe('[99 bytes application/json]')
  })

  it('that nest deeper than anybody reads do not break the log', () => {
    const deep = `${'['.repeat(100_000)}${']'.repeat(100_000)}`
    for (const tokens of [true, false])
      expect(() => JSON.stringify(entryOf(makeExchange({ body: deep }, { body: deep }), { tokens }))).not.toThrow()
    expect(entryOf(makeExchange({ body: deep }, ANSWER), { tokens: false }).request.body).toBe('[200000 characters]')
  })

  it('of forms are their fields', () => {
    const boundary = 'xx'
    const part = (head: string, content: string): string =>
      `--${boundary}\r\nContent-Disposition: form-data; ${head}\r\n\r\n${content}\r\n`
    const file = part('name="file"; filename="secret plans.wav"\r\nContent-Type: audio/wav', 'RIFF')
    const body = `${part('name="model"', 'whisper-1')}${file}${part('name="prompt"', 'Meeting of Ann')}${part('name="api_key"', 'hunter2-hunter2')}--${boundary}--\r\n`
    const headers = [['content-type', `multipart/form-data; boundary=${boundary}`]] as const
    const shown = entryOf(makeExchange({ headers, body }, ANSWER)).request.body
    expect(shown).toEqual([
      { model: 'whisper-1' },
      { file: '[4 bytes audio/wav]', filename: 'secret plans.wav' },
      { prompt: 'Meeting of Ann' },
      { api_key: expect.stringMatching(/^<[a-z-]+:\d+>$/) }
    ])
    const masked = entryOf(makeExchange({ headers, body }, ANSWER), { tokens: false }).request.body
    expect(masked).toEqual([
      { model: 'whisper-1' },
      { file: '[4 bytes audio/wav]', filename: '[16 characters]' },
      { prompt: '[14 characters]' },
      { api_key: expect.any(String) }
    ])
    const urlencoded = entryOf(
      makeExchange({ headers: [['content-type', 'application/x-www-form-urlencoded']], body: 'model=m&prompt=a+b' }, ANSWER)
    )
    expect(urlencoded.request.body).toEqual([{ model: 'm' }, { prompt: 'a b' }])
    const broken = entryOf(makeExchange({ headers, body: 'no form' }, ANSWER))
    expect(broken.request.body).toBe('[7 bytes multipart/form-data]')
  })
})

describe('secrets', () => {
  const redaction = createRedaction()
  redaction.learn(canary('plain'), 'api-key')

  function everywhere(key: string): Exchange {
    const split = [...key]
      .map((char) => `data: ${JSON.stringify({ choices: [{ index: 0, delta: { content: char } }] })}\n\n`)
      .join('')
    return makeExchange(
      {
        headers: [
          ...JSON_HEADERS,
          ['Authorization', `Bearer ${key}`],
          ['X-Api-Key', key],
          ['X-Note', `it is ${key}`],
          ['Cookie', `a=${key}`]
        ],
        body: JSON.stringify({
          messages: [{ content: `key ${key}` }],
          [key]: 1,
          tool: JSON.stringify({ key }),
          coded: Buffer.from(` ${key} `).toString('base64')
        })
      },
      { headers: SSE_HEADERS, body: split },
      {
        path: `/v1/files?api_key=${key}&x=${key}`,
        session: key,
        verdict: { kind: 'block', rule: 'r', code: 'c', message: `no ${key}` },
        error: { status: 401, type: 't', code: 'c', message: `Incorrect API key provided: ${key}`, param: key, retry: false },
        call: { ...makeExchange(CHAT, ANSWER).call!, model: key, endpoint: `POST /v1/${key}` }
      }
    )
  }

  it.each(CANARY_KINDS)('of kind %s stand in no entry, wherever they were', (kind) => {
    const key = canary(kind)
    for (const tokens of [true, false]) {
      const line = JSON.stringify(toLogEntry(everywhere(key), redaction, { ...WHOLE, tokens }))
      expect(findCanary(line, key), `tokens: ${tokens}`).toEqual([])
      expect(line.length).toBeGreaterThan(500)
    }
  })

  it('do not survive in an exchange of any bytes', () => {
    const key = canary('openaiProject')
    fc.assert(
      fc.property(
        fc.uint8Array(),
        fc.uint8Array(),
        fc.boolean(),
        fc.constantFrom(JSON_HEADERS, SSE_HEADERS, []),
        (before, after, tokens, headers) => {
          const body = Buffer.concat([before, Buffer.from(` ${key} `), after])
          const line = JSON.stringify(
            toLogEntry(makeExchange({ headers, body }, { headers, body }), redaction, { ...WHOLE, tokens })
          )
          expect(line).not.toContain(key)
        }
      )
    )
  })
})
