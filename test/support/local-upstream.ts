/** An API on loopback: plays real exchanges, or misbehaves on purpose, and notes what reached it. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises'
import { flatHeaders, getHeader, isSseType, pairHeaders } from '../../src/http/headers.ts'
import { toText, type HeaderList } from '../../src/http/message.ts'
import { splitSse } from '../../src/http/sse.ts'
import { fits } from './fitting-exchange.ts'
import type { RealExchange } from './real-exchanges.ts'

/** What reached the upstream, from its first byte on. */
export interface ReceivedRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  /** In the order and case of the wire. */
  readonly headers: HeaderList
  /** What has come so far; all of it once `whole` is there. */
  readonly body: Uint8Array
  /** The whole body. Rejects where the client left before it was sent. */
  readonly whole: Promise<Uint8Array>
  /** How the connection ended for this request: answered whole, or the client left first. */
  readonly ended: Promise<'answered' | 'aborted'>
}

/** Answers one request as it likes. What it throws is answered as a 500 that says so. */
export type Responder = (request: ReceivedRequest, response: ServerResponse, incoming: IncomingMessage) => void | Promise<void>

export interface LocalUpstream extends AsyncDisposable {
  /** `http://127.0.0.1:PORT`, without a slash at its end. */
  readonly url: string
  readonly requests: readonly ReceivedRequest[]
  close(): Promise<void>
}

export interface PlayOptions {
  /** Milliseconds between two events of a stream. @default 0 */
  readonly eventDelayMs?: number
  /**
   * `request`: the first exchange not yet played whose method, path and body fit (the query and a form's boundary do not matter),
   * and the last one of those again when all were played. `order`: one after the other, whatever is asked. @default 'request'
   */
  readonly match?: 'request' | 'order'
}

/** Starts it on a free port of 127.0.0.1. */
export async function startUpstream(
  answer: readonly RealExchange[] | Responder,
  options: PlayOptions = {}
): Promise<LocalUpstream> {
  const respond = typeof answer === 'function' ? answer : playExchanges(answer, options)
  const requests: ReceivedRequest[] = []
  const server = createServer((incoming, response) => {
    const request = receive(incoming, response)
    requests.push(request)
    Promise.resolve()
      .then(() => respond(request, response, incoming))
      .catch((error: unknown) => answerError(response, error))
  })
  server.requestTimeout = 0
  server.keepAliveTimeout = 60_000
  await new Promise<void>((done, fail) => server.once('error', fail).listen(0, '127.0.0.1', done))
  const close = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((done) => server.close(done))
  }
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    close,
    [Symbol.asyncDispose]: close
  }
}

/** A responder that plays exchanges. A request that none fits is a 500 whose message says so. */
export function playExchanges(
  exchanges: readonly RealExchange[],
  { match = 'request', eventDelayMs = 0 }: PlayOptions = {}
): Responder {
  const played = new Set<RealExchange>()
  return async (request, response) => {
    const body = await request.whole
    const fitting = match === 'order' ? exchanges : exchanges.filter((exchange) => fits(exchange, { ...request, body }))
    const exchange = fitting.find((one) => !played.has(one)) ?? fitting.at(-1)
    if (!exchange) throw new Error(`No real exchange fits ${request.method} ${request.url} ${toText(body)?.slice(0, 300) ?? ''}`)
    played.add(exchange)
    await sendExchange(response, exchange, eventDelayMs)
  }
}

/** Sends a recorded answer: a stream event by event, everything else at once. */
export async function sendExchange(response: ServerResponse, exchange: RealExchange, eventDelayMs = 0): Promise<void> {
  const { status, headers, body } = exchange.response
  writeHead(response, status, headers)
  for (const chunk of chunksOf(exchange)) {
    if (response.destroyed) return
    response.write(chunk)
    await (eventDelayMs === 0 ? turn() : sleep(eventDelayMs))
  }
  if (body.byteLength === 0) response.flushHeaders()
  response.end()
}

/** The pieces of a recorded answer: the events of a stream, or the whole body. */
export function chunksOf({ response: { headers, body } }: RealExchange): Uint8Array[] {
  const text = isSseType(getHeader(headers, 'content-type')) ? toText(body) : undefined
  if (text !== undefined) return splitSse(text).map((block) => Buffer.from(block))
  return body.byteLength === 0 ? [] : [body]
}

/** Reads the request and never answers. */
export const stall: Responder = () => undefined

/** Sends the head and the first chunks of an answer, then cuts the connection. */
export function dieAfter(exchange: RealExchange, chunkCount: number): Responder {
  return async (request, response) => {
    await request.whole
    writeHead(response, exchange.response.status, exchange.response.headers)
    response.flushHeaders()
    for (const chunk of chunksOf(exchange).slice(0, chunkCount)) {
      await new Promise((sent) => response.write(chunk, sent))
    }
    await sleep(20)
    response.destroy()
  }
}

/** Sends the head and the first chunks of an answer, then nothing more; the connection stays open. */
export function stallAfter(exchange: RealExchange, chunkCount: number): Responder {
  return async (request, response) => {
    await request.whole
    writeHead(response, exchange.response.status, exchange.response.headers)
    response.flushHeaders()
    for (const chunk of chunksOf(exchange).slice(0, chunkCount)) response.write(chunk)
  }
}

/** Answers at once, before the request's body has been read, and reads no more of it. */
export function answerEarly(status: number, body: string, contentType = 'application/json'): Responder {
  return (_request, response, incoming) => {
    incoming.pause()
    writeHead(response, status, [
      ['content-type', contentType],
      ['content-length', String(Buffer.byteLength(body))],
      ['connection', 'close']
    ])
    response.end(body)
  }
}

function writeHead(response: ServerResponse, status: number, headers: HeaderList): void {
  response.sendDate = false
  response.writeHead(status, flatHeaders(headers))
}

function receive(incoming: IncomingMessage, response: ServerResponse): ReceivedRequest {
  const chunks: Uint8Array[] = []
  const whole = new Promise<Uint8Array>((done, fail) => {
    incoming.on('data', (chunk: Uint8Array) => chunks.push(chunk))
    incoming.once('end', () => done(Buffer.concat(chunks)))
    incoming.once('close', () => fail(new Error('The client left before its request was whole.')))
  })
  // Nobody needs to wait for it: an early answer does not.
  whole.catch(() => undefined)
  return {
    method: incoming.method ?? '',
    url: incoming.url ?? '',
    headers: pairHeaders(incoming.rawHeaders),
    get body() {
      return Buffer.concat(chunks)
    },
    whole,
    ended: new Promise((done) => response.once('close', () => done(response.writableFinished ? 'answered' : 'aborted')))
  }
}

function answerError(response: ServerResponse, error: unknown): void {
  if (response.headersSent) return void response.destroy()
  const message = error instanceof Error ? error.message : String(error)
  response.writeHead(500, { 'content-type': 'application/json', 'x-should-retry': 'false' })
  response.end(JSON.stringify({ error: { message, type: 'local_upstream', param: null, code: null } }))
}
