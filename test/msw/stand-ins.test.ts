/** What a page has in the place of Node's modules does what Node's do, as far as it is used. */
import * as nodeBuffer from 'node:buffer'
import * as nodeCrypto from 'node:crypto'
import * as nodeZlib from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { loadPatternEngine as loadInNode } from '../../src/config/pattern-engine.ts'
import * as buffer from '../../src/msw/page/buffer.ts'
import * as crypto from '../../src/msw/page/crypto.ts'
import { loadPatternEngine } from '../../src/msw/page/pattern-engine.ts'
import { Readable, promises } from '../../src/msw/page/stream.ts'
import * as zlib from '../../src/msw/page/zlib.ts'

const bytes = fc.uint8Array({ maxLength: 300 })
const text = fc.string({ unit: 'binary', maxLength: 100 })

describe('Buffer', () => {
  test('reads and writes texts', () => {
    fc.assert(
      fc.property(bytes, text, (some, said) => {
        const [ours, nodes] = [buffer.Buffer.from(some), Buffer.from(some)]
        for (const encoding of ['utf8', 'latin1', 'hex', 'base64', 'base64url', 'utf16le'] as const) {
          expect(ours.toString(encoding as 'hex'), encoding).toBe(nodes.toString(encoding))
        }
        expect(ours.toString()).toBe(nodes.toString())
        for (const encoding of ['utf8', 'latin1', 'utf16le'] as const) {
          expect([...buffer.Buffer.from(said, encoding)], encoding).toEqual([...Buffer.from(said, encoding)])
        }
        for (const encoding of ['hex', 'base64'] as const) {
          const written = nodes.toString(encoding)
          expect([...buffer.Buffer.from(written, encoding)], encoding).toEqual([...some])
        }
        expect([...buffer.Buffer.from(nodes.toString('base64url'), 'base64')]).toEqual([...some])
        expect(buffer.Buffer.byteLength(said)).toBe(Buffer.byteLength(said))
      })
    )
  })

  test('is cut, joined, searched and compared', () => {
    fc.assert(
      fc.property(bytes, bytes, fc.nat(20), fc.nat(20), (some, other, start, length) => {
        const [ours, nodes] = [buffer.Buffer.from(some), Buffer.from(some)]
        const [cut, cutByNode] = [ours.subarray(start, start + length), nodes.subarray(start, start + length)]
        expect(cut.toString('hex')).toBe(cutByNode.toString('hex'))
        // Nobody looks for nothing: there they differ.
        if (cut.length > 0) expect(ours.indexOf(cut)).toBe(nodes.indexOf(cutByNode))
        expect(ours.includes('a\n')).toBe(nodes.includes('a\n'))
        expect(buffer.Buffer.concat([some, other]).toString('hex')).toBe(Buffer.concat([some, other]).toString('hex'))
        expect(buffer.Buffer.compare(some, other)).toBe(Buffer.compare(some, other))
        const view = buffer.Buffer.from(some.buffer as ArrayBuffer, some.byteOffset, some.byteLength)
        expect(view.toString('hex')).toBe(nodes.toString('hex'))
      })
    )
  })

  test('knows UTF-8 from other bytes', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          bytes,
          text.map((said) => Buffer.from(said))
        ),
        (some) => buffer.isUtf8(some) === nodeBuffer.isUtf8(some)
      )
    )
  })
})

describe('crypto', () => {
  test('digests', () => {
    fc.assert(
      fc.property(bytes, text, (some, said) => {
        const [ours, nodes] = [crypto.createHash('sha256'), nodeCrypto.createHash('sha256')]
        expect(ours.update(some).update(said).digest('hex')).toBe(nodes.update(some).update(said).digest('hex'))
      })
    )
    expect(crypto.createHash('sha256').digest()).toEqual(nodeCrypto.createHash('sha256').digest())
    expect(() => crypto.createHash('md5')).toThrow('no md5')
  })

  test('compares', () => {
    fc.assert(fc.property(bytes, (some) => crypto.timingSafeEqual(some, some.slice())))
    expect(crypto.timingSafeEqual(Uint8Array.of(1, 2), Uint8Array.of(1, 3))).toBe(false)
    expect(() => crypto.timingSafeEqual(Uint8Array.of(1), Uint8Array.of())).toThrow('same byte length')
  })
})

describe('zlib', () => {
  const ample = { maxOutputLength: 1e6 }

  test('unpacks what Node has packed, and sums up as Node does', () => {
    fc.assert(
      fc.property(bytes, fc.nat(40), (some, times) => {
        const whole = Buffer.concat(Array.from({ length: times + 1 }, () => some))
        const unpacked = [
          zlib.gunzipSync(nodeZlib.gzipSync(whole), ample),
          zlib.inflateSync(nodeZlib.deflateSync(whole), ample),
          zlib.inflateRawSync(nodeZlib.deflateRawSync(whole), ample),
          zlib.unzipSync(nodeZlib.gzipSync(whole), ample),
          zlib.unzipSync(nodeZlib.deflateSync(whole), ample)
        ]
        for (const one of unpacked) expect(one.equals(whole)).toBe(true)
        expect(zlib.crc32(whole)).toBe(nodeZlib.crc32(whole))
        expect(zlib.crc32(some, zlib.crc32('before'))).toBe(nodeZlib.crc32(some, nodeZlib.crc32('before')))
      })
    )
  })

  test('stops a bomb at its bound', () => {
    const bomb = nodeZlib.gzipSync(Buffer.alloc(50_000_000))
    expect(() => zlib.gunzipSync(bomb, { maxOutputLength: 1000 })).toThrow(
      expect.objectContaining({ code: 'ERR_BUFFER_TOO_LARGE' })
    )
  })

  test('refuses what is cut short, or no such bytes, but where a half is enough', () => {
    const whole = Buffer.from('a text that is long enough to be packed '.repeat(50))
    const half = nodeZlib.gzipSync(whole).subarray(0, -12)
    expect(() => zlib.gunzipSync(half, ample)).toThrow()
    expect(() => zlib.gunzipSync(Buffer.from('not packed'), ample)).toThrow()
    const partial = zlib.unzipSync(half, { ...ample, finishFlush: zlib.constants.Z_SYNC_FLUSH })
    expect(whole.toString().startsWith(partial.toString())).toBe(true)
  })

  test('encodes nothing, and says so', () => {
    expect(() => zlib.gzipSync()).toThrow('In a page there is no gzipSync.')
    expect(() => Readable.from()).toThrow('In a page')
    expect(() => promises.finished()).toThrow('In a page')
  })
})

test('the engine of patterns is the same', () => {
  const found = (engine: ReturnType<typeof loadPatternEngine>): boolean => engine.RE2JS.compile('a+b').matcher('xaab').find()
  expect([found(loadPatternEngine()), found(loadInNode())]).toEqual([true, true])
})
