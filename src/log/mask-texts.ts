/** Takes the texts of prompts and completions out of a body and leaves its structure: `"Say hi"` becomes `[6 characters]`. */
import { isObject, type Json } from '../http/json.ts'

/** Fields whose short values say what something is, not what somebody said. Fields that end in `_id` are among them. */
const STRUCTURAL = new Set(
  (
    'id object type role model models fallbacks name status finish_reason stop_reason endpoint method purpose service_tier ' +
    'system_fingerprint effort verbosity tool_choice format response_format size quality style voice language encoding_format ' +
    'detail truncation modalities include media_type mime_type completion_window owned_by phase n stream temperature top_p seed'
  ).split(' ')
)

/** Longer values of structural fields are not taken at their word. */
const MOST_CHARACTERS = 120

/** Objects whose content is somebody's own, whatever its fields are called: arguments of tools, metadata, variables. */
const OWN_CONTENT = new Set(['input', 'arguments', 'metadata', 'variables', 'parsed', 'outputs'])

/** Where an error stands, in an answer or in the answer that an event carries; and its words. */
const ERRORS = new Set(['error', 'last_error', 'incomplete_details'])
const ERROR_WORDS = new Set(['error', 'message', 'code', 'param', 'reason', 'type'])

/** What a body is: a request's has no errors of ours, an error's own words may stand at its top. */
export type BodyKind = 'none' | 'good' | 'error'

interface Place {
  readonly key: string
  /** `own`: everything from here on is somebody's own. `top`: of an answer. `error`: right within an error. */
  readonly zone: 'own' | 'top' | 'error' | 'content'
}

/** The value with each text as its length. The words of an answer's errors stay. */
export function maskTexts(value: Json, answer: BodyKind): Json {
  const top = (key: string, child: Json): Json => mask(child, { key, zone: topZone(key, child, answer) })
  if (!isObject(value)) return mask(value, { key: '', zone: 'content' })
  return mapFields(value, top)
}

function topZone(key: string, child: Json, answer: BodyKind): Place['zone'] {
  if (answer === 'none') return innerZone('content', key, child)
  if (ERRORS.has(key) || (answer === 'error' && /^(?:message|detail|code)$/.test(key))) return 'error'
  return key === 'response' ? 'top' : innerZone('content', key, child)
}

function innerZone(zone: Place['zone'], key: string, child: Json): Place['zone'] {
  if (zone === 'own' || (OWN_CONTENT.has(key) && isObject(child))) return 'own'
  return zone === 'top' && ERRORS.has(key) ? 'error' : 'content'
}

function mask(value: Json, place: Place): Json {
  if (typeof value === 'string') return stays(value, place) ? value : maskText(value)
  if (typeof value === 'number') return place.zone === 'own' ? '[number]' : value
  if (Array.isArray(value)) {
    // Token ids are a prompt, embeddings can be turned back into one, and `bytes` of a token are its text.
    if (value.length > 0 && value.every((item) => typeof item === 'number')) return `[${value.length} numbers]`
    return value.map((item: Json) => mask(item, place.zone === 'own' ? place : { ...place, zone: 'content' }))
  }
  if (!isObject(value)) return value
  return mapFields(value, (key, child) => mask(child, inner(place, key, child)))
}

/** Field by field, which takes a quarter of the time that lists of entries take. Only those make a field `__proto__`. */
function mapFields(object: { readonly [key: string]: Json }, map: (key: string, child: Json) => Json): Json {
  const mapped: Record<string, Json> = {}
  for (const key of Object.keys(object)) {
    if (key === '__proto__') return Object.fromEntries(Object.entries(object).map(([name, child]) => [name, map(name, child)]))
    mapped[key] = map(key, object[key]!)
  }
  return mapped
}

/** Within an error only its own words are plain. */
function inner(place: Place, key: string, child: Json): Place {
  if (place.zone === 'error') return { key, zone: ERROR_WORDS.has(key) && !isObject(child) ? 'error' : 'content' }
  return { key, zone: innerZone(place.zone, key, child) }
}

function stays(text: string, { key, zone }: Place): boolean {
  if (zone === 'own') return false
  return zone === 'error' || isStructuralField(key, text)
}

/** A text's length in its place. */
export function maskText(text: string): string {
  return `[${text.length} characters]`
}

/** Whether a field says what something is, by its name and its value. */
export function isStructuralField(name: string, value: string): boolean {
  const isNamed = STRUCTURAL.has(name.replace(/\[\]$/, '')) || name.endsWith('_id')
  return isNamed && value.length <= MOST_CHARACTERS && /^[\w.:/+-]*$/.test(value)
}
