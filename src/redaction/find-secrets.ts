/** Finds secrets wherever they stand in a text: plain, under escapes, in the strings and fields of JSON, and in JSON in JSON. */
import { tryParseJson, type Json } from '../http/json.ts'
import { createCleanJson } from './clean-json.ts'
import type { CleanTexts } from './clean-texts.ts'
import type { Redactors } from './inside.ts'
import type { FieldRules } from './json-fields.ts'
import { jsonLiterals, looksLikeJson, type JsonLiteral } from './json-literals.ts'
import { placeholdersIn } from './kinds.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Redactor } from './redactor.ts'
import { mergeFindings, type Found } from './replace.ts'
import { viewOfJsonString, viewsOf, type View } from './view.ts'

/** How many times a text may be wrapped in another one. */
const DEEPEST = 5

/** Finds the secrets of a text, in order; none overlaps another. */
export type FindSecrets = (text: string) => Found[]

export interface SecretFinder {
  readonly find: FindSecrets
  /** Whether every text in a value of JSON was looked at before, and was clean. */
  isCleanJson(value: Json): boolean
}

export interface FindParts extends Redactors {
  /** What finds encoded secrets. */
  readonly encoded: Redactor
  readonly fields: FieldRules
  /** Whether numbers of JSON can be secret: only a user's own settings make them so. */
  readonly numbers: boolean
  /** A new memory of texts in which nothing was found. */
  readonly remember: () => CleanTexts
}

/** Shorter texts are looked at sooner than remembered. */
const SHORTEST = 4

export function createFindSecrets({ certain, textual, encoded, fields, numbers, remember }: FindParts): SecretFinder {
  const redactors = [...certain, ...textual, encoded]
  /** Texts that stand by themselves, and those within another: less is looked for in those. */
  const clean = [remember(), remember()]

  function find(text: string, depth: number): Found[] {
    if (text.length < SHORTEST) return []
    // Of JSON that stands by itself, its strings are remembered.
    const memory = depth === 0 && looksLikeJson(text) ? undefined : clean[depth]
    if (memory?.has(text)) return []
    const found = look(text, depth)
    if (found.length === 0) memory?.add(text)
    return found
  }

  function look(text: string, depth: number): Found[] {
    const found: Found[] = []
    const isMeantAsJson = looksLikeJson(text)
    if (isMeantAsJson && depth < DEEPEST) {
      for (const literal of jsonLiterals(text, { numbers })) found.push(...findInLiteral(text, literal, depth))
      // In valid JSON there is nothing beside its strings and numbers.
      if (tryParseJson(text) !== undefined) return mergeFindings(text, found)
    }
    for (const redactor of redactors) findBy(redactor, text, found)
    if (depth > 0 && text.includes('<')) found.push(...travelled(text))
    if (depth < DEEPEST) {
      for (const view of viewsOf(text)) found.push(...translate(find(view.text, depth + 1), view, 0))
    }
    return found.length === 0 ? found : mergeFindings(text, found)
  }

  function findInLiteral(text: string, { start, end, kind, path }: JsonLiteral, depth: number): readonly Found[] {
    if (kind === 'number') return findInNumber(text.slice(start, end), path, start)
    if (end - start < SHORTEST) return kind === 'key' ? [] : byField(text.slice(start, end), path, start)
    const view = viewOfJsonString(text.slice(start, end))
    const named = kind === 'key' ? [] : translate(byField(view.text, path, 0), view, start)
    return named.length > 0 ? named : translate(find(view.text, depth + 1), view, start)
  }

  /** A number that is secret becomes a string. */
  function findInNumber(number: string, path: JsonLiteral['path'], start: number): Found[] {
    const place = { secret: number, start, end: start + number.length, around: '"' }
    const named = fields.ownKindOf(path)
    if (named !== undefined) return [{ ...place, kind: named, isNamed: true }]
    if (!/^\d{8,}$/.test(number)) return []
    const found: Found[] = []
    for (const redactor of redactors) findBy(redactor, number, found)
    const whole = found.find((one) => one.end - one.start === number.length)
    return whole ? [{ ...place, kind: whole.kind, secret: whole.secret }] : []
  }

  /** A value that is secret because of its field's name. The scheme may be seen: it tells which kind of key it is. */
  function byField(value: string, path: JsonLiteral['path'], offset: number): Found[] {
    const kind = fields.kindOf(path, value)
    if (kind === undefined) return []
    const scheme = /^(?:bearer|basic)\s+/i.exec(value)?.[0].length ?? 0
    const secret = value.slice(scheme)
    if (secret === '' || isPlaceholder(secret)) return []
    return [{ kind, secret, start: offset + scheme, end: offset + value.length, isNamed: true }]
  }

  const isKnown = createCleanJson({ texts: clean[1]!, fields, shortest: SHORTEST })
  return { find: (text) => find(text, 0), isCleanJson: (value) => !numbers && isKnown(value) }
}

function findBy(redactor: Redactor, text: string, found: Found[]): void {
  for (const { start, end, kind, secret = text.slice(start, end) } of redactor.find(text))
    found.push({ start, end, kind, secret })
}

/**
 * Placeholders that a client got from a replay and wrote in its own way (`%3Cemail:1%3E`): where a recording was made, the
 * secret stood there, and became a plain one.
 */
function travelled(text: string): Found[] {
  return placeholdersIn(text).map(({ start, end, kind }) => ({ start, end, kind, secret: text.slice(start, end) }))
}

function translate(findings: readonly Found[], view: View, offset: number): readonly Found[] {
  if (findings.length === 0) return findings
  return findings.map(({ start, end, around, ...rest }) => ({
    ...rest,
    start: offset + view.rawAt(start),
    end: offset + view.rawAt(end),
    // Within a string, quotes are escaped.
    ...(around === undefined ? {} : { around: JSON.stringify(around).slice(1, -1) })
  }))
}
