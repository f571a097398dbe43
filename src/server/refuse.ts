/** Refuses what is no plain request: tunnels, upgrades, other protocols and gibberish, each with an answer that says why. */
import type { IncomingMessage } from 'node:http'
import type { Http2ServerRequest, Http2ServerResponse } from 'node:http2'
import type { Duplex } from 'node:stream'
import { pairHeaders, withoutHeaders } from '../http/headers.ts'
import { EMPTY, type HttpResponse } from '../http/message.ts'
import { invalid } from '../pipeline/errors.ts'
import type { Pipeline } from '../pipeline/handle.ts'
import type { ProxyError } from '../providers/provider.ts'
import { relayRefused, upgradeRefused, type Guard } from './guard.ts'
import type { ClientError, Listeners } from './listen.ts'
import type { RawRequest } from './translate.ts'
import { rawResponse } from './write-response.ts'

export interface RefusalParts {
  readonly pipeline: Pipeline
  readonly guard: Guard
  /** The user's own way with WebSockets, where there are rules for them. */
  readonly webSockets: () => Listeners['upgrade'] | undefined
  /** Takes a socket as if it had just been accepted. */
  readonly accept: (socket: Duplex) => void
}

/** What is done with sockets that bring no plain request. */
export function createTakeover({ pipeline, guard, webSockets, accept }: RefusalParts): Omit<Listeners, 'request'> {
  const refuseUpgrade: Listeners['upgrade'] = (request, socket) => {
    endWith(socket, refuseRequest(pipeline, upgradeRefused(shorten(request.headers.upgrade)), request))
  }
  return {
    connect(request, to) {
      endTunnel(request, to, refuseRequest(pipeline, relayRefused(`CONNECT ${shorten(request.url)}`), request))
    },
    upgrade(request, socket, head) {
      const passage = guard({ method: request.method!, url: request.url!, headers: request.headers })
      const protocol = request.headers.upgrade ?? ''
      if (passage.kind === 'refuse') endWith(socket, refuseRequest(pipeline, passage.error, request))
      else if (/^h2c$/i.test(protocol)) accept(asPlain(request, socket, head))
      else (webSockets() ?? refuseUpgrade)(request, socket, head)
    },
    clientError(error, socket) {
      if (!socket.writable || socket.destroyed || error.code === 'ECONNRESET') return void socket.destroy()
      const [, method = 'GET', url = '/'] = /^([A-Z]+) (\S+)/.exec(error.rawPacket?.toString('latin1', 0, 2048) ?? '') ?? []
      endWith(socket, pipeline.refuse(badRequest(error), { method, url, headers: [] }))
    }
  }
}

/** The answer to a refused request; the refusal is logged like every exchange. */
export function refuseRequest(pipeline: Pipeline, error: ProxyError, { method, url, rawHeaders }: RawRequest): HttpResponse {
  return pipeline.refuse(error, { method: method ?? 'GET', url: url ?? '/', headers: pairHeaders(rawHeaders) })
}

function endTunnel(
  request: IncomingMessage | Http2ServerRequest,
  to: Duplex | Http2ServerResponse,
  response: HttpResponse
): void {
  if (!('writeHead' in to)) return endWith(to, response)
  request.on('error', () => undefined)
  to.writeHead(response.status, Object.fromEntries(withoutHeaders(response.headers, ['content-length'])))
  to.end(response.body instanceof Uint8Array ? response.body : EMPTY)
}

/** Answers on a bare socket and ends it. */
function endWith(socket: Duplex, response: HttpResponse): void {
  socket.on('error', () => undefined)
  socket.end(rawResponse(response), () => socket.destroy())
}

/** HTTP/1 clients may offer HTTP/2 on any request (`Upgrade: h2c`); to ignore the offer, the request is put back without it. */
function asPlain(request: IncomingMessage, socket: Duplex, head: Buffer): Duplex {
  const lines = withoutHeaders(pairHeaders(request.rawHeaders), ['upgrade', 'connection', 'http2-settings'])
  const text = [`${request.method} ${request.url} HTTP/1.1`, ...lines.map(([name, value]) => `${name}: ${value}`), '', ''].join(
    '\r\n'
  )
  socket.unshift(Buffer.concat([Buffer.from(text, 'latin1'), head]))
  return socket
}

function badRequest({ code, rawPacket }: ClientError): ProxyError {
  if (rawPacket?.[0] === 4 || rawPacket?.[0] === 5) return relayRefused('SOCKS')
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') {
    return invalid(408, 'headers_timeout', 'The request headers did not come within 60 seconds. Send the request again.')
  }
  if (code === 'HPE_HEADER_OVERFLOW') {
    return invalid(431, 'headers_too_large', 'The request headers are larger than 16 KiB. Send fewer or shorter ones.')
  }
  return invalid(400, 'bad_http', `The bytes are no HTTP request (${code ?? 'unreadable'}). Send HTTP/1.1 or HTTP/2 without TLS.`)
}

function shorten(text: string | undefined): string {
  return (text ?? '').slice(0, 100)
}
