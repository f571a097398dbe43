/** Turns Node's requests into ours: their headers as they stand on the wire, and their bodies, whole, up to a limit. */
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import { pairHeaders } from '../http/headers.ts'
import { EMPTY, type HeaderList } from '../http/message.ts'

export type RawRequest = IncomingMessage | Http2ServerRequest
export type RawResponse = ServerResponse | Http2ServerResponse

/** A body, or why there is none: over the limit, or the client left before it was whole. */
export type BodyResult = Uint8Array | 'too_large' | 'gone'

export function isHttp2(message: RawRequest | RawResponse): message is Http2ServerRequest | Http2ServerResponse {
  return 'stream' in message
}

/** A request's headers in order and case; HTTP/2's `:authority` and its kin are left out. */
export function readHeaders(request: RawRequest): HeaderList {
  return pairHeaders(request.rawHeaders)
}

/**
 * Reads a body whole. Over the limit it stops reading at once and leaves the rest where it is.
 * @param limit most bytes
 */
export function readBody(request: RawRequest, response: RawResponse, limit: number): Promise<BodyResult> | BodyResult {
  if (!hasBody(request)) return EMPTY
  if (Number(request.headers['content-length'] ?? 0) > limit) return 'too_large'
  if (wantsContinue(request)) response.writeContinue()
  return new Promise((resolve) => {
    const chunks: Uint8Array[] = []
    let size = 0
    const onData = (chunk: Uint8Array): void => {
      size += chunk.byteLength
      if (size <= limit) chunks.push(chunk)
      else settle('too_large')
    }
    const onEnd = (): void => settle(chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks))
    const onGone = (): void => settle('gone')
    function settle(result: BodyResult): void {
      request.off('data', onData).off('end', onEnd).off('close', onGone)
      if (result === 'too_large') request.pause()
      resolve(result)
    }
    request.on('data', onData).on('end', onEnd).on('close', onGone)
    // An upload that breaks off ends with an error before it closes; unheard, it would end the process.
    request.on('error', onGone)
  })
}

/** Whether the client waits for leave to send its body. */
export function wantsContinue({ headers }: RawRequest): boolean {
  return /^100-continue$/i.test(headers['expect'] ?? '')
}

/** Whether bytes follow the headers. */
export function hasBody(request: RawRequest): boolean {
  if (isHttp2(request)) return !(request as Http2ServerRequest).stream.endAfterHeaders
  const length = request.headers['content-length']
  return request.headers['transfer-encoding'] !== undefined || (length !== undefined && length !== '0')
}
