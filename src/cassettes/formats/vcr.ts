/** What VCR.py and Ruby VCR share: the same kinds of requests and answers, with bodies as text, as bytes, or as parsed JSON. */
import { EMPTY, toBytes } from '../../http/message.ts'
import { decodeBase64 } from './encoded-text.ts'
import { FormatError } from './format-error.ts'
import type { ForeignExchange } from './format.ts'
import { readHeaderMap } from './header-map.ts'
import { fieldOf, itemsOf, needField, needNumber, needText, textOf, toJsonText, type SourceNode } from './source-node.ts'

/** One item of `interactions` or `http_interactions`. Throws {@link FormatError}. */
export function readVcrExchange(item: SourceNode): ForeignExchange {
  const isSocket = /^(?:message|close)$/.test(textOf(fieldOf(item, 'kind')) ?? '') && fieldOf(item, 'request') === undefined
  if (isSocket) {
    throw new FormatError(item.line, 'it is a message of a WebSocket; cassettes hold HTTP exchanges')
  }
  const request = needField(item, 'request')
  const response = needField(item, 'response')
  return {
    line: item.line,
    request: {
      method: needText(request, 'method').toUpperCase(),
      url: needText(request, 'uri'),
      headers: readHeaderMap(fieldOf(request, 'headers')),
      body: readBody(request)
    },
    response: {
      status: readStatus(response),
      headers: readHeaderMap(fieldOf(response, 'headers')),
      body: readBody(response),
      timing: []
    },
    at: textOf(fieldOf(item, 'recorded_at')),
    ms: 0
  }
}

/** Older recordings of httpx have the number itself. */
function readStatus(response: SourceNode): number {
  return fieldOf(response, 'status_code')
    ? needNumber(response, 'status_code')
    : needNumber(needField(response, 'status'), 'code')
}

/** The bytes of a message's body, in any of the dialects. */
function readBody(message: SourceNode): Uint8Array {
  const parsed = fieldOf(message, 'parsed_body')
  if (parsed !== undefined) return toBytes(toJsonText(parsed))
  // `content`: older recordings of httpx.
  const body = fieldOf(message, 'body') ?? fieldOf(message, 'content')
  if (body?.kind !== 'map') return bytesOf(body)
  const base64 = fieldOf(body, 'base64_string')
  const encoding = textOf(fieldOf(body, 'encoding'))
  return base64 ? fromBase64(base64) : bytesOf(fieldOf(body, 'string'), encoding)
}

/** @param encoding as Ruby names it; the bytes of a text are UTF-8 without one */
function bytesOf(node: SourceNode | undefined, encoding = 'UTF-8'): Uint8Array {
  if (node === undefined) return EMPTY
  if (node.kind === 'bytes') return node.bytes
  const text = textOf(node)
  if (text === undefined) throw new FormatError(node.line, 'its body is neither a text nor bytes')
  return encodeText(text, encoding, node.line)
}

/** Binary texts are labelled so, not converted. */
function encodeText(text: string, encoding: string, line: number): Uint8Array {
  const name = encoding.toUpperCase()
  // eslint-disable-next-line no-control-regex -- what is beyond ASCII is looked for
  if (/^(?:UTF-8|ASCII-8BIT|BINARY|US-ASCII|)$/.test(name) || /^[\u0000-\u007f]*$/.test(text)) return toBytes(text)
  // eslint-disable-next-line no-control-regex -- what is beyond Latin-1 is looked for
  if (name === 'ISO-8859-1' && /^[\u0000-\u00ff]*$/.test(text)) return new Uint8Array(Buffer.from(text, 'latin1'))
  throw new FormatError(line, `its body is a text in ${encoding.slice(0, 40)}, which is not read here`)
}

/** Throws {@link FormatError} on what is no base64. */
export function fromBase64(node: SourceNode): Uint8Array {
  if (node.kind === 'bytes') return node.bytes
  const bytes = decodeBase64(textOf(node) ?? '?')
  if (bytes === undefined) throw new FormatError(node.line, 'its body is no whole base64')
  return bytes
}

/** Whether a map holds a list of this name. */
export function holdsList(root: SourceNode | undefined, name: string): boolean {
  return fieldOf(root, name)?.kind === 'list'
}

/** The items of that list. */
export function listOf(root: SourceNode | undefined, name: string): readonly SourceNode[] {
  return itemsOf(fieldOf(root, name))
}
