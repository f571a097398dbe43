/** The errors of the list are those that were recorded: names of headers, bodies, what differs each time filled in. */
import OpenAI, { APIError } from 'openai'
import { describe, expect, test } from 'vitest'
import { getHeader } from '../../src/http/headers.ts'
import type { HttpResponse } from '../../src/http/message.ts'
import { renderTrueError, renderTrueStreamError, type ErrorFacts } from '../../src/providers/true-errors.ts'
import { realExchange, textOf } from '../support/real-exchanges.ts'

const facts: ErrorFacts = { model: 'a "model"', retryAfter: 20, now: Date.UTC(2026, 0, 2, 3, 4, 5), random: () => 0.5 }

function bodyOf({ body }: HttpResponse): string {
  return textOf(body as Uint8Array)
}

describe('against recordings', () => {
  test('an error 500 of OpenAI is the recorded one, but for its ids', () => {
    const { headers, body } = realExchange('vector_store_file_batches_list.yml#0').response
    const rendered = renderTrueError('openai', { status: 500 }, facts)
    const names = (list: HttpResponse['headers']): string[] => list.map(([name]) => name.toLowerCase()).toSorted()
    expect(names(rendered.headers)).toEqual(names(headers).filter((name) => name !== 'set-cookie'))
    const withoutId = (text: string): string => text.replace(/req_\w+/, 'ID')
    expect(withoutId(bodyOf(rendered))).toBe(withoutId(textOf(body)))
    expect(bodyOf(rendered)).toContain(getHeader(rendered.headers, 'x-request-id'))
  })

  test.each([
    ['openai', 'test_chat/test_chat.yaml#0', /^x-ratelimit-/],
    ['anthropic', 'test_anthropic_thinking_streaming_legacy.yaml#0', /^anthropic-ratelimit-/]
  ] as const)('a 429 of %s has the limits of its real answers', (provider, id, names) => {
    const limits = (list: HttpResponse['headers']): string[] => list.map(([name]) => name).filter((name) => names.test(name))
    const { headers } = renderTrueError(provider, { status: 429 }, facts)
    expect(limits(headers).toSorted()).toEqual(limits(realExchange(id).response.headers).toSorted())
    expect(getHeader(headers, 'retry-after')).toBe('20')
  })

  test('an error of Anthropic has the form of a recorded one', () => {
    const recorded = JSON.parse(
      textOf(realExchange('test_anthropic_explicit_effort_xhigh_unsupported_model_errors.yaml#0').response.body)
    ) as object
    const rendered = JSON.parse(bodyOf(renderTrueError('anthropic', { status: 529 }, facts))) as object
    expect(Object.keys(rendered).toSorted()).toEqual(Object.keys(recorded).toSorted())
    expect(rendered).toMatchObject({ type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } })
  })
})

describe('whatever is asked for', () => {
  const cases = (['openai', 'anthropic', 'generic'] as const).flatMap((provider) =>
    [400, 408, 429, 500, 503, 529, 599].map((status) => [provider, status] as const)
  )
  test.each(cases)('%s %i is JSON of its length, and nothing is left to fill in', (provider, status) => {
    const response = renderTrueError(provider, { status }, facts)
    const text = bodyOf(response)
    expect(response.status).toBe(status)
    expect(getHeader(response.headers, 'content-length')).toBe(String(Buffer.byteLength(text)))
    expect(JSON.parse(text)).toHaveProperty('error.message')
    expect(text + JSON.stringify(response.headers)).not.toMatch(/\{\w+\}/)
  })

  test('a status has several errors', () => {
    expect(bodyOf(renderTrueError('openai', { status: 429, code: 'insufficient_quota' }, facts))).toContain(
      '"code": "insufficient_quota"'
    )
    expect(
      getHeader(renderTrueError('openai', { status: 429, code: 'insufficient_quota' }, facts).headers, 'retry-after')
    ).toBeUndefined()
  })

  test('times are of the moment: seconds, milliseconds, dates', () => {
    const { headers } = renderTrueError('anthropic', { status: 429 }, facts)
    expect(getHeader(headers, 'anthropic-ratelimit-input-tokens-reset')).toBe('2026-01-02T03:04:25Z')
    expect(getHeader(headers, 'date')).toBe('Fri, 02 Jan 2026 03:04:05 GMT')
    const soon = renderTrueError('openai', { status: 429 }, { ...facts, retryAfter: 0.05 })
    expect(['retry-after', 'retry-after-ms', 'x-ratelimit-reset-tokens'].map((name) => getHeader(soon.headers, name))).toEqual([
      '1',
      '50',
      '50ms'
    ])
  })
})

test('every in-stream error of OpenAI is an APIError of its client', async () => {
  for (const [path, endpoint] of [
    ['/chat/completions', 'POST /v1/chat/completions'],
    ['/responses', 'POST /v1/responses']
  ] as const) {
    const event = renderTrueStreamError('openai', 'rate_limit_exceeded', { endpoint, events: 1 })
    const fetch = async (): Promise<Response> => new Response(event, { headers: { 'content-type': 'text/event-stream' } })
    const client = new OpenAI({ apiKey: 'unused', fetch })
    const stream = await client.post(path, { body: { stream: true }, stream: true })
    const read = async (): Promise<void> => {
      for await (const _event of stream as AsyncIterable<unknown>);
    }
    const error = await read().catch((thrown: unknown) => thrown)
    expect(error).toBeInstanceOf(APIError)
    expect(error).toMatchObject({ code: 'rate_limit_exceeded' })
  }
})
