/** Usage: the counts of every real answer, and nothing made up where an answer says nothing. */
import { describe, expect, it } from 'vitest'
import { decodeBody } from '../../src/http/body.ts'
import { getHeader, isJsonType, isSseType } from '../../src/http/headers.ts'
import { tryParseJson, type Json } from '../../src/http/json.ts'
import { readSseEvent, splitSse } from '../../src/http/sse.ts'
import { mergeUsage, readStreamUsage, readUsage, type Usage } from '../../src/metering/usage.ts'
import { publicPath, realExchange, realExchanges, textOf, type RealExchange } from '../support/real-exchanges.ts'

function textOfAnswer({ response }: RealExchange): string {
  return textOf(decodeBody(response.body, getHeader(response.headers, 'content-encoding'), 10_000_000))
}

function usageOf(exchange: RealExchange): Usage | undefined {
  const type = getHeader(exchange.response.headers, 'content-type')
  if (isSseType(type)) return readStreamUsage(splitSse(textOfAnswer(exchange)).flatMap((block) => readSseEvent(block).data ?? []))
  return isJsonType(type) ? readUsage(tryParseJson(textOfAnswer(exchange))) : undefined
}

describe('the shapes of an answer', () => {
  it.each<[string, Json, Usage | undefined]>([
    [
      'Chat Completions',
      {
        usage: {
          prompt_tokens: 10,
          completion_tokens: 5,
          total_tokens: 15,
          prompt_tokens_details: { cached_tokens: 4, audio_tokens: 1 },
          completion_tokens_details: { reasoning_tokens: 3, audio_tokens: 2 }
        }
      },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3, audioInputTokens: 1, audioOutputTokens: 2 }
    ],
    [
      'Responses',
      {
        usage: {
          input_tokens: 10,
          output_tokens: 5,
          input_tokens_details: { cached_tokens: 4 },
          output_tokens_details: { reasoning_tokens: 3 }
        }
      },
      { inputTokens: 10, outputTokens: 5, cachedInputTokens: 4, reasoningTokens: 3 }
    ],
    [
      'a Responses event',
      { type: 'response.completed', response: { usage: { input_tokens: 1, output_tokens: 2 } } },
      { inputTokens: 1, outputTokens: 2 }
    ],
    ['Embeddings', { usage: { prompt_tokens: 8, total_tokens: 8 } }, { inputTokens: 8 }],
    [
      'a transcription',
      { usage: { type: 'tokens', input_tokens: 8, output_tokens: 9, input_token_details: { audio_tokens: 8 } } },
      { inputTokens: 8, outputTokens: 9, audioInputTokens: 8 }
    ],
    ['a transcription by time', { usage: { type: 'duration', seconds: 3 } }, { audioInputSeconds: 3 }],
    [
      'a transcription that lists its kinds of tokens',
      { usage: { type: 'tokens', input_tokens: 8, output_tokens: 2, input_token_details: { audio_tokens: 7, text_tokens: 1 } } },
      { inputTokens: 8, outputTokens: 2, audioInputTokens: 7 }
    ],
    [
      'images',
      {
        usage: {
          input_tokens: 300,
          output_tokens: 4000,
          input_tokens_details: { image_tokens: 250, text_tokens: 50 },
          output_tokens_details: { image_tokens: 4000, text_tokens: 0 }
        }
      },
      { inputTokens: 300, outputTokens: 4000, imageInputTokens: 250, imageOutputTokens: 4000 }
    ],
    [
      'the tools and the tier of Responses, where only a search is a search',
      {
        service_tier: 'priority',
        usage: { input_tokens: 1, output_tokens: 2 },
        output: [
          { type: 'web_search_call', action: { type: 'search', query: 'a' } },
          { type: 'web_search_call', action: { type: 'open_page' } },
          { type: 'web_search_call' },
          { type: 'file_search_call' },
          { type: 'code_interpreter_call' },
          { type: 'image_generation_call' },
          { type: 'message' },
          null
        ]
      },
      {
        inputTokens: 1,
        outputTokens: 2,
        webSearches: 2,
        fileSearches: 1,
        codeExecutions: 1,
        imageGenerations: 1,
        serviceTier: 'priority'
      }
    ],
    [
      'the tools, the tier and the long cache of Anthropic',
      {
        usage: {
          input_tokens: 1,
          output_tokens: 2,
          cache_creation_input_tokens: 30,
          cache_creation: { ephemeral_5m_input_tokens: 10, ephemeral_1h_input_tokens: 20 },
          server_tool_use: { web_search_requests: 3, web_fetch_requests: 1 },
          service_tier: 'batch'
        }
      },
      {
        inputTokens: 31,
        outputTokens: 2,
        cacheWriteInputTokens: 30,
        cacheWrite1hInputTokens: 20,
        webSearches: 3,
        serviceTier: 'batch'
      }
    ],
    [
      'the standard tier by any name, and tools that did not run',
      { service_tier: 'default', usage: { input_tokens: 1, server_tool_use: { web_search_requests: 0 } } },
      { inputTokens: 1 }
    ],
    [
      'Anthropic, which counts cached tokens beside the input',
      { usage: { input_tokens: 10, cache_read_input_tokens: 100, cache_creation_input_tokens: 1000, output_tokens: 5 } },
      { inputTokens: 1110, outputTokens: 5, cachedInputTokens: 100, cacheWriteInputTokens: 1000 }
    ],
    [
      'message_start',
      { type: 'message_start', message: { usage: { input_tokens: 10, output_tokens: 1 } } },
      { inputTokens: 10, outputTokens: 1 }
    ],
    ['a chunk that says null', { usage: null }, undefined],
    ['null above and counts below', { usage: null, response: { usage: { input_tokens: 1 } } }, { inputTokens: 1 }],
    ['an answer without usage', { choices: [] }, undefined],
    ['counts that are none', { usage: { prompt_tokens: '10', completion_tokens: -1, input_tokens: null } }, undefined],
    ['a list', [{ usage: { input_tokens: 1 } }], undefined],
    ['a text', 'usage', undefined]
  ])('%s', (_name, value, usage) => {
    expect(readUsage(value)).toEqual(usage)
  })

  it('nothing at all', () => {
    expect(readUsage(undefined)).toBeUndefined()
    expect(readStreamUsage([])).toBeUndefined()
    expect(readStreamUsage(['[DONE]', '{"usage": broken', '{"usage":null}'])).toBeUndefined()
  })
})

describe('a stream', () => {
  it('adds up Anthropic’s two events: input from the first, output from the last', () => {
    const start = {
      type: 'message_start',
      message: { usage: { input_tokens: 10, cache_read_input_tokens: 90, output_tokens: 1 } }
    }
    const delta = { type: 'message_delta', usage: { output_tokens: 50 } }
    expect(readStreamUsage([start, delta].map((event) => JSON.stringify(event)))).toEqual({
      inputTokens: 100,
      outputTokens: 50,
      cachedInputTokens: 90
    })
  })

  it('takes the later count, kind by kind, and loses none', () => {
    expect(mergeUsage({ inputTokens: 1, reasoningTokens: 2 }, { inputTokens: 3, outputTokens: 4 })).toEqual({
      inputTokens: 3,
      outputTokens: 4,
      reasoningTokens: 2
    })
    expect(mergeUsage(undefined, { inputTokens: 3 })).toEqual({ inputTokens: 3 })
  })

  it('is not misled by a text that talks about usage', () => {
    expect(readStreamUsage([JSON.stringify({ choices: [{ delta: { content: '"usage":{"input_tokens":5}' } }] })])).toBeUndefined()
  })
})

describe('the real exchanges', () => {
  it.each<[string, Usage]>([
    [
      'test_valid_response.yaml#0',
      { inputTokens: 14, outputTokens: 7, cachedInputTokens: 0, reasoningTokens: 0, audioInputTokens: 0, audioOutputTokens: 0 }
    ],
    ['test_completion.yaml#0', { inputTokens: 8, outputTokens: 16 }]
  ])('%s', (id, usage) => {
    expect(usageOf(realExchange(id))).toEqual(usage)
  })

  it('every answered call that runs a model and reports tokens gives both counts, and they add up to the total it names', () => {
    const calls = realExchanges().filter(
      ({ provider, request, response }) =>
        provider !== 'other' &&
        request.method === 'POST' &&
        response.status === 200 &&
        isJsonType(getHeader(response.headers, 'content-type'))
    )
    let totals = 0
    for (const exchange of calls) {
      const body = tryParseJson(textOfAnswer(exchange)) as { readonly usage?: { readonly total_tokens?: number } }
      const total = body.usage?.total_tokens
      if (typeof total !== 'number') continue
      totals += 1
      const usage = usageOf(exchange)
      expect((usage?.inputTokens ?? 0) + (usage?.outputTokens ?? 0), exchange.id).toBe(total)
    }
    expect(totals).toBeGreaterThan(60)
  })

  it('every stream of Messages and Responses gives both counts, none smaller than any event said', () => {
    const streams = realExchanges().filter(
      (exchange) =>
        exchange.provider !== 'other' &&
        isSseType(getHeader(exchange.response.headers, 'content-type')) &&
        /^\/v1\/(messages|responses)(\?|$)/.test(publicPath(exchange))
    )
    for (const exchange of streams) {
      const events = splitSse(textOfAnswer(exchange)).flatMap(
        (block) => readUsage(tryParseJson(readSseEvent(block).data ?? '')) ?? []
      )
      // A stream of an API that was cut off before its end says nothing.
      if (events.length === 0) continue
      const usage = usageOf(exchange)
      for (const event of events) {
        expect(usage?.inputTokens ?? 0, exchange.id).toBeGreaterThanOrEqual(event.inputTokens ?? 0)
        expect(usage?.outputTokens ?? 0, exchange.id).toBeGreaterThanOrEqual(event.outputTokens ?? 0)
      }
    }
    expect(streams.length).toBeGreaterThan(20)
  })

  it('errors used nothing', () => {
    const errors = realExchanges().filter(({ response }) => response.status >= 400)
    expect(errors.length).toBeGreaterThan(15)
    expect(errors.filter((exchange) => usageOf(exchange) !== undefined)).toEqual([])
  })
})
