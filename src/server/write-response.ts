/** Writes our responses to Node's: headers in order and case, each chunk at once, with backpressure, and trailers. */
import { STATUS_CODES, type ServerResponse } from 'node:http'
import type { Http2ServerResponse } from 'node:http2'
import { clearImmediate, setImmediate } from 'node:timers'
import { FaultBreak } from '../faults/fault.ts'
import { flatHeaders, getHeader, withHeader } from '../http/headers.ts'
import { EMPTY, type HeaderList, type HeaderPair, type HttpResponse } from '../http/message.ts'
import type { BreakOff } from './break-off.ts'
import { isHttp2, type RawResponse } from './translate.ts'

/** How a body was written: to its end, or what it broke with; nothing where the client left. */
type Written = 'whole' | { readonly broke: unknown }

/** What stands on an answer beyond the answer itself. */
export interface WriteOptions {
  readonly method: string
  /** Headers that let a page read the answer; they replace the upstream's own. */
  readonly cors: HeaderList
  /** Whether the connection ends with this answer. */
  readonly close: boolean
  readonly breakOff: BreakOff
}

const BROKEN: Written = { broke: undefined }

/** Node frames the message, and writes these itself. */
const FRAMING = new Set(['connection', 'keep-alive', 'transfer-encoding', 'trailer', 'upgrade', 'proxy-connection'])

/**
 * Writes a response to its end. A body that breaks destroys the connection, so that the client sees it break.
 * Throws where the head cannot be written; nothing has been sent then.
 */
export async function writeResponse(to: RawResponse, response: HttpResponse, options: WriteOptions): Promise<void> {
  const { status, body } = response
  const isBodiless = options.method === 'HEAD' || status === 204 || status === 304
  const headers = prepareHeaders(response, options, isBodiless)
  writeHead(to, status, options.close && !isHttp2(to) ? [...headers, ['connection', 'close']] : headers)
  if (body instanceof Uint8Array) {
    if (isBodiless || body.byteLength === 0) to.end()
    else if (!response.trailers) to.end(body)
    else {
      writeChunk(to, body)
      endWithTrailers(to, response)
    }
    return
  }
  if (isBodiless) {
    to.end()
    await drainBody(body)
    return
  }
  const length = getHeader(headers, 'content-length')
  const written = await writeBody(to, body, length === undefined ? undefined : Number(length))
  if (written === 'whole') endWithTrailers(to, response)
  else {
    const { broke } = written
    // Where a fault breaks a body, the head is to be seen, however soon that is.
    if (broke instanceof FaultBreak && !isHttp2(to)) (to as ServerResponse).flushHeaders()
    await options.breakOff(to, broke instanceof FaultBreak ? broke.connection : 'cut')
  }
}

/** An answer as bytes, for sockets that have no Node response: tunnels, upgrades, gibberish. */
export function rawResponse({ status, headers, body }: HttpResponse): Buffer {
  const bytes = body instanceof Uint8Array ? body : EMPTY
  const lines = withHeader(headers, 'content-length', String(bytes.byteLength)).map(([name, value]) => `${name}: ${value}\r\n`)
  const head = `HTTP/1.1 ${status} ${STATUS_CODES[status] ?? 'Refused'}\r\n${lines.join('')}connection: close\r\n\r\n`
  return Buffer.concat([Buffer.from(head, 'latin1'), bytes])
}

function prepareHeaders({ headers, body }: HttpResponse, { cors }: WriteOptions, isBodiless: boolean): HeaderPair[] {
  const hasCors = cors.length > 0
  const kept: HeaderPair[] = []
  for (const pair of headers) {
    const name = pair[0].toLowerCase()
    if (FRAMING.has(name) || (hasCors && name.startsWith('access-control-'))) continue
    // A recording that a person edited says the old length: the client would wait, or lose the end.
    const isStale = name === 'content-length' && !isBodiless && body instanceof Uint8Array && pair[1] !== String(body.byteLength)
    kept.push(isStale ? [pair[0], String(body.byteLength)] : pair)
  }
  if (hasCors) kept.push(...cors)
  return kept
}

function writeHead(to: RawResponse, status: number, headers: readonly HeaderPair[]): void {
  if (!isHttp2(to)) {
    ;(to as ServerResponse).writeHead(status, flatHeaders(headers))
    return
  }
  const response = to as Http2ServerResponse
  for (const [name, value] of Object.entries(groupHeaders(headers))) response.setHeader(name, value)
  response.writeHead(status)
}

/** As HTTP/2 takes them: each name once, in lower case. */
export function groupHeaders(headers: HeaderList): Record<string, string | string[]> {
  const byName = new Map<string, string[]>()
  for (const [name, value] of headers) byName.set(name.toLowerCase(), [...(byName.get(name.toLowerCase()) ?? []), value])
  return Object.fromEntries([...byName].map(([name, values]) => [name, values.length === 1 ? values[0]! : values]))
}

async function writeBody(to: RawResponse, body: AsyncIterable<Uint8Array>, length: number | undefined): Promise<Written> {
  const iterator = body[Symbol.asyncIterator]()
  // The body's source need not listen to an abort: that nobody reads any more, it is told here.
  const leave = (): void => void iterator.return?.(undefined)?.catch(() => undefined)
  to.once('close', leave)
  // A client may act on the headers while the first chunk is still far away. A chunk at hand shares their packet.
  const flush = setImmediate(() => {
    if (!isHttp2(to)) (to as ServerResponse).flushHeaders()
  })
  let written = 0
  try {
    for (;;) {
      const result = await iterator.next()
      clearImmediate(flush)
      if (isGone(to)) return BROKEN
      if (result.done) return length === undefined || written === length ? 'whole' : BROKEN
      written += result.value.byteLength
      if (length !== undefined && written > length) break
      if (result.value.byteLength > 0 && !writeChunk(to, result.value) && !isGone(to)) await drained(to)
    }
    leave()
    return BROKEN
  } catch (broke) {
    // Told and settled where the body comes from; here it only ends.
    return { broke }
  } finally {
    clearImmediate(flush)
    to.off('close', leave)
  }
}

/** @returns whether more may follow at once */
function writeChunk(to: RawResponse, chunk: Uint8Array): boolean {
  return (to as ServerResponse).write(chunk)
}

/** HTTP/2's compatibility classes claim `destroyed`, but do not have it. */
export function isGone(to: RawResponse): boolean {
  return isHttp2(to) ? (to as Http2ServerResponse).stream.destroyed : to.destroyed
}

function drained(to: RawResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = (): void => {
      to.off('drain', done)
      to.off('close', done)
      resolve()
    }
    to.on('drain', done)
    to.on('close', done)
  })
}

function endWithTrailers(to: RawResponse, { trailers }: HttpResponse): void {
  const pairs = trailers?.() ?? []
  if (pairs.length > 0 && isHttp2(to)) to.addTrailers(Object.fromEntries(pairs))
  else if (pairs.length > 0) (to as ServerResponse).addTrailers(pairs.map(([name, value]): [string, string] => [name, value]))
  to.end()
}

async function drainBody(body: AsyncIterable<Uint8Array>): Promise<void> {
  try {
    for await (const _chunk of body);
  } catch {
    // The answer has been sent whole: it has no body.
  }
}
