/** The global setup in process, under a run that is made up: what it starts, provides, judges and ends. */
import { mkdir, readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { afterEach, describe, expect, it, vi } from 'vitest'
import type { ProvidedProxy } from '../../src/vitest/provided.ts'
import type { RunModule, RunReporter, SetupContext, VitestRun } from '../../src/vitest/run.ts'
import { createSetup, type SetupOptions } from '../../src/vitest-setup.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { fileOf } from './a-task.ts'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.restoreAllMocks()
  process.exitCode = 0
})

interface FakeRun extends VitestRun {
  readonly reporters: RunReporter[]
}

/** A run of test/a.test.ts with one test, `a`. */
function fakeRun(root: string, config: Partial<VitestRun['config']> = {}): FakeRun {
  const modules: RunModule[] = [{ moduleId: `${root}/test/a.test.ts`, project: { name: '' } }]
  return {
    config: { root, ...config },
    projects: [{ name: '', matchesTestGlob: (path) => path.endsWith('.test.ts') }],
    state: { getFiles: () => [fileOf(`${root}/test/a.test.ts`, ['a'])] },
    reporters: [],
    globTestSpecifications: async () => modules
  }
}

async function begin(vitest: FakeRun, options: SetupOptions = {}): Promise<{ proxy: ProvidedProxy; end: () => Promise<void> }> {
  const provided: ProvidedProxy[] = []
  const context: SetupContext = { vitest, provide: (_key, value) => void provided.push(value) }
  const end = await createSetup(options)(context)
  return { proxy: provided[0]!, end }
}

/** What is printed at the end of a run. */
async function finish(vitest: FakeRun, reason: 'passed' | 'failed' = 'passed'): Promise<string> {
  let printed = ''
  const spy = vi.spyOn(process.stderr, 'write').mockImplementation((text) => ((printed += String(text)), true))
  const modules = await vitest.globTestSpecifications()
  for (const reporter of vitest.reporters) await reporter.onTestRunEnd(modules, [], reason)
  spy.mockRestore()
  return printed
}

async function cassette(folder: TemporaryFolder, name: string): Promise<void> {
  await mkdir(dirname(folder.file('recordings', name)), { recursive: true })
  await writeFile(folder.file('recordings', name), 'cassette: 1\n')
}

const sessions = (proxy: ProvidedProxy, path = '', init: RequestInit = {}): Promise<Response> =>
  fetch(`${proxy.url}/_proxy/sessions${path}`, init)

const isUp = (proxy: ProvidedProxy): Promise<boolean> =>
  fetch(proxy.url).then(
    () => true,
    () => false
  )

describe('the setup', () => {
  it('starts a proxy that answers sessions alone, and ends it', async () => {
    await using folder = await temporaryFolder()
    const vitest = fakeRun(folder.path)
    const { proxy, end } = await begin(vitest)
    expect(proxy.root).toBe(folder.path)
    const stray = await fetch(`${proxy.url}/v1/models`)
    expect(await stray.json()).toMatchObject({ error: { code: 'session_needed' } })
    await end()
    expect(await isUp(proxy)).toBe(false)
    expect(await readdir(folder.path), 'no log, no folder').toEqual([])
  })

  it('shares its proxy among the projects of a run, until the last is done', async () => {
    await using folder = await temporaryFolder()
    const vitest = fakeRun(folder.path)
    const provided: ProvidedProxy[] = []
    const setup = createSetup()
    const context: SetupContext = { vitest, provide: (_key, value) => void provided.push(value) }
    const [first, second] = await Promise.all([setup(context), setup(context)])
    expect(provided[0]).toEqual(provided[1])
    expect(vitest.reporters).toHaveLength(1)
    await first()
    expect(await isUp(provided[0]!)).toBe(true)
    await second()
    expect(await isUp(provided[0]!)).toBe(false)
  })

  it('hears of the end of runs after vitest has begun anew, and once', async () => {
    await using folder = await temporaryFolder()
    await cassette(folder, 'test/a.test/gone.yaml')
    const vitest = fakeRun(folder.path)
    const first = await begin(vitest)
    await first.end()
    vitest.reporters.length = 0
    const [second, third] = [await begin(vitest), await begin(vitest)]
    expect((await finish(vitest)).match(/gone\.yaml/g)).toHaveLength(1)
    await second.end()
    await third.end()
  })

  it('keeps nothing of a test that never came to its end', async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startUpstream(answerJson(200, { object: 'list', data: [] }))
    const vitest = fakeRun(folder.path)
    const { proxy, end } = await begin(vitest, { openaiApiBaseUrl: upstream.url })
    const opened = await sessions(proxy, '', {
      method: 'POST',
      body: JSON.stringify({ cassette: 'cut', title: 'test/a.test.ts > a' })
    })
    const { openaiBaseURL } = (await opened.json()) as { readonly openaiBaseURL: string }
    await (await fetch(`${openaiBaseURL}/models`)).text()
    const printed = await finish(vitest, 'failed')
    expect(printed).toMatch(/test\/a\.test\.ts +1/)
    expect(printed).toContain('recordings/cut.failed.yaml')
    expect(await (await sessions(proxy)).json()).toEqual({ sessions: [] })
    expect(await finish(vitest), 'told once').toBe('')
    await end()
  })
})

describe('what is unused', () => {
  it.each<
    [string, SetupOptions, Record<string, string>, Partial<VitestRun['config']>, { readonly left: number; readonly code: number }]
  >([
    ['is told', {}, {}, {}, { left: 2, code: 0 }],
    ['fails the run where the setup says so', { unused: 'fail', summary: false }, {}, {}, { left: 2, code: 1 }],
    ['fails the run where the environment says so', {}, { OPENAI_PROXY_UNUSED: ' FAIL ' }, {}, { left: 2, code: 1 }],
    ['goes where the setup says so', { unused: 'prune' }, { OPENAI_PROXY_UNUSED: 'fail' }, {}, { left: 1, code: 0 }],
    ['goes with --update', {}, {}, { snapshotOptions: { updateSnapshot: 'all' } }, { left: 1, code: 0 }]
  ])('%s', async (_, options, env, config, { left, code }) => {
    for (const [name, value] of Object.entries(env)) vi.stubEnv(name, value)
    await using folder = await temporaryFolder()
    await cassette(folder, 'test/a.test/gone.yaml')
    await cassette(folder, 'mine.yaml')
    const vitest = fakeRun(folder.path, config)
    const { end } = await begin(vitest, options)
    const printed = await finish(vitest)
    expect(printed).toContain('recordings/test/a.test/gone.yaml')
    expect(printed).not.toContain('mine')
    expect(process.exitCode ?? 0).toBe(code)
    expect((await readdir(folder.file('recordings'), { recursive: true })).filter((name) => name.endsWith('.yaml'))).toHaveLength(
      left
    )
    await end()
  })

  it.each<[string, Partial<VitestRun['config']>]>([
    ['by name', { testNamePattern: /a/ }],
    ['by project', { project: ['left'] }],
    ['by tag', { tagsFilter: ['slow'] }]
  ])('is not looked for in a run that was narrowed %s', async (_, config) => {
    await using folder = await temporaryFolder()
    await cassette(folder, 'test/a.test/gone.yaml')
    const vitest = fakeRun(folder.path, config)
    const { end } = await begin(vitest, { unused: 'fail' })
    expect(await finish(vitest)).toBe('')
    expect(process.exitCode ?? 0).toBe(0)
    await end()
  })

  it('is refused where the word is none', async () => {
    vi.stubEnv('OPENAI_PROXY_UNUSED', 'remove')
    await expect(begin(fakeRun('/'))).rejects.toThrow('"remove" is none of report, fail and prune')
  })
})
