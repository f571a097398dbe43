/** What answers say, in every API's shape: written out here, and in the real exchanges. */
import { describe, expect, it } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader } from '../../src/http/headers.ts'
import { toText } from '../../src/http/message.ts'
import { readAnswer } from '../../src/providers/read-answer.ts'
import { realExchanges } from '../support/real-exchanges.ts'

const sse = (...events: readonly object[]): string => events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')

describe('Chat Completions', () => {
  it('whole: texts, refusals, tools of every kind', () => {
    const answer = readAnswer({
      choices: [
        {
          finish_reason: 'tool_calls',
          message: {
            content: 'Let me look.',
            refusal: 'No.',
            tool_calls: [
              { id: 'call_1', type: 'function', function: { name: 'get_weather', arguments: '{"city":"Paris"}' } },
              { id: 'call_2', type: 'custom', custom: { name: 'shell', input: 'ls -l' } }
            ],
            function_call: { name: 'old', arguments: '{broken' }
          }
        }
      ]
    })
    expect(answer).toEqual({
      texts: ['Let me look.', 'No.'],
      toolCalls: [
        { id: 'call_1', name: 'get_weather', arguments: { city: 'Paris' } },
        { id: 'call_2', name: 'shell', arguments: 'ls -l' },
        { name: 'old', arguments: '{broken' }
      ],
      finish: 'tool_calls'
    })
  })

  it('streamed: pieces are joined by choice and by call', () => {
    const chunk = (index: number, delta: object, finish: string | null = null): object => ({
      choices: [{ index, delta, finish_reason: finish }]
    })
    const answer = readAnswer(
      sse(
        chunk(0, { role: 'assistant', content: 'a' }),
        chunk(1, { content: 'x' }),
        chunk(0, { content: 'b' }),
        chunk(1, { tool_calls: [{ index: 0, id: 'call_1', function: { name: 'get', arguments: '{"a"' } }] }),
        chunk(1, { tool_calls: [{ index: 1, id: 'call_2', function: { name: 'put', arguments: '' } }] }),
        chunk(1, { tool_calls: [{ index: 0, function: { arguments: ':1}' } }] }),
        chunk(0, {}, 'stop')
      ) + 'data: [DONE]\n\n'
    )
    expect(answer).toEqual({
      texts: ['ab', 'x'],
      toolCalls: [
        { id: 'call_1', name: 'get', arguments: { a: 1 } },
        { id: 'call_2', name: 'put', arguments: '' }
      ],
      finish: 'stop'
    })
  })
})

describe('Anthropic Messages', () => {
  it('whole', () => {
    const content = [
      { type: 'thinking', thinking: 'hm' },
      { type: 'text', text: 'Hi' },
      { type: 'tool_use', id: 'toolu_1', name: 'get', input: { a: 1 } },
      { type: 'server_tool_use', id: 'srv_1', name: 'web_search', input: { query: 'q' } }
    ]
    expect(readAnswer({ type: 'message', content, stop_reason: 'tool_use' })).toEqual({
      texts: ['Hi'],
      toolCalls: [
        { id: 'toolu_1', name: 'get', arguments: { a: 1 } },
        { id: 'srv_1', name: 'web_search', arguments: { query: 'q' } }
      ],
      finish: 'tool_use'
    })
  })

  it('streamed, and cut off within the input of a tool', () => {
    const events = [
      { type: 'message_start', message: {} },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } },
      { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', id: 'toolu_1', name: 'get', input: {} } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a":' } },
      { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '1}' } },
      { type: 'message_delta', delta: { stop_reason: 'tool_use' } }
    ]
    expect(readAnswer(sse(...events))).toEqual({
      texts: ['Hi'],
      toolCalls: [{ id: 'toolu_1', name: 'get', arguments: { a: 1 } }],
      finish: 'tool_use'
    })
    expect(readAnswer(sse(...events.slice(0, 5)))).toMatchObject({ toolCalls: [{ arguments: '{"a":' }], finish: undefined })
  })
})

describe('Responses', () => {
  it("whole: messages, functions, and the provider's own tools", () => {
    const output = [
      { type: 'reasoning', summary: [] },
      { type: 'web_search_call', id: 'ws_1', action: { type: 'search', query: 'q' } },
      { type: 'function_call', call_id: 'call_1', name: 'get', arguments: '{"a":1}' },
      { type: 'message', content: [{ type: 'output_text', text: 'Hi' }] }
    ]
    expect(readAnswer({ object: 'response', status: 'completed', output })).toEqual({
      texts: ['Hi'],
      toolCalls: [
        { name: 'web_search', arguments: { type: 'search', query: 'q' } },
        { id: 'call_1', name: 'get', arguments: { a: 1 } }
      ],
      finish: 'completed'
    })
    expect(readAnswer({ status: 'incomplete', incomplete_details: { reason: 'max_output_tokens' }, output: [] })?.finish).toBe(
      'max_output_tokens'
    )
  })

  it('a stream that ends early is read by the items that were done', () => {
    const item = { type: 'function_call', call_id: 'call_1', name: 'get', arguments: '{}' }
    expect(readAnswer(sse({ type: 'response.created' }, { type: 'response.output_item.done', item }))?.toolCalls).toEqual([
      { id: 'call_1', name: 'get', arguments: {} }
    ])
  })
})

describe('what is no answer of a model', () => {
  it.each([null, 1, 'text', '', {}, { data: [] }, { type: 'error', error: {} }, 'data: {"error":{}}\n\n'])('%j', (body) => {
    expect(readAnswer(body)).toBeUndefined()
  })
})

describe('the real exchanges', () => {
  it('every good answer of a chat says something, or calls a tool', () => {
    const silent = realExchanges()
      .filter(
        ({ request, response }) => /\/v1\/(chat\/completions|responses|messages)$/.test(request.url) && response.status === 200
      )
      .filter(({ response: { headers, body } }) => {
        const answer = readAnswer(toText(decodeBody(body, getHeader(headers, 'content-encoding'), 10_000_000)) ?? '')
        return !answer || (answer.texts.length === 0 && answer.toolCalls.length === 0)
      })
    // It runs in the background: the answer only says that it is queued.
    expect(silent.map(({ id }) => id.replace(/^.*\//, ''))).toEqual(['test_background_mode_vcr.yaml#0'])
  })
})
