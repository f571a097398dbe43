/** Notes an answer as it passes: timed chunks up to a bound, its size, and the usage that a stream's events tell. */
import { getHeader, isJsonType, isSseType } from '../http/headers.ts'
import type { HeaderList } from '../http/message.ts'
import { createSseSplitter, eventsWithout, readSseEvent, splitSse } from '../http/sse.ts'
import { outputBytes } from '../metering/stream-output.ts'
import { mergeUsage, readStreamUsage, USAGE_MARK, type Usage } from '../metering/usage.ts'
import type { CapturedBody, TimedChunk } from './exchange.ts'

/** Most bytes of an answer that are kept. */
export interface CaptureLimits {
  /** Of any answer, for the log. */
  readonly log: number
  /** Of a JSON answer, whose usage is only known when it is whole. */
  readonly json: number
  /** Of an answer that is being recorded. */
  readonly recording: number
}

export const CAPTURE_LIMITS: CaptureLimits = { log: 256 * 1024, json: 8 * 1024 * 1024, recording: 32 * 1024 * 1024 }

/**
 * What is kept beyond so many bytes is copied: Node reads into blocks of 64 kB and cuts them to what came, so that each piece that is held
 * leaves a hole in memory beside it.
 */
const SHORT = 1024 * 1024

export interface Capture {
  add(bytes: Uint8Array, at: number): void
  body(): CapturedBody
  /** What the events so far said; only for an event stream without content encoding. */
  streamUsage(): Usage | undefined
  /** About how many bytes of text the model has said in the events so far; only for an event stream without content encoding. */
  streamOutput(): number | undefined
}

/** @param recording whether the answer is to be recorded, and so kept whole if it can be */
export function createCapture(headers: HeaderList, recording: boolean, limits: CaptureLimits = CAPTURE_LIMITS): Capture {
  const contentType = getHeader(headers, 'content-type')
  let limit = recording ? limits.recording : isJsonType(contentType) ? limits.json : limits.log
  const meter = isSseType(contentType) && !getHeader(headers, 'content-encoding') ? createStreamMeter() : undefined
  const chunks: TimedChunk[] = []
  let size = 0
  let kept = 0

  /** What is larger than a recording may be is not recorded: no more of it is kept than the log shows. */
  function letGo(): void {
    limit = limits.log
    kept = 0
    const last = chunks.findIndex(({ bytes }) => (kept += bytes.byteLength) >= limit)
    if (last !== -1) chunks.length = last + 1
  }

  return {
    add(bytes, at) {
      size += bytes.byteLength
      meter?.add(bytes)
      if (size > limit && limit === limits.recording) letGo()
      if (kept >= limit) return
      const part = bytes.subarray(0, limit - kept)
      chunks.push({ at, bytes: kept < SHORT ? part : Buffer.from(part) })
      kept += part.byteLength
    },
    body: () => ({ chunks, size, truncated: size > kept }),
    streamUsage: () => meter?.usage(),
    streamOutput: () => (meter === undefined ? undefined : measureOutput(chunks) * (kept === 0 ? 0 : size / kept))
  }
}

function measureOutput(chunks: readonly TimedChunk[]): number {
  const text = Buffer.concat(chunks.map(({ bytes }) => bytes)).toString()
  return splitSse(text).reduce((sum, block) => sum + outputBytes(readSseEvent(block).data ?? ''), 0)
}

/** Events larger than this are not looked into for usage: none that tells it is. */
const MAX_EVENT_CHARACTERS = 4 * 1024 * 1024

function createStreamMeter(): { add(bytes: Uint8Array): void; usage(): Usage | undefined } {
  let splitter = createSseSplitter()
  let usage: Usage | undefined
  function read(blocks: string[]): void {
    const told = readStreamUsage(
      blocks.filter((block) => block.includes(USAGE_MARK)).map((block) => readSseEvent(block).data ?? '')
    )
    if (told) usage = mergeUsage(usage, told)
  }
  return {
    // Latin-1 keeps every byte apart: numbers and names of usage are ASCII, and no character is cut in two.
    add(bytes) {
      const chunk = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength)
      const passed = splitter.rest() === '' ? eventsWithout(USAGE_MARK, chunk) : 0
      if (passed < chunk.byteLength) read(splitter.push(chunk.toString('latin1', passed)))
      if (splitter.rest().length > MAX_EVENT_CHARACTERS) splitter = createSseSplitter()
    },
    usage() {
      read([splitter.rest()])
      return usage
    }
  }
}
