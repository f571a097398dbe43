/** A canary key in every place where a secret can stand is found in no log, cassette, error, report, list or console output. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { buildCommand, startCommand } from '../cli/command.ts'
import { canary, findCanary, type CanaryKind } from '../support/canary.ts'
import { startUpstream, type Responder } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

interface Planted {
  readonly name: string
  readonly kind: CanaryKind
  /** Path and request, with the key somewhere in it. */
  readonly request: (key: string) => { readonly path?: string; readonly headers?: Record<string, string>; readonly body: string }
  readonly answer?: (key: string) => Responder
}

const chatBody = (content: string): string => JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content }] })

const json = { 'content-type': 'application/json' }

function answer(body: string, type = 'application/json', status = 200): Responder {
  return async (request, response) => {
    await request.whole
    response.writeHead(status, { 'content-type': type, 'x-request-id': 'req_1' })
    response.end(body)
  }
}

/** A chat stream in which each delta carries a few characters. */
function splitStream(text: string, size: number): Responder {
  const deltas = text.match(new RegExp(`[^]{1,${size}}`, 'g')) ?? []
  const event = (content: string): string =>
    `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content } }] })}\n\n`
  return async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const delta of deltas) response.write(event(delta))
    response.end('data: [DONE]\n\n')
  }
}

/** The same for Anthropic, as a tool's arguments. */
function splitArguments(text: string): Responder {
  const events = [...text].map((partial_json) => ({
    type: 'content_block_delta',
    index: 0,
    delta: { type: 'input_json_delta', partial_json }
  }))
  return async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const event of events) response.write(`event: ${event.type}\ndata: ${JSON.stringify(event)}\n\n`)
    response.end('event: message_stop\ndata: {"type":"message_stop"}\n\n')
  }
}

const places: Planted[] = [
  {
    name: 'the authorization header',
    kind: 'plain',
    request: (key) => ({ headers: { authorization: `Bearer ${key}` }, body: chatBody('Hi') })
  },
  {
    name: 'x-api-key',
    kind: 'plain',
    request: (key) => ({ path: '/v1/messages', headers: { 'x-api-key': key }, body: chatBody('Hi') })
  },
  { name: 'a cookie', kind: 'plain', request: (key) => ({ headers: { cookie: `session=${key}` }, body: chatBody('Hi') }) },
  { name: 'the query', kind: 'plain', request: (key) => ({ path: `/v1/chat/completions?api_key=${key}`, body: chatBody('Hi') }) },
  {
    name: 'a signed address',
    kind: 'openai',
    request: (key) => ({ body: chatBody(`https://x.blob.core.windows.net/a?sig=${key}`) })
  },
  { name: 'a prompt', kind: 'openaiProject', request: (key) => ({ body: chatBody(`My key is ${key}, thanks`) }) },
  {
    name: 'a field by its name',
    kind: 'plain',
    request: (key) => ({ body: JSON.stringify({ model: 'm', tools: [{ type: 'mcp', authorization: key }] }) })
  },
  { name: 'JSON in a string', kind: 'github', request: (key) => ({ body: chatBody(JSON.stringify({ token: key })) }) },
  {
    name: 'the name of a field',
    kind: 'anthropic',
    request: (key) => ({ body: JSON.stringify({ model: 'm', metadata: { [key]: 1 } }) })
  },
  {
    name: 'base64',
    kind: 'openaiProject',
    request: (key) => ({ body: chatBody(Buffer.from(`before ${key} after`).toString('base64')) })
  },
  {
    name: 'a form',
    kind: 'openai',
    request: (key) => ({
      path: '/v1/audio/transcriptions',
      headers: { 'content-type': 'multipart/form-data; boundary=xyz' },
      body: `--xyz\r\nContent-Disposition: form-data; name="prompt"\r\n\r\n${key}\r\n--xyz--\r\n`
    })
  },
  { name: "a request's path", kind: 'openai', request: (key) => ({ path: `/v1/files/${key}`, body: '{}' }) },
  { name: 'a model', kind: 'openai', request: (key) => ({ body: JSON.stringify({ model: key, messages: [] }) }) },
  {
    name: 'an answer',
    kind: 'aws',
    request: () => ({ body: chatBody('Hi') }),
    answer: (key) => answer(JSON.stringify({ content: key }))
  },
  {
    name: 'a client secret in an answer',
    kind: 'openaiEphemeral',
    request: () => ({ path: '/v1/realtime/client_secrets', body: '{"session":{"type":"realtime"}}' }),
    answer: (key) => answer(JSON.stringify({ value: key, expires_at: 1 }))
  },
  {
    name: 'an echo in an error',
    kind: 'openaiProject',
    request: (key) => ({ headers: { authorization: `Bearer ${key}` }, body: chatBody('Hi') }),
    answer: (key) =>
      answer(
        JSON.stringify({ error: { message: `Incorrect API key provided: ${key}.`, code: 'invalid_api_key' } }),
        'application/json',
        401
      )
  },
  { name: 'a stream, whole', kind: 'google', request: () => ({ body: chatBody('Hi') }), answer: (key) => splitStream(key, 500) },
  {
    name: 'a stream, split over deltas of 1',
    kind: 'openai',
    request: () => ({ body: chatBody('Hi') }),
    answer: (key) => splitStream(`so: ${key} .`, 1)
  },
  {
    name: 'a stream, split over deltas of 7',
    kind: 'anthropic',
    request: () => ({ body: chatBody('Hi') }),
    answer: (key) => splitStream(`so: ${key} .`, 7)
  },
  {
    name: 'arguments of a tool, split',
    kind: 'openaiProject',
    request: () => ({ path: '/v1/messages', body: chatBody('Hi') }),
    answer: (key) => splitArguments(JSON.stringify({ key, other: 1 }))
  },
  {
    name: 'a known key, split over deltas',
    kind: 'plain',
    request: (key) => ({ headers: { authorization: `Bearer ${key}` }, body: chatBody('Hi') }),
    answer: (key) => splitStream(`so: ${key} .`, 3)
  },
  {
    name: 'text that is no JSON',
    kind: 'openai',
    request: (key) => ({ headers: { 'content-type': 'text/plain' }, body: `see ${key}` })
  }
]

async function send(
  url: string,
  { path = '/v1/chat/completions', headers, body }: ReturnType<Planted['request']>
): Promise<string> {
  const response = await fetch(url + path, { method: 'POST', headers: { ...json, ...headers }, body })
  return response.text()
}

/** Everything that was written to a folder. */
async function writtenIn(folder: TemporaryFolder): Promise<string> {
  const names = await readdir(folder.path, { recursive: true, withFileTypes: true })
  const texts = names
    .filter((entry) => entry.isFile())
    .map(async (entry) => readFile(join(entry.parentPath, entry.name), 'latin1'))
  return (await Promise.all(texts)).join('\n')
}

describe.each(places)('a key in $name', ({ kind, request, answer: answerWith }) => {
  const key = canary(kind)

  test('is sent as it is, and kept nowhere', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerWith?.(key) ?? answer('{"id":"x"}'))
    const reports: string[] = []
    const options: ProxyOptions = {
      openaiApiBaseUrl: `${upstream.url}/v1`,
      anthropicApiBaseUrl: upstream.url,
      cassette: folder.file('tape.yaml'),
      logFile: folder.file('all.log'),
      logTokens: true,
      report: (line) => reports.push(line)
    }
    const asked = request(key)
    const recorded = await withProxy({ ...options, mode: 'record' }, async (proxy) => {
      const text = await send(proxy.url, asked)
      return { text, shown: JSON.stringify(proxy.exchanges) }
    })
    const arrived = upstream.requests[0]!
    const sent = `${arrived.url}\n${arrived.headers.flat().join('\n')}\n${Buffer.from(arrived.body).toString()}`
    // Redaction never changes what is sent; cookies are not sent at all.
    expect(asked.headers?.['cookie'] ? sent : sent + recorded.text).toSatisfy(
      (text: string) => Boolean(asked.headers?.['cookie']) || hasKey(text, key)
    )
    const replayed = await withProxy({ ...options, mode: 'replay' }, async (proxy) => {
      const text = await send(proxy.url, asked)
      const miss = await send(proxy.url, {
        ...asked,
        path: `${asked.path ?? '/v1/chat/completions'}${asked.path?.includes('?') ? '&' : '?'}other=1`
      })
      return { text, miss, shown: JSON.stringify(proxy.exchanges) }
    })
    expect(replayed.miss).toContain('cassette_miss')
    const kept = [await writtenIn(folder), recorded.shown, replayed.shown, replayed.text, replayed.miss, ...reports].join('\n')
    expect(kept).toContain('openai-proxy cassette')
    expect(findCanary(kept, key)).toEqual([])
  })
})

/** Whether the key stands in what was sent: as it is, encoded, or piece by piece. */
function hasKey(text: string, key: string): boolean {
  const joined = [...text.matchAll(/"(?:content|partial_json)":"((?:[^"\\]|\\.)*)"/g)].map(([, piece]) => piece).join('')
  return findCanary(text, key).length > 0 || findCanary(joined, key).length > 0
}

async function withProxy<Result>(options: ProxyOptions, work: (proxy: Proxy) => Promise<Result>): Promise<Result> {
  await using proxy = await startProxy(options)
  return await work(proxy)
}

describe('on the console', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('canary-test')
  })

  test('no key is seen, neither a configured one nor one that passes, with --debug', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    const configured = canary('plain', 'configured')
    const withAnswers = places.filter(({ answer: own }) => own)
    let next: Responder = answer('{}')
    await using upstream = await startUpstream((request, response, incoming) => next(request, response, incoming))
    const env = {
      OPENAI_API_KEY: configured,
      OPENAI_API_BASE_URL: `${upstream.url}/v1`,
      ANTHROPIC_API_BASE_URL: upstream.url,
      LOG_TOKENS: 'true'
    }
    const running = startCommand(program, ['--port', '0', '--debug', '--record'], { cwd: folder.path, env })
    const shown = await running.until('export ANTHROPIC_BASE_URL')
    const url = /ANTHROPIC_BASE_URL=(\S+)/.exec(shown)![1]!
    await send(url, { body: chatBody('with the configured key') })
    expect(upstream.requests[0]!.headers.find(([name]) => name.toLowerCase() === 'authorization')?.[1]).toBe(
      `Bearer ${configured}`
    )
    for (const { kind, request, answer: own } of places) {
      next = own?.(canary(kind)) ?? answer('{}')
      await send(url, request(canary(kind)))
    }
    running.process.kill('SIGTERM')
    const { stdout, stderr } = await running.ended
    const all = `${stdout}\n${stderr}\n${await writtenIn(folder)}`
    expect(stdout.match(/← \d/g)!.length).toBe(places.length + 1)
    expect(withAnswers.length).toBeGreaterThan(5)
    for (const key of [configured, ...new Set(places.map(({ kind }) => canary(kind)))]) expect(findCanary(all, key)).toEqual([])
  })
})
