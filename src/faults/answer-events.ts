/** An answer as a row of events, each passed on when it is whole: of a stream its own, any other answer is one. */
import { decodeBody, decodeChunks } from '../http/body.ts'
import { getHeader, isSseType, withHeader, withoutHeaders } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import { createSseSplitter } from '../http/sse.ts'

/** Changes the events of an answer on their way; may throw, to break it. */
export type Passage = (events: AsyncIterable<Uint8Array>) => AsyncIterable<Uint8Array>

/** Most bytes of an answer at hand that are decoded. */
const MOST_BYTES = 512 * 1024 * 1024

/** Whether an answer is a stream of events. */
export function isEventStream({ headers }: HttpResponse): boolean {
  return isSseType(getHeader(headers, 'content-type'))
}

/** Sends the events of an answer through a passage. What they say is not changed: an answer that is no stream keeps its length. */
export function passEvents(response: HttpResponse, passage: Passage): HttpResponse {
  return passPieces(response, (body) => passage(isEventStream(response) ? splitEvents(body) : oneEvent(body)))
}

/** The same with the bytes as they come. */
export function passPieces(response: HttpResponse, passage: Passage): HttpResponse {
  const plain = withoutEncoding(response)
  const { body } = plain
  const headers = isEventStream(plain) ? withoutHeaders(plain.headers, ['content-length']) : plain.headers
  return { ...plain, headers, body: passage(body instanceof Uint8Array ? single(body) : body) }
}

/** An answer that is no stream, whole, with other bytes in its place; `undefined` leaves it. */
export async function replaceWhole(
  response: HttpResponse,
  replace: (bytes: Uint8Array) => Uint8Array | undefined
): Promise<HttpResponse> {
  const plain = withoutEncoding(response)
  const whole = plain.body instanceof Uint8Array ? plain.body : await collect(plain.body)
  const bytes = replace(whole) ?? whole
  return { ...plain, headers: withHeader(plain.headers, 'content-length', String(bytes.byteLength)), body: bytes }
}

/** What is inside of an event can only be reached without its content encoding. */
function withoutEncoding(response: HttpResponse): HttpResponse {
  const { headers, body } = response
  const encoding = getHeader(headers, 'content-encoding')
  if (encoding === undefined) return response
  const plain = body instanceof Uint8Array ? decodeBody(body, encoding, MOST_BYTES) : decodeChunks(body, encoding)
  const kept = withoutHeaders(headers, ['content-encoding', 'content-length'])
  const sized = plain instanceof Uint8Array ? withHeader(kept, 'content-length', String(plain.byteLength)) : kept
  return { ...response, headers: sized, body: plain }
}

async function* single(bytes: Uint8Array): AsyncIterable<Uint8Array> {
  yield bytes
}

async function* splitEvents(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const splitter = createSseSplitter()
  // Latin-1 keeps every byte apart: line ends are ASCII, and no character is cut in two.
  for await (const chunk of body) {
    const text = Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1')
    for (const block of splitter.push(text)) yield Buffer.from(block, 'latin1')
  }
  if (splitter.rest() !== '') yield Buffer.from(splitter.rest(), 'latin1')
}

async function* oneEvent(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const whole = await collect(body)
  if (whole.byteLength > 0) yield whole
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  for await (const chunk of body) chunks.push(chunk)
  return chunks.length === 1 ? chunks[0]! : Buffer.concat(chunks)
}
