/** Somebody else's exchange as an interaction of ours. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import type { ForeignExchange } from '../../src/cassettes/formats/format.ts'
import { toBytes, toText, type HeaderList } from '../../src/http/message.ts'
import { importExchange, ImportError, type ImportedExchange } from '../../src/pipeline/import-exchange.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { canary } from '../support/canary.ts'

type Message = ForeignExchange['request'] & ForeignExchange['response']

function foreign(request: Partial<Message> = {}, response: Partial<Message> = {}, at?: string): ForeignExchange {
  const headers: HeaderList = [['Content-Type', 'application/json']]
  return {
    line: 7,
    request: {
      method: 'POST',
      url: 'https://api.openai.com/v1/chat/completions',
      headers,
      body: toBytes('{"model":"gpt-4o"}'),
      ...request
    },
    response: { status: 200, headers, body: toBytes('{"ok":true}'), timing: [], ...response },
    at,
    ms: 12.4
  }
}

const NOW = Date.UTC(2026, 10, 25)

function run(exchange: ForeignExchange, limit = 1e6): ImportedExchange {
  return importExchange(exchange, { redaction: createRedaction(), limit, now: NOW })
}

function reason(...args: Parameters<typeof foreign>): string {
  try {
    run(foreign(...args))
  } catch (error) {
    if (error instanceof ImportError) return error.message
    throw error
  }
  throw new Error('It came in.')
}

describe('what comes in', () => {
  it('is what the proxy itself would have recorded', () => {
    const { interaction, call, host, notes } = run(foreign())
    expect(interaction).toEqual({
      request: {
        method: 'POST',
        url: 'https://api.openai.com/v1/chat/completions',
        headers: [['Content-Type', 'application/json']],
        body: toBytes('{"model":"gpt-4o"}')
      },
      response: { status: 200, headers: [['Content-Type', 'application/json']], body: toBytes('{"ok":true}'), timing: [] },
      recorded: { at: '2026-11-25T00:00:00Z', ms: 12 }
    })
    expect(call).toMatchObject({ endpoint: 'POST /v1/chat/completions', model: 'gpt-4o' })
    expect([host, notes]).toEqual([undefined, []])
  })

  it('has no header of one connection, and no secret', () => {
    const key = canary('openai')
    const headers: HeaderList = [
      ['Content-Type', 'application/json'],
      ['Authorization', `Bearer ${key}`],
      ['Set-Cookie', '__cf_bm=abc'],
      ['Transfer-Encoding', 'chunked'],
      ['Connection', 'keep-alive, X-Request-Id'],
      ['X-Request-Id', 'req_1'],
      ['Content-Length', '999']
    ]
    const body = toBytes(JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `my key is ${key}` }] }))
    const { interaction } = run(foreign({ headers, body }, { headers, body }))
    expect(JSON.stringify([interaction.request.headers, interaction.response.headers])).toBe(
      '[[["Content-Type","application/json"]],[["Content-Type","application/json"]]]'
    )
    for (const { body: kept } of [interaction.request, interaction.response]) {
      expect(toText(kept)).toContain('my key is <openai-key:1>')
    }
  })

  it('is decoded, and keeps the encoding for replay', () => {
    const headers: HeaderList = [
      ['content-type', 'application/json'],
      ['content-encoding', 'gzip']
    ]
    const { interaction, notes } = run(foreign({}, { headers, body: gzipSync('{"a":1}') }))
    expect(interaction.response).toMatchObject({ encoding: 'gzip', headers: [['content-type', 'application/json']] })
    expect([toText(interaction.response.body), notes]).toEqual(['{"a":1}', []])
    const plain = run(foreign({}, { headers, body: toBytes('{"a":1}') }))
    expect(plain.interaction.response.encoding).toBeUndefined()
    expect([toText(plain.interaction.response.body), plain.notes]).toEqual(['{"a":1}', ['a body was decoded already']])
  })

  it('gets the content-type that its request lacks, where the body tells', () => {
    const type = (body: string): unknown => run(foreign({ headers: [], body: toBytes(body) })).interaction.request.headers
    expect(type('{"model":"gpt-4o"}')).toEqual([['content-type', 'application/json']])
    expect(type('[{}]')).toEqual([['content-type', 'application/json']])
    const form = '--a/b\r\nContent-Disposition: form-data; name="x"\r\n\r\n1\r\n--a/b--\r\n'
    expect(type(form)).toEqual([['content-type', 'multipart/form-data; boundary="a/b"']])
    expect(type('just words')).toEqual([])
    expect(type('')).toEqual([])
    expect(run(foreign({ headers: [], body: toBytes('{}') })).notes).toEqual(['content-type told from the body'])
  })

  it.each([
    ['Sat, 22 Mar 2025 10:11:12 GMT', undefined, '2025-03-22T10:11:12Z'],
    [undefined, 'Sat, 22 Mar 2025 10:11:12 GMT', '2025-03-22T10:11:12Z'],
    ['nonsense', 'nonsense', '2026-11-25T00:00:00Z'],
    ['+275760-09-13T00:00:00.000Z', undefined, '2026-11-25T00:00:00Z']
  ])('was recorded when its file says (%s), its answer (%s), or now', (at, date, moment) => {
    const headers: HeaderList = date === undefined ? [] : [['date', date]]
    expect(run(foreign({}, { headers }, at)).interaction.recorded.at).toBe(moment)
  })

  it('tells the host that the cassette does not name', () => {
    expect(run(foreign({ url: 'https://api.groq.com/openai/v1/chat/completions' }))).toMatchObject({
      host: 'api.groq.com',
      interaction: { request: { url: 'https://api.openai.com/v1/chat/completions' } }
    })
    expect(run(foreign({ url: 'https://mcp.test/mcp?api_key=abcdefghijklmnop' }))).toMatchObject({
      host: undefined,
      call: { provider: 'generic', endpoint: 'POST mcp.test' },
      interaction: { request: { url: 'https://mcp.test/mcp?api_key=<credential:1>' } }
    })
  })
})

describe('what cannot come in says why', () => {
  it.each([
    [{ method: 'get it' }, {}, 'its method is none'],
    [{ url: 'data:,x' }, {}, 'its address begins with data:'],
    [{ url: '/v1/models' }, {}, 'no whole URL'],
    [{ url: 'https://a.test/a%2Fb' }, {}, 'encoded slash'],
    [{ body: toBytes('{"a":1,"a":2}') }, {}, 'could never answer it: the key "a" stands twice'],
    [{ body: toBytes('{') }, {}, 'could never answer it: the body is not valid JSON'],
    [{}, { status: 0 }, 'its status 0'],
    [{}, { status: 101 }, 'its status 101'],
    [{}, { status: 200.5 }, 'its status 200.5'],
    [
      {},
      { headers: [['content-encoding', 'gzip']], body: gzipSync('x'.repeat(100)).subarray(0, 12) },
      'the body of its answer does not fit its content-encoding'
    ],
    [
      {},
      { headers: [['content-encoding', 'gzip']], body: gzipSync(Buffer.alloc(3e6)) },
      'the body of its answer is larger than 1000000 bytes'
    ],
    [{ headers: [['content-encoding', 'rot13']] }, {}, 'the body of its request does not fit its content-encoding']
  ] as const)('%j %j', (request, response, told) => {
    expect(reason(request, response)).toContain(told)
  })
})
