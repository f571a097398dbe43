/** Three whole proxies on one Redis: the sum is exact, no budget and no rate is passed, whatever dies in the middle. */
import { createClient } from '@redis/client'
import { readFile, writeFile } from 'node:fs/promises'
import { afterEach, beforeAll, describe, expect, test } from 'vitest'
import { buildCommand, startCommand, type Running } from '../cli/command.ts'
import { answerJson, answerSlowly, jsonOf } from '../support/answer-json.ts'
import { startUpstream, type LocalUpstream } from '../support/local-upstream.ts'
import { hasRedis, startRedis, type RedisServer } from '../support/redis-server.ts'
import { temporaryFolder, type TemporaryFolder } from '../support/temporary-folder.ts'

/** Input is free, a token of output is a thousandth of a dollar: a call reserves 10 of them and uses 5. */
const prices = [{ model: 'priced', input: 0, output: 1000 }]
const RESERVED = 10_000
const USED = 5_000
const answer = answerJson(200, { id: 'x', choices: [], usage: { prompt_tokens: 5, completion_tokens: 5 } })

interface Replica {
  readonly url: string
  readonly running: Running
  readonly log: string
}

interface Reply {
  readonly status: number
  readonly id: string
  readonly code: string | undefined
}

describe.skipIf(!hasRedis)('three proxies on one Redis', { timeout: 120_000 }, () => {
  let program: string
  let redis: RedisServer
  let folder: TemporaryFolder
  const started: Running[] = []
  beforeAll(() => {
    program = buildCommand('replicas-test')
  })
  afterEach(async () => {
    for (const running of started.splice(0)) {
      running.process.kill('SIGKILL')
      await running.ended
    }
    await redis?.close()
    await folder?.[Symbol.asyncDispose]()
  })

  async function start(upstream: LocalUpstream, settings: object, count = 3): Promise<Replica[]> {
    redis = await startRedis()
    folder = await temporaryFolder()
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const log = folder.file(`replica-${index}.log`)
        const config = folder.file(`replica-${index}.json`)
        const base = { openaiApiBaseUrl: `${upstream.url}/v1`, ledger: redis.url, prices, logFile: log }
        await writeFile(config, JSON.stringify({ ...base, ...settings }))
        const running = startCommand(program, ['--port', '0', '--config', config], { cwd: folder.path })
        started.push(running)
        const url = /OPENAI_BASE_URL=(\S+)/.exec(await running.until('export ANTHROPIC_BASE_URL'))![1]!
        return { url, running, log }
      })
    )
  }

  /** One attempt; `undefined` where the connection broke. */
  async function call({ url }: Replica, number: number): Promise<Reply | undefined> {
    try {
      const response = await fetch(`${url}/chat/completions`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ model: 'priced', max_completion_tokens: 10, user: `call ${number}`, messages: [] })
      })
      const body = (await response.json()) as { error?: { code: string } }
      return { status: response.status, id: response.headers.get('x-openai-proxy-id')!, code: body.error?.code }
    } catch {
      return undefined
    }
  }

  interface Books {
    /** What accounts of budgets hold. */
    readonly used: number
    /** The ids of calls that nobody settled, and what they reserved. */
    readonly open: ReadonlyMap<string, number>
  }

  /** In one step: a call that is being settled is seen before it or after it, never in between. */
  const READ = `
    local accounts = redis.call('KEYS', '{openai-proxy}:account:budget:*')
    local answer = {#accounts, redis.call('HGET', accounts[1], 'used')}
    for _, key in ipairs(redis.call('KEYS', '{openai-proxy}:reservation:*')) do
      table.insert(answer, key)
      table.insert(answer, redis.call('HGET', key, 'a:' .. accounts[1]))
    end
    return answer`

  async function readBooks(): Promise<Books> {
    const client = await createClient({ url: redis.url }).connect()
    try {
      const [accounts, used, ...rest] = (await client.eval(READ)) as [number, string, ...string[]]
      expect(accounts).toBe(1)
      const open = new Map<string, number>()
      for (let at = 0; at < rest.length; at += 2) open.set(rest[at]!.split(':reservation:')[1]!, Number(rest[at + 1]))
      return { used: Number(used), open }
    } finally {
      client.destroy()
    }
  }

  test('1,000 calls, one proxy killed in the middle: the sum is exact, the budget not passed by one micro-dollar', async () => {
    await using upstream = await startUpstream(answer)
    // Room for 905 calls at what they use: the last ones are refused.
    const limit = 905 * USED
    const replicas = await start(upstream, { budget: `${limit / 1_000_000}/month` })
    const replies = new Map<number, Reply | undefined>()
    let next = 0
    const work = async (): Promise<void> => {
      while (next < 1000) {
        const number = next++
        if (number === 500) replicas[2]!.running.process.kill('SIGKILL')
        const alive = replicas[2]!.running.process.killed ? 2 : 3
        replies.set(number, await call(replicas[number % alive]!, number))
      }
    }
    await Promise.all(Array.from({ length: 30 }, work))
    expect(replies.size).toBe(1000)
    expect((await replicas[2]!.running.ended).signal).toBe('SIGKILL')
    const { used, open } = await readBooks()
    const all = [...replies.values()]
    const answered = all.flatMap((reply) => (reply?.status === 200 ? [reply.id] : []))
    const lost = all.filter((reply) => reply === undefined).length
    const refused = all.filter((reply) => reply?.code === 'insufficient_quota').length
    expect(answered.length + lost + refused).toBe(1000)
    expect(lost).toBeGreaterThan(0)
    expect(lost).toBeLessThanOrEqual(30)
    expect(refused).toBeGreaterThan(0)
    expect(upstream.requests.length).toBeLessThanOrEqual(answered.length + lost)

    expect([...open.values()]).toEqual([...open].map(() => RESERVED))
    const settled = (used - open.size * RESERVED) / USED
    expect(Number.isInteger(settled)).toBe(true)
    // Settled are those that were answered, but for those whose end the killed proxy could not tell Redis; and of those whose answer was
    // lost on the way, those that it could.
    const known = answered.filter((id) => !open.has(id)).length
    const unseen = [...open.keys()].filter((id) => !answered.includes(id)).length
    expect(settled).toBeGreaterThanOrEqual(known)
    expect(settled).toBeLessThanOrEqual(known + lost - unseen)
    expect(used).toBeLessThanOrEqual(limit)

    // The last calls fill the budget as far as one that reserves so much can; then, whatever comes, not one micro-dollar more.
    while ((await call(replicas[0]!, 0))?.status === 200);
    const full = (await readBooks()).used
    expect(full).toBeGreaterThan(limit - RESERVED)
    expect(full).toBeLessThanOrEqual(limit)
    const more = await Promise.all(Array.from({ length: 60 }, (_, index) => call(replicas[index % 2]!, index)))
    expect(new Set(more.map((reply) => reply?.code))).toEqual(new Set(['insufficient_quota']))
    expect((await readBooks()).used).toBe(full)
  })

  test('200 calls at once on a budget for 50: exactly 50 go out', async () => {
    await using upstream = await startUpstream(
      answerJson(200, { id: 'x', choices: [], usage: { prompt_tokens: 5, completion_tokens: 10 } })
    )
    const replicas = await start(upstream, { budget: `${(50 * RESERVED) / 1_000_000}/month` })
    const replies = await Promise.all(Array.from({ length: 200 }, (_, index) => call(replicas[index % 3]!, index)))
    expect(upstream.requests).toHaveLength(50)
    expect(countCodes(replies)).toEqual({ answered: 50, insufficient_quota: 150 })
    await expect.poll(readBooks).toEqual({ used: 50 * RESERVED, open: new Map() })
  })

  function countCodes(replies: readonly (Reply | undefined)[]): Record<string, number> {
    const counts: Record<string, number> = {}
    for (const reply of replies) {
      const word = reply === undefined ? 'broken' : (reply.code ?? 'answered')
      counts[word] = (counts[word] ?? 0) + 1
    }
    return counts
  }

  test('rates hold over all of them: requests, and calls at once', async () => {
    const slow = answerSlowly(answer, 30)
    await using upstream = await startUpstream(slow.respond)
    const replicas = await start(upstream, { rateLimit: '40/hour,5 concurrent' })
    let answered = 0
    for (let round = 0; round < 40 && answered < 40; round += 1) {
      const replies = await Promise.all(Array.from({ length: 15 }, (_, index) => call(replicas[index % 3]!, index)))
      answered += replies.filter((reply) => reply?.status === 200).length
    }
    expect(slow.most()).toBe(5)
    expect(answered).toBe(40)
    const last = await Promise.all(replicas.map((replica, index) => call(replica, index)))
    expect(last.map((reply) => reply?.code)).toEqual(Array.from({ length: 3 }, () => 'proxy_rate_limit_exceeded'))
    expect(upstream.requests).toHaveLength(40)
    expect(new Set(upstream.requests.map((request) => (jsonOf(request) as { model: string }).model))).toEqual(new Set(['priced']))
  })

  test.each(['closed', 'open'] as const)(
    'Redis stopped in the middle, LEDGER_FAILURE=%s: seen in health, metrics and log',
    async (policy) => {
      await using upstream = await startUpstream(answer)
      const [replica] = await start(upstream, { budget: '1/month', ledgerFailure: policy }, 1)
      const origin = new URL(replica!.url).origin
      const health = async (): Promise<unknown> =>
        ((await (await fetch(`${origin}/_proxy/health`)).json()) as { ledger: unknown }).ledger
      const metrics = async (): Promise<string> => (await fetch(`${origin}/_proxy/metrics`)).text()
      expect((await call(replica!, 1))?.status).toBe(200)
      expect(await health()).toMatchObject({ state: 'ok', policy })
      await redis.stop()
      const away = await call(replica!, 2)
      expect([away?.status, away?.code]).toEqual(policy === 'closed' ? [503, 'ledger_unavailable'] : [200, undefined])
      expect(upstream.requests).toHaveLength(policy === 'closed' ? 1 : 2)
      expect(await health()).toMatchObject({ state: 'failing', policy, reason: expect.stringContaining('Redis') })
      expect(await metrics()).toMatch(/^openai_proxy_ledger_up 0$/m)
      const words = policy === 'closed' ? 'calls are refused' : 'calls are counted in this process'
      expect(replica!.running.output().stderr).toContain(`The ledger cannot be reached, so ${words}`)
      if (policy === 'closed') {
        const lines = (await readFile(replica!.log, 'utf8')).trimEnd().split('\n')
        expect(JSON.parse(lines.at(-1)!)).toMatchObject({
          outcome: 'refused',
          status: 503,
          error: { code: 'ledger_unavailable' }
        })
      }
      await redis.start()
      await expect.poll(async () => (await call(replica!, 3))?.status, { timeout: 20_000, interval: 100 }).toBe(200)
      await expect
        .poll(
          async () => {
            await call(replica!, 4)
            return health()
          },
          { timeout: 20_000, interval: 100 }
        )
        .toMatchObject({ state: 'ok', pending: 0 })
      expect(await metrics()).toMatch(/^openai_proxy_ledger_up 1$/m)
      expect(replica!.running.output().stderr).toContain('The ledger can be reached again.')
    }
  )
})
