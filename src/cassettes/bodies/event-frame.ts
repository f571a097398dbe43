/** An event of a stream whose data is one JSON object on one line: the object, and what stands around it. */
import { isObject, tryParseJson, type Json } from '../../http/json.ts'
import { readTree, type JsonTree } from './json-tree.ts'

export interface EventFrame {
  /** Everything before the object: `data: `, `event: x` lines … */
  readonly head: string
  /** The object without {@link pad}. */
  readonly json: string
  /** How many spaces stand before the object's last bracket. Anthropic pads its events, each by another number. */
  readonly pad: number
  /** Everything behind the object: the line's end, the blank line. */
  readonly tail: string
  /** The object's fields. */
  fields(): Readonly<Record<string, Json>>
  /** The object as a tree, made when it is first asked for; `undefined` where readers may read it differently. */
  tree(): JsonTree | undefined
}

/** Of a block with its blank line; `undefined` for any other event, and for one without a blank line. */
export function readFrame(block: string): EventFrame | undefined {
  const at = block.startsWith('data:') ? 0 : block.indexOf('\ndata:') + 1
  const lineEnd = block.indexOf('\n', at)
  if (!block.startsWith('data:', at) || lineEnd === -1) return undefined
  const tail = block.slice(lineEnd)
  const start = at + (block.startsWith('data: ', at) ? 6 : 5)
  if (tail.includes('\ndata:') || block[start] !== '{' || block[lineEnd - 1] !== '}') return undefined
  let end = lineEnd - 1
  while (block[end - 1] === ' ') end -= 1
  return createFrame({ head: block.slice(0, start), json: `${block.slice(start, end)}}`, pad: lineEnd - 1 - end, tail })
}

/** What an event is made of. */
type FrameParts = Pick<EventFrame, 'head' | 'json' | 'pad' | 'tail'>

/** `undefined` where the text is no JSON object. */
export function createFrame(parts: FrameParts): EventFrame | undefined {
  const value = tryParseJson(parts.json)
  return isObject(value) ? frameOf(parts, value) : undefined
}

/** Of a text that is known to be a JSON object. @param known what it says, where that is known */
export function frameOf(parts: FrameParts, known?: Readonly<Record<string, Json>>): EventFrame {
  const { head, json, pad, tail } = parts
  let fields = known
  let tree: { readonly made: JsonTree | undefined } | undefined
  return {
    head,
    json,
    pad,
    tail,
    fields: () => (fields ??= JSON.parse(json) as Readonly<Record<string, Json>>),
    tree: () => (tree ??= { made: readTree(json) }).made
  }
}

/** The block again. */
export function renderFrame({ head, json, pad, tail }: EventFrame): string {
  return `${head}${json.slice(0, -1)}${' '.repeat(pad)}}${tail}`
}
