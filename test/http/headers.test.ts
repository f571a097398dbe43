/** Header lists: order, case and repeats survive whatever is read or set. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  endToEnd,
  flatHeaders,
  getHeader,
  getHeaders,
  isJsonType,
  isSseType,
  mediaType,
  pairHeaders,
  withHeader,
  withHeaders,
  withoutHeaders
} from '../../src/http/headers.ts'
import { jsonResponse, toBytes, toText, type HeaderList } from '../../src/http/message.ts'

const LIST: HeaderList = [
  ['Content-Type', 'text/plain'],
  ['set-cookie', 'a=1'],
  ['X-Thing', 'one'],
  ['Set-Cookie', 'b=2'],
  ['x-thing', 'two']
]

const name = fc.constantFrom('a', 'A', 'b', 'B', 'content-type', 'Content-Type', 'x')
const list = fc.array(fc.tuple(name, fc.string({ maxLength: 3 })), { maxLength: 8 })

describe('reading', () => {
  it('finds a header in any case, the first one', () => {
    expect(getHeader(LIST, 'CONTENT-TYPE')).toBe('text/plain')
    expect(getHeader(LIST, 'x-thing')).toBe('one')
    expect(getHeader(LIST, 'absent')).toBeUndefined()
  })

  it('finds every value in order', () => {
    expect(getHeaders(LIST, 'Set-Cookie')).toEqual(['a=1', 'b=2'])
    expect(getHeaders(LIST, 'absent')).toEqual([])
  })
})

describe('setting', () => {
  it('keeps the place and the name of the first one and drops the others', () => {
    expect(withHeader(LIST, 'X-THING', 'three')).toEqual([LIST[0], LIST[1], ['X-Thing', 'three'], LIST[3]])
  })

  it('adds at the end what is not there', () => {
    expect(withHeader(LIST, 'New', '1')).toEqual([...LIST, ['New', '1']])
  })

  it('gives exactly one value, and leaves all other headers as they were', () => {
    fc.assert(
      fc.property(list, name, (headers, wanted) => {
        const result = withHeader(headers, wanted, 'set')
        expect(getHeaders(result, wanted)).toEqual(['set'])
        expect(withoutHeaders(result, [wanted])).toEqual(withoutHeaders(headers, [wanted]))
      })
    )
  })

  it('drops by name in any case, and nothing else', () => {
    expect(withoutHeaders(LIST, ['SET-COOKIE', 'content-type'])).toEqual([LIST[2], LIST[4]])
  })

  it('leaves the list that it was given alone', () => {
    const before = structuredClone(LIST)
    withHeader(LIST, 'x-thing', 'three')
    withoutHeaders(LIST, ['x-thing'])
    endToEnd(LIST)
    expect(LIST).toEqual(before)
  })
})

describe('the forms of Node', () => {
  it('pairs and flattens without loss', () => {
    fc.assert(
      fc.property(list, (headers) => {
        expect(pairHeaders(flatHeaders(headers))).toEqual(headers)
      })
    )
  })

  it('leaves out what HTTP/2 puts before the headers', () => {
    expect(pairHeaders([':path', '/', ':authority', 'x', 'accept', '*/*'])).toEqual([['accept', '*/*']])
  })

  it('ignores a name without a value', () => {
    expect(pairHeaders(['a', '1', 'b'])).toEqual([['a', '1']])
  })
})

describe('end-to-end headers', () => {
  it('lose what belongs to one connection, and what Connection names', () => {
    const headers: HeaderList = [
      ['Connection', 'close, X-Private'],
      ['connection', ' Other '],
      ['Keep-Alive', 'timeout=5'],
      ['Transfer-Encoding', 'chunked'],
      ['TE', 'trailers'],
      ['Trailer', 'x'],
      ['Upgrade', 'h2c'],
      ['Proxy-Authorization', 'Basic x'],
      ['Proxy-Connection', 'close'],
      ['HTTP2-Settings', 'x'],
      ['x-private', '1'],
      ['OTHER', '1'],
      ['Content-Length', '3'],
      ['Authorization', 'Bearer x']
    ]
    expect(endToEnd(headers)).toEqual([
      ['Content-Length', '3'],
      ['Authorization', 'Bearer x']
    ])
  })
})

describe('media types', () => {
  it.each([
    ['application/json', 'application/json'],
    ['  Application/JSON ; charset=utf-8', 'application/json'],
    ['multipart/form-data; boundary=x', 'multipart/form-data'],
    ['', ''],
    [undefined, '']
  ])('of %s', (value, type) => {
    expect(mediaType(value)).toBe(type)
  })

  it.each(['application/json', 'application/problem+json; charset=utf-8', 'text/json', 'APPLICATION/JSON'])(
    '%s is JSON',
    (value) => {
      expect(isJsonType(value)).toBe(true)
    }
  )

  it.each(['application/jsonl', 'text/plain', 'application/x-ndjson', undefined, 'json'])('%s is not JSON', (value) => {
    expect(isJsonType(value)).toBe(false)
  })

  it('knows a stream of events by its type alone', () => {
    expect(isSseType('text/event-stream; charset=utf-8')).toBe(true)
    expect(isSseType('text/plain')).toBe(false)
  })
})

describe('text and bytes', () => {
  it('are one and the same, both ways, for anything a person can write', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (text) => {
        expect(toText(toBytes(text))).toBe(text)
      })
    )
  })

  it('keep a byte order mark', () => {
    expect(toText(toBytes('\uFEFFx'))).toBe('\uFEFFx')
  })

  it('are not text where they are not UTF-8', () => {
    expect(toText(Uint8Array.of(0xff, 0xfe))).toBeUndefined()
    expect(toText(Uint8Array.of(0xc3))).toBeUndefined()
    expect(toText(Uint8Array.of(0xed, 0xa0, 0x80))).toBeUndefined()
  })

  it('make a JSON answer whose length counts bytes, not characters', () => {
    const response = jsonResponse(400, { é: '🙂' }, [['x-request-id', '1']])
    expect(response.status).toBe(400)
    expect(getHeader(response.headers, 'content-length')).toBe(String((response.body as Uint8Array).byteLength))
    expect(toText(response.body as Uint8Array)).toBe('{"é":"🙂"}')
    expect(response.headers.map(([key]) => key)).toEqual(['content-type', 'x-request-id', 'content-length'])
  })
})

it('sets several headers as it sets one after the other', () => {
  const pairs = fc.uniqueArray(fc.tuple(name, fc.string({ maxLength: 3 })), { selector: ([key]) => key.toLowerCase() })
  fc.assert(
    fc.property(list, pairs, (headers, set) => {
      const one = set.reduce<HeaderList>((before, [key, value]) => withHeader(before, key, value), headers)
      expect(withHeaders(headers, set)).toEqual(one)
    })
  )
})
