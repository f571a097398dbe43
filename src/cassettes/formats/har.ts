/** HAR 1.2, as browsers, Playwright, mitmproxy and Polly write it (http://www.softwareishard.com/blog/har-12-spec/). */
import type { Entry, Har, Header } from 'har-format'
import { getHeader, isSseType, mediaType } from '../../http/headers.ts'
import { tryParseJson } from '../../http/json.ts'
import { EMPTY, toBytes, toText, type HeaderList } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { decodeBase64, decodeHex } from './encoded-text.ts'
import { FormatError } from './format-error.ts'
import { readEach, recordedAt, type ForeignExchange, type RecordingFormat } from './format.ts'
import { fieldOf, itemsOf, needField, needNumber, needText, numberOf, textOf, type SourceNode } from './source-node.ts'
import { fromBase64, holdsList, listOf } from './vcr.ts'

/** HAR's `request.postData` has no name for bytes; this is the one that its `content` has. */
interface PostBytes {
  readonly encoding?: 'base64'
}

export const har: RecordingFormat = {
  name: 'har',
  title: 'HAR',
  extension: '.har',
  detect: (root) => holdsList(fieldOf(root, 'log'), 'entries'),
  read: (root) => readEach(listOf(fieldOf(root, 'log'), 'entries'), readEntry),
  write(interactions, version) {
    const log: Har['log'] = {
      version: '1.2',
      creator: { name: 'openai-proxy', version },
      entries: interactions.map(writeEntry)
    }
    return { text: `${JSON.stringify({ log } satisfies Har, null, 2)}\n`, leftOut: [] }
  }
}

function readEntry(entry: SourceNode): ForeignExchange {
  refuseSocket(entry)
  const request = needField(entry, 'request')
  const response = needField(entry, 'response')
  const status = needNumber(response, 'status')
  if (status === 0) throw new FormatError(response.line, 'it has no answer: the request was blocked, or broke off')
  const headers = readHeaderList(fieldOf(response, 'headers'))
  return {
    line: entry.line,
    request: {
      method: needText(request, 'method').toUpperCase(),
      url: needText(request, 'url'),
      headers: readHeaderList(fieldOf(request, 'headers')),
      body: readPostData(request)
    },
    response: { status, headers, body: readContent(response), timing: readTiming(entry, headers) },
    at: textOf(fieldOf(entry, 'startedDateTime')),
    ms: Math.max(0, numberOf(entry, 'time') ?? 0)
  }
}

function refuseSocket(entry: SourceNode): void {
  const messages = fieldOf(entry, '_webSocketMessages')
  const isSocket = messages !== undefined || textOf(fieldOf(entry, '_resourceType')) === 'websocket'
  if (!isSocket) return
  throw new FormatError(entry.line, `it is a WebSocket of ${itemsOf(messages).length} messages; cassettes hold HTTP exchanges`)
}

/** HTTP/2's `:path` and its kin stand among the headers of browsers. */
function readHeaderList(headers: SourceNode | undefined): HeaderList {
  return itemsOf(headers)
    .map((header) => [needText(header, 'name'), textOf(fieldOf(header, 'value')) ?? ''] as const)
    .filter(([name]) => !name.startsWith(':'))
}

function readPostData(request: SourceNode): Uint8Array {
  const data = fieldOf(request, 'postData')
  const text = fieldOf(data, 'text')
  if (text !== undefined) return textOf(fieldOf(data, 'encoding')) === 'base64' ? fromBase64(text) : toBytes(textOf(text) ?? '')
  const params = itemsOf(fieldOf(data, 'params'))
  if (params.length > 0 && mediaType(textOf(fieldOf(data, 'mimeType'))) === 'application/x-www-form-urlencoded') {
    const pairs = params.map((param) => [needText(param, 'name'), textOf(fieldOf(param, 'value')) ?? ''])
    return toBytes(pairs.map((pair) => pair.join('=')).join('&'))
  }
  const isMissing = params.length > 0 || (numberOf(request, 'bodySize') ?? 0) > 0
  if (isMissing) throw new FormatError(request.line, 'the body of its request was not kept')
  return EMPTY
}

function readContent(response: SourceNode): Uint8Array {
  const content = fieldOf(response, 'content')
  const text = fieldOf(content, 'text')
  if (text === undefined) {
    if (fieldOf(content, '_file') !== undefined)
      throw new FormatError(
        response.line,
        'its answer stands in a file of its own, which is not read. Save the HAR with its content embedded'
      )
    const size = numberOf(content, 'size') ?? 0
    if (size > 0) throw new FormatError(response.line, 'the body of its answer was not kept. Save the HAR with content')
    return EMPTY
  }
  const isBase64 = textOf(fieldOf(content, 'encoding')) === 'base64'
  const isHex = textOf(fieldOf(content, '_isBinary')) === 'true'
  const isEncoded = getHeader(readHeaderList(fieldOf(response, 'headers')), 'content-encoding') !== undefined
  const body = textOf(text) ?? ''
  const chunks = isBase64 || isHex || isEncoded ? pollyChunks(body) : undefined
  if (chunks) return chunks
  if (isBase64) return fromBase64(text)
  return (isHex ? decodeHex(body) : undefined) ?? toBytes(body)
}

/** Polly keeps an encoded answer as a list of its chunks, within the text: in base64; in hex in its first versions. */
function pollyChunks(text: string): Uint8Array | undefined {
  if (!text.startsWith('["') || !text.endsWith('"]')) return undefined
  const list = tryParseJson(text)
  if (!Array.isArray(list) || !list.every((item) => typeof item === 'string')) return undefined
  const texts = list as readonly string[]
  const chunks = [decodeHex, decodeBase64].map((decode) => texts.map(decode)).find((decoded) => !decoded.includes(undefined))
  return chunks && new Uint8Array(Buffer.concat(chunks as Uint8Array[]))
}

/** The time to the first byte, and the rest. Of a stream's events nobody knows the times. */
function readTiming(entry: SourceNode, headers: HeaderList): number[] {
  const timings = fieldOf(entry, 'timings')
  const wait = Math.round(numberOf(timings, 'wait') ?? -1)
  if (wait < 0) return []
  const receive = Math.round(numberOf(timings, 'receive') ?? 0)
  return receive > 0 && !isSseType(getHeader(headers, 'content-type')) ? [wait, receive] : [wait]
}

function writeEntry({ request, response, recorded }: Interaction): Entry {
  const url = new URL(request.url)
  const [wait = 0, ...rest] = response.timing
  return {
    startedDateTime: recordedAt(recorded).toISOString(),
    time: recorded.ms,
    request: {
      method: request.method,
      url: request.url,
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: writeHeaderList(request.headers),
      queryString: [...url.searchParams].map(([name, value]) => ({ name, value })),
      ...(request.body.byteLength === 0 ? {} : { postData: writePostData(request) }),
      headersSize: -1,
      bodySize: request.body.byteLength
    },
    response: {
      status: response.status,
      statusText: '',
      httpVersion: 'HTTP/1.1',
      cookies: [],
      headers: writeHeaderList(response.headers),
      content: { size: response.body.byteLength, mimeType: typeOf(response), ...writeBytes(response.body) },
      redirectURL: getHeader(response.headers, 'location') ?? '',
      headersSize: -1,
      bodySize: response.body.byteLength
    },
    cache: {},
    timings: { send: 0, wait, receive: rest.reduce((sum, ms) => sum + ms, 0) }
  }
}

function writePostData(request: Interaction['request']): { mimeType: string; text: string } & PostBytes {
  return { mimeType: typeOf(request), ...writeBytes(request.body) }
}

function writeBytes(bytes: Uint8Array): { text: string } & PostBytes {
  const text = toText(bytes)
  return text === undefined ? { text: Buffer.from(bytes).toString('base64'), encoding: 'base64' } : { text }
}

function writeHeaderList(headers: HeaderList): Header[] {
  return headers.map(([name, value]) => ({ name, value }))
}

function typeOf({ headers }: { readonly headers: HeaderList }): string {
  return getHeader(headers, 'content-type') ?? 'application/octet-stream'
}
