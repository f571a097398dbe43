/** JSON with nothing lost: a strict parser, a walk over the text itself, edits in place, and a canonical form. */

export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json }

/** Where a value stands: object keys and array indexes from the root. */
export type JsonPath = readonly (string | number)[]

/** A number as JSON writes it, and nothing else. */
export const JSON_NUMBER = /^-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?$/

/** A body that is not JSON as every reader would read it. */
export class JsonError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'JsonError'
  }
}

/** A value's place in the text. For an object or array, `end` is just behind its opening bracket. */
export interface JsonToken {
  readonly kind: 'string' | 'scalar' | 'object' | 'array'
  readonly start: number
  readonly end: number
  readonly path: JsonPath
}

/** Deeper nesting than this is refused: no API asks for it, and recursive readers break on it. */
const MAX_DEPTH = 200

/**
 * Parses JSON as strictly as any reader behind the proxy might: a key that stands twice in one object, or nesting deeper
 * than 200, is an error, since two readers could then see two different requests.
 */
export function parseJson(text: string): Json {
  let value: Json
  try {
    value = JSON.parse(text) as Json
  } catch {
    throw new JsonError('The body is not valid JSON.')
  }
  assertStrict(text)
  return value
}

/** Whether a valid JSON text repeats no key and nests no deeper than {@link parseJson} takes. */
export function isStrictJson(text: string): boolean {
  try {
    assertStrict(text)
    return true
  } catch {
    return false
  }
}

/** Throws {@link JsonError} where a valid JSON text repeats a key or nests too deep. */
function assertStrict(text: string): void {
  /** The keys so far of each object that is open; of a list `undefined`. */
  const open: (Set<string> | undefined)[] = []
  let isKey = false
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at)
    if (code === 34 /* " */) {
      const end = stringEnd(text, at)
      if (isKey) addKey(open.at(-1)!, text.slice(at, end))
      isKey = false
      at = end - 1
    } else if (code === 44 /* , */) isKey = open.at(-1) !== undefined
    else if (code === 123 /* { */ || code === 91 /* [ */) {
      if (open.length >= MAX_DEPTH) throw tooDeep()
      isKey = code === 123
      open.push(isKey ? new Set() : undefined)
    } else if (code === 125 /* } */ || code === 93 /* ] */) {
      open.pop()
      isKey = false
    }
  }
}

function tooDeep(): JsonError {
  return new JsonError(`The body nests deeper than ${MAX_DEPTH} levels.`)
}

/**
 * Adds a key to those of its object; throws {@link JsonError} where it stands among them.
 * @param quoted the key as it is written
 */
function addKey(keys: Set<string>, quoted: string): string {
  const key = quoted.includes('\\') ? (JSON.parse(quoted) as string) : quoted.slice(1, -1)
  if (keys.has(key)) throw new JsonError(`The key ${JSON.stringify(key)} stands twice in one object.`)
  keys.add(key)
  return key
}

/** `JSON.parse` that answers `undefined` where the text is not JSON; no strictness, for bodies that are only looked at. */
export function tryParseJson(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

interface Frame {
  readonly keys: Set<string> | undefined
  index: number
}

/**
 * Visits every value of a valid JSON text, in order, with its place in the text.
 * Throws {@link JsonError} on a repeated key and on nesting that is too deep.
 * @param leave is told where each object or array ends, just behind its closing bracket
 */
export function walkJson(text: string, visit: (token: JsonToken) => void, leave?: (end: number) => void): void {
  const path: (string | number)[] = []
  const frames: Frame[] = []
  let at = 0
  const isKey = (): boolean => frames.at(-1)?.keys !== undefined && text.charCodeAt(skipSpace(text, at)) === 58
  while ((at = skipSpace(text, at)) < text.length) {
    const start = at
    const code = text.charCodeAt(at)
    const frame = frames.at(-1)
    if (code === 44 /* , */ || code === 58 /* : */) {
      at += 1
      if (code === 44 && frame && !frame.keys) path[path.length - 1] = ++frame.index
    } else if (code === 123 /* { */ || code === 91 /* [ */) {
      at += 1
      visit({ kind: code === 123 ? 'object' : 'array', start, end: at, path })
      if (frames.length >= MAX_DEPTH) throw tooDeep()
      frames.push({ keys: code === 123 ? new Set() : undefined, index: 0 })
      path.push(code === 123 ? '' : 0)
    } else if (code === 125 /* } */ || code === 93 /* ] */) {
      at += 1
      frames.pop()
      path.pop()
      leave?.(at)
    } else if (code === 34 /* " */) {
      at = stringEnd(text, at)
      if (isKey()) path[path.length - 1] = addKey(frame!.keys!, text.slice(start, at))
      else visit({ kind: 'string', start, end: at, path })
    } else {
      at = scalarEnd(text, at)
      visit({ kind: 'scalar', start, end: at, path })
    }
  }
}

/**
 * Rewrites string values where they stand; every other byte of the text stays as it was.
 * @param replace gets each string value and its path; `undefined` leaves it
 */
export function replaceStrings(text: string, replace: (value: string, path: JsonPath) => string | undefined): string {
  let out = ''
  let copied = 0
  walkJson(text, ({ kind, start, end, path }) => {
    if (kind !== 'string') return
    const value = JSON.parse(text.slice(start, end)) as string
    const next = replace(value, path)
    if (next === undefined || next === value) return
    out += text.slice(copied, start) + JSON.stringify(next)
    copied = end
  })
  return copied === 0 ? text : out + text.slice(copied)
}

/**
 * Sets one field of an object and leaves every other byte of the text as it was (so large integers and spacing survive).
 * The object that holds the field must exist.
 */
export function setField(text: string, path: JsonPath, value: Json): string {
  const parent = path.slice(0, -1)
  let holder: number | undefined
  let present: JsonToken | undefined
  walkJson(text, (token) => {
    if (token.kind === 'object' && samePath(token.path, parent)) holder = token.end
    if (samePath(token.path, path)) present = { ...token, path: [] }
  })
  const rendered = JSON.stringify(value)
  if (present?.kind === 'string' || present?.kind === 'scalar') {
    return text.slice(0, present.start) + rendered + text.slice(present.end)
  }
  if (present || holder === undefined) throw new JsonError(`The body has no object at ${formatPath(parent)} to set a field in.`)
  const empty = text.charCodeAt(skipSpace(text, holder)) === 125
  const field = `${JSON.stringify(String(path.at(-1)))}:${rendered}${empty ? '' : ','}`
  return text.slice(0, holder) + field + text.slice(holder)
}

/** The value with every object's keys sorted, as text: equal values give equal texts, whatever their key order or spacing. */
export function canonicalJson(value: Json): string {
  if (value === null || typeof value !== 'object') return JSON.stringify(value)
  let text = ''
  if (Array.isArray(value)) {
    for (const item of value) text += `${text === '' ? '' : ','}${canonicalJson(item)}`
    return `[${text}]`
  }
  const object = value as Readonly<Record<string, Json>>
  for (const key of Object.keys(object).toSorted()) {
    text += `${text === '' ? '' : ','}${JSON.stringify(key)}:${canonicalJson(object[key]!)}`
  }
  return `{${text}}`
}

/** A path as people write it: `messages[0].content`; the root is `$`. */
export function formatPath(path: JsonPath): string {
  const text = path
    .map((part) => (typeof part === 'number' ? `[${part}]` : /^[\w-]+$/.test(part) ? `.${part}` : `[${JSON.stringify(part)}]`))
    .join('')
  return text === '' ? '$' : text.replace(/^\./, '')
}

/** Whether a value is an object (not an array, not null). */
export function isObject(value: unknown): value is { readonly [key: string]: Json } {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

function samePath(a: JsonPath, b: JsonPath): boolean {
  return a.length === b.length && a.every((part, index) => part === b[index])
}

function skipSpace(text: string, at: number): number {
  for (;;) {
    const code = text.charCodeAt(at)
    if (code !== 32 && code !== 10 && code !== 13 && code !== 9) return at
    at += 1
  }
}

/** Just behind the closing quote. A quote is escaped when an odd number of backslashes stands before it. Throws {@link JsonError}. */
export function stringEnd(text: string, start: number): number {
  for (let at = text.indexOf('"', start + 1); at !== -1; at = text.indexOf('"', at + 1)) {
    let first = at
    while (text.charCodeAt(first - 1) === 92) first -= 1
    if ((at - first) % 2 === 0) return at + 1
  }
  throw new JsonError('The body is not valid JSON.')
}

function scalarEnd(text: string, start: number): number {
  let at = start
  while (at < text.length && !/[\s,\]}]/.test(text[at]!)) at += 1
  return at
}
