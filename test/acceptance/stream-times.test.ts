/** A long stream through a running proxy: in its recorded time, at a pace in tokens, and at once without holding others up. */
import { writeFile } from 'node:fs/promises'
import { expect, test } from 'vitest'
import { HEADER_TEXT, writeInteraction } from '../../src/cassettes/document.ts'
import { SEPARATOR } from '../../src/cassettes/separator.ts'
import { splitSse } from '../../src/http/sse.ts'
import { startProxy, type ProxyOptions } from '../../src/index.ts'
import { chat, makeInteraction } from '../cassettes/make-interaction.ts'
import { memoryFiles } from '../cassettes/test-format.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const EVENTS = 1753

const events = Array.from({ length: EVENTS }, (_, index) => {
  const choices = [{ index: 0, delta: { content: `word${String(index).padStart(4, '0')}` }, finish_reason: null }]
  return `data: ${JSON.stringify({ id: 'chatcmpl-1', object: 'chat.completion.chunk', model: 'gpt-4o', choices })}\n\n`
})

const SSE = [['content-type', 'text/event-stream']] as const

/** A proxy that replays the long stream, and a short answer beside it. */
async function withReplay(
  options: ProxyOptions,
  timing: readonly number[],
  run: (url: string) => Promise<void>,
  stream = events.join('')
): Promise<void> {
  await using folder = await temporaryFolder()
  const cassette = folder.file('long.yaml')
  const documents = [
    makeInteraction(chat('long'), stream, { headers: SSE, timing }),
    makeInteraction(chat('short'), '{"short":true}', { timing: [] })
  ]
  await writeFile(cassette, HEADER_TEXT + documents.map((one) => SEPARATOR + writeInteraction(one, memoryFiles())).join(''))
  await using proxy = await startProxy({ mode: 'replay', cassette, ...options })
  await run(proxy.url)
}

function ask(url: string, content: string): Promise<Response> {
  const { body, headers } = chat(content)
  return fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: headers.map(([name, value]): [string, string] => [name, value]),
    body: Buffer.from(body)
  })
}

/** The whole stream, and how long it took, from its first byte to its last and from the request on, in milliseconds. */
async function readLong(
  url: string
): Promise<{ readonly text: string; readonly ms: number; readonly msSinceAsked: number; readonly chunks: number }> {
  const asked = performance.now()
  const response = await ask(url, 'long')
  const pieces: Uint8Array[] = []
  let first: number | undefined
  for await (const piece of response.body!) {
    first ??= performance.now()
    pieces.push(piece as Uint8Array)
  }
  const ended = performance.now()
  return { text: Buffer.concat(pieces).toString(), ms: ended - first!, msSinceAsked: ended - asked, chunks: pieces.length }
}

test('takes the time that was recorded', async () => {
  const timing = events.map((_, index) => (index === 0 ? 100 : 2))
  await withReplay({ speed: 'recorded' }, timing, async (url) => {
    const { text, ms, msSinceAsked, chunks } = await readLong(url)
    expect(text === events.join('')).toBe(true)
    expect(chunks).toBeGreaterThan(EVENTS / 10)
    // A machine under load is late, never early. test/cassettes/playback.test.ts keeps the 5 % by a clock of its own.
    expect(msSinceAsked / (100 + 2 * (EVENTS - 1))).toBeGreaterThan(0.95)
    expect(ms / (2 * (EVENTS - 1))).toBeLessThan(2)
  })
})

test('takes the time that its tokens ask for', async () => {
  // Each event has eight characters: two tokens.
  await withReplay({ speed: '3506 tokens/s' }, [], async (url) => {
    const { text, msSinceAsked } = await readLong(url)
    expect(text === events.join('')).toBe(true)
    expect(msSinceAsked).toBeGreaterThan(950)
    expect(msSinceAsked).toBeLessThan(5000)
  })
})

test('comes at once, and others are answered meanwhile', async () => {
  const run = async (url: string): Promise<void> => {
    await (await ask(url, 'short')).text()
    await (await ask(url, 'long')).text()
    const done: string[] = []
    const note = async (name: string, response: Promise<Response>): Promise<void> => {
      await (await response).text()
      done.push(name)
    }
    await Promise.all([
      ...Array.from({ length: 6 }, () => note('long', ask(url, 'long'))),
      ...Array.from({ length: 6 }, () => note('short', ask(url, 'short')))
    ])
    expect(done).toHaveLength(12)
    // Not one stream after the other, and then the rest: short answers overtake the streams that were asked for before them.
    expect(done.lastIndexOf('long')).toBeGreaterThan(done.indexOf('short'))
    expect(done.slice(0, 6).filter((name) => name === 'short').length).toBeGreaterThan(2)
  }
  await withReplay({ speed: 'instant' }, [100, ...events.slice(1).map(() => 50)], run, events.join('').repeat(6))
})

test('keeps the times of its events where it came compressed', async () => {
  const { createGzip } = await import('node:zlib')
  await using folder = await temporaryFolder()
  const cassette = folder.file('gzip.yaml')
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'text/event-stream', 'content-encoding': 'gzip' })
    const gzip = createGzip()
    gzip.pipe(response)
    for (const event of events.slice(0, 5)) {
      gzip.write(event)
      await new Promise<void>((done) => gzip.flush(done))
      await new Promise((done) => setTimeout(done, 60))
    }
    gzip.end()
  })
  const base = { openaiApiBaseUrl: `${upstream.url}/v1`, cassette } as const
  {
    await using proxy = await startProxy({ ...base, mode: 'record' })
    expect(await (await ask(proxy.url, 'long')).text()).toBe(events.slice(0, 5).join(''))
  }
  await using proxy = await startProxy({ ...base, mode: 'replay', speed: 'recorded' })
  const asked = performance.now()
  const response = await ask(proxy.url, 'long')
  expect(response.headers.get('content-encoding')).toBe('gzip')
  const moments: number[] = []
  let text = ''
  for await (const piece of response.body!) {
    const now = splitSse((text += Buffer.from(piece as Uint8Array).toString())).length
    while (moments.length < now) moments.push(performance.now())
  }
  expect(text).toBe(events.slice(0, 5).join(''))
  expect(moments.at(-1)! - asked).toBeGreaterThan(200)
  expect(moments).toHaveLength(5)
})
