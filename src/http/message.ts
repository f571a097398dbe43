/** Requests and responses as every room of the house speaks of them: plain data, no socket. */

/** One header as it stands on the wire: its name in the sender's case, and its value. */
export type HeaderPair = readonly [name: string, value: string]

/** Headers in the sender's order, repeats included. */
export type HeaderList = readonly HeaderPair[]

/** A request whose body has been read whole (the firewall judges all of it before a byte leaves). */
export interface HttpRequest {
  /** Upper case. */
  readonly method: string
  /** Path and query as sent to the proxy, e.g. `/v1/chat/completions?beta=true`. */
  readonly url: string
  readonly headers: HeaderList
  /** As sent: still encoded where `content-encoding` says so. */
  readonly body: Uint8Array
}

/** What a server says before its answer: 103 Early Hints and its kin. */
export interface InterimResponse {
  /** From 102 on, below 200. */
  readonly status: number
  readonly headers: HeaderList
}

/** Is told of each interim answer when it comes. Must not throw. */
export type Inform = (interim: InterimResponse) => void

/** A response. Its body is bytes where they are at hand, chunks where they are still coming. */
export interface HttpResponse {
  readonly status: number
  readonly headers: HeaderList
  readonly body: Uint8Array | AsyncIterable<Uint8Array>
  /** The sender's trailers, readable once the body has ended. */
  readonly trailers?: () => HeaderList
}

/** The response with other headers. */
export function withOwnHeaders({ status, body, trailers }: HttpResponse, headers: HeaderList): HttpResponse {
  return trailers ? { status, headers, body, trailers } : { status, headers, body }
}

const encoder = new TextEncoder()
const decoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A body of no bytes. */
export const EMPTY: Uint8Array = new Uint8Array(0)

/** UTF-8 bytes of a text. */
export function toBytes(text: string): Uint8Array {
  return encoder.encode(text)
}

/** The text of UTF-8 bytes (a byte order mark is kept), or `undefined` where they are not valid UTF-8. */
export function toText(bytes: Uint8Array): string | undefined {
  try {
    return decoder.decode(bytes)
  } catch {
    return undefined
  }
}

/** A response that carries one JSON value. */
export function jsonResponse(status: number, value: unknown, headers: HeaderList = []): HttpResponse {
  const body = toBytes(JSON.stringify(value))
  return {
    status,
    headers: [['content-type', 'application/json'], ...headers, ['content-length', String(body.byteLength)]],
    body
  }
}
