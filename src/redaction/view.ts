/** Undoes escapes in a text, and says where in the text itself each character of the result stands. */

/** A text as its reader will see it. */
export interface View {
  readonly text: string
  /** The place in the text itself of an offset in `text`, which may be its length. */
  rawAt(offset: number): number
}

/** How a text writes some of its characters, by the name that the scan gives it. */
interface Writing {
  /** Cheap: whether it is worth a look. */
  readonly isUsed: (text: string) => boolean
  /** Each match stands for what `characterOf` makes of it. */
  readonly pattern: RegExp
}

const PERCENT = /%[2-7][0-9a-fA-F]/

/** JSON's and YAML's escapes, percent escapes of ASCII, and the entities of HTML and XML. */
const ESCAPES: Writing = {
  isUsed: (text) => text.includes('\\') || PERCENT.test(text) || /&(?:#|amp;|lt;|gt;|quot;|apos;)/.test(text),
  pattern:
    /\\(?:u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|x[0-9a-fA-F]{2}|[^])|%[2-7][0-9a-fA-F]|&(?:#[0-9]{1,7}|#[xX][0-9a-fA-F]{1,6}|amp|lt|gt|quot|apos);/g
}

/** Mail's quoted-printable. An `=` before two digits means so much else that only several in a row, or a soft line end, count. */
const QUOTED_PRINTABLE: Writing = {
  isUsed: (text) => /[^\s=]=[ \t]{0,8}\r?\n/.test(text) || /(?:=[2-7][0-9A-F]){4}/.test(text),
  pattern: /=(?:[2-7][0-9A-F]|[ \t]{0,8}\r?\n[ \t]{0,80})/g
}

/** UTF-16 whose bytes were read one by one. */
const WIDE: Writing = {
  isUsed: (text) => text.includes('\0') && /(?:[\x20-\x7e]\0){4}/.test(text),
  pattern: /\0/g
}

const WRITINGS = [ESCAPES, QUOTED_PRINTABLE, WIDE]

/** One look at a text that has no escapes, as most have none. */
// eslint-disable-next-line no-control-regex -- it is what is looked for
const MARKS = /[\\%&=\0]/
const NONE: readonly View[] = []

const LETTERS: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', b: '\b', f: '\f' }
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" }

/** What a text says when its escapes are undone: one view for each way of writing that it uses. */
export function viewsOf(text: string): readonly View[] {
  if (!MARKS.test(text)) return NONE
  return WRITINGS.filter(({ isUsed }) => isUsed(text)).map(({ pattern }) => createView(text, pattern))
}

/** UTF-16 that was read byte by byte, without the half of its bytes that says nothing; `undefined` where a text is none. */
export function readWide(text: string): string | undefined {
  return WIDE.isUsed(text) ? text.replaceAll('\0', '') : undefined
}

/** What a JSON string says whose text between the quotes is given; lenient where that is no valid JSON. */
export function viewOfJsonString(raw: string): View {
  return raw.includes('\\') ? createView(raw, /\\(?:u[0-9a-fA-F]{4}|[^])/g) : { text: raw, rawAt: (offset) => offset }
}

function createView(raw: string, pattern: RegExp): View {
  let text = ''
  let copied = 0
  /** Where the replaced escapes stand in the result, and by how much the text itself is longer up to and with each. */
  const places: number[] = []
  const longer: number[] = []
  for (const { 0: escape, index } of raw.matchAll(pattern)) {
    text += raw.slice(copied, index)
    copied = index + escape.length
    places.push(text.length)
    text += characterOf(escape)
    longer.push(copied - text.length)
  }
  text += raw.slice(copied)
  return { text, rawAt: (offset) => offset + (longer[countBelow(places, offset) - 1] ?? 0) }
}

function characterOf(escape: string): string {
  if (escape === '\0' || (/\n[ \t]*$/.test(escape) && escape.startsWith('='))) return ''
  if (/^[%=]/.test(escape)) return fromCode(escape.slice(1), 16)
  if (escape.startsWith('&')) {
    const name = escape.slice(1, -1)
    if (!name.startsWith('#')) return ENTITIES[name] ?? escape
    return /^#x/i.test(name) ? fromCode(name.slice(2), 16) : fromCode(name.slice(1), 10)
  }
  if (escape.length > 2) return fromCode(escape.slice(2), 16)
  return LETTERS[escape[1]!] ?? escape[1]!
}

/** A number that no character has stands for none. */
function fromCode(digits: string, radix: number): string {
  const code = Number.parseInt(digits, radix)
  return code <= 0x10ffff ? String.fromCodePoint(code) : '\ufffd'
}

/** How many numbers of an ascending list are smaller than a limit. */
function countBelow(ascending: readonly number[], limit: number): number {
  let low = 0
  let high = ascending.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if (ascending[middle]! < limit) low = middle + 1
    else high = middle
  }
  return low
}
