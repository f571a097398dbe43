/** Judges answers where rules for them are in force: a stream event by event, anything else whole before it is passed on. */
import { BodyError, decodeBody } from '../http/body.ts'
import { getHeader, isSseType, withoutHeaders } from '../http/headers.ts'
import { tryParseJson, type Json } from '../http/json.ts'
import { toText, type HttpResponse } from '../http/message.ts'
import { createSseSplitter, readSseEvent } from '../http/sse.ts'
import type { OutputJudge } from '../firewall/forbidden-outputs.ts'
import { violation } from '../firewall/rule.ts'
import type { ProxyError } from '../providers/provider.ts'
import { piecesOf } from '../redaction/stream-channels.ts'

/** Most bytes of an answer that is judged whole; a larger one is refused. */
const MOST_BYTES = 64 * 1024 * 1024

/** Carries a refusal out of an answer. */
export class AnswerRefused extends Error {
  readonly error: ProxyError

  constructor(error: ProxyError) {
    super(error.code)
    this.name = 'AnswerRefused'
    this.error = error
  }
}

/**
 * The answer, if it may pass. Throws {@link AnswerRefused}; a stream's body throws it in the place of the event that may not pass.
 * @param refused is told of a refusal before it is thrown
 */
export async function judgeAnswer(
  response: HttpResponse,
  judge: OutputJudge,
  refused: (error: ProxyError) => void
): Promise<HttpResponse> {
  const check = (error: ProxyError | undefined): void => {
    if (!error) return
    refused(error)
    throw new AnswerRefused(error)
  }
  const { headers, body } = response
  const isStream = isSseType(getHeader(headers, 'content-type')) && getHeader(headers, 'content-encoding') === undefined
  if (isStream && !(body instanceof Uint8Array)) {
    // The error event that may end it is not in the length.
    return { ...response, headers: withoutHeaders(headers, ['content-length']), body: judgeStream(body, judge, check) }
  }
  const bytes = body instanceof Uint8Array ? body : await collect(body)
  for (const [channel, text] of textsOf(decode(bytes, getHeader(headers, 'content-encoding')))) check(judge.text(channel, text))
  check(judge.end())
  return { ...response, body: bytes }
}

type Check = (error: ProxyError | undefined) => void

async function* judgeStream(body: AsyncIterable<Uint8Array>, judge: OutputJudge, check: Check): AsyncIterable<Uint8Array> {
  const splitter = createSseSplitter()
  const decoder = new TextDecoder('utf-8')
  for await (const chunk of body) {
    for (const block of splitter.push(decoder.decode(chunk, { stream: true }))) {
      judgeBlock(block, judge, check)
      yield Buffer.from(block)
    }
  }
  const rest = splitter.rest() + decoder.decode()
  judgeBlock(rest, judge, check)
  check(judge.end())
  if (rest !== '') yield Buffer.from(rest)
}

function judgeBlock(block: string, judge: OutputJudge, check: Check): void {
  for (const { channel, text } of piecesOf(readSseEvent(block).data)) check(judge.text(channel, text))
}

async function collect(body: AsyncIterable<Uint8Array>): Promise<Uint8Array> {
  const chunks: Uint8Array[] = []
  let size = 0
  for await (const chunk of body) {
    size += chunk.byteLength
    if (size > MOST_BYTES) throw unreadable()
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

function decode(bytes: Uint8Array, encoding: string | undefined): string {
  try {
    // Bytes that are no text (a sound, an image) say nothing that a pattern could fit.
    return toText(decodeBody(bytes, encoding, MOST_BYTES)) ?? ''
  } catch (error) {
    if (error instanceof BodyError) throw unreadable()
    throw error
  }
}

/** What cannot be judged is not passed on. */
function unreadable(): AnswerRefused {
  return new AnswerRefused(violation('unreadable_output', 'The answer cannot be read, so it cannot be judged', null))
}

/** Every string of a JSON answer, or the text as one. */
function* textsOf(text: string): Iterable<readonly [channel: string, text: string]> {
  const value = tryParseJson(text)
  if (value === undefined) yield ['', text]
  else yield* stringsOf(value, '$')
}

function* stringsOf(value: Json, path: string): Iterable<readonly [string, string]> {
  if (typeof value === 'string') yield [path, value]
  else if (typeof value === 'object' && value !== null)
    for (const [name, child] of Object.entries(value)) yield* stringsOf(child as Json, `${path}.${name}`)
}
