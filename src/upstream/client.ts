/** Sends requests to the real APIs: raw headers, untouched bytes, one connection pool for each upstream. */
import type { Readable } from 'node:stream'
import type { Dispatcher } from 'undici'
import type { HeaderList } from '../http/message.ts'
import type { Gate } from '../http/turns.ts'
import { flatHeaders } from '../http/headers.ts'
import type { Upstream } from '../pipeline/ports.ts'
import type { ApiName } from '../providers/provider.ts'
import { BROWSER_PROFILES } from './browser-profiles.data.ts'
import { createDress, type BrowserProfile } from './browser-profiles.ts'
import { createConnector } from './forbidden-address.ts'
import { disguise } from './identity.ts'
import { Reply } from './reply.ts'
import { createTarget, type Target } from './target.ts'
import { Pool } from './undici.ts'

export interface UpstreamOptions {
  /** Where each provider's requests go: http(s), any path prefix. */
  readonly baseUrls: Readonly<Record<ApiName, string>>
  /** Sent to OpenAI as `OpenAI-Organization` where the client names none. */
  readonly organization?: string | undefined
  /** Whether headers that tell of the client's network are taken out. */
  readonly maskNetwork: boolean
  /** Whether requests are dressed as a browser's. */
  readonly browserProfile: boolean
  /** @default the dated set of this package */
  readonly profiles?: readonly BrowserProfile[] | undefined
  /** Longest wait for the answer's headers, and between two pieces of its body, in milliseconds. */
  readonly timeoutMs: number
  /** A number in [0, 1) for each request, by which its profile is chosen. */
  readonly pickProfile: () => number
  /** A fresh random id, put in place of a request id that the client sent. */
  readonly newId: () => string
  /** Lets answers that begin in the same turn go on together. */
  readonly together: Gate
  /** Puts credentials into the client's headers, before anything else is done to them. */
  readonly dress?: ((provider: ApiName, headers: HeaderList) => HeaderList) | undefined
}

/** Longest wait for a connection, in milliseconds; `timeoutMs` where that is less. */
const CONNECT_TIMEOUT_MS = 10_000

/** Most bytes of an answer's headers: OpenAI's organisations with many limits come near Node's 16 KiB. */
const MAX_HEADER_BYTES = 64 * 1024

/** Most bytes of a body that are written at once. */
const PIECE_BYTES = 64 * 1024

/** One way out. */
interface Way {
  readonly target: Target
  readonly pool: Pool
}

/** Throws where a base URL cannot be used. */
export function createUpstream(options: UpstreamOptions): Upstream {
  const { timeoutMs, maskNetwork, organization, newId } = options
  const pools = new Map<string, Pool>()
  const dresses = options.browserProfile ? (options.profiles ?? BROWSER_PROFILES).map(createDress) : []

  function openWay(provider: ApiName): Way {
    const target = createTarget(provider, options.baseUrls[provider])
    const pool = pools.get(target.origin) ?? createPool(target.origin, timeoutMs)
    pools.set(target.origin, pool)
    return { target, pool }
  }

  const ways: Readonly<Record<ApiName, Way>> = { openai: openWay('openai'), anthropic: openWay('anthropic') }

  return {
    async send(provider, request, waiting) {
      waiting.signal.throwIfAborted()
      const { target, pool } = ways[provider]
      const dress = dresses[Math.floor(options.pickProfile() * dresses.length)]
      const own = options.dress ? options.dress(provider, request.headers) : request.headers
      const headers = disguise(own, { provider, maskNetwork, dress, organization, newId })
      const { method, body } = request
      const reply = new Reply(target.host, waiting)
      pool.dispatch({ path: target.path(request.url), method, ...framed(flatHeaders(headers), body) }, reply)
      const response = await reply.response
      await options.together()
      return response
    },
    async close() {
      await Promise.all([...pools.values()].map((pool) => pool.destroy()))
    }
  }
}

/**
 * A large body goes out piece by piece: where the upstream answers before it has read all of it, undici then knows that the
 * connection still carries an upload, and gives it to no other request.
 */
function framed(headers: string[], body: Uint8Array): Pick<Dispatcher.DispatchOptions, 'headers' | 'body'> {
  if (body.byteLength <= PIECE_BYTES) return { headers, body }
  headers.push('content-length', String(body.byteLength))
  // undici takes any iterable; its types name only streams.
  return { headers, body: pieces(body) as unknown as Readable }
}

function* pieces(body: Uint8Array): Generator<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += PIECE_BYTES) yield body.subarray(at, at + PIECE_BYTES)
}

function createPool(origin: string, timeoutMs: number): Pool {
  return new Pool(origin, {
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
    connect: createConnector(Math.min(timeoutMs, CONNECT_TIMEOUT_MS)),
    maxHeaderSize: MAX_HEADER_BYTES
  })
}
