/** Finds which provider a request is for, and the path the provider's own API would give it. */
import { byName } from '../http/by-name.ts'
import { getHeader } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import type { ProviderName } from './provider.ts'

/** Where a request goes. */
export interface Route {
  readonly provider: ProviderName
  /** The cassette session of the base URL (`/~/weather/v1/…`), or `''`. */
  readonly session: string
  /**
   * The provider's public path without query, always with `/v1`: `/v1/chat/completions`. Of a generic one the whole address:
   * `https://mcp.example.com/mcp`.
   */
  readonly path: string
  /** With its `?`, or `''`. */
  readonly query: string
}

/** A path that two readers could read in two ways. */
export class RouteError extends Error {
  constructor(message: string) {
    super(message)
    this.name = 'RouteError'
  }
}

/** First words of a path that a client asks for when its base URL lacks `/v1`. */
const ENDPOINTS_WITHOUT_V1 = new Set(
  (
    'chat completions responses embeddings moderations images audio videos files uploads models batches fine_tuning assistants ' +
    'threads vector_stores realtime conversations containers evals messages complete organization projects skills ' +
    'chatkit engines deployments traces content_provenance_checks'
  ).split(' ')
)

/** How an address of any other server begins, written behind the proxy's own: `/https/mcp.example.com/mcp`, `/https://…` too. */
const SCHEME = /^(https?):?$/

/** A host's name or address, and its port. */
const HOST = /^(?:[a-z0-9](?:[a-z0-9.-]*[a-z0-9])?|\[[0-9a-f:.]+\])(?::\d{1,5})?$/

/**
 * Reads a request's path. Taken are `/v1/…`, the same with `/openai` or `/anthropic` before it, with `/v1` left out or
 * doubled (as SDKs make of a base URL), `/https/HOST/…` for a server of no provider, and `/~/NAME` before any of them.
 * @returns `undefined` where the path is no API path. Throws {@link RouteError} on one with encoded slashes or broken escapes
 */
export function routeRequest(url: string, headers: HeaderList): Route | undefined {
  const cut = url.indexOf('?')
  const query = cut === -1 || cut === url.length - 1 ? '' : url.slice(cut)
  let segments = segmentsOf(cut === -1 ? url : url.slice(0, cut))
  let session = ''
  if (segments[0] === '~') {
    session = segments[1] ?? ''
    if (session === '') throw new RouteError('The path names no cassette: write it as /~/NAME/v1/…')
    segments = segments.slice(2)
  }
  const scheme = SCHEME.exec(segments[0] ?? '')?.[1]
  if (scheme !== undefined) return genericRoute(scheme, segments.slice(1), { session, query })
  const named = segments[0] === 'openai' || segments[0] === 'anthropic' ? segments[0] : undefined
  if (named) segments = segments.slice(1)
  const versioned = segments[0] === 'v1'
  while (segments[0] === 'v1') segments = segments.slice(1)
  const first = segments[0]
  if (first === undefined || (!versioned && !ENDPOINTS_WITHOUT_V1.has(first))) return undefined
  return {
    provider: named ?? (isAnthropic(first, headers) ? 'anthropic' : 'openai'),
    session,
    path: `/v1/${joinSegments(segments)}`,
    query
  }
}

/** The way to a server that is no provider's: a recording may answer it, and nothing is ever sent there. */
function genericRoute(scheme: string, segments: readonly string[], more: Pick<Route, 'session' | 'query'>): Route | undefined {
  const host = segments[0]?.toLowerCase() ?? ''
  if (!HOST.test(host)) return undefined
  const { origin } = new URL(`${scheme}://${host}`)
  return { provider: 'generic', path: `${origin}/${joinSegments(segments.slice(1))}`, ...more }
}

function joinSegments(segments: readonly string[]): string {
  if (segments.some((segment) => segment.includes('/'))) throw new RouteError('The path holds an encoded slash.')
  return segments.map((segment) => encodeSegment(segment)).join('/')
}

/** Anthropic's SDK has sent `x-api-key` and `Authorization`, in turn: only its paths and its version header tell. */
function isAnthropic(first: string, headers: HeaderList): boolean {
  return first === 'messages' || first === 'complete' || getHeader(headers, 'anthropic-version') !== undefined
}

/** Decoded segments, with `//`, `.` and `..` resolved: what is judged is what is sent. */
function readSegments(path: string): string[] {
  const segments: string[] = []
  for (const raw of path.split('/')) {
    const segment = decodeSegment(raw)
    if (segment === '..') segments.pop()
    else if (segment !== '' && segment !== '.') segments.push(segment)
  }
  return segments
}

/** Clients ask for the same few paths again and again. */
const segmentsOf = byName<readonly string[]>(readSegments)

function decodeSegment(raw: string): string {
  let segment: string
  try {
    segment = decodeURIComponent(raw)
  } catch {
    throw new RouteError('The path holds a broken percent escape.')
  }
  // eslint-disable-next-line no-control-regex -- control characters are what is looked for
  if (/[\\\u0000-\u001f\u007f#?]/.test(segment)) throw new RouteError('The path holds a character that no API path has.')
  return segment
}

const encodeSegment = byName((segment) =>
  encodeURIComponent(segment).replace(/%(3A|40|24|2C|3B|3D|2B)/g, (escape) => decodeURIComponent(escape))
)
