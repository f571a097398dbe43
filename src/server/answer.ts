/** Answers one request: body in, pipeline, response out; the same whichever way the request came. */
import { createCanceller, type Canceller } from '../http/cancel.ts'
import type { Gate } from '../http/turns.ts'
import type { IncomingMessage } from 'node:http'
import { FaultBreak } from '../faults/fault.ts'
import type { HeaderList, HttpRequest, HttpResponse, Inform } from '../http/message.ts'
import { internalError, invalid } from '../pipeline/errors.ts'
import type { Pipeline } from '../pipeline/handle.ts'
import { hasLeft } from '../pipeline/running.ts'
import type { BreakOff } from './break-off.ts'
import { hasBody, isHttp2, type BodyResult, type RawRequest, type RawResponse } from './translate.ts'
import { writeInterim } from './write-interim.ts'
import { writeResponse } from './write-response.ts'

/** Answers the proxy's own addresses; `undefined` for every other one. */
export type LocalAnswers = (request: HttpRequest) => HttpResponse | Promise<HttpResponse> | undefined

/** What answers. */
export interface Door {
  readonly pipeline: Pipeline
  readonly local?: LocalAnswers | undefined
  readonly maxBodyBytes: number
  readonly report: (message: string) => void
  /** Lets requests that are whole in the same turn go on together. */
  readonly together: Gate
  /** The requests under way; kept here. */
  readonly running: Set<RawRequest>
  /** Breaks the answer to a request. */
  readonly breakOff: (request: RawRequest, ...how: Parameters<BreakOff>) => ReturnType<BreakOff>
  /** Whether connections end with the answers that they wait for. */
  readonly isClosing: () => boolean
}

/** A request that came. */
export interface Visit {
  readonly request: RawRequest
  readonly response: RawResponse
  /** Path and query. */
  readonly url: string
  readonly headers: HeaderList
  /** Headers that let a page read the answer. */
  readonly cors: HeaderList
  /** Left out where the answer is `ready`. */
  readonly readBody?: () => Promise<BodyResult> | BodyResult
  /** The answer that needs no body: a refusal, a preflight. */
  readonly ready?: () => HttpResponse
}

/** After an answer to an upload that is not read: how long, and for how many bytes, it is read on and thrown away. */
const LINGER = { ms: 1000, bytes: 16 * 1024 * 1024 }

/** Answers a visit to its end. Never rejects. */
export async function answerVisit(door: Door, visit: Visit): Promise<void> {
  const { request, response } = visit
  const aborter = createCanceller()
  door.running.add(request)
  response.once('close', () => {
    door.running.delete(request)
    if (!response.writableEnded) aborter.abort()
  })
  // A connection that breaks is told by 'close'; unheard, its error would end the process.
  request.on('error', ignore)
  response.on('error', ignore)
  try {
    await answer(door, visit, aborter)
  } catch (error) {
    if (error instanceof FaultBreak) return void (await door.breakOff(request, response, error.connection))
    door.report(`An answer to ${request.method} ${visit.url.split('?')[0]} could not be written: ${String(error)}`)
    await fail(door, visit).catch(() => void response.destroy())
  }
}

async function answer(door: Door, visit: Visit, client: Canceller): Promise<void> {
  const { request, response, url, headers, cors } = visit
  const method = request.method!
  const breakOff: BreakOff = (to, how) => door.breakOff(request, to, how)
  const read = await visit.readBody?.()
  await door.together()
  if (client.signal.aborted) return
  if (read === 'gone') return void response.destroy()
  if (read === undefined || read === 'too_large') {
    const refused = visit.ready?.() ?? door.pipeline.refuse(tooLarge(door.maxBodyBytes), { method, url, headers })
    const close = read === 'too_large' || hasBody(request)
    if (close) linger(request)
    return writeResponse(response, refused, { method, cors, close, breakOff })
  }
  const asked: HttpRequest = { method, url, headers, body: read }
  const answered = await (door.local?.(asked) ?? door.pipeline.handle(asked, client, informOf(door, visit)))
  if (!hasLeft(client.signal)) await writeResponse(response, answered, { method, cors, close: door.isClosing(), breakOff })
}

/** A header that no header may be (somebody edited a recording) leaves the interim answer out; the answer itself still comes. */
function informOf({ report }: Door, { request, response, url }: Visit): Inform {
  return (interim) => {
    try {
      writeInterim(request, response, interim)
    } catch (error) {
      report(`The interim answer ${interim.status} to ${request.method} ${url.split('?')[0]} was left out: ${String(error)}`)
    }
  }
}

function tooLarge(limit: number): ReturnType<typeof invalid> {
  return invalid(413, 'body_too_large', `The request body is larger than ${limit} bytes. Send less, or raise MAX_BODY_BYTES.`)
}

/** The head could not be written (a header that no header may be): the client still gets an answer. */
async function fail({ pipeline, breakOff }: Door, { request, response, url, headers, cors }: Visit): Promise<void> {
  if (response.headersSent || response.writableEnded) return void response.destroy()
  const method = request.method!
  await writeResponse(response, pipeline.refuse(internalError(), { method, url, headers }), {
    method,
    cors,
    close: false,
    breakOff: (to, how) => breakOff(request, to, how)
  })
}

/**
 * A client in mid-upload must see the answer, and not the reset that follows when a socket with unread bytes is closed:
 * the socket is half-closed after the answer, and a little of the upload is read and thrown away.
 */
function linger(request: RawRequest): void {
  if (isHttp2(request)) return
  const { socket } = request as IncomingMessage
  socket.destroySoon = () => {
    socket.end()
    const timer = setTimeout(() => socket.destroy(), LINGER.ms)
    socket.once('close', () => clearTimeout(timer))
  }
  let left = LINGER.bytes
  request.on('data', (chunk: Uint8Array) => {
    left -= chunk.byteLength
    if (left < 0) socket.destroy()
  })
}

function ignore(): void {}
