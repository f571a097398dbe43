/** Writes values as block YAML that reads well, gives one text for one value, and is read back as the same value. */

/** A number as it stood in its source: `1.0`, `1e5` and `12345678901234567890` stay what they are. */
export interface RawNumber {
  readonly raw: string
}

/** What can be written. Fields that are `undefined` are left out. */
export type YamlValue = null | boolean | string | number | RawNumber | FlowValue | readonly YamlValue[] | YamlObject | Commented

export type YamlObject = Map<string, YamlValue | undefined>

/** A value written on one line as it is, e.g. `{at: 2026-11-23T09:00:00Z, ms: 352}`. */
export interface FlowValue {
  readonly flow: string
}

/** A value with a line of comment above its key. */
export interface Commented {
  readonly comment: string
  readonly value: YamlValue
}

/** The lines of a map, at an indentation. */
export function writeMap(map: YamlObject, indent: string): string {
  let out = ''
  for (const [key, given] of map) {
    if (given === undefined) continue
    const commented = isCommented(given)
    if (commented) out += `${indent}# ${given.comment}\n`
    out += `${indent}${writeKey(key)}:${writeAfterKey(commented ? given.value : given, indent)}`
  }
  return out
}

/** What follows `key:` — the value on the same line, or below it. */
function writeAfterKey(value: YamlValue, indent: string): string {
  if (value instanceof Map && value.size > 0) return `\n${writeMap(value, `${indent}  `)}`
  if (isList(value) && value.length > 0 && !isFlowList(value)) return `\n${writeList(value, `${indent}  `)}`
  return ` ${writeScalar(value, indent)}\n`
}

function writeList(list: readonly YamlValue[], indent: string): string {
  return list.map((item) => `${indent}-${writeItem(item, indent)}`).join('')
}

function writeItem(item: YamlValue, indent: string): string {
  const inner = `${indent}  `
  if (item instanceof Map && item.size > 0) return ` ${writeMap(item, inner).slice(inner.length)}`
  if (isList(item) && item.length > 0 && !isFlowList(item)) return ` ${writeList(item, inner).slice(inner.length)}`
  return ` ${writeScalar(item, indent)}\n`
}

function writeScalar(value: YamlValue, indent: string): string {
  if (value === null) return 'null'
  if (typeof value === 'string') return writeString(value, indent)
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  if (value instanceof Map) return '{}'
  if (isList(value)) return `[${value.map((item) => writeScalar(item, '')).join(', ')}]`
  if ('raw' in value) return value.raw
  if ('flow' in value) return value.flow
  return writeScalar(value.value, indent)
}

function isList(value: YamlValue): value is readonly YamlValue[] {
  return Array.isArray(value)
}

function isCommented(value: YamlValue): value is Commented {
  return typeof value === 'object' && value !== null && 'comment' in value
}

/** A list of numbers (an embedding) reads better on one line. */
function isFlowList(list: readonly YamlValue[]): boolean {
  return list.every((item) => typeof item === 'number' || (typeof item === 'object' && item !== null && 'raw' in item))
}

function writeKey(key: string): string {
  return isPlain(key) ? key : quote(key)
}

function writeString(text: string, indent: string): string {
  if (isPlain(text)) return text
  // A long line full of quotes (JSON in a text) reads better without their escapes.
  const suitsBlock = text.includes('\n') || (text.length > 80 && /["\\]/.test(text))
  if (suitsBlock && fitsBlock(text)) return writeBlock(text, indent)
  return text.trimEnd().includes('\n') ? quoteLines(text, indent) : quote(text)
}

/** Characters that a block or plain scalar cannot carry, or that editors hide. */
// eslint-disable-next-line no-control-regex -- control characters are what is looked for
export const UNPRINTABLE = /[\u0000-\u0008\u000b-\u001f\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]|\p{Cs}/u

/** Words that some YAML reader takes for something else than a string. */
const RESERVED = /^(?:null|true|false|yes|no|on|off|y|n|<<)$/i

/** Whether a text stands without quotes: it begins with a letter, and holds nothing that ends a plain scalar or begins a comment. */
export function isPlain(text: string): boolean {
  if (text.length > 400 || !/^[\p{L}_/<][^\n\t]*$/u.test(text) || /: |:$| #|\s$/.test(text)) return false
  return !RESERVED.test(text) && !UNPRINTABLE.test(text)
}

/** White space at the end of a line is not seen, and many editors take it away: such a text is quoted. */
function fitsBlock(text: string): boolean {
  return !UNPRINTABLE.test(text) && /[^\s]/.test(text) && !/[ \t]$/m.test(text)
}

/** A literal block: the text itself, indented. How many line ends close it is told by the sign behind the bar. */
function writeBlock(text: string, indent: string): string {
  const ends = /\n*$/.exec(text)![0].length
  const chomping = ends === 0 ? '-' : ends === 1 ? '' : '+'
  const lines = text.slice(0, text.length - ends).split('\n')
  // Where the first line begins with white space, a reader must be told how far the block is indented.
  const indicator = /^[ \t\n]/.test(text) ? '2' : ''
  const inner = `${indent}  `
  const body = lines.map((line) => (line === '' ? '' : inner + line)).join('\n')
  return `|${indicator}${chomping}\n${body}${'\n'.repeat(Math.max(0, ends - 1))}`
}

/** A double-quoted scalar with each line of the text on a line of its own: its end is `\n\`, or `\r\n\`. */
function quoteLines(text: string, indent: string): string {
  const lines = text.split(/(?<=\n)/).map((line) => quote(line).slice(1, -1).replace(/^ /, '\\ '))
  const inner = `\\\n${indent}  `
  return `"${inner}${lines.join(inner)}"`
}

/** A double-quoted scalar: JSON's own form, with everything unprintable escaped. */
function quote(text: string): string {
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  return JSON.stringify(text).replace(/[\u007f-\u009f\u2028\u2029\ufeff\ufffe\uffff]/g, (character) => {
    return `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
