/** Reads the texts of a cassette that take several lines, where they stand as `yaml-text.ts` writes them. */

/** A text, and where the line behind it begins. */
export interface TextRead {
  readonly value: string
  readonly end: number
}

const HEAD = /\|(2?)([-+]?)\n/y

/**
 * A literal block that begins here, indented by so many spaces; `undefined` where it is not as it is written: spaces at the end of a
 * line, or a first line that is blank or indented further without the sign that says so.
 */
export function readBlockText(text: string, start: number, indent: number): TextRead | undefined {
  HEAD.lastIndex = start
  const head = HEAD.exec(text)
  if (!head) return undefined
  const [whole, indicator, chomping] = head
  const margin = ' '.repeat(indent)
  const first = start + whole.length
  const isPlainFirst = text.startsWith(margin, first) && !/[ \t\n]/.test(text[first + indent] ?? '\n')
  if (indicator === '' && !isPlainFirst) return undefined
  const lines: string[] = []
  let at = first
  while (at < text.length) {
    const lineEnd = text.indexOf('\n', at)
    if (lineEnd === at) lines.push('')
    else if (!text.startsWith(margin, at)) break
    else {
      const last = text[lineEnd - 1]
      if (last === ' ' || last === '\t') return undefined
      lines.push(text.slice(at + indent, lineEnd))
    }
    at = lineEnd + 1
  }
  return { value: chomp(lines, chomping!), end: at }
}

/** Line ends at the end: none, one, or all that stand there. */
function chomp(lines: string[], chomping: string): string {
  let count = lines.length
  while (count > 0 && lines[count - 1] === '') count -= 1
  if (count === 0) return chomping === '+' ? '\n'.repeat(lines.length) : ''
  const kept = lines.slice(0, count).join('\n')
  if (chomping === '-') return kept
  return kept + '\n'.repeat(chomping === '+' ? lines.length - count + 1 : 1)
}

/** A text in double quotes with each of its lines on a line of its own: every one but the last ends with a backslash. */
export function readQuotedLines(text: string, start: number, indent: number): TextRead | undefined {
  const margin = ' '.repeat(indent)
  let content = ''
  for (let at = text.indexOf('\n', start) + 1; at < text.length;) {
    const lineEnd = text.indexOf('\n', at)
    if (!text.startsWith(margin, at) || text[at + indent] === ' ') return undefined
    const line = text.slice(at + indent, lineEnd).replace(/^\\ /, ' ')
    const [, body, last] = QUOTED_LINE.exec(line) ?? []
    if (body === undefined) return undefined
    content += body
    at = lineEnd + 1
    if (last === '"') return parse(content, at)
  }
  return undefined
}

const QUOTED_LINE = /^((?:[^"\\]|\\[^ ])*)(["\\])$/

function parse(content: string, end: number): TextRead | undefined {
  try {
    return { value: JSON.parse(`"${content}"`) as string, end }
  } catch {
    return undefined
  }
}
