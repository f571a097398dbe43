/** Anthropic: its endpoints, its shapes of texts, its errors. */
import { describe, expect, it } from 'vitest'
import type { Json } from '../../src/http/json.ts'
import { toText } from '../../src/http/message.ts'
import { readSseEvent } from '../../src/http/sse.ts'
import { anthropic } from '../../src/providers/anthropic.ts'
import type { ModelCall } from '../../src/providers/provider.ts'
import { readPost, testProvider, textsOf } from './test-provider.ts'

const read = (path: string, body: Json): ModelCall => readPost(anthropic, `/v1${path}`, body)

testProvider(anthropic, {
  path: '/v1/messages',
  body: { model: 'claude-opus-5', max_tokens: 10, messages: [{ role: 'user', content: 'hello' }] }
})

describe('texts', () => {
  it('of system stand as a string or in blocks', () => {
    expect(textsOf(read('/messages', { system: 'one' }))).toEqual(['system@system=one'])
    expect(textsOf(read('/messages', { system: [{ type: 'text', text: 'one', cache_control: { type: 'ephemeral' } }] }))).toEqual(
      ['system@system.0.text=one']
    )
  })

  it('of messages: blocks, tool uses, results in every shape, documents, thinking', () => {
    const call = read('/messages', {
      messages: [
        {
          role: 'user',
          content: [
            { type: 'text', text: 'one' },
            { type: 'tool_result', tool_use_id: 'two', content: 'three' },
            {
              type: 'tool_result',
              tool_use_id: 't',
              content: [
                { type: 'text', text: 'four' },
                { type: 'document', source: { type: 'text', data: 'five' } }
              ]
            },
            { type: 'document', title: 'six', source: { type: 'text', media_type: 'text/plain', data: 'seven' } },
            { type: 'search_result', title: 'eight', content: [{ type: 'text', text: 'nine' }] }
          ]
        },
        {
          role: 'assistant',
          content: [
            { type: 'thinking', thinking: 'ten', signature: 's' },
            { type: 'tool_use', name: 'eleven', input: { twelve: 'thirteen' } },
            { type: 'web_search_tool_result', content: [{ title: 'fourteen' }] }
          ]
        }
      ],
      tools: [{ name: 'f', description: 'fifteen', input_schema: { properties: { sixteen: {} } } }]
    })
    const roles = Object.fromEntries(call.texts.map(({ role, text }) => [text, role]))
    expect(roles).toMatchObject({
      one: 'user',
      two: 'tool',
      three: 'tool',
      four: 'tool',
      five: 'tool',
      six: 'user',
      seven: 'user',
      nine: 'tool',
      eight: 'tool',
      ten: 'assistant',
      eleven: 'assistant',
      twelve: 'assistant',
      thirteen: 'assistant',
      fourteen: 'tool',
      fifteen: 'schema',
      sixteen: 'schema'
    })
  })

  it('of the first API, of token counts and of batches', () => {
    expect(textsOf(read('/complete', { prompt: 'one' }))).toEqual(['user@prompt=one'])
    expect(textsOf(read('/messages/count_tokens', { system: 'one' }))).toEqual(['system@system=one'])
    const requests = [{ custom_id: '1', params: { model: 'a', system: 'one', messages: [{ role: 'user', content: 'two' }] } }]
    expect(textsOf(read('/messages/batches', { requests })).slice(2)).toEqual([
      'system@requests.0.params.system=one',
      'user@requests.0.params.messages.0.content=two'
    ])
  })
})

describe('models and limits', () => {
  it('of each call of a batch', () => {
    const requests = [
      { params: { model: 'a', max_tokens: 9000 } },
      { params: { model: 'b', tools: [{ type: 'advisor_20260301', name: 'advisor', model: 'c' }] } },
      { params: { max_tokens: null } },
      { nothing: 1 }
    ]
    const call = read('/messages/batches', { requests })
    expect(call.models).toEqual(['a', 'b', 'c'])
    expect(call.tokenLimits[0]).toEqual({ path: ['requests', 0, 'params', 'max_tokens'], value: 9000 })
    expect(call.missingTokenLimits).toEqual([
      ['requests', 1, 'params', 'max_tokens'],
      ['requests', 2, 'params', 'max_tokens']
    ])
  })

  it.each([
    ['/messages', {}, [['max_tokens']]],
    ['/messages', { max_tokens: 1 }, []],
    ['/messages', { max_completion_tokens: 1 }, [['max_tokens']]],
    ['/complete', { max_tokens: 1 }, [['max_tokens_to_sample']]],
    ['/chat/completions', { max_completion_tokens: 1 }, []],
    ['/messages/count_tokens', {}, []]
  ] as const)('of %s in %j are missing at %j', (path, body, missing) => {
    expect(read(path, body).missingTokenLimits).toEqual(missing)
  })

  it('names endpoints without their ids', () => {
    const name = (method: string, path: string): string =>
      anthropic.readCall({ method, path, content: { kind: 'none' } }).endpoint
    expect(name('GET', '/v1/messages/batches/msgbatch_1/results')).toBe('GET /v1/messages/batches/{id}/results')
    expect(name('DELETE', '/v1/files/file_1')).toBe('DELETE /v1/files/{id}')
    expect(name('GET', '/v1/models/claude-opus-5')).toBe('GET /v1/models/{id}')
  })
})

describe('errors', () => {
  it.each([
    [400, 'invalid_request_error'],
    [401, 'authentication_error'],
    [402, 'billing_error'],
    [403, 'permission_error'],
    [404, 'not_found_error'],
    [413, 'request_too_large'],
    [415, 'invalid_request_error'],
    [429, 'rate_limit_error'],
    [500, 'api_error'],
    [502, 'api_error'],
    [504, 'timeout_error'],
    [529, 'overloaded_error']
  ])('of status %i have the type %s', (status, type) => {
    const error = { status, type: 'any', code: 'x', message: 'No', param: null, retry: false }
    const response = anthropic.renderError(error, 'req_1')
    expect(response.status).toBe(status)
    expect(JSON.parse(toText(response.body as Uint8Array) ?? '')).toEqual({
      type: 'error',
      error: { type, message: 'No', code: 'x', param: null },
      request_id: 'req_1'
    })
    expect(readSseEvent(anthropic.renderStreamError(error, 'req_1')).event).toBe('error')
  })
})
