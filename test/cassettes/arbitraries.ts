/** Bodies that chance makes: JSON in every spacing, event streams, forms, bytes. */
import fc from 'fast-check'
import type { HeaderList } from '../../src/http/message.ts'
import { formBody, ODD_STRINGS } from './body-samples.ts'

/** A body with its type. */
export interface ChanceBody {
  readonly contentType: string | undefined
  readonly body: Uint8Array
}

const oddPiece = fc.constantFrom(
  ...ODD_STRINGS.filter((text) => text.length < 100),
  ' ',
  '\n',
  '\t',
  '"',
  '\\',
  '#',
  ':',
  '-',
  '\u0085',
  '\u2028'
)

/** Text made of what goes wrong; whole Unicode, no lone surrogates. */
const oddText = fc.oneof(
  fc.constantFrom(...ODD_STRINGS),
  fc.array(fc.oneof(oddPiece, fc.string({ unit: 'binary', maxLength: 5 })), { maxLength: 8 }).map((pieces) => pieces.join('')),
  fc.string({ unit: 'binary', maxLength: 40 })
)

const number = fc.oneof(
  fc.constantFrom('0', '-0', '1.0', '1e5', '1E+5', '-1.50e-7', '1e400', '12345678901234567890', '-9007199254740993', '0.1000'),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt().map(String)
)

/** A string of JSON, also with escapes of halves of characters. */
const jsonString = fc.oneof(
  oddText.map((text) => JSON.stringify(text)),
  fc
    .string({ unit: fc.integer({ min: 0, max: 0xffff }).map((code) => String.fromCharCode(code)), maxLength: 10 })
    .map((text) => JSON.stringify(text)),
  oddText.map((text) =>
    JSON.stringify(text).replace(/[\u0080-\uffff]/g, (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`)
  )
)

/** How a tree is written. */
interface Spacing {
  readonly colon: string
  readonly comma: string
  readonly indent: string
}

type Tree = string | readonly Tree[] | ReadonlyMap<string, Tree>

function print(tree: Tree, spacing: Spacing, indent = ''): string {
  if (typeof tree === 'string') return tree
  const inner = indent + spacing.indent
  const items =
    tree instanceof Map
      ? [...tree].map(([key, value]) => key + spacing.colon + print(value, spacing, inner))
      : (tree as readonly Tree[]).map((item) => print(item, spacing, inner))
  const [open, close] = tree instanceof Map ? '{}' : '[]'
  if (items.length === 0) return `${open}${close}`
  const [first, between, last] = spacing.indent === '' ? ['', spacing.comma, ''] : [`\n${inner}`, `,\n${inner}`, `\n${indent}`]
  return open + first + items.join(between) + last + close
}

const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.oneof(jsonString, number, fc.constantFrom('true', 'false', 'null')),
    fc.array(tie('tree'), { maxLength: 5 }),
    fc
      .uniqueArray(
        fc.tuple(fc.oneof(jsonString, fc.constant('"__proto__"'), fc.constant(JSON.stringify('k'.repeat(1100)))), tie('tree')),
        {
          maxLength: 5,
          selector: ([key]) => JSON.parse(key) as string
        }
      )
      .map((fields) => new Map(fields))
  )
}))

const spacing = fc.constantFrom<Spacing>(
  { colon: ':', comma: ',', indent: '' },
  { colon: ': ', comma: ', ', indent: '' },
  { colon: ' : ', comma: ' ,', indent: '' },
  ...[' ', '  ', '   ', '    ', '\t'].map((indent) => ({ colon: ': ', comma: ',', indent }))
)

const jsonBody = fc
  .tuple(
    fc.constantFrom('application/json', 'application/problem+json; charset=utf-8', 'text/plain', undefined),
    tree,
    spacing,
    fc.constantFrom('', '\n', '\r\n', ' ')
  )
  .map(([contentType, value, how, end]) => ({ contentType, body: Buffer.from(print(value, how) + end) }))

const sseLine = fc.oneof(
  oddText.map((text) => `data: ${text}`),
  fc.constantFrom(': ping', 'event: x', 'id: 1', 'retry: 10', 'data', 'data:', 'data: [DONE]', '---', ' ', ''),
  oddText.map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}`)
)

const sseBody = fc
  .tuple(
    fc.array(sseLine, { maxLength: 12 }),
    fc.constantFrom('\n', '\r\n', '\r', 'mixed'),
    fc.constantFrom('', 'E', 'EE', 'EEE')
  )
  .map(([lines, end, last]) => {
    const text = lines.map((line, index) => line + (index % 2 === 0 ? 'E' : 'EE')).join('') + last
    let count = 0
    return text.replaceAll('E', () => (end === 'mixed' ? ['\n', '\r\n', '\r'][count++ % 3]! : end))
  })
  .map((text) => ({ contentType: 'text/event-stream', body: Buffer.from(text) }))

/** Belongs in a file beside the cassette. */
const LARGE = new Uint8Array(66_000).fill(0xff)

const part = fc.tuple(
  fc.constantFrom(
    'Content-Disposition: form-data; name="model"',
    'content-disposition:form-data;name=model',
    'Content-Disposition: form-data; name="file"; filename="ü.txt"\r\nContent-Type: text/plain\r\nX-Odd:  two  spaces ',
    'X-No-Name: 1'
  ),
  fc.oneof(oddText, fc.uint8Array({ maxLength: 100 }), fc.constant('--Bound'), fc.constant(LARGE))
)

const multipartBody = fc
  .tuple(
    fc.array(part, { maxLength: 4 }),
    fc.constantFrom('\r\n', '', '\n', '\r\n\r\n', 'epilogue'),
    fc.constantFrom('Bound', 'other', '"Bo und"')
  )
  .map(([parts, end, boundary]) => ({
    contentType: `multipart/form-data; boundary=${boundary}`,
    body: formBody(boundary.replaceAll('"', ''), parts, end)
  }))

const anyBody = fc.record({
  contentType: fc.constantFrom(
    undefined,
    '',
    'application/json',
    'text/event-stream',
    'multipart/form-data; boundary=x',
    'multipart/form-data',
    'audio/mpeg',
    'text/plain',
    ';;'
  ),
  body: fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    oddText.map((text) => Buffer.from(text)),
    tree.map((value) => Buffer.from(print(value, { colon: ':', comma: ',', indent: '' })))
  )
})

export const chanceBody: fc.Arbitrary<ChanceBody> = fc.oneof(jsonBody, sseBody, multipartBody, anyBody)

/** Headers as Node gives them: bytes as Latin-1 characters, no line ends. */
export const chanceHeaders: fc.Arbitrary<HeaderList> = fc.array(
  fc.tuple(
    fc.constantFrom(
      'X-Request-Id',
      'x-request-id',
      'Set-Cookie',
      '1',
      '2',
      '__proto__',
      'constructor',
      'null',
      "odd!#$%&'*+.^`|~"
    ),
    fc.oneof(
      fc.constantFrom('', '1', '1.0', 'true', 'null', '---', 'a: b', '# x', ' ', '<openai-key:1>'),
      fc.string({ unit: fc.integer({ min: 0x20, max: 0xff }).map((code) => String.fromCharCode(code)), maxLength: 20 })
    )
  ),
  { maxLength: 6 }
)
