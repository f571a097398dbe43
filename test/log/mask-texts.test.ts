/** With LOG_TOKENS=false the log tells how long a text was, and not what it said. */
import { describe, expect, it } from 'vitest'
import { toLogEntry } from '../../src/log/log-entry.ts'
import { maskTexts } from '../../src/log/mask-texts.ts'
import { createRedaction } from '../../src/redaction/index.ts'
import { realExchanges } from '../support/real-exchanges.ts'
import { JSON_HEADERS, makeExchange, SSE_HEADERS } from './make-exchange.ts'

const LENGTHS = { requests: true, responses: true, tokens: false }

function masked(body: string, headers = JSON_HEADERS, status = 200): unknown {
  return toLogEntry(makeExchange({ body: '{}' }, { headers, body, status }), createRedaction(), LENGTHS).response?.body
}

describe('texts', () => {
  it('of a chat are lengths, its structure stays', () => {
    const request = {
      model: 'gpt-4o',
      temperature: 0.5,
      stream: true,
      user: 'ann@example.test',
      stop: ['END', 'Ann'],
      messages: [
        { role: 'system', content: 'Be kind' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: 'Say hi' },
            { type: 'image_url', image_url: { url: 'data:image/png;base64,AAAA', detail: 'low' } }
          ]
        },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } }]
        },
        { role: 'tool', tool_call_id: 'call_1', content: 'rain' }
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: 'Weather',
            parameters: { type: 'object', properties: { city: { type: 'string', enum: ['Paris', 'Rome'] } } }
          }
        }
      ],
      metadata: { name: 'Ann', type: 'secret', n: 12 }
    }
    expect(maskTexts(request, 'none')).toEqual({
      model: 'gpt-4o',
      temperature: 0.5,
      stream: true,
      user: '[16 characters]',
      stop: ['[3 characters]', '[3 characters]'],
      messages: [
        { role: 'system', content: '[7 characters]' },
        {
          role: 'user',
          name: 'ann',
          content: [
            { type: 'text', text: '[6 characters]' },
            { type: 'image_url', image_url: { url: '[26 characters]', detail: 'low' } }
          ]
        },
        {
          role: 'assistant',
          tool_calls: [{ id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '[16 characters]' } }]
        },
        { role: 'tool', tool_call_id: 'call_1', content: '[4 characters]' }
      ],
      tools: [
        {
          type: 'function',
          function: {
            name: 'get_weather',
            description: '[7 characters]',
            parameters: { type: 'object', properties: { city: { type: 'string', enum: ['[5 characters]', '[4 characters]'] } } }
          }
        }
      ],
      metadata: { name: '[3 characters]', type: '[6 characters]', n: '[number]' }
    })
  })

  it('of tools, whatever their fields are called', () => {
    const use = {
      content: [
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'book',
          input: { name: 'Ann', id: 'P-77', seat: 12, ok: true, also: [{ type: 'x' }, 3] }
        }
      ]
    }
    expect(maskTexts(use, 'good')).toEqual({
      content: [
        {
          type: 'tool_use',
          id: 'toolu_1',
          name: 'book',
          input: {
            name: '[3 characters]',
            id: '[4 characters]',
            seat: '[number]',
            ok: true,
            also: [{ type: '[1 characters]' }, '[number]']
          }
        }
      ]
    })
  })

  it('that stand as numbers: token ids, embeddings, bytes of a token', () => {
    expect(maskTexts({ input: [[1, 2, 3], [4]], n: 1 }, 'none')).toEqual({ input: ['[3 numbers]', '[1 numbers]'], n: 1 })
    expect(maskTexts({ data: [{ object: 'embedding', index: 0, embedding: [0.1, 0.2] }] }, 'good')).toEqual({
      data: [{ object: 'embedding', index: 0, embedding: '[2 numbers]' }]
    })
    const logprobs = { logprobs: { content: [{ token: ' Hi', logprob: -0.1, bytes: [72, 105] }] } }
    expect(maskTexts(logprobs, 'good')).toEqual({
      logprobs: { content: [{ token: '[3 characters]', logprob: -0.1, bytes: '[2 numbers]' }] }
    })
  })

  it('in a structural field that are no word are texts', () => {
    expect(maskTexts({ id: 'two words', model: 'x'.repeat(121), name: 'Ann B', type: 'a\nb' }, 'none')).toEqual({
      id: '[9 characters]',
      model: '[121 characters]',
      name: '[5 characters]',
      type: '[3 characters]'
    })
    expect(maskTexts({ type: 'code_interpreter_call', code: '1+1' }, 'good')).toEqual({
      type: 'code_interpreter_call',
      code: '[3 characters]'
    })
  })

  it('of errors stay, in answers only', () => {
    const error = {
      error: {
        message: 'Rate limit reached for you',
        type: 'tokens',
        param: null,
        code: 'rate_limit_exceeded',
        extra: 'hidden words'
      }
    }
    expect(masked(JSON.stringify(error), JSON_HEADERS, 429)).toEqual({ error: { ...error.error, extra: '[12 characters]' } })
    expect(masked('{"type":"error","error":{"type":"overloaded_error","message":"Over loaded"}}')).toEqual({
      type: 'error',
      error: { type: 'overloaded_error', message: 'Over loaded' }
    })
    expect(masked('{"detail":"Not here"}', JSON_HEADERS, 404)).toEqual({ detail: 'Not here' })
    expect(masked('{"message":"Hi there"}')).toEqual({ message: '[8 characters]' })
    expect(masked('upstream says no', [['content-type', 'text/plain']], 502)).toBe('upstream says no')
    expect(masked('words of a transcript', [['content-type', 'text/plain']])).toBe('[21 characters]')
    expect(maskTexts(error, 'none')).toMatchObject({ error: { message: '[26 characters]' } })
    expect(maskTexts({ messages: [{ error: { message: 'said so' } }] }, 'good')).toEqual({
      messages: [{ error: { message: '[7 characters]' } }]
    })
  })

  it('of an event stream are one number, its errors stay', () => {
    const chat = ['Hi', ' there', '!'].map(
      (content) => `data: ${JSON.stringify({ id: 'x', choices: [{ delta: { role: 'assistant', content } }] })}\n\n`
    )
    expect(masked(`${chat.join('')}data: [DONE]\n\n`, SSE_HEADERS)).toEqual({
      events: 4,
      bytes: expect.any(Number),
      text: '[9 characters]'
    })
    const anthropic =
      'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"type":"text_delta","text":"Hello"}}\n\n: ping\n\n'
    const failed = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Over loaded"}}\n\n'
    expect(masked(anthropic + failed, SSE_HEADERS)).toEqual({
      events: 2,
      bytes: (anthropic + failed).length,
      text: '[5 characters]',
      errors: [{ type: 'error', error: { type: 'overloaded_error', message: 'Over loaded' } }]
    })
    const responses =
      'data: {"type":"response.output_text.delta","delta":"Hel"}\n\ndata: {"type":"response.output_text.done","text":"Hel"}\n\n'
    expect(masked(responses, SSE_HEADERS)).toMatchObject({ events: 2, text: '[3 characters]' })
  })

  it('that a miss of the cassette quotes', () => {
    const message = [
      'No recording in recordings/x.yaml fits POST /v1/chat/completions (gpt-4o). Nothing was sent to the network.',
      'Nearest of 3: recordings/x.yaml:4 (interaction 1 of 3). It differs in:',
      '  messages[0].content: recorded "Say hi", got "My doctor says',
      'that I am ill: badly"',
      '  temperature: recorded 1, got 0',
      'Make the request fit, or record it: openai-proxy --record recordings/x.yaml --replay.'
    ].join('\n')
    const error = { status: 404, type: 'cassette_error', code: 'cassette_miss', message, param: null, retry: false }
    const exchange = makeExchange(
      { body: '{}' },
      { body: JSON.stringify({ error }), status: 404 },
      { error, outcome: 'refused', source: 'proxy' }
    )
    const line = JSON.stringify(toLogEntry(exchange, createRedaction(), LENGTHS))
    expect(line).not.toMatch(/doctor|badly|Say hi/)
    const shown = toLogEntry(exchange, createRedaction(), LENGTHS).error?.message.split('\n')
    expect(shown).toEqual([
      ...message.split('\n').slice(0, 2),
      '  messages[0].content',
      '  temperature',
      message.split('\n').at(-1)
    ])
    expect(JSON.stringify(toLogEntry(exchange, createRedaction(), { ...LENGTHS, tokens: true }))).toContain('My doctor says')
  })
})

describe('real exchanges', () => {
  it('show no sentence of a prompt or an answer', () => {
    const exchanges = realExchanges()
    expect(exchanges.length).toBeGreaterThan(200)
    for (const { id, request, response } of exchanges) {
      const made = makeExchange(request, response)
      const entry = toLogEntry(made, createRedaction(), LENGTHS)
      if (response.status >= 400) continue
      // Three words in a row are somebody's text; a date or a list of models has none.
      const shown = JSON.stringify([entry.request.body, entry.response?.body])
      expect(shown.replace(/\[\d+ (?:characters|numbers|bytes[^\]]*)\]/g, ''), id).not.toMatch(/[a-z]{2,} [a-z]{2,} [a-z]{2,}/i)
    }
  })
})
