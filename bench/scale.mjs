/**
 * Many replicas' traffic against one Redis: what it carries, what a call takes of it, whether limits stay exact. Needs redis-server.
 * `node bench/scale.mjs [--quick] [--write]`: `--write` fills the tables of docs/scale.md, with the figures of one replica from bench/RESULTS.json.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { coresFor, hasProgram, machine } from './harness/machine.mjs'
import { endAllNow, pinSelf } from './harness/processes.mjs'
import { source } from './harness/source.mjs'
import { percentile } from './harness/statistics.mjs'
import { number, table } from './harness/table.mjs'
import { checkExact } from './scale/exact.mjs'
import { writePage } from './scale/page.mjs'
import { openRedis } from './scale/redis.mjs'
import { runPaced, runTraffic } from './scale/traffic.mjs'

const { values: given } = parseArgs({
  options: { quick: { type: 'boolean', default: false }, write: { type: 'boolean', default: false } }
})
const print = (text) => process.stdout.write(`${text}\n`)
const say = (text) => process.stderr.write(`${text}\n`)

const REPLICAS = 32
const SIZE = given.quick
  ? { seconds: 2, fill: [1000, 20_000], exact: { calls: 500, seconds: 2 } }
  : { seconds: 6, fill: [1000, 100_000, 500_000], exact: { calls: 5000, seconds: 5 } }

/** The load and what it took of Redis, for each call. */
async function measure(redis, replicas, { kind, atOnce }) {
  const before = await redis.facts()
  const { calls, seconds, times } = await runTraffic(replicas, { kind, seconds: SIZE.seconds, atOnce })
  const after = await redis.facts()
  const usage = after.usage - before.usage
  return {
    kind,
    perSecond: calls / seconds,
    redisUs: (usage * 1e6) / calls,
    scriptUs: (after.micros - before.micros) / calls,
    busy: (usage / seconds) * 100,
    bytes: (after.bytes - before.bytes) / calls,
    p50: percentile(times, 0.5),
    p99: percentile(times, 0.99)
  }
}

/** Bytes of Redis for each token that has called within a minute, and for each call in the windows. */
async function measureMemory(redis, ledger) {
  await redis.forget()
  const at = Date.now()
  const windowOf = (name) => ({ window: name, limit: 1e15, windowMs: 60_000, amount: 1 })
  const entry = (name) => ({ account: name, limit: 1e15, expiresAt: at + 86_400_000, amount: 900 })
  const fill = async (count, claims) => {
    const before = (await redis.facts()).memory
    for (let from = 0; from < count; from += 500) {
      const many = Array.from({ length: Math.min(500, count - from) }, (_, index) => from + index)
      await Promise.all(
        many.map(async (id) => {
          await ledger.reserve({ id: `memory ${id}`, ...claims(id), now: Date.now() })
          await ledger.settle(`memory ${id}`, new Map(claims(id).entries.map(({ account }) => [account, 400])))
        })
      )
    }
    return ((await redis.facts()).memory - before) / count
  }
  const count = given.quick ? 2000 : 10_000
  const token = await fill(count, (id) => ({ entries: [entry(`token ${id}`)], windows: [windowOf(`token ${id}`)] }))
  const call = await fill(count, () => ({ entries: [], windows: [windowOf('all'), windowOf('model')] }))
  return { redisTokenBytes: token, redisCallBytes: call }
}

/** What a call takes of Redis when so many lie in its window. */
async function measureGrowth(redis, replicas) {
  await redis.forget()
  const window = { window: 'grown', limit: 1e15, windowMs: 3_600_000, amount: 1 }
  let filled = 0
  const ask = (id) =>
    replicas[id % replicas.length].reserve({ id: `grown ${id}`, entries: [], windows: [window], now: Date.now() })
  const rows = []
  for (const size of SIZE.fill) {
    for (; filled < size; filled += 500) await Promise.all(Array.from({ length: 500 }, (_, index) => ask(filled + index)))
    const before = await redis.facts()
    await Promise.all(Array.from({ length: 500 }, (_, index) => ask(filled + index)))
    filled += 500
    const after = await redis.facts()
    rows.push({ size, scriptUs: (after.micros - before.micros) / (after.calls - before.calls) })
  }
  return rows
}

async function main() {
  if (!hasProgram('redis-server')) throw new Error('redis-server is not at hand: apt-get install redis-server')
  const facts = machine()
  const cores = coresFor(facts.cores)
  if (hasProgram('taskset') && facts.cores > 1) pinSelf(cores.load)
  const folder = mkdtempSync(join(tmpdir(), 'openai-proxy-scale-'))
  process.once('exit', () => {
    endAllNow()
    rmSync(folder, { recursive: true, force: true })
  })
  const [{ connectRedisLedger }] = await source(['metering/redis-ledger'])

  const loads = []
  let found
  for (const isKept of [false, true]) {
    const redis = await openRedis({ folder, cores: cores.system, isKept })
    const prefix = redis.prefix()
    const open = (options) => connectRedisLedger({ url: redis.url, prefix, timeoutMs: 10_000, ...options })
    const replicas = await Promise.all(Array.from({ length: REPLICAS }, () => open({})))
    const kept = isKept ? ', each change in a file' : ''
    for (const kind of ['plain', 'full']) {
      say(`${REPLICAS} replicas, ${kind}${kept}`)
      loads.push({ ...(await measure(redis, replicas, { kind, atOnce: 4 })), name: `${NAMES[kind]}${kept}` })
    }
    if (!isKept) {
      const top = loads.at(-1).perSecond
      const paces = []
      for (const share of [0.1, 0.5]) {
        say(`at ${share * 100} % of the top`)
        const perSecond = Math.max(10, Math.round(top * share))
        paces.push({ share, perSecond, ...(await runPaced(replicas, { kind: 'full', seconds: SIZE.seconds, perSecond })) })
      }
      say('a window that grows, memory, exactness')
      const growth = await measureGrowth(redis, replicas)
      const memory = await measureMemory(redis, replicas[0])
      const checks = await checkExact(replicas, open, SIZE.exact)
      found = { paces, growth, memory, checks }
    }
    await Promise.all(replicas.map((ledger) => ledger.close()))
    await redis.end()
  }

  const simulation = { facts, replicas: REPLICAS, loads, ...found, date: new Date().toISOString().slice(0, 10) }
  const tables = tablesOf(simulation)
  for (const text of Object.values(tables)) print(`\n${text}`)
  const wrong = found.checks.filter(({ wanted, got }) => got !== wanted)
  if (given.write) writePage(simulation, tables)
  if (wrong.length > 0) throw new Error(`Limits were not exact: ${wrong.map(({ check }) => check).join('; ')}`)
}

const NAMES = {
  plain: 'one budget for all',
  full: 'two budgets, three rates, a seat'
}

function tablesOf({ loads, paces, growth, checks }) {
  const heads = [
    'a call has',
    'calls/s',
    'Redis’ core busy, %',
    'Redis’ processor, µs',
    'of it in scripts, µs',
    'bytes',
    'p50, ms',
    'p99, ms'
  ]
  return {
    load: table([
      heads,
      ...loads.map((one) => [
        one.name,
        ...[one.perSecond, one.busy, one.redisUs, one.scriptUs, one.bytes, one.p50, one.p99].map(number)
      ])
    ]),
    pace: table([
      ['of the top', 'calls/s', 'a reservation takes, p50, ms', 'p99, ms'],
      ...paces.map(({ share, perSecond, p50, p99 }) => [`${share * 100} %`, number(perSecond), number(p50), number(p99)])
    ]),
    growth: table([
      ['calls in the window', 'a reservation in Redis, µs'],
      ...growth.map(({ size, scriptUs }) => [number(size), number(scriptUs)])
    ]),
    checks: table([
      ['asked by all replicas at once', 'wanted', 'got'],
      ...checks.map(({ check, wanted, got }) => [check, number(wanted), number(got)])
    ])
  }
}

try {
  await main()
} catch (error) {
  say(error.message)
  process.exitCode = 1
}
process.exit()
