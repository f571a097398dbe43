/** The door without a socket: a `fetch` that answers from the pipeline, for clients in the same process. */
import { FaultBreak } from '../faults/fault.ts'
import { decodeBody, decodeChunks } from '../http/body.ts'
import { getHeader, withoutHeaders } from '../http/headers.ts'
import type { HttpRequest, HttpResponse } from '../http/message.ts'
import type { Pipeline } from '../pipeline/handle.ts'
import { invalid } from '../pipeline/errors.ts'
import type { LocalAnswers } from './answer.ts'

/** An address whose requests the proxy takes, and what stands before the rest of their path then. */
export interface FetchBase {
  /** e.g. `https://api.openai.com` */
  readonly url: string
  /** e.g. `/openai/v1` */
  readonly prefix: string
}

export interface FetchParts {
  readonly pipeline: Pipeline
  /** Answers the proxy's own addresses (`/health` …). */
  readonly local: LocalAnswers
  readonly bases: readonly FetchBase[]
}

/** Most bytes of a decoded answer that is at hand whole. */
const MAX_DECODED_BYTES = 512 * 1024 * 1024

/** Statuses whose answers have no body. https://fetch.spec.whatwg.org/#null-body-status */
const NO_BODY = new Set([204, 205, 304])

/**
 * A `fetch` for `new OpenAI({ fetch })`. Requests for the proxy's own address, for the providers' public addresses and for
 * the configured upstreams go through the pipeline; any other address is refused with 403, never called.
 */
export function createFetch(parts: FetchParts): typeof globalThis.fetch {
  return async (input, init) => {
    // A body that is a stream needs `duplex`; for every other body it says nothing.
    const request = new Request(input, { ...init, duplex: 'half' } as RequestInit)
    request.signal.throwIfAborted()
    const url = takenUrl(request.url, parts.bases)
    const { method } = request
    const headers = [...request.headers]
    if (url === undefined) return toResponse(refuse(parts.pipeline, request), request, new AbortController())
    const body = new Uint8Array(await request.arrayBuffer())
    // What fetch gives its caller is decoded: no need to have it encoded first.
    const plain = request.headers.has('accept-encoding') ? headers : [...headers, ['accept-encoding', 'identity'] as const]
    const ours: HttpRequest = { method, url, headers: plain, body }
    const aborter = new AbortController()
    request.signal.addEventListener('abort', () => aborter.abort(request.signal.reason), { once: true })
    const response = await answer(parts, ours, aborter)
    request.signal.throwIfAborted()
    return toResponse(response, request, aborter)
  }
}

/** Whoever is to see a connection break sees it as Node's own `fetch` shows it. */
async function answer({ local, pipeline }: FetchParts, request: HttpRequest, client: AbortController): Promise<HttpResponse> {
  try {
    return await (local(request) ?? pipeline.handle(request, client))
  } catch (error) {
    throw error instanceof FaultBreak ? asFetchError('fetch failed', error) : error
  }
}

function asFetchError(message: string, { how, message: why }: FaultBreak): TypeError {
  const [code, what] = how === 'reset' ? ['ECONNRESET', 'read ECONNRESET'] : ['UND_ERR_SOCKET', 'other side closed']
  return new TypeError(message, { cause: Object.assign(new Error(`${what}. ${why}`), { code }) })
}

/** The path as the proxy takes it, or `undefined` for an address that is not its own. */
function takenUrl(address: string, bases: readonly FetchBase[]): string | undefined {
  const { origin, pathname, search } = new URL(address)
  for (const { url, prefix } of bases) {
    const base = new URL(url)
    const path = base.pathname.replace(/\/+$/, '')
    if (base.origin !== origin || !(pathname === path || pathname.startsWith(`${path}/`))) continue
    return `${prefix}${pathname.slice(path.length) || '/'}${search}`
  }
  return undefined
}

function refuse(pipeline: Pipeline, { method, url }: Request): HttpResponse {
  const { origin, pathname } = new URL(url)
  const message =
    `proxy.fetch calls only the proxy and the APIs behind it, not ${origin}. ` +
    'Use the global fetch for other addresses, or set OPENAI_API_BASE_URL or ANTHROPIC_API_BASE_URL to this one.'
  return pipeline.refuse({ ...invalid(403, 'relay_refused', message) }, { method, url: pathname, headers: [] })
}

function toResponse(response: HttpResponse, request: Request, aborter: AbortController): Response {
  const { status, headers } = response
  const encoding = getHeader(headers, 'content-encoding')
  const shown = new Headers(withoutHeaders(headers, ['content-encoding', 'content-length']).map(([name, value]) => [name, value]))
  if (NO_BODY.has(status) || request.method === 'HEAD') return new Response(null, { status, headers: shown })
  const body =
    response.body instanceof Uint8Array
      ? (decodeBody(response.body, encoding, MAX_DECODED_BYTES) as Uint8Array<ArrayBuffer>)
      : toStream(decodeChunks(response.body, encoding), request.signal, aborter)
  return new Response(body, { status, headers: shown })
}

/** A web stream that asks for a chunk when its reader does, and tells the pipeline when the reader leaves. */
function toStream(body: AsyncIterable<Uint8Array>, signal: AbortSignal, aborter: AbortController): ReadableStream<Uint8Array> {
  const iterator = body[Symbol.asyncIterator]()
  return new ReadableStream(
    {
      start(controller) {
        signal.addEventListener('abort', () => controller.error(signal.reason), { once: true })
      },
      async pull(controller) {
        const { done, value } = await iterator.next().catch((error: unknown) => {
          throw error instanceof FaultBreak ? asFetchError('terminated', error) : error
        })
        if (signal.aborted) return
        if (done) controller.close()
        else controller.enqueue(value)
      },
      async cancel(reason) {
        aborter.abort(reason)
        await iterator.return?.()
      }
    },
    { highWaterMark: 0 }
  )
}
