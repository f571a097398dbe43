/** Finished exchanges for the tests of the log. */
import { toBytes, type HeaderList } from '../../src/http/message.ts'
import type { Exchange } from '../../src/pipeline/exchange.ts'

export const JSON_HEADERS: HeaderList = [['content-type', 'application/json']]
export const SSE_HEADERS: HeaderList = [['content-type', 'text/event-stream; charset=utf-8']]

export interface Body {
  readonly headers?: HeaderList
  readonly body: string | Uint8Array
}

/** A whole exchange; `given` changes what a test is about. */
export function makeExchange(
  request: Body,
  response: Body & { readonly status?: number },
  given: Partial<Exchange> = {}
): Exchange {
  const [sent, answered] = [request.body, response.body].map((body) => (typeof body === 'string' ? toBytes(body) : body)) as [
    Uint8Array,
    Uint8Array
  ]
  return {
    id: 'ex_0123456789abcdef',
    openedAt: Date.UTC(2026, 10, 23, 9, 0, 0, 123),
    session: '',
    request: { method: 'POST', url: '/v1/chat/completions', headers: request.headers ?? JSON_HEADERS, body: sent },
    provider: 'openai',
    path: '/v1/chat/completions',
    call: {
      provider: 'openai',
      endpoint: 'POST /v1/chat/completions',
      isModelEndpoint: true,
      known: true,
      model: 'gpt-4o',
      models: ['gpt-4o'],
      stream: false,
      tokenLimits: [],
      missingTokenLimits: [],
      texts: []
    },
    verdict: { kind: 'allow' },
    source: 'upstream',
    response: {
      status: response.status ?? 200,
      headers: response.headers ?? JSON_HEADERS,
      body: { chunks: [{ at: 12, bytes: answered }], size: answered.byteLength, truncated: false }
    },
    outcome: 'complete',
    error: undefined,
    firstByteMs: 12.34,
    durationMs: 45.678,
    usage: { inputTokens: 3, outputTokens: 2 },
    ...given
  }
}
