/** A ledger that is lent through a pipe does what every ledger must, and gets back the seats of a worker that is gone. */
import { expect, it } from 'vitest'
import type { Ledger, Reservation } from '../../src/metering/ledger.ts'
import { createMemoryLedger } from '../../src/metering/memory-ledger.ts'
import { connect } from '../../src/workers/calls.ts'
import { askLedger, lendLedger, type LentLedger } from '../../src/workers/lent-ledger.ts'
import { testLedger } from '../metering/test-ledger.ts'
import { pipePair } from './pipe-pair.ts'

function lend(ledger: Ledger): { worker: Ledger; lent: LentLedger } {
  const pipe = pipePair()
  const lent = lendLedger(ledger)
  connect(pipe.right, lent.answers)
  return { worker: askLedger(connect(pipe.left, {})), lent }
}

testLedger('a lent ledger', () => lend(createMemoryLedger()).worker, 20)

it('counts for all workers together', async () => {
  const ledger = createMemoryLedger()
  const workers = [lend(ledger).worker, lend(ledger).worker]
  const allowance = { limit: 5, windowMs: 1000, now: 0 }
  const taken = await Promise.all(Array.from({ length: 20 }, (_, index) => workers[index % 2]!.take('k', allowance)))
  expect(taken.filter(({ granted }) => granted)).toHaveLength(5)
})

it('frees the seats of a worker that is gone, and keeps the money it had reserved', async () => {
  const ledger = createMemoryLedger()
  const dead = lend(ledger)
  const alive = lend(ledger)
  const call = (id: string): Reservation => ({
    id,
    entries: [{ account: 'day', limit: 1000, amount: 100, expiresAt: 10_000 }],
    seats: [{ seats: 'all', limit: 2 }],
    now: 0
  })
  expect((await dead.worker.reserve(call('a'))).granted).toBe(true)
  expect((await dead.worker.reserve(call('b'))).granted).toBe(true)
  expect(await alive.worker.reserve(call('c'))).toMatchObject({ granted: false, seats: 'all', running: 2 })
  await dead.worker.settle('b', new Map([['day', 7]]), { windows: new Map(), seats: ['all'] })
  await dead.lent.recall()
  expect((await alive.worker.reserve(call('d'))).granted).toBe(true)
  expect((await alive.worker.reserve(call('e'))).granted).toBe(true)
  expect((await alive.worker.reserve(call('f'))).granted).toBe(false)
  // 7 was settled; the crash kept 100; two run.
  expect(await ledger.used('day')).toBe(307)
})
