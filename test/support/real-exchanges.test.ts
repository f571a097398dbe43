/** The real exchanges are read whole and as they were on the wire. */
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { getHeader, isJsonType } from '../../src/http/headers.ts'
import { tryParseJson } from '../../src/http/json.ts'
import { publicPath, realExchange, realExchanges, textOf } from './real-exchanges.ts'

const all = realExchanges()

describe('reading', () => {
  it('finds all 244, each under its own name', () => {
    expect(all).toHaveLength(244)
    expect(new Set(all.map(({ id }) => id)).size).toBe(244)
  })

  it('knows who is spoken to', () => {
    const count = (provider: string): number => all.filter((exchange) => exchange.provider === provider).length
    expect([count('openai'), count('anthropic'), count('other')]).toEqual([207, 29, 8])
    const others = all.filter(({ provider }) => provider === 'other').map(({ request }) => new URL(request.url).hostname)
    expect([...new Set(others)].toSorted()).toEqual(['mcp.deepwiki.com', 't3.ftcdn.net'])
  })

  it('gives every JSON body as JSON, of requests and of answers', () => {
    for (const { id, request, response } of all) {
      for (const { headers, body } of [request, response]) {
        if (body.byteLength === 0 || !isJsonType(getHeader(headers, 'content-type'))) continue
        const text = textOf(getHeader(headers, 'content-encoding') === 'gzip' ? gunzipSync(body) : body)
        expect(tryParseJson(text), id).toBeDefined()
      }
    }
  })

  it('gives headers that are true for the body', () => {
    for (const { id, response } of all) {
      const length = getHeader(response.headers, 'content-length')
      if (length !== undefined) expect(Number(length), id).toBe(response.body.byteLength)
      const isGzip = response.body[0] === 0x1f && response.body[1] === 0x8b
      expect(getHeader(response.headers, 'content-encoding') === 'gzip', id).toBe(isGzip)
      expect(getHeader(response.headers, 'transfer-encoding'), id).toBeUndefined()
    }
  })

  it.each([
    [
      'test_valid_response.yaml#0',
      '/v1/chat/completions',
      '{"messages":[{"content":"What is the capital of France?","role":"user"}],"model":"gpt-4o","stream":false}'
    ],
    ['test_completion.yaml#1', '/v1/completions', '{"model":"davinci-002","prompt":"Tell me a joke about opentelemetry"}']
  ])('%s: its path and its body', (id, path, body) => {
    const exchange = realExchange(id)
    expect(publicPath(exchange)).toBe(path)
    expect(textOf(exchange.request.body)).toBe(body)
  })

  it('gives bytes as bytes, whichever way they were written', () => {
    const start = (id: string): string => Buffer.from(realExchange(id).response.body).subarray(0, 4).toString('latin1')
    expect(start('files_fetch_image.yml#0')).toBe('\u0089PNG')
    expect(start('test_image_url_input_force_download.yaml#0')).toBe('ÿØÿà')
    expect(start('images_edit_image_png_A_solid_red_Ruby_on_a_blue_background.yml#0')).toBe('{\n  ')
    expect(start('deepseek_deepseek-chat_streamed_chat.yml#0')).toBe('data')
  })

  it('says so where a name means nothing, or too much', () => {
    expect(() => realExchange('nothing.yaml#0')).toThrow('0 real exchanges are called nothing.yaml#0')
    expect(() => realExchanges('nothing-like-it')).toThrow('has "nothing-like-it" in its path')
    expect(() => publicPath(realExchange('test_image_url_input_force_download.yaml#0'))).toThrow('no path of a model')
  })
})
