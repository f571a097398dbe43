/** Reads what an answer says, whole or streamed, in any of the API's shapes: texts, tools called, and why it ended. */
import { isObject, tryParseJson, type Json } from '../http/json.ts'
import { readSseEvent, splitSse } from '../http/sse.ts'

/** A tool that the model wants called, or that the provider has called itself. */
export interface ToolCall {
  /** The id that a result refers to. */
  readonly id?: string
  /** `get_weather`; of a provider's own tool its kind, `web_search`. */
  readonly name: string
  /** Parsed, or the text itself where it is no JSON (the model broke it, or it was cut off). */
  readonly arguments: Json
}

/** What an answer says. */
export interface ModelAnswer {
  /** What is meant to be read, one for each choice or part, in order. */
  readonly texts: readonly string[]
  readonly toolCalls: readonly ToolCall[]
  /** As the provider says it: `stop`, `tool_calls`, `end_turn`, `completed` …; `undefined` where it does not. */
  readonly finish: string | undefined
}

type Fields = { readonly [name: string]: Json }

/** @param body a decoded answer: JSON, or the text of an event stream. `undefined` where it is no answer of a model */
export function readAnswer(body: Json): ModelAnswer | undefined {
  if (typeof body !== 'string') return isObject(body) ? readWhole(body) : undefined
  const whole = tryParseJson(body)
  if (isObject(whole)) return readWhole(whole)
  const events = splitSse(body).flatMap((block) => {
    const event = tryParseJson(readSseEvent(block).data ?? '')
    return isObject(event) ? [event] : []
  })
  return events.length === 0 ? undefined : readStream(events)
}

function readWhole(answer: Fields): ModelAnswer | undefined {
  if (Array.isArray(answer['choices'])) return readChoices(answer['choices'].filter(isObject))
  if (Array.isArray(answer['output'])) return readOutput(answer, answer['output'].filter(isObject))
  if (answer['type'] === 'message' && Array.isArray(answer['content']))
    return readBlocks(answer, answer['content'].filter(isObject))
  return undefined
}

/** Chat Completions, and the older Completions. */
function readChoices(choices: readonly Fields[]): ModelAnswer {
  const messages = choices.map(({ message, text }) => (isObject(message) ? message : { content: text ?? null }))
  return {
    texts: messages.flatMap(({ content, refusal }) => [content, refusal].filter(isText)),
    toolCalls: messages.flatMap((message) => {
      const { tool_calls: calls, function_call: old } = message as Fields
      const listed = Array.isArray(calls) ? calls.filter(isObject) : []
      return [...listed.map(readChatCall), ...(isObject(old) ? [toolCall(old['name'], old['arguments'])] : [])]
    }),
    finish: word(choices[0]?.['finish_reason'])
  }
}

function readChatCall({ id, function: called, custom }: Fields): ToolCall {
  const { name, arguments: given, input } = (isObject(called) ? called : isObject(custom) ? custom : {}) as Fields
  return toolCall(name, given ?? input, id)
}

/** Responses. */
function readOutput(answer: Fields, output: readonly Fields[]): ModelAnswer {
  const details = answer['incomplete_details']
  return {
    texts: output.flatMap(({ type, content }) =>
      type === 'message' && Array.isArray(content)
        ? content.filter(isObject).flatMap(({ text, refusal }) => [text, refusal].filter(isText))
        : []
    ),
    toolCalls: output.flatMap((item) => (word(item['type'])?.endsWith('_call') ? [readOutputCall(item)] : [])),
    finish: (isObject(details) ? word(details['reason']) : undefined) ?? word(answer['status'])
  }
}

function readOutputCall({ type, name, arguments: given, input, action, call_id: id }: Fields): ToolCall {
  return toolCall(name ?? String(type).replace(/_call$/, ''), given ?? input ?? action, id)
}

/** Anthropic's Messages. */
function readBlocks(answer: Fields, blocks: readonly Fields[]): ModelAnswer {
  return {
    texts: blocks.flatMap(({ text }) => [text].filter(isText)),
    toolCalls: blocks.flatMap(({ type, name, input, id }) =>
      word(type)?.endsWith('tool_use') ? [toolCall(name, input, id)] : []
    ),
    finish: word(answer['stop_reason'])
  }
}

function readStream(events: readonly Fields[]): ModelAnswer | undefined {
  const last = events.findLast(({ type }) => /^response\.(?:completed|incomplete|failed)$/.test(word(type) ?? ''))
  if (isObject(last?.['response'])) return readWhole(last['response'])
  const items = events.flatMap(({ type, item }) => (type === 'response.output_item.done' && isObject(item) ? [item] : []))
  if (items.length > 0) return readOutput({}, items)
  if (events.some(({ choices }) => Array.isArray(choices))) return readChoices(joinChoices(events))
  return events.some(({ type }) => type === 'message_start' || type === 'content_block_start') ? joinBlocks(events) : undefined
}

interface JoinedChoice {
  content: string
  refusal: string
  text: string
  finish: Json
  readonly calls: Map<number, { id: Json; name: string; given: string }>
}

/** Whole choices of a stream's chunks. */
function joinChoices(events: readonly Fields[]): Fields[] {
  const joined = new Map<number, JoinedChoice>()
  for (const choice of events.flatMap(({ choices }) => (Array.isArray(choices) ? choices.filter(isObject) : []))) {
    const index = Number(choice['index'] ?? 0)
    const whole = joined.get(index) ?? { content: '', refusal: '', text: '', finish: null, calls: new Map() }
    joined.set(index, whole)
    const { content, refusal, tool_calls: calls } = (isObject(choice['delta']) ? choice['delta'] : {}) as Fields
    whole.content += textOr(content)
    whole.refusal += textOr(refusal)
    whole.text += textOr(choice['text'])
    whole.finish = choice['finish_reason'] ?? whole.finish
    for (const call of Array.isArray(calls) ? calls.filter(isObject) : []) addCall(whole.calls, call)
  }
  return [...joined.values()].map(({ content, refusal, text, finish, calls }) => ({
    finish_reason: finish,
    message: {
      content: content + text,
      refusal,
      tool_calls: [...calls.values()].map(({ id, name, given }) => ({ id, function: { name, arguments: given } }))
    }
  }))
}

function addCall(calls: JoinedChoice['calls'], { index, id, function: called, custom }: Fields): void {
  const at = Number(index ?? 0)
  const whole = calls.get(at) ?? { id: null, name: '', given: '' }
  calls.set(at, whole)
  const { name, arguments: given, input } = (isObject(called) ? called : isObject(custom) ? custom : {}) as Fields
  whole.id = id ?? whole.id
  whole.name += textOr(name)
  whole.given += textOr(given ?? input)
}

/** A whole message of a stream's content blocks. */
function joinBlocks(events: readonly Fields[]): ModelAnswer {
  const blocks = new Map<number, { start: Fields; text: string; json: string }>()
  let stop: Json = null
  for (const { type, index, content_block: start, delta } of events) {
    const at = Number(index ?? 0)
    if (type === 'content_block_start' && isObject(start)) blocks.set(at, { start, text: textOr(start['text']), json: '' })
    if (!isObject(delta)) continue
    const block = blocks.get(at)
    if (block) block.text += textOr(delta['text'])
    if (block) block.json += textOr(delta['partial_json'])
    stop = delta['stop_reason'] ?? stop
  }
  const whole = [...blocks.values()].map(({ start, text, json }) => ({
    ...start,
    ...(text === '' ? {} : { text }),
    ...(json === '' ? {} : { input: json })
  }))
  return readBlocks({ stop_reason: stop }, whole)
}

function toolCall(name: Json | undefined, given: Json | undefined, id?: Json): ToolCall {
  const text = typeof given === 'string' ? given : undefined
  const value = text === undefined ? (given ?? null) : (tryParseJson(text) ?? text)
  return { ...(typeof id === 'string' ? { id } : {}), name: word(name) ?? '', arguments: value }
}

function isText(value: Json | undefined): value is string {
  return typeof value === 'string' && value !== ''
}

function textOr(value: Json | undefined): string {
  return typeof value === 'string' ? value : ''
}

function word(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
