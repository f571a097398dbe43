/** Reads the content of messages, in every API's shape: texts, tools called, results, and images and sounds by their size. Pure. */
import { isObject, tryParseJson, type Json } from '../../http/json.ts'
import { showBytes, showCount } from '../terminal.ts'

/** A piece of what somebody says. */
export type Block =
  | { readonly kind: 'text'; readonly text: string }
  | { readonly kind: 'thinking'; readonly text: string }
  | { readonly kind: 'call'; readonly name: string; readonly id: string | undefined; readonly arguments: Json }
  | { readonly kind: 'result'; readonly id: string | undefined; readonly blocks: readonly Block[] }
  /** An image, a sound, a file: what it is, and how large. */
  | { readonly kind: 'media'; readonly text: string }
  /** A shape that is not known: its JSON. */
  | { readonly kind: 'other'; readonly value: Json }

type Fields = { readonly [name: string]: Json }

export function readBlocks(content: Json | undefined): Block[] {
  if (content === undefined || content === null || content === '') return []
  if (typeof content === 'string') return [{ kind: 'text', text: content }]
  if (Array.isArray(content)) return content.flatMap((block: Json) => readBlock(block))
  return readBlock(content)
}

function readBlock(block: Json): Block[] {
  if (!isObject(block)) return typeof block === 'string' ? readBlocks(block) : [{ kind: 'other', value: block }]
  const { text, refusal, thinking } = block
  const type = word(block['type']) ?? ''
  if (typeof thinking === 'string') return [{ kind: 'thinking', text: thinking }]
  if (type === 'reasoning') return readReasoning(block)
  if (/(?:^|_)(?:tool_use|call)$/.test(type)) return [readCall(block)]
  if (/(?:tool_result|_call_output)$/.test(type))
    return [
      {
        kind: 'result',
        id: word(block['tool_use_id'] ?? block['call_id']),
        blocks: readBlocks(block['content'] ?? block['output'])
      }
    ]
  const media = readMedia(block, type)
  if (media !== undefined) return [{ kind: 'media', text: media }]
  if (typeof text === 'string') return readBlocks(text)
  if (typeof refusal === 'string') return readBlocks(refusal)
  return [{ kind: 'other', value: block }]
}

function readReasoning({ summary, content }: Fields): Block[] {
  const texts = [summary, content]
    .flatMap((list) => (Array.isArray(list) ? list : []))
    .flatMap((part: Json) => (isObject(part) ? (part['text'] ?? []) : []))
  const text = texts.filter((one) => typeof one === 'string').join('\n')
  return [{ kind: 'thinking', text: text === '' ? '(not told)' : text }]
}

/** A call of a tool, within a message or as an item of its own. */
export function readCall(call: Fields): Block {
  const called = [call['function'], call['custom']].find(isObject) ?? call
  const given = called['arguments'] ?? called['input'] ?? called['action'] ?? null
  return {
    kind: 'call',
    name: word(called['name']) ?? (word(call['type']) ?? 'tool').replace(/_call$/, ''),
    id: word(call['call_id'] ?? call['id']),
    arguments: typeof given === 'string' ? (tryParseJson(given) ?? given) : given
  }
}

/** `image, image/png, 12.3 KB`, `image, https://…`. */
function readMedia(block: Fields, type: string): string | undefined {
  const [, what] = /(image|audio|file|document|video)/.exec(type) ?? []
  if (what === undefined) return undefined
  const source = [block['image_url'], block['source'], block['input_audio'], block['file']].find(isObject) ?? block
  const data = ['url', 'data', 'image_url', 'file_data'].map((name) => source[name]).find((value) => typeof value === 'string')
  const [, dataType, base64] = /^data:([^;,]*)[^,]*,([^]*)$/.exec(data ?? '') ?? []
  const kind = dataType ?? word(source['media_type']) ?? word(source['format'])
  const name = word(source['filename']) ?? word(block['title'])
  const size = sizeOf(data, base64) ?? word(source['file_id'])
  return [what, name, kind, size].filter((part) => part !== undefined && part !== '').join(', ')
}

function sizeOf(data: string | undefined, base64: string | undefined): string | undefined {
  if (data === undefined) return undefined
  return base64 === undefined && /^https?:/.test(data) ? data : bytesOfBase64(base64 ?? data)
}

function bytesOfBase64(text: string): string {
  return showBytes(Math.floor((text.replace(/=+$/, '').length * 3) / 4))
}

/** The value with what nobody reads told by its size: bytes in base64, long rows of numbers. */
export function withoutBulk(value: Json): Json {
  if (typeof value === 'string') return isBase64(value) ? `(base64, ${bytesOfBase64(value.replace(/^data:[^,]*,/, ''))})` : value
  if (Array.isArray(value)) {
    const isRow = value.length > 8 && value.every((one: Json) => typeof one === 'number')
    return isRow
      ? `(${showCount(value.length)} numbers: ${value.slice(0, 3).join(', ')}, …)`
      : value.map((one: Json) => withoutBulk(one))
  }
  return isObject(value) ? Object.fromEntries(Object.entries(value).map(([name, one]) => [name, withoutBulk(one)])) : value
}

function isBase64(text: string): boolean {
  return text.length > 256 && /^(?:data:[^,]{1,100},)?[\w+/-]+={0,2}$/.test(text)
}

export function word(value: Json | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
