/** `openai-proxy/vitest` under every major of vitest that is promised: recorded, then replayed in CI, in each kind of pool. */
import { describe, expect, it } from 'vitest'
import { buildPackage, configWith, HEAD, MAJORS, setupFor, vitestProject } from './project.ts'
import { startEcho } from './echo-upstream.ts'

const build = buildPackage('vitest-majors-test')

const TESTS = `${HEAD}
  import { createRequire } from 'node:module'
  import { beforeEach, vi } from 'vitest'
  test('tells the weather', async ({ proxy, cassette }) => {
    expect(await ask(proxy, 'Sunny?')).toBe('You said: Sunny?')
    expect(cassette.name).toBe('test/weather.test/tells-the-weather')
    expect(cassette.file).toMatch(/recordings.test.weather\\.test.tells-the-weather\\.yaml$/)
    expect(cassette).toBeFullyUsed()
    expect(proxy).toHaveCost({ below: 0.01 })
    expect(proxy).not.toHaveCost({ below: 0.001 })
    expect(proxy).not.toHaveBeenBlocked()
    expect(proxy.exchanges).toHaveLength(1)
    if (process.env.CI) expect(cassette).toHaveReplayed(1)
    else expect(cassette.mode).toBe('record')
  })
  test('calls a tool', async ({ proxy }) => {
    await ask(proxy, 'Paris', { tools: [{ type: 'function', function: { name: 'get_weather', parameters: {} } }] })
    expect(proxy).toHaveCalledTool('get_weather', { city: 'Paris' })
    expect(proxy).toHaveCalledTool('get_weather', expect.objectContaining({ city: expect.any(String) }))
    expect(proxy).not.toHaveCalledTool('get_weather', { city: 'Rome' })
    await expect(Promise.resolve(proxy)).resolves.toHaveCalledTool('get_weather')
  })
  test('is refused', async ({ proxy }) => {
    await expect(ask(proxy, 'Hi', { max_tokens: 5000 })).rejects.toThrow()
    expect(proxy).toHaveBeenBlocked({ rule: 'max-tokens' })
    expect(proxy).not.toHaveBeenBlocked({ rule: 'allowed-models' })
  })
  test('goes wrong on purpose', async ({ proxy }) => {
    const { text } = proxy.fault({ nth: 1 }, { status: 503 })
    expect(text).toBe('nth=1: status=503')
    await expect(ask(proxy, 'any')).rejects.toThrow()
    expect(proxy.exchanges[0].response.status).toBe(503)
    expect(proxy.report).toMatchObject({ faults: [{ text, struck: 1 }], counts: { failed: 1, recorded: 0, replayed: 0 } })
    expect(() => proxy.fault({ nth: 0 }, { status: 503 })).toThrow('nth')
  })
  test('asks for nothing', async ({ cassette }) => {
    expect(cassette.report.exchanges).toEqual([])
    const loaded = Object.keys(createRequire(import.meta.url).cache).filter((file) => /node_modules.mockttp/.test(file))
    expect(loaded, 'no test pays for it').toEqual([])
  })
  describe.each(['a', 'b'])('each', (letter) => {
    test.concurrent('one at a time', async ({ proxy, cassette, expect }) => {
      expect(await ask(proxy, letter)).toBe('You said: ' + letter)
      expect(cassette.name).toBe('test/weather.test/each' + (letter === 'a' ? '' : '@2') + '/one-at-a-time')
      expect(proxy.exchanges).toHaveLength(1)
    })
  })
  const shared = testWith({ name: 'shared/weather' })
  shared('first', async ({ proxy, cassette }) => {
    expect(cassette.name).toBe('shared/weather')
    await ask(proxy, 'shared')
  })
  const withClient = test.extend({ client: async ({ proxy }, use) => use((text) => ask(proxy, text)) })
  withClient('extended', async ({ client }) => expect(await client('x')).toBe('You said: x'))
  describe('with clocks and fetch of its own', () => {
    beforeEach(() => {
      vi.useFakeTimers()
      return () => vi.useRealTimers()
    })
    test('still asks its proxy', async ({ proxy, cassette }) => {
      vi.stubGlobal('fetch', () => { throw new Error('no network here') })
      expect(cassette).not.toHaveReplayed()
      vi.unstubAllGlobals()
      expect(proxy.env.OPENAI_BASE_URL).toBe(proxy.openai.baseURL)
    })
  })
  let tries = 0
  test('passes at the second try', async ({ proxy }) => {
    tries += 1
    await ask(proxy, 'try ' + (process.env.CI ? 2 : tries))
    if (!process.env.CI) expect(tries).toBe(2)
  })
  test.fails('is meant to fail', async ({ proxy }) => {
    expect(await ask(proxy, 'wrong')).toBe('right')
  })
`

describe.each(MAJORS)('vitest %i', (major) => {
  it.each(['threads', 'forks'])('records once and replays in CI, in %s', { timeout: 300_000 }, async (pool) => {
    await using upstream = await startEcho()
    await using project = await vitestProject(build, major, {
      'vitest.config.mjs': configWith('./proxy-setup.mjs', `pool: '${pool}', retry: 1`),
      'proxy-setup.mjs': setupFor(upstream, 'maxTokens: 100'),
      'test/weather.test.js': TESTS,
      'test/other.test.js': `${HEAD}
        test('tells the weather', async ({ proxy, cassette }) => {
          expect(await ask(proxy, 'Rainy?')).toBe('You said: Rainy?')
          expect(cassette.name).toBe('test/other.test/tells-the-weather')
        })
      `
    })
    const recorded = await project.run()
    expect(recorded, recorded.output).toMatchObject({ code: 0 })
    expect(recorded.output).toContain(`v${major}.`)
    expect(recorded.output).toMatch(/^ in all(?: +1)? +10 +1 /m)
    const cassettes = [
      'shared/weather.yaml',
      'test/other.test/tells-the-weather.yaml',
      'test/weather.test/calls-a-tool.yaml',
      'test/weather.test/each/one-at-a-time.yaml',
      'test/weather.test/each@2/one-at-a-time.yaml',
      'test/weather.test/extended.yaml',
      'test/weather.test/is-meant-to-fail.yaml',
      'test/weather.test/passes-at-the-second-try.yaml',
      'test/weather.test/tells-the-weather.yaml'
    ]
    expect(await project.recordings(), 'what a failed try left is gone once it passed').toEqual(cassettes)
    const calls = upstream.requests.length
    expect(calls).toBe(10)

    const replayed = await project.run({ env: { CI: 'true', OPENAI_PROXY_UNUSED: 'fail' } })
    expect(replayed, replayed.output).toMatchObject({ code: 0 })
    expect(replayed.output).toMatch(/^ openai-proxy +replayed +blocked +failed +saved$/m)
    expect(replayed.output).not.toContain('no test')
    expect(upstream.requests, 'CI called out').toHaveLength(calls)
    expect(await project.recordings()).toEqual(cassettes)
  })
})
