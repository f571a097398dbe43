/** Whether limits stay exact when many replicas ask at once. Each check says what it asked for and what it got. */
import { setTimeout as wait } from 'node:timers/promises'

const DAY = 86_400_000

/** A budget that pays for so many calls, and more calls than that, all at once. */
async function budget(replicas, wanted) {
  const now = Date.now()
  const entries = [{ account: 'exact', limit: wanted * 700, expiresAt: now + DAY, amount: 700 }]
  const asked = await Promise.all(
    Array.from({ length: wanted * 2 }, (_, number) =>
      replicas[number % replicas.length].reserve({ id: `exact ${number}`, entries, now })
    )
  )
  return { check: 'a budget for this many calls, twice as many at once', wanted, got: asked.filter((one) => one.granted).length }
}

/** A rate of so many in a second: the most that any second has let through. */
async function rate(replicas, wanted, seconds) {
  const windows = [{ window: 'exact', limit: wanted, windowMs: 1000, amount: 1 }]
  const granted = []
  const end = Date.now() + seconds * 1000
  let number = 0
  const ask = async (ledger) => {
    while (Date.now() < end) {
      const now = Date.now()
      const one = await ledger.reserve({ id: `rate ${(number += 1)}`, entries: [], windows, now })
      if (one.granted) granted.push(now)
    }
  }
  await Promise.all(replicas.flatMap((ledger) => [ask(ledger), ask(ledger), ask(ledger)]))
  granted.sort((a, b) => a - b)
  let [from, most] = [0, 0]
  for (const [index, at] of granted.entries()) {
    while (granted[from] <= at - 1000) from += 1
    most = Math.max(most, index - from + 1)
  }
  return { check: 'a rate of this many in a second: the most in any second', wanted, got: most }
}

/** Seats whose replica is gone are free again when their lease is over. */
async function seats(open, wanted) {
  const leaseMs = 1000
  const [dying, other] = [await open({ leaseMs }), await open({ leaseMs })]
  const sit = (ledger, id) => ledger.reserve({ id, entries: [], seats: [{ seats: 'exact', limit: wanted }], now: Date.now() })
  const take = async (ledger, name) =>
    (await Promise.all(Array.from({ length: wanted * 2 }, (_, number) => sit(ledger, `${name} ${number}`)))).filter(
      (one) => one.granted
    ).length
  const first = await take(dying, 'dying')
  await dying.close()
  const held = await take(other, 'held')
  await wait(leaseMs + 200)
  const freed = await take(other, 'freed')
  await other.close()
  return [
    { check: 'this many seats, twice as many calls', wanted, got: first },
    { check: 'seats of a replica that is gone, before its lease is over', wanted: 0, got: held },
    { check: 'the same after it', wanted, got: freed }
  ]
}

/** @param open opens one more replica's ledger, with options */
export async function checkExact(replicas, open, { calls, seconds }) {
  return [await budget(replicas, calls), await rate(replicas, 200, seconds), ...(await seats(open, 50))]
}
