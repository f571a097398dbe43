/** Listens on one address for HTTP/1.1 and, on the same port, HTTP/2 without TLS: the first bytes tell them apart. */
import { createServer, type IncomingMessage } from 'node:http'
import {
  createServer as createHttp2Server,
  type Http2Server,
  type Http2ServerRequest,
  type Http2ServerResponse
} from 'node:http2'
import type { Server as NetServer, Socket } from 'node:net'
import type { Duplex } from 'node:stream'
import type { RawRequest, RawResponse } from './translate.ts'

/** What is done with what comes. */
export interface Listeners {
  /** A plain request. `Expect` is not yet answered. */
  request(request: RawRequest, response: RawResponse): void
  /** Over HTTP/1 with the bare socket, over HTTP/2 with a response. */
  connect(request: IncomingMessage | Http2ServerRequest, to: Duplex | Http2ServerResponse): void
  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void
  clientError(error: ClientError, socket: Duplex): void
}

/** A request that Node could not read. */
export type ClientError = Error & { readonly code?: string; readonly rawPacket?: Buffer }

export interface Listening {
  readonly port: number
  /** Takes a socket as if it had just been accepted. */
  accept(socket: Duplex): void
  /** Stops listening; resolves when every connection has ended. */
  stop(): Promise<void>
  /** Every open connection. */
  readonly sockets: ReadonlySet<Socket>
}

/**
 * How long a connection may be idle, in milliseconds: longer than clients and load balancers keep theirs (Go's 90 s, nginx' and AWS' 60 s), so that
 * no request meets a connection that is being closed. Node's own 5 s are shorter.
 */
const IDLE_MS = 120_000

/**
 * @param address port 0: any free one
 * @throws an `Error` that says why the address cannot be used, and what to do
 */
export async function listen({ host, port }: { host: string; port: number }, on: Listeners): Promise<Listening> {
  // Requests without a Host are the guard's to judge.
  const server = createServer({ requireHostHeader: false, requestTimeout: 0, keepAliveTimeout: IDLE_MS })
  for (const event of ['request', 'checkContinue', 'checkExpectation']) server.on(event, on.request)
  server.on('connect', on.connect).on('upgrade', on.upgrade).on('clientError', on.clientError)
  const sockets = shareWithHttp2(server, on)
  await bind(server, host, port)
  return {
    port: (server.address() as { port: number }).port,
    accept: (socket) => void server.emit('connection', socket),
    stop: () => new Promise((resolve) => server.close(() => resolve())),
    sockets
  }
}

/** Looks at the first bytes of every connection, and gives it to the server of its protocol. */
function shareWithHttp2(server: NetServer, on: Listeners): Set<Socket> {
  const sockets = new Set<Socket>()
  const serveHttp1 = server.listeners('connection') as ((socket: Socket) => void)[]
  server.removeAllListeners('connection')
  let http2: Http2Server | undefined
  server.on('connection', (socket: Socket) => {
    sockets.add(socket)
    socket.once('close', () => sockets.delete(socket))
    tellProtocol(socket, (protocol) => {
      if (protocol === 'http1') for (const serve of serveHttp1) serve.call(server, socket)
      else if (protocol === 'tls') socket.destroy()
      else (http2 ??= openHttp2(on)).emit('connection', socket)
    })
  })
  return sockets
}

function openHttp2(on: Listeners): Http2Server {
  const server = createHttp2Server()
  for (const event of ['request', 'checkContinue']) server.on(event, on.request)
  return server.on('connect', on.connect)
}

/** How every HTTP/2 connection begins (RFC 9113 §3.4), as far as no method of HTTP/1 does. */
const PREFACE = 'PRI '

/** The first byte of a TLS handshake. */
const TLS_HANDSHAKE = 0x16

function tellProtocol(socket: Socket, tell: (protocol: 'http1' | 'http2' | 'tls') => void): void {
  let seen: Buffer = Buffer.alloc(0)
  // A connection that breaks before it says anything ends by itself; unheard, its error would end the process. No closure: it would hold
  // the first bytes for as long as the connection is open.
  socket.on('error', ignore)
  const look = (): void => {
    const bytes = socket.read() as Buffer | null
    if (bytes) seen = seen.byteLength === 0 ? bytes : Buffer.concat([seen, bytes])
    const start = seen.toString('latin1', 0, PREFACE.length)
    if (bytes && start.length < PREFACE.length && PREFACE.startsWith(start)) return void socket.once('readable', look)
    if (seen.byteLength > 0) socket.unshift(seen)
    tell(start === PREFACE ? 'http2' : seen[0] === TLS_HANDSHAKE ? 'tls' : 'http1')
  }
  socket.once('readable', look)
}

function ignore(): void {}

async function bind(server: NetServer, host: string, port: number): Promise<void> {
  try {
    await new Promise<void>((resolve, reject) => server.once('error', reject).listen({ host, port }, resolve))
  } catch (error) {
    throw explain(error, host, port)
  }
}

function explain(error: unknown, host: string, port: number): Error {
  const { code } = error as NodeJS.ErrnoException
  const cause = { cause: error }
  switch (code) {
    case 'EADDRINUSE':
      return new Error(
        `Port ${port} is already in use. Stop the program that uses it, or choose another with --port (0: any free one).`,
        cause
      )
    case 'EACCES':
      return new Error(`Port ${port} may not be used by this user. Choose one above 1023 with --port.`, cause)
    case 'EADDRNOTAVAIL':
    case 'ENOTFOUND':
    case 'EAI_AGAIN':
      return new Error(
        `${host} is no address of this machine. Set HOST (--host) to 127.0.0.1, or to 0.0.0.0 for every address.`,
        cause
      )
    default:
      return error instanceof Error ? error : new Error(String(error))
  }
}
