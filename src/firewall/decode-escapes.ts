/** Takes escapes off a text: HTML entities, Unicode and hexadecimal escapes, percent signs. One layer of them. */

/** Named entities that stand for ASCII or for nothing visible. Letters with an accent are read by {@link ACCENTED}. */
const ENTITIES: Readonly<Record<string, string>> = {
  amp: '&',
  lt: '<',
  gt: '>',
  quot: '"',
  apos: "'",
  nbsp: ' ',
  ensp: ' ',
  emsp: ' ',
  thinsp: ' ',
  tab: ' ',
  newline: ' ',
  shy: '',
  zwj: '',
  zwnj: '',
  lrm: '',
  rlm: '',
  colon: ':',
  comma: ',',
  period: '.',
  excl: '!',
  quest: '?',
  num: '#',
  percnt: '%',
  sol: '/',
  bsol: '\\',
  lowbar: '_',
  hyphen: '-',
  dash: '-',
  ast: '*',
  lpar: '(',
  rpar: ')',
  szlig: 'ss',
  aelig: 'ae',
  oelig: 'oe'
}

const ACCENTED = /^([a-z])(?:grave|acute|circ|tilde|uml|cedil|ring|caron|slash|macr|breve|ogon|dot|fr|scr|opf)$/

/** Quick look: whether there is anything to decode. */
const ANY_ESCAPE = /&[#a-z]|\\[uxnrtvf0"'/\\]|%[0-9a-fu]/

/** Each alternative begins with a character of its own and is bounded or greedy to its end: linear time. No groups: those cost most. */
const ESCAPES =
  /&#x[0-9a-f]+;?|&#\d+;?|&[a-z]{2,12};|\\u\{[0-9a-f]+\}|[\\%]u[0-9a-f]{4}|\\x[0-9a-f]{2}|\\[nrtvf0"'/\\]|(?:%[0-9a-f]{2}){1,3000}/g

/**
 * @param text in lower case (as `normaliseText` leaves it)
 * @returns the text with one layer of escapes decoded; what is no escape stays as it is
 */
export function decodeEscapes(text: string): string {
  if (!ANY_ESCAPE.test(text)) return text
  // An alphabet of escapes is short: each is read once.
  const known = new Map<string, string>()
  return text.replace(ESCAPES, (escape) => {
    let decoded = known.get(escape)
    if (decoded === undefined) known.set(escape, (decoded = decodeEscape(escape)))
    return decoded
  })
}

function decodeEscape(escape: string): string {
  if (escape.startsWith('&#x')) return letter(escape, Number.parseInt(escape.slice(3), 16))
  if (escape.startsWith('&#')) return letter(escape, Number.parseInt(escape.slice(2), 10))
  if (escape.startsWith('&')) {
    const name = escape.slice(1, -1)
    return (Object.hasOwn(ENTITIES, name) ? ENTITIES[name] : ACCENTED.exec(name)?.[1]) ?? escape
  }
  const hex = /^(?:\\u\{|[\\%]u|\\x)([0-9a-f]+)/.exec(escape)?.[1]
  if (hex !== undefined) return letter(escape, Number.parseInt(hex, 16))
  if (escape.startsWith('%')) return Buffer.from(escape.replaceAll('%', ''), 'hex').toString('utf8')
  return /[nrtvf0]/.test(escape) ? ' ' : escape.slice(1)
}

function letter(escape: string, code: number): string {
  return code <= 0x10ffff ? String.fromCodePoint(code) : escape
}
