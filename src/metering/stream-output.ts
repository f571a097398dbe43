/** Measures what a model says in a stream, from the events themselves: less than it has said, never more. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'

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
  const event = tryParseJson(data)
  if (!isObject(event)) return 0
  if (Array.isArray(event['choices'])) return sum(event['choices'].map(bytesOfChoice))
  const { type, delta } = event
  if (type === 'content_block_delta' && isObject(delta)) return bytesOf(delta['text']) + bytesOf(delta['partial_json'])
  return typeof type === 'string' && RESPONSE_EVENTS.has(type) ? bytesOf(delta) : 0
}

function bytesOfChoice(choice: Json): number {
  if (!isObject(choice)) return 0
  const { text, delta } = choice
  if (!isObject(delta)) return bytesOf(text)
  const calls = Array.isArray(delta['tool_calls']) ? delta['tool_calls'] : []
  const made = [...calls.map((call: Json) => (isObject(call) ? call['function'] : undefined)), delta['function_call']]
  return (
    sum(CHAT_FIELDS.map((field) => bytesOf(delta[field]))) +
    sum(made.map((one) => (isObject(one) ? bytesOf(one['arguments']) : 0)))
  )
}

function bytesOf(value: Json | undefined): number {
  return typeof value === 'string' ? Buffer.byteLength(value) : 0
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, one) => total + one, 0)
}
