/** A command beside a proxy, in this process: its exit code, and what is told of the run. */
import { copyFile, mkdir, readFile, writeFile } from 'node:fs/promises'
import { describe, expect, it, onTestFinished, vi } from 'vitest'
import { readUnused } from '../../src/commands/recorded/unused.ts'
import { runChild } from '../../src/commands/run-child.ts'
import { parseOptions } from '../../src/config/parse-options.ts'
import { readRunReport } from '../../src/config/report-formats.ts'
import { startConfigured } from '../../src/proxy.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

const ASK = `
const { OPENAI_BASE_URL, OPENAI_API_KEY, OPENAI_PROXY_URL } = process.env
if (!OPENAI_BASE_URL.startsWith(OPENAI_PROXY_URL)) process.exit(9)
const ask = (content) => fetch(OPENAI_BASE_URL + '/chat/completions', {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + OPENAI_API_KEY },
  body: JSON.stringify({ model: 'gpt-4o', stream: false, messages: [{ role: 'user', content }] })
})
for (const content of process.argv.slice(1)) await ask(content)
`

interface Given {
  readonly cassette?: string
  /** As `--report` takes them. */
  readonly reports?: readonly string[]
}

async function run(
  strict: boolean,
  command: readonly string[],
  { cassette = 'recordings/quickstart.yaml', reports = [] }: Given = {}
): Promise<{ code: number; told: string; written: string }> {
  const lines: string[] = []
  const report = (line: string): void => void lines.push(line)
  let written = ''
  const config = parseOptions({ mode: 'replay', cassette, logFile: false })
  const code = await runChild({
    command,
    strict,
    reports: reports.map(readRunReport),
    mode: 'replay',
    version: '1.2.3',
    startProxy: () => startConfigured(config, { report: () => undefined, secrets: [], listen: true, keepExchanges: Infinity }),
    report,
    write: (text) => void (written += text)
  })
  return { code, told: lines.join('\n'), written }
}

const asking = (...contents: readonly string[]): string[] => [process.execPath, '--input-type=module', '-e', ASK, ...contents]

describe('a command beside a proxy', () => {
  it('that is answered gives its own exit code; what it left unused is told, and fails it only where that is asked', async () => {
    const { code, told } = await run(false, asking('What is the capital of France?'))
    expect(told).toMatch(/^1 calls: 1 replayed, 0 missed; \$0\.\d{4} saved\n2 recordings answered nothing:\n/)
    expect(told).toContain('POST /v1/chat/completions (gpt-3.5-turbo)')
    expect(code).toBe(0)
    expect((await run(true, asking('What is the capital of France?'))).code).toBe(1)
  })

  it('that misses fails, with the misses told one by one, and not without end', async () => {
    const { code, told } = await run(false, asking(...Array.from({ length: 12 }, (_, index) => `Question ${index}`)))
    expect(code).toBe(1)
    expect(told).toContain('12 calls: 12 missed')
    expect(told.match(/missed: POST \/v1\/chat\/completions \(gpt-4o\), exchange ex_/g)).toHaveLength(10)
    expect(told).toContain('… and 2 more')
  })

  it('gives the code of its own failure, of a signal that ended it, and of a program that is not there', async () => {
    expect((await run(true, [process.execPath, '-e', 'process.exit(7)'])).code).toBe(7)
    expect((await run(false, [process.execPath, '-e', 'process.kill(process.pid, "SIGKILL")'])).code).toBe(137)
    const { code, told } = await run(false, ['no-such-program-here'])
    expect(code).toBe(127)
    expect(told).toContain('There is no program no-such-program-here.')
  })
})

/** A folder with the quickstart's recordings twice, and one more file of them that nobody asks for. */
async function folderOfTwo(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  await mkdir(folder.file('tapes'))
  const text = await readFile('recordings/quickstart.yaml', 'utf8')
  await copyFile('recordings/quickstart.yaml', folder.file('tapes', 'asked.yaml'))
  const renamed = text.replaceAll('capital of France', 'river of France').replaceAll(/^key: .*\n/gm, '')
  await writeFile(folder.file('tapes', 'forgotten.yaml'), renamed)
  vi.stubEnv('GITHUB_WORKSPACE', folder.path)
  onTestFinished(() => void vi.unstubAllEnvs())
  return folder
}

describe('a command beside a folder of cassettes', () => {
  it('is told each file that nothing was asked of, and each recording of the others', async () => {
    const folder = await folderOfTwo()
    const { code, told } = await run(true, asking('What is the capital of France?'), { cassette: folder.file('tapes') })
    expect(code).toBe(1)
    expect(told).toContain(`  ${folder.file('tapes', 'forgotten.yaml')}  all of it: 3`)
    expect(told).toMatch(/asked\.yaml:\d+  POST \/v1\/messages/)
    expect(told).toContain('5 recordings answered nothing:')
  })

  it('is told all of them where it asked for nothing', async () => {
    const folder = await folderOfTwo()
    const { told } = await run(false, asking(), { cassette: folder.file('tapes') })
    expect(told).toMatch(
      /^0 calls: 0 missed\n6 recordings answered nothing:\n.*asked\.yaml  all of it: 3\n.*forgotten\.yaml  all of it: 3$/
    )
  })
})

/** Opens a session for a test at a line, and asks in it. */
const ASK_IN_SESSION = `
const { OPENAI_PROXY_URL } = process.env
const [cassette, content] = process.argv.slice(1)
const call = async (url, body) => (await fetch(url, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) })).json()
const test = { file: 'tests/weather.test.ts', line: 12, name: 'tells the <weather> | 100%' }
const { openaiBaseURL } = await call(OPENAI_PROXY_URL + '/_proxy/sessions', { cassette, test })
await call(openaiBaseURL + '/chat/completions', { model: 'gpt-4o', stream: false, messages: [{ role: 'user', content }] })
`
const askingInSession = (...given: readonly string[]): string[] => [
  process.execPath,
  '--input-type=module',
  '-e',
  ASK_IN_SESSION,
  ...given
]

describe('the reports of a run', () => {
  it('annotate the line of the test that missed, where its session has said it', async () => {
    const folder = await folderOfTwo()
    const command = askingInSession('asked', 'What is the capital of Spain?')
    const { code, told, written } = await run(false, command, { cassette: folder.file('tapes'), reports: ['github'] })
    expect(code).toBe(1)
    const [miss, ...others] = written.split('\n')
    expect(miss).toMatch(
      /^::error file=tests\/weather\.test\.ts,line=12,title=No recording fits::tells the <weather> \| 100%25: POST/
    )
    expect(miss).toContain('%0Amessages[0].content: ')
    expect(miss).toContain('{+Spain+}')
    expect(others.join('\n')).toContain('::notice file=tapes/forgotten.yaml,line=1,title=Answered nothing::all 3 recordings')
    expect(told).toContain('asked by tests/weather.test.ts:12 (tells the <weather> | 100%)')
  })

  it('annotate the line of the nearest recording where nobody has said which test it was', async () => {
    const folder = await folderOfTwo()
    const command = asking('What is the capital of Spain?')
    const { written } = await run(false, command, { cassette: folder.file('tapes'), reports: ['github'] })
    expect(written).toMatch(
      /^::error file=tapes\/asked\.yaml,line=\d+,title=No recording fits::POST \/v1\/chat\/completions \(gpt-4o\): No recording/
    )
  })

  it('are JUnit, SARIF, JSON and a summary in files, whose folders are made', async () => {
    const folder = await folderOfTwo()
    const at = (name: string): string => folder.file('reports', name)
    const reports = [`junit=${at('run.xml')}`, `sarif=${at('run.sarif')}`, `json=${at('run.json')}`, `summary=${at('page.md')}`]
    const command = askingInSession('asked', 'What is the capital of Spain?')
    for (const strict of [false, true]) await run(strict, command, { cassette: folder.file('tapes'), reports })

    const xml = await readFile(at('run.xml'), 'utf8')
    // One call, two recordings of a session that played neither, and a file of three.
    expect(xml).toMatch(/<testsuite name="openai-proxy" tests="3" failures="3" skipped="0" errors="0">/)
    expect(xml).toContain(
      'classname="tests/weather.test.ts" name="tests/weather.test.ts:12 tells the &lt;weather&gt; | 100%: POST'
    )
    const sarif = JSON.parse(await readFile(at('run.sarif'), 'utf8')) as { runs: { results: object[] }[] }
    expect(sarif.runs[0]!.results[0]).toMatchObject({
      ruleId: 'missed',
      level: 'error',
      locations: [{ physicalLocation: { artifactLocation: { uri: 'tests/weather.test.ts' }, region: { startLine: 12 } } }]
    })
    const json = JSON.parse(await readFile(at('run.json'), 'utf8')) as Record<string, unknown>
    expect(json).toMatchObject({ calls: 1, missed: 1, replayed: 0, unused: 6 })
    expect(json['findings']).toMatchObject([
      { way: 'missed', test: { line: 12 }, nearest: expect.stringMatching(/asked\.yaml:\d+$/) as unknown },
      { way: 'unused', recordings: 3 },
      { way: 'unused', recordings: 3 }
    ])
    expect((await readUnused([at('run.json')])).lines.size).toBe(2)
    const page = await readFile(at('page.md'), 'utf8')
    expect(page.match(/^### openai-proxy: ❌ 1 missed, 6 unused, 1 calls$/gm)).toHaveLength(2)
    expect(page).toContain('<code>tests/weather.test.ts:12</code> tells the &#60;weather&#62; &#124; 100%')
    expect(page).not.toContain('<weather>')
  })

  it('that cannot be written fail the run, and say so', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('file'), '')
    const reports = [`junit=${folder.file('file', 'run.xml')}`]
    const { code, told } = await run(false, asking('What is the capital of France?'), { reports })
    expect(code).toBe(1)
    expect(told).toMatch(/E(?:NOTDIR|EXIST)/)
  })

  it.each(['junit', 'html=a', 'json=', '=a', 'github='])('%j is refused', (text) => {
    expect(() => readRunReport(text)).toThrow(/^--report/)
  })
})
