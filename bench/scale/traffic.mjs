/** What replicas ask of a ledger while they pass calls on: each call reserves, runs, and settles. */
import { percentile } from '../harness/statistics.mjs'

const DAY = 86_400_000
const MINUTE = 60_000
const ENDLESS = 1e15

/** What a call touches. `plain`: one budget for all. `full`: budgets and rates for all, its token and its model, and a seat. */
export const CALLS = {
  plain: (_token, now) => ({ entries: [account('all', now)] }),
  full: (token, now) => ({
    entries: [account('all', now), account(`token ${token}`, now)],
    windows: [window('requests all', 1), window(`requests token ${token}`, 1), window('tokens model', 2000)],
    seats: [{ seats: `token ${token}`, limit: 1e6 }]
  })
}

const account = (name, now) => ({ account: name, limit: ENDLESS, expiresAt: now + DAY, amount: 900 })
const window = (name, amount) => ({ window: name, limit: ENDLESS, windowMs: MINUTE, amount })

/** A call to its end; how long its reservation took, in milliseconds. */
async function pass(ledger, id, claims) {
  const before = performance.now()
  const reserved = await ledger.reserve({ id, ...claims, now: Date.now() })
  const took = performance.now() - before
  if (!reserved.granted) throw new Error('a call was refused that has no limit')
  const { entries, windows = [], seats = [] } = claims
  await ledger.settle(id, new Map(entries.map((entry) => [entry.account, 400])), {
    windows: new Map(windows.map((one) => [one.window, Math.ceil(one.amount / 2)])),
    seats: seats.map((one) => one.seats)
  })
  return took
}

/**
 * Replicas in a closed loop: each passes some calls on at once, for so many seconds.
 * @returns calls passed, and the times of their reservations
 */
export async function runTraffic(replicas, { kind, seconds, atOnce, tokens = 1000 }) {
  const end = performance.now() + seconds * 1000
  const times = []
  let next = 0
  const loop = async (ledger) => {
    while (performance.now() < end) {
      const number = (next += 1)
      times.push(await pass(ledger, `call ${number}`, CALLS[kind](number % tokens, Date.now())))
    }
  }
  const began = performance.now()
  await Promise.all(replicas.flatMap((ledger) => Array.from({ length: atOnce }, () => loop(ledger))))
  return { calls: times.length, seconds: (performance.now() - began) / 1000, times }
}

/** The same at a steady pace, well below what Redis can do: how long a call waits for its reservation then. */
export async function runPaced(replicas, { kind, seconds, perSecond, tokens = 1000 }) {
  const times = []
  const running = []
  const began = performance.now()
  for (let number = 0; number < seconds * perSecond; number += 1) {
    const due = began + (number * 1000) / perSecond
    const wait = due - performance.now()
    if (wait > 1) await new Promise((done) => setTimeout(done, wait))
    const claims = CALLS[kind](number % tokens, Date.now())
    running.push(pass(replicas[number % replicas.length], `paced ${number}`, claims).then((took) => times.push(took)))
  }
  await Promise.all(running)
  return { p50: percentile(times, 0.5), p99: percentile(times, 0.99) }
}
