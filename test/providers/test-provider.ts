/** What every provider must do: one suite that each provider file passes. */
import { describe, expect, it } from 'vitest'
import { getHeader } from '../../src/http/headers.ts'
import { toBytes, toText } from '../../src/http/message.ts'
import { parseJson, type Json } from '../../src/http/json.ts'
import { readSseEvent, splitSse } from '../../src/http/sse.ts'
import type { ModelCall, ParsedContent, Provider, ProxyError } from '../../src/providers/provider.ts'

/** The content of a request as a JSON body. */
export function jsonContent(value: Json): ParsedContent {
  return { kind: 'json', value, text: JSON.stringify(value) }
}

/** Reads a POST. */
export function readPost(provider: Provider, path: string, body: Json): ModelCall {
  return provider.readCall({ method: 'POST', path, content: jsonContent(body) })
}

/** Texts as `role@path=text`, in order. */
export function textsOf(call: ModelCall): string[] {
  return call.texts.map(({ role, path, text }) => `${role}@${path.join('.')}=${text}`)
}

const ERROR: ProxyError = {
  status: 403,
  type: 'security_filter_error',
  code: 'model_not_allowed',
  message: 'Security violation: Model "x"\nis not allowed',
  param: 'model',
  retry: false
}

/** @param chat a request of this provider whose one user text is `hello` */
export function testProvider(
  provider: Provider,
  chat: { readonly path: string; readonly body: { readonly [key: string]: Json } }
): void {
  describe(`${provider.name} as a provider`, () => {
    it('has a public address without a slash at its end', () => {
      expect(provider.origin).toMatch(/^https:\/\/[a-z.]+$/)
      expect(provider.requestIdHeader).toBe(provider.requestIdHeader.toLowerCase())
    })

    it('reads model, stream and texts of its own chat request', () => {
      const call = readPost(provider, chat.path, { ...chat.body, stream: true })
      expect(call).toMatchObject({ provider: provider.name, isModelEndpoint: true, stream: true, model: chat.body['model'] })
      expect(call.models).toEqual([chat.body['model']])
      expect(call.texts.filter(({ text }) => text === 'hello').map(({ role }) => role)).toEqual(['user'])
    })

    it('says when no model and no limit is named', () => {
      const call = readPost(provider, chat.path, { messages: [] })
      expect(call.model).toBeUndefined()
      expect(call.models).toEqual([])
      expect(call.missingTokenLimits).toHaveLength(1)
      expect(call.stream).toBe(false)
    })

    it('leaves no string of a body unseen, also where it knows no such field', () => {
      const body = {
        ...chat.body,
        brand_new: { deep: ['secret words', { deeper: 'more words' }] },
        metadata: { key: 'value words' }
      }
      const seen = readPost(provider, chat.path, body).texts.map(({ text }) => text)
      for (const text of ['secret words', 'more words', 'value words', 'key', 'hello']) expect(seen).toContain(text)
    })

    it('reads an unknown path as no model endpoint, and its texts still', () => {
      const call = readPost(provider, '/v1/brand/new', { model: 'm', question: 'hello' })
      expect(call).toMatchObject({ isModelEndpoint: false, models: ['m'], missingTokenLimits: [] })
      expect(call.texts.map(({ text }) => text)).toContain('hello')
    })

    it('reads bodies of every other kind', () => {
      const read = (content: ParsedContent): ModelCall => provider.readCall({ method: 'POST', path: chat.path, content })
      expect(read({ kind: 'none' })).toMatchObject({ models: [], texts: [], tokenLimits: [] })
      expect(read({ kind: 'other', text: undefined }).texts).toEqual([])
      expect(read({ kind: 'other', text: 'hello' }).texts).toEqual([{ role: 'unknown', path: [], text: 'hello' }])
      const form = read({
        kind: 'form',
        fields: [
          { name: 'model', filename: undefined, text: ' a ' },
          { name: 'model', filename: undefined, text: 'b' }
        ]
      })
      expect(form.models).toEqual(['a', 'b'])
    })

    it.each<Json>([
      null,
      1,
      'text',
      [],
      [1, [2]],
      { messages: null },
      { messages: 'x', tools: 1, model: { a: 1 } },
      { stream: 'true' }
    ])('takes %j without throwing, and never as a stream', (body) => {
      expect(readPost(provider, chat.path, body).stream).toBe(false)
    })

    it('keeps to names that a client makes up (__proto__, constructor) as to any other', () => {
      const body = parseJson(
        '{"__proto__":{"text":"one"},"constructor":{"model":"hidden","x":"two"},"messages":[{"role":"constructor","content":"three"}]}'
      )
      const call = readPost(provider, chat.path, body)
      expect(call.models).toEqual(['hidden'])
      expect(
        textsOf(call)
          .filter((text) => /=(one|two|three)$/.test(text))
          .map((text) => text.split('@')[0])
      ).toEqual(['unknown', 'unknown', 'unknown'])
    })

    it('answers an error as JSON, with its status, its id and its whole message', () => {
      const response = provider.renderError(ERROR, 'req_1')
      const body = JSON.parse(toText(response.body as Uint8Array) ?? '') as { readonly error: { readonly [key: string]: Json } }
      expect(response.status).toBe(403)
      expect(getHeader(response.headers, 'content-type')).toBe('application/json')
      expect(getHeader(response.headers, provider.requestIdHeader)).toBe('req_1')
      expect(getHeader(response.headers, 'content-length')).toBe(String((response.body as Uint8Array).byteLength))
      expect(body.error).toMatchObject({ message: ERROR.message, code: ERROR.code, param: 'model' })
    })

    it('says that a retry is pointless, or when it makes sense', () => {
      const pointless = provider.renderError(ERROR, '1').headers
      expect(getHeader(pointless, 'x-should-retry')).toBe('false')
      expect(getHeader(pointless, 'retry-after')).toBeUndefined()
      const later = provider.renderError({ ...ERROR, status: 429, retry: true, retryAfterMs: 1200.4 }, '1').headers
      expect(getHeader(later, 'x-should-retry')).toBeUndefined()
      expect(getHeader(later, 'retry-after')).toBe('2')
      expect(getHeader(later, 'retry-after-ms')).toBe('1201')
    })

    it('gives a stream its error as exactly one event', () => {
      const blocks = splitSse(provider.renderStreamError(ERROR, 'req_1'))
      expect(blocks).toHaveLength(1)
      expect(toBytes(blocks[0]!)).not.toContain(13)
      const { data } = readSseEvent(blocks[0]!)
      expect(JSON.parse(data ?? '')).toMatchObject({ error: { message: ERROR.message } })
    })
  })
}
