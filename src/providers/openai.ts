/** OpenAI: its endpoints, its errors, its in-stream error. Source: OpenAI's OpenAPI description, 2026-08-21. */
import { jsonResponse, type HeaderList } from '../http/message.ts'
import { renderSseEvent } from '../http/sse.ts'
import { createCallReader } from './endpoints.ts'
import { OPENAI_PATHS } from './openai-paths.data.ts'
import type { Provider, ProxyError } from './provider.ts'

const REQUEST_ID_HEADER = 'x-request-id'

/** OpenAI's API, and every API that speaks like it. */
export const openai: Provider = {
  name: 'openai',
  origin: 'https://api.openai.com',
  requestIdHeader: REQUEST_ID_HEADER,
  readCall: createCallReader({
    provider: 'openai',
    paths: OPENAI_PATHS,
    endpoints: [
      { path: '/chat/completions', tokenLimit: 'max_completion_tokens', alsoLimitedBy: ['max_tokens'] },
      { path: '/responses', tokenLimit: 'max_output_tokens' },
      { path: '/responses/compact' },
      { path: '/responses/input_tokens' },
      { path: '/completions', tokenLimit: 'max_tokens' },
      { path: '/embeddings' },
      { path: '/moderations' },
      { path: '/images/generations' },
      { path: '/images/edits' },
      { path: '/images/variations' },
      { path: '/audio/speech' },
      { path: '/audio/transcriptions' },
      { path: '/audio/translations' },
      { path: '/videos' },
      { path: '/videos/edits' },
      { path: '/videos/extensions' },
      { path: '/videos/{id}/remix' },
      { path: '/fine_tuning/jobs' },
      { path: '/assistants' },
      { path: '/threads/runs', tokenLimit: 'max_completion_tokens' },
      { path: '/threads/{id}/runs', tokenLimit: 'max_completion_tokens' },
      { path: '/realtime/sessions', tokenLimit: 'max_response_output_tokens', alsoLimitedBy: ['max_output_tokens'] },
      { path: '/realtime/transcription_sessions' },
      { path: '/realtime/client_secrets', tokenLimit: 'max_output_tokens', within: 'session' },
      { path: '/realtime/translations/client_secrets' },
      { path: '/realtime/calls' },
      { path: '/realtime/calls/{id}/accept', tokenLimit: 'max_output_tokens' },
      { path: '/chatkit/sessions' }
    ],
    words:
      'models files content batches cancel uploads parts complete vector_stores file_batches search messages steps ' +
      'submit_tool_outputs events checkpoints permissions pause resume input_items conversations items containers evals runs ' +
      'output_items organization usage costs projects users invites admin_api_keys audit_logs certificates service_accounts ' +
      'api_keys rate_limits realtime calls accept hangup refer reject remix deployments engines edits chatkit sessions threads ' +
      'chat audio images voices voice_consents skills versions prompts alpha graders run validate characters activate deactivate archive ' +
      'data_retention groups roles hosted_tool_permissions model_permissions spend_alerts spend_limit audio_speeches ' +
      'audio_transcriptions code_interpreter_sessions file_search_calls web_search_calls content_provenance_checks ' +
      'traces ingest'
  }),
  renderError(error, requestId) {
    const { message, type, param, code } = error
    return jsonResponse(
      error.status,
      { error: { message, type, param, code } },
      errorHeaders(error, REQUEST_ID_HEADER, requestId)
    )
  },
  renderStreamError({ message, type, param, code }) {
    return renderSseEvent(JSON.stringify({ error: { message, type, param, code } }))
  }
}

/** The id of the answer, and whether and when to try again; both SDKs obey them. */
export function errorHeaders(error: ProxyError, idHeader: string, requestId: string): HeaderList {
  const wait = error.retryAfterMs
  return [
    [idHeader, requestId],
    ...(error.retry ? [] : [['x-should-retry', 'false'] as const]),
    ...(wait === undefined
      ? []
      : [['retry-after', String(Math.ceil(wait / 1000))] as const, ['retry-after-ms', String(Math.ceil(wait))] as const])
  ]
}
