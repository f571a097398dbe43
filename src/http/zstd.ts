/** Zstandard, which Node 20 has not: decoding with a bound on the window as well as on the text. */
import { Decompress } from 'fzstd'

/** The largest window that a frame may ask for, in bytes: RFC 9659 allows no more for `content-encoding: zstd`. */
const MAX_WINDOW = 8 * 1024 * 1024

/** More text, or a larger window, than is allowed. */
export class ZstdLimitError extends Error {}

/**
 * Decodes a whole body.
 * @param limit most bytes of text. Throws {@link ZstdLimitError} past it, and any other error on bytes that are no zstd
 */
export function decodeZstd(bytes: Uint8Array, limit: number): Uint8Array {
  checkFrames(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength))
  const chunks: Uint8Array[] = []
  let size = 0
  const stream = new Decompress((chunk) => {
    size += chunk.byteLength
    if (size > limit) throw new ZstdLimitError()
    chunks.push(chunk)
  })
  const step = 64 * 1024
  for (let at = 0; at < bytes.byteLength; at += step) {
    stream.push(bytes.subarray(at, at + step), at + step >= bytes.byteLength)
  }
  return Buffer.concat(chunks)
}

/** Decodes a body that is still coming. */
export async function* decodeZstdChunks(body: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const decoded: Uint8Array[] = []
  const stream = new Decompress((chunk) => decoded.push(chunk))
  for await (const chunk of body) {
    stream.push(chunk)
    yield* decoded.splice(0)
  }
  stream.push(new Uint8Array(0), true)
  yield* decoded.splice(0)
}

/** Looks at each frame's window before the decoder makes room for it. Frames: RFC 8878 §3.1. */
function checkFrames(bytes: Buffer): void {
  let at = 0
  while (at < bytes.length) {
    const magic = bytes.readUInt32LE(at)
    // A skippable frame: nobody's text.
    if (magic >>> 4 === 0x184d2a5) at += 8 + bytes.readUInt32LE(at + 4)
    else at = endOfFrame(bytes, at)
  }
}

/** Where a frame ends. Reading past the body's end throws, as it should: the body is cut short. */
function endOfFrame(bytes: Buffer, start: number): number {
  const descriptor = bytes.readUInt8(start + 4)
  const isSingle = (descriptor & 0x20) !== 0
  const sizeFlag = descriptor >> 6
  const sizeBytes = sizeFlag === 0 ? (isSingle ? 1 : 0) : 1 << sizeFlag
  const dictionaryBytes = [0, 1, 2, 4][descriptor & 3]!
  const header = start + 5 + (isSingle ? 0 : 1) + dictionaryBytes
  if (windowSize(bytes, start, isSingle ? readSize(bytes, header, sizeBytes) : undefined) > MAX_WINDOW) throw new ZstdLimitError()
  let at = header + sizeBytes
  for (let isLast = false; !isLast;) {
    const block = bytes.readUIntLE(at, 3)
    isLast = (block & 1) === 1
    const isRun = ((block >> 1) & 3) === 1
    at += 3 + (isRun ? 1 : block >> 3)
  }
  return at + ((descriptor & 4) === 0 ? 0 : 4)
}

/** A frame of one segment has its text for a window. */
function windowSize(bytes: Buffer, start: number, textSize: number | undefined): number {
  if (textSize !== undefined) return textSize
  const window = bytes.readUInt8(start + 5)
  const base = 2 ** (10 + (window >> 3))
  return base + (base / 8) * (window & 7)
}

function readSize(bytes: Buffer, at: number, count: number): number {
  if (count === 8) return Number(bytes.readBigUInt64LE(at))
  return bytes.readUIntLE(at, count) + (count === 2 ? 256 : 0)
}
