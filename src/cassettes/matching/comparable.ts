/** What counts of a request when it is compared, as a tree: neither spacing nor the order of keys, nor a form's boundary. */
import { hash } from 'node:crypto'
import { getHeader, getHeaders, mediaType } from '../../http/headers.ts'
import { isObject, isStrictJson, JsonError, tryParseJson, walkJson, type Json } from '../../http/json.ts'
import { toText } from '../../http/message.ts'
import { MultipartError, parseMultipart, readBoundary } from '../../http/multipart.ts'
import { withoutNumbers } from '../../redaction/kinds.ts'
import type { RecordedRequest } from '../interaction.ts'

/** A name and its value. */
type Pair = readonly [name: string, value: string]

/** What two requests must share. */
export interface Comparable {
  readonly method: string
  /** Without query. */
  readonly path: string
  /** As they stand in the address, sorted. */
  readonly query: readonly Pair[]
  /** Those that somebody asked for, names in lower case; a value for each time that one stands there. */
  readonly headers: readonly Pair[]
  /** `''` where there is no body. */
  readonly contentType: string
  readonly body: ComparableBody
}

/** JSON; the parts of a form, `{ parts: [{ name, filename, type, content }] }`; a text; or the digest of bytes that are none. */
export interface ComparableBody {
  readonly form: 'json' | 'form' | 'text' | 'bytes'
  readonly value: Json
}

/** Stands before what is no text of the request: a number that JavaScript would round, a value that a rule put there. */
export const MARK = '\u0000'

/** @param counted names of the headers that count, in lower case */
export function toComparable(request: RecordedRequest, counted: readonly string[] = []): Comparable {
  const cut = request.url.indexOf('?')
  const contentType = getHeader(request.headers, 'content-type')
  return {
    method: request.method,
    path: withoutNumbers(cut === -1 ? request.url : request.url.slice(0, cut)),
    query: cut === -1 ? [] : readQuery(withoutNumbers(request.url.slice(cut + 1))),
    headers: counted.flatMap((name) => getHeaders(request.headers, name).map((value): Pair => [name, withoutNumbers(value)])),
    contentType: request.body.byteLength === 0 ? '' : mediaType(contentType),
    body: comparableBody(request, contentType)
  }
}

function readQuery(query: string): Pair[] {
  return query
    .split('&')
    .toSorted()
    .map((parameter): Pair => {
      const equals = parameter.indexOf('=')
      // A name alone is not a name with an empty value.
      return equals === -1 ? [parameter, MARK] : [parameter.slice(0, equals), parameter.slice(equals + 1)]
    })
}

function comparableBody({ body, json }: RecordedRequest, contentType: string | undefined): ComparableBody {
  const parts = json ? undefined : comparableParts(body, contentType)
  if (parts !== undefined) return { form: 'form', value: { parts } }
  const text = json?.text ?? toText(body)
  if (text === undefined) return { form: 'bytes', value: digest(body) }
  const value = json && !MAY_BE_ROUNDED.test(text) ? json.value : exactJson(text)
  if (value === undefined) return { form: 'text', value: withoutNumbers(text) }
  return { form: 'json', value: MAY_HOLD_PLACEHOLDER.test(text) ? mapStrings(value, withoutNumbers) : value }
}

/** A placeholder in a JSON text begins with one of these. */
const MAY_HOLD_PLACEHOLDER = /<|\\u003c/i

/** Parts in order, files by digest; never the boundary. */
function comparableParts(bytes: Uint8Array, contentType: string | undefined): Json[] | undefined {
  try {
    const boundary = readBoundary(contentType)
    if (boundary === undefined) return undefined
    return parseMultipart(bytes, boundary).map(({ name, filename, headers, bytes: content }) => {
      const text = toText(content)
      const shown = text === undefined ? digest(content) : withoutNumbers(text)
      return { name, filename: filename ?? null, type: mediaType(getHeader(headers, 'content-type')), content: shown }
    })
  } catch (error) {
    if (error instanceof MultipartError) return undefined
    throw error
  }
}

/** A value with another text for each of its texts, keys included. */
export function mapStrings(value: Json, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return value.map((item: Json) => mapStrings(item, map))
  if (!isObject(value)) return value
  return toObject(Object.entries(value).map(([key, item]) => [map(key), mapStrings(item, map)]))
}

/** An object that may have a field `__proto__`, as JSON may. */
export function toObject(entries: readonly (readonly [string, Json])[]): Json {
  return Object.fromEntries(entries)
}

/**
 * The value of a JSON text, with each number that JavaScript would round as a text with a mark: two of them must not compare
 * equal by rounding.
 * `undefined` where the text is no JSON, or is read differently by different readers (a key that stands twice).
 */
function exactJson(text: string): Json | undefined {
  const plain = tryParseJson(text)
  if (plain === undefined || !MAY_BE_ROUNDED.test(text)) return plain !== undefined && isStrictJson(text) ? plain : undefined
  let exact = ''
  let copied = 0
  try {
    walkJson(text, ({ kind, start, end }) => {
      if (kind !== 'scalar' || isExact(text, start, end)) return
      exact += `${text.slice(copied, start)}"\\u0000${text.slice(start, end)}"`
      copied = end
    })
  } catch (error) {
    if (error instanceof JsonError) return undefined
    throw error
  }
  return tryParseJson(exact + text.slice(copied))
}

/** Sixteen characters of a number, its sign among them, or an exponent; strings may hold them too. */
const MAY_BE_ROUNDED = /\d[\d.]{14}|\d[eE]/

/** Two decimals of up to 15 digits are never rounded together, but for those at the ends of the range. */
function isExact(text: string, start: number, end: number): boolean {
  if (end - start > 400) return false
  const source = text.slice(start, end)
  if (!/^[-\d]/.test(source) || (source.length <= 15 && !/[eE]/.test(source))) return true
  // Zeros before and behind the others say nothing.
  const digits = source
    .replace(/[eE].*$/, '')
    .replace('-', '')
    .replace(/^0\.?0*|\.?0*$/g, '')
    .replace('.', '')
  const size = Math.abs(Number(source))
  return digits.length <= 15 && (digits === '' || (size > 1e-300 && size < 1e300))
}

function digest(bytes: Uint8Array): string {
  return `sha256:${hash('sha256', bytes, 'hex')}`
}
