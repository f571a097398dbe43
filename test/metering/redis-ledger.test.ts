/** The ledger in Redis: what every ledger must do, many processes at once, and what happens while Redis is away. */
import { createClient } from '@redis/client'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { withFailure, type LedgerStatus } from '../../src/metering/failover-ledger.ts'
import type { Entry, Ledger, Reserved } from '../../src/metering/ledger.ts'
import { connectRedisLedger } from '../../src/metering/redis-ledger.ts'
import { hasRedis, startRedis, type RedisServer } from '../support/redis-server.ts'
import { buildSpender, mustHold } from './spender.ts'
import { testLedger } from './test-ledger.ts'

const ENTRY: Entry = { account: 'a', limit: 100, amount: 10, expiresAt: 1e9 }

describe.skipIf(!hasRedis)('the ledger in Redis', () => {
  let redis: RedisServer
  let count = 0
  const open: Ledger[] = []
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.close())
  afterEach(async () => {
    await Promise.all(open.splice(0).map((ledger) => ledger.close()))
  })
  async function connect(prefix = `{test-${(count += 1)}}:`): Promise<Ledger> {
    const ledger = await connectRedisLedger({ url: redis.url, prefix, timeoutMs: 2000 })
    open.push(ledger)
    return ledger
  }

  testLedger('the Redis ledger', () => connect(), 20)

  it('is exact over three processes and 1,000 calls, one of them killed in the middle, and never over the budget', async () => {
    const prefix = '{race}:'
    const { spend, remove } = buildSpender()
    try {
      const options = { kind: 'redis', place: redis.url, prefix, limit: 450_000 } as const
      // 667 calls of the other two leave room for the third, which goes on until it is killed; then one more fills the budget.
      const spent = await Promise.all([
        spend({ ...options, name: 'a', calls: 334 }),
        spend({ ...options, name: 'b', calls: 333 }),
        spend({ ...options, name: 'c', calls: 1_000_000, killAfter: 60 })
      ])
      const last = await spend({ ...options, name: 'd', calls: 900 })
      const reservations = await keysOf(redis.url, `${prefix}reservation:*`)
      const left = new Set(reservations.map((key) => key.slice(`${prefix}reservation:`.length)))
      const used = await (await connect(prefix)).used('budget')
      expect(spent.map(({ signal }) => signal)).toEqual([null, null, 'SIGKILL'])
      expect(used).toBe(mustHold([...spent, last], left))
      expect(used).toBeLessThanOrEqual(450_000)
      expect([...left].filter((id) => !id.startsWith('c-'))).toEqual([])
      expect(last.refused).toBeGreaterThan(0)
    } finally {
      remove()
    }
  }, 60_000)

  it('leaves no key that stays for ever', async () => {
    const ledger = await connect('{ttl}:')
    const windows = [{ window: 'w', limit: 9, windowMs: 60_000, amount: 5 }]
    await ledger.reserve({ id: '1', entries: [ENTRY], windows, seats: [{ seats: 's', limit: 1 }], now: 0 })
    await ledger.reserve({ id: '2', entries: [], windows, now: 0 })
    await ledger.take('k', { limit: 1, windowMs: 60_000, now: 0 })
    await ledger.settle('1', new Map(), { windows: new Map([['w', 3]]), seats: [] })
    const client = await createClient({ url: redis.url }).connect()
    const keys = await client.keys('{ttl}:*')
    const left = await Promise.all(keys.map((key) => client.pTTL(key)))
    client.destroy()
    expect(keys).toHaveLength(6)
    expect(left.filter((ms) => ms <= 0)).toEqual([])
  })

  it('frees the seats of a process that died when their leases end, and renews those of one that lives', async () => {
    const prefix = '{leases}:'
    const [dead, alive] = [
      await connectRedisLedger({ url: redis.url, prefix, leaseMs: 600 }),
      await connectRedisLedger({ url: redis.url, prefix, leaseMs: 600 })
    ]
    open.push(alive)
    const sit = (ledger: Ledger, id: string): Promise<Reserved> =>
      ledger.reserve({ id, entries: [], seats: [{ seats: 'k', limit: 2 }], now: Date.now() })
    await sit(dead, 'dead')
    await sit(alive, 'alive')
    expect(await sit(alive, 'early')).toEqual({ granted: false, seats: 'k', running: 2 })
    // It says nothing more: as after kill -9.
    await dead.close()
    await expect.poll(async () => (await sit(alive, 'late')).granted, { timeout: 10_000 }).toBe(true)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    expect(await sit(alive, 'third')).toEqual({ granted: false, seats: 'k', running: 2 })
    await alive.settle('alive', new Map(), { windows: new Map(), seats: ['k'] })
    expect((await sit(alive, 'fourth')).granted).toBe(true)
  })

  it('keeps apart what has another prefix', async () => {
    const [one, two] = [await connect('{one}:'), await connect('{two}:')]
    await one.reserve({ id: '1', entries: [ENTRY], now: 0 })
    expect(await two.used('a')).toBe(0)
  })
})

describe.skipIf(!hasRedis)('while Redis is away', () => {
  let redis: RedisServer
  afterEach(() => redis?.close())

  async function until(passes: () => Promise<unknown>): Promise<void> {
    for (let attempt = 0; ; attempt += 1) {
      try {
        await passes()
        return
      } catch (error) {
        if (attempt > 200) throw error
        await new Promise((resolve) => setTimeout(resolve, 25))
      }
    }
  }

  it('every call is refused with a clear error without a password in it, and the connection comes back by itself', async () => {
    redis = await startRedis()
    const ledger = await connectRedisLedger({ url: redis.url })
    await ledger.reserve({ id: '1', entries: [ENTRY], now: 0 })
    await redis.stop()
    const calls = [
      ledger.used('a'),
      ledger.take('k', { limit: 1, windowMs: 1, now: 0 }),
      ledger.reserve({ id: '2', entries: [ENTRY], now: 0 }),
      ledger.settle('1', new Map([['a', 1]]))
    ]
    const ends = await Promise.allSettled(calls)
    expect(ends.map((end) => end.status === 'rejected' && end.reason.code)).toEqual(
      Array.from({ length: 4 }, () => 'ledger_unavailable')
    )
    await redis.start()
    await until(() => ledger.used('a'))
    expect((await ledger.reserve({ id: '3', entries: [ENTRY], now: 0 })).granted).toBe(true)
    await ledger.close()
  }, 30_000)

  it('a process that was busy with itself for longer than the timeout still hears the answer', async () => {
    redis = await startRedis()
    const ledger = await connectRedisLedger({ url: redis.url, timeoutMs: 300 })
    const asked = ledger.reserve({ id: '1', entries: [ENTRY], now: 0 })
    for (const end = Date.now() + 600; Date.now() < end;);
    expect((await asked).granted).toBe(true)
    await ledger.close()
  }, 30_000)

  it('a Redis that hangs is given up after the timeout', async () => {
    redis = await startRedis()
    const ledger = await connectRedisLedger({ url: redis.url, timeoutMs: 100 })
    process.kill(redis.pid, 'SIGSTOP')
    await expect(ledger.used('a')).rejects.toMatchObject({
      code: 'ledger_unavailable',
      message: expect.stringContaining('100 ms')
    })
    process.kill(redis.pid, 'SIGCONT')
    await until(() => ledger.used('a'))
    await ledger.close()
  }, 30_000)

  it('the policy closed refuses, open counts here, and both say so and tell Redis later what was spent', async () => {
    redis = await startRedis()
    const told: LedgerStatus[] = []
    const [forClosed, forOpen] = [
      await connectRedisLedger({ url: redis.url, prefix: 'c:' }),
      await connectRedisLedger({ url: redis.url, prefix: 'o:' })
    ]
    const closed = withFailure(forClosed, createMemoryLedger(), 'closed', (status) => told.push(status))
    const local = withFailure(forOpen, createMemoryLedger(), 'open', () => undefined)
    await local.reserve({ id: 'before', entries: [ENTRY], now: 0 })
    expect(closed.state()).toEqual({ state: 'ok', policy: 'closed', failures: 0, pending: 0 })
    await redis.stop()
    await expect(closed.reserve({ id: '1', entries: [ENTRY], now: 0 })).rejects.toMatchObject({ code: 'ledger_unavailable' })
    expect(await local.reserve({ id: '1', entries: [{ ...ENTRY, amount: 90 }], now: 0 })).toMatchObject({ granted: true })
    expect(await local.reserve({ id: '2', entries: [{ ...ENTRY, amount: 20 }], now: 0 })).toMatchObject({
      granted: false,
      used: 90
    })
    expect(await local.settle('1', new Map([['a', 5]]))).toEqual(new Map([['a', 5]]))
    const sit = (id: string): Promise<Reserved> => local.reserve({ id, entries: [], seats: [{ seats: 'k', limit: 1 }], now: 0 })
    expect((await sit('3')).granted).toBe(true)
    expect((await sit('4')).granted).toBe(false)
    await local.settle('3', new Map(), { windows: new Map(), seats: ['k'] })
    expect((await sit('5')).granted).toBe(true)
    expect(closed.state()).toMatchObject({ state: 'failing', pending: 1, reason: expect.stringContaining('Redis') })
    await redis.start()
    await until(() => closed.used('a'))
    await until(async () => {
      if (closed.state().pending > 0) throw new Error(`${closed.state().pending} still pending`)
    })
    expect(told.map(({ state }) => state)).toEqual(['failing', 'ok'])
    await Promise.all([closed.close(), local.close()])
  }, 30_000)
})

it('says at the start that Redis is away, and never says the password', async () => {
  const secret = 'pass' + 'word'.repeat(3)
  for (const url of [`redis://user:${secret}@127.0.0.1:1`, `http://user:${secret}@127.0.0.1:1`, `${secret}@nowhere`]) {
    const error = await connectRedisLedger({ url, timeoutMs: 300 }).catch((reason: Error) => reason)
    expect(error).toMatchObject({ code: 'ledger_unavailable' })
    expect((error as Error).message).not.toContain(secret)
  }
})

async function keysOf(url: string, pattern: string): Promise<string[]> {
  const client = await createClient({ url }).connect()
  const keys = await client.keys(pattern)
  client.destroy()
  return keys
}
