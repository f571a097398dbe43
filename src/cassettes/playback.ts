/** Plays an interaction: its status, headers and bytes, and the times of a stream at the speed asked for. */
import type { CancelSignal } from '../http/cancel.ts'
import type { TimedBytes } from '../http/decode-timed.ts'
import { encodeBody, encodeChunks } from '../http/encode.ts'
import { isSseType, getHeader, withHeader, withoutHeaders } from '../http/headers.ts'
import type { HttpResponse, Inform } from '../http/message.ts'
import { createSseSplitter, splitSse } from '../http/sse.ts'
import type { Interaction, RecordedResponse } from './interaction.ts'
import type { Speed } from './speed.ts'
import { countTokens } from './token-pace.ts'

export interface PlaybackOptions {
  readonly speed: Speed
  /** The client's `accept-encoding`. */
  readonly acceptEncoding: string | undefined
  /** Milliseconds that never go back. */
  readonly now: () => number
  readonly sleep: (ms: number, signal: CancelSignal) => Promise<void>
  /** Lets everything else that is at hand have its turn. */
  readonly turn: () => Promise<void>
  readonly signal: CancelSignal
  /** Is told of interim answers. */
  readonly inform?: Inform
}

/** A piece of the body and when it is due, in milliseconds since the request. */
interface Piece {
  readonly due: number
  readonly bytes: Uint8Array
}

/**
 * The answer of an interaction, behind the interim answers that came before it. A stream comes event by event, or, where all of it is due
 * at once, in pieces that end with an event; waiting ends when the
 * signal is aborted.
 */
export async function playInteraction({ request, response }: Interaction, options: PlaybackOptions): Promise<HttpResponse> {
  const startedAt = options.now()
  await playInterim(response, startedAt, options)
  const { status, trailers } = response
  const encoding = response.encoding && accepts(options.acceptEncoding, response.encoding) ? response.encoding : undefined
  // A cassette written by hand may name an encoding and a length that the body has not.
  const plain = withoutHeaders(response.headers, ['content-encoding', 'content-length', 'transfer-encoding'])
  const headers = encoding ? withHeader(plain, 'content-encoding', encoding) : plain
  const isStream = isSseType(getHeader(headers, 'content-type'))
  const more = trailers ? { trailers: () => trailers } : {}
  if (isStream) {
    const events = play(streamPieces(response, options.speed), startedAt, options)
    return { status, headers, body: encoding ? encodeChunks(events, encoding) : events, ...more }
  }
  const bytes = encoding ? encodeBody(response.body, encoding) : response.body
  // Only a body in chunks, without a length, has trailers.
  const hasNoLength = status === 204 || status === 304 || request.method === 'HEAD' || trailers !== undefined
  const sized = hasNoLength ? headers : withHeader(headers, 'content-length', String(bytes.byteLength))
  const due = sum(response.timing) / factorOf(options.speed)
  return { status, headers: sized, body: due === 0 ? bytes : play([{ due, bytes }], startedAt, options), ...more }
}

async function playInterim(
  { interim = [] }: RecordedResponse,
  startedAt: number,
  { speed, inform, now, sleep, signal }: PlaybackOptions
): Promise<void> {
  if (!inform) return
  for (const { at, status, headers } of interim) {
    const wait = startedAt + at / factorOf(speed) - now()
    if (wait > 0) await sleep(wait, signal)
    inform({ status, headers })
  }
}

/** What recorded times are divided by. A pace in tokens changes those of a stream only. */
function factorOf(speed: Speed): number {
  if (typeof speed === 'object') return 1
  return speed === 0 ? Infinity : speed
}

/** Whether a client takes an encoding: named, or `*`, and not with `q=0`. */
function accepts(acceptEncoding: string | undefined, encoding: string): boolean {
  const offers = (acceptEncoding ?? '').split(',').map((offer) =>
    offer
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/)
  )
  const offer = offers.find(([name]) => name === encoding) ?? offers.find(([name]) => name === '*')
  return offer !== undefined && !offer.some((parameter) => /^q=0(?:\.0*)?$/.test(parameter))
}

function streamPieces({ body, timing }: RecordedResponse, speed: Speed): Piece[] {
  if (speed === 0) return joinedPieces(Buffer.from(body.buffer, body.byteOffset, body.byteLength))
  // Latin-1 keeps every byte apart, also of a stream that is no UTF-8.
  const blocks = splitSse(Buffer.from(body.buffer, body.byteOffset, body.byteLength).toString('latin1'))
  const events = blocks.map((block) => Buffer.from(block, 'latin1'))
  const steps =
    typeof speed === 'object'
      ? paceSteps(countTokens(events.map(String)), timing[0] ?? 0, speed.tokensPerSecond)
      : events.map((_, index) => (timing[index] ?? 0) / factorOf(speed))
  let due = 0
  return events.map((bytes, index) => {
    due += steps[index]!
    return { due, bytes }
  })
}

/** Events that are due at once, in as few pieces as may go out without a turn of others. */
function joinedPieces(body: Buffer): Piece[] {
  const pieces: Piece[] = []
  for (let at = 0; at < body.byteLength; at = at + pieces.at(-1)!.bytes.byteLength) {
    const most = at + RUN_BYTES
    const blankLine = most < body.byteLength ? body.lastIndexOf('\n\n', most - 2, 'latin1') : -1
    pieces.push({ due: 0, bytes: body.subarray(at, blankLine > at ? blankLine + 2 : most) })
  }
  return pieces
}

/** The first event keeps its time; each later one waits for the tokens that it carries. */
function paceSteps(tokens: readonly number[], first: number, tokensPerSecond: number): number[] {
  return tokens.map((count, index) => (index === 0 ? first : (count / tokensPerSecond) * 1000))
}

/** Most pieces, and about how many bytes, that are given without a wait before everything else has its turn. */
const RUN = 16
const RUN_BYTES = 64 * 1024

/** Every wait is measured from the start, so that delays do not add up. */
async function* play(
  pieces: readonly Piece[],
  startedAt: number,
  { now, sleep, turn, signal }: PlaybackOptions
): AsyncIterable<Uint8Array> {
  let [run, runBytes] = [0, 0]
  for (const { due, bytes } of pieces) {
    const wait = due === 0 ? 0 : startedAt + due - now()
    const isOver = run === RUN || runBytes >= RUN_BYTES / 2
    if (wait > 0) await sleep(wait, signal)
    else if (isOver) await turn()
    if (wait > 0 || isOver) [run, runBytes] = [0, 0]
    run += 1
    runBytes += bytes.byteLength
    signal.throwIfAborted()
    yield bytes
  }
}

/**
 * The times of an answer, in whole milliseconds: of an event stream one for each block, else the first byte and, where it
 * took longer, the time until the last. An event's time is that of the chunk which completed it.
 */
export function eventTiming(chunks: readonly TimedBytes[], contentType: string | undefined): number[] {
  const first = chunks[0]
  if (!first) return []
  if (!isSseType(contentType)) {
    const rest = Math.round(chunks.at(-1)!.at) - Math.round(first.at)
    return rest === 0 ? [Math.round(first.at)] : [Math.round(first.at), rest]
  }
  const splitter = createSseSplitter()
  const moments: number[] = []
  // Latin-1 keeps every byte apart: line ends are ASCII, and no character is cut in two.
  for (const { at, bytes } of chunks) {
    const blocks = splitter.push(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('latin1'))
    moments.push(...blocks.map(() => Math.round(at)))
  }
  if (splitter.rest() !== '') moments.push(Math.round(chunks.at(-1)!.at))
  return moments.map((moment, index) => moment - (moments[index - 1] ?? 0))
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
