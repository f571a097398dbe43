/** What holds while a shared ledger is away: refuse, or count in this process. */
import { LedgerError, type Ledger, type RatesTaken, type Reservation, type Totals } from './ledger.ts'

/** `closed`: the call is refused. `open`: this process counts for itself. */
export type FailurePolicy = 'closed' | 'open'

/** How a ledger is, as health and metrics show it. */
export interface LedgerStatus {
  readonly state: 'ok' | 'failing'
  readonly policy: FailurePolicy
  /** Operations that failed since the start. */
  readonly failures: number
  /** Settlements that wait until the ledger is back. What they concern counts as reserved in full until then. */
  readonly pending: number
  /** Why it failed last; absent while all is well. */
  readonly reason?: string
}

export interface FailoverLedger extends Ledger {
  state(): LedgerStatus
}

/** Settlements that are kept for later. One that finds no room leaves its reservation in full: more counted than spent, never less. */
const MOST_PENDING = 10_000

interface Settlement {
  readonly actual: Totals
  readonly rates: RatesTaken | undefined
}

/**
 * @param local counts while `ledger` is away, if the policy is `open`
 * @param report hears when the ledger goes away and when it is back
 */
export function withFailure(
  ledger: Ledger,
  local: Ledger,
  policy: FailurePolicy,
  report: (status: LedgerStatus) => void
): FailoverLedger {
  const pending = new Map<string, Settlement>()
  const localIds = new Set<string>()
  let reason: string | undefined
  let failures = 0
  let isFlushing = false

  const state = (): LedgerStatus => ({
    state: reason === undefined ? 'ok' : 'failing',
    policy,
    failures,
    pending: pending.size,
    ...(reason === undefined ? {} : { reason })
  })

  function failed(error: LedgerError): void {
    const isNew = reason === undefined
    failures += 1
    reason = error.message
    if (isNew) report(state())
  }

  async function flush(): Promise<void> {
    if (isFlushing || pending.size === 0) return
    isFlushing = true
    try {
      for (const [id, settlement] of pending) {
        await ledger.settle(id, settlement.actual, settlement.rates)
        if (pending.get(id) === settlement) pending.delete(id)
      }
    } catch {
      // Still away, or away again: the rest is sent when it is back.
    } finally {
      isFlushing = false
    }
  }

  /** Asks the ledger; gives the error when it is away. Every other error is the caller's. */
  async function ask<T>(operation: () => Promise<T>): Promise<{ readonly value: T } | LedgerError> {
    try {
      const value = await operation()
      if (reason !== undefined) {
        reason = undefined
        report(state())
      }
      void flush()
      return { value }
    } catch (error) {
      if (!(error instanceof LedgerError) || error.code !== 'ledger_unavailable') throw error
      failed(error)
      return error
    }
  }

  async function either<T>(operation: (ledger: Ledger) => Promise<T>): Promise<T> {
    const answer = await ask(() => operation(ledger))
    if ('value' in answer) return answer.value
    if (policy === 'closed') throw answer
    return operation(local)
  }

  function later(id: string, settlement: Settlement): void {
    if (pending.size < MOST_PENDING || pending.has(id)) pending.set(id, settlement)
  }

  return {
    state,
    take: (key, allowance) => either((one) => one.take(key, allowance)),
    used: (account) => either((one) => one.used(account)),
    async reserve(reservation) {
      pending.delete(reservation.id)
      const answer = await ask(() => ledger.reserve(reservation))
      if ('value' in answer) return answer.value
      // The ledger may have granted it although its answer was lost: what nobody uses is given back.
      later(reservation.id, nothingOf(reservation))
      if (policy === 'closed') throw answer
      const reserved = await local.reserve(reservation)
      if (reserved.granted) localIds.add(reservation.id)
      return reserved
    },
    async settle(id, actual, rates) {
      // What was granted here is counted here: the shared ledger never hears of it.
      if (localIds.delete(id)) return local.settle(id, actual, rates)
      const answer = await ask(() => ledger.settle(id, actual, rates))
      if ('value' in answer) return answer.value
      later(id, { actual, rates })
      return new Map()
    },
    async close() {
      await flush()
      await Promise.all([ledger.close(), local.close()])
    }
  }
}

/** The settlement of a call that took nothing. */
function nothingOf({ entries, windows = [], seats = [] }: Reservation): Settlement {
  return {
    actual: new Map(entries.map(({ account }) => [account, 0])),
    rates: { windows: new Map(windows.map(({ window }) => [window, 0])), seats: seats.map((entry) => entry.seats) }
  }
}
