/** A worker, run in this process: it reads its settings, listens, counts where all count, and closes when it is told to. */
import { afterEach, expect, it } from 'vitest'
import type { Ledger } from '../../src/metering/ledger.ts'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { connect, type Ask } from '../../src/workers/calls.ts'
import { lendLedger } from '../../src/workers/lent-ledger.ts'
import type { FirstAnswers, Started, StartFailure, WorkerAnswers } from '../../src/workers/messages.ts'
import { runWorker } from '../../src/workers/run-worker.ts'
import { answerJson } from '../support/answer-json.ts'
import { startUpstream } from '../support/local-upstream.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { pipePair } from './pipe-pair.ts'

interface Worker {
  readonly ask: Ask<WorkerAnswers>
  readonly started: Started | undefined
  readonly failure: StartFailure | undefined
  readonly listens: boolean
}

const closers: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closers.splice(0)) await close()
})

interface Rig {
  readonly ledger?: Ledger
  readonly args?: readonly string[]
  readonly env?: Readonly<Record<string, string>>
}

async function work({ ledger = createMemoryLedger(), args = [], env = {} }: Rig): Promise<Worker> {
  const folder = await temporaryFolder()
  const pipe = pipePair()
  let started: Started | undefined
  let failure: StartFailure | undefined
  const answers: FirstAnswers = {
    ...lendLedger(ledger).answers,
    order: async () => ({ runId: 'run', lendsLedger: true, isFirst: true }),
    started: async (facts) => void (started = facts),
    failed: async (facts) => void (failure = facts),
    metrics: async () => ({ contentType: 'text/plain', text: 'of all' })
  }
  const ask = connect<WorkerAnswers>(pipe.left, answers)
  const nothing = (): void => undefined
  const listens = await runWorker({
    pipe: pipe.right,
    args: ['--port', '0', ...args],
    env: { LOG_FILE: 'false', ...env },
    cwd: folder.path,
    report: nothing,
    debug: { write: () => true }
  })
  closers.push(
    () => ask('close'),
    async () => folder[Symbol.asyncDispose]()
  )
  return { ask, started, failure, listens }
}

const call = (url: string): Promise<Response> =>
  fetch(`${url}/v1/chat/completions`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'gpt-4o-mini', messages: [{ role: 'user', content: 'hi' }] })
  })

it('two of them keep one limit, and each counts for itself', async () => {
  await using upstream = await startUpstream(answerJson(200, { object: 'chat.completion', choices: [] }))
  const ledger = createMemoryLedger()
  const env = { OPENAI_API_BASE_URL: `${upstream.url}/v1`, RATE_LIMIT: '5' }
  const workers = await Promise.all([work({ ledger, env }), work({ ledger, env })])
  expect(workers.map(({ listens }) => listens)).toEqual([true, true])
  expect(workers[0]!.started!.rules.join()).toContain('5 requests a minute')
  const codes: number[] = []
  for (let index = 0; index < 8; index += 1) codes.push((await call(workers[index % 2]!.started!.url)).status)
  expect(codes).toEqual([200, 200, 200, 200, 200, 429, 429, 429])
  expect(upstream.requests).toHaveLength(5)
  const counted = await Promise.all(workers.map(({ ask }) => ask('values')))
  const exchanges = counted.map((values) =>
    values.find(({ name }) => name === 'openai_proxy_exchanges_total')!.values.map(({ value }) => value)
  )
  expect(exchanges).toEqual([
    [3, 1],
    [2, 2]
  ])
  const metrics = await fetch(`${workers[0]!.started!.url}/_proxy/metrics`)
  expect(await metrics.text()).toBe('of all')
})

it('has no sessions: the next connection may reach another', async () => {
  const { started } = await work({})
  const answer = await fetch(`${started!.url}/_proxy/sessions`, { method: 'POST', body: '{"cassette":"a"}' })
  expect(answer.status).toBe(409)
  expect(await answer.json()).toMatchObject({ error: { code: 'sessions_need_one_process' } })
})

it('that cannot start says why, and listens nowhere', async () => {
  const { started, failure, listens } = await work({ env: { MAX_TOKENS: 'lots' } })
  expect({ started, listens }).toEqual({ started: undefined, listens: false })
  expect(failure!.message).toContain('MAX_TOKENS in the environment: "lots" is no whole number')
})

it('closes when it is told to', async () => {
  const { ask, started } = await work({ args: ['--workers', '2'] })
  await ask('close')
  await expect(fetch(started!.url)).rejects.toThrow()
})
