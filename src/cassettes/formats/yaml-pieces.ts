/** Looks at YAML before it is parsed: a parser that runs out of memory or of stack takes the whole process with it. */
import { Lexer } from 'yaml'
import { FormatError } from './format-error.ts'
import { MOST_VALUES } from './source-node.ts'

/** Deeper nesting than this is refused, as in JSON. */
export const MAX_DEPTH = 200

export const TOO_DEEP = `it nests deeper than ${MAX_DEPTH} levels`

/** Most pieces that a text may fall into: a value takes four or so. */
const MOST_PIECES = 4 * MOST_VALUES

/** What the lexer says before a scalar's own text; it and its kin stand for no character of the file. */
const SCALAR = '\u001f'
const MARKS = new Set([SCALAR, '\u0002', '\u0018'])

/** Throws {@link FormatError} on more values or deeper nesting than is allowed. */
export function checkYamlPieces(text: string): void {
  const columns: number[] = []
  let count = 0
  let flow = 0
  let line = 1
  let column = 0
  let isText = false
  for (const piece of new Lexer().lex(text)) {
    count += 1
    if (count > MOST_PIECES) throw new FormatError(line, `it holds more than ${MOST_VALUES} values`)
    if (!MARKS.has(piece)) {
      if (isText || piece === '-' || piece === '?') enter(columns, column)
      if (!isText) flow += flowStep(piece)
      if (columns.length + flow > MAX_DEPTH) throw new FormatError(line, TOO_DEEP)
      const lastEnd = piece.lastIndexOf('\n')
      column = lastEnd === -1 ? column + piece.length : piece.length - lastEnd - 1
      line += lastEnd === -1 ? 0 : piece.split('\n').length - 1
    }
    isText = piece === SCALAR
  }
}

/** How many of a file's blocks are open is told by where they begin in their lines: an inner one stands further right. */
function enter(columns: number[], column: number): void {
  while (columns.length > 0 && columns.at(-1)! > column) columns.pop()
  if (columns.at(-1) !== column) columns.push(column)
}

function flowStep(piece: string): number {
  if (piece === '[' || piece === '{') return 1
  return piece === ']' || piece === '}' ? -1 : 0
}
