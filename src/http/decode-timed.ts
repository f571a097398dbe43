/** Takes a content encoding off a body whose chunks are timed, and keeps the times: when each part of what it says came. */
import { promises, type Transform } from 'node:stream'
import { createDecoder, decodeChunks, type ContentEncoding, type ZlibEncoding } from './body.ts'

/** A part of a body, and when it came, in milliseconds since the request. */
export interface TimedBytes {
  readonly at: number
  readonly bytes: Uint8Array
}

/** What can be read of a chunk came when the chunk did. Rejects on bytes that are not of the encoding. */
export async function decodeTimed(chunks: readonly TimedBytes[], encoding: ContentEncoding): Promise<TimedBytes[]> {
  const decoded: TimedBytes[] = []
  let at = 0
  async function* source(): AsyncIterable<Uint8Array> {
    for (const chunk of chunks) {
      at = chunk.at
      yield chunk.bytes
    }
  }
  const take = (bytes: Uint8Array): void => void decoded.push({ at, bytes })
  if (encoding === 'zstd') for await (const bytes of decodeChunks(source(), encoding)) take(bytes)
  else await inflate(source(), encoding, take)
  return decoded
}

/** Unlike a pipe, it takes the next chunk only when everything has come out that the one before could give. */
async function inflate(
  body: AsyncIterable<Uint8Array>,
  encoding: ZlibEncoding,
  take: (bytes: Uint8Array) => void
): Promise<void> {
  let decoder: Transform | undefined
  for await (const chunk of body) {
    decoder ??= createDecoder(encoding, chunk).on('data', take)
    await write(decoder, chunk)
  }
  if (decoder) await promises.finished(decoder.end())
}

/** A decoder that fails never says that it has taken what it failed on. */
function write(decoder: Transform, chunk: Uint8Array): Promise<void> {
  return new Promise((resolve, reject) => {
    decoder.once('error', reject)
    decoder.write(chunk, () => {
      decoder.off('error', reject)
      resolve()
    })
  })
}
