/** A ledger that the first process keeps and its workers ask: exact across all of them. */
import { LedgerError, type Ledger, type Reservation } from '../metering/ledger.ts'
import type { Ask } from './calls.ts'
import type { FirstAnswers } from './messages.ts'
import {
  packReservation,
  packReserved,
  packSettlement,
  packTotals,
  unpackReservation,
  unpackReserved,
  unpackSettlement,
  unpackTotals
} from './packed.ts'

type LedgerAnswers = Pick<FirstAnswers, 'take' | 'reserve' | 'settle' | 'used'>

/** The worker's side. */
export function askLedger(ask: Ask<LedgerAnswers>): Ledger {
  let isClosed = false
  function begin(): void {
    if (isClosed) throw new LedgerError('ledger_closed', 'The ledger is closed, because the proxy is closing. Start it again.')
  }
  return {
    async take(key, allowance) {
      begin()
      return ask('take', key, allowance)
    },
    async reserve(reservation) {
      begin()
      return unpackReserved(await ask('reserve', packReservation(reservation)))
    },
    async settle(id, actual, rates) {
      begin()
      return unpackTotals(await ask('settle', packSettlement(id, actual, rates)))
    },
    async used(account) {
      begin()
      return ask('used', account)
    },
    // The ledger itself is the first process's to close.
    async close() {
      isClosed = true
    }
  }
}

/** The first process's side, for one worker. */
export interface LentLedger {
  readonly answers: LedgerAnswers
  /**
   * Frees the seats of a worker that is gone. What it had reserved of accounts and windows stays taken: a crash in flight loses no money.
   */
  recall(): Promise<void>
}

export function lendLedger(ledger: Ledger): LentLedger {
  const seated = new Map<string, readonly string[]>()
  return {
    answers: {
      take: (key, allowance) => ledger.take(key, allowance),
      async reserve(packed) {
        const reservation = unpackReservation(packed)
        const reserved = await ledger.reserve(reservation)
        const seats = seatsOf(reservation)
        if (reserved.granted && seats.length > 0) seated.set(reservation.id, seats)
        return packReserved(reserved)
      },
      async settle(packed) {
        const [id, actual, rates] = unpackSettlement(packed)
        seated.delete(id)
        return packTotals(await ledger.settle(id, actual, rates))
      },
      used: (account) => ledger.used(account)
    },
    async recall() {
      const open = [...seated]
      seated.clear()
      await Promise.all(open.map(([id, seats]) => ledger.settle(id, new Map(), { windows: new Map(), seats })))
    }
  }
}

function seatsOf({ seats = [] }: Reservation): string[] {
  return seats.map((entry) => entry.seats)
}
