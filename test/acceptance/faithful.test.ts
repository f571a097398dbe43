/** Everything that an API sends is recorded through a running proxy, and replayed byte for byte. */
import { once } from 'node:events'
import { readdir, readFile } from 'node:fs/promises'
import { request as httpRequest, type IncomingMessage, type ServerResponse } from 'node:http'
import { brotliCompressSync, deflateRawSync, deflateSync, gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { decodeBody, readEncodings } from '../../src/http/body.ts'
import { encodeBody } from '../../src/http/encode.ts'
import { startProxy, type ProxyOptions } from '../../src/index.ts'
import { startUpstream, type ReceivedRequest } from '../support/local-upstream.ts'
import { realExchange } from '../support/real-exchanges.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

interface Case {
  readonly name: string
  /** @default 'POST' */
  readonly method?: string
  readonly path?: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string | Uint8Array
  readonly respond: (response: ServerResponse, request: ReceivedRequest) => void | Promise<void>
  /** What the cassette's document must hold. */
  readonly holds?: string | RegExp
}

interface Answer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Buffer
  readonly trailers: IncomingMessage['trailers']
  /** What came before the answer. */
  readonly interim: readonly (number | string)[]
}

/** Bytes of every value, in no order that text has. */
const sound = Buffer.from(Array.from({ length: 3000 }, (_, index) => (index * 37) % 256))
const picture = Buffer.from(Array.from({ length: 90_000 }, (_, index) => (index * 89 + (index >> 7)) % 256))

const SSE = 'text/event-stream; charset=utf-8'

/** Sends a body in pieces, each a packet of its own. */
async function send(response: ServerResponse, type: string, ...pieces: readonly (string | Uint8Array)[]): Promise<void> {
  response.writeHead(200, { 'content-type': type })
  for (const piece of pieces) {
    response.write(piece)
    await new Promise((resolve) => setTimeout(resolve, 2))
  }
  response.end()
}

function json(name: string, body: string, holds: string | RegExp, status = 200): Case {
  return {
    name,
    holds,
    respond(response) {
      response.writeHead(status, { 'content-type': 'application/json' }).end(body)
    }
  }
}

function stream(name: string, holds: string | RegExp, ...pieces: readonly (string | Uint8Array)[]): Case {
  return { name, holds, respond: (response) => send(response, SSE, ...pieces) }
}

const chunk = (content: string): string =>
  `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`

const said = [...['Hel', 'lo ', 'wörld', '! 😀'].map(chunk), 'data: [DONE]\n\n']

function encoded(encoding: 'gzip' | 'br' | 'deflate' | 'zstd', name: string, bytes: Uint8Array, type = 'application/json'): Case {
  return {
    name,
    holds: `  encoding: ${encoding}\n`,
    respond(response) {
      response.writeHead(200, { 'content-type': type, 'content-encoding': encoding }).end(bytes)
    }
  }
}

const PLAIN = '{"text":"héllo héllo héllo"}'

type Part = readonly [head: string, body: string | Uint8Array]

function form(parts: readonly Part[]): Buffer {
  const pieces = parts.flatMap(([head, body]) => [`--xYzZy\r\n${head}\r\n\r\n`, body, '\r\n'])
  return Buffer.concat([...pieces, '--xYzZy--\r\n'].map((piece) => Buffer.from(piece)))
}

function upload(name: string, holds: string | RegExp, ...parts: readonly Part[]): Case {
  const body = form(parts)
  return {
    name,
    holds,
    path: '/v1/audio/transcriptions',
    headers: { 'content-type': 'multipart/form-data; boundary=xYzZy' },
    body,
    async respond(response, request) {
      const whole = Buffer.from(await request.whole)
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ arrived: whole.equals(body) }))
    }
  }
}

const MODEL_PART = ['Content-Disposition: form-data; name="model"', 'whisper-1'] as const

const cases: readonly Case[] = [
  json('JSON, compact', '{"a":1,"b":[true,null,"é"]}', 'json:\n      a: 1'),
  json('JSON as Python writes it', '{"a": 1.0, "b": [1e5, 12345678901234567890]}\n', 'layout: spaced, newline'),
  json('JSON, indented', JSON.stringify({ a: [{ b: 'c' }] }, null, 2), 'layout: indent 2'),
  json('JSON in tabs, escaped', '{\n\t"a": "\\u00e9"\n}', 'layout: indent tab, ascii'),
  json('JSON in a spacing of its own', '{ "a" :1 ,\n"b":2}', 'text: '),
  json('JSON with a key that stands twice', '{"a":1,"a":2}', 'text: '),
  json('JSON that is broken', '{"a":', 'text: '),
  json('JSON with an image in base64', JSON.stringify({ data: [{ b64_json: picture.toString('base64') }] }), 'b64_json: '),
  json('an error of OpenAI', '{"error":{"message":"No.","type":"x","param":null,"code":null}}', 'status: 400', 400),
  json('an error of the server', '{"error":{"message":"Later.","type":"server_error"}}', 'status: 503', 503),
  json('an overload of Anthropic', '{"type":"error","error":{"type":"overloaded_error","message":"Busy."}}', 'status: 529', 529),
  {
    name: 'an error that is HTML',
    holds: 'text: |',
    respond: (response) => void response.writeHead(502, { 'content-type': 'text/html' }).end('<html>\n  <b>"Bad"</b>\n</html>\n')
  },
  stream('a stream', '.content "lo "\n', ...said),
  stream(
    'a stream whose chunks cut events and characters',
    /\.content "wörld"\n/,
    ...Buffer.from(said.join(''))
      .toString('latin1')
      .match(/[^]{1,7}/g)!
      .map((piece) => Buffer.from(piece, 'latin1'))
  ),
  stream(
    'a stream with CRLF',
    /newline: crlf\n {4}# assistant: .*\n {4}events: \|/,
    ...said.map((event) => event.replaceAll('\n', '\r\n'))
  ),
  stream('a stream with CR', 'sse: "', 'data: a\r\rdata: b\r\r'),
  stream('a stream with line ends of every kind', 'sse: "', 'data: a\n\ndata: b\r\n\r\ndata: c\r\rdata: d\n\n'),
  stream(
    'named events',
    'event: message_start',
    'event: message_start\ndata: {"type":"message_start"}\n\n',
    'event: ping\ndata: {"type": "ping"}\n\n'
  ),
  stream('comments, ids and retry', ': keep-alive', ': keep-alive\n\nid: 7\nretry: 3000\n\n', 'data: a\n\n'),
  stream('data of many lines', 'data: two', 'data: one\ndata: two\ndata:\ndata:  three\n\n'),
  stream('no blank line at the end', 'sse: |', 'data: a\n\n', 'data: b'),
  stream('more blank lines than are needed', 'sse: |', '\n\ndata: a\n\n\n\n', '\n'),
  stream(
    'a stream that is broken UTF-8',
    'base64: ',
    'data: a\n\n',
    Buffer.from([0x64, 0x61, 0x74, 0x61, 0x3a, 0xff, 0xc3, 10, 10]),
    'data: b\n\n'
  ),
  stream('a byte order mark', 'sse: "', '\ufeffdata: a\n\n'),
  stream('an error within a stream', '"error"', chunk('a'), 'data: {"error":{"message":"Overloaded","type":"server_error"}}\n\n'),
  stream(
    'sound in base64, event by event',
    '.audio "',
    ...[1, 2, 3].map(
      (at) =>
        `data: ${JSON.stringify({ type: 'speech.audio.delta', format: 'pcm16', sample_rate: 24_000, audio: sound.subarray(at * 9, at * 9 + 30).toString('base64') })}\n\n`
    )
  ),
  { name: 'a stream of nothing', respond: (response) => send(response, SSE) },
  encoded('gzip', 'gzip', gzipSync(PLAIN)),
  encoded('br', 'brotli', brotliCompressSync(PLAIN)),
  encoded('deflate', 'deflate', deflateSync(PLAIN)),
  encoded('deflate', 'deflate without its header', deflateRawSync(PLAIN)),
  encoded('zstd', 'zstd', encodeBody(Buffer.from(PLAIN), 'zstd')),
  encoded('gzip', 'gzip of two members', Buffer.concat([gzipSync(PLAIN.slice(0, 9)), gzipSync(PLAIN.slice(9))])),
  encoded('gzip', 'a stream in gzip', gzipSync(said.join('')), SSE),
  encoded('br', 'a stream in brotli', brotliCompressSync(said.join('')), SSE),
  encoded('zstd', 'a stream in zstd', encodeBody(Buffer.from(said.join('')), 'zstd'), SSE),
  {
    name: 'sound',
    holds: 'base64: ',
    respond: (response) => send(response, 'audio/mpeg', sound.subarray(0, 1000), sound.subarray(1000))
  },
  {
    name: 'a large picture',
    holds: /file: \S+\.bin\n {4}bytes: 90000/,
    respond: (response) => send(response, 'image/png', picture)
  },
  { name: 'text', holds: 'text: |', respond: (response) => send(response, 'text/plain', 'one\n', 'two\n') },
  { name: 'no type at all', holds: 'base64: ', respond: (response) => void response.writeHead(200).end(sound) },
  upload('an upload', /name="model"\n {10}text: whisper-1/, MODEL_PART),
  upload(
    'an upload of a small file',
    /filename="a\.wav"\n {12}Content-Type: audio\/wav\n {10}base64: /,
    ['Content-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav', sound],
    MODEL_PART
  ),
  upload(
    'an upload of a large file and of text',
    /file: \S+\.bin\n {10}bytes: 90000/,
    ['Content-Disposition: form-data; name="file"; filename="ü.png"\r\nContent-Type: image/png', picture],
    ['Content-Disposition: form-data; name="prompt"', 'Zwei Zeilen:\r\nund "ü"']
  ),
  {
    name: '204',
    method: 'DELETE',
    path: '/v1/files/file-1',
    holds: 'status: 204\n',
    respond: (response) => void response.writeHead(204).end()
  },
  {
    name: 'an empty 200',
    holds: 'status: 200\n',
    respond: (response) => void response.writeHead(200, { 'content-type': 'application/json' }).end()
  },
  {
    name: 'HEAD',
    method: 'HEAD',
    path: '/v1/models',
    holds: 'method: HEAD',
    respond: (response) => void response.writeHead(200, { 'content-type': 'application/json', 'content-length': '12' }).end()
  },
  {
    name: '103 before the answer',
    holds:
      '  interim:\n    - status: 103\n      headers:\n        Link: </style.css>; rel=preload; as=style\n    - status: 102\n  status: 200\n',
    respond(response) {
      response.writeEarlyHints({ link: '</style.css>; rel=preload; as=style' })
      response.writeProcessing()
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"after":103}')
    }
  },
  {
    name: '100-continue',
    headers: { 'content-type': 'application/json', expect: '100-continue' },
    body: '{"waits":true}',
    holds: 'waits: true',
    async respond(response, request) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(Buffer.from(await request.whole))
    }
  },
  {
    name: 'trailers',
    holds: 'trailers:\n    x-request-id: req_',
    async respond(response) {
      response.writeHead(200, { 'content-type': 'text/plain', trailer: 'x-request-id' })
      response.write('body')
      await new Promise((resolve) => setTimeout(resolve, 2))
      response.addTrailers({ 'x-request-id': 'req_at_the_end' })
      response.end()
    }
  },
  {
    name: 'a header that stands twice',
    holds: /x-ratelimit-limit-tokens:\n {6}- "1"\n {6}- "2"/,
    respond: (response) =>
      void response
        .writeHead(429, ['content-type', 'application/json', 'x-ratelimit-limit-tokens', '1', 'x-ratelimit-limit-tokens', '2'])
        .end('{"error":{"message":"Slow down."}}')
  },
  {
    name: 'the longest real stream',
    holds: 'counted: sequence_number',
    respond: (response) => send(response, SSE, realExchange('test_openai_responses_thinking_part_iter.yaml#0').response.body)
  }
]

/** Sends a case's request as its bytes are, and gives all that comes back. */
async function ask(
  base: string,
  { method = 'POST', path = '/v1/chat/completions', ...given }: Case,
  index: number
): Promise<Answer> {
  const hasBody = method === 'POST'
  const body = Buffer.from(
    given.body ?? (hasBody ? JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: `case ${index}` }] }) : '')
  )
  const headers = {
    ...(hasBody ? { 'content-type': 'application/json', 'content-length': body.byteLength } : {}),
    'accept-encoding': 'gzip, br, deflate, zstd',
    ...given.headers
  }
  // Uploads differ in their bodies; all others are told apart by their number.
  const request = httpRequest(`${base}/openai${path}?case=${index}`, { method, headers, agent: false })
  const interim: (number | string)[] = []
  request.on('information', ({ statusCode, headers: { link } }) => interim.push(statusCode, ...(link ? [String(link)] : [])))
  if (given.headers?.['expect']) {
    request.flushHeaders()
    await once(request, 'continue')
    interim.push(100)
  }
  request.end(body)
  const [response] = (await once(request, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const piece of response) chunks.push(piece as Buffer)
  return {
    status: response.statusCode!,
    headers: response.headers,
    body: Buffer.concat(chunks),
    trailers: response.trailers,
    interim
  }
}

function decoded({ headers, body }: Answer): string {
  return Buffer.from(decodeBody(body, headers['content-encoding'], 1e8)).toString('latin1')
}

describe('what an API sends', () => {
  let folder: TemporaryFolder
  let documents: readonly string[] = []
  let live: Answer[] = []
  let recorded: Answer[] = []
  let replayed: Answer[] = []

  async function runAll(options: ProxyOptions, base: string): Promise<Answer[]> {
    await using proxy = await startProxy({ ...options, openaiApiBaseUrl: `${base}/v1` })
    const answers: Answer[] = []
    for (const [index, one] of cases.entries()) answers.push(await ask(proxy.url, one, index))
    return answers
  }

  beforeAll(async () => {
    folder = await temporaryFolder()
    const cassette = folder.file('all.yaml')
    await using upstream = await startUpstream((request, response) =>
      cases[Number(/case=(\d+)/.exec(request.url)![1])]!.respond(response, request)
    )
    live = await runAll({ mode: 'live' }, upstream.url)
    recorded = await runAll({ mode: 'record', cassette }, upstream.url)
    replayed = await runAll({ mode: 'replay', cassette }, 'http://127.0.0.1:9')
    documents = (await readFile(cassette, 'utf8')).split(/^---\n/m).slice(1)
  }, 120_000)

  afterAll(() => folder[Symbol.asyncDispose]())

  test('is all recorded, in its order', () => {
    expect(documents).toHaveLength(cases.length)
    for (const [index, text] of documents.entries()) expect(text).toContain(`?case=${index}\n`)
  })

  test.each(cases.map((one, index) => [one.name, index] as const))('%s', (_name, index) => {
    const [before, wrote, after] = [live[index]!, recorded[index]!, replayed[index]!]
    expect(wrote.body.equals(before.body), 'recording changes nothing').toBe(true)
    expect(after.status).toBe(before.status)
    expect(decoded(after) === decoded(before), 'the replay is what was received').toBe(true)
    for (const name of ['content-type', 'content-encoding', 'x-ratelimit-limit-tokens']) {
      expect(after.headers[name], name).toEqual(before.headers[name])
    }
    expect(readEncodings(after.headers['content-encoding'])).toEqual(readEncodings(before.headers['content-encoding']))
    expect(after.trailers['x-request-id']).toEqual(before.trailers['x-request-id'])
    expect(after.interim).toEqual(before.interim)
    const { holds } = cases[index]!
    if (holds !== undefined)
      expect(documents[index]).toMatch(
        typeof holds === 'string' ? new RegExp(holds.replaceAll(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)) : holds
      )
  })

  test('answers a client that takes no encoding in plain', async () => {
    await using proxy = await startProxy({ mode: 'replay', cassette: folder.file('all.yaml') })
    for (const [index, one] of cases.entries()) {
      if (recorded[index]!.headers['content-encoding'] === undefined) continue
      const answer = await ask(proxy.url, { ...one, headers: { ...one.headers, 'accept-encoding': 'identity' } }, index)
      expect(answer.headers['content-encoding'], one.name).toBeUndefined()
      expect(answer.body.toString('latin1') === decoded(recorded[index]!), one.name).toBe(true)
    }
  })

  test('and what is large lies beside the cassette, once, named by its digest', async () => {
    const files = await readdir(folder.file('all.files'))
    expect(files).toEqual([expect.stringMatching(/^[0-9a-f]{32}\.bin$/)])
    expect((await readFile(folder.file('all.files', files[0]!))).equals(picture)).toBe(true)
    expect(documents.join('').match(new RegExp(files[0]!, 'g'))).toHaveLength(2)
  })
})
