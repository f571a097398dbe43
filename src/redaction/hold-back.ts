/** Says how much of a text that is still coming must be held back, since it may be the beginning of a secret. */
import type { Redaction } from './redactor.ts'

/** Most characters that are held back: more than any secret has but a private key. */
export const MOST_HELD = 4096

/** Private keys, and runs of which a part was seen to be secret. */
const MOST_HELD_SECRET = 16_384

export interface Hold {
  /** What stands before this can be shown. */
  readonly from: number
  /** Whether the run at the end is a secret too long to wait for: all can be shown, and nothing of what goes on with it. */
  readonly isEndless: boolean
}

/** What tells secrets. */
export type Secrets = Pick<Redaction, 'places' | 'reach' | 'mayHideField'>

export function holdFrom(text: string, secrets: Secrets): Hold {
  const from = Math.min(wordFrom(text, secrets), reachFrom(text, secrets))
  if (text.length - from <= MOST_HELD) return { from, isEndless: false }
  const cut = text.length - MOST_HELD / 2
  if (!isWithinSecret(text, cut, secrets)) return { from: cut, isEndless: false }
  return text.length - from < MOST_HELD_SECRET ? { from, isEndless: false } : { from: text.length, isEndless: true }
}

/** Whether no secret goes on over a place of a text. */
export function isBetweenWords(text: string, at: number, secrets: Secrets): boolean {
  if (wordFrom(text.slice(0, at + 1), secrets) < at) return false
  return secrets.reach === 0 || (text.length - at >= secrets.reach && !isWithinSecret(text, at, secrets))
}

/** How many characters at the beginning go on with a run that began before. */
export function runLength(text: string): number {
  let end = 0
  while (end < text.length && !isSeparator(text, end)) end += 1
  return end
}

/** A field with its value, as tools get them. */
export const FIELD = /"([^"\\]{1,64})"\s{0,8}:\s{0,8}"((?:[^"\\]|\\[^]){1,4096})"/g

/** The end of a text that may be a field whose value is not whole yet. */
const OPEN_FIELD = /"([^"\\]{1,64})"\s{0,8}(?::\s{0,8}(?:"(?:[^"\\]|\\[^]){0,4096}\\?)?)?$/

/** Words that make what follows them a secret. */
const CONTEXT =
  /(?:\b(?:bearer|basic)\s{1,8}|\bkey provided:\s{0,8}|\bkey\s{1,8}|\bufrag\s{1,8}|\w{0,40}secret_?access_?key["'\\]{0,2}[ \t]{0,4}(?:[=:][ \t]{0,4}["'\\]{0,2})?)$/i

/** Where the last word begins, with the words that could make it a secret; the text's length behind a separator. */
function wordFrom(text: string, { mayHideField }: Secrets): number {
  const key = text.lastIndexOf('-----BEGIN ')
  if (key !== -1 && text.length - key < MOST_HELD_SECRET && !/-----END [^-]*-----/.test(text.slice(key))) return key
  const field = OPEN_FIELD.exec(text.slice(-MOST_HELD))
  if (field && mayHideField(field[1]!)) return text.length - field[0].length
  let run = text.length
  while (run > 0 && !isSeparator(text, run - 1)) run -= 1
  const context = CONTEXT.exec(text.slice(Math.max(0, run - 80), run))?.[0].length ?? 0
  if (context > 0) return run - context
  // The quote in front of a word may make it the name of a field.
  return text[run - 1] === '"' ? run - 1 : run
}

/** So much of the end as a secret with white space in it may have, and all of one that began before. */
function reachFrom(text: string, secrets: Secrets): number {
  if (secrets.reach === 0) return text.length
  const from = Math.max(0, text.length - secrets.reach)
  return secrets.places(text).find(({ start, end }) => start < from && from < end)?.start ?? from
}

function isWithinSecret(text: string, at: number, { places }: Secrets): boolean {
  return places(text).some(({ start, end }) => start < at && at < end)
}

/** Characters that no secret holds. */
function isSeparator(text: string, at: number): boolean {
  return /[\s"'<>(){}[\],;]/.test(text.charAt(at))
}
