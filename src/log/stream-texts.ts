/** The texts in an event stream: how long they are together, and which events a secret could be spread over. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { readSseEvent, splitSse } from '../http/sse.ts'
import { isStructuralField, maskTexts } from './mask-texts.ts'

/** What is told of an event stream whose texts are not logged. */
export interface StreamSummary {
  readonly events: number
  /** `[N characters]` of all deltas together. */
  readonly text: string
  /** Events that tell of an error, at most three. */
  readonly errors?: readonly Json[]
}

const MOST_ERRORS = 3

export function summariseStream(text: string): StreamSummary {
  let events = 0
  let characters = 0
  const errors: Json[] = []
  for (const block of splitSse(text)) {
    const { event, data } = readSseEvent(block)
    if (data === undefined) continue
    events += 1
    const json = tryParseJson(data)
    if (!isObject(json)) continue
    characters += deltaTexts(json).reduce((sum, delta) => sum + delta.length, 0)
    if (errors.length < MOST_ERRORS && (event === 'error' || tellsError(json))) errors.push(maskTexts(json, 'error'))
  }
  return { events, text: `[${characters} characters]`, ...(errors.length > 0 ? { errors } : {}) }
}

function tellsError(event: { readonly [key: string]: Json }): boolean {
  const answer = event['response']
  return event['type'] === 'error' || isObject(event['error']) || (isObject(answer) && isObject(answer['error']))
}

/** Only what is new in an event: later events of some streams repeat the whole text. */
function deltaTexts(event: { readonly [key: string]: Json }): string[] {
  const { delta, choices } = event
  const own = delta === undefined ? [] : textsOf(delta, 'delta')
  if (!Array.isArray(choices)) return own
  const chosen = choices.flatMap((choice: Json) => {
    return isObject(choice) ? [...textsOf(choice['delta'] ?? null, 'delta'), ...textsOf(choice['text'] ?? null, 'text')] : []
  })
  return [...own, ...chosen]
}

function textsOf(value: Json, key: string): string[] {
  if (typeof value === 'string') return isStructuralField(key, value) ? [] : [value]
  if (Array.isArray(value)) return value.flatMap((item: Json) => textsOf(item, key))
  return isObject(value) ? Object.entries(value).flatMap(([name, child]) => textsOf(child, name)) : []
}
