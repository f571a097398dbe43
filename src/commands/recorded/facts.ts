/** What is worth knowing of an interaction at a glance: endpoint, model, tokens, cost. Pure. */
import type { Interaction } from '../../cassettes/interaction.ts'
import { getHeader, isJsonType, isSseType } from '../../http/headers.ts'
import { tryParseJson, type Json } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import { readSseEvent, splitSse } from '../../http/sse.ts'
import { priceOf, type Cost } from '../../metering/cost.ts'
import type { OwnPrice, PriceList } from '../../metering/prices.ts'
import { readStreamUsage, readUsage, type Usage } from '../../metering/usage.ts'
import type { ModelCall } from '../../providers/provider.ts'
import { readCall } from '../recorded-requests.ts'

/** Most bytes of a decoded body. Recorded bodies are decoded already. */
const NO_LIMIT = Number.MAX_SAFE_INTEGER

export interface Facts {
  /** `undefined` where the request cannot be read. */
  readonly call: ModelCall | undefined
  /** e.g. `POST /v1/chat/completions`, without its ids. */
  readonly endpoint: string
  readonly model: string | undefined
  /** Whether the answer is a stream of events. */
  readonly stream: boolean
  readonly status: number
  readonly usage: Usage | undefined
  /** By the prices of the day that is asked for. `undefined`: nobody knows. */
  readonly cost: Cost | undefined
  /** Milliseconds since 1970. */
  readonly at: number
}

export interface Prices {
  readonly list: PriceList
  /** The user's own, which count before those of the list. */
  readonly prices: readonly OwnPrice[] | undefined
}

/** @param day milliseconds since 1970, for the price. @default when it was recorded */
export function readFacts({ request, response, recorded }: Interaction, prices: Prices, day?: number): Facts {
  const call = tryCall(request)
  const at = Date.parse(recorded.at)
  const stream = isSseType(getHeader(response.headers, 'content-type'))
  const usage = usageOf(response, stream)
  const model = call?.model
  return {
    call,
    endpoint: call?.endpoint ?? `${request.method} ${new URL(request.url).pathname}`,
    model,
    stream,
    status: response.status,
    usage,
    cost:
      call && usage && model !== undefined
        ? priceOf({ ...prices, provider: call.provider, model, usage, at: day ?? at })
        : undefined,
    at
  }
}

function tryCall(request: Interaction['request']): ModelCall | undefined {
  try {
    return readCall(request, NO_LIMIT)
  } catch {
    return undefined
  }
}

function usageOf({ body }: Interaction['response'], stream: boolean): Usage | undefined {
  const text = toText(body)
  if (text === undefined) return undefined
  return stream ? readStreamUsage(eventData(text)) : readUsage(tryParseJson(text))
}

/** The data of a stream's events, in order. */
export function eventData(stream: string): string[] {
  return splitSse(stream).flatMap((block) => readSseEvent(block).data ?? [])
}

/** The JSON of a body, or `undefined` where it is none. */
export function jsonOf({ headers, body }: Pick<Interaction['request'], 'headers' | 'body'>): Json | undefined {
  const type = getHeader(headers, 'content-type')
  const text = type === undefined || isJsonType(type) ? toText(body) : undefined
  return text === undefined ? undefined : tryParseJson(text)
}
