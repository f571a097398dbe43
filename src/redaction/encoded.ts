/** Finds secrets that hide in base64 or hex: each run is decoded, and taken out whole where its bytes hold one. */
import { NO_MEMORY, type CleanTexts } from './clean-texts.ts'
import { encodedKind } from './kinds.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Finding, Redactor } from './redactor.ts'

/** A run of characters that may be encoded bytes. */
export interface EncodedRun {
  readonly start: number
  readonly end: number
  readonly encoding: 'base64' | 'hex'
}

/** What encoded bytes hold. */
export interface Hidden {
  readonly kind: string
  /** The secret itself, where the bytes are nothing else. */
  readonly secret?: string
}

/** The first secret in bytes, or `undefined`. */
export type LookInside = (bytes: Buffer) => Hidden | undefined

/** Shorter runs cannot hold a secret: known values are as short as eight characters, but their own hex is looked for as it is. */
const SHORTEST = { base64: 11, hex: 32 } as const

/** Numbers are long runs too, and base64 of no text. */
const LETTER = /[A-Za-z]/

/** A line of base64 that goes on in the next, as in mail. */
const WRAPPED = { from: 60, to: 128 } as const

/** A run up to this length may begin with characters that are not part of it (a path before a token): each beginning is tried. */
const MANY_BEGINNINGS = 4096

const CHARACTERS = {
  base64: tableOf('ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/_-'),
  hex: tableOf('0123456789abcdefABCDEF')
} as const

/** The runs of a text, by hand: the engine's own patterns break on runs of many megabytes, as images are. */
export function* encodedRuns(text: string): Generator<EncodedRun> {
  const table = CHARACTERS.base64
  for (let start = 0; start < text.length; start += 1) {
    if (table[text.charCodeAt(start)] !== 1) continue
    let end = runEnd(text, start, table)
    // What hex writes with is a part of what base64 does.
    if (end - start >= SHORTEST.hex) yield* hexRuns(text, start, end)
    for (let line = start; end - line >= WRAPPED.from && end - line <= WRAPPED.to;) {
      const next = nextLine(text, end)
      if (next === undefined || table[text.charCodeAt(next)] !== 1) break
      line = next
      end = runEnd(text, next, table)
      if (end - line >= SHORTEST.hex) yield* hexRuns(text, line, end)
    }
    if (end - start >= SHORTEST.base64 && LETTER.test(text.slice(start, end))) {
      yield { start, end: behindPadding(text, end), encoding: 'base64' }
    }
    start = end
  }
}

function* hexRuns(text: string, from: number, to: number): Generator<EncodedRun> {
  for (let start = from; start < to; start += 1) {
    const end = runEnd(text, start, CHARACTERS.hex)
    if (end - start >= SHORTEST.hex) yield { start, end, encoding: 'hex' }
    start = end
  }
}

function runEnd(text: string, start: number, table: Uint8Array): number {
  let end = start
  while (table[text.charCodeAt(end)] === 1) end += 1
  return end
}

/** Behind a line end and the white space that indents the next line. */
function nextLine(text: string, end: number): number | undefined {
  const at = text.startsWith('\r\n', end) ? end + 2 : end + 1
  if (text.charCodeAt(at - 1) !== 10) return undefined
  let next = at
  while (text.charCodeAt(next) === 32 || text.charCodeAt(next) === 9) next += 1
  return next
}

function behindPadding(text: string, end: number): number {
  return end + (text.startsWith('==', end) ? 2 : text.startsWith('=', end) ? 1 : 0)
}

/**
 * @param inside what may stand in the decoded bytes
 * @param clean remembers runs that hold nothing: long words are runs too
 */
export function createEncodedSecrets(inside: LookInside, clean: CleanTexts = NO_MEMORY): Redactor {
  return {
    name: 'encoded-secrets',
    *find(text): Iterable<Finding> {
      for (const run of encodedRuns(text)) {
        const written = text.slice(run.start, run.end)
        // Each run of hex is a run of base64 as well.
        const name = run.encoding === 'hex' ? `hex ${written}` : written
        if (clean.has(name)) continue
        const found = secretInRun(written, run.encoding, inside) ?? travelled(written, run.encoding)
        if (found) yield { ...found, start: run.start, end: run.end }
        else clean.add(name)
      }
    }
  }
}

/** What a run holds. Where it is the secret and nothing else, `secret` is what it says. */
export function secretInRun(run: string, encoding: EncodedRun['encoding'], inside: LookInside): Hidden | undefined {
  const beginnings = run.length > MANY_BEGINNINGS ? 1 : encoding === 'base64' ? 4 : 2
  for (let from = 0; from < beginnings; from += 1) {
    const bytes = Buffer.from(run.slice(from), encoding)
    const found = inside(bytes)
    if (found) return from === 0 ? found : { kind: encodedKind(found.kind) }
  }
  return undefined
}

/** A placeholder that a client got from a replay, and encoded as it would have encoded the secret. */
function travelled(run: string, encoding: EncodedRun['encoding']): Hidden | undefined {
  // `<` and a letter, as either begins with them.
  if (run.length > 200 || !/^(?:PG|3[Cc])/.test(run)) return undefined
  const text = Buffer.from(run, encoding).toString('latin1')
  return isPlaceholder(text) ? { kind: 'secret', secret: text } : undefined
}

function tableOf(characters: string): Uint8Array {
  const table = new Uint8Array(128)
  for (const character of characters) table[character.charCodeAt(0)] = 1
  return table
}
