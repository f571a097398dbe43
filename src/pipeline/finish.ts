/** Makes the finished exchange of an open one: what was said, used and paid. */
import { decodeBody } from '../http/body.ts'
import { getHeader, isJsonType } from '../http/headers.ts'
import { tryParseJson } from '../http/json.ts'
import { EMPTY, toText, type HttpResponse } from '../http/message.ts'
import { TOKEN_BYTES_USUAL } from '../metering/stream-output.ts'
import { readUsage, USAGE_MARK } from '../metering/usage.ts'
import type { ProxyError } from '../providers/provider.ts'
import type { Capture } from './capture.ts'
import {
  wholeOf,
  type CapturedBody,
  type Exchange,
  type ExchangeUsage,
  type Outcome,
  type ParsedBodies,
  type Source
} from './exchange.ts'
import type { OpenExchange } from './open-exchange.ts'

/** Most bytes of a JSON answer that are decoded to read its usage. */
const MAX_USAGE_BYTES = 64 * 1024 * 1024

/** How an exchange ended. */
export interface Ending {
  readonly source: Source
  readonly outcome: Outcome
  readonly error: ProxyError | undefined
  readonly response?: HttpResponse
  readonly capture?: Capture
  readonly firstByteMs?: number | undefined
}

/** @param elapsed the clock's, now */
export function finish(exchange: OpenExchange, ending: Ending, elapsed: number): Exchange {
  const { id, openedAt, session, request, provider, caller, path, call, verdict, startedAt } = exchange
  const { source, outcome, error, response, capture, firstByteMs } = ending
  const body = capture?.body() ?? wholeBody(response)
  const read = exchange.usageTold === undefined && response ? readAnswer(response, body) : undefined
  const told = exchange.usageTold ?? capture?.streamUsage() ?? readUsage(read?.value)
  exchange.usageTold = told
  const usage: ExchangeUsage | undefined = outcome === 'complete' ? told : partUsed(exchange, ending)
  const cost = exchange.spending?.costOf(call, usage, openedAt)
  exchange.cost = cost && usage?.partial ? { ...cost, complete: false, missing: [...(cost.missing ?? []), EARLY_END] } : cost
  return {
    id,
    openedAt,
    session,
    request,
    provider,
    caller,
    path,
    call,
    verdict,
    source,
    outcome,
    error,
    response: response && {
      status: response.status,
      headers: response.headers,
      body,
      trailers: response.trailers?.() ?? [],
      interim: exchange.interim
    },
    firstByteMs,
    durationMs: elapsed - startedAt,
    usage,
    cost: exchange.cost,
    fault: exchange.faults.length === 0 ? undefined : exchange.faults.join(', '),
    cassette: exchange.cassette,
    parsed: { request: exchange.read?.content, response: read }
  }
}

/** What is missing in the cost of an answer that ended early. */
const EARLY_END = 'what was used after its early end'

/** What a call has used that ended early: what was told, and what the text that came amounts to. */
function partUsed(exchange: OpenExchange, { source, response, capture }: Ending): ExchangeUsage | undefined {
  const { call, usageTold: told } = exchange
  const said =
    source === 'upstream' && (response?.status ?? 0) < 400 && call?.isModelEndpoint ? capture?.streamOutput() : undefined
  if (said === undefined) return told && { ...told, partial: true }
  const asked = call!.texts.reduce((sum, { text }) => sum + Buffer.byteLength(text), 0)
  const outputTokens = Math.ceil(said / TOKEN_BYTES_USUAL)
  const isTold = told?.inputTokens !== undefined && (told.outputTokens ?? 0) >= outputTokens
  if (isTold) return { ...told, partial: true }
  const inputTokens = told?.inputTokens ?? Math.ceil(asked / TOKEN_BYTES_USUAL)
  return { ...told, inputTokens, outputTokens: Math.max(outputTokens, told?.outputTokens ?? 0), partial: true, estimated: true }
}

function wholeBody(response: HttpResponse | undefined): CapturedBody {
  const bytes = response?.body instanceof Uint8Array ? response.body : EMPTY
  return { chunks: [{ at: 0, bytes }], size: bytes.byteLength, truncated: false }
}

/** A JSON answer that tells its usage. */
function readAnswer({ headers }: HttpResponse, body: CapturedBody): ParsedBodies['response'] {
  if (body.truncated || !isJsonType(getHeader(headers, 'content-type'))) return undefined
  try {
    const text = toText(decodeBody(wholeOf(body), getHeader(headers, 'content-encoding'), MAX_USAGE_BYTES))
    return text?.includes(USAGE_MARK) ? { text, value: tryParseJson(text) } : undefined
  } catch {
    // An answer that cannot be decoded tells no usage; it has been passed on as it came.
    return undefined
  }
}

/** Settles what was reserved: by what was used, by nothing where nothing was, and never by less than reserved where nobody can tell. */
export async function settleSpending({ id, spending, held, call, usageTold }: OpenExchange, finished: Exchange): Promise<void> {
  if (!spending || !held) return
  if (wasFree(finished)) return spending.settle(id, held, 'nothing')
  // An estimate settles nothing: only what was told counts.
  const { usage, openedAt } = finished
  const cost = usage?.estimated ? spending.costOf(call, usageTold, openedAt) : finished.cost
  await spending.settle(id, held, { usage: usageTold, cost, isWhole: !usage?.partial })
}

/** Providers charge nothing for what they refused, or never saw. */
function wasFree({ source, outcome, error, response }: Exchange): boolean {
  if (source === 'upstream') return (response?.status ?? 0) >= 400
  return outcome === 'refused' || error?.code === 'upstream_refused' || error?.code === 'upstream_forbidden'
}
