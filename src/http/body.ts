/** Content encodings: what a body says once `gzip`, `br`, `deflate` or `zstd` is taken off, with a bound on its size. */
import { brotliCompressSync, brotliDecompressSync, gunzipSync, gzipSync, inflateRawSync, inflateSync, deflateSync } from 'node:zlib'
import { Decompress } from 'fzstd'

/** An encoding that can be taken off. */
export type ContentEncoding = 'gzip' | 'br' | 'deflate' | 'zstd'

/** Why a body could not be decoded: bytes that do not fit their encoding, an encoding nobody knows, or too much text. */
export class BodyError extends Error {
  readonly code: 'unknown_encoding' | 'undecodable_body' | 'body_too_large'

  constructor(code: BodyError['code'], message: string) {
    super(message)
    this.name = 'BodyError'
    this.code = code
  }
}

/** The encodings of a `content-encoding` value, outermost last; `identity` is left out. Throws {@link BodyError} on an unknown one. */
export function readEncodings(value: string | undefined): ContentEncoding[] {
  const names = (value ?? '').split(',').map((name) => name.trim().toLowerCase())
  return names
    .filter((name) => name !== '' && name !== 'identity')
    .map((name) => {
      const plain = name === 'x-gzip' ? 'gzip' : name
      if (plain === 'gzip' || plain === 'br' || plain === 'deflate' || plain === 'zstd') return plain
      throw new BodyError('unknown_encoding', `The content-encoding "${name}" is not known. Send gzip, br, deflate, zstd or none.`)
    })
}

/**
 * Takes the content encodings off a body.
 * @param limit most bytes that the decoded body may have; more is a {@link BodyError}, so a decompression bomb costs no more than this
 */
export function decodeBody(body: Uint8Array, contentEncoding: string | undefined, limit: number): Uint8Array {
  const encodings = readEncodings(contentEncoding)
  if (encodings.length > 3) throw new BodyError('unknown_encoding', 'More than three content encodings on one body.')
  return encodings.reduceRight((bytes, encoding) => decodeOne(bytes, encoding, limit), body)
}

/** Puts one content encoding on a body. `zstd` cannot be made here and gives `undefined`. */
export function encodeBody(body: Uint8Array, encoding: ContentEncoding): Uint8Array | undefined {
  switch (encoding) {
    case 'gzip':
      return gzipSync(body)
    case 'br':
      return brotliCompressSync(body)
    case 'deflate':
      return deflateSync(body)
    case 'zstd':
      return undefined
  }
}

function decodeOne(bytes: Uint8Array, encoding: ContentEncoding, limit: number): Uint8Array {
  const options = { maxOutputLength: Math.max(1, limit) }
  try {
    switch (encoding) {
      case 'gzip':
        return gunzipSync(bytes, options)
      case 'br':
        return brotliDecompressSync(bytes, options)
      case 'deflate':
        return inflate(bytes, options)
      case 'zstd':
        return decodeZstd(bytes, limit)
    }
  } catch (error) {
    if (error instanceof BodyError) throw error
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(limit)
    throw new BodyError('undecodable_body', `The body is not valid ${encoding}.`)
  }
}

/** `deflate` means zlib, but some senders leave its two header bytes off. */
function inflate(bytes: Uint8Array, options: { maxOutputLength: number }): Uint8Array {
  try {
    return inflateSync(bytes, options)
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE') throw error
    return inflateRawSync(bytes, options)
  }
}

function decodeZstd(bytes: Uint8Array, limit: number): Uint8Array {
  const chunks: Uint8Array[] = []
  let size = 0
  const stream = new Decompress((chunk) => {
    size += chunk.byteLength
    if (size > limit) throw tooLarge(limit)
    chunks.push(chunk)
  })
  const step = 64 * 1024
  for (let at = 0; at < bytes.byteLength; at += step) {
    stream.push(bytes.subarray(at, at + step), at + step >= bytes.byteLength)
  }
  return Buffer.concat(chunks)
}

function tooLarge(limit: number): BodyError {
  return new BodyError('body_too_large', `The decoded body is larger than ${limit} bytes.`)
}
