/** Reads somebody else's JSON into nodes that know their lines. */
import { JsonError, stringEnd, walkJson } from '../../http/json.ts'
import { FormatError } from './format-error.ts'
import { MOST_VALUES, type SourceNode } from './source-node.ts'

/** Throws {@link FormatError} on what is no JSON, a key that stands twice, and nesting deeper than 200. */
export function readJsonNodes(text: string): SourceNode {
  try {
    checkCount(text)
    JSON.parse(text)
  } catch (error) {
    if (error instanceof FormatError) throw error
    throw new FormatError(lineOfSyntaxError(text, error), 'this is no valid JSON')
  }
  const lineAt = createLineCounter(text)
  const open: (Map<string, SourceNode> | SourceNode[])[] = []
  let root: SourceNode | undefined
  let line = 1
  try {
    walkJson(text, ({ kind, start, end, path }) => {
      line = lineAt(start)
      const node = toNode(kind, text.slice(start, kind === 'object' || kind === 'array' ? start : end), line)
      const holder = open[path.length - 1]
      if (holder instanceof Map) holder.set(String(path.at(-1)), node)
      else if (holder) holder.push(node)
      else root = node
      if (node.kind === 'map') open[path.length] = node.fields as Map<string, SourceNode>
      if (node.kind === 'list') open[path.length] = node.items as SourceNode[]
    })
  } catch (error) {
    if (!(error instanceof JsonError)) throw error
    throw new FormatError(line, error.message.replace(/\.$/, '').replace('The body', 'The file'))
  }
  return root!
}

/** What would take more memory than there is, is told before it is parsed. Commas and brackets within texts do not count. */
function checkCount(text: string): void {
  let count = 0
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34 /* " */) at = stringEnd(text, at) - 1
    else if (code === 44 /* , */ || code === 91 /* [ */ || code === 123 /* { */) count += 1
    if (count > MOST_VALUES) throw new FormatError(createLineCounter(text)(at), `it holds more than ${MOST_VALUES} values`)
  }
}

function toNode(kind: 'string' | 'scalar' | 'object' | 'array', source: string, line: number): SourceNode {
  if (kind === 'object') return { kind: 'map', line, fields: new Map() }
  if (kind === 'array') return { kind: 'list', line, items: [] }
  const value = JSON.parse(source) as string | number | boolean | null
  if (typeof value === 'string') return { kind: 'text', line, text: value }
  return typeof value === 'number' ? { kind: 'number', line, source } : { kind: 'word', line, value }
}

/** V8 names the place in words; without it, the end is as good a guess as any: most broken files are cut off. */
function lineOfSyntaxError(text: string, error: unknown): number {
  const place = /position (\d+)/.exec(String(error))?.[1]
  return createLineCounter(text)(place === undefined ? text.length : Number(place))
}

/** The line, from 1, of places that are asked for in ascending order. */
function createLineCounter(text: string): (at: number) => number {
  let line = 1
  let next = text.indexOf('\n')
  return (at) => {
    while (next !== -1 && next < at) {
      line += 1
      next = text.indexOf('\n', next + 1)
    }
    return line
  }
}
