/** A CI run: whichever door and mode, nothing is recorded and nothing called that nobody has asked for there and then. */
import { readdir } from 'node:fs/promises'
import OpenAI from 'openai'
import { afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startProxy, type Proxy, type ProxyOptions } from '../../src/index.ts'
import { buildCommand, runCommand } from '../cli/command.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const MODES = ['live', 'record', 'replay', 'auto', 'once'] as const
const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Hi' } }]
}

beforeEach(() => void vi.stubEnv('CI', 'true'))
afterEach(() => void vi.unstubAllEnvs())

async function ask(proxy: Pick<Proxy, 'fetch'>, baseURL?: string): Promise<number> {
  const openai = new OpenAI({ fetch: proxy.fetch, apiKey: 'unused', maxRetries: 0, ...(baseURL ? { baseURL } : {}) })
  const asked = openai.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] }).withResponse()
  return asked.then(
    ({ response }) => response.status,
    (error: { status: number }) => error.status
  )
}

const start = (settings: ProxyOptions): Promise<Proxy> =>
  startProxy({ listen: false, logFile: false, report: () => undefined, ...settings })

describe('with CI set, startProxy()', () => {
  test.each(['auto', 'once'] as const)('in mode %s only replays: no cassette is an error at once', async (mode) => {
    await using folder = await temporaryFolder()
    await expect(start({ mode, cassette: folder.file('new.yaml') })).rejects.toMatchObject({ code: 'cassette_missing' })
    vi.stubEnv('OPENAI_PROXY_MODE', mode)
    await expect(start({ cassette: folder.file('new.yaml') })).rejects.toMatchObject({ code: 'cassette_missing' })
    expect(await readdir(folder.path)).toEqual([])
  })

  test('records where its own option says so, and not where the environment does', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, answer))
    const settings = { cassette: folder.file('new.yaml'), openaiApiBaseUrl: `${upstream.url}/v1` }
    vi.stubEnv('OPENAI_PROXY_MODE', 'record')
    await expect(start(settings)).rejects.toMatchObject({ code: 'cassette_missing' })
    expect(upstream.requests).toHaveLength(0)
    await using proxy = await start({ ...settings, mode: 'record' })
    expect(await ask(proxy)).toBe(200)
  })

  test('that is live since nobody has said anything calls this machine alone', async () => {
    await using upstream = await startUpstream(answerJson(200, answer))
    await using here = await start({ openaiApiBaseUrl: `${upstream.url}/v1` })
    expect(await ask(here)).toBe(200)
    await using there = await start({ openaiApiBaseUrl: 'https://api.openai.invalid/v1' })
    expect(await ask(there)).toBeGreaterThanOrEqual(500)
    expect(there.exchanges[0]!.error).toMatchObject({ code: 'upstream_forbidden' })
    expect(there.exchanges[0]!.error!.message).toContain('CI is set, so nothing is sent to api.openai.invalid')
  })

  test.each(['option', 'environment'])('that was asked to be live, by an %s, may call', async (where) => {
    const said = where === 'option' ? ({ mode: 'live' } as const) : {}
    if (where === 'environment') vi.stubEnv('OPENAI_PROXY_MODE', 'live')
    await using proxy = await start({ openaiApiBaseUrl: 'http://api.openai.invalid/v1', ...said })
    await ask(proxy)
    expect(proxy.exchanges[0]!.error).toMatchObject({ code: 'upstream_refused' })
  })

  test.each(MODES)('opens sessions that only replay, asked for %s', async (mode) => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, answer))
    await using proxy = await start({ mode: 'live', cassette: `${folder.path}/`, openaiApiBaseUrl: `${upstream.url}/v1` })
    const session = await proxy.openSession({ cassette: 'new', mode })
    expect([session.peek().mode, await ask(proxy, session.openaiBaseURL)]).toEqual(['replay', 404])
    expect((await session.close()).counts).toMatchObject({ missed: 1, recorded: 0, live: 0 })
    await using listening = await start({
      listen: true,
      mode: 'live',
      cassette: `${folder.path}/`,
      openaiApiBaseUrl: `${upstream.url}/v1`
    })
    const body = JSON.stringify({ cassette: 'other', mode })
    const opened = await fetch(`${listening.url}/_proxy/sessions`, { method: 'POST', body })
    const { id } = (await opened.json()) as { readonly id: string }
    expect(await ask(listening, `${listening.url}/~/${id}/v1`)).toBe(404)
    expect([upstream.requests.length, await readdir(folder.path)]).toEqual([0, []])
  })

  test.each(['auto', 'once'] as const)(
    'that was to be %s misses in a folder, for base URLs that name a cassette too',
    async (mode) => {
      await using upstream = await startUpstream(answerJson(200, answer))
      await using proxy = await start({ mode, cassette: 'recordings/', openaiApiBaseUrl: `${upstream.url}/v1` })
      const asked = [
        await ask(proxy),
        await ask(proxy, `${proxy.url}/~/quickstart/v1`),
        await ask(proxy, `${proxy.url}/~/none/v1`)
      ]
      expect(asked).toEqual([404, 404, 404])
      expect(upstream.requests).toHaveLength(0)
    }
  )
})

describe('with CI set, a command behind --', () => {
  let program: string
  beforeAll(() => {
    program = buildCommand('ci-test')
  })

  const CHILD = `
    const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
      method: 'POST', headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })
    })
    console.log(response.status, (await response.json()).error?.code)`
  const child = ['--', process.execPath, '--input-type=module', '-e', CHILD]

  test.each([
    [[], {}, /502 upstream_forbidden/, 0],
    [['--record', '--replay'], {}, /does not exist, and replay never calls/, 2],
    [['--mode', 'once'], {}, /does not exist, and replay never calls/, 2],
    [[], { OPENAI_PROXY_RECORD: 'true' }, /does not exist, and replay never calls/, 2],
    [['--mode', 'live'], {}, /502 upstream_refused/, 0]
  ] as const)('with %j and %j', async (flags, variables, told, code) => {
    await using folder = await temporaryFolder()
    const env = { CI: 'true', LOG_FILE: 'false', OPENAI_API_BASE_URL: 'http://api.openai.invalid/v1', ...variables }
    const result = await runCommand(program, [...flags, ...child], { cwd: folder.path, env })
    expect(result.stdout + result.stderr).toMatch(told)
    expect(await readdir(folder.path)).toEqual([])
    expect(result.code).toBe(code)
  })
})
