/** Ends connections whose answer is not whole: cut, so that what was written still arrives, or reset. */
import type { Http2ServerResponse } from 'node:http2'
import type { Socket } from 'node:net'
import { setImmediate as turn, setTimeout as wait } from 'node:timers/promises'
import type { FaultBreak } from '../faults/fault.ts'
import { isHttp2, type RawRequest, type RawResponse } from './translate.ts'

/** Breaks an answer. `reset` is a TCP RST. */
export type BreakOff = (to: RawResponse, how: FaultBreak['connection']) => void | Promise<void>

/** https://www.rfc-editor.org/rfc/rfc9113#section-7 */
const INTERNAL_ERROR = 2

/** How long what was written may take to leave before it is thrown away, and how often it is looked, in milliseconds. */
const LEAVE = { most: 1000, look: 10 }

/** What was written still arrives; then the connection ends and the answer does not: the client sees that it is not whole. */
export async function cutOff(to: RawResponse): Promise<void> {
  if (isHttp2(to)) {
    await untilLeft(() => to.writableLength)
    return (to as Http2ServerResponse).stream.close(INTERNAL_ERROR)
  }
  const { socket } = to
  if (socket) socket.end(() => socket.destroy())
  else to.destroy()
}

/**
 * Resets the connection of a request, all its streams with it, when what was written has left.
 * @param sockets the accepted ones: HTTP/2 shows others, but the far end's port names both
 */
export async function resetConnection(sockets: ReadonlySet<Socket>, request: RawRequest, to: RawResponse): Promise<void> {
  const { remotePort } = request.socket
  const socket = [...sockets].find((one) => one.remotePort === remotePort)
  if (!socket) return cutOff(to)
  await untilLeft(() => socket.writableLength + to.writableLength)
  if (socket.destroyed) return
  // `resetAndDestroy()` ends the socket first, which the client sees, and which one in the hands of HTTP/2 never comes to.
  Object.assign(socket, { resetAndClosing: true }).destroy()
}

/**
 * Waits once in any case: what Node has passed on still needs a moment to leave, and a client that sees data and a reset at
 * once may take the reset for an end. Where timers are late, a turn lets a client in this process read first.
 */
async function untilLeft(bytes: () => number): Promise<void> {
  for (let waited = 0; waited === 0 || (bytes() > 0 && waited < LEAVE.most); waited += LEAVE.look) {
    await wait(LEAVE.look)
    await turn()
  }
}
