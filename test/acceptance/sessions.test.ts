/** Sessions: tests share one proxy, each with its cassette, its mode and its exchanges to itself; in process and over HTTP. */
import { access, readFile, readdir } from 'node:fs/promises'
import OpenAI from 'openai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { startProxy, type Proxy, type SessionReport } from '../../src/index.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'

const completion = (content: string): object => ({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1,
  model: 'gpt-4o-2024-08-06',
  choices: [{ index: 0, message: { role: 'assistant', content }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 1000, completion_tokens: 100, total_tokens: 1100 }
})

const ask = async (baseURL: string, content: string): Promise<string | null> => {
  const client = new OpenAI({ baseURL, apiKey: 'unused', maxRetries: 0 })
  const { choices } = await client.chat.completions.create({ model: 'gpt-4o', messages: [{ role: 'user', content }] })
  return choices[0]!.message.content
}

/** What the addresses of sessions answer, as far as it is looked into here. */
interface SessionJson {
  readonly id: string
  readonly openaiBaseURL: string
  readonly env: Readonly<Record<string, string>>
}

const exists = (path: string): Promise<boolean> =>
  access(path).then(
    () => true,
    () => false
  )

afterEach(() => void vi.unstubAllEnvs())

describe('a session in this process', () => {
  test('whose cassette is missing misses every request; without one nothing is amiss', async () => {
    await using folder = await temporaryFolder()
    await using proxy = await startProxy({ cassette: `${folder.path}/`, mode: 'once', sessionsOnly: true, logFile: false })
    const session = await proxy.openSession({ cassette: 'none', mode: 'replay' })
    await expect(ask(session.openaiBaseURL, 'Weather?')).rejects.toMatchObject({
      status: 404,
      code: 'cassette_miss',
      message: expect.stringContaining('There is no such cassette.')
    })
    expect(await session.close()).toMatchObject({ mode: 'replay', counts: { missed: 1 }, unused: [] })
    const idle = await proxy.openSession({ cassette: 'none', mode: 'replay' })
    expect(await idle.close()).toMatchObject({ counts: { missed: 0 }, exchanges: [] })
    expect(await readdir(folder.path)).toEqual([])
  })

  test('that is closed records nothing more, though a call goes on', async () => {
    await using folder = await temporaryFolder()
    let answer = (): void => undefined
    const asked = new Promise<void>((arrived) => {
      answer = arrived
    })
    let finish = (): void => undefined
    const finished = new Promise<void>((done) => {
      finish = done
    })
    await using upstream = await startUpstream(async (...visit) => {
      answer()
      await finished
      await answerJson(200, completion('late'))(...visit)
    })
    const lines: string[] = []
    const options = { cassette: `${folder.path}/`, openaiApiBaseUrl: upstream.url, logFile: false, mode: 'once' } as const
    const proxy = await startProxy({ ...options, report: (line) => lines.push(line) })
    const session = await proxy.openSession({ cassette: 'late' })
    const call = ask(session.openaiBaseURL, 'Weather?')
    await asked
    await session.close('failed')
    finish()
    expect(await call).toBe('late')
    await proxy.close()
    expect(await readdir(folder.path)).toEqual([])
    expect(lines.join('\n')).toContain('was closed before this call had ended')
  })

  test('is the only way in where the proxy is for sessions alone', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('Sunny.')))
    const options = { cassette: `${folder.path}/`, openaiApiBaseUrl: upstream.url, logFile: false, sessionsOnly: true } as const
    for (const mode of ['replay', 'once', 'auto', 'record', 'live'] as const) {
      await using proxy = await startProxy({ ...options, mode })
      for (const baseURL of [proxy.openaiBaseURL, `${proxy.url}/~/weather/v1`]) {
        await expect(ask(baseURL, 'Weather?'), mode).rejects.toMatchObject({ status: 403, code: 'session_needed' })
      }
    }
    expect(upstream.requests).toHaveLength(0)
    expect(await readdir(folder.path)).toEqual([])
  })

  test('records a cassette that is not there, replays it the next time, and tells what happened', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('Sunny.')))
    await using proxy = await startProxy({
      cassette: `${folder.path}/`,
      mode: 'once',
      openaiApiBaseUrl: upstream.url,
      logFile: false
    })
    const first = await proxy.openSession({ cassette: 'agents/weather', title: 'tells the weather' })
    expect(await ask(first.openaiBaseURL, 'Weather?')).toBe('Sunny.')
    expect(await exists(folder.file('agents', 'weather.yaml')), 'kept apart until it is whole').toBe(false)
    const recorded = await first.close()
    expect(recorded).toMatchObject({
      title: 'tells the weather',
      mode: 'record',
      cassette: folder.file('agents', 'weather.yaml'),
      counts: { replayed: 0, recorded: 1, live: 0, blocked: 0, missed: 0, failed: 0 },
      cost: { usd: 0.0035, savedUsd: 0, complete: true }
    })
    const second = await proxy.openSession({ cassette: 'agents/weather' })
    expect(await ask(second.openaiBaseURL, 'Weather?')).toBe('Sunny.')
    const replayed = await second.close()
    expect(replayed).toMatchObject({ mode: 'replay', counts: { replayed: 1, recorded: 0 }, cost: { usd: 0, savedUsd: 0.0035 } })
    expect(replayed.unused).toEqual([])
    expect(upstream.requests).toHaveLength(1)
    expect(await readdir(folder.file('agents'))).toEqual(['weather.yaml'])
  })

  test('record makes the cassette anew; a failed one is not kept, but stands beside', async () => {
    await using folder = await temporaryFolder()
    let said = 'one'
    await using upstream = await startUpstream((...visit) => answerJson(200, completion(said))(...visit))
    await using proxy = await startProxy({ cassette: `${folder.path}/`, openaiApiBaseUrl: upstream.url, logFile: false })
    const record = async (outcome: 'passed' | 'failed'): Promise<SessionReport> => {
      const session = await proxy.openSession({ cassette: 'a', mode: 'record' })
      await ask(session.openaiBaseURL, 'Say it')
      return session.close(outcome)
    }
    await record('passed')
    said = 'two'
    const failed = await record('failed')
    expect(failed.failedCassette).toBe(folder.file('a.failed.yaml'))
    expect(await readFile(folder.file('a.failed.yaml'), 'utf8')).toContain('content: two')
    expect(await readFile(folder.file('a.yaml'), 'utf8')).toContain('content: one')
    said = 'three'
    await record('passed')
    const now = await readFile(folder.file('a.yaml'), 'utf8')
    expect(now).toContain('content: three')
    expect(now).not.toContain('content: one')
    expect(await readdir(folder.path)).toEqual(['a.yaml'])
  })

  test('two sessions of one cassette each begin at its first recording; neither sees the other', async () => {
    await using folder = await temporaryFolder()
    let count = 0
    await using upstream = await startUpstream((...visit) => answerJson(200, completion(`answer ${(count += 1)}`))(...visit))
    await using proxy = await startProxy({ cassette: `${folder.path}/`, openaiApiBaseUrl: upstream.url, logFile: false })
    await using recording = await proxy.openSession({ cassette: 'poll', mode: 'record' })
    for (let time = 0; time < 3; time += 1) await ask(recording.openaiBaseURL, 'Done?')
    await recording.close()
    const [a, b] = await Promise.all([1, 2].map(() => proxy.openSession({ cassette: 'poll', mode: 'replay' })))
    expect(await ask(a!.openaiBaseURL, 'Done?')).toBe('answer 1')
    expect(await ask(b!.openaiBaseURL, 'Done?')).toBe('answer 1')
    expect(await ask(a!.openaiBaseURL, 'Done?')).toBe('answer 2')
    const report = await a!.report()
    expect(report.exchanges).toHaveLength(2)
    expect(report.unused).toMatchObject([{ endpoint: 'POST /v1/chat/completions', model: 'gpt-4o', uses: 0 }])
    expect((await b!.close()).unused).toHaveLength(2)
  })

  test('two that record one missing cassette at the same time lose nothing', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('yes')))
    await using proxy = await startProxy({
      cassette: `${folder.path}/`,
      mode: 'once',
      openaiApiBaseUrl: upstream.url,
      logFile: false
    })
    const sessions = await Promise.all([1, 2].map(() => proxy.openSession({ cassette: 'same' })))
    await ask(sessions[0]!.openaiBaseURL, 'from the first')
    await ask(sessions[1]!.openaiBaseURL, 'from the second')
    for (const session of sessions) await session.close()
    await using replay = await proxy.openSession({ cassette: 'same', mode: 'replay' })
    expect(await ask(replay.openaiBaseURL, 'from the first')).toBe('yes')
    expect(await ask(replay.openaiBaseURL, 'from the second')).toBe('yes')
    expect((await replay.report()).unused).toEqual([])
  })

  test('a miss is told with the exchange, and a closed session says that it is closed', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('yes')))
    await using proxy = await startProxy({
      cassette: `${folder.path}/`,
      mode: 'once',
      openaiApiBaseUrl: upstream.url,
      logFile: false
    })
    const recording = await proxy.openSession({ cassette: 'a' })
    await ask(recording.openaiBaseURL, 'known')
    await recording.close()
    const session = await proxy.openSession({ cassette: 'a' })
    await expect(ask(session.openaiBaseURL, 'unknown')).rejects.toThrow('No recording in')
    const report = await session.close()
    expect(report.counts).toMatchObject({ missed: 1, replayed: 0 })
    expect(await session.close('failed'), 'closing again changes nothing').toEqual(report)
    await expect(ask(session.openaiBaseURL, 'known')).rejects.toThrow(/session .* is closed/)
  })

  test('in CI nothing is recorded and nobody is called, whatever is asked', async () => {
    vi.stubEnv('CI', 'true')
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('yes')))
    await using proxy = await startProxy({
      cassette: `${folder.path}/`,
      openaiApiBaseUrl: upstream.url,
      logFile: false,
      mode: 'record'
    })
    for (const mode of ['record', 'once', 'auto', 'live'] as const) {
      const session = await proxy.openSession({ cassette: 'a', mode })
      await expect(ask(session.openaiBaseURL, 'Weather?'), mode).rejects.toMatchObject({ code: 'cassette_miss' })
      expect(await session.close()).toMatchObject({ mode: 'replay', counts: { missed: 1 } })
    }
    expect(upstream.requests).toEqual([])
  })

  test.each([
    [{ cassette: '../a' }, 'no name of a cassette'],
    [{ cassette: 'a//b' }, 'no name of a cassette'],
    [{ cassette: '/etc/a' }, 'no name of a cassette'],
    [{ cassette: '' }, 'cassette is empty'],
    [{}, 'cassette is no name of a cassette'],
    [{ cassette: 'a', mode: 'on' }, 'mode is none of live, record'],
    [{ cassette: 'a', cassete: 'a' }, 'cassete is no option of a session']
  ])('%j is refused', async (options, message) => {
    await using proxy = await startProxy({ listen: false, logFile: false })
    await expect(proxy.openSession(options as never)).rejects.toThrow(message)
  })
})

describe('over HTTP', () => {
  const call = async (
    proxy: Proxy,
    method: string,
    path: string,
    body?: unknown
  ): Promise<{ status: number; json: SessionJson }> => {
    const response = await fetch(`${proxy.url}/_proxy/sessions${path}`, {
      method,
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) })
    })
    return { status: response.status, json: (await response.json()) as SessionJson }
  }

  test('a session is opened, used, shown, listed and closed', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, completion('Sunny.')))
    await using proxy = await startProxy({ cassette: `${folder.path}/`, openaiApiBaseUrl: upstream.url, logFile: false })
    const opened = await call(proxy, 'POST', '', { cassette: 'weather', mode: 'record' })
    expect(opened.status).toBe(201)
    const { id, openaiBaseURL, env } = opened.json
    expect(openaiBaseURL).toBe(`${proxy.url}/~/${id}/v1`)
    expect(env['OPENAI_BASE_URL']).toBe(openaiBaseURL)
    expect(await ask(openaiBaseURL, 'Weather?')).toBe('Sunny.')
    expect((await call(proxy, 'GET', `/${id}`)).json).toMatchObject({ id, counts: { recorded: 1 } })
    expect((await call(proxy, 'GET', '')).json).toEqual({
      sessions: [{ id, title: 'weather', cassette: folder.file('weather.yaml'), mode: 'record' }]
    })
    const closed = await call(proxy, 'DELETE', `/${id}?outcome=passed`)
    expect(closed).toMatchObject({ status: 200, json: { counts: { recorded: 1 }, exchanges: [{ model: 'gpt-4o' }] } })
    expect(await exists(folder.file('weather.yaml'))).toBe(true)
    expect(await call(proxy, 'GET', `/${id}`)).toMatchObject({ status: 410, json: { error: { code: 'session_closed' } } })
  })

  test('what is wrong is told', async () => {
    await using proxy = await startProxy({ logFile: false })
    expect(await call(proxy, 'POST', '', '{')).toMatchObject({ status: 400, json: { error: { code: 'invalid_json' } } })
    expect(await call(proxy, 'POST', '', { cassette: 1 })).toMatchObject({
      status: 400,
      json: { error: { code: 'invalid_session' } }
    })
    expect(await call(proxy, 'GET', '/s-none')).toMatchObject({ status: 404, json: { error: { code: 'session_unknown' } } })
    expect(await call(proxy, 'PUT', '')).toMatchObject({ status: 405 })
  })

  test('another machine needs a token', async () => {
    await using proxy = await startProxy({ logFile: false, proxyTokens: 'ci:a-token-of-sixteen-and-more' })
    expect(await call(proxy, 'POST', '', { cassette: 'a' })).toMatchObject({ status: 401 })
  })
})
