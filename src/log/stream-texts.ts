/** The texts in an event stream: how long they are together, and which events a secret could be spread over. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { readSseEvent, splitSse } from '../http/sse.ts'
import { createLru } from '../http/lru.ts'
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

/** Characters of the streams whose summaries are remembered: a recorded one is played again and again. */
const MOST_REMEMBERED = 2 * 1024 * 1024

const summaries = createLru<string, StreamSummary>(MOST_REMEMBERED)

export function summariseStream(text: string): StreamSummary {
  const known = summaries.get(text)
  if (known) return known
  const summary = readStream(text)
  if (text.length < MOST_REMEMBERED / 8) summaries.set(text, summary, text.length)
  return summary
}

function readStream(text: string): StreamSummary {
  let events = 0
  let characters = 0
  const errors: Json[] = []
  for (const block of splitSse(text)) {
    const { event, data } = readSseEvent(block)
    if (data === undefined) continue
    events += 1
    const json = tryParseJson(data)
    if (!isObject(json)) continue
    characters += deltaCharacters(json)
    if (errors.length < MOST_ERRORS && (event === 'error' || tellsError(json))) errors.push(maskTexts(json, 'error'))
  }
  return { events, text: `[${characters} characters]`, ...(errors.length > 0 ? { errors } : {}) }
}

function tellsError(event: { readonly [key: string]: Json }): boolean {
  const answer = event['response']
  return event['type'] === 'error' || isObject(event['error']) || (isObject(answer) && isObject(answer['error']))
}

/** Only what is new in an event: later events of some streams repeat the whole text. */
function deltaCharacters({ delta, choices }: { readonly [key: string]: Json }): number {
  let characters = delta === undefined ? 0 : charactersOf(delta, 'delta')
  if (!Array.isArray(choices)) return characters
  for (const choice of choices as readonly Json[]) {
    if (!isObject(choice)) continue
    characters += charactersOf(choice['delta'] ?? null, 'delta') + charactersOf(choice['text'] ?? null, 'text')
  }
  return characters
}

/** How long the texts in a value are together. */
function charactersOf(value: Json, key: string): number {
  if (typeof value === 'string') return isStructuralField(key, value) ? 0 : value.length
  let characters = 0
  if (Array.isArray(value)) for (const item of value as readonly Json[]) characters += charactersOf(item, key)
  else if (isObject(value)) for (const name of Object.keys(value)) characters += charactersOf(value[name]!, name)
  return characters
}
