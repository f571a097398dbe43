/** Reads somebody else's YAML into nodes that know their lines. Its tags make nothing: bytes are the only ones that are read. */
import {
  isAlias,
  isMap,
  isNode,
  isScalar,
  isSeq,
  LineCounter,
  parseDocument,
  type Document,
  type Node,
  type ScalarTag
} from 'yaml'
import { quietly } from '../quietly.ts'
import { decodeBase64 } from './encoded-text.ts'
import { FormatError } from './format-error.ts'
import { checkYamlPieces, MAX_DEPTH, TOO_DEEP } from './yaml-pieces.ts'
import { MOST_VALUES, type SourceNode } from './source-node.ts'

/** Most characters of a file's texts. They are counted, as values are, as often as an alias repeats them. */
const MOST_CHARACTERS = 256 * 1024 * 1024

/** Tags that say what the value is anyway. Python 2 marks its texts with the last two. */
const PLAIN_TAGS =
  /^(?:tag:yaml\.org,2002:(?:str|int|float|bool|null|map|seq|binary|timestamp|merge|python\/(?:unicode|str))|!binary|!)$/

/** Ruby writes `!binary` where YAML 1.1 has `!!binary`; Node's own decoder takes both. */
const BINARY_TAGS: ScalarTag[] = ['!binary', 'tag:yaml.org,2002:binary'].map((tag) => ({
  tag,
  resolve: (base64, report) => {
    const bytes = decodeBase64(base64)
    if (!bytes) report('this is no whole base64')
    return bytes ?? base64
  }
}))

/** Python's texts, and nothing else that it tags. */
const TEXT_TAGS: ScalarTag[] = ['unicode', 'str'].map((name) => ({
  tag: `tag:yaml.org,2002:python/${name}`,
  resolve: (text) => text
}))

/** Throws {@link FormatError} on what is no YAML, on a tag that would make more than data, and on what grows past its bounds. */
export function readYamlNodes(text: string): SourceNode {
  checkYamlPieces(text)
  const lines = new LineCounter()
  const document = quietly(() => parse(text, lines))
  const lineOf = (node: Node | null | undefined): number => (node?.range ? Math.max(1, lines.linePos(node.range[0]).line) : 1)
  const [error] = document.errors
  if (error) {
    const what = error.code === 'MULTIPLE_DOCS' ? 'it holds more than one document' : error.message.replace(/\.$/, '')
    throw new FormatError(Math.max(1, lines.linePos(error.pos[0]).line), what)
  }
  return createReader(lineOf)(document.contents, 0)
}

/** YAML 1.1, in which PyYAML and Psych write. Keys are compared later: the parser compares each with every other. */
function parse(text: string, lineCounter: LineCounter): Document {
  return parseDocument(text, {
    schema: 'yaml-1.1',
    version: '1.1',
    customTags: (tags) => [
      ...tags.filter((tag) => typeof tag === 'string' || tag.tag !== 'tag:yaml.org,2002:binary'),
      ...BINARY_TAGS,
      ...TEXT_TAGS
    ],
    prettyErrors: false,
    uniqueKeys: false,
    logLevel: 'error',
    lineCounter
  })
}

type ReadNode = (node: unknown, depth: number) => SourceNode

function createReader(lineOf: (node: Node | null | undefined) => number): ReadNode {
  const anchors = new Map<string, Node>()
  let values = 0
  let characters = 0

  function read(given: unknown, depth: number): SourceNode {
    const node = given as Node | null | undefined
    const line = lineOf(node)
    values += 1
    if (values > MOST_VALUES) throw new FormatError(line, `it holds more than ${MOST_VALUES} values, its aliases written out`)
    if (depth > MAX_DEPTH) throw new FormatError(line, TOO_DEEP)
    // An alias of what is around it never ends: depth does.
    if (isAlias(node)) return read(resolve(node.source, line), depth + 1)
    checkTag(node, line)
    if (isNode(node) && 'anchor' in node && node.anchor !== undefined) anchors.set(node.anchor, node)
    if (isSeq(node)) return { kind: 'list', line, items: node.items.map((item) => read(item, depth + 1)) }
    if (isMap(node)) return { kind: 'map', line, fields: readFields(node.items, depth) }
    return readScalar(node, line)
  }

  function resolve(name: string, line: number): Node {
    const target = anchors.get(name)
    if (!target) throw new FormatError(line, `the alias *${name} has no anchor before it`)
    return target
  }

  function readFields(
    items: readonly { readonly key: unknown; readonly value: unknown }[],
    depth: number
  ): Map<string, SourceNode> {
    const fields = new Map<string, SourceNode>()
    for (const { key, value } of items) {
      const node = key as Node
      const line = lineOf(node)
      if (!isScalar(node)) throw new FormatError(line, 'a key is no text')
      // A key `y` is no `true`, and `1` no number.
      const name = typeof node.value === 'string' ? node.value : (node.source ?? String(node.value))
      if (fields.has(name)) throw new FormatError(line, `the key ${JSON.stringify(name.slice(0, 60))} stands twice`)
      fields.set(name, read(value, depth + 1))
    }
    return fields
  }

  function readScalar(node: Node | null | undefined, line: number): SourceNode {
    const value = isScalar(node) ? node.value : null
    if (value instanceof Uint8Array) {
      count(value.byteLength, line)
      return { kind: 'bytes', line, bytes: value }
    }
    const source = isScalar(node) ? (node.source ?? String(value)) : ''
    count(source.length, line)
    if (value === null || value === undefined) return { kind: 'word', line, value: null }
    if (typeof value === 'boolean' && source.length > 1) return { kind: 'word', line, value }
    if ((typeof value === 'number' || typeof value === 'bigint') && isNumber(source)) return readNumber(value, source, line)
    // Also a moment in time, which nobody here needs as one.
    return { kind: 'text', line, text: typeof value === 'string' ? value : source }
  }

  function count(more: number, line: number): void {
    characters += more
    if (characters > MOST_CHARACTERS)
      throw new FormatError(line, `it holds more than ${MOST_CHARACTERS} characters, its aliases written out`)
  }

  return read
}

function checkTag(node: Node | null | undefined, line: number): void {
  const tag = (node as { readonly tag?: unknown } | null | undefined)?.tag
  if (typeof tag !== 'string' || PLAIN_TAGS.test(tag)) return
  const shown = tag.replace(/^tag:yaml\.org,2002:/, '!!').slice(0, 80)
  throw new FormatError(line, `the tag ${shown} asks for more than data, and is never obeyed. Take it out of the file`)
}

/**
 * Whether PyYAML and Psych mean a number too: they write texts such as `09`, `00:07:20` and `12e34` without quotes, since for them
 * these are none. (`y` and `n` are texts of the same kind.)
 */
function isNumber(source: string): boolean {
  if (/^[-+]?0x/i.test(source)) return true
  return !source.includes(':') && !/^[-+]?0[0-9_]*[89]/.test(source) && !/^[^.]*e|e[^-+]/i.test(source)
}

/** YAML 1.1 knows numbers that JSON does not: `1_000`, `0x1F`, `.inf`. */
function readNumber(value: number | bigint, source: string, line: number): SourceNode {
  const isJson = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/.test(source)
  if (isJson) return { kind: 'number', line, source }
  return Number.isFinite(Number(value)) ? { kind: 'number', line, source: String(value) } : { kind: 'text', line, text: source }
}
