/** The comment above a stream: what the model said in it, and which tools it called. */
import { isObject, tryParseJson, type Json } from '../../http/json.ts'
import { readSseEvent, splitSse } from '../../http/sse.ts'
import type { YamlValue } from '../yaml-text.ts'

/** Most characters of the joined text, and of a call's arguments, that the comment shows. */
const TEXT_LENGTH = 160
const ARGUMENTS_LENGTH = 80

/** Most calls that the comment shows. */
const CALLS = 4

/** A value with the comment that its stream deserves: none where no event carries text or calls a tool. */
export function commentOf(stream: string, value: YamlValue): YamlValue {
  const said = whatWasSaid(stream)
  return said === '' ? value : { comment: said, value }
}

/** A call of a tool, its arguments joined. */
interface Call {
  name: string
  input: string
}

/** `assistant: "It depends." get_weather({"city":"Paris"})`, bounded. */
function whatWasSaid(stream: string): string {
  let text = ''
  const calls = new Map<string, Call>()
  for (const block of splitSse(stream)) {
    const event = tryParseJson(readSseEvent(block).data ?? '')
    if (!isObject(event)) continue
    if (text.length <= TEXT_LENGTH) text += textOf(event)
    for (const { key, name, input } of callsIn(event)) {
      const call = calls.get(key) ?? { name: '', input: '' }
      call.name ||= name
      if (call.input.length <= ARGUMENTS_LENGTH) call.input += input
      calls.set(key, call)
    }
  }
  const named = [...calls.values()].filter(({ name }) => name !== '')
  const shown = named.slice(0, CALLS).map(({ name, input }) => `${name}(${cut(input, ARGUMENTS_LENGTH)})`)
  if (named.length > CALLS) shown.push(`… ${named.length - CALLS} more`)
  const words = [...(text === '' ? [] : [JSON.stringify(cut(text, TEXT_LENGTH))]), ...shown]
  return words.length === 0 ? '' : `assistant: ${words.join(' ').replace(UNPRINTABLE, ' ')}`
}

/** Characters that would end a comment, or that editors hide. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
const UNPRINTABLE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g

function cut(text: string, length: number): string {
  return text.length > length ? `${text.slice(0, length).replace(/[\ud800-\udbff]$/, '')}…` : text
}

type Fields = { readonly [key: string]: Json }

/** The text that one event adds: Chat Completions, Completions, Responses, Anthropic. */
function textOf(event: Fields): string {
  const choice = firstOf(event['choices'])
  const places = [
    fieldsOf(choice['delta'])['content'],
    choice['text'],
    /^(?!.*reasoning).*(?:text|transcript)\.delta$/.test(String(event['type'])) ? event['delta'] : undefined,
    fieldsOf(event['delta'])['text']
  ]
  return places.find((place): place is string => typeof place === 'string') ?? ''
}

/** The calls that one event begins or goes on with: Chat Completions (also of old), Responses, Anthropic. */
function callsIn(event: Fields): (Call & { readonly key: string })[] {
  const delta = fieldsOf(firstOf(event['choices'])['delta'])
  const tools = Array.isArray(delta['tool_calls']) ? (delta['tool_calls'] as readonly Json[]).map(fieldsOf) : []
  const block = fieldsOf(event['content_block'])
  const item = fieldsOf(event['item'])
  const isArguments = /arguments\.delta$|_call_input\.delta$/.test(String(event['type']))
  const found: readonly (readonly [key: unknown, name: unknown, input: unknown])[] = [
    ...tools.map((tool) => [tool['index'], fieldsOf(tool['function'])['name'], fieldsOf(tool['function'])['arguments']] as const),
    ['', fieldsOf(delta['function_call'])['name'], fieldsOf(delta['function_call'])['arguments']],
    [
      event['index'],
      String(block['type']).endsWith('tool_use') ? block['name'] : undefined,
      fieldsOf(event['delta'])['partial_json']
    ],
    [event['output_index'], item['name'], isArguments ? event['delta'] : undefined]
  ]
  return found
    .filter(([, name, input]) => typeof name === 'string' || typeof input === 'string')
    .map(([key, name, input]) => ({ key: String(key), name: wordOf(name), input: wordOf(input) }))
}

function firstOf(list: Json | undefined): Fields {
  return Array.isArray(list) ? fieldsOf(list[0] as Json | undefined) : {}
}

function fieldsOf(value: Json | undefined): Fields {
  return isObject(value) ? value : {}
}

function wordOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
