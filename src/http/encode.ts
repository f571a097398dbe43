/** Puts content encodings on: on a whole body, or on one that is still coming, so that each chunk can be read at once. */
import { promises } from 'node:stream'
import {
  brotliCompressSync,
  createBrotliCompress,
  createDeflate,
  createGzip,
  deflateSync,
  gzipSync,
  type BrotliCompress,
  type Deflate,
  type Gzip
} from 'node:zlib'
import type { ContentEncoding, ZlibEncoding } from './body.ts'
import { encodeZstd, encodeZstdChunks } from './zstd-encode.ts'

/** Puts one content encoding on a body. */
export function encodeBody(body: Uint8Array, encoding: ContentEncoding): Uint8Array {
  switch (encoding) {
    case 'gzip':
      return gzipSync(body)
    case 'br':
      return brotliCompressSync(body)
    case 'deflate':
      return deflateSync(body)
    case 'zstd':
      return encodeZstd(body)
  }
}

/** Puts one content encoding on a body that is still coming. What a chunk says can be decoded as soon as it is there. */
export async function* encodeChunks(body: AsyncIterable<Uint8Array>, encoding: ContentEncoding): AsyncIterable<Uint8Array> {
  if (encoding === 'zstd') return yield* encodeZstdChunks(body)
  const encoder = createEncoder(encoding)
  const encoded: Uint8Array[] = []
  encoder.on('data', (chunk: Uint8Array) => encoded.push(chunk))
  try {
    for await (const chunk of body) {
      await new Promise((done) => encoder.write(chunk, done))
      await new Promise<void>((done) => encoder.flush(done))
      yield* encoded.splice(0)
    }
    await promises.finished(encoder.end())
    yield* encoded.splice(0)
  } finally {
    encoder.destroy()
  }
}

function createEncoder(encoding: ZlibEncoding): Gzip | BrotliCompress | Deflate {
  if (encoding === 'gzip') return createGzip()
  return encoding === 'br' ? createBrotliCompress() : createDeflate()
}
