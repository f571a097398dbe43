/** Bodies that others have lost bytes of. */
import type { FormSample } from './test-format.ts'

/** Strings that YAML, or a careless writer of it, takes for something else. */
export const ODD_STRINGS: readonly string[] = [
  '',
  ' ',
  '\n',
  '\n\n',
  '\t',
  '---',
  '--- ',
  '...',
  '-',
  '- a',
  '? a',
  ': ',
  ':',
  'a: b',
  'a:',
  'a #b',
  '# x',
  '#',
  '&a',
  '*a',
  '!tag',
  '!!binary',
  '|',
  '>',
  '|+',
  '%YAML 1.2',
  '@a',
  '`a`',
  'null',
  '~',
  'Null',
  'true',
  'False',
  'yes',
  'NO',
  'on',
  'Off',
  'y',
  'n',
  '<<',
  '=',
  '.inf',
  '-.INF',
  '.nan',
  '0',
  '-0',
  '1.0',
  '1e5',
  '5e12345678901234',
  '0x1F',
  '0o17',
  '0b1',
  '1_000',
  '12:30:45',
  '2026-11-24',
  '2026-11-24T09:00:00Z',
  '[a]',
  '{a}',
  '{a: b}',
  '"',
  "'",
  '"quoted"',
  "it's",
  '\\',
  '\\n',
  'a\\',
  ' leading',
  'trailing ',
  'trailing\t',
  '\ttab',
  'a\tb',
  '\nleading line',
  '\n\n  both',
  '  indented\nless',
  'a\n  b\n    c',
  'a\n\n\nb',
  'ends\n',
  'ends\n\n',
  'ends\n\n\n',
  'ends \n',
  'ends\n ',
  'ends\n \n',
  'ends\n\t',
  'a\n---\nb',
  '---\n',
  'a\n...\n',
  '\n---\n',
  'a\n# b\n',
  'a\n\tb',
  ' \n a',
  '\n a',
  'a\r\nb',
  'a\rb',
  '\r',
  '\r\n',
  'a\n\rb',
  '\u0000',
  'a\u0000b',
  '\u0007',
  '\u001b[31m',
  '\u007f',
  '\u0080',
  'a\u0085b',
  '\u00a0',
  'a\u2028b',
  'a\u2029b',
  '\ufeff',
  '\ufeffa',
  'a\ufeff',
  '\ufffe',
  '\uffff',
  '\ud83d\ude00',
  'é',
  '日本語',
  'e\u0301',
  '\u200b',
  '\u202e',
  '👩‍👩‍👧',
  '<openai-key:1>',
  'key',
  'recorded: {at: x}',
  'response:',
  'x'.repeat(500),
  `"${'x'.repeat(500)}`,
  'word '.repeat(300),
  `${'line\n'.repeat(300)}`,
  'constructor',
  '__proto__',
  'toString'
]

/** JSON that keeps its bytes only where nothing is parsed and printed again. */
export const JSON_SAMPLES: readonly FormSample[] = [
  { name: 'compact', body: '{"a":1,"b":[true,false,null],"c":{}}' },
  { name: "Python's spacing", body: '{"a": 1, "b": [1, 2, {"c": "d, e: f"}], "e": {}, "f": []}' },
  { name: "Python's spacing of a list", body: '["a", "b"]' },
  ...[1, 2, 3, 4].map((width) => ({
    name: `indent ${width}`,
    body: JSON.stringify({ a: [1, { b: 'c' }, [], {}], d: 'é' }, null, width)
  })),
  { name: 'tabs', body: JSON.stringify({ a: [1, { b: 'c' }] }, null, '\t') },
  { name: 'indent and a line end', body: `${JSON.stringify({ id: 'x' }, null, 2)}\n` },
  { name: 'ASCII escapes', body: '{"a": "\\u00e9\\ud83d\\ude00", "b": "plain"}' },
  { name: 'a lone surrogate in an escape', body: '{"a":"\\ud83d"}' },
  { name: 'a lone surrogate beside raw characters', body: '{"a":"\\ud83d","b":"é"}' },
  { name: 'big integers', body: '{"id":12345678901234567890,"neg":-9007199254740993}' },
  { name: 'numbers as they were', body: '[1.0,1e5,1E+5,-0,-0.0,0.10,1e400,1e-400,100000000000000000000000]' },
  { name: '__proto__', body: '{"__proto__":{"a":1},"constructor":2,"toString":3}' },
  { name: 'keys like numbers, in this order', body: '{"2":1,"1":2,"01":3,"-1":4,"1.0":5}' },
  {
    name: 'keys like words',
    body: '{"null":1,"true":2,"yes":3,"<<":4,"~":5,"":6," ":7,"a: b":8,"# c":9,"? d":10,"- e":11,"---":12}'
  },
  { name: 'odd strings as values', body: JSON.stringify(ODD_STRINGS) },
  {
    name: 'odd strings as keys',
    body: JSON.stringify(Object.fromEntries(ODD_STRINGS.map((text, index) => [text.slice(0, 400), index])))
  },
  { name: 'lists in lists', body: '[[["a\\nb"],[[]]],[{"a":[{"b":[1]}]}]]' },
  { name: 'a text alone', body: '"a\\nb"', contentType: 'application/json' },
  { name: 'a number alone', body: '1.50', contentType: 'application/json' },
  { name: 'null alone', body: 'null', contentType: 'application/json' },
  { name: 'an empty object', body: '{}' },
  { name: '190 levels', body: `${'['.repeat(190)}1${']'.repeat(190)}` }
]

const event = (data: string): string => `data: ${data}\n\n`

export const SSE_SAMPLES: readonly FormSample[] = [
  { name: 'a chat stream', body: event('{"choices":[{"delta":{"content":"Hi"}}]}') + event('[DONE]') },
  { name: 'no last blank line', body: `${event('a')}data: b` },
  { name: 'one line end at the end', body: `${event('a')}data: b\n` },
  { name: 'many line ends at the end', body: `${event('a')}\n\n\n` },
  { name: 'blank lines first', body: `\n\n${event('a')}` },
  { name: 'CRLF', body: 'data: a\r\n\r\ndata: b\r\n\r\n' },
  { name: 'CRLF without an end', body: 'data: a\r\n\r\ndata: b' },
  { name: 'LF and CRLF', body: 'data: a\r\n\r\ndata: b\n\n' },
  { name: 'CR', body: 'data: a\r\rdata: b\r\r' },
  { name: 'a CR in a CRLF stream', body: 'data: a\rb\r\n\r\n' },
  { name: 'comments, ids, retry, many lines of data', body: ': ping\n\nid: 1\nretry: 10\nevent: x\ndata: a\ndata: b\n\n' },
  { name: 'space behind a line', body: 'data: a \ndata:\t\n \n\n' },
  { name: 'a document line within', body: 'data: a\n---\n...\n\n' },
  { name: 'a byte order mark', body: '\ufeffdata: a\n\n' },
  { name: 'only line ends', body: '\n\n' },
  { name: 'only spaces', body: '  ' },
  { name: 'control characters', body: 'data: \u0000\u0085\u2028\n\n' },
  {
    name: 'a comment that would end its line',
    body: event(JSON.stringify({ choices: [{ delta: { content: 'a\n---\n# b\u2028\u0085"' } }] }))
  },
  {
    name: 'half a character at the end of the comment',
    body: event(JSON.stringify({ choices: [{ delta: { content: `${'x'.repeat(159)}\ud83d\ude00` } }] }))
  }
].map((sample) => ({ ...sample, contentType: 'text/event-stream; charset=utf-8' }))

/** A form with these parts, each `headers` and content. */
export function formBody(
  boundary: string,
  parts: readonly (readonly [headers: string, content: string | Uint8Array])[],
  end = '\r\n'
): Uint8Array {
  const pieces = parts.flatMap(([headers, content]) => [
    Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`),
    Buffer.from(content as Uint8Array),
    Buffer.from('\r\n')
  ])
  return new Uint8Array(Buffer.concat([...pieces, Buffer.from(`--${boundary}--${end}`)]))
}

export const binary = (length: number): Uint8Array => Uint8Array.from({ length }, (_, index) => (index * 7 + (index >> 8)) % 256)

const field = 'Content-Disposition: form-data; name="model"'
const file = 'Content-Disposition: form-data; name="file"; filename="a.mp3"\r\nContent-Type: audio/mpeg'

export const MULTIPART_SAMPLES: readonly FormSample[] = [
  {
    name: 'a field and a file',
    body: formBody('B', [
      [field, 'whisper-1'],
      [file, binary(300)]
    ])
  },
  { name: 'no line end behind the last boundary', body: formBody('B', [[field, 'whisper-1']], '') },
  { name: 'a large file', body: formBody('B', [[file, binary(70_000)]]) },
  {
    name: 'odd fields',
    body: formBody(
      'B',
      ODD_STRINGS.map((text) => [field, text])
    )
  },
  { name: 'an empty field', body: formBody('B', [[field, '']]) },
  { name: 'no parts', body: formBody('B', []) }
].map((sample) => ({ ...sample, contentType: 'multipart/form-data; boundary=B' }))
