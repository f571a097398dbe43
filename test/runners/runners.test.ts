/** The files of docs/runners.md, each run by its runner's own command: they pass, fail when they must, and leave no handle open. */
import { readFile, writeFile } from 'node:fs/promises'
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { buildCommand } from '../cli/command.ts'
import { installed } from '../support/installed.ts'
import { makeProject, type Project } from './project.ts'

const MINUTES = 60_000

let program: string
beforeAll(() => {
  program = buildCommand('runners-test')
})

/** The same suite asking something that was not recorded. */
async function askElse(project: Project, file: string): Promise<void> {
  const path = join(project.path, file)
  await writeFile(path, (await readFile(path, 'utf8')).replace('capital of France', 'capital of Spain'))
}

describe('node --test', () => {
  it('ends by itself, and shows a miss', { timeout: 4 * MINUTES }, async () => {
    await using project = await makeProject(program, 'node:test')
    const passed = await project.run(process.execPath, ['--test'])
    expect(passed.output).toMatch(/pass 1\b/)
    expect(passed.code).toBe(0)
    await askElse(project, 'capital.test.mjs')
    const failed = await project.run(process.execPath, ['--test'])
    expect(failed.output).toContain('No recording in')
    expect(failed.code).toBe(1)
  })
})

describe('mocha', () => {
  let mocha: string
  beforeAll(async () => {
    mocha = join(await installed(['mocha@^11.7.0']), 'mocha', 'bin', 'mocha.js')
  }, 5 * MINUTES)

  it('ends by itself, without --exit, and shows a miss', { timeout: 4 * MINUTES }, async () => {
    await using project = await makeProject(program, 'Mocha')
    const args = [mocha, '--no-config', '--timeout', '20000', 'capital.spec.mjs']
    const passed = await project.run(process.execPath, args)
    expect(passed.output).toContain('1 passing')
    expect(passed.code).toBe(0)
    await askElse(project, 'capital.spec.mjs')
    const failed = await project.run(process.execPath, args)
    expect(failed.output).toContain('No recording in')
    expect(failed.code).toBe(1)
  })
})

describe('jest', () => {
  let jest: string
  beforeAll(async () => {
    jest = join(await installed(['jest@^30.0.0']), 'jest', 'bin', 'jest.js')
  }, 5 * MINUTES)

  it.each([
    ['With a global setup: CommonJS, TypeScript, ES modules, no flag', 'capital.test.js', ''],
    ['In the test file: ES modules', 'capital.test.mjs', '--experimental-vm-modules'],
    ['In the test file: CommonJS', 'capital.test.cjs', '--experimental-vm-modules']
  ])('%s: ends by itself, with no handle open, and shows a miss', { timeout: 6 * MINUTES }, async (section, file, flags) => {
    await using project = await makeProject(program, section)
    const env = { NODE_OPTIONS: flags }
    // In workers, and in one process that looks for what would keep it.
    for (const args of [['--maxWorkers=2'], ['--detectOpenHandles']]) {
      const passed = await project.run(process.execPath, [jest, '--no-watchman', '--testTimeout=20000', ...args], env)
      expect(passed.output).toContain('Tests:       1 passed, 1 total')
      expect(passed.output).not.toMatch(/did not exit|open handle|force exited/i)
      expect(passed.code).toBe(0)
    }
    await askElse(project, file)
    const failed = await project.run(process.execPath, [jest, '--no-watchman', '--testTimeout=20000'], env)
    expect(failed.output).toContain('No recording in')
    expect(failed.code).toBe(1)
  })
})

const hasPytest = spawnSync('python3', ['-c', 'import pytest; assert int(pytest.__version__.split(".")[0]) >= 7']).status === 0
if (!hasPytest) console.warn('pytest is not installed: its test is skipped (Debian: apt-get install python3-pytest).')

/** As the page's, by Python's own client: the library of OpenAI need not be there. */
const URLLIB_TEST = `
import json
import urllib.request


def test_knows_the_capital(session):
    body = {"model": "gpt-4o", "stream": False, "messages": [{"role": "user", "content": "What is the capital of France?"}]}
    request = urllib.request.Request(
        session["openaiBaseURL"] + "/chat/completions",
        data=json.dumps(body).encode(),
        headers={"content-type": "application/json", "authorization": "Bearer unused"},
    )
    with urllib.request.urlopen(request) as response:
        assert "Paris" in response.read().decode()
`

describe.skipIf(!hasPytest)('pytest behind --', () => {
  it('gives each test its own cassette, and points at the line of the one that missed', { timeout: 4 * MINUTES }, async () => {
    await using project = await makeProject(program, 'pytest')
    await writeFile(join(project.path, 'test_capital.py'), URLLIB_TEST)
    const tape = join(project.path, 'recordings/test_capital/test_knows_the_capital.yaml')
    await project.run('sh', ['-c', `mkdir -p recordings/test_capital && mv recordings/capital.yaml ${tape}`])
    const args = [
      program,
      '--replay',
      'recordings',
      '--report',
      'github',
      '--',
      'python3',
      '-m',
      'pytest',
      '-p',
      'no:cacheprovider'
    ]
    const passed = await project.run(process.execPath, args, { LOG_FILE: 'false' })
    expect(passed.output).toContain('1 passed')
    expect(passed.output).toContain('1 calls: 1 replayed, 0 missed')
    expect(passed.code).toBe(0)
    await askElse(project, 'test_capital.py')
    const failed = await project.run(process.execPath, args, { LOG_FILE: 'false' })
    expect(failed.output).toMatch(/^::error file=test_capital\.py,line=6,title=No recording fits::test_knows_the_capital: POST/m)
    expect(failed.code).toBe(1)
  })
})
