/** Reads a recorded request as a conversation: who says what, which tools are offered, what else is set. Pure. */
import type { Interaction } from '../../cassettes/interaction.ts'
import { getHeader } from '../../http/headers.ts'
import { isObject, type Json } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import { MultipartError, parseMultipart, readBoundary } from '../../http/multipart.ts'
import { showBytes } from '../terminal.ts'
import { readBlocks, readCall, withoutBulk, word, type Block } from './blocks.ts'
import { jsonOf } from './facts.ts'

export interface Turn {
  /** `system`, `user`, `assistant`, `tool` …; `input` where nobody is named. */
  readonly who: string
  readonly blocks: readonly Block[]
}

export interface Conversation {
  readonly turns: readonly Turn[]
  /** Names of the tools that are offered. */
  readonly tools: readonly string[]
  /** What else the request says. */
  readonly settings: { readonly [name: string]: Json }
}

type Fields = { readonly [name: string]: Json }

/** Fields that are not settings. */
const SHOWN = new Set(['model', 'stream', 'messages', 'input', 'prompt', 'instructions', 'system', 'tools', 'functions'])

export function readConversation(request: Interaction['request']): Conversation {
  const body = jsonOf(request)
  if (isObject(body)) return readFields(body)
  const blocks = body === undefined ? readPlain(request) : [{ kind: 'other' as const, value: withoutBulk(body) }]
  return { turns: blocks.length === 0 ? [] : [{ who: 'input', blocks }], tools: [], settings: {} }
}

function readFields(body: Fields): Conversation {
  const said = (who: string, content: Json | undefined): Turn[] => {
    const blocks = readBlocks(content)
    return blocks.length === 0 ? [] : [{ who, blocks }]
  }
  const messages = Array.isArray(body['messages']) ? body['messages'] : []
  return {
    turns: [
      ...said('system', body['system']),
      ...said('system', body['instructions']),
      ...messages.flatMap((message: Json) => readMessage(message)),
      ...readInput(body['input']),
      ...(isObject(body['prompt']) ? [] : readInput(body['prompt']))
    ],
    tools: [body['tools'], body['functions']].flatMap((list) => (Array.isArray(list) ? list.map(toolName) : [])),
    settings: Object.fromEntries(
      Object.entries(body)
        .filter(([name]) => !SHOWN.has(name))
        .map(([name, value]) => [name, withoutBulk(value)])
    )
  }
}

/** A message of a chat, or an item of the Responses API. */
function readMessage(message: Json): Turn[] {
  if (!isObject(message)) return [{ who: 'input', blocks: readBlocks(message) }]
  const { role, content, tool_calls: calls, function_call: old, tool_call_id: answers, reasoning_content: thought } = message
  if (role === undefined) {
    const blocks = readBlocks(message)
    const who = { call: 'assistant', thinking: 'assistant', result: 'tool' }[blocks[0]?.kind as string] ?? 'input'
    return [{ who, blocks }]
  }
  const made = [...(Array.isArray(calls) ? calls : []), ...(isObject(old) ? [old] : [])].filter(isObject)
  const said = readBlocks(content)
  const id = word(answers)
  return [
    {
      who: word(role) ?? 'input',
      blocks: [
        ...(typeof thought === 'string' ? [{ kind: 'thinking' as const, text: thought }] : []),
        ...(role === 'tool' || id !== undefined ? [{ kind: 'result' as const, id, blocks: said }] : said),
        ...made.map(readCall)
      ]
    }
  ]
}

/** `input` of Responses, of embeddings, of speech; `prompt` of completions and of images. */
function readInput(input: Json | undefined): Turn[] {
  if (input === undefined || input === null) return []
  if (Array.isArray(input) && input.some(isObject)) return input.flatMap((item: Json) => readMessage(item))
  const isTokens = Array.isArray(input) && input.every((one: Json) => typeof one === 'number' || Array.isArray(one))
  const blocks: Block[] = isTokens ? [{ kind: 'other', value: withoutBulk(input) }] : readBlocks(input)
  return [{ who: 'input', blocks }]
}

function toolName(tool: Json): string {
  if (!isObject(tool)) return String(tool)
  const named = [tool['function'], tool['custom']].find(isObject) ?? tool
  return word(named['name']) ?? word(tool['server_label']) ?? word(tool['type']) ?? '?'
}

/** A form by its parts; a text as it stands; bytes by their size. */
function readPlain({ headers, body }: Interaction['request']): Block[] {
  if (body.byteLength === 0) return []
  const type = getHeader(headers, 'content-type')
  try {
    const boundary = readBoundary(type)
    if (boundary !== undefined) {
      return parseMultipart(body, boundary).map(({ name, filename, headers: own, bytes }) => {
        const text = filename === undefined ? toText(bytes) : undefined
        if (text !== undefined) return { kind: 'text', text: `${name}: ${text}` }
        const parts = [filename, getHeader(own, 'content-type'), showBytes(bytes.byteLength)].filter((part) => part !== undefined)
        return { kind: 'media', text: `${name}: ${parts.join(', ')}` }
      })
    }
  } catch (error) {
    if (!(error instanceof MultipartError)) throw error
  }
  return plainBlocks(body, type)
}

/** A body that is neither JSON nor a form. */
export function plainBlocks(body: Uint8Array, type: string | undefined): Block[] {
  if (body.byteLength === 0) return []
  const text = toText(body)
  return text === undefined
    ? [{ kind: 'media', text: `${type ?? 'bytes'}, ${showBytes(body.byteLength)}` }]
    : [{ kind: 'text', text }]
}
