/** `--workers N` as a person runs it: one address, exact counts, a worker that dies is replaced, one closing. */
import { readFile } from 'node:fs/promises'
import { setTimeout as sleep } from 'node:timers/promises'
import { beforeAll, describe, expect, it } from 'vitest'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { answerJson } from '../support/answer-json.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { buildCommand, runCommand, startCommand, type Running } from './command.ts'

let program: string
beforeAll(() => {
  program = buildCommand('workers-test')
})

const ANSWER = {
  object: 'chat.completion',
  model: 'gpt-4o-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'hi' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 10, completion_tokens: 5, total_tokens: 15 }
}

const startApi = (): Promise<LocalUpstream> => startUpstream(answerJson(200, ANSWER))

async function startTwo(upstream: LocalUpstream, cwd: string, env: Readonly<Record<string, string>> = {}): Promise<Running> {
  const running = startCommand(program, ['--port', '0', '--workers', '2'], {
    cwd,
    env: { OPENAI_API_BASE_URL: `${upstream.url}/v1`, LOG_FILE: 'false', ...env }
  })
  await running.until('ANTHROPIC_BASE_URL')
  return running
}

const urlOf = (running: Running): string => /address +(http:\S+)/.exec(running.output().stdout)![1]!

/** Each call on a connection of its own, so that the workers take turns. */
async function call(url: string): Promise<number> {
  const response = await fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', connection: 'close' },
    body: JSON.stringify({ model: 'gpt-4o-mini', max_tokens: 5, messages: [{ role: 'user', content: 'hi' }] })
  })
  await response.arrayBuffer()
  return response.status
}

async function metric(url: string, pattern: RegExp): Promise<number[]> {
  const text = await (await fetch(`${url}/_proxy/metrics`, { headers: { connection: 'close' } })).text()
  return [...text.matchAll(pattern)].map(([, value]) => Number(value))
}

async function stop(running: Running): Promise<number | null> {
  running.process.kill('SIGTERM')
  return (await running.ended).code
}

describe('two workers', () => {
  it('keep one rate and one budget, and tell one sum of what happened', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    await using upstream = await startApi()
    const running = await startTwo(upstream, folder.path, { RATE_LIMIT: '20', LEDGER: 'memory', BUDGET: '1/run' })
    expect(running.output().stdout).toMatch(/workers +2/)
    const url = urlOf(running)
    const codes = await Promise.all(Array.from({ length: 50 }, () => call(url)))
    expect(codes.filter((code) => code === 200)).toHaveLength(20)
    expect(codes.filter((code) => code === 429)).toHaveLength(30)
    expect(upstream.requests).toHaveLength(20)
    expect(await metric(url, /^openai_proxy_exchanges_total\{.*status="200"\} (\d+)/gm)).toEqual([20])
    expect(await metric(url, /^openai_proxy_refusals_total\{.*\} (\d+)/gm)).toEqual([30])
    expect(await metric(url, /^openai_proxy_info\{.*\} (\d+)/gm)).toEqual([1])
    expect(await stop(running)).toBe(0)
    expect(running.output().stderr.match(/closing:/g)).toHaveLength(1)
    await expect(fetch(url)).rejects.toThrow()
  })

  it('one that is killed gives its seats back, and another one takes its place', { timeout: 60_000 }, async () => {
    await using folder = await temporaryFolder()
    let release = (): void => undefined
    const released = new Promise<void>((resolve) => (release = resolve))
    const answer = answerJson(200, ANSWER)
    await using upstream = await startUpstream((...visit) => released.then(() => answer(...visit)))
    const running = await startTwo(upstream, folder.path, { RATE_LIMIT: '2 concurrent', DRAIN_TIMEOUT: '1' })
    const url = urlOf(running)
    const hanging = [call(url), call(url)].map((one) => one.catch(() => 'cut'))
    await until(() => upstream.requests.length === 2)
    expect(await call(url)).toBe(429)
    // Two connections in turn: one in each worker. The end of one frees one seat.
    const [worker] = await workersOf(running)
    process.kill(worker!, 'SIGKILL')
    await until(() => running.output().stderr.includes('another one takes its place'))
    const next = call(url)
    await until(() => upstream.requests.length === 3)
    release()
    expect(await next).toBe(200)
    expect((await Promise.all(hanging)).toSorted()).toEqual([200, 'cut'])
    await until(async () => (await workersOf(running)).length === 2)
    expect(await stop(running)).toBe(0)
  })
})

it('what keeps a worker from starting is told once, with the exit code of one process', { timeout: 60_000 }, async () => {
  await using folder = await temporaryFolder()
  await using upstream = await startApi()
  const port = new URL(upstream.url).port
  const result = await runCommand(program, ['--port', port, '--workers', '3'], { cwd: folder.path, env: { LOG_FILE: 'false' } })
  expect(result).toMatchObject({ code: 1, stdout: '' })
  expect(result.stderr).toBe(
    `openai-proxy: Port ${port} is already in use. Stop the program that uses it, or choose another with --port (0: any free one).\n`
  )
})

it.each([
  [['--replay', '--workers', '2'], '--workers: mode replay keeps its place in a cassette'],
  [['--workers', '2', '--', 'true'], '--workers: a command behind -- has one process to itself']
])('%j is refused', { timeout: 30_000 }, async (args, message) => {
  await using folder = await temporaryFolder()
  const { code, stderr } = await runCommand(program, args, { cwd: folder.path })
  expect(code).toBe(2)
  expect(stderr).toContain(message)
})

async function until(isTrue: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isTrue())) await sleep(10)
}

/** The processes that it has started. */
async function workersOf({ process: { pid } }: Running): Promise<number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8')
  return text.trim().split(/\s+/).filter(Boolean).map(Number)
}
