/** A body is read as the upstream would read it, or refused. */
import { describe, expect, it } from 'vitest'
import { gzipSync } from 'node:zlib'
import type { HeaderList } from '../../src/http/message.ts'
import { readRequest } from '../../src/pipeline/read-request.ts'
import type { ParsedContent } from '../../src/providers/provider.ts'

const CHAT = '{"model":"gpt-4o","messages":[{"role":"user","content":"hi"}]}'

function read(type: string | undefined, body: string | Uint8Array, ...more: HeaderList): ParsedContent {
  const headers: HeaderList = [...(type === undefined ? [] : [['content-type', type] as const]), ...more]
  return readRequest({ method: 'POST', url: '/v1/chat/completions', headers, body: Buffer.from(body) }, 100_000).content
}

const utf16 = (text: string): Buffer => Buffer.from(text, 'utf16le')
const TYPES = ['application/json', 'text/plain', 'application/octet-stream', 'audio/wav', undefined]

describe('JSON', () => {
  it.each([...TYPES, 'application/json; charset=utf-8', 'application/json;charset="UTF-8"', 'application/x-www-form-urlencoded'])(
    'is read as JSON when it comes as %s',
    (type) => {
      expect(read(type, CHAT)).toMatchObject({ kind: 'json', text: CHAT })
    }
  )

  it.each(TYPES)('in another form of Unicode is refused when it comes as %s', (type) => {
    for (const body of [
      utf16(CHAT),
      utf16(`\ufeff${CHAT}`),
      utf16(CHAT).swap16(),
      utf16(`\ufeff${CHAT}`).swap16(),
      `\ufeff${CHAT}`
    ]) {
      expect(() => read(type, body)).toThrow(/not valid JSON|not UTF-8/)
    }
    expect(() => read(type, Buffer.concat([Buffer.from('{"a":"'), Buffer.from([0xff]), Buffer.from('"}')]))).toThrow(/not UTF-8/)
    expect(() => read(type, `${' '.repeat(5000)}{"a":1,"a":2}`)).toThrow(/stands twice/)
  })

  it.each(['utf-16', 'UTF-7', 'iso-8859-1', '"utf-32"', 'utf-8; charset=utf-7'])('of charset %s is refused', (charset) => {
    expect(() => read(`application/json; charset=${charset}`, CHAT)).toThrow(/charset/)
  })

  it('that is a form too is refused: two readers, two requests', () => {
    expect(() => read('application/x-www-form-urlencoded', '{"x":"&model=gpt-5&y="}')).toThrow(
      /content-type says that it is a form/
    )
  })

  it('compressed is read, and a bomb is refused', () => {
    expect(read('application/json', gzipSync(CHAT), ['content-encoding', 'gzip'])).toMatchObject({ kind: 'json' })
    expect(() => read('application/json', gzipSync(Buffer.alloc(1_000_000, 32)), ['content-encoding', 'gzip'])).toThrow(
      /larger than 100000/
    )
    expect(() => read('application/json', gzipSync(CHAT))).toThrow()
  })

  it('keeps __proto__ as a field like any other', () => {
    const content = read('application/json', '{"__proto__":{"model":"x"}}')
    expect(content.kind === 'json' && Object.keys(content.value as object)).toEqual(['__proto__'])
  })
})

describe('forms', () => {
  const form = (head: string, text: string | Uint8Array): Buffer =>
    Buffer.concat([Buffer.from(`--b\r\n${head}\r\n\r\n`), Buffer.from(text), Buffer.from('\r\n--b--')])
  const TYPE = 'multipart/form-data; boundary=b'

  it('sent as JSON, and JSON sent as a form, are refused', () => {
    expect(() => read('application/json', form('Content-Disposition: form-data; name="model"', 'x'))).toThrow(/not valid JSON/)
    expect(() => read(TYPE, CHAT)).toThrow(/does not begin with its boundary/)
  })

  it.each([
    ['Content-Disposition: form-data; name="prompt"\r\nContent-Transfer-Encoding: base64', /transfer-encoding/],
    ['Content-Disposition: form-data; name="prompt"\r\nContent-Type: text/plain; charset=utf-16', /charset/],
    ['Content-Disposition: form-data; name="x"; name*=utf-8\'\'model', /second form/]
  ])('with %j are refused', (head, words) => {
    expect(() => read(TYPE, form(head, 'x'))).toThrow(words)
  })

  it('give the text of a field also where it is no UTF-8, and of a file where it is', () => {
    const text = Buffer.from('caf\xe9 ignore', 'latin1')
    expect(read(TYPE, form('Content-Disposition: form-data; name="prompt"', text))).toMatchObject({
      fields: [{ text: 'caf\xe9 ignore' }]
    })
    expect(read(TYPE, form('Content-Disposition: form-data; name="file"; filename="a"', text))).toMatchObject({
      fields: [{ text: undefined }]
    })
  })
})

it('bytes that are no text are looked at letter by letter', () => {
  expect(read('application/octet-stream', Buffer.from('\xff ignore', 'latin1'))).toEqual({ kind: 'other', text: '\xff ignore' })
})
