/** The view of a text that patterns are matched on; what is sent is never changed by it. */
import { CONFUSABLE_CAPITALS, CONFUSABLES } from './confusables.data.ts'

/** Invisible to a reader, but not to a plain comparison: format characters (zero-width, bidi, soft hyphen), variation selectors, fillers. */
// oxlint-disable-next-line no-misleading-character-class -- marks by themselves are what is looked for
const INVISIBLE = /[\p{Cf}\p{Cc}\u034F\u115F\u1160\u17B4\u17B5\u180B-\u180F\u2800\u3164\uFE00-\uFE0F\uFFA0\u{E0100}-\u{E01EF}]/gu

/** Marks that stand on or through another letter. */
const MARKS = /\p{M}/gu

const LATIN = readTable(CONFUSABLES)
const CAPITALS = readTable(CONFUSABLE_CAPITALS)
const ANY_CAPITAL = new RegExp(`[${[...CAPITALS.keys()].join('')}]`, 'gu')

// oxlint-disable-next-line no-control-regex -- ASCII as a whole is meant
const ONLY_ASCII = /^[\0-\x7f]*$/
// oxlint-disable-next-line no-control-regex -- they show nowhere, so they hide nothing from a model
const CONTROLS = /[\0-\x08\x0e-\x1f\x7f]+/g
/** White space that is not one plain space. */
const WIDE_SPACE = /[^\S ]\s*|\s{2,}/g

/** Blocks of letters in a box or a circle that Unicode does not fold: first and last code point, each A to Z. */
const BOXED = [
  [0x1f150, 0x1f169],
  [0x1f170, 0x1f189],
  [0x1f1e6, 0x1f1ff]
] as const

/**
 * One form for all texts that read alike: Unicode NFKD without invisible characters and marks, in lower case, with Latin letters for
 * those that look like them, and with every run of white space as one space. Patterns take the same form, so that one in Cyrillic
 * still fits a Cyrillic text. Takes time linear in the text.
 */
export function normaliseText(text: string): string {
  const letters = ONLY_ASCII.test(text) ? text.replace(CONTROLS, '').toLowerCase() : foldText(text)
  return letters.replace(WIDE_SPACE, ' ')
}

/** The text with capitals as the Latin letters they look like, or `undefined` where it has none that its lower case does not show. */
export function readCapitals(text: string): string | undefined {
  if (ONLY_ASCII.test(text) || text.search(ANY_CAPITAL) === -1) return undefined
  return text.replace(ANY_CAPITAL, (letter) => CAPITALS.get(letter)!)
}

/** Letter by letter into one array: each letter is folded once in the life of the process. */
function foldText(text: string): string {
  let out = new Uint16Array(text.length + 64)
  let size = 0
  for (let at = 0; at < text.length; at += 1) {
    let code = text.charCodeAt(at)
    if (code >= 0xd800 && code < 0xdc00) {
      code = text.codePointAt(at)!
      if (code > 0xffff) at += 1
    }
    const folded = folds.get(code) ?? remember(code)
    if (size + folded.length > out.length) out = grown(out, size + folded.length)
    for (let index = 0; index < folded.length; index += 1) out[size++] = folded.charCodeAt(index)
  }
  return Buffer.from(out.buffer, 0, size * 2).toString('utf16le')
}

/** Letters folded so far. */
const folds = new Map<number, string>()
/** A text of all of Unicode must not fill the memory for good. */
const MOST_FOLDS = 50_000

function remember(code: number): string {
  const folded = foldLetter(code)
  if (folds.size >= MOST_FOLDS) folds.clear()
  folds.set(code, folded)
  return folded
}

function foldLetter(code: number): string {
  const boxed = BOXED.find(([first, last]) => code >= first && code <= last)
  if (boxed) return String.fromCharCode(97 + code - boxed[0])
  const letter = String.fromCodePoint(code)
  if (/\s/.test(letter)) return letter === '\ufeff' ? '' : letter
  const letters = letter.normalize('NFKD').replace(INVISIBLE, '').toLowerCase().normalize('NFKD').replace(MARKS, '')
  return [...letters].map((one) => LATIN.get(one) ?? one).join('')
}

function grown(array: Uint16Array<ArrayBuffer>, least: number): Uint16Array<ArrayBuffer> {
  const larger = new Uint16Array(Math.max(least, array.length * 2))
  larger.set(array)
  return larger
}

/** A table of the data file: each strange letter with its Latin text. */
function readTable(table: string): Map<string, string> {
  const lines = table.trim().replaceAll('\n  ', ' ').split('\n')
  return new Map(
    lines.flatMap((line) => {
      const [latin, ...codes] = line.split(' ')
      return codes.map((code): [string, string] => [String.fromCodePoint(Number.parseInt(code, 16)), latin!])
    })
  )
}
