/** What goes wrong in the world: clients that leave, upstreams that die, places that cannot be written, a kill in the middle. */
import { existsSync } from 'node:fs'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import Anthropic, { APIError as AnthropicError } from '@anthropic-ai/sdk'
import OpenAI, { APIError as OpenAIError } from 'openai'
import { beforeAll, describe, expect, test, vi } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { buildCommand, startCommand } from '../cli/command.ts'
import { answerJson } from '../support/answer-json.ts'
import { dieAfter, sendExchange, stall, stallAfter, startUpstream, type Responder } from '../support/local-upstream.ts'
import { realExchange, type RealExchange } from '../support/real-exchanges.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const chatStream = realExchange('gpt-3_5-turbo_streamed_chat.yml#0')
const anthropicStream = realExchange('test_messages/test_anthropic_message_streaming_legacy.yaml#0')
const chat = { model: 'gpt-3.5-turbo', messages: [{ role: 'user' as const, content: 'Hello!' }] }

async function before(upstream: { readonly url: string }, options: ProxyOptions = {}): Promise<Proxy> {
  return startProxy({ openaiApiBaseUrl: `${upstream.url}/v1`, anthropicApiBaseUrl: upstream.url, ...options })
}

function openaiOf(proxy: Proxy): OpenAI {
  return new OpenAI({ baseURL: proxy.openaiBaseURL, apiKey: 'unused', maxRetries: 0 })
}

async function thrownBy(work: Promise<unknown>): Promise<unknown> {
  return work.then(
    () => 'nothing was thrown',
    (error: unknown) => error
  )
}

describe('a client that leaves in mid-stream', () => {
  test('ends the call upstream at once, is logged as aborted, and is not recorded', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(stallAfter(chatStream, 3))
    const reports: string[] = []
    await using proxy = await before(upstream, {
      mode: 'record',
      cassette: folder.file('a.yaml'),
      report: (line) => reports.push(line)
    })
    const stream = await openaiOf(proxy).chat.completions.create({ ...chat, stream: true })
    for await (const event of stream) if (event.choices[0]?.delta.content === 'Hello') break
    expect(await upstream.requests[0]!.ended).toBe('aborted')
    await vi.waitFor(() => expect(proxy.exchanges).toMatchObject([{ outcome: 'aborted', source: 'upstream', status: 200 }]))
    await proxy.close()
    await expect(readFile(folder.file('a.yaml'))).rejects.toThrow('ENOENT')
    expect(reports.join('\n')).toContain('Not recorded in')
    expect(reports.join('\n')).toContain('the client left before its end')
  })

  test('ends it too while it waits for the first byte', async () => {
    await using upstream = await startUpstream(stall)
    await using proxy = await before(upstream)
    const aborter = new AbortController()
    const answer = thrownBy(openaiOf(proxy).chat.completions.create(chat, { signal: aborter.signal }))
    await vi.waitFor(() => expect(upstream.requests).toHaveLength(1))
    aborter.abort()
    expect(await answer).toMatchObject({ name: 'Error', message: 'Request was aborted.' })
    expect(await upstream.requests[0]!.ended).toBe('aborted')
  })
})

describe('an upstream that dies in mid-stream', () => {
  test('is an error inside the stream for an OpenAI client, and is not recorded', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(dieAfter(chatStream, 3))
    await using proxy = await before(upstream, { mode: 'record', cassette: folder.file('a.yaml'), report: () => undefined })
    const stream = await openaiOf(proxy).chat.completions.create({ ...chat, stream: true })
    const said: string[] = []
    const error = await thrownBy(
      (async () => {
        for await (const event of stream) said.push(event.choices[0]?.delta.content ?? '')
      })()
    )
    expect(said.join('')).toBe('Hello!')
    expect(error).toBeInstanceOf(OpenAIError)
    expect(error).toMatchObject({ code: 'upstream_broken', type: 'upstream_error' })
    expect(proxy.exchanges).toMatchObject([{ outcome: 'broken', error: { code: 'upstream_broken' } }])
    await proxy.close()
    await expect(readFile(folder.file('a.yaml'))).rejects.toThrow('ENOENT')
  })

  test('is an error event for an Anthropic client', async () => {
    await using upstream = await startUpstream(dieAfter(anthropicStream, 4))
    await using proxy = await before(upstream)
    const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries: 0 })
    const stream = await anthropic.messages.create({ model: 'm', max_tokens: 5, messages: chat.messages, stream: true })
    const error = await thrownBy(
      (async () => {
        for await (const event of stream) void event
      })()
    )
    expect(error).toBeInstanceOf(AnthropicError)
    expect((error as Error).message).toContain('upstream_broken')
  })
})

describe('an upstream that cannot be reached', () => {
  test('refused: 502 in both shapes, and it may be tried again', async () => {
    await using proxy = await before({ url: 'http://127.0.0.1:9' })
    const error = await thrownBy(openaiOf(proxy).chat.completions.create(chat))
    expect(error).toMatchObject({ status: 502, code: 'upstream_refused', type: 'upstream_error' })
    expect((error as OpenAIError).headers?.get('x-should-retry')).toBeNull()
    const anthropic = new Anthropic({ baseURL: proxy.anthropicBaseURL, apiKey: 'unused', maxRetries: 0 })
    const other = await thrownBy(anthropic.messages.create({ model: 'm', max_tokens: 5, messages: chat.messages, stream: true }))
    expect(other).toMatchObject({ status: 502, error: { type: 'error', error: { type: 'api_error' } } })
  })

  test('silent: 504', async () => {
    await using upstream = await startUpstream(stall)
    await using proxy = await before(upstream, { upstreamTimeout: 1 })
    const error = await thrownBy(openaiOf(proxy).chat.completions.create(chat))
    expect(error).toMatchObject({ status: 504, code: 'upstream_timeout' })
  })
})

describe('a request that cannot be judged', () => {
  test.each([
    ['bad JSON', '{"model": ', 400, 'invalid_json'],
    ['a key that stands twice', '{"model":"a","model":"b"}', 400, 'invalid_json'],
    ['more than MAX_BODY_BYTES', JSON.stringify({ model: 'x'.repeat(2000) }), 413, 'body_too_large']
  ])("%s is refused in the provider's shape and never sent", async (_name, body, status, code) => {
    await using upstream = await startUpstream(answerJson(200, {}))
    await using proxy = await before(upstream, { maxBodyBytes: 1000 })
    const headers = { 'content-type': 'application/json' }
    const openai = await fetch(`${proxy.url}/v1/chat/completions`, { method: 'POST', headers, body })
    expect(openai.status).toBe(status)
    expect(openai.headers.get('x-should-retry')).toBe('false')
    expect(await openai.json()).toEqual({
      error: { message: expect.any(String) as string, type: 'invalid_request_error', param: null, code }
    })
    const anthropic = await fetch(`${proxy.url}/v1/messages`, { method: 'POST', headers, body })
    expect(anthropic.status).toBe(status)
    expect(await anthropic.json()).toMatchObject({
      type: 'error',
      error: { code },
      request_id: expect.stringMatching(/^ex_/) as string
    })
    expect(upstream.requests).toHaveLength(0)
    expect(proxy.exchanges.map(({ outcome }) => outcome)).toEqual(['refused', 'refused'])
  })
})

describe('places that cannot be used', () => {
  test('a port in use is one clear message, and nothing stays open', async () => {
    const blocker = createServer()
    await new Promise<void>((done) => blocker.listen(0, '127.0.0.1', done))
    const { port } = blocker.address() as AddressInfo
    await expect(startProxy({ port })).rejects.toThrow(new RegExp(`port ${port} is already in use`, 'i'))
    await new Promise((done) => blocker.close(done))
    await using proxy = await startProxy({ port })
    expect(proxy.url).toBe(`http://127.0.0.1:${port}`)
  })

  test('a log folder that cannot be written', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('logs'), 'a file')
    await expect(startProxy({ logFile: folder.file('logs', 'x.log') })).rejects.toThrow(
      /Cannot write the log .*logs.x\.log: .*Set LOG_FILE/
    )
  })

  test('a recordings folder that cannot be written is told before anything is asked', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('recordings'), 'a file')
    const started = startProxy({ mode: 'record', cassette: folder.file('recordings', 'x.yaml') })
    await expect(started).rejects.toThrow(/Cannot write the cassette .*recordings.x\.yaml: a part of its path is a file/)
  })

  test('a missing cassette names the file and what to do, and calls nobody', async () => {
    await using upstream = await startUpstream(answerJson(200, {}))
    await using folder = await temporaryFolder()
    const started = before(upstream, { mode: 'replay', cassette: folder.file('none.yaml') })
    await expect(started).rejects.toThrow(/none\.yaml does not exist, and replay never calls the network\. Record it first/)
    expect(upstream.requests).toHaveLength(0)
  })

  test('a default cassette that is missing, or any in a folder, is told at start', async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('tapes'))
    const place = `${folder.file('tapes')}/`
    const missing = (what: string): unknown =>
      expect.objectContaining({ code: 'cassette_missing', message: expect.stringContaining(what) as string })
    await expect(startProxy({ mode: 'replay', cassette: place })).rejects.toThrow(missing('tapes/ holds no cassette') as Error)
    await writeFile(folder.file('tapes', 'weather.yaml'), await readFile('recordings/quickstart.yaml'))
    await using proxy = await startProxy({ mode: 'replay', cassette: place, logFile: false })
    expect((await fetch(`${proxy.url}/v1/models`)).status).toBe(404)
    await expect(startProxy({ mode: 'replay' })).rejects.toThrow(missing('default.yaml') as Error)
  })

  test.runIf(existsSync('/proc/self'))('a place below a folder that takes none is one error at once', async () => {
    const place = '/proc/openai-proxy'
    await expect(startProxy({ logFile: `${place}/x.log` })).rejects.toThrow(
      'Cannot write the log /proc/openai-proxy/x.log: no file can be made there. Set LOG_FILE'
    )
    const ledger = startProxy({ budget: '5/day', ledger: `${place}/ledger.journal`, logFile: false })
    await expect(ledger).rejects.toThrow('The ledger /proc/openai-proxy/ledger.journal cannot be opened: ENOENT')
    const recording = startProxy({ mode: 'record', cassette: `${place}/a.yaml`, logFile: false })
    await expect(recording).rejects.toThrow('Cannot write the cassette /proc/openai-proxy/a.yaml: no file can be made there.')
  })

  test('a broken cassette names file, line and field', async () => {
    await using folder = await temporaryFolder()
    const text = await readFile('recordings/quickstart.yaml', 'utf8')
    await writeFile(folder.file('bad.yaml'), text.replace('  status: 200', '  status: many'))
    await expect(startProxy({ mode: 'replay', cassette: folder.file('bad.yaml') })).rejects.toThrow(
      /bad\.yaml cannot be read at line \d+: response\.status: /
    )
  })
})

describe('killed in the middle of recording', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('robustness-test')
  })

  test('nothing is lost that was recorded before', { timeout: 30_000 }, async () => {
    await using folder = await temporaryFolder()
    await mkdir(folder.file('recordings'))
    const tape = folder.file('recordings', 'default.yaml')
    const last = gate()
    let asked = 0
    await using upstream = await startUpstream(playThree(chatStream, () => ++asked, last))
    const env = { OPENAI_API_BASE_URL: `${upstream.url}/v1` }
    const running = startCommand(program, ['--port', '0', '--record'], { cwd: folder.path, env })
    const shown = await running.until('export ANTHROPIC_BASE_URL')
    const baseURL = /OPENAI_BASE_URL=(\S+)/.exec(shown)![1]!
    const openai = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
    for (let round = 0; round < 3; round += 1) {
      for await (const event of await openai.chat.completions.create({ ...chat, seed: round, stream: true })) void event
    }
    const fourth = thrownBy(
      (async () => {
        for await (const event of await openai.chat.completions.create({ ...chat, seed: 3, stream: true }))
          if (event.id) last.open()
      })()
    )
    await last.passed
    await vi.waitFor(async () => expect(await readFile(tape, 'utf8')).toMatch(/(^---[^]*?^recorded: .*\n){3}/m))
    running.process.kill('SIGKILL')
    await running.ended
    expect(await fourth).toBeInstanceOf(Error)
    await using proxy = await startProxy({ mode: 'replay', cassette: tape })
    for (let round = 0; round < 3; round += 1) {
      const texts: string[] = []
      const stream = await openaiOf(proxy).chat.completions.create({ ...chat, seed: round, stream: true })
      for await (const event of stream) texts.push(event.choices[0]?.delta.content ?? '')
      expect(texts.join('')).toBe('Hello! How can I assist you today?')
    }
    await expect(openaiOf(proxy).chat.completions.create({ ...chat, seed: 3, stream: true })).rejects.toThrow('Nearest of 3')
    const log = await readFile(folder.file('logs', 'api-firewall.log'), 'utf8')
    expect(log.trimEnd().split('\n')).toHaveLength(3)
  })
})

interface Gate {
  open(): void
  readonly passed: Promise<void>
}

function gate(): Gate {
  let open = (): void => undefined
  const passed = new Promise<void>((done) => (open = done))
  return { open, passed }
}

/** Answers three times whole; the fourth stream stops in the middle. */
function playThree(exchange: RealExchange, count: () => number, last: Gate): Responder {
  return async (request, response, incoming) => {
    await request.whole
    if (count() <= 3) return sendExchange(response, exchange)
    await stallAfter(exchange, 4)(request, response, incoming)
    await last.passed
  }
}

describe('timers that a test has put in the place of the real ones', () => {
  test('leave the proxy in the same process as it was: it answers, streams, logs and closes', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream([chatStream])
    const logFile = folder.file('calls.log')
    const proxy = await before(upstream, { logFile })
    vi.useFakeTimers()
    try {
      const answered = await fetch(`${proxy.openaiBaseURL}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ ...chat, stream: true })
      })
      expect(answered.status).toBe(200)
      expect(await answered.text()).toContain('[DONE]')
      await proxy.close()
    } finally {
      vi.useRealTimers()
    }
    expect(await readFile(logFile, 'utf8')).toContain('"outcome":"complete"')
  })
})
