/** What an answer says of itself: its id, the model that gave it, and why it ended; none of its text. Pure. */
import { decodeBody } from '../http/body.ts'
import { getHeader, isJsonType, isSseType } from '../http/headers.ts'
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { toText } from '../http/message.ts'
import { readSseEvent, splitSse } from '../http/sse.ts'
import { wholeOf, type Exchange } from '../pipeline/exchange.ts'

export interface AnswerFacts {
  readonly id?: string
  /** As the provider names it: often longer than the request's. */
  readonly model?: string
  /** One for each choice, as far as it was told. */
  readonly finishReasons?: readonly string[]
}

type JsonObject = { readonly [key: string]: Json }

/** Most bytes of an answer that is looked into: larger ones hold images and the like. */
const MOST_BYTES = 1024 * 1024

/** Reads as much of an answer as was kept. */
export function readAnswerFacts(response: Exchange['response']): AnswerFacts {
  if (!response) return {}
  const contentType = getHeader(response.headers, 'content-type')
  if (!isJsonType(contentType) && !isSseType(contentType)) return {}
  const text = textOf(response)
  if (text === undefined) return {}
  const values = isSseType(contentType) ? eventsOf(text) : [tryParseJson(text)]
  const facts: AnswerFacts = {}
  for (const value of values.filter(isObject)) Object.assign(facts, factsOf(value))
  return facts
}

function textOf({ headers, body }: NonNullable<Exchange['response']>): string | undefined {
  try {
    return toText(decodeBody(wholeOf(body), getHeader(headers, 'content-encoding'), MOST_BYTES))
  } catch {
    // Compressed, and only its beginning was kept.
    return undefined
  }
}

/** The first event names model and id, the last ones say why it ended; of those between, only texts could be read. */
function eventsOf(text: string): (Json | undefined)[] {
  const blocks = splitSse(text).filter(
    (block, index) => index < 2 || /"(?:finish_reason|stop_reason)" ?: ?"|"response\.(?:completed|incomplete|failed)"/.test(block)
  )
  return blocks.map((block) => tryParseJson(readSseEvent(block).data ?? ''))
}

/** The Responses API and Anthropic's streams wrap the answer in an event. */
function factsOf(value: JsonObject): AnswerFacts {
  const answer = [value['response'], value['message']].find(isObject) ?? value
  const { id, model } = answer
  const reasons = finishReasons(answer) ?? finishReasons(value)
  return {
    ...(typeof id === 'string' ? { id } : {}),
    ...(typeof model === 'string' ? { model } : {}),
    ...(reasons ? { finishReasons: reasons } : {})
  }
}

function finishReasons({ choices, delta, stop_reason: own, object, status }: JsonObject): string[] | undefined {
  if (Array.isArray(choices)) return texts(choices.map((choice) => (isObject(choice) ? choice['finish_reason'] : undefined)))
  const stop = own ?? (isObject(delta) ? delta['stop_reason'] : undefined)
  return texts([stop, object === 'response' && status !== 'in_progress' ? status : undefined])
}

function texts(values: readonly (Json | undefined)[]): string[] | undefined {
  const found = values.filter((value) => typeof value === 'string')
  return found.length === 0 ? undefined : found
}
