/** The action of GitHub: what its steps do in a project that has openai-proxy installed, by running them. */
import { chmod, copyFile, mkdir, readFile, readdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parse } from 'yaml'
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { buildCommand } from '../cli/command.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'
import { ACTION, runAction, type ActionRun } from './run-action.ts'

let program: string
beforeAll(() => {
  program = buildCommand('action-test')
})

/** Asks what it is told to. */
const ASK = `
for (const content of process.argv.slice(2)) {
  const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o', stream: false, messages: [{ role: 'user', content }] })
  })
  console.log((await response.json()).choices?.[0].message.content ?? response.status)
}
`

async function makeProject(): Promise<TemporaryFolder> {
  const folder = await temporaryFolder()
  onTestFinished(() => folder[Symbol.asyncDispose]())
  for (const path of ['app/recordings', 'app/node_modules/.bin', 'bin', 'runner'])
    await mkdir(folder.file(path), { recursive: true })
  await copyFile('recordings/quickstart.yaml', folder.file('app/recordings/quickstart.yaml'))
  await writeFile(folder.file('app/ask.mjs'), ASK)
  await writeFile(folder.file('app/package.json'), '{}')
  await addScript(folder.file('app/node_modules/.bin/openai-proxy'), `exec '${process.execPath}' '${program}' "$@"`)
  return folder
}

async function addScript(path: string, text: string): Promise<void> {
  await writeFile(path, `#!/bin/sh\n${text}\n`)
  await chmod(path, 0o755)
}

function act(project: TemporaryFolder, inputs: Readonly<Record<string, string>>): Promise<ActionRun> {
  return runAction(
    { 'working-directory': 'app', ...inputs },
    {
      workspace: project.path,
      env: {
        PATH: `${project.file('bin')}:${dirname(process.execPath)}:${process.env['PATH']}`,
        HOME: project.path,
        CI: 'true',
        GITHUB_ACTIONS: 'true',
        RUNNER_TEMP: project.file('runner'),
        GITHUB_STEP_SUMMARY: project.file('summary.md'),
        npm_config_offline: 'true',
        npm_config_update_notifier: 'false'
      }
    }
  )
}

describe('the action', () => {
  it('runs the command on what was recorded, and puts a table on the summary page', async () => {
    const project = await makeProject()
    const command = 'printf "%s\\n" "two words"\nnode ask.mjs "What is the capital of France?"'
    const { code, output, steps } = await act(project, {
      command,
      junit: 'reports/run.xml',
      sarif: 'reports/run.sarif',
      log: 'run.log'
    })
    expect(output).toContain('two words\nThe capital of France is Paris.\n')
    expect(output).toContain('no secret found')
    expect(code).toBe(0)
    expect(steps).toEqual(['Search the cassettes for secrets', 'Run on recorded answers'])
    expect(await readFile(project.file('summary.md'), 'utf8')).toContain(
      '| **all** | **1** | **0** | **0** | **0** | **0** | **0** |'
    )
    expect(await readFile(project.file('app/reports/run.xml'), 'utf8')).toContain(
      '<testsuite name="openai-proxy" tests="3" failures="0"'
    )
    expect(JSON.parse(await readFile(project.file('app/reports/run.sarif'), 'utf8'))).toHaveProperty('version', '2.1.0')
    expect(await readFile(project.file('app/run.log'), 'utf8')).toContain('"source":"tape"')
    expect(await readdir(project.file('runner'))).toEqual([])
  })

  it('fails where something was missed, and annotates the recording from the checkout', async () => {
    const project = await makeProject()
    const { code, output } = await act(project, {
      command: 'node ask.mjs "What is the capital of Spain?"',
      'check-secrets': 'false'
    })
    expect(code).toBe(1)
    expect(output).toMatch(/^::error file=app\/recordings\/quickstart\.yaml,line=\d+,title=No recording fits::/m)
    expect(await readFile(project.file('summary.md'), 'utf8')).toContain('❌ 1 missed')
  })

  it('fails as the command does, at its first line that fails, and strictly where something was left', async () => {
    const project = await makeProject()
    const quiet = { annotations: 'false', summary: 'false', 'check-secrets': 'false' }
    const failed = await act(project, { ...quiet, command: 'false | cat\necho never' })
    expect([failed.code, failed.output.includes('never')]).toEqual([1, false])
    expect((await act(project, { ...quiet, command: 'exit 7' })).code).toBe(7)
    const strict = await act(project, { ...quiet, strict: 'true', command: 'node ask.mjs "What is the capital of France?"' })
    expect(strict.code).toBe(1)
    expect(strict.output).not.toContain('::')
    expect(await readdir(project.path)).not.toContain('summary.md')
  })

  it('stops at a secret in a cassette, before anything runs', async () => {
    const project = await makeProject()
    const file = project.file('app/recordings/quickstart.yaml')
    const key = `sk-proj-${'Ab3dE5fG7hI9jK1l'.repeat(4)}`
    await writeFile(file, (await readFile(file, 'utf8')).replace('What is the capital of France?', `My key is ${key}`))
    const { code, output, steps } = await act(project, { command: 'echo never' })
    expect([code, steps.length]).toEqual([1, 1])
    expect(output).toMatch(/^::error file=app\/recordings\/quickstart\.yaml,line=\d+,title=Secret/m)
    expect(output).not.toContain(key)
  })

  it('takes the version that is asked for, and hands every text on as one argument', async () => {
    const project = await makeProject()
    await addScript(project.file('bin/npx'), 'for one; do printf "<%s>" "$one"; done; echo')
    const { output } = await act(project, {
      command: 'x',
      version: '1.2.3',
      cassettes: 'my tapes; touch "$HOME/hacked"',
      'node-version': '22'
    })
    const [check, run] = output.split('\n')
    expect(check).toBe('<--yes><openai-proxy@1.2.3><cassettes><check><my tapes; touch "$HOME/hacked"><--format><github>')
    expect(run).toMatch(
      /^<--yes><openai-proxy@1\.2\.3><--replay><my tapes; touch "\$HOME\/hacked"><--report><github><--report><summary=.*summary\.md><--><bash><-eo><pipefail><.*>$/
    )
    expect(await readdir(project.path)).not.toContain('hacked')
  })

  it('is described in docs/ci.md, input by input, and used there as it can be', async () => {
    const page = await readFile('docs/ci.md', 'utf8')
    const [, table = ''] = /^\| input \| default \| \|\n(.*?)\n\n/ms.exec(page) ?? []
    const described = table.split('\n').flatMap((row) => [...row.split('|')[1]!.matchAll(/`([\w-]+)`/g)].map(([, name]) => name))
    expect(described.toSorted()).toEqual(Object.keys(ACTION.inputs).toSorted())
    const blocks = [...page.matchAll(/^```yaml\n(.*?)^```$/gms)].map(([, text]) => parse(text!) as unknown)
    const steps = JSON.stringify(blocks, (_, value: unknown) => value).matchAll(
      /"uses":"OWNER\/openai-proxy@[^"]+","with":(\{[^}]*\})/g
    )
    const used = [...steps].flatMap(([, inputs]) => Object.keys(JSON.parse(inputs!) as object))
    expect(used.length).toBeGreaterThan(4)
    expect(used.filter((name) => !(name in ACTION.inputs))).toEqual([])
  })

  it('puts no input into the text of a script, where it would be run', () => {
    const { steps } = ACTION.runs
    for (const { run = '' } of steps) expect(run).not.toContain('${{')
    expect(steps.filter(({ run }) => run !== undefined).map(({ shell }) => shell)).toEqual(['bash', 'bash'])
    for (const [name, { description, required, default: standard }] of Object.entries(ACTION.inputs)) {
      expect(description, name).toMatch(/^[A-Z].*[.)]$/)
      expect(required === true || typeof standard === 'string', name).toBe(true)
    }
  })
})
