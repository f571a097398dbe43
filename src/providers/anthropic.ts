/** Anthropic: its endpoints, its errors, its in-stream error. Source: https://docs.anthropic.com/en/api/errors, 2026-11. */
import { jsonResponse } from '../http/message.ts'
import { renderSseEvent } from '../http/sse.ts'
import { ANTHROPIC_PATHS } from './anthropic-paths.data.ts'
import { createCallReader } from './endpoints.ts'
import { errorHeaders } from './openai.ts'
import type { Provider, ProxyError } from './provider.ts'

const REQUEST_ID_HEADER = 'request-id'

const ERROR_TYPES: Readonly<Record<number, string>> = {
  400: 'invalid_request_error',
  401: 'authentication_error',
  402: 'billing_error',
  403: 'permission_error',
  404: 'not_found_error',
  413: 'request_too_large',
  429: 'rate_limit_error',
  504: 'timeout_error',
  529: 'overloaded_error'
}

/** Anthropic's API. */
export const anthropic: Provider = {
  name: 'anthropic',
  origin: 'https://api.anthropic.com',
  requestIdHeader: REQUEST_ID_HEADER,
  readCall: createCallReader({
    provider: 'anthropic',
    paths: ANTHROPIC_PATHS,
    endpoints: [
      { path: '/messages', tokenLimit: 'max_tokens' },
      { path: '/messages/count_tokens' },
      { path: '/messages/batches', tokenLimit: 'max_tokens', within: 'requests' },
      { path: '/complete', tokenLimit: 'max_tokens_to_sample' },
      // Anthropic answers OpenAI's own form too: https://docs.anthropic.com/en/api/openai-sdk
      { path: '/chat/completions', tokenLimit: 'max_tokens', alsoLimitedBy: ['max_completion_tokens'] }
    ],
    words:
      'models files content results cancel organizations users invites workspaces members api_keys usage_report skills versions'
  }),
  renderError(error, requestId) {
    return jsonResponse(error.status, errorBody(error, requestId), errorHeaders(error, REQUEST_ID_HEADER, requestId))
  },
  renderStreamError(error, requestId) {
    return renderSseEvent(JSON.stringify(errorBody(error, requestId)), 'error')
  }
}

/** `code` and `param` are ours: Anthropic's clients ignore them, people and logs read them. */
function errorBody({ status, message, code, param }: ProxyError, requestId: string): object {
  const type = ERROR_TYPES[status] ?? (status >= 500 ? 'api_error' : 'invalid_request_error')
  // Of a body without a message of its own, the client shows the whole as JSON: lines could not be read.
  const lines = message.includes('\n') ? { message } : {}
  return { type: 'error', error: { type, message, code, param }, request_id: requestId, ...lines }
}
