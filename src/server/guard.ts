/** Decides which requests may enter: Host (DNS rebinding), Origin (pages could spend the key), and never as an open relay. */
import type { HeaderList, HttpResponse } from '../http/message.ts'
import { EMPTY } from '../http/message.ts'
import { invalid } from '../pipeline/errors.ts'
import type { ProxyError } from '../providers/provider.ts'

/** Where the proxy listens. */
export interface GuardOptions {
  /** As configured: a name or an address. */
  readonly host: string
  readonly port: number
}

/** What the guard looks at. */
export interface Arrival {
  readonly method: string
  /** As it stands in the request line. */
  readonly url: string
  /** Names in lower case. `host` is HTTP/2's `:authority` where it has no `host`. */
  readonly headers: Readonly<Record<string, string | readonly string[] | undefined>>
}

export type Passage =
  /** Come in. `url` is path and query; `cors` belongs on the answer. */
  | { readonly kind: 'pass'; readonly url: string; readonly cors: HeaderList }
  /** Answered at the door: a preflight. */
  | { readonly kind: 'answer'; readonly response: HttpResponse }
  | { readonly kind: 'refuse'; readonly error: ProxyError }

export type Guard = (arrival: Arrival) => Passage

const NO_CORS: HeaderList = []

/** What a page may read of an answer. */
const EXPOSED =
  '*, x-request-id, request-id, retry-after, retry-after-ms, x-should-retry, x-openai-proxy-id, x-openai-proxy-source'

const RELAY_ADVICE =
  "It goes only to its own APIs. Take it out of the client's proxy settings (HTTP_PROXY, HTTPS_PROXY), and set the client's base URL: " +
  'http://HOST:PORT/v1 for OpenAI, http://HOST:PORT for Anthropic.'

/** Builds the guard of one listening address. */
export function createGuard({ host, port }: GuardOptions): Guard {
  const configured = unbracket(host.toLowerCase())
  const isLocal = isLoopback(configured)

  /** A rebound name is a name: addresses cannot be rebound, so beyond loopback every address is taken, mapped ports too. */
  function isOurs(authority: string): boolean {
    const parts = /^(\[[^\]]*\]|[^:]*)(?::(\d+))?$/.exec(authority.toLowerCase())
    if (!parts) return false
    const name = unbracket(parts[1]!).replace(/\.$/, '')
    if (isLocal && parts[2] !== undefined && Number(parts[2]) !== port) return false
    return isLoopback(name) || name === configured || (!isLocal && isAddress(name))
  }

  return ({ method, url, headers }) => {
    let path = url
    if (!url.startsWith('/') && url !== '*') {
      const target = /^https?:\/\/([^/?#]*)(.*)$/i.exec(url)
      // The Host of such a request names its server too: what is wrong is the way, not the name.
      if (!target || !isOurs(target[1]!)) return { kind: 'refuse', error: relayRefused(`${method} ${withoutQuery(url)}`) }
      path = target[2]!.startsWith('/') ? target[2]! : `/${target[2]!}`
    }
    const authority = first(headers['host']) ?? first(headers[':authority'])
    if (authority !== undefined && !isOurs(authority)) return refuse('host_not_allowed', hostMessage(authority, configured, port))
    const origin = first(headers['origin'])
    if (origin === undefined) return { kind: 'pass', url: path, cors: NO_CORS }
    if (!isLoopbackOrigin(origin)) return refuse('origin_not_allowed', originMessage(origin))
    const isPreflight = method === 'OPTIONS' && headers['access-control-request-method'] !== undefined
    if (isPreflight) return { kind: 'answer', response: preflight(origin, headers) }
    return { kind: 'pass', url: path, cors: corsHeaders(origin) }
  }
}

/** The refusal of what would make a relay of the proxy. */
export function relayRefused(asked: string): ProxyError {
  return invalid(403, 'relay_refused', `This is no HTTP or SOCKS proxy, and was asked as one (${asked}). ${RELAY_ADVICE}`)
}

/** The refusal of a protocol that may begin as HTTP. */
export function upgradeRefused(protocol: string): ProxyError {
  const message =
    `The upgrade to ${protocol} was refused: this proxy takes HTTP requests and event streams only. ` +
    "Use the API's HTTP endpoints, or connect to the API itself."
  return invalid(403, 'upgrade_refused', message)
}

/** A query may hold a key. */
function withoutQuery(url: string): string {
  return url
    .split(/[?#]/, 1)[0]!
    .replace(/\/\/[^/]*@/, '//')
    .slice(0, 100)
}

function refuse(code: string, message: string): Passage {
  return { kind: 'refuse', error: invalid(403, code, message) }
}

function hostMessage(authority: string, configured: string, port: number): string {
  return (
    `The Host "${authority.slice(0, 100)}" is not this proxy's: refused, since a page may abuse DNS to come here. ` +
    `Use http://localhost:${port}, or set HOST to the name or address that clients use (it is ${configured}).`
  )
}

function originMessage(origin: string): string {
  return (
    `Pages of ${origin.slice(0, 100)} may not call this proxy: they could spend its key. ` +
    'Only pages of localhost may. Open the page on http://localhost, or call the proxy from a server.'
  )
}

function corsHeaders(origin: string): HeaderList {
  return [
    ['access-control-allow-origin', origin],
    ['access-control-expose-headers', EXPOSED],
    ['vary', 'origin']
  ]
}

function preflight(origin: string, headers: Arrival['headers']): HttpResponse {
  const wanted = first(headers['access-control-request-headers'])
  const isPrivate = first(headers['access-control-request-private-network']) === 'true'
  return {
    status: 204,
    headers: [
      ['access-control-allow-origin', origin],
      ['access-control-allow-methods', 'GET, HEAD, POST, PUT, PATCH, DELETE, OPTIONS'],
      ...(wanted === undefined ? [] : [['access-control-allow-headers', wanted] as const]),
      ...(isPrivate ? [['access-control-allow-private-network', 'true'] as const] : []),
      ['access-control-max-age', '600'],
      ['vary', 'origin, access-control-request-headers, access-control-request-private-network']
    ],
    body: EMPTY
  }
}

function isLoopbackOrigin(origin: string): boolean {
  const parts = /^https?:\/\/(\[[^\]]*\]|[^:/]+)(?::\d+)?$/i.exec(origin)
  return parts !== null && isLoopback(unbracket(parts[1]!.toLowerCase()))
}

function isLoopback(name: string): boolean {
  return name === 'localhost' || name.endsWith('.localhost') || name === '::1' || /^127(?:\.\d{1,3}){3}$/.test(name)
}

function isAddress(name: string): boolean {
  return /^\d{1,3}(?:\.\d{1,3}){3}$/.test(name) || (name.includes(':') && /^[0-9a-f:.%]+$/.test(name))
}

function unbracket(name: string): string {
  return name.startsWith('[') && name.endsWith(']') ? name.slice(1, -1) : name
}

function first(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}
