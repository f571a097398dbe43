/** Says whether a recorded request and one that was received are the same call, as a real API would see them. */
import { getHeader } from '../../src/http/headers.ts'
import { canonicalJson, isObject, tryParseJson, type Json } from '../../src/http/json.ts'
import { toText, type HeaderList } from '../../src/http/message.ts'
import { parseMultipart, readBoundary } from '../../src/http/multipart.ts'
import { routeRequest } from '../../src/providers/route.ts'
import { publicPath, type RealExchange } from './real-exchanges.ts'

interface Received {
  readonly method: string
  readonly url: string
  readonly headers: HeaderList
  readonly body: Uint8Array
}

/** Same method, same path (prefixes such as `/openai` and the query do not matter), same content. */
export function fits(exchange: RealExchange, received: Received): boolean {
  if (exchange.provider === 'other' || exchange.request.method !== received.method) return false
  if (withoutQuery(publicPath(exchange)) !== routeRequest(received.url, received.headers)?.path) return false
  return sameContent(exchange.request, received)
}

function withoutQuery(path: string): string {
  return path.split('?', 1)[0]!
}

/** Equal bytes, equal JSON (key order does not matter), or equal forms (the boundary does not matter). */
function sameContent(recorded: RealExchange['request'], received: Received): boolean {
  const [a, b] = [Buffer.from(recorded.body), Buffer.from(received.body)]
  if (a.equals(b)) return true
  const form = formOf(recorded)
  if (form) return form === formOf(received)
  const [left, right] = [a, b].map((bytes) => tryParseJson(toText(bytes) ?? ''))
  if (left === undefined || right === undefined) return false
  return canonicalJson(left) === canonicalJson(right) || canonicalJson(left) === canonicalJson(withoutAskedUsage(right))
}

/** The proxy asks for a stream's usage where the client did not. */
function withoutAskedUsage(body: Json): Json {
  if (!isObject(body) || canonicalJson(body['stream_options'] ?? null) !== '{"include_usage":true}') return body
  return Object.fromEntries(Object.entries(body).filter(([name]) => name !== 'stream_options'))
}

function formOf({ headers, body }: Pick<Received, 'headers' | 'body'>): string | undefined {
  const boundary = readBoundary(getHeader(headers, 'content-type'))
  if (boundary === undefined) return undefined
  const parts = parseMultipart(body, boundary).map(({ name, filename, bytes }) => [
    name,
    filename,
    Buffer.from(bytes).toString('base64')
  ])
  return JSON.stringify(parts.toSorted(([a], [b]) => String(a).localeCompare(String(b))))
}
