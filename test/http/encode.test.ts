/** Encodings put on and taken off while a body comes: every chunk can be read at once, and keeps its time. */
import { createBrotliCompress, createDeflateRaw, createGzip, constants, gzipSync, type Gzip } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decodeBody, decodeChunks, type ContentEncoding } from '../../src/http/body.ts'
import { decodeTimed, type TimedBytes } from '../../src/http/decode-timed.ts'
import { encodeBody, encodeChunks } from '../../src/http/encode.ts'

const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd'] as const

async function* from(chunks: readonly Uint8Array[]): AsyncIterable<Uint8Array> {
  yield* chunks
}

async function collect(chunks: AsyncIterable<Uint8Array>): Promise<Buffer[]> {
  const found: Buffer[] = []
  for await (const chunk of chunks) found.push(Buffer.from(chunk))
  return found
}

describe.each(ENCODINGS)('%s', (encoding: ContentEncoding) => {
  it('gives the same bytes, whole and in chunks of any size', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.uint8Array({ maxLength: 300 }), { maxLength: 6 }), async (chunks) => {
        const body = Buffer.concat(chunks)
        expect(Buffer.from(decodeBody(encodeBody(body, encoding), encoding, 1e6)).equals(body)).toBe(true)
        const encoded = Buffer.concat(await collect(encodeChunks(from(chunks), encoding)))
        expect(Buffer.from(decodeBody(encoded, encoding, 1e6)).equals(body)).toBe(true)
      }),
      { numRuns: 40 }
    )
  })

  it('holds bodies larger than its blocks', async () => {
    const body = Buffer.from(Array.from({ length: 400_000 }, (_, index) => (index * 31 + (index >> 8)) % 256))
    expect(Buffer.from(decodeBody(encodeBody(body, encoding), encoding, 1e6)).equals(body)).toBe(true)
    const encoded = Buffer.concat(await collect(encodeChunks(from([body, body]), encoding)))
    expect(Buffer.from(decodeBody(encoded, encoding, 1e6)).equals(Buffer.concat([body, body]))).toBe(true)
  })

  it('lets each chunk be read as soon as it is there, and times it so', async () => {
    const events = ['data: one\n\n', 'data: two\n\n', 'data: three\n\n'].map((text) => Buffer.from(text))
    let sent = 0
    async function* counted(): AsyncIterable<Uint8Array> {
      for (const event of events) {
        sent += 1
        yield event
      }
    }
    const timed: TimedBytes[] = []
    for await (const bytes of encodeChunks(counted(), encoding)) timed.push({ at: sent * 10, bytes })
    const decoded = await decodeTimed(timed, encoding)
    const byTime = [10, 20, 30].map((time) =>
      decoded
        .filter(({ at }) => at === time)
        .map(({ bytes }) => Buffer.from(bytes).toString())
        .join('')
    )
    expect(byTime).toEqual(events.map(String))
  })

  it('ends where its reader leaves', async () => {
    for await (const chunk of encodeChunks(from([Buffer.from('a'), Buffer.from('b')]), encoding)) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
  })

  it('hands on what goes wrong with the body', async () => {
    async function* broken(): AsyncIterable<Uint8Array> {
      yield Buffer.from('a')
      throw new Error('cut off')
    }
    await expect(collect(encodeChunks(broken(), encoding))).rejects.toThrow('cut off')
  })
})

describe('times of an encoded body', () => {
  it.each([
    ['gzip', 'gzip', () => createGzip()],
    ['deflate without its header', 'deflate', () => createDeflateRaw()],
    ['br', 'br', () => createBrotliCompress({ params: { [constants.BROTLI_PARAM_QUALITY]: 4 } })]
  ] as const)('are those of the bytes that say it, as other encoders cut them: %s', async (_what, encoding, create) => {
    const encoder = create() as Gzip
    const timed: TimedBytes[] = []
    let at = 0
    encoder.on('data', (bytes: Uint8Array) => timed.push({ at, bytes }))
    for (const text of ['first '.repeat(50), 'second', 'third']) {
      at += 7
      encoder.write(text)
      await new Promise<void>((done) => encoder.flush(done))
    }
    await new Promise<unknown>((done) => encoder.once('end', done).end())
    // One byte at a time: what a chunk says may need several.
    const decoded = await decodeTimed(
      timed.flatMap((one) => [...one.bytes].map((byte) => ({ at: one.at, bytes: Uint8Array.of(byte) }))),
      encoding
    )
    const said = (time: number): string =>
      decoded
        .filter((one) => one.at === time)
        .map(({ bytes }) => Buffer.from(bytes).toString())
        .join('')
    expect([said(7), said(14), said(21)]).toEqual(['first '.repeat(50), 'second', 'third'])
  })

  it('are none of no bytes, and none of bytes that are not of the encoding', async () => {
    expect(await decodeTimed([], 'gzip')).toEqual([])
    for (const encoding of ['gzip', 'deflate', 'br', 'zstd'] as const) {
      await expect(decodeTimed([{ at: 1, bytes: Buffer.from('plain text') }], encoding), encoding).rejects.toThrow()
    }
    const cut = gzipSync('hello '.repeat(100)).subarray(0, 20)
    await expect(decodeTimed([{ at: 1, bytes: cut }], 'gzip')).rejects.toThrow()
    expect((await collect(decodeChunks(from([gzipSync('a')]), 'gzip'))).join('')).toBe('a')
  })
})
