/** What a span tells of an exchange, whatever the endpoint; and which trace contexts are taken. */
import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { describeSpan, readTraceParent, type SpanFacts } from '../../src/inspector/spans.ts'
import type { Exchange } from '../../src/pipeline/exchange.ts'
import { JSON_HEADERS, makeExchange, SSE_HEADERS, type Body } from '../log/make-exchange.ts'

const PARTS = {
  redaction: { text: (text: string) => text.replaceAll('secret', '<secret>') },
  upstreams: { openai: 'https://api.openai.com/v1', anthropic: 'http://gate.example:8080' }
}

function span(answer: Body & { readonly status?: number }, given: Partial<Exchange> = {}): SpanFacts {
  return describeSpan(makeExchange({ body: '{}' }, answer, given), PARTS)
}

const events = (list: readonly object[]): string =>
  list.map((event) => `event: ${(event as { type?: string }).type}\ndata: ${JSON.stringify(event)}\n\n`).join('')

const call = (given: Partial<NonNullable<Exchange['call']>>): NonNullable<Exchange['call']> => ({
  ...makeExchange({ body: '' }, { body: '' }).call!,
  ...given
})

describe('an answer', () => {
  it('of the Responses API, streamed, tells model, id and status', () => {
    const response = { id: 'resp_1', object: 'response', model: 'gpt-5-2025', status: 'in_progress' }
    const body = events([
      { type: 'response.created', response },
      { type: 'response.output_text.delta', delta: 'a text' },
      { type: 'response.completed', response: { ...response, status: 'completed' } }
    ])
    const { attributes } = span({ headers: SSE_HEADERS, body }, { call: call({ stream: true, endpoint: 'POST /v1/responses' }) })
    expect(attributes).toMatchObject({
      'gen_ai.operation.name': 'chat',
      'gen_ai.response.id': 'resp_1',
      'gen_ai.response.model': 'gpt-5-2025',
      'gen_ai.response.finish_reasons': ['completed'],
      'gen_ai.response.time_to_first_chunk': 0.01234
    })
    expect(JSON.stringify(attributes)).not.toContain('a text')
  })

  it("of Anthropic's, streamed, tells model, id and stop reason", () => {
    const body = events([
      { type: 'message_start', message: { id: 'msg_1', type: 'message', model: 'claude-x', stop_reason: null } },
      { type: 'content_block_delta', delta: { type: 'text_delta', text: 'a text' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' } }
    ])
    const { attributes } = span(
      { headers: SSE_HEADERS, body },
      { provider: 'anthropic', call: call({ stream: true, endpoint: 'POST /v1/messages', provider: 'anthropic' }) }
    )
    expect(attributes).toMatchObject({
      'gen_ai.provider.name': 'anthropic',
      'gen_ai.response.id': 'msg_1',
      'gen_ai.response.model': 'claude-x',
      'gen_ai.response.finish_reasons': ['end_turn'],
      'server.address': 'gate.example',
      'server.port': 8080
    })
  })

  it('that is compressed is read; one that is no JSON, or broken, tells nothing', () => {
    const json = JSON.stringify({ id: 'c', model: 'm', choices: [{ finish_reason: 'stop' }, { finish_reason: 'length' }] })
    const compressed = { headers: [...JSON_HEADERS, ['content-encoding', 'gzip'] as const], body: gzipSync(json) }
    expect(span(compressed).attributes['gen_ai.response.finish_reasons']).toEqual(['stop', 'length'])
    const cut = { ...compressed, body: compressed.body.subarray(0, 20) }
    const sound = { headers: [['content-type', 'audio/mpeg'] as const], body: json }
    for (const answer of [cut, sound, { body: '{"model":' }, { body: '[1]' }])
      expect(Object.keys(span(answer).attributes).filter((name) => name.startsWith('gen_ai.response'))).toEqual([])
  })

  it('of a tape has no server, and says which cassette', () => {
    const { attributes } = span({ body: '{}' }, { source: 'tape', cassette: 'recordings/secret.yaml', session: 'weather' })
    expect(attributes).not.toHaveProperty('server.address')
    expect(attributes).toMatchObject({
      'openai_proxy.source': 'tape',
      'openai_proxy.cassette': 'recordings/<secret>.yaml',
      'openai_proxy.session': 'weather'
    })
  })
})

it('is named by operation and model, redacted; by the method alone where nobody knows the endpoint', () => {
  expect(span({ body: '{}' }).name).toBe('chat gpt-4o')
  expect(span({ body: '{}' }, { call: call({ model: 'my-secret' }) }).name).toBe('chat my-<secret>')
  expect(span({ body: '{}' }, { call: call({ model: undefined, endpoint: 'GET /v1/models' }) }).name).toBe('models')
  expect(span({ body: '{}' }, { call: call({ known: false, endpoint: 'POST /v1/my_diary' }) }).name).toBe('POST')
  expect(span({ body: '{}' }, { call: undefined }).name).toBe('POST')
})

it('tells a cost as whole only where all of it is known', () => {
  const complete = { cost: { microUsd: 2500, complete: true } }
  expect(span({ body: '{}' }, complete).attributes).toMatchObject({
    'openai_proxy.cost_usd': 0.0025,
    'openai_proxy.cost_complete': true
  })
  const partial = { ...complete, usage: { inputTokens: 1, partial: true } } as const
  expect(span({ body: '{}' }, partial).attributes['openai_proxy.cost_complete']).toBe(false)
  expect(span({ body: '{}' }).attributes).not.toHaveProperty('openai_proxy.cost_usd')
})

describe('a trace context', () => {
  const [trace, parent] = ['4bf92f3577b34da6a3ce929d0e0e4736', '00f067aa0ba902b7']
  const read = (traceparent: string): unknown => readTraceParent([['Traceparent', traceparent]])

  it('is taken with its sampling, also of a later version', () => {
    expect(read(`00-${trace}-${parent}-01`)).toEqual({ traceId: trace, spanId: parent, traceFlags: 1, traceState: undefined })
    expect(read(`00-${trace}-${parent}-00`)).toMatchObject({ traceFlags: 0 })
    expect(read(`01-${trace}-${parent}-03-more`)).toMatchObject({ traceFlags: 1 })
  })

  it.each([
    '',
    `ff-${trace}-${parent}-01`,
    `00-${'0'.repeat(32)}-${parent}-01`,
    `00-${trace}-${'0'.repeat(16)}-01`,
    `00-${trace.toUpperCase()}-${parent}-01`,
    `00-${trace}-${parent}`,
    `00-${trace}x-${parent}-01`
  ])('that is none is not taken: %s', (value) => {
    expect(read(value)).toBeUndefined()
  })
})
