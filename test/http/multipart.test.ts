/** Multipart bodies: exact bytes, and a refusal of everything that two readers could read in two ways. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { getHeader } from '../../src/http/headers.ts'
import { MultipartError, parseMultipart, readBoundary } from '../../src/http/multipart.ts'
import { realExchanges } from '../support/real-exchanges.ts'

const BOUNDARY = 'xBOUNDARYx'

/** A body from lines, each ended by CRLF. */
function body(...lines: readonly string[]): Uint8Array {
  return Buffer.from(lines.map((line) => `${line}\r\n`).join(''), 'latin1')
}

function field(name: string, value: string): string[] {
  return [`--${BOUNDARY}`, `Content-Disposition: form-data; name="${name}"`, '', value]
}

const END = `--${BOUNDARY}--`

describe('the boundary', () => {
  it.each([
    ['multipart/form-data; boundary=abc', 'abc'],
    ['Multipart/Form-Data; charset=utf-8; Boundary="a b:c"', 'a b:c'],
    ['multipart/mixed;boundary=--=_x', '--=_x'],
    ['application/json; boundary=abc', undefined],
    [undefined, undefined]
  ])('of %s', (contentType, boundary) => {
    expect(readBoundary(contentType)).toBe(boundary)
  })

  it.each([
    'multipart/form-data',
    'multipart/form-data; boundary=',
    'multipart/form-data; boundary=""',
    'multipart/form-data; boundary=a; boundary=b'
  ])('is refused in %s', (contentType) => {
    expect(() => readBoundary(contentType)).toThrow(MultipartError)
  })

  it('is refused where it is longer than any client makes it', () => {
    expect(() => readBoundary(`multipart/form-data; boundary=${'x'.repeat(201)}`)).toThrow(MultipartError)
  })
})

describe('parts', () => {
  it('keep every byte of any file, and their order', () => {
    // A file that holds the boundary itself cannot be sent under that boundary.
    const bytes = fc.uint8Array({ maxLength: 300 }).filter((file) => !Buffer.from(file).includes(`\r\n--${BOUNDARY}`))
    fc.assert(
      fc.property(fc.array(bytes, { minLength: 1, maxLength: 4 }), (files) => {
        const parts = files.flatMap((file, index) => [
          Buffer.from(`--${BOUNDARY}\r\nContent-Disposition: form-data; name="f${index}"; filename="a.bin"\r\n\r\n`),
          file,
          Buffer.from('\r\n')
        ])
        const found = parseMultipart(Buffer.concat([...parts, Buffer.from(`${END}\r\n`)]), BOUNDARY)
        expect(found.map(({ name }) => name)).toEqual(files.map((_, index) => `f${index}`))
        expect(found.map((part) => Buffer.from(part.bytes))).toEqual(files.map((file) => Buffer.from(file)))
      })
    )
  })

  it('read what a browser or undici sends, fields and files, quotes and all', async () => {
    const form = new FormData()
    form.append('model', 'whisper-1')
    form.append('prompt', 'zwölf Größen\nzwei Zeilen')
    form.append('file', new File([Uint8Array.of(0, 13, 10, 45, 45, 255)], 'a "b".bin', { type: 'audio/wav' }))
    const request = new Response(form)
    const parts = parseMultipart(
      new Uint8Array(await request.arrayBuffer()),
      readBoundary(request.headers.get('content-type') ?? '')!
    )
    expect(parts.map(({ name, filename }) => [name, filename])).toEqual([
      ['model', undefined],
      ['prompt', undefined],
      ['file', 'a %22b%22.bin']
    ])
    expect(Buffer.from(parts[1]!.bytes).toString()).toBe('zwölf Größen\r\nzwei Zeilen')
    expect([...parts[2]!.bytes]).toEqual([0, 13, 10, 45, 45, 255])
    expect(getHeader(parts[2]!.headers, 'content-type')).toBe('audio/wav')
  })

  it('read every form of the real exchanges', () => {
    const forms = realExchanges().filter(({ request }) => readBoundary(getHeader(request.headers, 'content-type')))
    expect(forms).toHaveLength(12)
    const names = forms.map(({ id, request }) => {
      const parts = parseMultipart(request.body, readBoundary(getHeader(request.headers, 'content-type'))!)
      expect(parts.length, id).toBeGreaterThan(0)
      return parts.map(({ name, filename }) => (filename === undefined ? name : `${name}=${filename}`)).join(' ')
    })
    expect(names).toContain('file=sentiment.jsonl purpose')
    expect(names).toContain('purpose file=data.csv')
    expect(names.filter((list) => list.includes('model'))).not.toHaveLength(0)
  })

  it('read a name with an escaped quote, and one without quotes', () => {
    const text = [`--${BOUNDARY}`, String.raw`content-disposition: form-data; name="a\"b"`, '', '1', ...field('c', '2'), END]
    const bare = text.map((line) => line.replace('name="c"', 'name=c'))
    expect(parseMultipart(body(...bare), BOUNDARY).map(({ name }) => name)).toEqual(['a"b', 'c'])
  })

  it('know a file by filename* as well', () => {
    const text = [`--${BOUNDARY}`, 'Content-Disposition: form-data; name="f"; filename*=UTF-8\'\'a.txt', '', '1', END]
    expect(parseMultipart(body(...text), BOUNDARY)[0]).toMatchObject({ name: 'f', filename: '' })
  })

  it('may be none at all', () => {
    expect(parseMultipart(body(END), BOUNDARY)).toEqual([])
  })
})

describe('a form that two readers could read in two ways is refused', () => {
  it.each<[string, Uint8Array]>([
    ['a text before the first boundary', body('preamble', ...field('a', '1'), END)],
    ['no last boundary', body(...field('a', '1'))],
    ['bytes behind the last boundary', body(...field('a', '1'), END, ...field('model', 'evil'))],
    ['line feeds without returns', Buffer.from([...field('a', '1'), END].join('\n'))],
    ['another boundary', body(...field('a', '1').map((line) => line.replace(BOUNDARY, 'other')), '--other--')],
    ['a part without a blank line', body(`--${BOUNDARY}`, 'Content-Disposition: form-data; name="a"', END)],
    ['a part without a name', body(`--${BOUNDARY}`, 'Content-Disposition: form-data', '', '1', END)],
    ['a part that is an attachment', body(`--${BOUNDARY}`, 'Content-Disposition: attachment; name="a"', '', '1', END)],
    ['a part without headers', body(`--${BOUNDARY}`, '', '1', END)],
    ['two names', body(`--${BOUNDARY}`, 'Content-Disposition: form-data; name="a"; name="model"', '', '1', END)],
    [
      'two dispositions',
      body(
        `--${BOUNDARY}`,
        'Content-Disposition: form-data; name="a"',
        'Content-Disposition: form-data; name="model"',
        '',
        '1',
        END
      )
    ],
    ['a folded header', body(`--${BOUNDARY}`, 'Content-Disposition: form-data;', ' name="a"', '', '1', END)],
    ['a boundary that goes on', body(...field('a', '1'), `--${BOUNDARY}more`, '', END)],
    ['nothing', new Uint8Array(0)]
  ])('%s', (_what, bytes) => {
    expect(() => parseMultipart(bytes, BOUNDARY)).toThrow(MultipartError)
  })
})
