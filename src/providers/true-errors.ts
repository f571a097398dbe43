/** Errors as the APIs themselves answer them, for faults: whole answers, and the event that fails a stream. */
import { toBytes, type HttpResponse } from '../http/message.ts'
import { renderSseEvent } from '../http/sse.ts'
import type { ProviderName } from './provider.ts'
import {
  ANTHROPIC_ERRORS,
  ANTHROPIC_STREAM_ERRORS,
  GENERIC_ERRORS,
  OPENAI_ERRORS,
  OPENAI_STREAM_ERRORS,
  type StreamError,
  type TrueError
} from './true-errors.data.ts'

/** What differs from one error to the next. */
export interface ErrorFacts {
  /** As the request names it. */
  readonly model: string | undefined
  /** Seconds until a retry can succeed. */
  readonly retryAfter: number
  /** Milliseconds since 1970. */
  readonly now: number
  /** From 0 to below 1. */
  readonly random: () => number
}

const ERRORS: Readonly<Record<ProviderName, readonly TrueError[]>> = {
  openai: OPENAI_ERRORS,
  anthropic: ANTHROPIC_ERRORS,
  generic: GENERIC_ERRORS
}

const STREAM_ERRORS: Readonly<Record<ProviderName, readonly StreamError[]>> = {
  openai: OPENAI_STREAM_ERRORS,
  anthropic: ANTHROPIC_STREAM_ERRORS,
  generic: OPENAI_STREAM_ERRORS
}

/**
 * The answer of an API that fails so.
 * @param code tells several errors of one status apart; one that the API does not have is as good as none
 */
export function renderTrueError(
  provider: ProviderName,
  { status, code }: { readonly status: number; readonly code?: string | undefined },
  facts: ErrorFacts
): HttpResponse {
  const known = ERRORS[provider].filter((error) => error.status === status)
  const error = known.find((one) => one.code === code) ?? known[0] ?? likeOthers(provider, status)
  const fill = createFill(provider, facts)
  const body = toBytes(error.body.replace(PLACEHOLDER, (_, name: string) => JSON.stringify(fill(name)).slice(1, -1)))
  const headers = error.headers.map(
    ([name, value]) => [name, value.replace(PLACEHOLDER, (_, word: string) => fill(word))] as const
  )
  return { status, headers: [...headers, ['content-length', String(body.byteLength)]], body }
}

/** A status that the list does not have has the headers and the form of a 500. */
function likeOthers(provider: ProviderName, status: number): TrueError {
  const { headers } = ERRORS[provider].find((error) => error.status === 500)!
  const kind = status >= 500 ? ['server_error', 'api_error'] : ['invalid_request_error', 'invalid_request_error']
  const message = `The request failed with status ${status}.`
  const body =
    provider === 'anthropic'
      ? { type: 'error', error: { type: kind[1], message }, request_id: '{id}' }
      : { error: { message, type: kind[0], param: null, code: null } }
  const isFinal = status < 500 && status !== 408 && status !== 409
  return {
    status,
    headers: isFinal ? headers.map(([name, value]) => [name, name === 'x-should-retry' ? 'false' : value] as const) : headers,
    body: JSON.stringify(body)
  }
}

const PLACEHOLDER = /\{(id|ray|date|took|seconds|ms|wait|now|reset|model|organization)\}/g

function createFill(provider: ProviderName, { model, retryAfter, now, random }: ErrorFacts): (name: string) => string {
  const letters = (count: number, alphabet: string): string =>
    Array.from({ length: count }, () => alphabet[Math.floor(random() * alphabet.length)]).join('')
  const iso = (time: number): string => `${new Date(time).toISOString().slice(0, 19)}Z`
  const values: Readonly<Record<string, string>> = {
    id: provider === 'anthropic' ? `req_011C${letters(20, BASE58)}` : `req_${letters(32, HEX)}`,
    ray: `${letters(16, HEX)}-LHR`,
    organization: letters(24, BASE58),
    took: String(5 + Math.floor(random() * 400)),
    date: new Date(now).toUTCString(),
    seconds: String(Math.ceil(retryAfter)),
    ms: String(Math.ceil(retryAfter * 1000)),
    wait: retryAfter < 1 ? `${Math.ceil(retryAfter * 1000)}ms` : `${retryAfter}s`,
    now: iso(now),
    reset: iso(now + retryAfter * 1000),
    model: model ?? 'this model'
  }
  return (name) => values[name]!
}

const HEX = '0123456789abcdef'
const BASE58 = '123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz'

/**
 * The event that fails a stream.
 * @param type the API's name of the error; `undefined`: its usual one
 * @param stream the endpoint, and how many events came before
 */
export function renderTrueStreamError(
  provider: ProviderName,
  type: string | undefined,
  stream: { readonly endpoint: string; readonly events: number }
): string {
  const known = STREAM_ERRORS[provider]
  const error = known.find((one) => one.type === (type ?? known[0]!.type)) ?? { type: type!, code: null, message: type! }
  const { code, message } = error
  if (provider === 'anthropic') {
    return renderSseEvent(JSON.stringify({ type: 'error', error: { type: error.type, message } }), 'error')
  }
  const body = { type: error.type, code, message, param: null }
  if (stream.endpoint.startsWith('POST /v1/threads/')) return renderSseEvent(JSON.stringify({ error: body }), 'error')
  if (!/ \/v1\/responses(?:\/|$)/.test(stream.endpoint)) return renderSseEvent(JSON.stringify({ error: body }))
  return renderSseEvent(JSON.stringify({ type: 'error', sequence_number: stream.events, error: body }), 'error')
}
