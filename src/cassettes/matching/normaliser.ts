/** Reads and runs normalisers: `uuid`, `iso-date in messages[0].content`, `/build-\d+/ in metadata.*`. */
import { RE2JS } from 're2js'
import { MARK } from './comparable.ts'
import { parseFieldPattern, type FieldPattern } from './field-pattern.ts'
import { NORMALISERS } from './normalisers.data.ts'

/** Makes values equal that differ only in what it finds. */
export interface Normaliser {
  /** As it was written. */
  readonly text: string
  /** `undefined`: every text of the body and every value of the query. */
  readonly place: FieldPattern | undefined
  /** The text with a mark for each piece that it finds. */
  apply(text: string): string
}

/** A normaliser that nobody can use; the message says why and what to write. */
export class NormaliserError extends Error {
  constructor(text: string, what: string) {
    super(`${JSON.stringify(text.slice(0, 100))} is no normaliser: ${what}.`)
    this.name = 'NormaliserError'
  }
}

const NAMES = NORMALISERS.map(({ name }) => name).join(', ')

/** A pattern between slashes, as programs write it, or a name; then, if it is for one place, `in` and the place. */
const FORM = /^(?:\/((?:[^/\\\n]|\\.)+)\/([a-z]*)|([a-z][a-z-]*))(?:\s+in\s+(\S.*))?$/s

/** Reads a normaliser. Throws {@link NormaliserError} or `FieldPatternError`. */
export function parseNormaliser(given: string): Normaliser {
  const text = given.trim()
  const [whole, pattern, flags, name, place] = FORM.exec(text) ?? []
  if (whole === undefined)
    throw new NormaliserError(text, `write one of ${NAMES}, or a /pattern/, and behind it "in PLACE" if it is for one place`)
  const where = place === undefined ? undefined : parseFieldPattern(place.trim())
  if (pattern !== undefined) return { text, place: where, apply: compilePattern(text, pattern, flags ?? '') }
  const named = NORMALISERS.find((one) => one.name === name)
  if (!named) throw new NormaliserError(text, `the names are ${NAMES}; a pattern stands between slashes`)
  if (named.needsPlace && !where) {
    throw new NormaliserError(text, `it would make far too much equal. Say where: ${named.name} in metadata.attempt`)
  }
  return { text, place: where, apply: (value) => value.replace(named.pattern, `${MARK}${named.name}${MARK}`) }
}

/** By RE2's rules, which run in linear time whatever the pattern: https://github.com/google/re2/wiki/Syntax */
function compilePattern(text: string, pattern: string, flags: string): Normaliser['apply'] {
  const strange = /[^gimsu]/.exec(flags)?.[0]
  if (strange !== undefined) throw new NormaliserError(text, `the flag ${strange} is not known; i, m and s are`)
  const compiled = compile(text, RE2JS.translateRegExp(pattern), flags)
  if (compiled.matcher('').find()) {
    throw new NormaliserError(text, 'it fits an empty text, so it would fit everywhere. Let it hold at least one character')
  }
  return (value) => compiled.matcher(value).replaceAll(() => `${MARK}${pattern}${MARK}`)
}

function compile(text: string, pattern: string, flags: string): RE2JS {
  const bits: Readonly<Record<string, number>> = { i: RE2JS.CASE_INSENSITIVE, m: RE2JS.MULTILINE, s: RE2JS.DOTALL }
  try {
    return RE2JS.compile(
      pattern,
      [...flags].reduce((sum, flag) => sum | (bits[flag] ?? 0), 0)
    )
  } catch (error) {
    const reason = error instanceof Error ? error.message.replace(/^error parsing regexp:\s*/i, '') : String(error)
    throw new NormaliserError(text, `${reason}. Patterns have RE2's syntax: no lookaround, no backreference`)
  }
}
