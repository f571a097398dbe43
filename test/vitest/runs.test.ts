/** Runs of vitest that go wrong, are narrowed, are repeated, or leave something unused: what is kept, told, removed, and how they end. */
import { createConnection } from 'node:net'
import { describe, expect, it } from 'vitest'
import { startEcho } from './echo-upstream.ts'
import { buildPackage, configWith, HEAD, MAJORS, runScript, setupFor, vitestProject, type Project } from './project.ts'

const build = buildPackage('vitest-runs-test')
const WEATHER = 'test/weather.test.js'

/** A test of this title that asks this. */
const asking = (title: string, content: string, then = ''): string =>
  `test('${title}', async ({ proxy, cassette }) => { await ask(proxy, '${content}'); ${then} })\n`

async function projectWith(
  upstream: { readonly url: string },
  tests: string,
  options = '',
  major: 3 | 4 | 5 = 4
): Promise<Project> {
  return vitestProject(build, major, {
    'vitest.config.mjs': configWith('./proxy-setup.mjs'),
    'proxy-setup.mjs': setupFor(upstream, options),
    [WEATHER]: HEAD + tests
  })
}

describe('a test that goes wrong', { timeout: 120_000 }, () => {
  it('keeps nothing of what it recorded, but leaves it beside; the next that passes takes it away', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(upstream, asking('a', 'one', 'expect(1).toBe(2)') + asking('b', 'two'))
    const failed = await project.run()
    expect(failed.code).toBe(1)
    expect(failed.output).toMatch(
      /1 recording by a test that failed, not kept:\n +recordings\/test\/weather\.test\/a\.failed\.yaml/
    )
    expect(await project.recordings()).toEqual(['test/weather.test/a.failed.yaml', 'test/weather.test/b.yaml'])
    await project.write({ [WEATHER]: HEAD + asking('a', 'one') + asking('b', 'two') })
    expect(await project.run()).toMatchObject({ code: 0 })
    expect(await project.recordings()).toEqual(['test/weather.test/a.yaml', 'test/weather.test/b.yaml'])
  })

  it('is told what was missed, also where its code passes over the error; what may miss, may', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(upstream, asking('a', 'one') + asking('b', 'two'))
    await project.run()
    const tests = `
      ${asking('a', 'another')}
      test('b', async ({ proxy }) => { await ask(proxy, 'else').catch(() => {}) })
      testWith({ mayMiss: true })('c', async ({ proxy }) => { await ask(proxy, 'else').catch(() => {}) })
    `
    await project.write({ [WEATHER]: HEAD + tests })
    const missed = await project.run({ env: { CI: '1' } })
    expect(missed.code).toBe(1)
    expect(missed.output).toContain('2 failed | 1 passed')
    expect(missed.output).toMatch(/Error: 404 No recording in .*a\.yaml fits/)
    expect(missed.output).toContain('messages[0].content: recorded "one", got "another"')
    expect(missed.output).toContain('A call was not recorded, and the test has passed over the error.')
    expect(missed.output).toMatch(/^ openai-proxy +missed$/m)
    expect(upstream.requests).toHaveLength(2)
  })

  it('shows its exchanges where a matcher fails', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(
      upstream,
      asking('a', 'one', 'expect(proxy).toHaveReplayed(2)') +
        asking('b', 'two', "expect(proxy).toHaveCalledTool('get_weather')") +
        `test('c', async ({ proxy }) => { await ask(proxy, 'x', { model: 'gpt-9' }).catch(() => {}); expect(proxy).not.toHaveBeenBlocked() })`,
      "allowedModels: ['gpt-4o']"
    )
    const { output } = await project.run()
    expect(output).toContain('expected "test/weather.test.js > a" to have replayed 2 calls, but it replayed none\n')
    expect(output).toContain('1. POST /v1/chat/completions, gpt-4o, 200 from the upstream, $0.003500')
    expect(output).toContain('"You said: one"')
    expect(output).toContain('to have called the tool get_weather, but it called none\n')
    expect(output).toContain('expected "test/weather.test.js > c" not to have been blocked, but it was by allowed-models')
  })

  it('is told the line to add where there is no setup', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(upstream, asking('a', 'one'))
    await project.write({ 'vitest.config.mjs': 'export default {}' })
    const { code, output } = await project.run()
    expect(code).toBe(1)
    expect(output).toContain("globalSetup: ['openai-proxy/vitest/setup']")
    expect(upstream.requests).toHaveLength(0)
  })

  it('removes nothing of files that did not run, nor in a run that failed', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(upstream, asking('a', 'one'), "unused: 'prune'")
    await project.write({ 'test/other.test.js': HEAD + asking('b', 'two') })
    await project.run()
    await project.write({ [WEATHER]: HEAD + asking('z', 'one') })
    expect(await project.run({ args: ['test/weather'] })).toMatchObject({ code: 0 })
    await project.write({ 'test/other.test.js': HEAD + asking('b', 'two', 'expect(1).toBe(2)') })
    expect(await project.run()).toMatchObject({ code: 1 })
    expect(await project.recordings()).toContain('test/weather.test/a.yaml')
  })

  it('may be stopped in the middle, and nothing half is kept', async () => {
    await using upstream = await startEcho()
    const tests = `test('a', { timeout: 500 }, async ({ proxy }) => { await ask(proxy, 'one'); await new Promise(() => {}) })`
    await using project = await projectWith(upstream, tests)
    expect(await project.run()).toMatchObject({ code: 1 })
    expect((await project.recordings()).filter((name) => name !== 'test/weather.test/a.failed.yaml')).toEqual([])
  })
})

describe.each(MAJORS)('what is unused, vitest %i', { timeout: 240_000 }, (major) => {
  it('is told, fails the run or goes; only where the whole suite ran, and passed', async () => {
    await using upstream = await startEcho()
    const other = 'test/other.test.js'
    await using project = await projectWith(
      upstream,
      asking('a', 'one', "await ask(proxy, 'more')") + asking('b', 'two'),
      '',
      major
    )
    await project.write({ [other]: HEAD + asking('c', 'three'), 'recordings/of-mine.yaml': 'cassette: 1\n' })
    expect(await project.run()).toMatchObject({ code: 0 })
    // One test asks for less, one has another name, and one file is gone.
    await project.write({ [WEATHER]: HEAD + asking('a', 'one') + asking('d', 'two') })
    await project.remove(other)
    const before = ['of-mine.yaml', 'test/other.test/c.yaml', 'test/weather.test/a.yaml', 'test/weather.test/b.yaml']
    const fail = { OPENAI_PROXY_UNUSED: 'fail' }

    const narrowed = await project.run({ args: ['-t', 'a', '--update'] })
    expect(narrowed, narrowed.output).toMatchObject({ code: 0 })
    expect(narrowed.output).not.toContain('no test')
    const told = await project.run()
    expect(told).toMatchObject({ code: 0 })
    expect(told.output).toContain(
      '2 cassettes that no test has:\n   recordings/test/other.test/c.yaml\n   recordings/test/weather.test/b.yaml'
    )
    expect(told.output).toMatch(
      /1 recording that no test asks for:\n +recordings\/test\/weather\.test\/a\.yaml:\d+ +POST \/v1\/chat\/completions +gpt-4o/
    )
    expect(told.output).toContain('OPENAI_PROXY_UNUSED=prune (or vitest --update) removes them')
    expect(await project.recordings()).toEqual([...before, 'test/weather.test/d.yaml'])

    const failed = await project.run({ env: { ...fail, CI: 'true' } })
    expect(failed, failed.output).toMatchObject({ code: 1 })
    expect(failed.output).toContain('2 passed')

    const pruned = await project.run({ args: ['--update'] })
    expect(pruned, pruned.output).toMatchObject({ code: 0 })
    expect(pruned.output).toContain('2 cassettes that no test has, removed')
    expect(await project.recordings()).toEqual(['of-mine.yaml', 'test/weather.test/a.yaml', 'test/weather.test/d.yaml'])
    expect(await project.read('recordings/test/weather.test/a.yaml')).not.toContain('more')
    const after = await project.run({ env: { ...fail, CI: 'true' } })
    expect(after, after.output).toMatchObject({ code: 0 })
  })
})

describe.each(MAJORS)('projects, vitest %i', { timeout: 240_000 }, (major) => {
  it('share the proxy, and have cassettes of their own', async () => {
    await using upstream = await startEcho()
    await using project = await projectWith(upstream, asking('a', 'one'), '', major)
    const of = (name: string): string => `{ extends: true, test: { name: '${name}', include: ['test/*.test.js'] } }`
    await project.write({
      'vitest.config.mjs': configWith('./proxy-setup.mjs', `projects: [${of('left')}, ${of('right hand')}]`)
    })
    const both = await project.run({ env: { OPENAI_PROXY_UNUSED: 'fail' } })
    expect(both, both.output).toMatchObject({ code: 0 })
    expect(await project.recordings()).toEqual(['left/test/weather.test/a.yaml', 'right-hand/test/weather.test/a.yaml'])
    const one = await project.run({ args: ['--project', 'left'], env: { CI: '1', OPENAI_PROXY_UNUSED: 'fail' } })
    expect(one, one.output).toMatchObject({ code: 0 })
    expect(one.output).toMatch(/^ \|left\| test\/weather\.test\.js +1 /m)
    await project.write({ [WEATHER]: HEAD + asking('b', 'two') })
    const after = await project.run({ env: { OPENAI_PROXY_UNUSED: 'prune' } })
    expect(after, after.output).toMatchObject({ code: 0 })
    expect(await project.recordings()).toEqual(['left/test/weather.test/b.yaml', 'right-hand/test/weather.test/b.yaml'])
  })
})

describe.each(MAJORS)('watch mode, vitest %i', { timeout: 240_000 }, (major) => {
  it('gives each run its sessions, and leaves nothing open', async () => {
    await using upstream = await startEcho()
    const tests = `${asking('a', 'one', "await ask(proxy, 'one'); console.log('SESSION ' + proxy.url + ' ' + cassette.mode + ' ' + proxy.exchanges.length)")}`
    await using project = await projectWith(upstream, tests, '', major)
    const script = `
      import { writeFileSync, readFileSync } from 'node:fs'
      import { startVitest } from ${JSON.stringify(`file://${project.vitest.replace('vitest.mjs', 'dist/node.js')}`)}
      const file = ${JSON.stringify(`${project.path}/${WEATHER}`)}
      let ends = 0
      let ended = () => {}
      const reporter = { onTestRunEnd() { ends += 1; ended() } }
      const end = (count) => new Promise((done) => { ended = () => { if (ends >= count) done() }; ended() })
      const vitest = await startVitest('test', [], { watch: true, reporters: ['default', reporter], root: ${JSON.stringify(project.path)} })
      await end(1)
      for (const time of [2, 3]) {
        await new Promise((done) => setTimeout(done, 300))
        writeFileSync(file, readFileSync(file, 'utf8') + '\\n// ' + time)
        await end(time)
      }
      const { url } = vitest.getProvidedContext?.()['openai-proxy'] ?? vitest.getRootProject().getProvidedContext()['openai-proxy']
      await new Promise((done) => setTimeout(done, 100))
      console.log('OPEN ' + JSON.stringify((await (await fetch(url + '/_proxy/sessions')).json()).sessions))
      console.log('URL ' + url)
      await vitest.close()
      await fetch(url).then(() => console.log('STILL THERE'), () => console.log('GONE'))
      process.exit()
    `
    await project.write({ 'watch.mjs': script })
    const { output } = await runScript(project, 'watch.mjs')
    const sessions = [...output.matchAll(/SESSION (\S+) (\w+) (\d+)/g)].map(([, url, mode, count]) => ({ url, mode, count }))
    expect(
      sessions.map(({ mode }) => mode),
      output
    ).toEqual(['record', 'replay', 'replay'])
    expect(new Set(sessions.map(({ url }) => url)).size).toBe(3)
    expect(sessions.map(({ count }) => count)).toEqual(['2', '2', '2'])
    expect(output.match(/^ openai-proxy +replayed +saved$/gm)).toHaveLength(2)
    expect(output).toContain('OPEN []')
    expect(output).toContain('GONE')
    expect(upstream.requests).toHaveLength(2)
    const port = Number(/URL http:\/\/127\.0\.0\.1:(\d+)/.exec(output)![1])
    await expect(
      new Promise((done, fail) => createConnection(port, '127.0.0.1', () => done('open')).once('error', fail))
    ).rejects.toThrow()
  })
})
