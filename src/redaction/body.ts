/** Redacts a decoded body by its content type; bytes in which nothing is secret come back as they are. */
import { getHeader, isSseType, mediaType } from '../http/headers.ts'
import { toBytes, toText } from '../http/message.ts'
import { MultipartError, parseMultipart, readBoundary, type MultipartPart } from '../http/multipart.ts'
import type { CleanTexts } from './clean-texts.ts'
import type { LookInside } from './encoded.ts'
import type { FindSecrets } from './find-secrets.ts'
import { mayBeText } from './inside.ts'
import type { FieldRules } from './json-fields.ts'
import { isPlaceholder } from './placeholders.ts'
import type { Redactor } from './redactor.ts'
import { mergeFindings, replaceFindings } from './replace.ts'
import { redactStream, type StreamRedaction } from './stream-text.ts'
import { redactForm } from './url.ts'

export interface BodyRedaction extends StreamRedaction {
  readonly find: FindSecrets
  readonly fields: FieldRules
  /** A placeholder for a value that is secret by its name. */
  readonly named: (value: string, kind: string) => string
  /** The values known to be secret, for a look into bytes that are no text. */
  readonly known: ReadonlyMap<string, string>
  /** Shapes that bytes have by no chance. */
  readonly shapes: readonly Redactor[]
  /** What packed bytes hold. */
  readonly inside: LookInside
  /** Streams in which nothing was found: a recorded one is played again and again. */
  readonly cleanStreams: CleanTexts
}

export function redactBody(bytes: Uint8Array, contentType: string | undefined, redaction: BodyRedaction): Uint8Array {
  if (bytes.byteLength === 0) return bytes
  const form = redactParts(bytes, contentType, redaction)
  if (form) return form
  const text = toText(bytes)
  if (text === undefined) return redactBytes(bytes, redaction)
  const clean = redactText(text, contentType, redaction)
  return clean === text ? bytes : toBytes(clean)
}

function redactText(text: string, contentType: string | undefined, redaction: BodyRedaction): string {
  // A stream whose type nobody told is a stream all the same.
  if (isSseType(contentType) || /^\uFEFF?(?:data|event|id|retry)?:/.test(text)) return redactEvents(text, redaction)
  if (mediaType(contentType) === 'application/x-www-form-urlencoded') return redactForm(text, redaction)
  return redaction.text(text)
}

function redactEvents(stream: string, redaction: BodyRedaction): string {
  if (redaction.cleanStreams.has(stream)) return stream
  const clean = redactStream(stream, redaction)
  if (clean === stream) redaction.cleanStreams.add(stream)
  return clean
}

/** A form part by part; its boundary and its files' bytes stay. `undefined` for what is no form. */
function redactParts(bytes: Uint8Array, contentType: string | undefined, redaction: BodyRedaction): Uint8Array | undefined {
  const form = readForm(bytes, contentType)
  if (form === undefined) return undefined
  const chunks: Uint8Array[] = []
  let at = 0
  let changed = false
  for (const { bytes: part, headers, name } of form.parts) {
    const start = part.byteOffset - bytes.byteOffset
    const given = bytes.subarray(at, start)
    const head = redactHead(given, form.boundary, redaction)
    const content = redactPart(part, getHeader(headers, 'content-type'), name, redaction)
    changed ||= content !== part || head !== given
    chunks.push(head, content)
    at = start + part.byteLength
  }
  return changed ? new Uint8Array(Buffer.concat([...chunks, bytes.subarray(at)])) : bytes
}

function readForm(
  bytes: Uint8Array,
  contentType: string | undefined
): { readonly boundary: string; readonly parts: readonly MultipartPart[] } | undefined {
  try {
    const boundary = readBoundary(contentType)
    return boundary === undefined ? undefined : { boundary, parts: parseMultipart(bytes, boundary) }
  } catch (error) {
    if (error instanceof MultipartError) return undefined
    throw error
  }
}

/** The headers of a part, and the boundary in front of them, which must stay what the content-type says. */
function redactHead(bytes: Uint8Array, boundary: string, redaction: BodyRedaction): Uint8Array {
  const text = toText(bytes)
  if (text === undefined) return redactBytes(bytes, redaction)
  const cut = text.indexOf(`--${boundary}`) + boundary.length + 2
  const clean = text.slice(0, cut) + redaction.text(text.slice(cut))
  return clean === text ? bytes : toBytes(clean)
}

function redactPart(part: Uint8Array, contentType: string | undefined, name: string, redaction: BodyRedaction): Uint8Array {
  const text = toText(part)
  const kind = text === undefined ? undefined : redaction.fields.kindOf([name], text)
  if (kind === undefined || text === undefined || isPlaceholder(text)) return redactBody(part, contentType, redaction)
  return toBytes(redaction.named(text, kind))
}

/** Bytes that are no text keep every byte, but for what is known to be secret or has the shape of it; packed ones go as a whole. */
function redactBytes(bytes: Uint8Array, { known, shapes, replace, inside }: BodyRedaction): Uint8Array {
  const buffer = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  let text = buffer.toString('latin1')
  const before = text
  for (const [value, kind] of known) {
    text = text.replaceAll(Buffer.from(value).toString('latin1'), () => replace({ secret: value, kind }))
  }
  for (const redactor of shapes) {
    const findings = [...redactor.find(text)].map((finding) => ({ ...finding, secret: text.slice(finding.start, finding.end) }))
    text = replaceFindings(text, mergeFindings(text, findings), replace)
  }
  if (text !== before) return new Uint8Array(Buffer.from(text, 'latin1'))
  const hidden = mayBeText(bytes) ? inside(buffer) : undefined
  return hidden ? toBytes(replace({ secret: before, ...hidden })) : bytes
}
