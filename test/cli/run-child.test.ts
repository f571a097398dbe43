/** A command that runs while the proxy does: its variables, its exit code, its signals, and what is told of the run. */
import { writeFile } from 'node:fs/promises'
import { resolve } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildCommand, runCommand, startCommand, type Result } from './command.ts'

let program: string
beforeAll(() => {
  program = buildCommand('run-child-test')
})

const QUICKSTART = resolve('recordings/quickstart.yaml')

/** A child in Node that asks what it is told to, by the variables it was given. */
const CHILD = `
const [content] = process.argv.slice(2)
const response = await fetch(process.env.OPENAI_BASE_URL + '/chat/completions', {
  method: 'POST',
  headers: { 'content-type': 'application/json', authorization: 'Bearer ' + process.env.OPENAI_API_KEY },
  body: JSON.stringify({ model: 'gpt-4o', stream: false, messages: [{ role: 'user', content }] })
})
const answer = await response.json()
console.log(answer.choices?.[0].message.content ?? answer.error.code)
`

async function run(flags: readonly string[], child: readonly string[], script = CHILD): Promise<Result> {
  await using folder = await temporaryFolder()
  await writeFile(folder.file('child.mjs'), script)
  return await runCommand(program, [...flags, '--', ...child], { cwd: folder.path })
}

describe('a command behind --', () => {
  it('is answered from the cassette, and its output is its own', async () => {
    const { code, stdout, stderr } = await run(['--replay', QUICKSTART], ['node', 'child.mjs', 'What is the capital of France?'])
    expect({ code, stdout }).toEqual({ code: 0, stdout: 'The capital of France is Paris.\n' })
    expect(stderr).toContain('1 calls: 1 replayed, 0 missed')
    expect(stderr).toContain('2 recordings answered nothing:')
    expect(stderr).toContain('POST /v1/messages (claude-3-opus-20240229)')
  })

  it('fails where something was missed, though the command itself went well, and says what', async () => {
    const { code, stdout, stderr } = await run(['--replay', QUICKSTART], ['node', 'child.mjs', 'What is the capital of Spain?'])
    expect({ code, stdout }).toEqual({ code: 1, stdout: 'cassette_miss\n' })
    expect(stderr).toContain('missed: POST /v1/chat/completions (gpt-4o)')
    expect(stderr).toContain('France')
  })

  it('with --strict fails where a recording answered nothing', async () => {
    const { code } = await run(['--replay', QUICKSTART, '--strict'], ['node', 'child.mjs', 'What is the capital of France?'])
    expect(code).toBe(1)
  })

  it('gives its own exit code, and none of its arguments is taken for ours', async () => {
    const script = 'console.log(process.argv.slice(2).join(" ")); process.exit(7)'
    const { code, stdout } = await run(['--replay', QUICKSTART], ['node', 'child.mjs', '--port', '1', '--', '--help'], script)
    expect({ code, stdout }).toEqual({ code: 7, stdout: '--port 1 -- --help\n' })
  })

  it('that is not there is 127, as a shell says it', async () => {
    const { code, stderr } = await run(['--replay', QUICKSTART], ['no-such-program-here'])
    expect(code).toBe(127)
    expect(stderr).toContain('There is no program no-such-program-here.')
  })

  it('gets our signals, and its end by one is told as a shell does', async () => {
    await using folder = await temporaryFolder()
    await writeFile(folder.file('child.mjs'), 'process.stdout.write("ready\\n"); setInterval(() => {}, 1000)')
    const running = startCommand(program, ['--replay', QUICKSTART, '--', 'node', 'child.mjs'], { cwd: folder.path })
    await running.until('ready')
    running.process.kill('SIGTERM')
    expect(await running.ended).toMatchObject({ code: 143 })
  })

  it.each([
    [['--replay', '--'], 'there is no command behind --'],
    [['--strict'], '--strict is for a command that runs behind --'],
    [['cost', '--', 'ls'], 'a command behind -- runs while a proxy does']
  ])('%j is refused', async (args, message) => {
    await using folder = await temporaryFolder()
    const { code, stderr } = await runCommand(program, args, { cwd: folder.path })
    expect(code).toBe(2)
    expect(stderr).toContain(message)
  })
})
