/** The entry of pages, run in Node: where a cassette is fetched from, and what its handlers answer. */
import { copyFile, readFile } from 'node:fs/promises'
import { http, HttpResponse } from 'msw'
import { setupServer } from 'msw/node'
import OpenAI from 'openai'
import { afterAll, afterEach, beforeAll, expect, test, vi } from 'vitest'
import { startProxy } from '../../src/index.ts'
import { cassetteHandlers } from '../../src/msw-page.ts'
import { addressOf } from '../../src/msw/fetch-cassette.ts'
import { pageClock } from '../../src/msw/page-clock.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { SAMPLE } from './sample-cassette.ts'

const server = setupServer()
let site: LocalUpstream
let folder: TemporaryFolder

beforeAll(async () => {
  folder = await temporaryFolder()
  site = await startUpstream(async ({ url }, response) => {
    const text = await readFile(folder.file(...url.split('/').filter((part) => part !== ''))).catch(() => undefined)
    response.writeHead(text ? 200 : 404, { 'content-type': url.endsWith('.html') ? 'text/html' : 'application/yaml' })
    response.end(text)
  })
  vi.stubGlobal('location', { href: `${site.url}/app/index.html` })
  server.listen({ onUnhandledRequest: 'error' })
})
afterEach(() => server.resetHandlers())
afterAll(async () => {
  server.close()
  vi.unstubAllGlobals()
  await site.close()
  await folder[Symbol.asyncDispose]()
})

const question = {
  model: 'gpt-4o',
  stream: false as const,
  messages: [{ role: 'user' as const, content: 'What is the capital of France?' }]
}

const speech = { model: 'tts-1', voice: 'alloy', input: 'Hello' } as const

async function ask(asked: object = {}): Promise<string | null | undefined> {
  const openai = new OpenAI({ apiKey: 'unused', maxRetries: 0 })
  return (await openai.chat.completions.create({ ...question, ...asked })).choices[0]?.message.content
}

test.each([
  ['weather', 'http://x.test/app/recordings/weather.yaml'],
  ['agents/weather.yaml', 'http://x.test/app/agents/weather.yaml'],
  ['/tapes/weather.yml', 'http://x.test/tapes/weather.yml'],
  ['https://y.test/weather.yaml', 'https://y.test/weather.yaml']
])('%s is %s', (name, address) => {
  expect(addressOf(name, 'http://x.test/app/').href).toBe(address)
  expect(addressOf(new URL(address), 'http://x.test/').href).toBe(address)
})

test('a cassette is fetched past every handler, with the files beside it', async () => {
  const sound = new Uint8Array(200_000).map((_, index) => (index * 7919) >> 3)
  await using upstream = await startUpstream(async (request, response) => {
    await request.whole
    response.writeHead(200, { 'content-type': 'audio/mpeg' })
    response.end(sound)
  })
  const made = folder.file('app', 'recordings', 'long.yaml')
  const options = {
    listen: false,
    mode: 'record',
    cassette: made,
    logFile: false,
    openaiApiBaseUrl: `${upstream.url}/v1`
  } as const
  const proxy = await startProxy(options)
  await (await new OpenAI({ apiKey: 'unused', fetch: proxy.fetch }).audio.speech.create(speech)).arrayBuffer()
  await proxy.close()
  server.use(http.all(`${site.url}/*`, () => HttpResponse.text('caught')))
  const long = cassetteHandlers('long')
  server.use(...long)
  const heard = await new OpenAI({ apiKey: 'unused', maxRetries: 0 }).audio.speech.create(speech)
  expect(Buffer.compare(sound, new Uint8Array(await heard.arrayBuffer()))).toBe(0)
  expect(site.requests.map(({ url }) => url)).toEqual([
    '/app/recordings/long.yaml',
    ...(await readFile(made, 'utf8')).match(/long\.files\/\w+\.bin/g)!.map((file) => `/app/recordings/${file}`)
  ])
  expect(await long.close()).toMatchObject({ cassette: '/app/recordings/long.yaml', counts: { replayed: 1 }, unused: [] })
})

test('a large request that no recording fits is compared all the same', async () => {
  server.use(...cassetteHandlers({ text: SAMPLE }))
  await expect(ask({ messages: [{ role: 'user', content: 'long '.repeat(40_000) }] })).rejects.toMatchObject({
    code: 'cassette_miss'
  })
})

test('what cannot be fetched is told', async () => {
  await copyFile('README.md', folder.file('page.html'))
  const told = async (place: string): Promise<unknown> =>
    cassetteHandlers(place)
      .ready()
      .catch((error: unknown) => error)
  expect(await told('nowhere')).toMatchObject({ code: 'cassette_missing', message: expect.stringContaining('answers 404') })
  expect(await told('http://127.0.0.1:9/weather.yaml')).toMatchObject({ code: 'cassette_missing' })
  expect(await told('/page.html/x.yaml')).toMatchObject({ code: 'cassette_missing' })
})

test('a file beside it that is missing is told by whoever needs it', async () => {
  const text = SAMPLE.replace(/body:\n {4}json: \{id.*/, `body: {file: weather.files/${'0'.repeat(32)}.bin}`)
  server.use(...cassetteHandlers({ text, name: 'weather.yaml' }))
  await expect(ask()).rejects.toMatchObject({ code: 'cassette_broken', message: expect.stringContaining('it is missing') })
})

test('the clock of a page waits, and stops waiting', async () => {
  const aborter = new AbortController()
  await pageClock.sleep(1, aborter.signal)
  const waiting = pageClock.sleep(60_000, aborter.signal)
  aborter.abort(new Error('left'))
  await expect(waiting).rejects.toThrow('left')
  await expect(pageClock.sleep(60_000, aborter.signal)).rejects.toThrow('left')
  expect(pageClock.now()).toBeGreaterThan(1e12)
})
