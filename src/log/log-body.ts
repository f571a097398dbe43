/** Shows a body as the log keeps it: decoded, redacted, bounded; JSON as JSON, text as text, anything else by its size. */
import { decodeBody } from '../http/body.ts'
import { getHeader, isJsonType, isSseType, mediaType } from '../http/headers.ts'
import { isStrictJson, parseJson, type Json } from '../http/json.ts'
import { toBytes, toText, type HeaderList } from '../http/message.ts'
import { parseMultipart, readBoundary } from '../http/multipart.ts'
import { RedactionError } from '../redaction/own-redactor.ts'
import type { Redaction } from '../redaction/redactor.ts'
import { isStructuralField, maskText, maskTexts, type BodyKind } from './mask-texts.ts'
import { summariseStream } from './stream-texts.ts'

/** A body as it passed. */
export interface PassedBody {
  readonly headers: HeaderList
  /** Still encoded where the headers say so. */
  readonly bytes: Uint8Array
  /** All its bytes; more than `bytes` has where only the beginning was kept. */
  readonly size: number
  /** Whether it is an answer, and whether its status says that it is an error. */
  readonly answer: BodyKind
  /** Its JSON, where it was read already. */
  readonly json?: ReadJson | undefined
}

/** A text that was read as JSON. */
export interface ReadJson {
  readonly text: string
  readonly value: Json | undefined
  /** Whether it is known to be JSON that every reader reads alike. @default false */
  readonly isStrict?: boolean
}

export interface BodyOptions {
  readonly redaction: Redaction
  /** Whether texts are shown, or their lengths only. */
  readonly tokens: boolean
}

/** A body as it is shown. */
export interface ShownBody {
  readonly body: Json
  /** Whether `body` is only its beginning. */
  readonly truncated?: true
}

/** Most characters of a body that are shown. */
const MOST_SHOWN = 256 * 1024

/** Most bytes of a decoded body that are looked into. */
export const MOST_READ = 4 * 1024 * 1024

/** Where a body was cut, half a secret may stand, which nobody would know for one: so much of the end is left out. */
const CUT_MARGIN = 8 * 1024

/** `undefined` where there is no body. Never throws: a body that cannot be read is shown by its size. */
export function showBody(passed: PassedBody, options: BodyOptions): ShownBody | undefined {
  if (passed.size === 0) return undefined
  try {
    return showRead(passed, options) ?? showSize(passed, options)
  } catch (error) {
    return error instanceof RedactionError ? { body: `[withheld: ${error.message}]` } : showSize(passed, options)
  }
}

function showSize({ size, headers }: PassedBody, { redaction }: BodyOptions): ShownBody {
  const type = getHeader(headers, 'content-type')
  return { body: `[${size} bytes${type === undefined ? '' : ` ${redaction.text(mediaType(type))}`}]` }
}

/** A body as text. */
interface ReadBody {
  readonly text: string
  /** `undefined` where the text is no JSON that every reader reads alike. */
  readonly json: Json | undefined
  readonly type: string | undefined
  readonly cut: boolean
  readonly passed: PassedBody
}

function showRead(passed: PassedBody, options: BodyOptions): ShownBody | undefined {
  const { headers, size } = passed
  const type = getHeader(headers, 'content-type')
  const encoding = getHeader(headers, 'content-encoding')
  const cut = size > passed.bytes.byteLength
  if (passed.json && encoding === undefined && size <= MOST_READ && !isBinaryType(type)) {
    const { text, value, isStrict = false } = passed.json
    return showText({ text, json: isStrict || isStrictJson(text) ? value : undefined, type, cut, passed }, options)
  }
  const bytes = cut && encoding ? undefined : decodeBody(passed.bytes, encoding, MOST_READ)
  if (bytes === undefined || bytes.byteLength > MOST_READ) return undefined
  const form = showForm(bytes, type, options)
  if (form) return form
  const text = isBinaryType(type) ? undefined : textOf(bytes, cut)
  if (text === undefined) return undefined
  const json = isJsonType(type) || /^\s*[{[]/.test(text) ? readJson(text) : undefined
  return showText({ text, json, type, cut, passed }, options)
}

function showText(read: ReadBody, options: BodyOptions): ShownBody | undefined {
  const { text, json, type, cut, passed } = read
  // JSON that is not whole shows no field names to redact by.
  if (json === undefined && isJsonType(type) && cut) return undefined
  if (!options.tokens) return showLengths(read, options)
  const redacted = json === undefined ? toText(options.redaction.body(toBytes(text), type)) : options.redaction.json(text, json)
  if (redacted === undefined) return undefined
  const whole = cut ? redacted.slice(0, Math.max(0, redacted.length - CUT_MARGIN)) : redacted
  const truncated = cut || whole.length > MOST_SHOWN ? ({ truncated: true } as const) : {}
  if (whole.length > MOST_SHOWN) return { body: whole.slice(0, MOST_SHOWN), ...truncated }
  const shown = json === undefined || whole === text ? json : readJson(whole)
  return { body: shown ?? (whole === '' ? `[${passed.size} bytes]` : whole), ...truncated }
}

/** Texts as lengths. What masking leaves is short; it is redacted all the same. */
function showLengths({ text, json, type, cut, passed }: ReadBody, options: BodyOptions): ShownBody {
  const truncated = cut ? ({ truncated: true } as const) : {}
  if (isSseType(type)) {
    const { events, ...rest } = summariseStream(text)
    return { body: redactJson({ events, bytes: passed.size, ...rest }, options).json, ...truncated }
  }
  if (json !== undefined) {
    const shown = redactJson(maskTexts(json, passed.answer), options)
    return shown.length > MOST_SHOWN ? { body: `[JSON of ${shown.length} characters]` } : { body: shown.json }
  }
  if (passed.answer !== 'error') return { body: maskText(text), ...truncated }
  return { body: options.redaction.text(text).slice(0, 4096), ...truncated }
}

/** A form as a list of its fields. */
function showForm(bytes: Uint8Array, type: string | undefined, { redaction, tokens }: BodyOptions): ShownBody | undefined {
  const fields = readFields(bytes, type)
  if (fields === undefined) return undefined
  const shown = fields.map(({ name, value, filename }) => {
    const keep = tokens || isStructuralField(name, value)
    const text = filename === undefined && !keep ? maskText(value) : value
    return { [name]: text, ...(filename === undefined ? {} : { filename: tokens ? filename : maskText(filename) }) }
  })
  const body = redactJson(shown, { redaction, tokens })
  return body.length > MOST_SHOWN ? { body: `[form of ${body.length} characters]` } : { body: body.json }
}

interface Field {
  readonly name: string
  /** A file's is its size and type. */
  readonly value: string
  readonly filename?: string
}

function readFields(bytes: Uint8Array, type: string | undefined): Field[] | undefined {
  if (mediaType(type) === 'application/x-www-form-urlencoded') {
    const text = toText(bytes)
    return text === undefined ? undefined : [...new URLSearchParams(text)].map(([name, value]) => ({ name, value }))
  }
  const boundary = readBoundary(type)
  if (boundary === undefined) return undefined
  return parseMultipart(bytes, boundary).map(({ name, filename, headers, bytes: content }) => {
    const text = filename === undefined ? toText(content) : undefined
    const contentType = mediaType(getHeader(headers, 'content-type'))
    const value = text ?? `[${content.byteLength} bytes${contentType === '' ? '' : ` ${contentType}`}]`
    return { name, value, ...(filename === undefined ? {} : { filename }) }
  })
}

/** @returns with the characters of its text */
function redactJson(value: Json, { redaction }: BodyOptions): { readonly json: Json; readonly length: number } {
  const text = JSON.stringify(value)
  const clean = redaction.json(text, value)
  return { json: clean === text ? value : (JSON.parse(clean) as Json), length: clean.length }
}

/** Strict: what nests too deep to be written again stays text. */
function readJson(text: string): Json | undefined {
  try {
    return parseJson(text)
  } catch {
    return undefined
  }
}

/** The text of bytes that may end in the middle of a character; `undefined` where they are no text. */
function textOf(bytes: Uint8Array, cut: boolean): string | undefined {
  if (!cut) return toText(bytes)
  try {
    return new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(bytes, { stream: true })
  } catch {
    return undefined
  }
}

function isBinaryType(type: string | undefined): boolean {
  const name = mediaType(type)
  return /^(?:image|audio|video|font)\//.test(name) || /^application\/(?:octet-stream|pdf|zip|gzip)$/.test(name)
}
