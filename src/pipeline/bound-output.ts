/** Ends a stream that says more than was reserved for it, which a provider can only do that ignores the limit it was given. */
import type { ProxyError } from '../providers/provider.ts'
import { withoutHeaders } from '../http/headers.ts'
import type { HttpResponse } from '../http/message.ts'
import { createSseSplitter } from '../http/sse.ts'
import { createOutputCounter, TOKEN_BYTES_BOUND } from '../metering/stream-output.ts'
import { mergeUsage, readStreamUsage, type Usage } from '../metering/usage.ts'
import { AnswerRefused } from './judge-answer.ts'

/**
 * The stream, up to the event that passes the limit; in its place the body throws {@link AnswerRefused}, which ends the upstream's answer
 * too. Nothing that is within the limit is ever ended: text counts as one token for every 256 bytes, and else the usage that events tell.
 * @param limit tokens of output
 * @param passed is told of the refusal, and of the usage so far, before it is thrown
 */
export function boundOutput(
  response: HttpResponse & { readonly body: AsyncIterable<Uint8Array> },
  limit: number,
  passed: (error: ProxyError, told: Usage | undefined) => void
): HttpResponse {
  // The error event that may end it is not in the length.
  const headers = withoutHeaders(response.headers, ['content-length'])
  return { ...response, headers, body: boundStream(response.body, limit, passed) }
}

async function* boundStream(
  body: AsyncIterable<Uint8Array>,
  limit: number,
  passed: (error: ProxyError, told: Usage | undefined) => void
): AsyncIterable<Uint8Array> {
  const splitter = createSseSplitter()
  const meter = createMeter(limit)
  // Latin-1 keeps every byte apart, so that no character is cut in two. Events pass as soon as they are whole.
  for await (const chunk of body) {
    const before = splitter.rest()
    const blocks = splitter.push(Buffer.from(chunk.buffer, chunk.byteOffset, chunk.byteLength).toString('latin1'))
    const end = blocks.findIndex((block) => !meter.mayPass(block))
    const kept = lengthOf(end === -1 ? blocks : blocks.slice(0, end))
    if (kept > 0) yield beginning(before, chunk, kept)
    if (end === -1) continue
    const error = tooMuch(limit)
    passed(error, meter.told())
    throw new AnswerRefused(error)
  }
  if (splitter.rest() !== '') yield Buffer.from(splitter.rest(), 'latin1')
}

/** The first bytes of what was left before and of what came. */
function beginning(before: string, chunk: Uint8Array, bytes: number): Uint8Array {
  const whole = before === '' ? chunk : Buffer.concat([Buffer.from(before, 'latin1'), chunk])
  return bytes === whole.byteLength ? whole : whole.subarray(0, bytes)
}

function lengthOf(blocks: readonly string[]): number {
  return blocks.reduce((length, block) => length + block.length, 0)
}

/** Counts what events say. An event that says nothing passes always: usage that is told at the end harms nobody any more. */
function createMeter(limit: number): { mayPass(block: string): boolean; told(): Usage | undefined } {
  let bytes = 0
  let told: Usage | undefined
  let usage: Usage | undefined
  // Usage has quotes, which stand in no text that is only counted.
  const outputBytes = createOutputCounter((data) => (usage = readStreamUsage([data])))
  return {
    told: () => told,
    mayPass(block) {
      usage = undefined
      const said = outputBytes(block)
      bytes += said
      const tokens = Math.max(Math.ceil(bytes / TOKEN_BYTES_BOUND), told?.outputTokens ?? 0)
      if (said > 0 && tokens > limit) return false
      if (usage) told = mergeUsage(told, usage)
      return true
    }
  }
}

function tooMuch(limit: number): ProxyError {
  const message =
    `The stream was ended by this proxy: it says more than the ${limit} tokens of output that were reserved for it. ` +
    'The API does not obey the limit of the call. Ask for more, or use a model that obeys it.'
  return { status: 429, type: 'insufficient_quota', code: 'reservation_exceeded', message, param: null, retry: false }
}
