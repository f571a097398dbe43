/** Makes one log entry of an exchange: a plain JSON object in which everything is redacted. Pure. */
import type { Json } from '../http/json.ts'
import type { HeaderList, HeaderPair } from '../http/message.ts'
import type { Cost } from '../metering/cost.ts'
import { withoutQuotes } from '../pipeline/cassette-miss.ts'
import type { Exchange, ExchangeUsage, ExchangeVerdict, Outcome, Source } from '../pipeline/exchange.ts'
import type { ProviderName, ProxyError } from '../providers/provider.ts'
import { RedactionError } from '../redaction/own-redactor.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { showBody } from './log-body.ts'

/** How much an exchange matters to whoever reads the log. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR'

/** What an entry holds. */
export interface EntryOptions {
  /** Whether the request's headers and body are in it. */
  readonly requests: boolean
  /** Whether the answer's headers and body are in it. */
  readonly responses: boolean
  /** Whether texts of prompts and completions are in it, or their lengths only. */
  readonly tokens: boolean
}

/** `proxy.exchanges` hides secrets, and nothing else. */
export const WHOLE_ENTRY: EntryOptions = { requests: true, responses: true, tokens: true }

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

/** What an exchange has cost. */
export interface LoggedCost {
  readonly usd: number
  /** `false`: a part of the usage has no known price; `missing` names it. */
  readonly complete: boolean
  /** Since when the price holds, where the list says so. */
  readonly priceDate?: string
  readonly missing?: readonly string[]
}

/** One exchange, as the log and `proxy.exchanges` show it. */
export interface LogEntry {
  /** When it was opened: ISO 8601, UTC. */
  readonly time: string
  readonly level: Severity
  /** Also the answer's `x-openai-proxy-id` header. */
  readonly id: string
  /** The cassette session of the base URL, where there is one. */
  readonly session?: string
  /** The cassette that it was looked for in, or is recorded in. */
  readonly cassette?: string
  readonly provider: ProviderName
  /** The name of the caller's token, where the proxy has tokens. */
  readonly caller?: string
  /** Without its ids: `POST /v1/chat/completions`. */
  readonly endpoint: string
  readonly model?: string
  readonly source: Source
  readonly verdict: ExchangeVerdict
  readonly outcome: Outcome
  /** Absent where the client left before an answer began. */
  readonly status?: number
  /** Milliseconds from opening to the first byte of the answer's body. */
  readonly firstByteMs?: number
  /** Milliseconds from opening to the end. */
  readonly durationMs: number
  readonly usage?: ExchangeUsage
  /** What it has cost, or would have cost where a tape answered. Absent: nobody knows. */
  readonly cost?: LoggedCost
  /** What struck it on purpose: `status 429 (seed 7)`. */
  readonly fault?: string
  /** Of a miss it names the nearest recording, by file and line. */
  readonly error?: Pick<ProxyError, 'status' | 'type' | 'code' | 'message' | 'param' | 'nearest'>
  readonly request: LoggedMessage & { readonly method: string; readonly path: string }
  readonly response?: LoggedMessage & { readonly status: number }
}

/** How an exchange is to be taken: `ERROR` broken or 5xx, `WARNING` refused, 4xx, or ended since the proxy was closed. */
export function severityOf({ outcome, response }: Pick<Exchange, 'outcome' | 'response'>): Severity {
  const status = response?.status ?? 0
  if (outcome === 'closed') return 'WARNING'
  if (outcome === 'broken' || status >= 500) return 'ERROR'
  return outcome === 'refused' || status >= 400 ? 'WARNING' : 'INFO'
}

/** Where it cannot be made clean, an entry without any text: what happened is not lost, and no secret is kept. */
export function toLogEntry(exchange: Exchange, redaction: Redaction, options: EntryOptions): LogEntry {
  try {
    return cleanEntry(exchange, redaction, options)
  } catch (error) {
    if (error instanceof RedactionError) return withheldEntry(exchange, error)
    throw error
  }
}

const WITHHELD = '[withheld]'

function withheldEntry(exchange: Exchange, { code, message }: RedactionError): LogEntry {
  const { id, provider, source, outcome, verdict, request, response, usage, cost } = exchange
  return {
    time: new Date(exchange.openedAt).toISOString(),
    level: 'ERROR',
    id,
    provider,
    endpoint: WITHHELD,
    source,
    verdict: {
      ...verdict,
      ...('message' in verdict ? { message: WITHHELD } : {}),
      ...('changes' in verdict ? { changes: [] } : {})
    },
    outcome,
    ...(response ? { status: response.status } : {}),
    durationMs: roundMs(exchange.durationMs),
    ...(usage ? { usage } : {}),
    ...(cost ? { cost: showCost(cost) } : {}),
    error: { status: 500, type: 'proxy_error', code, message, param: null },
    request: { method: request.method, path: WITHHELD },
    ...(response ? { response: { status: response.status } } : {})
  }
}

function cleanEntry(exchange: Exchange, redaction: Redaction, options: EntryOptions): LogEntry {
  const { session, call, response, firstByteMs, usage } = exchange
  const path = redaction.url(exchange.path)
  const error = showError(exchange, redaction, options)
  return {
    time: new Date(exchange.openedAt).toISOString(),
    level: severityOf(exchange),
    id: exchange.id,
    ...(session === '' ? {} : { session: redaction.text(session) }),
    ...(exchange.cassette === undefined ? {} : { cassette: redaction.text(exchange.cassette) }),
    provider: exchange.provider,
    ...(exchange.caller === undefined ? {} : { caller: exchange.caller }),
    endpoint: call ? redaction.text(call.endpoint) : `${exchange.request.method} ${path.split('?', 1)[0]}`,
    ...(call?.model === undefined ? {} : { model: shorten(redaction.text(call.model)) }),
    source: exchange.source,
    verdict: showVerdict(exchange.verdict, redaction),
    outcome: exchange.outcome,
    ...(response ? { status: response.status } : {}),
    ...(firstByteMs === undefined ? {} : { firstByteMs: roundMs(firstByteMs) }),
    durationMs: roundMs(exchange.durationMs),
    ...(usage ? { usage } : {}),
    ...(exchange.cost ? { cost: showCost(exchange.cost) } : {}),
    ...(exchange.fault === undefined ? {} : { fault: exchange.fault }),
    ...(error ? { error } : {}),
    request: { method: exchange.request.method, path, ...showRequest(exchange, redaction, options) },
    ...(response ? { response: { status: response.status, ...showResponse(exchange, redaction, options) } } : {})
  }
}

function showCost({ microUsd, ...rest }: Cost): LoggedCost {
  return { usd: microUsd / 1_000_000, ...rest }
}

function showRequest({ request }: Exchange, redaction: Redaction, { requests, tokens }: EntryOptions): LoggedMessage {
  if (!requests) return {}
  const { headers, body: bytes } = request
  const shown = showBody({ headers, bytes, size: bytes.byteLength, answer: 'none' }, { redaction, tokens })
  return { headers: showHeaders(headers, redaction), ...shown }
}

function showResponse(
  { id, response, error }: Exchange,
  redaction: Redaction,
  { responses, tokens }: EntryOptions
): LoggedMessage {
  if (!responses || !response) return {}
  const { headers, status, body } = response
  const bytes = Buffer.concat(body.chunks.map((chunk) => chunk.bytes))
  const own = headers.filter((pair) => isOwnMark(pair, id))
  const others = own.length === 0 ? headers : headers.filter((pair) => !own.includes(pair))
  const shown = { headers: { ...showHeaders(others, redaction), ...Object.fromEntries(own) } }
  // The proxy's own miss quotes what the client said: `error` has it, with its texts as the settings want them.
  if (error?.code === 'cassette_miss' && !tokens) return shown
  return {
    ...shown,
    ...showBody({ headers, bytes, size: body.size, answer: status >= 400 ? 'error' : 'good' }, { redaction, tokens })
  }
}

/** What the proxy itself tells in headers, new in each answer: it is no secret, and would be looked at the longest (an id is hex). */
function isOwnMark([name, value]: HeaderPair, id: string): boolean {
  return name === 'x-openai-proxy-id' ? value === id : OWN_NUMBERS.test(`${name}: ${value}`)
}

const OWN_NUMBERS = /^x-openai-proxy-ratelimit-(?:limit|remaining|reset)-[a-z]+: \d{1,16}(?:\.\d{1,3})?s?$/

function showHeaders(headers: HeaderList, redaction: Redaction): LoggedHeaders {
  const shown = new Map<string, string | string[]>()
  for (const [name, value] of redaction.headers(headers, 'log')) {
    const key = name.toLowerCase()
    const before = shown.get(key)
    shown.set(key, before === undefined ? value : [before, value].flat())
  }
  return Object.fromEntries(shown)
}

function showVerdict(verdict: ExchangeVerdict, redaction: Redaction): ExchangeVerdict {
  switch (verdict.kind) {
    case 'allow':
      return verdict
    case 'rewrite':
      return { ...verdict, changes: verdict.changes.map((change) => redaction.text(change)) }
    case 'block':
      return { ...verdict, message: redaction.text(verdict.message) }
  }
}

function showError({ error }: Exchange, redaction: Redaction, { tokens }: EntryOptions): LogEntry['error'] {
  if (!error) return undefined
  const { status, type, code, param, nearest } = error
  const message = error.code === 'cassette_miss' && !tokens ? withoutQuotes(error.message) : error.message
  return {
    status,
    type,
    code,
    message: redaction.text(message),
    param: param === null ? null : redaction.text(param),
    ...(nearest === undefined ? {} : { nearest: redaction.text(nearest) })
  }
}

function shorten(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text
}

/** To a tenth: more digits are noise. */
function roundMs(ms: number): number {
  return Math.round(ms * 10) / 10
}
