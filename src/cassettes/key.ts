/** The match keys: equal for requests that the same recording answers, and for no others. */
import { hash } from 'node:crypto'
import { canonicalJson } from '../http/json.ts'
import type { RecordedRequest } from './interaction.ts'
import { toComparable, type Comparable } from './matching/comparable.ts'
import { renameIds } from './matching/ids.ts'

/**
 * The rules of comparing, by number. Raise it with every change that gives an old request another key: keys that older rules
 * made are then made anew when a cassette is opened.
 */
export const KEY_RULES = 3

/** What a document is found by; each 16 hexadecimal digits. */
export interface MatchKeys {
  /** Equal for equal requests. */
  readonly exact: string
  /** Equal for requests that are equal but for the ids that clients make; `exact` itself where there is none in it. */
  readonly shape: string
}

/** The keys of a request, by the rules that hold where nobody gave others. */
export function matchKeys(request: RecordedRequest): MatchKeys {
  const comparable = toComparable(request)
  const exact = comparableKey(comparable)
  const renamed = renameIds(comparable)
  return { exact, shape: renamed.ids.length === 0 ? exact : comparableKey(renamed.comparable) }
}

/** 16 hexadecimal digits: two comparables that differ in anything have different ones. */
export function comparableKey({ method, path, query, headers, contentType, body }: Comparable): string {
  const whole = [method, path, query, headers, contentType, [body.form, body.value]]
  return hash('sha256', canonicalJson(whole), 'hex').slice(0, 16)
}
