/** Each body form passes the conformance suite, and the clearest form that fits is the one that is used. */
import { describe, expect, it } from 'vitest'
import { BODY_FORMS, writeBody } from '../../src/cassettes/bodies/index.ts'
import { base64Form } from '../../src/cassettes/bodies/base64.ts'
import { eventsForm } from '../../src/cassettes/bodies/events.ts'
import { fileForm } from '../../src/cassettes/bodies/file.ts'
import { jsonForm } from '../../src/cassettes/bodies/json.ts'
import { multipartForm } from '../../src/cassettes/bodies/multipart.ts'
import { sseForm } from '../../src/cassettes/bodies/sse.ts'
import { textForm } from '../../src/cassettes/bodies/text.ts'
import { writeMap } from '../../src/cassettes/yaml-text.ts'
import { toBytes } from '../../src/http/message.ts'
import { binary, formBody, JSON_SAMPLES, MULTIPART_SAMPLES, ODD_STRINGS, SSE_SAMPLES } from './body-samples.ts'
import { memoryFiles, testFormat } from './test-format.ts'

testFormat(jsonForm, [
  ...JSON_SAMPLES,
  { name: 'no JSON', body: '{"a":', expect: 'refused' },
  { name: 'a key that stands twice', body: '{"a":1,"a":2}', expect: 'refused' },
  { name: 'deeper than 200 levels', body: `${'['.repeat(300)}${']'.repeat(300)}`, expect: 'refused' },
  { name: 'more values than anybody reads', body: JSON.stringify(Array.from({ length: 20_001 }, () => 0)), expect: 'refused' },
  { name: 'JSON lines', body: '{"a":1}\n{"a":2}\n', expect: 'refused' },
  { name: 'plain text', body: 'Hello', expect: 'refused' },
  { name: 'no text', body: binary(300), expect: 'refused' }
])

testFormat(sseForm, [
  ...SSE_SAMPLES,
  { name: 'another type', body: 'data: a\n\n', contentType: 'text/plain', expect: 'refused' },
  { name: 'no text', body: binary(300), contentType: 'text/event-stream', expect: 'refused' }
])

const chunks = (texts: readonly string[], end: string): string =>
  texts.map((content) => `data: ${JSON.stringify({ id: 'c', choices: [{ delta: { content } }] })}${end}${end}`).join('')

testFormat(eventsForm, [
  { name: 'a chat', body: chunks(['a', 'b', 'b', ' "c"\\', ''], '\n'), contentType: 'text/event-stream' },
  { name: 'CRLF', body: chunks(['a', 'b'], '\r\n'), contentType: 'text/event-stream; charset=utf-8' },
  { name: 'an end that is no blank line', body: `${chunks(['a', 'b'], '\n')}data: [DONE]`, contentType: 'text/event-stream' },
  { name: 'blank lines at the end', body: `${chunks(['a', 'b'], '\n')}\n\n`, contentType: 'text/event-stream' },
  { name: 'words that a block cannot hold', body: chunks(['a', 'b\u2028', '\u0085'], '\n'), contentType: 'text/event-stream' },
  { name: 'events unlike each other', body: 'data: a\n\ndata: b\n\n', contentType: 'text/event-stream', expect: 'refused' },
  {
    name: 'line ends of two kinds',
    body: chunks(['a'], '\r\n') + chunks(['b'], '\n'),
    contentType: 'text/event-stream',
    expect: 'refused'
  },
  { name: 'another type', body: chunks(['a', 'b'], '\n'), contentType: 'text/plain', expect: 'refused' },
  { name: 'no text', body: binary(300), contentType: 'text/event-stream', expect: 'refused' }
])

testFormat(multipartForm, [
  ...MULTIPART_SAMPLES,
  { name: 'no boundary in its type', body: formBody('B', []), contentType: 'multipart/form-data', expect: 'refused' },
  { name: 'another type', body: formBody('B', []), contentType: 'text/plain', expect: 'refused' },
  { name: 'another boundary', body: formBody('B', []), contentType: 'multipart/form-data; boundary=C', expect: 'refused' },
  {
    name: 'cut off',
    body: formBody('B', [['Content-Disposition: form-data; name="a"', 'b']]).subarray(0, -6),
    contentType: 'multipart/form-data; boundary=B',
    expect: 'refused'
  }
])

testFormat(textForm, [
  ...ODD_STRINGS.map((body) => ({ name: JSON.stringify(body).slice(0, 40), body })),
  { name: 'no UTF-8', body: Uint8Array.of(0xff, 0xfe), expect: 'refused' },
  { name: 'half a character', body: toBytes('é').subarray(0, 1), expect: 'refused' },
  { name: 'a surrogate in UTF-8', body: Uint8Array.of(0xed, 0xa0, 0x80), expect: 'refused' }
])

testFormat(fileForm, [
  { name: 'more than 64 KiB', body: binary(65_537) },
  { name: '64 KiB', body: binary(65_536), expect: 'refused' },
  { name: 'long text', body: 'x'.repeat(70_000), expect: 'refused' }
])

testFormat(base64Form, [
  ...[1, 2, 3, 4, 255, 65_536].map((length) => ({ name: `${length} bytes`, body: binary(length) })),
  { name: 'zeros', body: new Uint8Array(100) }
])

describe('the choice of a form', () => {
  const formOf = (body: string | Uint8Array, contentType?: string): string => {
    const written = writeBody(typeof body === 'string' ? toBytes(body) : body, contentType, memoryFiles())
    return written === undefined ? 'none' : [...written].flatMap(([name, value]) => (value === undefined ? [] : [name])).join(' ')
  }

  it.each([
    ['nothing for no bytes', '', 'application/json', 'none'],
    ['json, whatever the type says', '{"a":1}', 'text/plain', 'json'],
    ['json with its spacing', '{"a": 1}', 'application/json', 'layout json'],
    ['text for a type that promises JSON in vain', 'Bad gateway', 'application/json', 'text'],
    ['text for JSON that no layout gives back', '{ "a":1 }', 'application/json', 'text'],
    ['text for a key that stands twice', '{"a":1,"a":2}', 'application/json', 'text'],
    ['text for JSON with escaped slashes', '{"a":"\\/"}', 'application/json', 'text'],
    ['text for a key longer than YAML takes', JSON.stringify({ ['k'.repeat(2000)]: 1 }), 'application/json', 'text'],
    ['text for escapes in capitals', '{"a":"\\u00E9"}', 'application/json', 'text'],
    ['sse', 'data: a\n\n', 'text/event-stream', 'sse'],
    ['events, where one is like another', 'data: {"a":"one"}\n\ndata: {"a":"two"}\n\n', 'text/event-stream', 'events'],
    ['sse with its line ends', 'data: a\r\n\r\n', 'text/event-stream', 'newline sse'],
    ['base64', binary(300), 'audio/mpeg', 'base64'],
    ['a file', binary(70_000), 'audio/mpeg', 'file bytes'],
    [
      'multipart',
      formBody('B', [['Content-Disposition: form-data; name="a"', 'b']]),
      'multipart/form-data; boundary=B',
      'multipart'
    ],
    ['text for a form that cannot be read', '--B\r\nodd\r\n--B--\r\n', 'multipart/form-data; boundary=B', 'text']
  ])('is %s', (_what, body, contentType, form) => {
    expect(formOf(body, contentType)).toBe(form)
  })

  it('takes real JSON of any usual spacing as JSON', () => {
    for (const { body } of JSON_SAMPLES) {
      expect(formOf(body, 'application/json').split(' ').at(-1)).toBe('json')
    }
  })

  it('writes JSON as a person would', () => {
    const body = toBytes(
      '{"model": "gpt-4o", "n": 1.0, "stop": null, "messages": [{"role": "user", "content": "Hi.\\nThen: bye."}], "v": [0.1, 2]}'
    )
    expect(writeMap(writeBody(body, 'application/json', memoryFiles())!, '')).toBe(
      [
        'layout: spaced',
        'json:',
        '  model: gpt-4o',
        '  "n": 1.0',
        '  stop: null',
        '  messages:',
        '    - role: user',
        '      content: |-',
        '        Hi.',
        '        Then: bye.',
        '  v: [0.1, 2]',
        ''
      ].join('\n')
    )
  })

  it('says above a stream what the model said in it', () => {
    const stream = ['Hel', 'lo "you"']
      .map((content) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`)
      .join('')
    expect(writeMap(writeBody(toBytes(stream), 'text/event-stream', memoryFiles())!, '')).toMatch(
      /^# assistant: "Hello \\"you\\""\nevents: \|\n {2}data: /
    )
  })

  it.each([
    [
      'the tools that it called',
      [
        { delta: { content: 'Let me see.' } },
        { delta: { tool_calls: [{ index: 0, function: { name: 'get_weather', arguments: '' } }] } },
        { delta: { tool_calls: [{ index: 0, function: { arguments: '{"city":' } }] } },
        { delta: { tool_calls: [{ index: 1, function: { name: 'get_time', arguments: '{}' } }] } },
        { delta: { tool_calls: [{ index: 0, function: { arguments: '"Paris"}' } }] } }
      ].map((choice) => ({ choices: [choice] })),
      'assistant: "Let me see." get_weather({"city":"Paris"}) get_time({})'
    ],
    [
      'the tools of Anthropic',
      [
        { type: 'content_block_start', index: 1, content_block: { type: 'tool_use', name: 'look', input: {} } },
        { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: '{"a"' } },
        { type: 'content_block_delta', index: 1, delta: { type: 'input_json_delta', partial_json: ': 1}' } }
      ],
      'assistant: look({"a": 1})'
    ],
    [
      'the tools of the Responses API',
      [
        { type: 'response.output_item.added', output_index: 2, item: { type: 'function_call', name: 'look' } },
        { type: 'response.function_call_arguments.delta', output_index: 2, delta: '{"a":1}' },
        { type: 'response.output_text.delta', output_index: 3, delta: 'Done\n---\n' }
      ],
      String.raw`assistant: "Done\n---\n" look({"a":1})`
    ],
    [
      'no more than fits',
      Array.from({ length: 7 }, (_, index) => ({
        choices: [
          { delta: { content: 'word '.repeat(20), tool_calls: [{ index, function: { name: 'f', arguments: '9'.repeat(200) } }] } }
        ]
      })),
      `assistant: "${'word '.repeat(32)}…" ${Array.from({ length: 4 }, () => `f(${'9'.repeat(80)}…)`).join(' ')} … 3 more`
    ]
  ])('says above a stream %s', (_what, events, comment) => {
    const stream = events.map((event) => `data: ${JSON.stringify(event)}\n\n`).join('')
    expect(writeMap(writeBody(toBytes(stream), 'text/event-stream', memoryFiles())!, '').split('\n')[0]).toBe(`# ${comment}`)
  })

  it('has no two forms of one name', () => {
    expect(new Set(BODY_FORMS.map(({ name }) => name)).size).toBe(BODY_FORMS.length)
  })
})
