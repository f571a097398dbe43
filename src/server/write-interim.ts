/** Writes interim answers (103 Early Hints …) before the answer itself. */
import { STATUS_CODES, validateHeaderName, validateHeaderValue, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import { withoutHeaders } from '../http/headers.ts'
import type { HeaderList, InterimResponse } from '../http/message.ts'
import { groupHeaders, isGone } from './write-response.ts'
import { isHttp2, type RawRequest, type RawResponse } from './translate.ts'

/** An interim answer has no body that these could frame. */
const FRAMING = ['content-length', 'connection', 'keep-alive', 'transfer-encoding', 'trailer', 'upgrade', 'proxy-connection']

/**
 * Writes one, at once. Nothing is written to a client of HTTP/1.0, which knows none, and behind the head of the answer.
 * Throws where a header is none that may be sent.
 */
export function writeInterim(request: RawRequest, to: RawResponse, { status, headers }: InterimResponse): void {
  if (to.headersSent || isGone(to)) return
  const shown = withoutHeaders(headers, FRAMING)
  if (isHttp2(to)) {
    ;(to as Http2ServerResponse).stream.additionalHeaders({ ...groupHeaders(shown), ':status': status })
    return
  }
  if ((request as IncomingMessage).httpVersionMinor === 0) return
  writeRaw(to as ServerResponse, interimText(status, shown))
}

function interimText(status: number, headers: HeaderList): string {
  const lines = headers.map(([name, value]) => {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return `${name}: ${value}\r\n`
  })
  return `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Interim'}\r\n${lines.join('')}\r\n`
}

/** Node has no way to send any but 102 and 103, and of 103 only some headers. In a pipeline a response waits for its socket. */
function writeRaw(to: ServerResponse, text: string): void {
  if (to.socket) to.socket.write(text, 'latin1')
  else to.once('socket', (socket: Socket) => void socket.write(text, 'latin1'))
}
