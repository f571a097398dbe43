/** nock's recorded definitions (`output_objects: true`) and the files of nock.back: one list of calls. */
import { getHeader, isJsonType } from '../../http/headers.ts'
import { tryParseJson } from '../../http/json.ts'
import { EMPTY, toBytes, toText, type HeaderList } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { decodeHex } from './encoded-text.ts'
import { FormatError } from './format-error.ts'
import { readEach, type ForeignExchange, type RecordingFormat } from './format.ts'
import { headerRecord, readHeaderMap } from './header-map.ts'
import { fieldOf, itemsOf, needNumber, needText, textOf, toJsonText, type SourceNode } from './source-node.ts'

export const nock: RecordingFormat = {
  name: 'nock',
  title: 'nock',
  extension: '.json',
  detect: (root) => itemsOf(root).length > 0 && itemsOf(root).every((item) => fieldOf(item, 'scope') !== undefined),
  read: (root) => readEach(itemsOf(root), readDefinition),
  write(interactions) {
    const isOdd = ({ request }: Interaction): boolean => looksLikeBytes(toText(request.body) ?? '')
    const leftOut = interactions.flatMap((interaction, index) => (isOdd(interaction) ? [{ index, reason: ODD_REQUEST }] : []))
    const written = interactions.filter((interaction) => !isOdd(interaction)).map(writeDefinition)
    return { text: `${JSON.stringify(written, null, 2)}\n`, leftOut }
  }
}

const ODD_REQUEST = 'the text of its request looks like the hex in which nock writes bytes, and would be read as those'

function readDefinition(item: SourceNode): ForeignExchange {
  const scope = needText(item, 'scope')
  const path = needText(item, 'path')
  if (scope.startsWith('/') || !path.startsWith('/'))
    throw new FormatError(item.line, 'its address is a pattern, not one address')
  const raw = fieldOf(item, 'rawHeaders') ?? fieldOf(item, 'headers')
  const headers = raw?.kind === 'list' ? pairsOf(raw) : readHeaderMap(raw)
  const request = readHeaderMap(fieldOf(item, 'reqheaders'))
  const isBinary = fieldOf(item, 'responseIsBinary')
  return {
    line: item.line,
    request: {
      method: (textOf(fieldOf(item, 'method')) ?? 'GET').toUpperCase(),
      url: scope.replace(/\/$/, '') + path,
      headers: request,
      body: readBody(fieldOf(item, 'body'), request, undefined)
    },
    response: {
      status: fieldOf(item, 'status') === undefined ? 200 : needNumber(item, 'status'),
      headers,
      body: readBody(fieldOf(item, 'response'), headers, isBinary === undefined ? undefined : textOf(isBinary) === 'true'),
      timing: []
    },
    at: undefined,
    ms: 0
  }
}

/** Names and values in turn, as Node has them. */
function pairsOf(raw: SourceNode): HeaderList {
  const texts = itemsOf(raw).map((item) => textOf(item) ?? '')
  return texts.flatMap((name, index) => (index % 2 === 0 ? [[name, texts[index + 1] ?? ''] as const] : []))
}

/** JSON stands as itself, an encoded body as the list of its chunks in hex, other bytes as one hex text. */
function readBody(body: SourceNode | undefined, headers: HeaderList, isBinary: boolean | undefined): Uint8Array {
  if (body === undefined) return EMPTY
  if (body.kind === 'list') {
    const chunks = body.items.map((item) => (item.kind === 'text' ? decodeHex(item.text) : undefined))
    const isChunked = getHeader(headers, 'content-encoding') !== undefined && !chunks.includes(undefined)
    return isChunked ? new Uint8Array(Buffer.concat(chunks as Uint8Array[])) : toBytes(toJsonText(body))
  }
  if (body.kind !== 'text') return toBytes(toJsonText(body))
  const isBytes = isBinary === undefined ? looksLikeBytes(body.text) : isBinary
  return (isBytes ? decodeHex(body.text) : undefined) ?? toBytes(body.text)
}

/** Where nothing is said: nock writes hex for bytes that are no UTF-8, and for no others. */
function looksLikeBytes(text: string): boolean {
  const bytes = decodeHex(text)
  return bytes !== undefined && toText(bytes) === undefined
}

function writeDefinition({ request, response }: Interaction): object {
  const { origin, pathname, search } = new URL(request.url)
  return {
    scope: origin,
    method: request.method,
    path: pathname + search,
    body: writeBody(request),
    status: response.status,
    response: writeBody(response),
    rawHeaders: response.headers.flat(),
    reqheaders: headerRecord(request.headers),
    responseIsBinary: toText(response.body) === undefined
  }
}

/** JSON stands as itself where nock's own `JSON.stringify` gives every byte again. */
function writeBody({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): unknown {
  const text = toText(body)
  if (text === undefined) return Buffer.from(body).toString('hex')
  const value = isJsonType(getHeader(headers, 'content-type')) ? tryParseJson(text) : undefined
  return typeof value === 'object' && value !== null && JSON.stringify(value) === text ? value : text
}
