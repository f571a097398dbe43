/** Multipart bodies (RFC 7578): parts with their names, files and exact bytes. Anything odd is an error, never a guess. */
import type { HeaderList } from './message.ts'
import { getHeaders, mediaType } from './headers.ts'

/** One part of a form. */
export interface MultipartPart {
  readonly name: string
  /** Present where the part is a file. */
  readonly filename: string | undefined
  readonly headers: HeaderList
  readonly bytes: Uint8Array
}

/** A form that two readers could read in two ways, or not at all. */
export class MultipartError extends Error {
  constructor(message: string) {
    super(`The multipart body cannot be read: ${message}.`)
    this.name = 'MultipartError'
  }
}

/** The boundary of a `content-type` value, or `undefined` where it is not multipart. Throws where it names no usable one. */
export function readBoundary(contentType: string | undefined): string | undefined {
  if (!mediaType(contentType).startsWith('multipart/')) return undefined
  const found = [...(contentType ?? '').matchAll(/;\s*boundary=(?:"([^"]*)"|([^;\s]*))/gi)]
  const boundary = found[0]?.[1] ?? found[0]?.[2]
  if (found.length !== 1 || !boundary || boundary.length > 200)
    throw new MultipartError('its content-type names no single boundary')
  return boundary
}

/** The parts of a form body, in order. Throws {@link MultipartError}. */
export function parseMultipart(body: Uint8Array, boundary: string): MultipartPart[] {
  const bytes = Buffer.from(body.buffer, body.byteOffset, body.byteLength)
  const delimiter = Buffer.from(`--${boundary}`)
  const parts: MultipartPart[] = []
  if (!bytes.subarray(0, delimiter.length).equals(delimiter)) throw new MultipartError('it does not begin with its boundary')
  let at = delimiter.length
  while (!startsWith(bytes, at, '--')) {
    if (!startsWith(bytes, at, '\r\n')) throw new MultipartError('a boundary is not followed by a line end')
    const next = bytes.indexOf(Buffer.concat([Buffer.from('\r\n'), delimiter]), at)
    if (next === -1) throw new MultipartError('its last boundary is missing')
    parts.push(parsePart(bytes.subarray(at, next + 2)))
    at = next + 2 + delimiter.length
  }
  if (
    bytes
      .subarray(at + 2)
      .toString('latin1')
      .trim() !== ''
  )
    throw new MultipartError('bytes follow its last boundary')
  return parts
}

/** `bytes` begin with the line end behind the boundary and finish with the one before the next. */
function parsePart(bytes: Buffer): MultipartPart {
  const end = bytes.indexOf('\r\n\r\n')
  if (end === -1) throw new MultipartError('a part has no blank line behind its headers')
  const head = bytes.subarray(2, Math.max(2, end)).toString('utf8')
  const headers = head.split('\r\n').map((line): readonly [string, string] => {
    const colon = line.indexOf(':')
    if (colon < 1) throw new MultipartError('a part has a header without a colon')
    return [line.slice(0, colon).trim(), line.slice(colon + 1).trim()]
  })
  const [disposition = '', second] = getHeaders(headers, 'content-disposition')
  if (second !== undefined) throw new MultipartError('a part has two content-dispositions')
  if (/;\s*name\*/i.test(disposition)) throw new MultipartError('a part gives its name in a second form')
  const encoding = getHeaders(headers, 'content-transfer-encoding').join(',')
  // Forbidden since RFC 7578 §4.7, but some readers decode it still.
  if (!/^\s*(?:binary|8bit|7bit)?\s*$/i.test(encoding)) throw new MultipartError('a part has a content-transfer-encoding')
  const name = parameter(disposition, 'name')
  if (!/^form-data\b/i.test(disposition) || name === undefined) throw new MultipartError('a part names no form field')
  const filename = parameter(disposition, 'filename') ?? (/;\s*filename\*=/i.test(disposition) ? '' : undefined)
  return { name, filename, headers, bytes: bytes.subarray(end + 4, -2) }
}

function parameter(disposition: string, name: string): string | undefined {
  const found = [...disposition.matchAll(new RegExp(`;\\s*${name}=(?:"((?:[^"\\\\]|\\\\.)*)"|([^;\\s]*))`, 'gi'))]
  if (found.length > 1) throw new MultipartError(`a part gives its ${name} twice`)
  return found[0]?.[1]?.replace(/\\(.)/g, '$1') ?? found[0]?.[2]
}

function startsWith(bytes: Buffer, at: number, text: string): boolean {
  return bytes.subarray(at, at + text.length).toString('latin1') === text
}
