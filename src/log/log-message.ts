/** Shows a message as the log keeps it: its headers by name, and its body. */
import { byName } from '../http/by-name.ts'
import type { Json } from '../http/json.ts'
import type { HeaderList, HeaderPair } from '../http/message.ts'
import { wholeOf, type Exchange } from '../pipeline/exchange.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { MOST_READ, showBody, type PassedBody } from './log-body.ts'

/** What an entry holds. */
export interface EntryOptions {
  /** Whether the request's headers and body are in it. */
  readonly requests: boolean
  /** Whether the answer's headers and body are in it. */
  readonly responses: boolean
  /** Whether texts of prompts and completions are in it, or their lengths only. */
  readonly tokens: boolean
}

/** Headers by lower-case name; a list where a name stands more than once. */
export type LoggedHeaders = Readonly<Record<string, string | readonly string[]>>

/** A message's headers and body, where they are logged. */
export interface LoggedMessage {
  readonly headers?: LoggedHeaders
  /** JSON as JSON, text as text, anything else by its size and type. */
  readonly body?: Json
  /** Whether `body` is only the beginning. */
  readonly truncated?: true
}

/** The request of an exchange, as far as the log has it. */
export function showRequest({ request, parsed }: Exchange, redaction: Redaction, options: EntryOptions): LoggedMessage {
  if (!options.requests) return {}
  const { headers, body: bytes } = request
  const read = parsed?.request?.kind === 'json' ? parsed.request : undefined
  const json = read && { text: read.text, value: read.value, isStrict: true }
  return showMessage({ headers, bytes, size: bytes.byteLength, answer: 'none', json }, redaction, options)
}

/** Its answer. */
export function showResponse(
  { id, response, error, parsed }: Exchange,
  redaction: Redaction,
  options: EntryOptions
): LoggedMessage {
  if (!options.responses || !response) return {}
  const { headers, status, body } = response
  // The proxy's own miss quotes what the client said: `error` has it, with its texts as the settings want them.
  if (error?.code === 'cassette_miss' && !options.tokens) return { headers: showHeaders(headers, redaction, id) }
  // Of more than it looks into, the log shows the size alone.
  const answer = status >= 400 ? 'error' : 'good'
  const passed = { headers, bytes: wholeOf(body, MOST_READ + 1), size: body.size, answer, json: parsed?.response } as const
  return showMessage(passed, redaction, options, id)
}

/** @param id of the exchange, where the message is its answer */
function showMessage(passed: PassedBody, redaction: Redaction, { tokens }: EntryOptions, id?: string): LoggedMessage {
  const headers = showHeaders(passed.headers, redaction, id)
  const shown = showBody(passed, { redaction, tokens })
  if (!shown) return { headers }
  return shown.truncated ? { headers, body: shown.body, truncated: true } : { headers, body: shown.body }
}

/** What the proxy itself tells in headers, new in each answer: it is no secret, and would be looked at the longest (an id is hex). */
function isOwnMark([name, value]: HeaderPair, id: string | undefined): boolean {
  if (id === undefined || !name.startsWith('x-openai-proxy-')) return false
  return name === 'x-openai-proxy-id' ? value === id : OWN_RATE.test(name) && OWN_NUMBER.test(value)
}

const OWN_RATE = /^x-openai-proxy-ratelimit-(?:limit|remaining|reset)-[a-z]+$/
const OWN_NUMBER = /^\d{1,16}(?:\.\d{1,3})?s?$/

/** In their order, but for the proxy's own marks, which come last. */
function showHeaders(headers: HeaderList, redaction: Redaction, id?: string): LoggedHeaders {
  const own = headers.filter((pair) => isOwnMark(pair, id))
  const others = own.length === 0 ? headers : headers.filter((pair) => !own.includes(pair))
  const shown: Record<string, string | string[]> = {}
  for (const [name, value] of redaction.headers(others, 'log')) addHeader(shown, lowerCase(name), value)
  for (const [name, value] of own) addHeader(shown, name, value)
  return shown
}

const lowerCase = byName((name: string) => name.toLowerCase())

function addHeader(shown: Record<string, string | string[]>, name: string, value: string): void {
  // As a field it would be no field.
  if (name === '__proto__') Object.defineProperty(shown, name, { value, enumerable: true, configurable: true, writable: true })
  else shown[name] = Object.hasOwn(shown, name) ? [shown[name]!, value].flat() : value
}
