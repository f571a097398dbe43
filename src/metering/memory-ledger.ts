/** A ledger in this process. */
import { LedgerError, type Ledger } from './ledger.ts'
import { emptyState, forget, reserve, settle, take } from './ledger-state.ts'

/** Grants after which what has passed is forgotten, so that memory follows what counts now. */
const SWEEP_EVERY = 10_000

/** Exact, and forgotten when the process ends. Memory: two numbers for each moment at which something was taken from a window. */
export function createMemoryLedger(): Ledger {
  const state = emptyState()
  let grants = 0
  let isClosed = false
  /** Refuses after `close`, and sweeps now and then. */
  function begin(now?: number): void {
    if (isClosed) throw new LedgerError('ledger_closed', 'The ledger is closed, because the proxy is closing. Start it again.')
    if (now === undefined) return
    grants += 1
    if (grants % SWEEP_EVERY === 0) forget(state, now)
  }
  return {
    async take(key, allowance) {
      begin(allowance.now)
      return take(state, key, allowance)
    },
    async reserve(reservation) {
      begin(reservation.now)
      return reserve(state, reservation)
    },
    async settle(id, actual, rates) {
      begin()
      return settle(state, id, actual, rates)
    },
    async used(account) {
      begin()
      return state.accounts.get(account)?.used ?? 0
    },
    async close() {
      isClosed = true
    }
  }
}
