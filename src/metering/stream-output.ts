/** Measures what a model says in a stream, from the events themselves: less than it has said, never more. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { readSseEvent } from '../http/sse.ts'

/**
 * Most bytes of text that one token stands for, with room to spare: the longest token of o200k_base, cl100k_base, p50k_base and GPT-2 has
 * 128 (spaces). Most tokens have three or four.
 */
export const TOKEN_BYTES_BOUND = 256

/** Bytes of text that a token has on average: for estimates, never for refusals. https://platform.openai.com/tokenizer */
export const TOKEN_BYTES_USUAL = 4

/** Fields of a chat delta that the model has said word for word. */
const CHAT_FIELDS = ['content', 'refusal', 'reasoning_content']

/** Events of the Responses API whose `delta` the model has said word for word. Summaries, audio and results of tools are none. */
const RESPONSE_EVENTS = new Set([
  'response.output_text.delta',
  'response.refusal.delta',
  'response.reasoning_text.delta',
  'response.function_call_arguments.delta',
  'response.custom_tool_call_input.delta'
])

/**
 * Bytes of text in one event's data that the model has said in tokens of its own: chat, completions, Responses and Anthropic's messages.
 * What may not be the model's own words counts nothing: sound, images, signatures, summaries, citations, an event that repeats the whole.
 */
export function outputBytes(data: string): number {
  return textsOf(data).reduce((bytes, text) => bytes + Buffer.byteLength(text), 0)
}

/** Nearly all events of a stream differ from the one before in one text alone: what stands around it is known then. */
interface Alike {
  /** Up to the text's opening quote, and from its closing one on. */
  readonly start: string
  readonly end: string
}

/**
 * The same of one event after the other, mostly without parsing it.
 * @param read is told the data of every event that had to be parsed: one that is not told of is like one before it, but for its text
 * @returns counts the next event's block, read as Latin-1: a character for each byte
 */
export function createOutputCounter(read: (data: string) => void): (block: string) => number {
  let alike: Alike | undefined
  return (block) => {
    const text = alike && textBetween(block, alike)
    if (text !== undefined) return text.length
    const data = dataOf(block)
    const texts = textsOf(data)
    alike = texts.length === 1 ? aroundText(block, texts[0]!) : undefined
    read(data)
    return texts.reduce((bytes, one) => bytes + Buffer.byteLength(one), 0)
  }
}

function dataOf(block: string): string {
  return Buffer.from(readSseEvent(block).data ?? '', 'latin1').toString()
}

/** A text without quotes and escapes is all that stands between, so it is the same field of the same event. */
function textBetween(block: string, { start, end }: Alike): string | undefined {
  const [from, to] = [start.length, block.length - end.length]
  // Compared as wholes: `startsWith` looks at one character after the other, several times as long.
  if (from > to || block.slice(0, from) !== start || block.slice(to) !== end) return undefined
  const text = block.slice(from, to)
  return NOT_PLAIN.test(text) ? undefined : text
}

// eslint-disable-next-line no-control-regex -- they stand in no string of JSON
const NOT_PLAIN = /["\\\0-\x1f]/

/** `undefined` where the text is written in another way, or what looks like it stands elsewhere: another text in its place tells. */
function aroundText(block: string, text: string): Alike | undefined {
  const written = Buffer.from(JSON.stringify(text)).toString('latin1')
  const at = block.indexOf(written)
  if (at === -1) return undefined
  const [start, end] = [block.slice(0, at + 1), block.slice(at + written.length - 1)]
  const other = 'x'.repeat(text.length + 1)
  const [found, ...more] = textsOf(dataOf(start + other + end))
  return found === other && more.length === 0 ? { start, end } : undefined
}

function textsOf(data: string): string[] {
  const event = tryParseJson(data)
  if (!isObject(event)) return []
  if (Array.isArray(event['choices'])) return event['choices'].flatMap(textsOfChoice)
  const { type, delta } = event
  if (type === 'content_block_delta' && isObject(delta)) return said(delta['text'], delta['partial_json'])
  return typeof type === 'string' && RESPONSE_EVENTS.has(type) ? said(delta) : []
}

function textsOfChoice(choice: Json): string[] {
  if (!isObject(choice)) return []
  const { text, delta } = choice
  if (!isObject(delta)) return said(text)
  const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : []
  const made = [...calls.map((call: Json) => (isObject(call) ? call['function'] : undefined)), delta['function_call']]
  const ofCalls = made.map((one) => (isObject(one) ? one['arguments'] : undefined))
  return said(...CHAT_FIELDS.map((field) => delta[field]), ...ofCalls)
}

function said(...values: readonly (Json | undefined)[]): string[] {
  return values.filter((value) => typeof value === 'string' && value !== '') as string[]
}
