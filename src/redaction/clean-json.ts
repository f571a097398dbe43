/** Whether parsed JSON holds nothing but what has been looked at before: then its text needs no look. */
import type { Json } from '../http/json.ts'
import type { CleanTexts } from './clean-texts.ts'
import type { FieldRules } from './json-fields.ts'

export interface CleanJsonParts {
  /** Texts in JSON in which nothing was found. */
  readonly texts: CleanTexts
  readonly fields: FieldRules
  /** Shorter texts hold no secret, whatever they say. */
  readonly shortest: number
}

/** Nothing is looked for here: `false` says that it is not known. Each key of an object must stand in it once. */
export function createCleanJson({ texts, fields, shortest }: CleanJsonParts): (value: Json) => boolean {
  const isClean = (text: string): boolean => text.length < shortest || texts.has(text)
  function isCleanValue(value: Json): boolean {
    if (typeof value === 'string') return isClean(value)
    if (typeof value !== 'object' || value === null) return true
    if (Array.isArray(value)) return value.every(isCleanValue)
    const object = value as { readonly [key: string]: Json }
    // A value may be secret because of where it stands, however often it was clean elsewhere.
    return Object.keys(object).every((key) => isClean(key) && !fields.tellsOf(key) && isCleanValue(object[key]!))
  }
  return isCleanValue
}
