/** Content encodings of recorded bodies: taken off, or found to be off already. */
import { brotliCompressSync, deflateSync, gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { takeOffEncoding } from '../../../src/cassettes/formats/plain-body.ts'
import { BodyError } from '../../../src/http/body.ts'
import { toBytes, toText, type HeaderList } from '../../../src/http/message.ts'

const TEXT = '{"hello":"world"}'
const json = (encoding: string): HeaderList => [
  ['Content-Type', 'application/json'],
  ['Content-Encoding', encoding]
]

describe('an encoded body', () => {
  it.each([
    ['gzip', gzipSync(TEXT), ['gzip']],
    ['br', brotliCompressSync(TEXT), ['br']],
    ['deflate', deflateSync(TEXT), ['deflate']],
    ['gzip, br', brotliCompressSync(gzipSync(TEXT)), ['gzip', 'br']],
    ['identity', toBytes(TEXT), []]
  ])('%s', (encoding, body, encodings) => {
    const plain = takeOffEncoding(body, json(encoding), 1000)
    expect([toText(plain.bytes), plain.encodings, plain.wasPlain]).toEqual([TEXT, encodings, false])
  })

  it('is bounded, encoded and decoded', () => {
    const bomb = gzipSync(Buffer.alloc(1_000_000))
    expect(() => takeOffEncoding(bomb, json('gzip'), 100_000)).toThrow(BodyError)
    expect(() => takeOffEncoding(Buffer.alloc(11), [], 10)).toThrow('larger than 10 bytes')
  })

  it('that is cut off, or in an encoding that nobody knows, is an error', () => {
    expect(() => takeOffEncoding(gzipSync(TEXT).subarray(0, 20), json('gzip'), 1000)).toThrow('not valid gzip')
    expect(() => takeOffEncoding(Uint8Array.of(0xff, 0xfe, 0xc3), json('br'), 1000)).toThrow('not valid br')
    expect(() => takeOffEncoding(toBytes(TEXT), json('snappy'), 1000)).toThrow('not known')
  })
})

describe('a body that was decoded, with its header kept', () => {
  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, br'])('%s', (encoding) => {
    const stream = 'data: {"a":1}\n\n'
    for (const [text, type] of [
      [TEXT, 'application/json'],
      [stream, 'text/event-stream'],
      ['plain words', 'text/plain']
    ] as const) {
      const plain = takeOffEncoding(
        toBytes(text),
        [
          ['content-encoding', encoding],
          ['content-type', type]
        ],
        1000
      )
      expect([toText(plain.bytes), plain.encodings, plain.wasPlain]).toEqual([text, [], true])
    }
  })

  it('and is empty', () => {
    expect(takeOffEncoding(new Uint8Array(0), json('gzip'), 10)).toMatchObject({ encodings: [], wasPlain: true })
  })
})
