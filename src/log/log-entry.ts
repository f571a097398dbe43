/** Makes one log entry of an exchange: a plain JSON object in which everything is redacted. Pure. */
import type { Cost } from '../metering/cost.ts'
import { withoutQuotes } from '../pipeline/cassette-miss.ts'
import type { Exchange, ExchangeUsage, ExchangeVerdict, Outcome, Source } from '../pipeline/exchange.ts'
import type { ProviderName, ProxyError } from '../providers/provider.ts'
import { RedactionError } from '../redaction/own-redactor.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { showRequest, showResponse, type EntryOptions, type LoggedMessage } from './log-message.ts'

/** How much an exchange matters to whoever reads the log. */
export type Severity = 'INFO' | 'WARNING' | 'ERROR'

/** `proxy.exchanges` hides secrets, and nothing else. */
export const WHOLE_ENTRY: EntryOptions = { requests: true, responses: true, tokens: true }

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

/** Field by field, in the order in which it is written: an object put together from many takes far longer. */
function cleanEntry(exchange: Exchange, redaction: Redaction, options: EntryOptions): LogEntry {
  const { session, cassette, caller, call, response, firstByteMs, usage, cost, fault } = exchange
  const path = redaction.url(exchange.path)
  const entry: Partial<Mutable<LogEntry>> = {
    time: new Date(exchange.openedAt).toISOString(),
    level: severityOf(exchange),
    id: exchange.id
  }
  if (session !== '') entry.session = redaction.text(session)
  if (cassette !== undefined) entry.cassette = redaction.text(cassette)
  entry.provider = exchange.provider
  if (caller !== undefined) entry.caller = caller
  entry.endpoint = call ? redaction.text(call.endpoint) : `${exchange.request.method} ${path.split('?', 1)[0]}`
  if (call?.model !== undefined) entry.model = shorten(redaction.text(call.model))
  entry.source = exchange.source
  entry.verdict = showVerdict(exchange.verdict, redaction)
  entry.outcome = exchange.outcome
  if (response) entry.status = response.status
  if (firstByteMs !== undefined) entry.firstByteMs = roundMs(firstByteMs)
  entry.durationMs = roundMs(exchange.durationMs)
  if (usage) entry.usage = usage
  if (cost) entry.cost = showCost(cost)
  if (fault !== undefined) entry.fault = fault
  const error = showError(exchange, redaction, options)
  if (error) entry.error = error
  entry.request = { method: exchange.request.method, path, ...showRequest(exchange, redaction, options) }
  if (response) entry.response = { status: response.status, ...showResponse(exchange, redaction, options) }
  return entry as LogEntry
}

type Mutable<T> = { -readonly [Field in keyof T]: T[Field] }

function showCost({ microUsd, ...rest }: Cost): LoggedCost {
  return { usd: microUsd / 1_000_000, ...rest }
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
