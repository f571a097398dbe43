/** In a page, what is used of `node:zlib`: decoders of whole bodies with a bound, and the checksum. Nothing is encoded there. */
import { Gunzip, Inflate, Unzlib } from 'fflate'

/** How a body is decoded. */
export interface UnpackOptions {
  /** Most bytes that it may become. */
  readonly maxOutputLength: number
  /** Given: what is there of a body that is cut short is enough. */
  readonly finishFlush?: number
}

/** Of Node's constants, the one that is asked for. */
export const constants = { Z_SYNC_FLUSH: 2 } as const

/** A decoder of fflate. */
type Decoder = Pick<Gunzip, 'ondata' | 'push'>

/** Bytes that are decoded at once, so that no bomb costs more than its bound and this many times a thousand. */
const PIECE_BYTES = 4096

export function gunzipSync(bytes: Uint8Array, options: UnpackOptions): Buffer {
  return unpack(bytes, new Gunzip(), options)
}

export function inflateSync(bytes: Uint8Array, options: UnpackOptions): Buffer {
  return unpack(bytes, new Unzlib(), options)
}

export function inflateRawSync(bytes: Uint8Array, options: UnpackOptions): Buffer {
  return unpack(bytes, new Inflate(), options)
}

/** Reads gzip and zlib, by their first byte. */
export function unzipSync(bytes: Uint8Array, options: UnpackOptions): Buffer {
  return bytes[0] === 0x1f ? gunzipSync(bytes, options) : inflateSync(bytes, options)
}

function unpack(bytes: Uint8Array, decoder: Decoder, { maxOutputLength, finishFlush }: UnpackOptions): Buffer {
  const chunks: Uint8Array[] = []
  let size = 0
  decoder.ondata = (chunk) => {
    size += chunk.byteLength
    if (size > maxOutputLength) throw Object.assign(new RangeError('Too large.'), { code: 'ERR_BUFFER_TOO_LARGE' })
    chunks.push(chunk)
  }
  const isPartial = finishFlush !== undefined
  for (let at = 0; at < bytes.byteLength; at += PIECE_BYTES) {
    const end = at + PIECE_BYTES
    decoder.push(bytes.subarray(at, end) as Uint8Array<ArrayBuffer>, !isPartial && end >= bytes.byteLength)
  }
  return Buffer.concat(chunks)
}

const CRC_TABLE = Uint32Array.from({ length: 256 }, (_, index) => {
  let value = index
  for (let bit = 0; bit < 8; bit += 1) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1
  return value
})

/** @param start the checksum of what stands before */
export function crc32(data: string | Uint8Array, start = 0): number {
  let sum = ~start
  for (const byte of typeof data === 'string' ? Buffer.from(data) : data) sum = (sum >>> 8) ^ CRC_TABLE[(sum ^ byte) & 0xff]!
  return ~sum >>> 0
}

/** What a page has not: it is refused where it is asked for, which a replay does not. */
function missing(name: string): () => never {
  return () => {
    throw new Error(`In a page there is no ${name}.`)
  }
}

export const brotliDecompressSync = missing('brotliDecompressSync')
export const brotliCompressSync = missing('brotliCompressSync')
export const gzipSync = missing('gzipSync')
export const deflateSync = missing('deflateSync')
export const createBrotliCompress = missing('createBrotliCompress')
export const createBrotliDecompress = missing('createBrotliDecompress')
export const createDeflate = missing('createDeflate')
export const createGunzip = missing('createGunzip')
export const createGzip = missing('createGzip')
export const createInflate = missing('createInflate')
export const createInflateRaw = missing('createInflateRaw')
