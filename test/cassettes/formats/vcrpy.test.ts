/** VCR.py: its dialects, and what PyYAML writes that YAML readers of today take for something else. */
import { describe, expect, it } from 'vitest'
import { vcrpy } from '../../../src/cassettes/formats/vcrpy.ts'
import { toText } from '../../../src/http/message.ts'
import { readText, testRecordingFormat } from './test-recording-format.ts'

testRecordingFormat(vcrpy, { keepsMoment: false })

/** A cassette of one exchange. */
function cassette(request: string, response: string): string {
  const indent = (text: string): string => text.trim().replaceAll('\n', '\n    ')
  return `interactions:\n- request:\n    ${indent(request)}\n  response:\n    ${indent(response)}\nversion: 1\n`
}

const REQUEST = 'body: null\nheaders: {}\nmethod: GET\nuri: https://api.openai.com/v1/models'

const bodies = (text: string): (string | undefined)[] => readText(text).exchanges.map(({ response }) => toText(response.body))

describe('dialects', () => {
  it.each([
    ['a text', 'body: {string: "{\\"a\\": 1}"}\nheaders: {}\nstatus: {code: 200, message: OK}', '{"a": 1}'],
    ['bytes', 'body: {string: !!binary "aGVsbG8="}\nheaders: {}\nstatus: {code: 200, message: OK}', 'hello'],
    ['base64_string', 'body: {base64_string: aGVsbG8=}\nheaders: {}\nstatus: {code: 200, message: OK}', 'hello'],
    [
      'parsed_body',
      'parsed_body: {a: [1, 1.0, "1"], y: y}\nheaders: {}\nstatus: {code: 200, message: OK}',
      '{"a":[1,1.0,"1"],"y":"y"}'
    ],
    ['an older httpx', "content: 'hello'\nheaders: {}\nhttp_version: HTTP/1.1\nstatus_code: 200", 'hello'],
    ['Python 2', 'body: {string: !!python/unicode "hello"}\nheaders: {}\nstatus: {code: 200, message: OK}', 'hello'],
    ['no body', 'body: {string: ""}\nheaders: {}\nstatus: {code: 200, message: OK}', '']
  ])('%s', (_, response, body) => {
    const read = readText(cassette(REQUEST, response))
    expect(read.leftOut).toEqual([])
    expect(toText(read.exchanges[0]!.response.body)).toBe(body)
    expect(read.exchanges[0]!.response.status).toBe(200)
  })

  it('reads its JSON serializer too', () => {
    const [method, uri] = ['GET', 'https://api.openai.com/v1/models']
    const status = { code: 200 }
    const json = { version: 1, interactions: [{ request: { method, uri }, response: { status, body: { string: 'hi' } } }] }
    expect(bodies(JSON.stringify(json))).toEqual(['hi'])
  })

  it('takes headers as lists and as texts', () => {
    const text = cassette(REQUEST, 'body: {string: ""}\nheaders:\n  A: [x, y]\n  B: z\n  C: 5\nstatus: {code: 200}')
    expect(readText(text).exchanges[0]!.response.headers).toEqual([
      ['A', 'x'],
      ['A', 'y'],
      ['B', 'z'],
      ['C', '5']
    ])
  })

  it('follows the aliases that PyYAML writes for what is the same', () => {
    const text = `interactions:
- request: &id001 {body: null, headers: {}, method: GET, uri: 'https://api.openai.com/v1/models'}
  response: {body: {string: one}, headers: &id002 {A: [b]}, status: {code: 200}}
- request: *id001
  response: {body: {string: two}, headers: *id002, status: {code: 200}}
`
    expect(bodies(text)).toEqual(['one', 'two'])
    expect(readText(text).exchanges[1]!.response.headers).toEqual([['A', 'b']])
  })
})

describe('parsed_body', () => {
  it('takes for texts what PyYAML writes as texts, and keeps numbers as they are', () => {
    const json = `parsed_body:
  y: n
  time: 00:07:20
  code: 0899
  id: 12e34
  sci: 1.5e3
  day: 2026-05-12
  float: 1.0e-05
  big: 12345678901234567890
  yes: 'yes'
  none: null
  flag: true
  under: 1_000
  hex: 0x1F
headers: {}
status: {code: 200}`
    expect(bodies(cassette(REQUEST, json))).toEqual([
      '{"y":"n","time":"00:07:20","code":"0899","id":"12e34","sci":"1.5e3","day":"2026-05-12","float":1.0e-05,' +
        '"big":12345678901234567890,"yes":"yes","none":null,"flag":true,"under":1000,"hex":31}'
    ])
  })

  it('has no place for bytes', () => {
    const text = cassette(REQUEST, 'parsed_body: {a: !!binary aGk=}\nheaders: {}\nstatus: {code: 200}')
    expect(readText(text).leftOut).toEqual([{ line: 8, reason: 'it has bytes within JSON, which holds texts only' }])
  })
})

describe('what is wrong with one exchange leaves that one out', () => {
  it.each([
    ['method: GET', 'status: {code: 200}', 3, 'it has no uri'],
    ['uri: https://a/', 'status: {code: 200}', 3, 'it has no method'],
    [REQUEST, 'status: {code: yes!}', 8, 'its code is no number'],
    [REQUEST, 'body: {string: ""}', 8, 'it has no status'],
    [REQUEST, 'body: {string: [1]}\nstatus: {code: 200}', 8, 'its body is neither a text nor bytes'],
    [REQUEST, 'body: {base64_string: "%"}\nstatus: {code: 200}', 8, 'its body is no whole base64'],
    [
      REQUEST,
      'body: {encoding: Shift_JIS, string: あ}\nstatus: {code: 200}',
      8,
      'its body is a text in Shift_JIS, which is not read here'
    ]
  ])('%j %j', (request, response, line, reason) => {
    const good = cassette(REQUEST, 'body: {string: fine}\nheaders: {}\nstatus: {code: 200}')
      .replace('interactions:\n', '')
      .replace('version: 1\n', '')
    const text = cassette(request, response).replace('version: 1\n', good)
    const read = readText(text)
    expect(read.leftOut).toEqual([{ line, reason }])
    expect(read.exchanges.map(({ response: { body } }) => toText(body))).toEqual(['fine'])
  })

  it('tells the messages of a WebSocket', () => {
    const text = 'version: 1\ninteractions:\n- {kind: message, direction: sent, data: "{}"}\n- {kind: close, data: null}\n'
    const reason = 'it is a message of a WebSocket; cassettes hold HTTP exchanges'
    expect(readText(text).leftOut).toEqual([3, 4].map((line) => ({ line, reason })))
  })
})
