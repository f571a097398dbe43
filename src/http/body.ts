/** Content encodings: what a body says once `gzip`, `br`, `deflate` or `zstd` is taken off, with a bound on its size. */
import { Readable, type Transform } from 'node:stream'
import {
  brotliDecompressSync,
  createBrotliDecompress,
  createGunzip,
  createInflate,
  createInflateRaw,
  gunzipSync,
  inflateRawSync,
  inflateSync
} from 'node:zlib'
import { decodeZstd, decodeZstdChunks, ZstdLimitError } from './zstd.ts'

/** An encoding that can be taken off. */
export type ContentEncoding = ZlibEncoding | 'zstd'

/** An encoding that Node knows. */
export type ZlibEncoding = 'gzip' | 'br' | 'deflate'

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
  if (value === undefined || value === '') return []
  const names = value.split(',').map((name) => name.trim().toLowerCase())
  return names
    .filter((name) => name !== '' && name !== 'identity')
    .map((name) => {
      const plain = name === 'x-gzip' ? 'gzip' : name
      if (plain === 'gzip' || plain === 'br' || plain === 'deflate' || plain === 'zstd') return plain
      throw new BodyError(
        'unknown_encoding',
        `The content-encoding "${name}" is not known. Send gzip, br, deflate, zstd or none.`
      )
    })
}

/**
 * Takes the content encodings off a body.
 * @param limit most bytes that the decoded body may have; more is a {@link BodyError}, so a decompression bomb costs no more than this
 */
export function decodeBody(body: Uint8Array, contentEncoding: string | undefined, limit: number): Uint8Array {
  const encodings = readEncodings(contentEncoding)
  if (encodings.length === 0) return body
  if (encodings.length > 3) throw new BodyError('unknown_encoding', 'More than three content encodings on one body.')
  return encodings.reduceRight((bytes, encoding) => decodeOne(bytes, encoding, limit), body)
}

/**
 * Takes the content encodings off a body that is still coming, chunk by chunk. Throws {@link BodyError} on an unknown encoding;
 * bytes that do not fit theirs end the iteration with one.
 */
export function decodeChunks(body: AsyncIterable<Uint8Array>, contentEncoding: string | undefined): AsyncIterable<Uint8Array> {
  return readEncodings(contentEncoding).reduceRight(decodeChunksOnce, body)
}

async function* decodeChunksOnce(body: AsyncIterable<Uint8Array>, encoding: ContentEncoding): AsyncIterable<Uint8Array> {
  let failure: unknown
  async function* source(): AsyncIterable<Uint8Array> {
    try {
      yield* body
    } catch (error) {
      failure = error
      throw error
    }
  }
  try {
    yield* encoding === 'zstd' ? decodeZstdChunks(source()) : inflateChunks(source(), encoding)
  } catch (error) {
    throw failure === undefined ? new BodyError('undecodable_body', `The body is not valid ${encoding}.`) : error
  }
}

async function* inflateChunks(body: AsyncIterable<Uint8Array>, encoding: ZlibEncoding): AsyncIterable<Uint8Array> {
  const chunks = body[Symbol.asyncIterator]()
  const first = await chunks.next()
  if (first.done) return
  async function* whole(): AsyncIterable<Uint8Array> {
    yield first.value
    yield* { [Symbol.asyncIterator]: () => chunks }
  }
  yield* Readable.from(whole(), { objectMode: false }).compose(createDecoder(encoding, first.value)) as AsyncIterable<Uint8Array>
}

/**
 * What takes an encoding off.
 * @param first the body's first bytes: they tell which of the two forms of `deflate` it has
 */
export function createDecoder(encoding: ZlibEncoding, first: Uint8Array): Transform {
  if (encoding === 'gzip') return createGunzip()
  if (encoding === 'br') return createBrotliDecompress()
  // The low half of zlib's first byte says 8; senders that leave the header off begin with something else.
  return (first[0]! & 0x0f) === 8 ? createInflate() : createInflateRaw()
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
    if (error instanceof ZstdLimitError) throw tooLarge(limit)
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

function tooLarge(limit: number): BodyError {
  return new BodyError('body_too_large', `The decoded body is larger than ${limit} bytes.`)
}
