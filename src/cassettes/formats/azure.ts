/** The recordings of Azure's test-proxy: `Entries`, with bodies as JSON, as lines of text, or in base64, by their content type. */
import { getHeader, isJsonType, mediaType } from '../../http/headers.ts'
import { tryParseJson } from '../../http/json.ts'
import { EMPTY, toBytes, toText, type HeaderList } from '../../http/message.ts'
import type { Interaction } from '../interaction.ts'
import { FormatError } from './format-error.ts'
import { readEach, type ForeignExchange, type FormatWriting, type RecordingFormat } from './format.ts'
import { headerRecord, readHeaderMap } from './header-map.ts'
import { fieldOf, needNumber, needText, textOf, toJsonText, type SourceNode } from './source-node.ts'
import { fromBase64, holdsList, listOf } from './vcr.ts'

export const azure: RecordingFormat = {
  name: 'azure',
  title: 'Azure test-proxy',
  extension: '.json',
  detect: (root) => holdsList(root, 'Entries'),
  read: (root) => readEach(listOf(root, 'Entries'), readEntry),
  write: writeEntries
}

function readEntry(entry: SourceNode): ForeignExchange {
  const requestHeaders = readHeaderMap(fieldOf(entry, 'RequestHeaders'))
  const responseHeaders = readHeaderMap(fieldOf(entry, 'ResponseHeaders'))
  return {
    line: entry.line,
    request: {
      method: needText(entry, 'RequestMethod').toUpperCase(),
      url: needText(entry, 'RequestUri'),
      headers: requestHeaders,
      body: readBody(fieldOf(entry, 'RequestBody'), requestHeaders)
    },
    response: {
      status: needNumber(entry, 'StatusCode'),
      headers: responseHeaders,
      body: readBody(fieldOf(entry, 'ResponseBody'), responseHeaders),
      timing: []
    },
    at: undefined,
    ms: 0
  }
}

/** As the test-proxy itself reads it: RecordEntry.cs in Azure/azure-sdk-tools. */
function readBody(body: SourceNode | undefined, headers: HeaderList): Uint8Array {
  if (body === undefined) return EMPTY
  if (body.kind === 'map' || !(body.kind === 'text' || body.kind === 'list')) return toBytes(toJsonText(body))
  const isText = isTextType(getHeader(headers, 'content-type'))
  if (body.kind === 'list') return isText ? toBytes(body.items.map((line) => lineOf(line)).join('')) : EMPTY
  return isText ? toBytes(body.text) : fromBase64(body)
}

function lineOf(node: SourceNode): string {
  const text = node.kind === 'map' ? toJsonText(node) : textOf(node)
  if (text === undefined) throw new FormatError(node.line, 'a line of its body is no text')
  return text
}

/** The types whose bodies stand as text; those of all others stand in base64. */
function isTextType(contentType: string | undefined): boolean {
  const type = mediaType(contentType)
  if (type.startsWith('text/') || isJsonType(contentType) || /^application\/(?:xml|x-www-form-urlencoded)$|\+xml$/.test(type))
    return true
  return /;\s*charset\s*=\s*"?utf-?8/i.test(contentType ?? '')
}

function writeEntries(interactions: readonly Interaction[]): FormatWriting {
  const leftOut: { index: number; reason: string }[] = []
  const entries = interactions.flatMap(({ request, response }, index) => {
    const bodies = [writeBody(request), writeBody(response)]
    if (bodies.includes(undefined)) {
      leftOut.push({
        index,
        reason: 'a body that is no UTF-8 has a content type of text, which the test-proxy keeps as text only'
      })
      return []
    }
    return {
      RequestUri: request.url,
      RequestMethod: request.method,
      RequestHeaders: writeHeaders(request.headers),
      RequestBody: bodies[0],
      StatusCode: response.status,
      ResponseHeaders: writeHeaders(response.headers),
      ResponseBody: bodies[1]
    }
  })
  return { text: `${JSON.stringify({ Entries: entries, Variables: {} }, null, 2)}\n`, leftOut }
}

/** An object stands as itself where that says every byte; other text line by line. `undefined` where no way gives the bytes again. */
function writeBody({ headers, body }: { readonly headers: HeaderList; readonly body: Uint8Array }): unknown {
  if (body.byteLength === 0) return null
  const contentType = getHeader(headers, 'content-type')
  if (!isTextType(contentType)) return Buffer.from(body).toString('base64')
  const text = toText(body)
  if (text === undefined) return undefined
  const value = isJsonType(contentType) ? tryParseJson(text) : undefined
  const isPlainObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  if (isPlainObject && JSON.stringify(value) === text) return value
  const lines = text.match(/[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+/g) ?? []
  return lines.length > 1 ? lines : text
}

/** The test-proxy looks for `Content-Type` in this case. */
function writeHeaders(headers: HeaderList): Record<string, string | string[]> {
  return headerRecord(headers.map(([name, value]) => [name.toLowerCase() === 'content-type' ? 'Content-Type' : name, value]))
}
