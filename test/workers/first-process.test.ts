/** The first process, in this one: it starts true workers, lends them one ledger, replaces one that dies, and closes all. */
import cluster from 'node:cluster'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, expect, it, vi } from 'vitest'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { startWorkers, type RunningWorkers } from '../../src/workers/first-process.ts'
import { buildCommand } from '../cli/command.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'

let program: string
let upstream: LocalUpstream
let running: RunningWorkers | undefined
const lines: string[] = []

beforeAll(() => {
  program = buildCommand('first-process-test').replace(/cli\.js$/, 'worker.js')
})
beforeEach(async () => {
  lines.length = 0
  upstream = await startUpstream(answerJson(200, { object: 'chat.completion', choices: [] }))
  vi.stubEnv('LOG_FILE', 'false')
  vi.stubEnv('OPENAI_API_BASE_URL', `${upstream.url}/v1`)
})
afterEach(async () => {
  await running?.close()
  running = undefined
  await upstream.close()
  vi.unstubAllEnvs()
})

const start = (...args: string[]): Promise<RunningWorkers> =>
  startWorkers({
    count: 2,
    args: ['--port', '0', ...args],
    ledger: createMemoryLedger(),
    report: (line) => void lines.push(line),
    died: () => void lines.push('died'),
    program
  })

const call = async (url: string): Promise<number> => {
  const body = JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] })
  const headers = { 'content-type': 'application/json' }
  return (await fetch(`${url}/v1/chat/completions`, { method: 'POST', headers, body })).status
}

const pids = (): number[] => Object.values(cluster.workers ?? {}).flatMap((worker) => worker?.process.pid ?? [])

it('counts for all of them, sums up, and replaces one that dies', { timeout: 60_000 }, async () => {
  vi.stubEnv('RATE_LIMIT', '6')
  running = await start()
  expect(pids()).toHaveLength(2)
  const codes = await Promise.all(Array.from({ length: 10 }, () => call(running!.url)))
  expect(codes.filter((code) => code === 200)).toHaveLength(6)
  expect(upstream.requests).toHaveLength(6)
  const metrics = await (await fetch(`${running.url}/_proxy/metrics`)).text()
  expect(metrics).toMatch(/^openai_proxy_exchanges_total\{.*status="200"\} 6$/m)
  const [first] = pids()
  process.kill(first!, 'SIGKILL')
  while (lines.length === 0) await sleep(10)
  expect(lines).toEqual([`Worker ${first} ended (SIGKILL): another one takes its place.`])
  await running.close()
  await running.close()
  expect(pids()).toEqual([])
  expect(lines).not.toContain('died')
})

it('outlives a pipe that breaks because its worker ends', { timeout: 60_000 }, async () => {
  running = await start()
  const broken = Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })
  for (const worker of Object.values(cluster.workers ?? {})) expect(() => worker!.emit('error', broken)).not.toThrow()
  expect(await call(running.url)).toBe(200)
})

it('says once why they cannot start, and leaves none', { timeout: 60_000 }, async () => {
  const { port } = new URL(upstream.url)
  await expect(start('--port', port)).rejects.toThrow(`Port ${port} is already in use.`)
  while (pids().length > 0) await sleep(10)
  expect(lines).toEqual([])
})

it('gives up where each new one dies, and says so at the last', { timeout: 120_000 }, async () => {
  running = await start()
  while (!lines.includes('died')) {
    for (const pid of pids()) process.kill(pid, 'SIGKILL')
    await sleep(200)
  }
  // One that dies before it listens cannot take another's place.
  const told = /^Worker \d+ ended .*takes its place\.$|^No worker could take its place: A worker ended before it listened/
  expect(lines.slice(0, -1).filter((line) => !told.test(line))).toEqual([])
  expect(lines.at(-1)).toBe('died')
})
