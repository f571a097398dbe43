/**
 * Finds every string of a JSON text where it stands, keys included, and every number where that is asked for. Lenient where `walkJson` is strict: text that is cut off,
 * several values in a row, repeated keys and any depth are read all the same, since a secret may stand in each of them.
 */
import type { JsonPath } from '../http/json.ts'

/** A string or a number in a JSON text. */
export interface JsonLiteral {
  readonly kind: 'string' | 'key' | 'number'
  /** Behind its opening quote. */
  readonly start: number
  /** Before its closing quote, or the text's end where that is missing. */
  readonly end: number
  /** Where a value stands, behind a first part that says nothing. Only true until the next literal is asked for. */
  readonly path: JsonPath
}

/** Deeper objects count as parts of the one that holds them. */
const DEEPEST = 1000

/** @param numbers whether numbers are literals too */
export function* jsonLiterals(text: string, { numbers } = { numbers: false }): Generator<JsonLiteral> {
  const path: (string | number)[] = ['']
  let tooDeep = 0
  const open = (slot: string | number): void => {
    if (path.length < DEEPEST) path.push(slot)
    else tooDeep += 1
  }
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34 /* " */) {
      const start = at + 1
      at = closingQuote(text, start)
      const isKey = text.charCodeAt(skipSpace(text, at + 1)) === 58 /* : */
      if (isKey && typeof path.at(-1) === 'string') path[path.length - 1] = keyOf(text.slice(start, at))
      yield { kind: isKey ? 'key' : 'string', start, end: at, path }
    } else if (code === 123 /* { */) open('')
    else if (code === 91 /* [ */) open(0)
    else if (code === 125 /* } */ || code === 93 /* ] */) {
      if (tooDeep > 0) tooDeep -= 1
      else if (path.length > 1) path.pop()
    } else if (numbers && code >= 48 /* 0 */ && code <= 57 /* 9 */) {
      const start = text.charCodeAt(at - 1) === 45 /* - */ ? at - 1 : at
      while (isOfNumber(text.charCodeAt(at + 1))) at += 1
      yield { kind: 'number', start, end: at + 1, path }
    } else if (code === 44 /* , */) {
      const slot = path.at(-1)
      if (tooDeep === 0) path[path.length - 1] = typeof slot === 'number' ? slot + 1 : ''
    }
  }
}

/** Whether a text is meant as JSON: cheap, and said of every text that a secret could be nested in by its field's name. */
export function looksLikeJson(text: string): boolean {
  return /^\s*[{["]/.test(text)
}

/** Whether a number may go on with a character: a digit, a point, an exponent and its sign. */
function isOfNumber(code: number): boolean {
  return (code >= 48 && code <= 57) || code === 46 || code === 101 || code === 69 || code === 43 || code === 45
}

/** Where a string ends: at the first quote that no backslash escapes. */
function closingQuote(text: string, start: number): number {
  for (let at = text.indexOf('"', start); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at
    while (first > start && text.charCodeAt(first - 1) === 92) first -= 1
    if ((at - first) % 2 === 0) return at
  }
  return text.length
}

function keyOf(raw: string): string {
  if (!raw.includes('\\')) return raw
  try {
    return JSON.parse(`"${raw}"`) as string
  } catch {
    return raw
  }
}

function skipSpace(text: string, start: number): number {
  for (let at = start; ; at += 1) {
    const code = text.charCodeAt(at)
    if ((code > 32 && code < 128) || !/\s/.test(text.charAt(at))) return at
  }
}
