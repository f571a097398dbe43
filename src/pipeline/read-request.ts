/** Takes a request apart once: decoded body, JSON or form parts, model call; and puts a rule's edits into it. */
import { decodeBody } from '../http/body.ts'
import { byName } from '../http/by-name.ts'
import { getHeader, getHeaders, isJsonType, mediaType, withHeader, withoutHeaders } from '../http/headers.ts'
import { JsonError, parseJson, setField } from '../http/json.ts'
import { toBytes, toText, type HttpRequest } from '../http/message.ts'
import { parseMultipart, readBoundary } from '../http/multipart.ts'
import type { FieldEdit } from '../firewall/rule.ts'
import type { FormField, ParsedContent } from '../providers/provider.ts'

/** A request's body as the upstream will read it. */
export interface ReadRequest {
  /** Without any content encoding. */
  readonly body: Uint8Array
  readonly content: ParsedContent
}

/**
 * Reads a body as the upstream would, or throws ({@link JsonError} and its kin): what cannot be judged is not sent.
 * @param limit most bytes that the decoded body may have
 */
export function readRequest(request: HttpRequest, limit: number): ReadRequest {
  const types = getHeaders(request.headers, 'content-type')
  if (types.length > 1) throw new JsonError('The request has more than one content-type.')
  const encodings = getHeaders(request.headers, 'content-encoding').join(',')
  const body = decodeBody(request.body, encodings, limit)
  return { body, content: readContent(body, types[0]) }
}

function readContent(body: Uint8Array, contentType: string | undefined): ParsedContent {
  if (body.byteLength === 0) return { kind: 'none' }
  const boundary = readBoundary(contentType)
  if (boundary !== undefined) return { kind: 'form', fields: readFields(body, boundary) }
  const text = toText(body)
  // A body that begins like JSON is read as JSON, whatever its content type claims: upstreams do so too.
  if (isJsonType(contentType) || beginsLikeJson(body)) {
    requireUtf8(contentType)
    if (text === undefined) throw new JsonError('The body is not UTF-8. Send JSON as UTF-8 without a byte order mark.')
    if (isUrlEncoded(contentType) && text.includes('&')) {
      throw new JsonError('The body is JSON, but its content-type says that it is a form. Send content-type: application/json.')
    }
    return { kind: 'json', value: parseJson(text), text }
  }
  if (text === undefined) return { kind: 'other', text: Buffer.from(body).toString('latin1') }
  if (isUrlEncoded(contentType)) {
    requireUtf8(contentType)
    return {
      kind: 'form',
      fields: [...new URLSearchParams(text)].map(([name, value]) => ({ name, filename: undefined, text: value }))
    }
  }
  return { kind: 'other', text }
}

function readFields(body: Uint8Array, boundary: string): FormField[] {
  return parseMultipart(body, boundary).map(({ name, filename, headers, bytes }) => {
    requireUtf8(getHeader(headers, 'content-type'))
    // A text that is no UTF-8 is still a text; a file may be anything.
    return { name, filename, text: toText(bytes) ?? (filename === undefined ? Buffer.from(bytes).toString('latin1') : undefined) }
  })
}

function isUrlEncoded(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'application/x-www-form-urlencoded'
}

/** In UTF-8, or in any other form of Unicode: with a byte order mark, or with zero bytes between. */
function beginsLikeJson(body: Uint8Array): boolean {
  const start = Buffer.from(body.subarray(0, 4096)).toString('latin1')
  return /^(?:\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\0\s]*[{[]/.test(start) || /^[\0\s]{4096}/.test(start)
}

/** Another character set would be another text. Throws {@link JsonError}. */
function requireUtf8(contentType: string | undefined): void {
  const strange = contentType === undefined ? undefined : strangeCharset(contentType)
  if (strange !== undefined)
    throw new JsonError(`The charset "${strange.slice(0, 40)}" is not read here. Send the body as UTF-8.`)
}

const strangeCharset = byName((contentType: string) => {
  const named = [...contentType.matchAll(/;\s*charset\s*=\s*"?([^";\s]*)/gi)].map(([, name]) => name!.toLowerCase())
  return named.find((name) => !/^(utf-?8|us-ascii|ascii)$/.test(name))
})

/** The request with the rules' edits in its body. An edited body goes out without content encoding. */
export function editRequest(request: HttpRequest, read: ReadRequest, edits: readonly FieldEdit[]): HttpRequest {
  if (edits.length === 0) return request
  if (read.content.kind !== 'json')
    throw new JsonError('Only a JSON body can be given a limit; in the file of a batch, give each line its own.')
  const text = edits.reduce((edited, { path, value }) => setField(edited, path, value), read.content.text)
  const body = toBytes(text)
  const headers = withoutHeaders(request.headers, ['content-encoding'])
  return { ...request, body, headers: withHeader(headers, 'content-length', String(body.byteLength)) }
}

/** A request's credentials, each as the bare secret: they are secrets in whatever the proxy keeps. */
export function readCredentials(request: HttpRequest): string[] {
  const credentials: string[] = []
  for (const [name, value] of request.headers) {
    if (CREDENTIALS.has(name.toLowerCase())) credentials.push(value.replace(/^\s*\w+\s+/, ''))
  }
  credentials.push(...queryCredentials(request.url))
  return credentials.map((value) => value.trim()).filter((value) => value !== '')
}

const CREDENTIALS = new Set([
  'x-openai-proxy-token',
  'authorization',
  'proxy-authorization',
  'x-api-key',
  'api-key',
  'x-goog-api-key'
])

function queryCredentials(url: string): string[] {
  const cut = url.indexOf('?')
  if (cut === -1) return []
  const query = new URLSearchParams(url.slice(cut + 1).split('?', 1)[0])
  return ['api_key', 'api-key', 'key', 'access_token'].flatMap((name) => query.getAll(name))
}
