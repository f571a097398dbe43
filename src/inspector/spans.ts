/** Describes an exchange as a span, by OpenTelemetry's conventions for generative AI: redacted like the log, without any text of it. */
import { getHeader } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import type { Exchange } from '../pipeline/exchange.ts'
import type { ApiName } from '../providers/provider.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { readAnswerFacts } from './answer-facts.ts'
import { errorType, operationOf } from './labels.ts'

/** What a span tells. */
export interface SpanFacts {
  readonly name: string
  readonly attributes: Readonly<Record<string, string | number | boolean | string[]>>
  readonly failed: boolean
}

/** The span that the client made its request in. https://www.w3.org/TR/trace-context/ */
export interface TraceParent {
  readonly traceId: string
  readonly spanId: string
  readonly traceFlags: number
  readonly traceState: string | undefined
}

/** What describing takes. */
export interface SpanParts {
  readonly redaction: Pick<Redaction, 'text'>
  /** The address of each provider's upstream. */
  readonly upstreams: Readonly<Record<ApiName, string>>
}

/** Longer names are cut. */
const MOST_CHARACTERS = 200

/** https://github.com/open-telemetry/semantic-conventions-genai, client inference; what it has no name for is `openai_proxy.*`. */
export function describeSpan(exchange: Exchange, { redaction, upstreams }: SpanParts): SpanFacts {
  const show = (text: string | undefined): string | undefined => text && redaction.text(text).slice(0, MOST_CHARACTERS)
  const { call, request, response } = exchange
  const operation = call?.known ? operationOf(exchange) : undefined
  const model = show(call?.model)
  const error = errorType(exchange)
  return {
    name: operation === undefined ? request.method : [operation, model].filter(Boolean).join(' '),
    attributes: present({
      'gen_ai.operation.name': operation,
      'gen_ai.provider.name': exchange.provider,
      'gen_ai.request.model': model,
      'gen_ai.request.stream': call?.stream || undefined,
      'gen_ai.request.max_tokens': call?.tokenLimits.map(({ value }) => value).find((value) => typeof value === 'number'),
      ...answerAttributes(exchange, show),
      ...usageAttributes(exchange),
      'error.type': error || undefined,
      'http.response.status_code': response?.status,
      ...serverAttributes(exchange, upstreams),
      ...ownAttributes(exchange, show)
    }),
    failed: error !== ''
  }
}

/** Reads `traceparent` and `tracestate`; `undefined` where there is none that is right. */
export function readTraceParent(headers: HeaderList): TraceParent | undefined {
  const parts = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(?:-.*)?$/.exec(
    getHeader(headers, 'traceparent')?.trim() ?? ''
  )
  if (!parts) return undefined
  const [, traceId, spanId, flags] = parts as unknown as [string, string, string, string]
  return { traceId, spanId, traceFlags: parseInt(flags, 16) & 1, traceState: getHeader(headers, 'tracestate') }
}

type Show = (text: string | undefined) => string | undefined

/** What may become an attribute, or is left out. */
type Attributes = Record<string, SpanFacts['attributes'][string] | undefined>

function answerAttributes({ call, response, firstByteMs }: Exchange, show: Show): Attributes {
  if (!call?.isModelEndpoint) return {}
  const { id, model, finishReasons } = readAnswerFacts(response)
  return {
    'gen_ai.response.id': show(id),
    'gen_ai.response.model': show(model),
    'gen_ai.response.finish_reasons': finishReasons?.map((reason) => show(reason) ?? ''),
    'gen_ai.response.time_to_first_chunk': call.stream && firstByteMs !== undefined ? firstByteMs / 1000 : undefined
  }
}

function usageAttributes({ usage }: Exchange): Attributes {
  return {
    'gen_ai.usage.input_tokens': usage?.inputTokens,
    'gen_ai.usage.output_tokens': usage?.outputTokens,
    'gen_ai.usage.cache_read.input_tokens': usage?.cachedInputTokens,
    'gen_ai.usage.cache_write.input_tokens': usage?.cacheWriteInputTokens,
    'gen_ai.usage.reasoning.output_tokens': usage?.reasoningTokens,
    'gen_ai.usage.audio.input_tokens': usage?.audioInputTokens,
    'gen_ai.usage.audio.output_tokens': usage?.audioOutputTokens,
    'gen_ai.usage.image.input_tokens': usage?.imageInputTokens,
    'gen_ai.usage.image.output_tokens': usage?.imageOutputTokens
  }
}

/** Only where a server was called: a tape has no address. */
function serverAttributes({ source, outcome, provider }: Exchange, upstreams: SpanParts['upstreams']): Attributes {
  if (provider === 'generic' || (source !== 'upstream' && outcome !== 'broken')) return {}
  const { hostname, port, protocol } = new URL(upstreams[provider])
  return { 'server.address': hostname, 'server.port': Number(port) || (protocol === 'https:' ? 443 : 80) }
}

function ownAttributes(exchange: Exchange, show: Show): Attributes {
  const { call, verdict, cost, usage } = exchange
  return {
    'openai_proxy.exchange.id': exchange.id,
    'openai_proxy.endpoint': show(call?.endpoint),
    'openai_proxy.source': exchange.source,
    'openai_proxy.outcome': exchange.outcome,
    'openai_proxy.verdict': verdict.kind,
    'openai_proxy.rule': verdict.kind === 'block' ? verdict.rule : undefined,
    'openai_proxy.caller': exchange.caller,
    'openai_proxy.session': show(exchange.session),
    'openai_proxy.cassette': show(exchange.cassette),
    'openai_proxy.cost_usd': cost && cost.microUsd / 1_000_000,
    'openai_proxy.cost_complete': cost && cost.complete && !usage?.partial
  }
}

function present(attributes: Attributes): SpanFacts['attributes'] {
  const known = Object.entries(attributes).filter(([, value]) => value !== undefined && value !== '')
  return Object.fromEntries(known) as SpanFacts['attributes']
}
