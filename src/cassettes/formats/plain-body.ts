/** Takes the content encoding off a recorded body, also where the tool had taken it off and kept the header. */
import { BodyError, decodeBody, readEncodings, type ContentEncoding } from '../../http/body.ts'
import { getHeader, getHeaders, isJsonType } from '../../http/headers.ts'
import { tryParseJson } from '../../http/json.ts'
import { toText, type HeaderList } from '../../http/message.ts'

export interface PlainBody {
  readonly bytes: Uint8Array
  /** The encodings that were taken off, outermost last. */
  readonly encodings: readonly ContentEncoding[]
  /** Whether the headers name an encoding that the body has not. */
  readonly wasPlain: boolean
}

/**
 * @param limit most bytes of the decoded body
 * @throws BodyError where the bytes are neither whole in their encoding nor plain, or too many
 */
export function takeOffEncoding(body: Uint8Array, headers: HeaderList, limit: number): PlainBody {
  if (body.byteLength > limit) throw new BodyError('body_too_large', `The body is larger than ${limit} bytes.`)
  const named = getHeaders(headers, 'content-encoding').join(',')
  const encodings = readEncodings(named)
  if (encodings.length === 0 || body.byteLength === 0) return { bytes: body, encodings: [], wasPlain: encodings.length > 0 }
  if (isPlain(body, encodings.at(-1)!, getHeader(headers, 'content-type'))) return { bytes: body, encodings: [], wasPlain: true }
  try {
    return { bytes: decodeBody(body, named, limit), encodings, wasPlain: false }
  } catch (error) {
    // brotli and deflate have no mark: what does not fit them, and is a text, is one.
    const isText = !hasMark(encodings.at(-1)!) && toText(body) !== undefined
    if (error instanceof BodyError && error.code === 'undecodable_body' && isText)
      return { bytes: body, encodings: [], wasPlain: true }
    throw error
  }
}

/** The first bytes of an encoding. */
const MARKS: Readonly<Partial<Record<ContentEncoding, readonly number[]>>> = {
  gzip: [0x1f, 0x8b],
  zstd: [0x28, 0xb5, 0x2f, 0xfd]
}

function hasMark(encoding: ContentEncoding): boolean {
  return MARKS[encoding] !== undefined
}

/** Whether the bytes are surely not in this encoding. Skippable frames of zstd begin otherwise; nobody sends them. */
function isPlain(body: Uint8Array, encoding: ContentEncoding, contentType: string | undefined): boolean {
  const mark = MARKS[encoding]
  if (mark) return !mark.every((byte, index) => body[index] === byte)
  return isJsonType(contentType) && tryParseJson(toText(body) ?? '') !== undefined
}
