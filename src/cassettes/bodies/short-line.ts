/** The line that stands for an event: `.content " How" .index 1 +4`, as text and as what it says. */
import { BodyFormError } from './form.ts'
import { NAME } from './json-tree.ts'

export interface ShortLine {
  /** Field by field: its name, and its value as JSON. */
  readonly fields: readonly (readonly [name: string, source: string])[]
  /** Spaces before the last bracket. */
  readonly pad: number
}

export function writeShortLine({ fields, pad }: ShortLine): string {
  const words = fields.map(([name, source]) => `${name} ${source}`)
  return (words.length === 0 ? '.' : words.join(' ')) + (pad === 0 ? '' : ` +${pad}`)
}

/** Throws {@link BodyFormError}. */
export function readShortLine(line: string): ShortLine {
  const fields: [string, string][] = []
  let at = line === '.' || line.startsWith('. ') ? 1 : 0
  while (at < line.length) {
    const pad = /^ ?\+(\d{1,4})\s*$/.exec(line.slice(at, at + 20))?.[1]
    if (pad !== undefined) return { fields, pad: Number(pad) }
    if (at > 0) at = expectSpace(line, at)
    if (at === line.length) break
    const nameEnd = endOf(NAME, line, at)
    const valueAt = expectSpace(line, nameEnd)
    const valueEnd = endOfJson(line, valueAt)
    fields.push([line.slice(at, nameEnd), line.slice(valueAt, valueEnd)])
    at = valueEnd
  }
  return { fields, pad: 0 }
}

const SPACE = / +/y

function expectSpace(line: string, at: number): number {
  return endOf(SPACE, line, at)
}

function endOf(pattern: RegExp, line: string, at: number): number {
  pattern.lastIndex = at
  if (!pattern.test(line)) throw unreadable(line)
  return pattern.lastIndex
}

const TOKEN = /"[^"\\]*(?:\\.[^"\\]*)*"|[[{]|[\]}]|[^\s"[\]{}]+|\s+/y

/** Where the JSON value ends that begins here. */
function endOfJson(line: string, start: number): number {
  let at = start
  let depth = 0
  do {
    const end = endOf(TOKEN, line, at)
    if (line[at] === '{' || line[at] === '[') depth += 1
    if (line[at] === '}' || line[at] === ']') depth -= 1
    at = end
  } while (depth > 0)
  try {
    JSON.parse(line.slice(start, at))
  } catch {
    throw unreadable(line)
  }
  return at
}

function unreadable(line: string): BodyFormError {
  return new BodyFormError(
    `the line ${quoteLine(line)} is no short event. Write each field that changes with its value as JSON: .content "Hi" .index 1`
  )
}

/** The beginning of a line, for messages. */
export function quoteLine(line: string): string {
  return line.length > 60 ? `${line.slice(0, 60)}…` : line
}
