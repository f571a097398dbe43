/** Reading and changing header lists without losing their order or their case. */
import { byName } from './by-name.ts'
import type { HeaderList, HeaderPair } from './message.ts'

/** The first value of a header, or `undefined`. Names compare without case. */
export function getHeader(headers: HeaderList, name: string): string | undefined {
  const wanted = name.toLowerCase()
  for (const [key, value] of headers) if (isNamed(key, wanted)) return value
  return undefined
}

/** Every value of a header, in order. */
export function getHeaders(headers: HeaderList, name: string): string[] {
  const wanted = name.toLowerCase()
  const values: string[] = []
  for (const [key, value] of headers) if (isNamed(key, wanted)) values.push(value)
  return values
}

function isNamed(key: string, wanted: string): boolean {
  return key.length === wanted.length && key.toLowerCase() === wanted
}

/** The list without the named headers. */
export function withoutHeaders(headers: HeaderList, names: Iterable<string>): HeaderList {
  const dropped = new Set([...names].map((name) => name.toLowerCase()))
  return headers.filter(([key]) => !dropped.has(key.toLowerCase()))
}

/** The list with one header set: in the place of its first occurrence, or at the end. */
export function withHeader(headers: HeaderList, name: string, value: string): HeaderList {
  const wanted = name.toLowerCase()
  const place = headers.findIndex(([key]) => isNamed(key, wanted))
  if (place === -1) return [...headers, [name, value]]
  const others = (pair: HeaderPair, index: number): boolean => index > place && !isNamed(pair[0], wanted)
  return [...headers.slice(0, place), [headers[place]![0], value], ...headers.filter(others)]
}

/** The list with several headers set, as {@link withHeader} sets one. No name stands twice among them. */
export function withHeaders(headers: HeaderList, pairs: HeaderList): HeaderList {
  if (!headers.some(([key]) => pairs.some(([name]) => isNamed(key, name.toLowerCase())))) return [...headers, ...pairs]
  const values = new Map(pairs.map(([name, value]) => [name.toLowerCase(), value]))
  const placed = new Set<string>()
  const list: HeaderPair[] = []
  for (const pair of headers) {
    const name = pair[0].toLowerCase()
    const value = values.get(name)
    if (value === undefined) list.push(pair)
    else if (!placed.has(name)) list.push([pair[0], value])
    if (value !== undefined) placed.add(name)
  }
  for (const pair of pairs) if (placed.size === 0 || !placed.has(pair[0].toLowerCase())) list.push(pair)
  return list
}

/** Pairs from Node's flat `rawHeaders`; HTTP/2 pseudo-headers (`:path` …) are left out. */
export function pairHeaders(raw: readonly string[]): HeaderList {
  const pairs: HeaderPair[] = []
  for (let i = 0; i + 1 < raw.length; i += 2) {
    if (!raw[i]!.startsWith(':')) pairs.push([raw[i]!, raw[i + 1]!])
  }
  return pairs
}

/** Node's flat form of a list. */
export function flatHeaders(headers: HeaderList): string[] {
  const flat: string[] = []
  for (const [name, value] of headers) flat.push(name, value)
  return flat
}

/** Headers that belong to one connection, not to the message: RFC 9110 §7.6.1 and the older ones of RFC 2616 §13.5.1. */
const HOP_BY_HOP: ReadonlySet<string> = new Set([
  'connection',
  'keep-alive',
  'proxy-authenticate',
  'proxy-authorization',
  'proxy-connection',
  'te',
  'trailer',
  'transfer-encoding',
  'upgrade',
  'http2-settings'
])

/** The list without hop-by-hop headers, those that `Connection` names included. */
export function endToEnd(headers: HeaderList): HeaderList {
  let dropped = HOP_BY_HOP
  for (const value of getHeaders(headers, 'connection')) {
    if (HOP_BY_HOP.has(value)) continue
    const named = value.toLowerCase().split(',')
    dropped = new Set([...dropped, ...named.map((token) => token.trim())])
  }
  return headers.filter(([key]) => !dropped.has(key.toLowerCase()))
}

/** The media type of a `content-type` value, lower case and without parameters; `''` where there is none. */
export function mediaType(contentType: string | undefined): string {
  return contentType === undefined ? '' : bareType(contentType)
}

const bareType = byName((contentType: string) => contentType.split(';', 1)[0]!.trim().toLowerCase())

/** Whether a media type is JSON (`application/json`, `application/problem+json` …). */
export function isJsonType(contentType: string | undefined): boolean {
  const type = mediaType(contentType)
  return type === 'application/json' || type === 'text/json' || type.endsWith('+json')
}

/** Whether a media type is a stream of server-sent events. */
export function isSseType(contentType: string | undefined): boolean {
  return mediaType(contentType) === 'text/event-stream'
}
