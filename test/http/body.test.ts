/** Content encodings: what goes on comes off, and a bomb costs no more than its limit. */
import { deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { BodyError, decodeBody, decodeChunks, readEncodings, type ContentEncoding } from '../../src/http/body.ts'
import { encodeBody } from '../../src/http/encode.ts'
import { getHeader } from '../../src/http/headers.ts'
import { tryParseJson } from '../../src/http/json.ts'
import { realExchanges, textOf } from '../support/real-exchanges.ts'

const ENCODINGS = ['gzip', 'br', 'deflate', 'zstd'] as const
const MEGABYTE = 1024 * 1024

/** "hello zstd, hello zstd, hello zstd!\n" by the zstd command at level 19, with a checksum. */
const ZSTD = Buffer.from('KLUv/QRopQAAcGhlbGxvIHpzdGQsICEKAQBXShKOJFeD', 'base64')

/** A zstd frame that repeats one byte: `blocks` blocks of 128 KiB from 4 bytes each. */
function zstdBomb(blocks: number, windowByte = 0x38): Buffer {
  const head = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x00, windowByte])
  const block = (isLast: boolean): Buffer => {
    const header = ((128 * 1024) << 3) | (1 << 1) | (isLast ? 1 : 0)
    return Buffer.from([header & 0xff, (header >> 8) & 0xff, (header >> 16) & 0xff, 0x61])
  }
  return Buffer.concat([head, ...Array.from({ length: blocks }, (_, index) => block(index === blocks - 1))])
}

/** A frame that is not to be read. */
const SKIPPABLE = Buffer.from([0x52, 0x2a, 0x4d, 0x18, 3, 0, 0, 0, 1, 2, 3])

function codeOf(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    expect(error).toBeInstanceOf(BodyError)
    return (error as BodyError).code
  }
  return 'none'
}

async function* inChunks(body: Uint8Array, size: number): AsyncIterable<Uint8Array> {
  for (let at = 0; at < body.byteLength; at += size) yield body.subarray(at, at + size)
}

async function join(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const all: Uint8Array[] = []
  for await (const chunk of chunks) all.push(chunk)
  return Buffer.concat(all)
}

describe('reading content-encoding', () => {
  it.each([
    [undefined, []],
    ['', []],
    ['identity', []],
    ['gzip', ['gzip']],
    [' GZIP , identity,br', ['gzip', 'br']],
    ['x-gzip', ['gzip']],
    ['zstd', ['zstd']]
  ])('%s', (value, encodings) => {
    expect(readEncodings(value)).toEqual(encodings)
  })

  it('refuses one that nobody knows, by name', () => {
    expect(() => readEncodings('gzip, rot13')).toThrow(/"rot13" is not known/)
    expect(codeOf(() => decodeBody(new Uint8Array(1), 'compress', 10))).toBe('unknown_encoding')
  })
})

describe('decoding', () => {
  it('takes off what was put on, any bytes, any pile of up to three', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 2000 }), fc.array(fc.constantFrom(...ENCODINGS), { maxLength: 3 }), (body, pile) => {
        const encoded = pile.reduce<Uint8Array>((bytes, encoding) => encodeBody(bytes, encoding), body)
        expect(Buffer.from(decodeBody(encoded, pile.join(', '), 4000))).toEqual(Buffer.from(body))
      })
    )
  })

  it('refuses a fourth encoding', () => {
    expect(codeOf(() => decodeBody(new Uint8Array(1), 'gzip,gzip,gzip,gzip', 10))).toBe('unknown_encoding')
  })

  it('reads zstd that others made', () => {
    expect(Buffer.from(decodeBody(ZSTD, 'zstd', 100)).toString()).toBe('hello zstd, hello zstd, hello zstd!\n')
  })

  it('reads zstd of several frames, skippable ones and one of a single segment among them', () => {
    const single = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0x20, 5, 0x29, 0, 0, 0x68, 0x65, 0x6c, 0x6c, 0x6f])
    const body = Buffer.concat([SKIPPABLE, ZSTD, SKIPPABLE, single])
    expect(Buffer.from(decodeBody(body, 'zstd', 100)).toString()).toBe('hello zstd, hello zstd, hello zstd!\nhello')
  })

  it('reads deflate with and without its zlib header, since senders differ', () => {
    const body = Buffer.from('hello '.repeat(50))
    expect(Buffer.from(decodeBody(deflateSync(body), 'deflate', 1000))).toEqual(body)
    expect(Buffer.from(decodeBody(deflateRawSync(body), 'deflate', 1000))).toEqual(body)
  })

  it.each<ContentEncoding>(['gzip', 'br', 'deflate', 'zstd'])(
    'refuses bytes that are no %s, without repeating them',
    (encoding) => {
      const decode = (): Uint8Array => decodeBody(Buffer.from('plain text, no archive'), encoding, 1000)
      expect(decode).toThrow(new BodyError('undecodable_body', `The body is not valid ${encoding}.`))
      expect(codeOf(decode)).toBe('undecodable_body')
    }
  )

  it.each<ContentEncoding>(['gzip', 'br', 'deflate'])('refuses %s that is cut short', (encoding) => {
    const whole = encodeBody(Buffer.from('hello '.repeat(500)), encoding)
    expect(codeOf(() => decodeBody(whole.subarray(0, whole.byteLength - 4), encoding, 5000))).toBe('undecodable_body')
  })

  it('refuses zstd that is cut short', () => {
    expect(codeOf(() => decodeBody(ZSTD.subarray(0, 20), 'zstd', 1000))).toBe('undecodable_body')
  })

  it('reads all 57 gzip bodies of the real exchanges as the JSON they are', () => {
    const gzipped = realExchanges().filter(({ response }) => getHeader(response.headers, 'content-encoding') === 'gzip')
    expect(gzipped).toHaveLength(57)
    for (const { id, response } of gzipped) {
      expect(tryParseJson(textOf(decodeBody(response.body, 'gzip', MEGABYTE))), id).toBeTypeOf('object')
    }
  })
})

describe('a decompression bomb', () => {
  // Our zstd does not make bytes fewer.
  it.each(ENCODINGS.slice(0, 3))('of %s stops at the limit', (encoding) => {
    const bomb = encodeBody(Buffer.alloc(8 * MEGABYTE), encoding)
    expect(bomb.byteLength).toBeLessThan(MEGABYTE)
    expect(codeOf(() => decodeBody(bomb, encoding, MEGABYTE))).toBe('body_too_large')
  })

  it('of zstd stops at the limit', () => {
    expect(Buffer.from(decodeBody(zstdBomb(2), 'zstd', 256 * 1024))).toEqual(Buffer.alloc(256 * 1024, 'a'))
    expect(codeOf(() => decodeBody(zstdBomb(2), 'zstd', 256 * 1024 - 1))).toBe('body_too_large')
    expect(codeOf(() => decodeBody(zstdBomb(4000), 'zstd', MEGABYTE))).toBe('body_too_large')
  })

  it('of zstd may not make room for a window of a gigabyte either', () => {
    const before = process.memoryUsage().arrayBuffers
    const huge = zstdBomb(1, 20 << 3)
    const single = Buffer.from([0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 0x40, 0x0b, 0, 0, 0x61])
    for (const bomb of [huge, single, Buffer.concat([SKIPPABLE, ZSTD, huge])]) {
      expect(codeOf(() => decodeBody(bomb, 'zstd', MEGABYTE))).toBe('body_too_large')
    }
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(64 * MEGABYTE)
  })

  it('inside another archive stops at the limit', () => {
    const twice = gzipSync(gzipSync(Buffer.alloc(8 * MEGABYTE)))
    expect(codeOf(() => decodeBody(twice, 'gzip, gzip', MEGABYTE))).toBe('body_too_large')
  })

  it.each(ENCODINGS)('is not what a body of exactly the limit is (%s)', (encoding) => {
    const body = Buffer.alloc(1000, 'a')
    expect(decodeBody(encodeBody(body, encoding), encoding, 1000).byteLength).toBe(1000)
    expect(codeOf(() => decodeBody(encodeBody(body, encoding), encoding, 999))).toBe('body_too_large')
  })
})

describe('decoding a body that is still coming', () => {
  const body = Buffer.from('{"text":"hello, hello, hello"}\n'.repeat(400))

  it.each(ENCODINGS)('gives the same bytes for %s, at any size of chunk', async (encoding) => {
    const encoded = encodeBody(body, encoding)
    for (const size of [1, 7, 1000, encoded.byteLength]) {
      expect(await join(decodeChunks(inChunks(encoded, size), encoding))).toEqual(body)
    }
  })

  it('does so for zstd, for a pile of encodings and for none', async () => {
    expect((await join(decodeChunks(inChunks(ZSTD, 3), 'zstd'))).toString()).toBe('hello zstd, hello zstd, hello zstd!\n')
    expect(await join(decodeChunks(inChunks(gzipSync(encodeBody(body, 'br')), 50), 'br, gzip'))).toEqual(body)
    expect(await join(decodeChunks(inChunks(body, 50), undefined))).toEqual(body)
  })

  it('reads deflate without its zlib header too', async () => {
    expect(await join(decodeChunks(inChunks(deflateRawSync(body), 9), 'deflate'))).toEqual(body)
  })

  it.each(['gzip', 'br', 'deflate', 'zstd'])('fails on bytes that are no %s, as a BodyError', async (encoding) => {
    const broken = join(decodeChunks(inChunks(Buffer.from('\u0001 no archive at all'), 5), encoding))
    await expect(broken).rejects.toMatchObject({ name: 'BodyError', code: 'undecodable_body' })
  })

  it('passes on the error of its source as it is', async () => {
    async function* dying(): AsyncIterable<Uint8Array> {
      yield gzipSync(body).subarray(0, 60)
      throw new Error('the upstream died')
    }
    await expect(join(decodeChunks(dying(), 'gzip'))).rejects.toThrow('the upstream died')
    await expect(join(decodeChunks(dying(), 'br, gzip'))).rejects.toThrow('the upstream died')
  })

  it.each(['gzip', 'zstd'])('lets its source go when the reader leaves (%s)', async (encoding) => {
    let left = false
    async function* endless(): AsyncIterable<Uint8Array> {
      try {
        yield encoding === 'gzip' ? gzipSync(body) : zstdBomb(1)
        for (;;) yield await new Promise<Uint8Array>((done) => setImmediate(() => done(Buffer.alloc(1))))
      } finally {
        left = true
      }
    }
    for await (const chunk of decodeChunks(endless(), encoding)) {
      expect(chunk.byteLength).toBeGreaterThan(0)
      break
    }
    await expect.poll(() => left).toBe(true)
  })

  it('is nothing where nothing comes', async () => {
    expect((await join(decodeChunks(inChunks(Buffer.alloc(0), 1), 'gzip'))).byteLength).toBe(0)
  })

  it('fails on an archive that is cut short', async () => {
    const cut = gzipSync(body).subarray(0, 60)
    await expect(join(decodeChunks(inChunks(cut, 10), 'gzip'))).rejects.toThrow()
    await expect(join(decodeChunks(inChunks(ZSTD.subarray(0, 20), 10), 'zstd'))).rejects.toThrow()
  })
})
